"""The vocabulary: byte-pair pieces with byte fallback, learned by sentencepiece, read by llama.cpp as a `llama` tokenizer.

A capitalised word has no space in front inside its pieces, and no word a punctuation mark: a name falls into the same pieces at the start of
a message, after a space, in quotation marks and before a full stop, so that copying it is copying a sequence of tokens. Digits stand alone, for
the same reason. A role is one piece.
"""
import re
from collections.abc import Iterable
from pathlib import Path

import sentencepiece

START, END = '<|im_start|>', '<|im_end|>'
#: Where no piece may go across: before a capital, and between a letter and a mark; "'m" and "'s" may be pieces.
_BORDER = re.compile(r" (?=[A-Z])|(?<=[^\W_])(?=[^\w\s])|(?<=[^\w\s'])(?=[^\W_])|\r|\n")
_ROLE_LINES = 20_000


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


class ChatTokenizer:
    """Chats in tokens, as the server's chat template and llama.cpp put them."""

    def __init__(self, model_file: Path):
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
        self.start, self.end = self.pieces.piece_to_id(START), self.pieces.piece_to_id(END)
        self.newline = self.pieces.encode('\n')

    def chat(self, messages: list[dict[str, str]]) -> tuple[list[int], list[int]]:
        """Token ids, and for each whether it is the assistant's own: only those are learned."""
        ids, own = [1], [0]
        for message in messages:
            answer = message['role'] == 'assistant'
            head = [self.start, *self.pieces.encode(message['role'] + '\n')]
            body = [*self.pieces.encode(message['content']), self.end]
            ids += head + body + self.newline
            own += [0] * len(head) + [int(answer)] * len(body) + [0] * len(self.newline)
        return ids, own

    def prompt(self, messages: list[dict[str, str]]) -> list[int]:
        return self.chat(messages)[0] + [self.start, *self.pieces.encode('assistant\n')]
