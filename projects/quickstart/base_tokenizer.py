"""The tokenizer of the quickstart's base model: a SentencePiece BPE model, and the same as a Hugging Face tokenizer.

tokenizer.model stays beside tokenizer.json because llama.cpp's converter reads it, and refuses BPE vocabularies that it
does not know. The two agree token by token: there is no dummy prefix, no normalisation and no pre-tokenisation, only
merges in the order of the pieces' scores. `check_tokenizer` proves it.
"""

import io
import json
from collections.abc import Iterable
from pathlib import Path

import sentencepiece as spm
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

VOCABULARY = 2048
CONTROL = ("<unk>", "<s>", "</s>", "<pad>")
"""In the order of their ids."""
MARKERS = ("<|im_start|>", "<|im_end|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PROBES = (
    "",
    " ",
    "  two  spaces ",
    "\n\n",
    "café, Malmö, €5",
    "漢字 🙂 Ω",
    "tab\there",
    "MiXeD_99%",
    '{"a": [1, {"b": null}]}\n',
)
"""Texts that the corpus does not have: the byte fallback must carry them through."""


def train_spm(texts: Iterable[str], path: Path) -> None:
    """Train tokenizer.model on `texts`, split at line ends (a line end is a byte token)."""
    lines = (line for text in texts for line in text.split("\n") if line)
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=model, model_type="bpe", vocab_size=VOCABULARY, byte_fallback=True,
        character_coverage=1.0, split_digits=True, add_dummy_prefix=False, remove_extra_whitespaces=False,
        normalization_rule_name="identity", user_defined_symbols=list(MARKERS),
        unk_id=0, bos_id=1, eos_id=2, pad_id=3, pad_piece="<pad>", num_threads=1, minloglevel=2,
    )  # fmt: skip
    path.write_bytes(model.getvalue())


def write_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Write the Hugging Face form of tokenizer.model beside it, chat template included."""
    processor = spm.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_as_fast(processor), unk_token="<unk>", bos_token="<s>", eos_token="<|im_end|>",
        pad_token="<pad>", extra_special_tokens=["<|im_start|>"], clean_up_tokenization_spaces=False,
        model_max_length=1024, padding_side="right",
    )  # fmt: skip
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    _complete_config(folder / "tokenizer_config.json", processor)
    return tokenizer


def _as_fast(processor: spm.SentencePieceProcessor) -> Tokenizer:
    pieces = [processor.id_to_piece(i) for i in range(len(processor))]
    ids = {piece: index for index, piece in enumerate(pieces)}
    merges = _merges(processor, pieces)
    fast = Tokenizer(models.BPE(ids, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    fast.normalizer = normalizers.Replace(" ", "▁")
    fast.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    fast.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in (*CONTROL, *MARKERS)])
    return fast


def _merges(processor: spm.SentencePieceProcessor, pieces: list[str]) -> list[tuple[str, str]]:
    """Every way to make a piece of two pieces, best pieces first: SentencePiece merges by the score of the result."""
    apart = (*CONTROL, *MARKERS)
    plain = {piece: i for i, piece in enumerate(pieces) if piece not in apart and not processor.is_byte(i)}
    merges = [
        (index, plain[piece[:cut]], plain[piece[cut:]])
        for piece, index in plain.items()
        for cut in range(1, len(piece))
        if piece[:cut] in plain and piece[cut:] in plain
    ]
    merges.sort(key=lambda merge: (-processor.get_score(merge[0]), merge[1:]))
    return [(pieces[left], pieces[right]) for _, left, right in merges]


def _complete_config(path: Path, processor: spm.SentencePieceProcessor) -> None:
    """Add what llama.cpp's converter reads and `save_pretrained` leaves out: no automatic tokens or spaces."""
    config = json.loads(path.read_text(encoding="utf-8"))
    special = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    tokens = {str(processor.piece_to_id(t)): {"content": t, **special} for t in (*CONTROL, *MARKERS)}
    config |= {"add_bos_token": False, "add_eos_token": False, "add_prefix_space": False}
    config["added_tokens_decoder"] = tokens
    path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def check_tokenizer(folder: Path, texts: Iterable[str]) -> None:
    """Stop unless both forms give the same tokens, decode to the same text, and the offsets cover each text."""
    processor = spm.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.is_fast and len(tokenizer) == VOCABULARY == len(processor)
    for text in (*PROBES, *texts):
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = encoded["input_ids"]
        assert ids == processor.encode(text), f"the two tokenizers differ on {text!r}"
        assert tokenizer(text)["input_ids"] == ids, "a token was added unasked"
        assert tokenizer.decode(ids, skip_special_tokens=False) == text, f"no round trip for {text!r}"
        _check_offsets(tokenizer, text, ids, encoded["offset_mapping"])


def _check_offsets(tokenizer: PreTrainedTokenizerFast, text: str, ids: list[int], spans: list[tuple[int, int]]) -> None:
    """Spans must follow each other without a gap; tokens that are no lone bytes must decode to their span."""
    end = 0
    for token_id, (start, stop) in zip(ids, spans, strict=True):
        token = tokenizer.convert_ids_to_tokens(token_id)
        assert start <= end <= stop, f"a gap before {token!r} in {text!r}"
        if not (token.startswith("<0x") and len(token) == 6):
            assert text[start:stop] == token.replace("▁", " "), f"{token!r} is not at {start}:{stop} of {text!r}"
        end = stop
    assert end == len(text), f"the offsets stop before the end of {text!r}"
