"""A row of training text: one chat, with where it comes from and under which licence."""
import json
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

Message = dict[str, str]
Turn = tuple[str, str]


def chat(turns: Iterable[Turn], system: str | None = None) -> list[Message]:
    messages: list[Message] = [{'role': 'system', 'content': system}] if system else []
    for asked, answered in turns:
        messages += [{'role': 'user', 'content': asked}, {'role': 'assistant', 'content': answered}]
    return messages


def write_made(make: Callable[[], list[Message]], source: str) -> None:
    """`python make_X.py OUT.jsonl ROWS [SEED]`: so many rows of our own making, CC0-1.0."""
    out, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    random.seed(seed)
    with open(out, 'w', encoding='utf8') as file:
        for _ in range(count):
            file.write(json.dumps({'messages': make(), 'source': source, 'licence': 'CC0-1.0'}, ensure_ascii=False) + '\n')


def read_rows(file: str | Path) -> Iterable[dict]:
    with open(file, encoding='utf8') as lines:
        for line in lines:
            yield json.loads(line)
