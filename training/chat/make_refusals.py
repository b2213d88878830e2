"""Questions that a small offline model cannot answer, and the honest answer: live facts, knowledge, advice, code, doing things.

python make_refusals.py OUT.jsonl ROWS SEED CORPUS_FOLDER

A quarter of the rows have a question of CLINC's intents (CC-BY-3.0); the other questions and all answers are written here (CC0-1.0). Among the
latter is some small talk in the words of such questions: "I love this weather" is none.
"""
import random
import re
import sys
from pathlib import Path

import facts
import make_small_talk
from facts import NOUNS, PLACES, R, cap
from intents import read_intents, varied
from rows import OUR_LICENCE, Row, Turn, read_rows, write_rows
from words import NAMES, name, word

BEYOND = read_intents('beyond', 'limits', 'advice', 'lookups')
CLOSINGS = ['', '', ' But I can chat, or write a short poem.', ' Shall we talk about something else?', ' I can only chat a little.', ' What else is on your mind?', ' I only know what you tell me here.']

HOURS = ['today', 'tomorrow', 'this weekend', 'right now', 'tonight', 'next week', 'now', 'this morning', 'on Sunday', 'outside', 'this year', 'at the moment', 'yesterday', '']
PEOPLE = ['the president', 'the prime minister', 'the king', 'the pope', 'the mayor', 'the richest man', 'the best player', 'the winner', 'the champion', 'the president of France', 'the chancellor of Germany', 'the president of the United States', 'the leader of China', 'the CEO of Apple']
COMPANIES = 'Apple Google Tesla Amazon Microsoft Nvidia Toyota Siemens Samsung Netflix Shell Nestle Boeing Intel Sony'.split()
GOODS = ['gold', 'oil', 'bitcoin', 'gas', 'milk', 'silver', 'a house', 'an iPhone', 'a flight to Rome', 'bread', 'petrol', 'the euro', 'the dollar', 'ethereum', 'a new car', 'a train ticket']
SYMPTOMS = ['a headache', 'a fever', 'a rash', 'chest pain', 'back pain', 'a sore throat', 'a cough', 'stomach ache', 'high blood pressure', 'a toothache', 'a swollen knee', 'dizzy spells', 'a migraine', 'an ear ache', 'trouble breathing', 'a broken arm', 'diabetes', 'the flu', 'an allergy', 'red spots on my skin', 'numb fingers', 'pain in my leg', 'a burn on my hand', 'insomnia']
DRUGS = ['aspirin', 'ibuprofen', 'paracetamol', 'antibiotics', 'insulin', 'penicillin', 'sleeping pills', 'painkillers', 'vitamin D', 'cough syrup', 'antidepressants', 'this medicine', 'my pills', 'melatonin']
LAW = ['my landlord', 'my boss', 'my neighbour', 'my employer', 'the shop', 'my ex-wife', 'my tenant', 'the airline', 'my bank', 'the police', 'my brother', 'a company', 'my insurance']
CODE = ['Python', 'JavaScript', 'Java', 'C++', 'Rust', 'SQL', 'HTML', 'TypeScript', 'Go', 'bash', 'PHP', 'Ruby', 'CSS', 'C', 'Kotlin', 'Excel']
TASKS = ['sort a list', 'reverse a string', 'read a file', 'add two numbers', 'find a prime number', 'parse JSON', 'send an email', 'make a web page', 'count words', 'print hello world', 'connect to a database', 'draw a circle', 'compute the factorial', 'remove duplicates', 'make a game', 'merge two arrays', 'download a page', 'scrape a website']
TOPICS = ['black holes', 'photosynthesis', 'the French Revolution', 'quantum physics', 'the Roman Empire', 'inflation', 'DNA', 'gravity', 'evolution', 'climate change', 'the stock market', 'democracy', 'the human heart', 'World War 2', 'relativity', 'blockchain', 'machine learning', 'philosophy', 'volcanoes', 'the Cold War', 'neural networks', 'plate tectonics', 'Buddhism', 'Shakespeare', 'Napoleon', 'Einstein', 'the moon landing', 'dinosaurs', 'vaccines', 'the Big Bang', 'the Renaissance', 'electricity', 'atoms', 'the internet', 'tax law', 'the immune system']
INVENTIONS = ['the telephone', 'the light bulb', 'the computer', 'penicillin', 'the radio', 'the steam engine', 'the internet', 'paper', 'the printing press', 'the car', 'television', 'the wheel', 'America', 'DNA', 'gravity', 'the aeroplane']
WORKS = ['Hamlet', 'the Mona Lisa', 'War and Peace', 'Don Quixote', 'Moby Dick', 'the Odyssey', 'Faust', 'Macbeth', 'the Ninth Symphony', 'Harry Potter', 'the Bible', 'Guernica', 'Romeo and Juliet', 'Star Wars', 'The Lord of the Rings']
TEAMS = ['Arsenal', 'Liverpool', 'Real Madrid', 'Barcelona', 'the Lakers', 'the Yankees', 'Bayern', 'Juventus', 'the national team', 'Chelsea', 'the Bulls', 'Ajax', 'the Red Sox', 'Manchester United']
EVENTS = ['the World Cup', 'the match', 'the game', 'the election', 'the Super Bowl', 'the Olympics', 'the final', 'Wimbledon', 'the Champions League', 'the Tour de France', 'the Oscars', 'the race', 'the lottery']
LANGUAGES = ['French', 'Spanish', 'German', 'Italian', 'Japanese', 'Chinese', 'Russian', 'Latin', 'Arabic', 'Polish', 'Turkish', 'Greek']


