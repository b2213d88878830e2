"""Small talk that no list of intents can hold: what people did, plan, own and think, in sentences put together at random (CC0-1.0)."""
import random

from facts import ANIMALS, COLOURS, DRINKS, FLOWERS, FOODS, FRUITS, HOBBIES, INSTRUMENTS, JOBS, LANGUAGES, PLACES, RELATIVES, SPORTS
from intents import varied
from rows import Turn
from words import NAMES

R = random.choice

WHEN = ['', '', '', ' today', ' yesterday', ' last night', ' this morning', ' last week', ' at the weekend', ' on Monday', ' last year', ' in the evening', ' just now', ' this afternoon', ' again']
SOON = ['', '', ' tomorrow', ' next week', ' tonight', ' soon', ' this weekend', ' in summer', ' on Friday', ' next month', ' later', ' this evening', ' at Christmas']
WITH = ['', '', '', ' with my {r}', ' with {n}', ' with some friends', ' alone', ' for my {r}', ' with my family', ' with my children', ' with a colleague']
THINGS = 'book,letter,table,chair,house,bike,car,kite,boat,hat,coat,scarf,lamp,picture,song,present,cake,bag,phone,computer,ring,box,tent,ticket,camera,sofa,tree,plant,shirt,watch,toy,puzzle,map,mirror,clock,chair,story,report,poster,video'.split(',')
PLACES_NEAR = 'the park,the beach,the market,the museum,the zoo,the library,the mountains,the lake,the river,the forest,a party,a concert,a wedding,a restaurant,a cafe,the office,the gym,the theatre,the airport,the station,school,church,the harbour,the village,the garden,the swimming pool,a museum'.split(',')
GOOD_ACTS = ['baked', 'made', 'built', 'painted', 'bought', 'found', 'fixed', 'repaired', 'finished', 'wrote', 'drew', 'won', 'sold', 'designed', 'ordered', 'received', 'got', 'planted', 'read', 'saw', 'cleaned', 'wrapped', 'chose']
BAD_ACTS = ['lost', 'broke', 'dropped', 'forgot', 'damaged', 'burned', 'ruined', 'misplaced']
MOODS_BAD = ['mean to me', 'angry with me', 'rude to me', 'very strict', 'not talking to me', 'in hospital', 'ill', 'sad', 'very tired', 'disappointed in me', 'moving away', 'leaving me', 'worried about me', 'unfair', 'in a bad mood', 'so annoying']
MOODS_GOOD = ['kind to me', 'very proud of me', 'visiting me', 'coming to dinner', 'getting married', 'so funny', 'a great cook', 'very clever', 'feeling better', 'happy', 'good to me', 'helping me', 'back from a trip', 'here with me', 'learning to walk', 'the best']
IDEAS = ['moving abroad', 'changing my job', 'learning to dance', 'getting a dog', 'buying a car', 'starting a company', 'going back to school', 'writing a book', 'growing tomatoes', 'learning to drive', 'having children', 'giving up coffee', 'moving in with my {r}', 'calling my {r}', 'painting my room', 'running a marathon', 'cutting my hair', 'going vegan', 'quitting my job', 'taking a year off', 'getting married', 'adopting a cat', 'saving money', 'travelling alone', 'learning {l}']
VALUES = ['friend', 'teacher', 'boss', 'day', 'life', 'story', 'joke', 'neighbour', 'parent', 'meal', 'holiday', 'leader', 'book', 'marriage', 'conversation']
BIG = ['happiness', 'love', 'friendship', 'success', 'life', 'time', 'beauty', 'freedom', 'truth', 'art', 'peace', 'kindness', 'hope', 'luck', 'home', 'trust', 'wisdom', 'music']
TEAMS = ['my team', 'my football team', 'our team', 'my favourite team', 'my club', 'my son\'s team', 'the home team', 'our side']

