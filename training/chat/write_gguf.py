"""Writes a network as GGUF, with tokenizer and chat template: python write_gguf.py TOKENIZER.model OUT.gguf CHECKPOINT.pt...

Of several checkpoints of one run, the mean of their weights is written: it errs less than each of them (stochastic weight averaging, Izmailov
and others, 2018). Matrices are kept in 8 bits (Q8_0): answers were the same as in 16 bits, at half the size.
"""
import sys
from pathlib import Path

import torch
from gguf import GGMLQuantizationType, GGUFWriter, TokenType, quants

from growth import hidden_of
from model import ChatModel, Shape
from tokenizer import ChatTokenizer

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def main() -> None:
    vocabulary, out, *checkpoints = sys.argv[1:]
    weights = mean([torch.load(checkpoint)['net'] for checkpoint in checkpoints])
    shape = Shape(hidden=hidden_of(weights))
    net = ChatModel(shape)
    net.load_state_dict(weights)
    chats = ChatTokenizer(Path(vocabulary))
    writer = GGUFWriter(out, 'qwen3')
    writer.add_name('parley-small')
    writer.add_license('Apache-2.0')
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_rope_freq_base(shape.rope_base)
    add_tokenizer(writer, chats)
    for name, weight in tensors(net):
        values = weight.detach().float().numpy()
        if values.ndim == 2:
            writer.add_tensor(name, quants.quantize(values, GGMLQuantizationType.Q8_0), raw_dtype=GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def mean(networks: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    return {name: sum(weights[name] for weights in networks) / len(networks) for name in networks[0]}


def add_tokenizer(writer: GGUFWriter, chats: ChatTokenizer) -> None:
    pieces = chats.pieces
    ids = range(pieces.vocab_size())

    def kind(token: int) -> TokenType:
        if pieces.is_unknown(token):
            return TokenType.UNKNOWN
        if pieces.is_control(token) or token in (chats.start, chats.end):
            return TokenType.CONTROL
        return TokenType.BYTE if pieces.is_byte(token) else TokenType.NORMAL

    writer.add_tokenizer_model('llama')
    writer.add_token_list([pieces.id_to_piece(token).encode() for token in ids])
    writer.add_token_scores([pieces.get_score(token) for token in ids])
    writer.add_token_types([kind(token) for token in ids])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(chats.end)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)


def tensors(net: ChatModel):
    yield 'token_embd.weight', net.embedding.weight
    yield 'output_norm.weight', net.norm.weight
    for at, block in enumerate(net.blocks):
        parts = {
            'attn_norm': block.attention_norm, 'attn_q': block.q, 'attn_k': block.k, 'attn_v': block.v, 'attn_q_norm': block.q_norm, 'attn_k_norm': block.k_norm,
            'attn_output': block.o, 'ffn_norm': block.hidden_norm, 'ffn_gate': block.gate, 'ffn_up': block.up, 'ffn_down': block.down,
        }
        for name, part in parts.items():
            yield f'blk.{at}.{name}.weight', part.weight


if __name__ == '__main__':
    main()