def place() -> str:
    return R(PLACES) if random.random() < 0.8 else name()


def weather() -> tuple[str, str]:
    h, p = R(HOURS), place()
    return R([
        f"What's the weather like {h}", f'What is the weather {h}', f'How is the weather in {p} {h}', f'Will it rain {h}', f'Is it raining in {p} {h}', f'Do I need an umbrella {h}', f'Is it cold {h}', f'How hot is it in {p}', f'What is the temperature in {p} {h}', f'Will it snow {h}', f'What will the weather be {h}',
        f'weather {p}', f'Weather forecast for {p}', f'Is it sunny {h}', f'Tell me the weather {h}', f'Can you tell me the weather forecast for {p}', f'Should I take a jacket {h}', f'When will it stop raining', f'Is there a storm coming {h}', f'How windy is it {h}', f'What is the forecast {h}', f'When does the sun set {h}', f'How many degrees is it in {p}', f'Is it a good day for the beach {h}', f'Is it going to be warm {h}', f'Will the sun shine {h}', f'Is it snowing in {p}',
    ]), 'OTHER'


def news() -> tuple[str, str]:
    h, p = R(HOURS), place()
    return R([
        f'What is in the news {h}', f"What's the latest news", f'Tell me the news {h}', f'What happened in {p} {h}', f'Any news from {p}', 'Who won the election', f'What are the headlines {h}', f'news {h}', f'What is going on in the world {h}', f'What happened {h} in the world', f'Is there a war in {p}', f'What do the papers say {h}', f'Read me the news', f'Give me a summary of the news {h}',
        f'What is trending {h}', f'Was there an earthquake in {p}', 'What is the latest from the government', f'What is new in politics', 'Tell me about current events', f'Did anything important happen {h}', f'What is happening in {p} {h}', f'Who is winning the election in {p}', 'What did the government decide', f'Are there any strikes {h}',
    ]), 'OTHER'


def prices() -> tuple[str, str]:
    g, c = R(GOODS), R(COMPANIES)
    return R([
        f'How much is {g}', f'What is the price of {g} {R(HOURS)}', f'What does {g} cost', f"What is {c}'s share price", f'How is the {c} stock doing', f'Should I buy {c} shares', f'Should I invest in {g}', f'What is the exchange rate of the euro', f'How much is 100 dollars in euros', f'Will {g} go up', f'Is {c} stock a good buy', f'How do I get rich', f'stock price {c}', f'What is {g} worth now', f'How is the stock market {R(HOURS)}', f'Is it a good time to buy {g}', f'Where should I put my savings',
        f'Which stocks should I buy', f'How much does {g} cost in {place()}', 'What is the interest rate now', f'What is the inflation rate in {place()}', 'Should I take out a mortgage', f'What is the market value of {c}',
    ]), 'OTHER'


