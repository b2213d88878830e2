"""Small talk: our own intents (`small_talk/own.txt`), sentences put together at random, and the questions of Microsoft's chit-chat sets with
our answers.

python make_small_talk.py OUT.jsonl ROWS SEED CORPUS_FOLDER

Rows of our own are CC0-1.0; those with a question of the corpus carry its licence (MIT).
"""
import json
import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from open_talk import open_turn
from rows import Turn, chat, read_rows

R = random.choice
HERE = Path(__file__).parent / 'small_talk'
SYSTEMS = ['You are a helpful assistant.', 'You are Parley, a friendly assistant.', 'Be brief.', 'Be kind.', 'You are a friendly chat partner.', 'Answer briefly.', 'You are an assistant for our team.']


@dataclass(frozen=True)
class Intent:
    asks: list[str]
    answers: list[str]
    #: Where the questions are from; empty: written here.
    source: str = ''

    def turn(self) -> Turn:
        return varied(expand(R(self.asks))), R(self.answers)


def expand(text: str) -> str:
    """Picks one of each `{a|b}`."""
    return re.sub(r'\{([^{}]*)\}', lambda choice: R(choice[1].split('|')), text)


def varied(text: str) -> str:
    """People write carelessly."""
    chance = random.random()
    if chance < 0.12:
        return text.lower()
    if chance < 0.2:
        return text.rstrip('.?!') or text
    if chance < 0.24 and len(text) > 5:
        at = random.randrange(1, len(text) - 1)
        return text[:at] + text[at + 1 :]
    if chance < 0.26:
        return text + R([' :)', '!', '!!', ' please', '  '])
    return text


def own_intents() -> list[Intent]:
    blocks = re.split(r'\n\s*\n', (HERE / 'own.txt').read_text(encoding='utf8'))
    found = []
    for block in blocks:
        lines = [line for line in block.splitlines() if line and not line.startswith('#')]
        asks = [line[2:] for line in lines if line.startswith('? ')]
        answers = [line[2:] for line in lines if line.startswith('! ')]
        if asks and answers:
            found.append(Intent(asks, answers))
    return found


def chitchat_intents(corpus: Path) -> list[Intent]:
    """The corpus' questions by their kind, which their answer in the enthusiastic voice tells."""
    questions: dict[str, list[str]] = {}
    for row in read_rows(corpus / 'smalltalk_botframework.jsonl'):
        system, *rest = row['messages']
        if system['content'] == 'You are an enthusiastic assistant.':
            question = rest[0]['content']
            if '=' not in question:
                questions.setdefault(rest[1]['content'], []).append(question)
    found = []
    for block in re.split(r'\n\s*\n', (HERE / 'answers.txt').read_text(encoding='utf8')):
        theirs, *ours = [line for line in block.splitlines() if line and not line.startswith('#')] or ['']
        if ours:
            found.append(Intent(sorted(questions[theirs]), ours, 'microsoft/botframework-cli packages/qnamaker/docs/qnaFormat/english'))
    return found


def main() -> None:
    out, count, seed, corpus = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    random.seed(seed)
    own, theirs = own_intents(), chitchat_intents(corpus)
    # A kind with many ways to be asked needs more examples.
    weights = [min(160, 12 + sum(expansions(ask) for ask in intent.asks)) for intent in own]
    with open(out, 'w', encoding='utf8') as file:
        for _ in range(count):
            borrowed = random.random() < 0.4
            turns = [random.choices(theirs, [len(intent.asks) + 20 for intent in theirs])[0].turn() if borrowed else random.choices(own, weights)[0].turn()]
            for _ in range(R([0, 0, 1, 1, 2])):
                more = open_turn() if random.random() < 0.5 else random.choices(own, weights)[0].turn()
                turns.insert(random.randint(0, len(turns)), (varied(more[0]), more[1]))
            row = chat(turns, R(SYSTEMS) if random.random() < 0.1 else None)
            source, licence = (theirs[0].source + ' (answers written here, CC0-1.0)', 'MIT') if borrowed else ('training/chat/make_small_talk.py', 'CC0-1.0')
            file.write(json.dumps({'messages': row, 'source': source, 'licence': licence}, ensure_ascii=False) + '\n')


def expansions(text: str) -> int:
    ways = 1
    for choice in re.findall(r'\{([^{}]*)\}', text):
        ways *= len(choice.split('|'))
    return ways


if __name__ == '__main__':
    main()
