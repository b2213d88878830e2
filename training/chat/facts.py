"""What people tell of themselves in made-up chats: over thirty kinds of facts, each with ways to say it, to ask for it, and to answer."""
from dataclasses import dataclass
import random

from words import name, word

R = random.choice


@dataclass(frozen=True)
class Fact:
    #: What tells two facts of one chat apart: 'name', 'cat', 'favourite colour'.
    about: str
    value: str
    says: list[str]
    acknowledged: list[str]
    asks: list[str]
    answers: list[str]
    #: What a chat says that was asked for this fact and never heard it.
    unknown: list[str]


def often_made_up(values: list[str], share: float = 0.45):
    """Mostly words of a list, else a word nobody knows: a value must be copied, whatever it is."""
    return lambda: R(values) if random.random() > share else word()


def place() -> str:
    return R(PLACES) if random.random() > 0.5 else name()


def digits(least: int, most: int):
    return lambda: ''.join(R('0123456789') for _ in range(random.randint(least, most)))


def code() -> str:
    letters = 'abcdefghijkmnpqrstuvwxyz' if random.random() < 0.5 else 'ABCDEFGHJKLMNPQRSTUVWXYZ'
    return R(['', '-']).join(R([digits(2, 4)(), ''.join(R(letters) for _ in range(random.randint(2, 4))), word()]) for _ in range(R([1, 2, 2, 3])))


def title() -> str:
    return 'The ' + ' '.join(R([word(), R(NOUNS)]).capitalize() for _ in range(R([1, 2, 2])))


PLACES = """Paris London Berlin Madrid Rome Tokyo Lagos Cairo Lima Oslo Dublin Delhi Seoul Boston Chicago Toronto Sydney Lisbon Vienna Prague
Warsaw Athens Istanbul Nairobi Mumbai Bangkok Hanoi Manila Jakarta Dallas Denver Seattle Bristol Leeds Glasgow Cardiff Lyon Nice Porto Turin
Naples Munich Hamburg Cologne Zurich Geneva Brussels Antwerp Utrecht Malmo Bergen Helsinki Tallinn Riga Vilnius Krakow Budapest Zagreb Sofia
Kyiv Accra Dakar Tunis Rabat Kampala Lusaka Harare Durban Quito Bogota Santiago Montevideo Havana Panama Houston Portland Phoenix Atlanta
Miami Montreal Calgary Ottawa Perth Hobart Auckland Osaka Kyoto Taipei Busan Chennai Pune Lahore Dhaka Colombo Kathmandu Tehran Amman Doha
Dubai Tbilisi Baku""".split() + ['New York', 'Cape Town', 'Mexico City', 'San Francisco', 'Los Angeles', 'Buenos Aires', 'Hong Kong', 'New Orleans', 'Addis Ababa', 'Kuala Lumpur']
COLOURS = 'red blue green yellow purple orange pink brown black white grey silver gold turquoise violet crimson beige indigo teal navy maroon olive cream lavender peach ivory tan lime aqua azure charcoal ruby jade copper chestnut apricot rose lemon cherry sand rust vermilion denim'.split() + ['dark green', 'light blue', 'sky blue', 'dark red']
ANIMALS = 'dog cat rabbit parrot hamster turtle horse goldfish lizard pony snake canary ferret mouse rat goat hen duck guinea-pig tortoise puppy kitten bird fish'.split()
WILD = 'tiger elephant owl dolphin wolf fox bear penguin giraffe lion eagle whale octopus otter hedgehog squirrel zebra koala panda deer frog bee'.split()
JOBS = """teacher doctor nurse painter farmer pilot cook baker writer singer builder driver gardener lawyer designer student carpenter dentist
plumber electrician engineer programmer librarian waiter barber tailor photographer journalist translator architect accountant mechanic vet
chemist postman firefighter fisherman sailor soldier potter weaver clerk cashier actor dancer musician scientist biologist teller broker
glazier locksmith roofer welder surveyor optician paramedic midwife butcher florist jeweller editor curator conductor referee lifeguard""".split() + ['bus driver', 'taxi driver', 'truck driver', 'software engineer', 'train driver', 'data analyst', 'school teacher', 'music teacher', 'shop assistant', 'tour guide']
FOODS = 'pizza pasta rice soup sushi curry salad bread cheese noodles pancakes tacos chocolate lasagne ramen dumplings stew omelettes burgers paella risotto falafel hummus waffles porridge mushrooms potatoes lentils strawberries mangoes'.split() + ['ice cream', 'fish and chips', 'apple pie', 'fried rice']
DRINKS = 'tea coffee water milk lemonade cocoa juice cola beer wine cider kefir mint-tea espresso'.split() + ['green tea', 'orange juice', 'hot chocolate', 'apple juice', 'black coffee']
HOBBIES = 'chess painting swimming running cooking reading knitting climbing cycling gardening dancing fishing sailing hiking pottery photography origami juggling surfing skating writing singing archery baking drawing camping yoga'.split() + ['bird watching', 'stamp collecting', 'playing the guitar', 'playing cards', 'solving puzzles']
SPORTS = 'football tennis basketball hockey cricket rugby volleyball golf boxing rowing judo badminton handball squash baseball fencing skiing swimming'.split() + ['table tennis', 'ice hockey']
INSTRUMENTS = 'piano guitar violin flute cello drums trumpet harp saxophone clarinet banjo accordion ukulele organ oboe'.split()
LANGUAGES = 'English Spanish French German Italian Polish Turkish Arabic Hindi Swahili Japanese Korean Portuguese Dutch Greek Finnish Welsh Yoruba Czech Danish'.split()
MONTHS = 'January February March April May June July August September October November December'.split()
DAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split()
FLOWERS = 'rose tulip daisy lily sunflower orchid poppy violet lavender peony iris daffodil jasmine dahlia'.split()
SUBJECTS = 'maths history biology physics chemistry music art geography English Latin economics philosophy law medicine computing'.split()
FRUITS = 'apple banana pear mango cherry plum peach grape orange kiwi melon papaya lemon raspberry strawberry blueberry pineapple fig'.split()
NOUNS = 'river moon mountain garden sparrow forest ocean morning winter summer autumn candle meadow harbour star train kitten teapot cloud lantern window road apple tree house king stone night bird island'.split()
RELATIVES = 'sister brother mother father son daughter wife husband friend neighbour boss teacher cousin aunt uncle grandmother grandfather nephew niece partner girlfriend boyfriend colleague flatmate doctor dentist coach baby roommate'.split() + ['best friend', 'mum', 'dad', 'mom', 'grandma', 'grandpa']