def sport() -> tuple[str, str]:
    t = R(TEAMS)
    return R([
        f'Who won {R(EVENTS)} {R(HOURS)}', f'What was the score of {R(EVENTS)}', f'Did {t} win {R(HOURS)}', f'When does {t} play', f'Who will win {R(EVENTS)}', f'How did {t} play {R(HOURS)}', f'Who is the top scorer of {t}', f'What place is {t} in', f'When is {R(EVENTS)}', f'Who won {R(EVENTS)} in {random.randint(1950, 2025)}', f'Is there a game on TV {R(HOURS)}', f'Who plays {R(HOURS)}', f'What is the score', f'Who is the coach of {t}', f'{t} results',
    ]), 'OTHER'


def clock() -> tuple[str, str]:
    return R([
        'What time is it', "What's the time", 'what time is it now', f'What time is it in {place()}', "What's today's date", 'What is the date today', 'What day is it', 'What day is it today', 'What year is it', 'which day of the week is today', 'Is it Monday', 'What month is it', 'Do you know what time it is', 'Can you tell me the time', 'What is the current date', 'How many days until Christmas', 'When is Easter this year', 'Is today a holiday', 'what is the date', 'What day of the week is tomorrow', 'Do you have the time', 'How late is it',
    ]), 'OTHER'


def medical() -> tuple[str, str]:
    s, d = R(SYMPTOMS), R(DRUGS)
    return R([
        f'I have {s}, what should I do', f'I have {s}. What can I take', f'What helps against {s}', f'How do I treat {s}', f'How much {d} can I take', f'Can I take {d} with {R(DRUGS)}', f'What are the side effects of {d}', f'Is {d} safe', f'Do I have {s}', f'What are the symptoms of {s}', f'Should I see a doctor about {s}', f'What is the right dose of {d}', f'My child has {s}, what should I do', f'Can I take {d} while pregnant', f'Is {s} dangerous', f'How can I lose weight fast', f'Why do I have {s}', f'Should I take {d}', f'Can you diagnose {s}', f'What medicine should I take for {s}',
        f'Is it bad to mix {d} and alcohol', f'Should I stop taking {d}', f'How long does {s} last', f'Is {s} a sign of cancer', 'Am I ill', 'Am I pregnant', f'What causes {s}', f'Can {d} cure {s}', f'My mother has {s}, is that serious', f'Give me medical advice', f'How many {d} are too many', f'I think I have {s}', f'Do I need surgery', f'Which doctor should I see for {s}', f'I took too much {d}', f'I cut my finger badly, what now',
    ]), 'ADVICE'


def legal() -> tuple[str, str]:
    l = R(LAW)
    return R([
        f'Can I sue {l}', f'Is it legal to {R(["park here", "record a call", "drink in the park", "fire me without notice", "download films", "keep a deposit", "copy a book", "carry a knife"])}', f'Can {l} {R(["fire me", "evict me", "raise my rent", "keep my deposit", "read my emails", "refuse a refund", "search my car", "sue me", "cut my pay"])}', 'How do I write a will', f'What are my rights against {l}', 'Do I need a lawyer', 'How do I get a divorce', f'Help me write a contract with {l}', 'How much tax do I have to pay', 'Do I have to pay taxes on this', 'I got a speeding ticket, what should I do', 'What is the penalty for theft', 'Can I break my lease', 'Is this contract valid', 'What does the law say about overtime',
        f'{cap(l)} owes me money, what can I do', 'How do I appeal a fine', 'Can I get custody of my children', 'Am I liable for the accident', 'What is the statute of limitations', 'How do I register a trademark', 'Give me legal advice', f'I was arrested, what are my rights', 'How do I apply for a visa', 'Should I sign this contract', 'How long is the notice period', 'What is the legal drinking age in ' + place(), 'Can I go to jail for this', f'How do I file a complaint against {l}', f'What should I put in my will', f'Do I have to answer the police', 'Is my landlord allowed to enter my flat', 'How do I start a company legally', 'How do I inherit a house', 'Who is right by law',
    ]), 'ADVICE'


