"""The vocabulary: byte-pair pieces with byte fallback, learned by sentencepiece, read by llama.cpp as a `llama` tokenizer.

A capitalised word has no space in front inside its pieces, and no word a punctuation mark: a name falls into the same pieces at the start of
a message, after a space, in quotation marks and before a full stop, so that copying it is copying a sequence of tokens. Digits stand alone, for
the same reason. A role is one piece.
"""
import re
from collections.abc import Iterable, Set
from pathlib import Path

import sentencepiece

START, END = '<|im_start|>', '<|im_end|>'
#: Where no piece may go across: before a capital, and between a letter and a mark; "'m" and "'s" may be pieces.
_BORDER = re.compile(r" (?=[A-Z])|(?<=[^\W_])(?=[^\w\s])|(?<=[^\w\s'])(?=[^\W_])|\r|\n")
_ROLE_LINES = 20_000
#: How much a token counts in learning: what the user says (it teaches what sentences are alike), an answer, and what an answer copies.
HEARD, SAID, COPIED = 3, 20, 60


def train(texts: Iterable[str], model_file: Path, vocabulary: int) -> None:
    prefix = str(model_file).removesuffix('.model')
    with open(prefix + '.txt', 'w', encoding='utf8') as out:
        out.write('user\nassistant\nsystem\n' * _ROLE_LINES)
        for text in texts:
            # A piece never goes across a line's end, nor is a space put at its start.
            out.write(_BORDER.sub('\n', text) + '\n')
    sentencepiece.SentencePieceTrainer.train(
        input=prefix + '.txt', model_prefix=prefix, vocab_size=vocabulary, model_type='bpe', byte_fallback=True, character_coverage=0.9999,
        user_defined_symbols=[START, END], split_digits=True, split_by_unicode_script=False, add_dummy_prefix=False, remove_extra_whitespaces=False,
        normalization_rule_name='identity', unk_id=0, bos_id=1, eos_id=2, pad_id=-1, num_threads=2, minloglevel=1, max_sentencepiece_length=14,
    )


_WORD = re.compile(r'\s?\S+|\s')
_LETTERS = re.compile(r"[^\W_]+")


class ChatTokenizer:
    """Chats in tokens, as the server's chat template and llama.cpp put them."""

    def __init__(self, model_file: Path):
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
        self.start, self.end = self.pieces.piece_to_id(START), self.pieces.piece_to_id(END)
        self.newline = self.pieces.encode('\n')
        self._known: dict[str, list[int]] = {}

    def _word(self, text: str) -> list[int]:
        """The ids of one word with the space before it: no piece goes across a space, so a text is its words."""
        ids = self._known.get(text)
        if ids is None:
            ids = self._known[text] = self.pieces.encode(text)
        return ids

    def chat(self, messages: list[dict[str, str]], common: Set[str] = frozenset()) -> tuple[list[int], list[int]]:
        """
        Token ids, and how much each counts in learning: `HEARD` what the user says, `SAID` what the assistant does, and `COPIED` those of
        its words that somebody has said before and that are not `common`. The whole of such a word must be right, or it is nothing.
        """
        ids, weights, heard = [1], [0], set()
        for message in messages:
            answer = message['role'] == 'assistant'
            usual = SAID if answer else HEARD if message['role'] == 'user' else 0
            head = [self.start, *self._word(message['role']), *self.newline]
            ids += head
            weights += [0] * len(head)
            for word in _WORD.findall(message['content']):
                of_word = self._word(word)
                copied = answer and not heard.isdisjoint(_LETTERS.findall(word.lower()))
                ids += of_word
                weights += [COPIED if copied else usual] * len(of_word)
            ids += [self.end, *self.newline]
            weights += [usual, *([0] * len(self.newline))]
            if not answer:
                heard |= set(_LETTERS.findall(message['content'].lower())) - common
        return ids, weights

    def prompt(self, messages: list[dict[str, str]]) -> list[int]:
        return self.chat(messages)[0] + [self.start, *self.pieces.encode('assistant\n')]