def clock() -> str:
    return R([f'{random.randint(1, 12)} o\'clock', f'{random.randint(1, 12)}:{R(["00", "15", "30", "45", "10"])}', f'{random.randint(1, 12)} pm', f'{random.randint(1, 11)} am'])


def birthday() -> str:
    return R([f'{random.randint(1, 30)} {R(MONTHS)}', f'{R(MONTHS)} {random.randint(1, 30)}', R(MONTHS)])


#: Kinds that people put as "my THING is VALUE".
PLAIN = [
    (['favourite colour', 'favorite color'], often_made_up(COLOURS)), (['favourite food', 'favorite food', 'favourite dish'], often_made_up(FOODS)),
    (['favourite drink', 'favorite drink'], often_made_up(DRINKS)), (['favourite animal', 'favorite animal'], often_made_up(WILD)),
    (['hobby', 'favourite hobby', 'main hobby'], often_made_up(HOBBIES, 0.25)), (['favourite sport', 'favorite sport', 'sport'], often_made_up(SPORTS, 0.25)),
    (['lucky number', 'favourite number', 'favorite number'], digits(1, 4)), (['favourite fruit', 'favorite fruit'], often_made_up(FRUITS)),
    (['favourite flower', 'favorite flower'], often_made_up(FLOWERS)), (['instrument', 'favourite instrument'], often_made_up(INSTRUMENTS, 0.25)),
    (['favourite book', 'favorite book'], title), (['favourite film', 'favorite movie', 'favourite movie'], title),
    (['favourite song', 'favorite song'], title), (['favourite band', 'favorite band', 'favourite singer'], lambda: R([title, name])()),
    (['favourite subject', 'favorite subject'], often_made_up(SUBJECTS, 0.2)), (['favourite season', 'favorite season'], lambda: R(['spring', 'summer', 'autumn', 'winter'])),
    (['favourite day', 'day off', 'favorite day'], lambda: R(DAYS)), (['birthday'], birthday), (['birth month'], lambda: R(MONTHS)),
    (['phone number', 'telephone number', 'number'], digits(5, 9)), (['room number', 'room'], digits(1, 4)), (['house number'], digits(1, 3)),
    (['order number', 'booking number', 'ticket number'], code), (['password', 'code word', 'secret word', 'secret code', 'code'], lambda: R([code, word, word])()),
    (['wifi name'], code), (['seat', 'seat number'], lambda: digits(1, 2)() + R('ABCDEF')), (['flight number', 'flight'], lambda: R('ABCDEFGKLMST') + R('ABCDEFGKLMST') + digits(2, 4)()),
    (['street', 'address'], lambda: R([f'{name()} Street', f'{digits(1, 2)()} {name()} Road', f'{name()} Lane'])), (['school', 'company', 'team', 'village', 'country', 'hometown', 'home town', 'birthplace'], lambda: R([name, place])()),
    (['surname', 'last name', 'nickname', 'middle name', 'first name'], name), (['car', 'bike', 'boat', 'phone'], lambda: R([name, word])()),
    (['appointment', 'meeting', 'train', 'class', 'alarm'], clock), (['shoe size', 'bus number', 'locker number'], digits(1, 3)),
    (['native language', 'mother tongue', 'first language'], lambda: R(LANGUAGES)), (['dream'], lambda: 'to ' + R(['visit ', 'live in ', 'see ']) + place()),
    (['star sign'], lambda: R('Aries Taurus Gemini Cancer Leo Virgo Libra Scorpio Capricorn Aquarius Pisces'.split())),
]