# Answers to one mood begin alike, as those of small_talk/moods.txt: "How" is glad, "Oh" is sorry, "I see" is neither.
NICE = ['How nice! How was it?', 'How lovely! Tell me more.', 'How nice! Did you enjoy it?', 'How good! What was the best part?', 'I see! How did it go?']
MADE = ['How nice! How did it turn out?', 'How lovely! Are you happy with it?', 'Well done! How does it look?', 'How nice! What will you do with it?']
PLAN = ['How nice! Are you looking forward to it?', 'I see, so that is the plan! I hope it goes well.', 'How exciting! What are you looking forward to most?']
PITY = ["Oh no, I'm sorry to hear that. What happened?", "Oh, I'm sorry. That must be annoying.", 'Oh dear, what a pity!']
SORRY = ["Oh, I'm sorry to hear that. Do you want to talk about it?", "Oh, that sounds hard. I'm here to listen.", "Oh, I'm sorry. I hope it gets better soon."]
LOSS = ["I'm so sorry for your loss. Do you want to tell me about it?", "I'm very sorry. That must hurt. I'm here to listen."]
GLAD = ["How lovely! I'm glad to hear it.", 'How nice! That must feel good.', 'How good to hear! Tell me more.']
IDEA = ['That is a big step! What speaks for it, and what against?', 'Interesting! What makes you think of it?', "I can't decide that for you, but I'd like to hear why you want to."]
OPINION = ["I'm only a small model, but I'd say: honesty and kindness. What do you think?", "That's a big question for a small model! What do you think?", 'People see that differently. For me it begins with kindness. And for you?']
TASTE = ["I'm a program, so I can't taste or feel it, but I like hearing about it. Do you like it?", "I can't really like things, being a program. What about you?", "I have no favourites, I'm only a small program. Which do you like?"]
BODILESS = ["No, I'm only a small program that reads and writes. How about you?", "That's nothing for a small program. What about you?", 'Not me, I only live in a small file. And you?']
NEVER = ["No, I'm a program, so I never have. Have you?", "No, never: I only live in a small file. What about you?"]


def fill(text: str) -> str:
    return text.format(r=R(RELATIVES), n=R(NAMES), l=R(LANGUAGES))


def a(thing: str) -> str:
    return ('an ' if thing[0] in 'aeiou' else 'a ') + thing


def object_() -> str:
    return R([a(R(THINGS)), a(R(COLOURS[:12]) + ' ' + R(THINGS)), 'a new ' + R(THINGS), 'my ' + R(THINGS), 'some ' + R(FLOWERS) + ' seeds', 'an old ' + R(THINGS), 'two ' + R(THINGS) + 's', 'some ' + R(FOODS)])


def did() -> Turn:
    return R([
        lambda: (f'I {R(GOOD_ACTS)} {object_()}{R(WITH)}{R(WHEN)}', R(MADE)),
        lambda: (f"I've just {R(['made', 'built', 'bought', 'finished', 'found', 'painted', 'fixed'])} {object_()}", R(MADE)),
        lambda: (f'I {R(["went to", "visited", "was at", "drove to", "walked to", "spent the day at"])} {R(PLACES_NEAR)}{R(WITH)}{R(WHEN)}', R(NICE)),
        lambda: (f'We {R(["went to", "visited", "were in", "travelled to", "flew to", "drove to"])} {R(PLACES)}{R(WHEN)}', R(NICE)),
        lambda: (f"We{R([' just', ''])} came {R(['home', 'back'])} from {R([R(PLACES), 'a holiday', 'a trip', 'the seaside', R(PLACES_NEAR)])}{R(WHEN)}", R(NICE)),
        lambda: (f'I {R(["played", "watched", "tried"])} {R([R(SPORTS), "a film", "a game", "cards", "the news", "a series", "the " + R(INSTRUMENTS)])}{R(WITH)}{R(WHEN)}', R(NICE)),
        lambda: (f'I {R(["ate", "cooked", "made", "had", "tried"])} {R(FOODS)}{R(WITH)}{R(WHEN)}', R(NICE)),
        lambda: (f'I met {R(["an old friend", "my {r}", "{n}", "somebody nice", "a famous person", "my neighbour", "a new colleague"])}{R(WHEN)}', R(GLAD)),
        lambda: (f'I {R(BAD_ACTS)} {R(["my", "a", "the"])} {R(THINGS)}{R(WHEN)}', R(PITY)),
        lambda: (f'My {R(THINGS)} {R(["is broken", "broke down", "was stolen", "is gone", "stopped working", "fell down", "is lost"])}{R(WHEN)}', R(PITY)),
        lambda: (f'My {R(ANIMALS)} {R(["ran away", "is ill", "is very old", "is sick", "got lost", "is at the vet"])}{R(WHEN)}', R(SORRY)),
        lambda: (f'My {R(ANIMALS + RELATIVES)} {R(["died", "has died", "passed away", "is dead"])}{R(WHEN)}', R(LOSS)),
        lambda: (f'My {R(ANIMALS)} {R(["is so cute", "is asleep on my lap", "learned a trick", "is playing", "is happy", "makes me laugh", "is one year old"])}{R(WHEN)}', R(GLAD)),
        lambda: (f'{R(TEAMS)} {R(["lost", "lost again", "lost the final", "was beaten", "played badly"])}{R(WHEN)}', R(PITY)),
        lambda: (f'{R(TEAMS)} {R(["won", "won again", "won the final", "played well", "won the cup"])}{R(WHEN)}', R(GLAD)),
    ])()


