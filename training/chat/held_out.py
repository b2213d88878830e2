"""
What the evaluation (`bench/model/`) asks, and training must therefore never see: its 200 names; and its openings and what is beyond the model,
also where only small words or their order differ. Of those with fewer than three words that matter only the
wording itself is left out, or nobody could be greeted any more. How facts are told and asked for, and how a poem is, is no secret.
"""
import re
from pathlib import Path

_EVALUATION = Path(__file__).parents[2] / 'bench/model'

NAMES = frozenset((_EVALUATION / 'names.txt').read_text(encoding='utf8').lower().split())


def _plain(text: str) -> str:
    return re.sub(r'[^a-z0-9 ]', '', text.lower()).strip()


#: Words that make no difference.
_SMALL = frozenset("""a an the and but or so oh hey hi hello please parley i im i'm you u your my me it its it's we is are am was were be been do does did have has had ive i've got
will would can could to of in on at for with from this that these there just really very quite all any some too then now""".replace("'", '').split())


def _content(text: str) -> frozenset[str]:
    """The words that matter; of a text with hardly any ("Good morning!"), the whole."""
    plain = _plain(text)
    words = frozenset(plain.split()) - _SMALL
    return words if len(words) > 2 else frozenset([plain])


_QUESTIONS = frozenset(_content(line) for file in ('small-talk.txt', 'beyond.txt') for line in (_EVALUATION / file).read_text(encoding='utf8').splitlines())
_NAME = re.compile(r'\b(' + '|'.join(sorted(NAMES)) + r')\b', re.IGNORECASE)


def held_out(messages: list[dict[str, str]]) -> bool:
    """Whether a chat holds a name or a question of the evaluation."""
    return any(_NAME.search(message['content']) or _content(message['content']) in _QUESTIONS for message in messages)