def made_up_thing() -> Fact:
    """A fact about something that does not exist: the question must be matched by its words alone."""
    return plain(R([f'{word()}', f'{R(["secret", "old", "new", "second", "other", "magic", "best"])} {R([word(), R(NOUNS)])}', f'{R(COLOURS[:12])} {R(NOUNS)}']), R([word, name, digits(1, 5)])())


def which(thing: str) -> list[str]:
    """Ways to ask for a thing of two words by its last one."""
    *of, kind = thing.split()
    if not of:
        return []
    return [f'Which {kind} is my {" ".join(of)} one?', f'Which {kind} is my {thing}?', f'Which {kind} is my {" ".join(of)}?'] + ([f'Which {kind} do I like best?'] if of[0] in ('favourite', 'favorite') else [])


def plain(thing: str, value: str) -> Fact:
    return Fact(
        thing, value,
        [f'My {thing} is {value}.', f'my {thing} is {value}', f'My {thing} is {value}', f'Remember that my {thing} is {value}.', f'By the way, my {thing} is {value}.', f'{value} is my {thing}.',
         f'Please remember: my {thing} is {value}.', f'I should tell you that my {thing} is {value}.', f'FYI, my {thing} is {value}', f'Just so you know, my {thing} is {value}.', f"Don't forget, my {thing} is {value}!"],
        [f"Got it, your {thing} is {value}.", f'{cap(value)}, okay! I will remember that.', f"I'll remember that your {thing} is {value}.", f'Thanks for telling me! Your {thing} is {value}.', f'{cap(value)}! Good to know.', 'Good to know! I will keep that in mind.', 'Noted!', f"{cap(value)}, noted. What else is on your mind?"],
        [f'What is my {thing}?', f"What's my {thing}?", f'what is my {thing}', f'Do you remember my {thing}?', f'Can you tell me my {thing}?', f'What did I say my {thing} was?', f'Which is my {thing}?', f'Do you know what my {thing} is?', f'Tell me my {thing}.', f'And my {thing}?', f'Remind me, what is my {thing}?', f'I forgot my {thing}. What was it?', f'What was my {thing} again?', *which(thing)],
        [f'Your {thing} is {value}.', f'Your {thing} is {value}.', f'You told me your {thing} is {value}.', f'Your {thing} is {value}!', f'You said your {thing} is {value}.'],
        [f"You haven't told me your {thing} yet.", f"I don't know your {thing}. You haven't told me.", f"You haven't mentioned your {thing}. What is it?"],
    )