def people() -> Turn:
    r = R(RELATIVES)
    return R([
        lambda: (f'My {r} is {R(MOODS_BAD)}{R(WHEN)}', R(SORRY)),
        lambda: (f'My {r} was {R(MOODS_BAD[:8])}{R(WHEN)}', R(SORRY)),
        lambda: (f'My {r} {R(["shouted at me", "forgot my birthday", "does not listen to me", "left me", "broke my heart", "lied to me", "ignores me", "does not like me"])}{R(WHEN)}', R(SORRY)),
        lambda: (f"I {R(['miss', 'had a fight with', 'argued with', 'am angry at', 'am worried about', 'am so mad at', 'fell out with'])} my {r}{R(WHEN)}", R(SORRY)),
        lambda: (f'My {r} is {R(MOODS_GOOD)}{R(WHEN)}', R(GLAD)),
        lambda: (f'My {r} {R(["gave me a present", "called me", "cooked for me", "made me a cake", "won a prize", "passed the exam", "had a baby", "said I did well", "sends you greetings"])}{R(WHEN)}', R(GLAD)),
        lambda: (f"It's my {r}'s birthday{R([' today', ' tomorrow', '', ' next week'])}", R([f'Happy birthday to your {r}! How will you celebrate?', f'How nice! Please wish your {r} a happy birthday from me.'])),
        lambda: (f'I love my {r}', R(GLAD)),
        lambda: (f"I'm {R(['playing with', 'talking to', 'having dinner with', 'waiting for', 'looking after', 'helping'])} my {r}", R(['How nice! Enjoy it.', f'Lovely! Say hello to your {r} from me.'])),
    ])()


def plans() -> Turn:
    return R([
        lambda: (f"I'm {R(['going to', 'travelling to', 'flying to', 'off to', 'moving to', 'about to visit'])} {R([R(PLACES), R(PLACES_NEAR)])}{R(SOON)}", R(PLAN)),
        lambda: (f"I {R(['will', 'want to', 'plan to', 'hope to', 'would like to', 'would love to', 'wish I could'])} {R(['learn ' + R(LANGUAGES), 'learn to ' + R(['swim', 'dance', 'cook', 'sing', 'drive', 'ski', 'paint', 'surf']), 'visit ' + R(PLACES), 'play the ' + R(INSTRUMENTS), 'see the sea', 'become a ' + R(JOBS), 'buy ' + a(R(THINGS)), 'travel the world', 'get a ' + R(ANIMALS), 'meet {n}', 'cook ' + R(FOODS)])}{R(SOON)}", R(PLAN)),
        lambda: (f"I'm thinking {R(['about', 'of'])} {R(IDEAS)}", R(IDEA)),
        lambda: (f'{R(["Should I", "Do you think I should", "Would you"])} {R(["move abroad", "change my job", "call my {r}", "get a " + R(ANIMALS), "buy " + a(R(THINGS)), "go to " + R(PLACES), "cut my hair", "stay at home", "go out tonight", "eat " + R(FOODS), "learn " + R(LANGUAGES), "tell my {r} the truth", "write to {n}", "take a break", "go to bed", "forgive my {r}", "wear " + R(COLOURS), "marry {n}"])}?', R(IDEA)),
        lambda: (f"I have {R(['an exam', 'a test', 'an interview', 'a date', 'a meeting', 'a party', 'a match', 'a big day', 'a presentation', 'a concert', 'my driving test', 'a job interview', 'an important call'])}{R(SOON)}", R(['Good luck! I hope it goes well.', 'I wish you all the best! How do you feel?'])),
        lambda: (f"I'm {R(['nervous', 'worried', 'scared', 'a bit afraid', 'stressed'])} about {R(['my exam', 'tomorrow', 'my new job', 'the interview', 'the trip', 'flying', 'the test', 'my presentation', 'the wedding', 'school', 'my first day', 'the future', 'moving'])}", R(['I understand. Take a deep breath, one thing at a time. You can do it!', "That is quite normal. I hope it goes well! What worries you most?"])),
        lambda: (f'What {R(["should", "could", "can", "shall"])} I {R(["do", "cook", "eat", "wear", "read", "watch", "buy my {r}", "give my {r}", "make for dinner", "have for breakfast", "drink"])}{R(SOON)}?', None),
    ])()


SUGGESTIONS = {
    'do': ['How about a walk, a good book, or calling a friend?', 'You could cook something nice, or go out and meet a friend.'],
    'cook': ['How about soup, or pasta with tomatoes? Both are easy.', 'Something simple: rice with vegetables is always good.'],
    'wear': ["Something in which you feel good! I'd say blue suits everybody."],
    'read': ['A good old story is never wrong. What do you like to read?'],
    'watch': ["I don't know what is on, but a comedy is good on any day. What do you like?"],
    'give': ['Flowers, a good book, or something you made yourself is always nice.'],
    'drink': ['A cup of tea is always good, and water is best for thirst.'],
}


