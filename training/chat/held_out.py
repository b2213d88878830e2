"""What the evaluation (`bench/model/`) asks, and training must therefore never see: its 200 names, and its questions word for word."""
import re
from pathlib import Path

_EVALUATION = Path(__file__).parents[2] / 'bench/model'

NAMES = frozenset((_EVALUATION / 'names.txt').read_text(encoding='utf8').lower().split())


def _plain(text: str) -> str:
    return re.sub(r'[^a-z0-9 ]', '', text.lower()).strip()


_QUESTIONS = frozenset(_plain(line) for file in ('small-talk.txt', 'beyond.txt') for line in (_EVALUATION / file).read_text(encoding='utf8').splitlines())
_NAME = re.compile(r'\b(' + '|'.join(sorted(NAMES)) + r')\b', re.IGNORECASE)


def held_out(messages: list[dict[str, str]]) -> bool:
    """Whether a chat holds a name or a question of the evaluation."""
    return any(_NAME.search(message['content']) or _plain(message['content']) in _QUESTIONS for message in messages)