def own_name(value: str | None = None) -> Fact:
    n = value or name()
    shown = n.lower() if random.random() < 0.12 else n
    return Fact(
        'name', n,
        [f'My name is {shown}', f'My name is {shown}.', f'my name is {shown}', f"Hi, I'm {shown}", f"I'm {shown}.", f'I am {shown}.', f'Hello, my name is {shown}.', f'Hi! My name is {shown}.', f'Call me {shown}', f"Hey there, I'm {shown}!", f'You can call me {shown}.', f"My name's {shown}.", f'Hello there! {shown} here.', f'People call me {shown}.', f'Everyone calls me {shown}.', f"Hi, this is {shown}.", f"The name's {shown}.", f'Good morning, I am {shown}.', f'My friends call me {shown}.', f"Let me introduce myself: I'm {shown}.", f"Hi Parley, my name is {shown}!", f'i am {shown}', f"Hello! I'm {shown}. How are you?", f'My name is {shown}, what is yours?', f"I'm {shown}, just so you know.", f"I'm {shown}, in case you wonder.", f"I'm {shown}, if you want to know.", f'By the way, I am {shown}.', f'My name is {shown}, by the way.'],
        [f'Nice to meet you, {n}!', f'Hello, {n}! How can I help you today?', f'Hi {n}! What would you like to talk about?', f"It's good to meet you, {n}.", f'Pleased to meet you, {n}! How is your day going?', f'Hi {n}, nice to meet you!', f"Welcome, {n}! I'm Parley."],
        ['What is my name?', 'What am I called?', 'And how am I called?', 'What do you call me?', 'Then what am I called?', "What's my name?", 'what is my name', 'Do you remember my name?', 'Who am I?', 'Can you tell me my name?', 'Say my name.', 'Do you know my name?', 'Do you still know my name?', 'What did I say my name was?', "What's my name again?", 'Tell me my name.', 'And what was my name?', 'Remind me of my name, please.', 'Do you know who I am?', 'What am I called?', 'whats my name', 'what was my name?', 'Have you forgotten my name?', 'Please tell me what my name is.', 'My name?', 'How am I called?', 'What do people call me?', 'Who are you talking to?', 'Can you recall my name?'],
        [f'Your name is {n}.', f'Your name is {n}.', f'You told me your name is {n}.', f'Your name is {n}!', f"You're {n}.", f'You are {n}.'],
        ["You haven't told me your name yet. What is it?", "I don't know your name yet. What should I call you?", "You haven't told me your name. I'd be glad to hear it!"],
    )


def home(value: str | None = None) -> Fact:
    c = value or place()
    return Fact(
        'city', c,
        [f'I live in {c}.', f'i live in {c}', f"I'm from {c}", f'My home is {c}.', f'I come from {c}.', f'My city is {c}.', f'I moved to {c} last year.', f'I live in {c} with my family.', f"I'm living in {c} at the moment.", f'Greetings from {c}!', f'My home is in {c}.', f"I've lived in {c} for {random.randint(2, 30)} years."],
        [f'{c} sounds like a nice place!', f'How is life in {c}?', f'Oh, {c}! Do you like it there?', f'{c}, lovely! What do you like most about it?', f"I've never been anywhere, but {c} sounds nice."],
        ['Where do I live?', 'where do i live', 'Which city do I live in?', 'Do you remember where I live?', 'What city am I in?', "Where am I from?", 'Where is my home?', 'Do you know where I live?', 'In which city do I live?', 'What is my city?', 'Where did I say I live?', 'Which city am I from?', 'Can you tell me where I live?', 'What city do I live in?', 'Which town do I live in?', "What's my home town?"],
        [f'You live in {c}.', f'You live in {c}.', f'You told me you live in {c}.', f'You said you live in {c}.', f'Your home is {c}.'],
        ["You haven't told me where you live.", "I don't know where you live. You haven't told me yet.", "You haven't said where you live. Where is it?"],
    )


