"""Small talk: our own intents and dialogues (`small_talk/`), sentences put together at random, and the questions of Microsoft's chit-chat sets
with our answers.

python make_small_talk.py OUT.jsonl ROWS SEED CORPUS_FOLDER

Rows of our own are CC0-1.0; those with a question of the corpus carry its licence (MIT).
"""
import random
import sys
from pathlib import Path

from intents import Intent, Intents, blocks, expand, read_dialogues, read_intents, varied
from open_talk import open_turn
from rows import OUR_LICENCE, Row, Turn, read_rows, write_rows

R = random.choice
#: Intents by what they are about: meeting and parting, the program, the talk itself, wishes and ideas, views ...
ON_THE_TALK = ['own', 'meet', 'self', 'itself', 'between', 'acts', 'meta', 'chatter', 'reply', 'short', 'idioms', 'chatting', 'requests', 'wants', 'ideas', 'tips', 'play', 'opinions', 'views']
#: ... what is told, by its mood ...
TOLD = ['good', 'hard', 'daily', 'days', 'verdicts', 'news', 'feelings', 'joys', 'mishaps', 'plain', 'contrasts', 'words-a', 'words-b', 'words-c', 'young', 'older']
#: ... and by what it speaks of, each good, hard and plain.
BY_MATTER = ['home', 'food', 'family', 'work', 'friends', 'leisure', 'people', 'toil', 'places', 'pastimes']
#: Met twice as often: what is asked here wants its own answer, and no general one will do.
OFTEN = ['acts', 'between', 'itself', 'idioms', 'meta', 'chatter', 'ideas', 'tips', 'short']
TALK = read_intents(*ON_THE_TALK, *TOLD, *BY_MATTER, *OFTEN)
PAIRS = read_intents('pairs-a', 'pairs-b')
DIALOGUES = [*read_dialogues('dialogues-a'), *read_dialogues('dialogues-b')]
BORROWED = 'microsoft/botframework-cli packages/qnamaker/docs/qnaFormat/english (answers written here, CC0-1.0)'


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
    for theirs, *ours in filter(None, blocks('answers')):
        if ours:
            found.append(Intent(sorted(questions[theirs]), ours, []))
    return found


def own_turns() -> list[Turn]:
    """One turn, or a dialogue of some."""
    kind = random.random()
    if kind < 0.14:
        return [(varied(expand(asked)), expand(answer)) for asked, answer in R(DIALOGUES)]
    return [PAIRS.turn() if kind < 0.21 else TALK.turn() if kind < 0.87 else open_turn()]


def one(theirs: Intents) -> Row:
    borrowed = random.random() < 0.18
    parts = [[theirs.turn()] if borrowed else own_turns()]
    parts += [own_turns() for _ in range(R([0, 0, 1, 1, 2]))]
    random.shuffle(parts)
    source, licence = (BORROWED, 'MIT') if borrowed else ('training/chat/make_small_talk.py', OUR_LICENCE)
    return Row([turn for part in parts for turn in part], source, licence)


if __name__ == '__main__':
    chitchat = Intents(chitchat_intents(Path(sys.argv[4])))
    write_rows(lambda: one(chitchat))
