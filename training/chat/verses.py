"""Short poems and stories, written here (CC0-1.0), with a place for what they are to be about."""
import random

from facts import ANIMALS, NOUNS, PLACES, RELATIVES, WILD
from rows import Turn
from words import NAMES, name, word

R = random.choice

POEMS = [
    'The {a} wakes softly in the light,\nA {b} sings the end of night.\nThe world is wide, the wind is kind,\nAnd leaves its quiet songs behind.',
    'I saw a {a} beside the sea,\nIt hummed a little tune to me.\nThe {b} listened, calm and slow,\nAnd watched the golden evening go.',
    'A {a} stood along the lane,\nAnd waited for the silver rain.\nThe {b} came and stayed for long,\nAnd all the day was like a song.',
    'O {a}, O {a}, where do you go?\nPast fields of green and hills of snow.\nThe {b} knows the way back home,\nAnd waits for you where rivers roam.',
    'Small is the {a}, and small is the day,\nSmall are the words that I wanted to say.\nBut under the {b}, when evening is near,\nThe smallest of whispers is easy to hear.',
    'When morning comes on quiet feet,\nThe {a} is humming in the street.\nThe {b} opens up its eyes,\nAnd gold is poured across the skies.',
    'I asked the {a} what it knew,\nIt told me that the sky is blue.\nI asked the {b} what to do,\nIt said: be kind, and be true.',
    'The {a} dreams, the {b} sleeps,\nThe moon a silver promise keeps.\nAnd all that was too loud by day\nGrows soft, and slowly drifts away.',
    'There is a {a} in my mind,\nThe gentlest one that you can find.\nIt keeps a {b} by its side,\nAnd neither has a thing to hide.',
    'Come sit with me, the day is long,\nThe {a} knows an old, old song.\nThe {b} claps, the kettle sings,\nAnd we shall talk of simple things.',
    'One little {a}, two cups of tea,\nOne open window, one old tree.\nOne {b} passing, light and slow:\nThat is the best of all I know.',
    'The snow is deep, the night is clear,\nThe {a} says that spring is near.\nThe {b} counts the stars above,\nAnd finds in every one some love.',
]
ABOUT = [
    'I wrote these lines for {a} today,\nA few small words, if I may.\nThey are not long, they are not wise,\nBut {a} lights them like the skies.',
    'When I think of {a}, I smile,\nAnd rest from all my work a while.\nThe day feels bright, the hours run,\nFor {a} is like morning sun.',
    'O {a}, how you fill the day,\nYou chase the little clouds away.\nI have no voice, but if I had,\nI would sing of you, and be glad.',
    'Let others write of gold and kings,\nOf crowns and ships and costly rings.\nI write of {a}, plain and true,\nAnd send this little verse to you.',
    'What shall I say of {a} now?\nI would say more, if I knew how.\nBut four short lines are all I own,\nAnd {a} shines in them alone.',
]
LOVED = ['love', 'friendship', 'winter', 'summer', 'spring', 'autumn', 'music', 'rain', 'the sea', 'the moon', 'the stars', 'my cat', 'my dog', 'my mother', 'my friend', 'coffee', 'tea', 'home', 'happiness', 'the night', 'time', 'flowers', 'birds', 'computers', 'cats', 'dogs', 'Christmas', 'snow', 'hope', 'life', 'nature', 'work', 'the sun', 'a rainy day', 'chocolate', 'the city', 'the mountains']

STORIES = [
    'Once upon a time there was a {a} called {n}. {n} lived near {p} and was afraid of the dark. One night the lamp went out, and {n} heard somebody cry: it was a little {b}, all alone. {n} took it home, and they were never afraid again.',
    '{n} the {a} wanted to see the sea. All the others laughed, but {n} began to walk. After three days there it was, blue and wide. {n} sat down in the sand and thought: it was worth every step.',
    'A {a} named {n} found a small key in the garden. {n} tried it on every door, and none would open. At last a {b} came by with a little box that had lost its key. Inside there was a note: "Whoever opens this has found a friend."',
    'In a village near {p} lived an old {a} called {n}. Every evening {n} told one story to the children. One evening {n} had none left. "Then we will tell you one," said the children, and so they did, every evening from then on.',
    'There was once a {a} who could not sleep. It was {n}, the smallest of all. A wise {b} said: "Count the good things of the day." {n} counted one, two, three, and before the fourth came, {n} was asleep.',
    '{n} and the {b} both wanted the last apple. They argued until the sun went down. Then a {a} came and said: "Why not cut it in half?" They did, and it was the best apple they had ever eaten.',
]


def poem() -> Turn:
    a, b = random.sample([noun for noun in NOUNS if noun[0] not in 'aeiou'], 2)  # "A {a}"
    ask = R(['Write a short poem', 'Write a poem', 'Can you write a short poem?', 'Please write me a poem.', 'write a short poem', 'Tell me a poem', 'Write a little poem for me', 'Write a poem please', 'A poem, please', 'Can you write me a poem?', 'Make a poem', 'I would like a poem', 'Write me some verses', 'Write a few lines', 'Write another poem', 'Another poem', 'Compose a poem', 'Write a rhyme', 'Write four lines of verse', 'write me a poem', 'Can I have a poem?', 'Give me a poem', 'Do you have a poem for me?', 'Write a nice poem.', 'Write something beautiful', 'Write a haiku', 'Write a song'])
    if random.random() < 0.55:
        return ask, R(POEMS).format(a=a, b=b)
    about = R([R(LOVED), R(LOVED), R(NOUNS), name(), f'my {R(RELATIVES + ["friend", "friend"])} {name()}', word()])
    asks = ['Write a poem about {t}', 'Write a short poem about {t}.', 'Can you write a poem about {t}?', 'a poem about {t}', 'Please write a short poem about {t}', 'Write a few lines about {t}', 'I want a poem about {t}', 'Write me a poem for {t}', 'Tell me a poem about {t}', 'Write a song about {t}', 'make a poem about {t}', 'Write some verses about {t}.', 'Compose a poem about {t}', 'A rhyme about {t}, please', 'Make up a poem about {t}.', 'Invent a little rhyme about {t}', 'Could you rhyme something about {t}?', 'Compose some lines about {t}', 'I would love a poem about {t}.', 'Make up some lines about {t}', 'Verses about {t}, please.']
    return R(asks).format(t=about), R(ABOUT).format(a=about.replace('my ', 'your ')).replace('\n' + about[0], '\n' + about[0].upper())


def story() -> Turn:
    a, b = random.sample([animal for animal in ANIMALS + WILD if animal[0] not in 'aeiou'], 2)
    n = R(NAMES)
    ask = R(['Tell me a story', 'Tell me a short story', 'Write a story', 'Write a short story', 'Can you tell me a story?', 'tell me a story', 'I want to hear a story', 'A story, please', 'Please tell me a bedtime story.', 'Do you have a story for me?', 'Write a very short story', 'Tell a story', 'Another story', 'Tell me another story', 'Make up a story', 'Tell me a fairy tale'])
    if random.random() < 0.4:
        n = name()
        ask = R(['Tell me a story about {n}', 'Tell me a story about {n}, the {a}.', 'Tell me a story about a {a} called {n}', 'Write a story about {n} the {a}']).format(a=a, n=n)
    elif random.random() < 0.4:
        ask = R(['Tell me a story about a {a}', 'Write a short story about a {a}.', 'a story about a {a}', 'Can you tell a story about a {a}?']).format(a=a)
    return ask, R(STORIES).format(a=a, b=b, n=n, p=R(PLACES))
