"""The files of `small_talk/`: what people say in many ways, and what is answered.

A block of a file is one intent: lines with `?` are ways to say it, lines with `!` answer any of them. `{a|b}` is one of the two. A block
without `?` holds answers that fit all blocks behind it, or names a mood whose answers do (`= good`, see moods.txt). In a file of dialogues,
a block is one chat, in its order. Lines with `#` are remarks.
"""
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from held_out import held_out
from rows import Turn

R = random.choice
#: How often an answer is one of those.
COMMON_SHARE = 0.5
HERE = Path(__file__).parent / 'small_talk'


@dataclass(frozen=True)
class Intent:
    asks: list[str]
    answers: list[str]
    #: They fit whatever is like it, too: what is said where it is not clear what was meant.
    common: list[str]

    @property
    def weight(self) -> int:
        """How often it is met: one with many ways to be said needs more examples."""
        return min(160, min(12, 2 * len(self.asks)) + sum(min(6, expansions(ask)) for ask in self.asks))

    def turn(self) -> Turn:
        return varied(expand(R(self.asks))), expand(R(self.common if self.common and random.random() < COMMON_SHARE else self.answers))


class Intents:
    """Many, each met as often as its weight says."""

    def __init__(self, intents: list[Intent]):
        self._intents = intents
        self._weights = list(accumulate(intent.weight for intent in intents))

    def turn(self) -> Turn:
        return random.choices(self._intents, cum_weights=self._weights)[0].turn()


def expand(text: str) -> str:
    """Picks one of each `{a|b}`."""
    return re.sub(r'\{([^{}]*)\}', lambda choice: R(choice[1].split('|')), text)


def varied(text: str) -> str:
    """People write carelessly. What the evaluation asks stays as it is: misspelt, training would not know it, and leave it out."""
    chance = random.random()
    if held_out([{'role': 'user', 'content': text}]):
        return text
    if chance < 0.12:
        return text.lower()
    if chance < 0.2:
        return text.rstrip('.?!') or text
    if chance < 0.24 and len(text) > 5:
        at = random.randrange(1, len(text) - 1)
        return text[:at] + text[at + 1 :]
    if chance < 0.26:
        return text + R([' :)', '!', '!!', ' please', '  '])
    if chance < 0.34:
        return R(['Hi! ', 'Hello, ', 'Hey Parley, ', 'Hi Parley! ', 'Well, ', 'So, ', 'Honestly, ', 'You know, ', 'Good evening! ', 'By the way, ']) + text
    return text


def expansions(text: str) -> int:
    ways = 1
    for choice in re.findall(r'\{([^{}]*)\}', text):
        ways *= len(choice.split('|'))
    return ways


def read_intents(*names: str) -> Intents:
    """Those of some files of `small_talk/`."""
    moods = {mood[2:]: [line[2:] for line in answers] for mood, *answers in filter(None, blocks('moods'))}
    found = []
    for name in names:
        common: list[str] = []
        for block in filter(None, blocks(name)):
            asks, answers = ([line[2:] for line in block if line.startswith(mark)] for mark in ('? ', '! '))
            if asks:
                found.append(Intent(asks, answers, common))
            else:
                common = answers or moods[block[0][2:]]
    return Intents(found)


def read_dialogues(name: str) -> list[list[Turn]]:
    """Chats of some turns, their choices not yet made."""
    return [list(zip((line[2:] for line in block[::2]), (line[2:] for line in block[1::2]))) for block in blocks(name) if block]


def blocks(name: str) -> Iterator[list[str]]:
    for block in re.split(r'\n\s*\n', (HERE / f'{name}.txt').read_text(encoding='utf8')):
        yield [line for line in block.splitlines() if line and not line.startswith('#')]