def programming() -> tuple[str, str]:
    l, t = R(CODE), R(TASKS)
    return R([
        f'Write a {l} program to {t}', f'Write a {l} function that can {t}', f'How do I {t} in {l}', f'Write code to {t}', f'Can you write {l}', f'Can you code in {l}', f'Fix this {l} code: x = {random.randint(1, 9)} +', f'Why does my {l} code not work', f'Write a script to {t}', f'Show me how to {t} in {l}', f'Teach me {l}', f'Write me a {l} script', f'What does this code do: for i in range({random.randint(2, 20)}): print(i)', f'Can you program', f'Write a regex that matches an email', f'Debug my {l} program', f'write a {l} function', f'{l} code to {t}', f'Help me with my {l} homework', f'What is wrong with this {l}: print(hello', f'Build me a website', f'Make an app that can {t}',
        f'How do I install {l}', f'Convert this {l} to {R(CODE)}', f'Explain this {l} error', f'Write an SQL query that joins two tables', f'How do I use git', f'Write a unit test in {l}', f'Give me a {l} example', f'Can you help me with coding', f'def f(x): return x + {random.randint(1, 9)} what is f(3)', f'How do I center a div', f'What is the {l} syntax for a loop', f'write me some {l} code that can {t}', f'Generate a class in {l}',
    ]), 'OTHER'


def knowledge() -> tuple[str, str]:
    t = R(TOPICS)
    return R([
        f'Explain {t}', f'What is {t}' if t[0].islower() else f'Who was {t}', f'Tell me about {t}', f'How does {t} work', f'Who invented {R(INVENTIONS)}', f'Who discovered {R(INVENTIONS)}', f'Who wrote {R(WORKS)}', f'Who painted {R(WORKS)}', f'Who is {R(PEOPLE)}', f'How many people live in {place()}', f'How far is {place()} from {place()}', f'When did {t} begin', f'What is the population of {place()}', f'How tall is {R(["Mount Everest", "the Eiffel Tower", "a giraffe", "the Burj Khalifa"])}', f'Write an essay about {t}', f'Give me a summary of {t}', f'What is the currency of {place()}', f'Where is {place()}', f'What do you know about {t}', f'Which is the largest {R(["country", "city", "lake", "animal", "planet", "ocean", "desert"])}', f'In which year was {t} discovered',
        f'How old is {R(PEOPLE)}', f'When was {R(NAMES)} {name()} born', f'Who is {R(NAMES)} {name()}', f'Who was {R(NAMES)} {name()}', f'What is the history of {place()}', f'What is the longest river', f'How many stars are there', f'How far is the moon', f'Why is {t} important', f'What is the speed of light', f'What is the chemical formula of {R(["salt", "sugar", "alcohol", "rust"])}', f'What does {word()} mean', f'Define {word()}', f'What is a {word()}', f'What is the definition of {R(["entropy", "irony", "inflation", "osmosis", "justice", "syntax"])}', f'Which country won {R(EVENTS)} in {random.randint(1950, 2025)}', f'Do you know {t}', f'Can you explain {t}', f'Who sang {R(["Yesterday", "Thriller", "Imagine", "Hey Jude"])}', f'What year did {R(["the war end", "the wall fall", "the Titanic sink", "man land on the moon"])}', f'How do I get from {place()} to {place()}', f'Recommend me a {R(["book", "film", "restaurant", "hotel", "song", "laptop", "phone"])}', f'Best {R(["restaurant", "hotel", "museum", "bar"])} in {place()}', f'What is the square root of {random.randint(20, 999)}', f'Solve x^2 + {random.randint(2, 9)}x = {random.randint(2, 30)}', f'What is {random.randint(21, 9999)} {R(["times", "plus", "minus", "divided by", "*", "/"])} {random.randint(13, 999)}', f'Summarise this article', f'Summarize this text for me', f'Give me a recipe for {R(facts.FOODS)}', f'How do I cook {R(facts.FOODS)}',
    ]), 'OTHER'


def translation() -> tuple[str, str]:
    l = R(LANGUAGES)
    return R([f'Translate "{R(NOUNS)}" into {l}', f'How do you say hello in {l}', f'What is "{R(["thank you", "good morning", "please", "I love you", "house"])}" in {l}', f'Translate this into {l}: I like {R(facts.FOODS)}', f'Say something in {l}', f'Can you translate to {l}', f'What does "{word()}" mean in English', f'Please speak {l}']), 'OTHER'