def suggestion(question: str) -> str:
    for word, kind in [('wear', 'wear'), ('read', 'read'), ('watch', 'watch'), ('give', 'give'), ('buy', 'give'), ('drink', 'drink'), ('cook', 'cook'), ('eat', 'cook'), ('dinner', 'cook'), ('breakfast', 'cook')]:
        if f' {word}' in question:
            return R(SUGGESTIONS[kind])
    return R(SUGGESTIONS['do'])


def views() -> Turn:
    x, y = random.sample(FOODS + DRINKS + FRUITS + SPORTS + COLOURS + ['cats', 'dogs', 'books', 'films', 'summer', 'winter', 'the sea', 'the mountains', 'mornings', 'evenings', 'rain', 'snow'], 2)
    return R([
        lambda: (f'{R(["Do you like", "Do you enjoy", "Do you love", "How do you like", "What do you think of", "Do you hate", "What about"])} {R([x, y, R(HOBBIES), R(ANIMALS) + "s"])}?', R(TASTE)),
        lambda: (f'{R(["Do you prefer", "Which is better,", "What do you like more,", "Which do you like better,", "Are you more for"])} {x} or {y}?', R(TASTE)),
        lambda: (f'{x} or {y}?', R(TASTE)),
        lambda: (f'{R(["Have you ever", "Did you ever"])} {R(["been to " + R(PLACES), "eaten " + R(FOODS), "seen the sea", "been in love", "met {n}", "played " + R(SPORTS), "had a pet", "been sad", "ridden a horse", "read a book", "seen snow", "been to the moon", "told a lie", "made a mistake", "cried"])}?', R(NEVER)),
        lambda: (f'{R(["Can you", "Do you", "Could you", "Would you like to"])} {R(["eat " + R(FOODS), "drink " + R(DRINKS), "swim", "fly", "walk", "see", "drive a car", "play " + R(SPORTS), "play the " + R(INSTRUMENTS), "smell flowers", "dance", "go for a walk", "travel to " + R(PLACES), "go outside", "be human", "have a body", "be bigger", "meet me", "have a " + R(ANIMALS)])}?', R(BODILESS)),
        lambda: (f'{R(["What makes a good", "What is a good", "How do I become a good", "What makes a bad"])} {R(VALUES)}?', R(OPINION)),
        lambda: (f'{R(["What is", "What does it take for", "What is the secret of", "What do you think about", "Do you believe in", "Tell me about", "What is the meaning of", "How do I find", "Why is there no"])} {R(BIG)}?', R(OPINION)),
        lambda: (f'I {R(["like", "love", "adore", "really enjoy", "am fond of", "am crazy about"])} {R([x, y, R(HOBBIES), R(FLOWERS) + "s", R(ANIMALS) + "s", R(PLACES)])}', R(['How nice! What do you like most about it?', 'How good to have something you like! How did it begin?', 'I see! What do you like most about it?'])),
        lambda: (f'I {R(["hate", "dislike", "do not like", "cannot stand", "am tired of", "think I hate"])} {R([x, y, R(HOBBIES), "my job", "my boss", "homework", "this town", "waiting", "Mondays", "my school", "rain"])}', R(['I see! What do you like better?', 'I see. What bothers you about it?', 'Oh, why is that?'])),
        lambda: (f'{R([x, y]).capitalize()} {R(["is", "are"])} {R(["great", "the best", "my favourite", "wonderful", "so good", "delicious"])}', R(['I believe you! What do you like about it?', 'Good taste! Tell me more.'])),
        lambda: (f'I feel {R(["great", "wonderful", "fantastic", "really good", "so alive", "at peace", "proud", "lucky", "much better", "like dancing"])}{R(WHEN)}', R(GLAD)),
        lambda: (f'I feel {R(["awful", "terrible", "lost", "empty", "useless", "like nobody cares", "left out", "down", "alone", "ashamed", "misunderstood", "like a failure", "hopeless", "very small"])}{R(WHEN)}', R(SORRY)),
        lambda: (f"I'm {R(['sitting', 'lying', 'standing', 'resting', 'waiting', 'relaxing'])} {R(['in the garden', 'on the sofa', 'in bed', 'at my desk', 'in a cafe', 'on the balcony', 'by the sea', 'in the kitchen', 'in the train', 'under a tree', 'on a bench', 'at the window'])}{R(['', ' with a cup of tea', ' with my cat', ' and thinking', ' and reading', ' with a good book', ' with my {r}'])}", R(['That sounds cosy! Enjoy it.', 'How nice! What are you thinking about?', 'That sounds peaceful. What can you see?'])),
    ])()


def open_turn() -> Turn:
    asked, answer = random.choices([did, people, plans, views], [30, 16, 20, 34])[0]()
    if answer is None:
        answer = suggestion(asked)
    asked = fill(asked)
    asked = asked[0].upper() + asked[1:]
    return varied(asked + ('' if asked.endswith('?') else R(['.', '.', '!', '']))), answer
