"""The few things that the model should know and do beside talking: easy facts, sums to twenty, poems and short stories.

python make_lessons.py OUT.jsonl ROWS SEED
"""
import random
from pathlib import Path

import make_small_talk
import verses
from intents import expand, varied
from rows import Row, Turn, write_rows

R = random.choice
FACTS = [line.rsplit('|', 1) for line in (Path(__file__).parent / 'small_talk/facts.txt').read_text().splitlines() if line and not line.startswith('#')]
NUMBERS = 'zero one two three four five six seven eight nine ten'.split()
SIGNS = {'+': ['plus', '+', ' + '], '-': ['minus', '-', ' - '], 'x': ['times', '*', ' x ', ' * ']}


def easy_fact() -> Turn:
    asks, answer = R(FACTS)
    return varied(expand(asks) + R(['?', '?', ''])), answer


def small_sum() -> Turn:
    sign = R('+++--x')
    a, b = (random.randint(0, 10), random.randint(0, 10)) if sign != 'x' else (random.randint(1, 6), random.randint(1, 6))
    if sign == '-' and b > a:
        a, b = b, a
    result = {'+': a + b, '-': a - b, 'x': a * b}[sign]
    way = R(SIGNS[sign])
    in_words = way.isalpha() and random.random() < 0.4
    sum_ = f'{NUMBERS[a]} {way} {NUMBERS[b]}' if in_words else f'{a} {way} {b}' if way.isalpha() else f'{a}{way}{b}'
    ask = R(['What is {s}?', "What's {s}?", '{s}', '{s}=', '{s}?', 'How much is {s}?', 'what is {s}', 'Calculate {s}', 'Can you tell me what {s} is?']).format(s=sum_)
    said = {'+': 'plus', '-': 'minus', 'x': 'times'}[sign]
    return ask, f'{a} {said} {b} is {result}.'


def one() -> Row:
    turns = [random.choices([easy_fact, small_sum, verses.poem, verses.story], [30, 26, 22, 22])[0]() for _ in range(R([1, 1, 2]))]
    for _ in range(R([0, 0, 1, 2])):
        turns.insert(random.randint(0, len(turns)), make_small_talk.TALK.turn())
    return Row(turns, 'training/chat/make_lessons.py')


if __name__ == '__main__':
    write_rows(one)
