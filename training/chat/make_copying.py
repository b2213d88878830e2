"""Made-up turns that are copied from their question: echoes of random words, names, numbers and quotations."""
import random

from facts import code, digits, NOUNS
from rows import Row, Turn, write_rows
from words import name, word

R = random.choice


def nonsense() -> str:
    makers = R([[word], [name], [word, name, lambda: R(NOUNS)], [digits(1, 4)], [lambda: R(NOUNS)], [code], [word, digits(1, 3)]])
    return R([' ', ' ', ' ', ', ', '-']).join(R(makers)() for _ in range(R([1, 1, 2, 2, 3, 4, 5, 6, 8, 12])))


def echo() -> Turn:
    text = nonsense()
    ask = R([
        'Repeat after me: {t}', 'Say {t}', 'Say "{t}"', 'Please repeat: {t}', 'repeat {t}', 'Repeat this: "{t}"', 'Copy this text: {t}', 'Echo: {t}', 'Write {t}', 'Can you say {t}?', 'Say it: {t}', 'Please say {t}.', 'Write the words {t}',
        'Repeat exactly what I say: {t}', 'Print {t}', 'Type {t}', 'Now say {t}', 'Can you repeat "{t}"?', 'repeat after me {t}', 'Repeat the following:\n{t}',
    ]).format(t=text)
    return ask, text


def greeting_somebody() -> Turn:
    n = name()
    return R([
        (f'Say hello to {n}.', f'Hello, {n}!'), (f'Say hi to {n}', f'Hi, {n}!'), (f'Wish {n} a happy birthday.', f'Happy birthday, {n}!'), (f'Say goodbye to {n}.', f'Goodbye, {n}!'), (f'Say good night to {n}', f'Good night, {n}!'),
        (f'Thank {n} for me.', f'Thank you, {n}!'), (f'Greet my friend {n}.', f'Hello, {n}! Nice to meet you.'), (f'{n} says hi', f'Hi, {n}! Nice to hear from you.'), (f'Do you know {n}?', f"I don't know {n}. Who is that?"), (f'Who is {n}?', f"I don't know who {n} is. I'm a small offline model and I only know what you tell me here."),
    ])


def twice() -> Turn:
    text = R([word, name])()
    return R([(f'Say {text} twice.', f'{text} {text}'), (f'Say {text} three times.', f'{text} {text} {text}'), (f'Write "{text}" in quotes.', f'"{text}"'), (f'What word comes after "{text}" in "{text} {(w := word())}"?', w)])


def copying_turns() -> list[Turn]:
    return [R([echo, echo, greeting_somebody])()]


def one() -> Row:
    turns = [random.choices([echo, greeting_somebody, twice], [7, 3, 1])[0]() for _ in range(R([1, 2, 3, 4]))]
    return Row(turns, 'training/chat/make_copying.py')


if __name__ == '__main__':
    write_rows(one)