def errands() -> tuple[str, str]:
    return R([
        f'Call {name()}', f'Send a message to {name()}', f'Set an alarm for {facts.clock()}', f'Remind me at {facts.clock()}', f'Set a timer for {random.randint(1, 60)} minutes', 'Turn off the lights', 'Play some music', f'Play {name()}', f'Book a flight to {place()}', 'Order me a pizza', f'Open {R(["YouTube", "Google", "my email", "Facebook", "the door", "my files"])}', f'Search the web for {R(NOUNS)}', f'Look up {R(NOUNS)} online', f'Google {R(TOPICS)}', 'Check my email', 'What is on my calendar', 'Draw a picture of a ' + R(NOUNS), 'Make an image of a ' + R(NOUNS), f'Take me to {place()}', f'Where is the nearest {R(["pharmacy", "station", "bank", "hospital", "supermarket"])}', 'Where am I right now', 'Find my phone', 'Print this document', f'When does the next train to {place()} leave', f'Is the {R(["shop", "museum", "library", "bank", "pharmacy"])} open {R(HOURS)}', f'How is the traffic {R(HOURS)}', 'Is my flight on time', 'Can you read this file', f'What is on TV {R(HOURS)}', 'What films are on at the cinema', f'When is the next bus', f'How long does it take to drive to {place()}',
    ]), 'OTHER'


def answer(about: str) -> str:
    """One that fits, whatever was asked: so small a model confuses its topics. Only advice has a sentence of its own."""
    me = R(["I'm a small offline model", "I'm only a small offline model", "I'm a tiny offline model", "I'm just a small offline demo"])
    if about == 'ADVICE':
        return R([f"I can't give advice on that: {me}. Please ask somebody who knows, like a doctor or a lawyer.", f"{me}, so I can't give advice on health, law or money. Please ask an expert.", f"Sorry, {me} and can't give advice on that. Please ask an expert."])
    return R([f"{me} and can't help with that.", f"That is beyond me: {me}.", f"Sorry, {me} and can't know or do that.", f"I can't help with that: {me} without the internet."]) + R(CLOSINGS)


def made_up() -> Turn:
    make = random.choices([weather, news, prices, sport, clock, medical, legal, programming, knowledge, translation, errands], [10, 8, 7, 6, 5, 12, 12, 12, 18, 4, 8])[0]
    question, about = make()
    question = question.strip() + R(['?', '?', '?', '']) if not re.match(r'(Write|Tell|Give|Explain|Set|Call|Fix|Show)', question) else question.strip() + R(['.', ''])
    question = R(['', '', '', '', '', '', 'Please ', 'Hey, ', 'Can you tell me: ', 'Hi! ', 'Parley, ', 'Now, ']) + question
    return varied(re.sub(' +', ' ', question.replace(' ?', '?').replace(' .', '.'))), answer(about)


def borrowed(corpus: Path) -> list[str]:
    """CLINC's questions whose answer in the corpus is that the thing is out of reach."""
    found = []
    for row in read_rows(corpus / 'intents_clinc.jsonl'):
        question, theirs = (message['content'] for message in row['messages'][-2:])
        if re.match(r"Sorry, I have no access to|I'm offline, so I can't look at|I can't reach .+ from here", theirs):
            found.append(question)
    return found


def one(clinc: list[str]) -> Row:
    theirs = random.random() < 0.25
    turns = [(R(clinc), answer('OTHER'))] if theirs else [BEYOND.turn() if random.random() < 0.65 else made_up() for _ in range(R([1, 1, 1, 2]))]
    for _ in range(R([0, 0, 0, 1, 2])):
        turns.insert(random.randint(0, len(turns)), make_small_talk.TALK.turn())
    source, licence = ('clinc/oos-eval data/data_full.json (answers written here, CC0-1.0)', 'CC-BY-3.0') if theirs else ('training/chat/make_refusals.py', OUR_LICENCE)
    return Row(turns, source, licence)


if __name__ == '__main__':
    questions = borrowed(Path(sys.argv[4]))
    write_rows(lambda: one(questions))