def job() -> Fact:
    j = R(JOBS) if random.random() > 0.25 else word() + R(['er', 'ist', 'or', 'man', ' maker', ' seller', ' keeper'])
    a = 'an' if j[0] in 'aeiou' else 'a'
    return Fact(
        'job', j,
        [f'I work as {a} {j}.', f"I'm {a} {j}.", f'I am {a} {j}', f'My job is being {a} {j}.', f'I earn my living as {a} {j}.', f"I'm {a} {j} by profession.", f'i work as {a} {j}', f"I've been {a} {j} for {random.randint(2, 20)} years.", f'I just started a job as {a} {j}.', f'At work I am {a} {j}.', f'I make my living as {a} {j}.', f'My job: {j}.'],
        [f'Being {a} {j} must be interesting!', f'How do you like working as {a} {j}?', f'{cap(a)} {j}! That sounds like a good job.', f'Oh, {a} {j}. What do you like about it?'],
        ['What is my job?', "What's my job?", 'What do I do for work?', 'What do I do for a living?', 'what do i do', 'Do you remember my job?', 'What is my profession?', 'What do I work as?', 'Do you know what I do for work?', 'What kind of work do I do?', 'What did I say I do?', 'Which job do I have?', 'What job do I have?', 'Can you tell me what my job is?'],
        [f'You work as {a} {j}.', f"You're {a} {j}.", f'You told me you work as {a} {j}.', f'You are {a} {j}.'],
        ["You haven't told me what you do for work.", "I don't know your job. You haven't told me yet.", "You haven't mentioned your job. What do you do?"],
    )


def age() -> Fact:
    n = str(random.randint(5, 99))
    return Fact(
        'age', n,
        [f'I am {n} years old.', f"I'm {n} years old", f"I'm {n}.", f'My age is {n}.', f'I turned {n} last week.', f'I just turned {n}.', f'i am {n} years old', f'I am {n} years of age.', f'I recently turned {n}.'],
        [f'{n} is a good age!', f'{n}! I hope it treats you well.', f'{n} is a fine age. I was made not long ago.', 'Thanks for telling me!'],
        ['How old am I?', 'how old am i', 'What is my age?', 'Do you remember how old I am?', 'Do you know my age?', "What's my age?", 'Can you tell me how old I am?', 'How old did I say I am?'],
        [f'You are {n} years old.', f"You're {n} years old.", f'You told me you are {n} years old.', f'You are {n}.'],
        ["You haven't told me your age.", "I don't know how old you are. You haven't told me."],
    )


def pet() -> Fact:
    animal, n = R(ANIMALS), name() if random.random() < 0.75 else cap(R([R(NOUNS), R(FOODS).split()[0], R(FRUITS).split()[0], R(COLOURS).split()[0]]))
    return Fact(
        animal, n,
        [f'I have a {animal} called {n}.', f'My {animal} is named {n}.', f"My {animal}'s name is {n}", f'I have a {animal} named {n}', f'My {animal} is called {n}.', f'We have a {animal}, {n}.', f"I've got a {animal}. His name is {n}.", f"I've got a {animal}. Her name is {n}.", f'my {animal} is called {n}', f'I have a pet {animal} named {n}.', f'I just got a {animal}! I named it {n}.', f'{n} is my {animal}.', f'My pet is a {animal} and its name is {n}.', f'The name of my {animal} is {n}.', f'There is a {animal} in our house, and {R(["his", "her", "its"])} name is {n}.', f'We have a {animal} and {R(["his", "her", "its"])} name is {n}.', f'My {animal}, {R(["his", "her", "its"])} name is {n}, is asleep.'],
        [f'{n} is a great name for a {animal}!', f'Say hello to {n} from me.', f'{n} sounds lovely! How old is your {animal}?', f"Aw, {n}! That's a nice name.", f'I would like to meet {n}. I like hearing about pets.'],
        [f"What is my {animal}'s name?", f'What is my {animal} called?', 'What is the name of my pet?', f"What's my {animal}'s name?", f'what is my {animal} called', "What is my pet's name?", "What's my pet called?", f'Do you remember the name of my {animal}?', f"Do you remember my {animal}'s name?", f'What did I call my {animal}?', f'What was the name of my {animal}?', f'Who is my {animal}?', f'How is my {animal} called?', "Do you remember my pet's name?", f"Can you tell me my {animal}'s name?", f'What name did I give my {animal}?'],
        [f"Your {animal}'s name is {n}.", f'Your {animal} is called {n}.', f'Your {animal} is named {n}.', f"Your {animal}'s name is {n}!"],
        [f"You haven't told me your {animal}'s name.", f"I don't know what your {animal} is called. You haven't told me."],
    )


