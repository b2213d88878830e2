"""A row of training text: one chat, with where it comes from and under which licence."""
import json
import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Message = dict[str, str]
Turn = tuple[str, str]

OUR_LICENCE = 'CC0-1.0'
#: What a chat may begin with.
SYSTEMS = [
    'You are a helpful assistant.', 'You are Parley, a friendly assistant.', 'Be brief.', 'Be kind.', 'You are a helpful assistant. Answer briefly.', 'Answer in English.', 'Answer briefly.',
    'You are a friendly chat partner.', 'Please be polite and short.', 'You talk with a customer of our shop.', 'You are an assistant for our team.', 'Keep your answers short.',
]


@dataclass(frozen=True)
class Row:
    turns: list[Turn]
    source: str
    licence: str = OUR_LICENCE


def write_rows(make: Callable[[], Row]) -> None:
    """`python make_X.py OUT.jsonl ROWS SEED`: so many rows, the same for the same seed. One in nine has a system message."""
    out, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    random.seed(seed)
    with open(out, 'w', encoding='utf8') as file:
        for _ in range(count):
            row = make()
            system = random.choice(SYSTEMS) if random.random() < 0.11 else None
            file.write(json.dumps({'messages': messages(row.turns, system), 'source': row.source, 'licence': row.licence}, ensure_ascii=False) + '\n')


def messages(turns: Iterable[Turn], system: str | None) -> list[Message]:
    made: list[Message] = [{'role': 'system', 'content': system}] if system else []
    for asked, answered in turns:
        made += [{'role': 'user', 'content': asked}, {'role': 'assistant', 'content': answered}]
    return made


def read_rows(file: str | Path) -> Iterable[dict]:
    with open(file, encoding='utf8') as lines:
        for line in lines:
            yield json.loads(line)
