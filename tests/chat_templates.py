"""Chat templates that people fine-tune with, each with a small tokenizer in the shape of its models'.

Llama, Qwen, Gemma, Phi 3 and DeepSeek templates are the models' own, as trl's package carries them. ChatML, Mistral and
Phi 4 are written here after what the models' do: their tokens, where a system text goes, what is trimmed, what asks for
an answer, what ends one. Vocabularies are trained on the spot; only special tokens have their models' names.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from tests.small_tokenizers import CHATML, CORPUS


def from_trl(name: str) -> str:
    """A template as trl's package has it."""
    return (files("trl") / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8")


_ALTERNATE = (
    "{%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{%- endif %}"
)
MISTRAL_1 = (
    "{{ bos_token }}{%- for m in messages %}" + _ALTERNATE + "{%- if m.role == 'user' %}"
    "{{ '[INST] ' + m.content + ' [/INST]' }}{%- else %}{{ m.content + eos_token }}{%- endif %}{%- endfor %}"
)
"""The first Mistral Instruct: no system text, no space before an answer."""

MISTRAL_3 = (
    "{%- if messages[0].role == 'system' %}{%- set system = messages[0].content %}{%- set turns = messages[1:] %}"
    "{%- else %}{%- set turns = messages %}{%- endif %}{{ bos_token }}{%- for m in turns %}" + _ALTERNATE
    + "{%- if m.role == 'user' %}{%- if loop.last and system is defined %}"
    "{{ '[INST] ' + system + '\n\n' + m.content + '[/INST]' }}"
    "{%- else %}{{ '[INST] ' + m.content + '[/INST]' }}{%- endif %}"
    "{%- else %}{{ ' ' + m.content | trim + eos_token }}{%- endif %}{%- endfor %}"
)  # fmt: skip
"""Mistral Instruct v0.3: the system text goes into the user's turn, but only while that is the last one."""

MISTRAL_7 = (
    "{{ bos_token }}{%- for m in messages %}{%- if m.role == 'system' %}"
    "{{ '[SYSTEM_PROMPT]' + m.content + '[/SYSTEM_PROMPT]' }}"
    "{%- elif m.role == 'user' %}{{ '[INST]' + m.content + '[/INST]' }}"
    "{%- else %}{{ m.content + eos_token }}{%- endif %}{%- endfor %}"
)
"""Mistral Small: the system text has tokens of its own."""

PHI_4 = (
    "{%- for m in messages %}{{ '<|im_start|>' + m.role + '<|im_sep|>' + m.content + '<|im_end|>' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant<|im_sep|>' }}{%- endif %}"
)


@dataclass(frozen=True, slots=True)
class Family:
    """A template with what its tokenizer must have."""

    template: str
    ends: str
    """What follows an answer in the midst of a conversation."""
    specials: tuple[str, ...]
    bos: str
    eos: str
    pad: str
    pieces: Literal["bytes", "sentences"] = "bytes"
    """Byte-level BPE, or BPE over sentences with ▁ for spaces as SentencePiece has it."""
    system: bool = True
    """Whether it takes a system turn."""
    adds_bos: bool = False
    """Whether its tokenizer begins plain text with BOS by itself."""
    strips: bool = False
    """Whether its special tokens swallow the blanks around them."""


_LLAMA = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|finetune_right_pad_id|>")
_QWEN = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
_GEMMA = ("<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>")
_PHI = ("<s>", "<|endoftext|>", "<|assistant|>", "<|user|>", "<|system|>", "<|end|>", "<|placeholder1|>")
_MISTRAL = ("<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "<pad>")


def _llama(name: str) -> Family:
    return Family(from_trl(name), "<|eot_id|>", _LLAMA, _LLAMA[0], "<|eot_id|>", _LLAMA[-1], adds_bos=True)


def _qwen(template: str) -> Family:
    return Family(template, "<|im_end|>\n", _QWEN, "", "<|im_end|>", "<|endoftext|>")


def _gemma(name: str, *, system: bool) -> Family:
    return Family(
        from_trl(name), "<end_of_turn>\n", _GEMMA, "<bos>", "<eos>", "<pad>", "sentences", system, adds_bos=True
    )


def _phi(name: str) -> Family:
    return Family(from_trl(name), "<|end|>\n", _PHI, "<s>", "<|endoftext|>", "<|endoftext|>", "sentences", strips=True)


def _mistral(template: str, *, system: bool) -> Family:
    return Family(template, "</s>", _MISTRAL, "<s>", "</s>", "<pad>", "sentences", system, adds_bos=True)


FAMILIES: dict[str, Family] = {
    "chatml": _qwen(CHATML),
    "llama-3": _llama("llama3"),
    "llama-3.1": _llama("llama3_1"),
    "llama-3.2": _llama("llama3_2"),
    "qwen-2.5": _qwen(from_trl("qwen2_5")),
    "qwen-3": _qwen(from_trl("qwen3")),
    "qwen-3-2507": _qwen(from_trl("qwen3_instruct_2507")),
    "gemma-2": _gemma("gemma", system=False),
    "gemma-3": _gemma("gemma3", system=True),
    "phi-3": _phi("phi3"),
    "phi-3.5": _phi("phi3_5"),
    "phi-4": Family(PHI_4, "<|im_end|>", (*_QWEN[:3], "<|im_sep|>"), "", "<|im_end|>", "<|endoftext|>", strips=True),
    "mistral-1": _mistral(MISTRAL_1, system=False),
    "mistral-3": _mistral(MISTRAL_3, system=True),
    "mistral-7": _mistral(MISTRAL_7, system=True),
}
"""By name."""


def save_family(folder: Path, name: str) -> Path:
    """Train a family's small tokenizer and save it as a model folder has it, with a config beside it."""
    from transformers import PreTrainedTokenizerFast

    family = FAMILIES[name]
    backend = _bytes(family) if family.pieces == "bytes" else _sentences(family)
    if family.adds_bos:
        _add_bos(backend, family.bos)
    if family.strips:
        _strip(backend, family)
    names = {"bos_token": family.bos, "eos_token": family.eos, "pad_token": family.pad}
    fast = PreTrainedTokenizerFast(
        tokenizer_object=backend, clean_up_tokenization_spaces=False, **{key: it for key, it in names.items() if it}
    )
    fast.chat_template = family.template
    fast.save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    return folder


def _bytes(family: Family):
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    backend = Tokenizer(models.BPE())
    backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=list(family.specials), initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(CORPUS * 4, trainer)
    return backend


def _sentences(family: Family):
    """Spaces as ▁, and a token for each byte that the vocabulary lacks, as Gemma's, Phi 3's and Mistral's have."""
    from tokenizers import Tokenizer, decoders, models, normalizers, trainers

    backend = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    backend.normalizer = normalizers.Replace(" ", "▁")
    backend.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    of_bytes = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<unk>", *family.specials, *of_bytes], show_progress=False
    )
    backend.train_from_iterator(CORPUS * 4, trainer)
    trained = json.loads(backend.to_str())  # the trainer knows no tokens but special ones to begin with
    trained["added_tokens"] = [it for it in trained["added_tokens"] if it["content"] not in of_bytes]
    return Tokenizer.from_str(json.dumps(trained))


def _add_bos(backend, bos: str) -> None:
    from tokenizers import processors

    backend.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A $B", special_tokens=[(bos, backend.token_to_id(bos))]
    )


def _strip(backend, family: Family) -> None:
    """Phi 3's special tokens swallow blanks after them, Phi 4's on both sides."""
    from tokenizers import AddedToken

    both = family.pieces == "bytes"
    backend.add_special_tokens([AddedToken(it, lstrip=both, rstrip=True, special=True) for it in family.specials])