def relative() -> Fact:
    who, n = R(RELATIVES), name()
    return Fact(
        who, n,
        [f'My {who} is called {n}.', f"My {who}'s name is {n}.", f'I have a {who} named {n}.', f'My {who} is named {n}', f"my {who}'s name is {n}", f'{n} is my {who}.', f'My {who} {n} is coming to visit.', f'This is my {who}, {n}.', f'The name of my {who} is {n}.', f'I have a {who} called {n}.', f"I'm with my {who} {n} today.", f'My {who}, {n}, says hello.'],
        [f'Say hi to {n} from me!', f'{n} is a nice name.', f"That's lovely. I hope {n} is well!", f"It's nice to hear about your {who} {n}.", f'How is {n} doing?'],
        [f"What is my {who}'s name?", f"What's my {who}'s name?", f'What is my {who} called?', f'what is the name of my {who}', f'Do you remember the name of my {who}?', f'Who is my {who}?', f"And what is my {who}'s name?", f"Do you know my {who}'s name?", f'What was my {who} called again?', f"Can you tell me my {who}'s name?", f'What is the name of my {who}?'],
        [f"Your {who}'s name is {n}.", f'Your {who} is called {n}.', f'Your {who} is {n}.', f"Your {who}'s name is {n}!"],
        [f"You haven't told me your {who}'s name.", f"I don't know what your {who} is called. You haven't told me."],
    )


def other_person() -> Fact:
    """Something about somebody who is not the one who speaks."""
    n = name()
    which = random.random()
    if which < 0.3:
        v = place()
        return Fact(n, v, [f'{n} lives in {v}.', f'My friend {n} lives in {v}.', f'{n} moved to {v}.'], [f'{v} must be a nice place for {n}.', f'Okay, {n} lives in {v}.', f"I'll remember that {n} lives in {v}."], [f'Where does {n} live?', f'Do you remember where {n} lives?', f'Which city does {n} live in?'], [f'{n} lives in {v}.', f'You told me {n} lives in {v}.'], [f"You haven't told me where {n} lives."])
    if which < 0.5:
        v = R(JOBS)
        a = 'an' if v[0] in 'aeiou' else 'a'
        return Fact(n, v, [f'{n} is {a} {v}.', f'{n} works as {a} {v}.', f'My friend {n} is {a} {v}.'], [f'{n} must be busy!', f"Okay, {n} is {a} {v}.", 'That sounds like interesting work.'], [f'What does {n} do?', f"What is {n}'s job?", f'What does {n} do for work?'], [f'{n} is {a} {v}.', f'{n} works as {a} {v}.'], [f"You haven't told me what {n} does."])
    if which < 0.7:
        v = often_made_up(FOODS + HOBBIES)()
        return Fact(n, v, [f'{n} likes {v}.', f'{n} loves {v}.', f'{n} really likes {v}.'], [f'{cap(v)}! Good taste, {n}.', f"I'll remember that {n} likes {v}."], [f'What does {n} like?', f'Do you remember what {n} likes?', f'What does {n} love?'], [f'{n} likes {v}.', f'You told me {n} likes {v}.'], [f"You haven't told me what {n} likes."])
    if which < 0.85:
        v = str(random.randint(1, 99))
        return Fact(n, v, [f'{n} is {v} years old.', f'{n} is {v}.'], [f'{v} is a good age.', f'Okay, {n} is {v}.'], [f'How old is {n}?', f"What is {n}'s age?"], [f'{n} is {v} years old.', f'{n} is {v}.'], [f"You haven't told me how old {n} is."])
    v = R(COLOURS[:14])
    thing = R(['hat', 'coat', 'bike', 'car', 'house', 'bag', 'cup', 'scarf'])
    return Fact(n, v, [f"{n}'s {thing} is {v}.", f'{n} has a {v} {thing}.'], [f'A {v} {thing}, nice!', 'Okay, I will remember that.'], [f"What colour is {n}'s {thing}?", f"What color is {n}'s {thing}?"], [f"{n}'s {thing} is {v}.", f'It is {v}.'], [f"You haven't told me the colour of {n}'s {thing}."])


def doing() -> Fact:
    """What somebody does, plans or owns, without the word "my"."""
    kind = random.randrange(6)
    if kind == 0:
        v = often_made_up(INSTRUMENTS, 0.2)()
        return Fact('instrument', v, [f'I play the {v}.', f'i play the {v}', f"I'm learning to play the {v}."], [f'The {v} is a fine instrument!', f'How long have you played the {v}?'], ['Which instrument do I play?', 'What instrument do I play?', 'What do I play?', 'Do you remember which instrument I play?'], [f'You play the {v}.', f'You told me you play the {v}.'], ["You haven't told me which instrument you play."])
    if kind == 1:
        v = place()
        return Fact('trip', v, [f"I'm going to {v} next week.", f"I'm travelling to {v} tomorrow.", f'I will visit {v} in {R(MONTHS)}.', f"We're going on holiday to {v}."], [f'Have a good trip to {v}!', f'{v} sounds exciting! Enjoy it.'], ['Where am I going?', 'Where am I travelling to?', 'Where will I go?', 'Do you remember where I am going?', 'Where is my trip to?'], [f"You're going to {v}.", f'You told me you are going to {v}.'], ["You haven't told me where you are going."])
    if kind == 2:
        v = often_made_up(FOODS + FRUITS)()
        verb = R(['ate', 'bought', 'cooked', 'made', 'had'])
        return Fact('meal ' + verb, v, [f'I {verb} {v} today.', f'I {verb} some {v} this morning.', f'Today I {verb} {v}.'], [f'{cap(v)}, nice! Was it good?', f'I hope the {v} was tasty.'], [f'What did I {dict(ate="eat", bought="buy", cooked="cook", made="make", had="have")[verb]}?', f'Do you remember what I {verb}?', f'What did I say I {verb} today?'], [f'You {verb} {v}.', f'You told me you {verb} {v}.'], ["You haven't told me that."])
    if kind == 3:
        v = R(LANGUAGES)
        return Fact('learning', v, [f"I'm learning {v}.", f'I started to learn {v}.', f'I speak {v}.', f'I am studying {v}.'], [f'{v} is a beautiful language!', f'How is your {v} coming along?'], ['Which language am I learning?', 'What language do I speak?', 'Which language did I mention?'], [f'{v}.', f'You told me about {v}.'], ["You haven't told me which language."])
    if kind == 4:
        v = R([R(HOBBIES), R(FOODS), R(DRINKS), word()])
        return Fact('liking', v, [f'I like {v}.', f'I love {v}.', f'I really love {v}', f'i like {v}', f'I enjoy {v}.'], [f'{cap(v)} is great!', f'What do you like about {v}?', f'It is nice that you like {v}.'], ['What do I like?', 'what do i like', 'Do you remember what I like?', 'What did I say I like?', 'What do I enjoy?', 'What do I love?'], [f'You like {v}.', f'You told me you like {v}.'], ["You haven't told me what you like."])
    v = str(random.randint(2, 9))
    many = R(['cats', 'dogs', 'children', 'brothers', 'sisters', 'books', 'bikes', 'hats', 'plants', 'cousins', 'kids'])
    return Fact('count ' + many, v, [f'I have {v} {many}.', f'I own {v} {many}.' if many in ('books', 'bikes', 'hats', 'plants') else f"I've got {v} {many}."], [f'{v} {many}, wow!', f'{v} {many}! That sounds lively.'], [f'How many {many} do I have?', f'Do you remember how many {many} I have?'], [f'You have {v} {many}.', f'You told me you have {v} {many}.'], [f"You haven't told me how many {many} you have."])


def cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def fact() -> Fact:
    kind = random.random()
    if kind < 0.26:
        return own_name()
    if kind < 0.36:
        return home()
    if kind < 0.43:
        return job()
    if kind < 0.47:
        return age()
    if kind < 0.57:
        return pet()
    if kind < 0.66:
        return relative()
    if kind < 0.71:
        return other_person()
    if kind < 0.76:
        return doing()
    if kind < 0.82:
        return made_up_thing()
    things, value = R(PLAIN)
    return plain(R(things), value())
