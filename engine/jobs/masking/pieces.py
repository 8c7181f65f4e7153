"""Texts -> token ids and the characters at which they begin.

For byte-level BPE (Llama 3, Qwen, Phi 4, GPT-2 and kin) a text's tokens together are its bytes, so the beginnings
follow from how many bytes each token has, which costs half of what the tokenizer takes to tell offsets. Whether the
bytes are all there is checked for each text; one for which it does not hold (a token that swallows the spaces around
it) is encoded again with offsets, and so is every text of other tokenizers.
"""

from itertools import chain
from typing import Any
from unicodedata import is_normalized

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Encoded = tuple[Longs, Ints, Ints, Ints]
"""Tokens of each text; then of all tokens the ids, and the characters of their text from which and to which they go."""


class PieceEncoder:
    """A fast tokenizer, without templates and special tokens of its own."""

    def __init__(self, tokenizer: Any) -> None:
        self._backend = tokenizer.backend_tokenizer
        self._lengths = byte_lengths(tokenizer)

    def encode(self, texts: list[str]) -> Encoded:
        """The tokens of each text."""
        self._backend.no_truncation()
        self._backend.no_padding()
        if self._lengths is None:
            return self._by_offsets(texts)
        encodings = self._backend.encode_batch_fast(texts, add_special_tokens=False)
        count = np.fromiter((len(it) for it in encodings), np.int64, len(encodings))
        ids = np.fromiter(chain.from_iterable(it.ids for it in encodings), np.int32, int(count.sum()))
        return self._by_bytes(texts, self._lengths, count, ids)

    def _by_offsets(self, texts: list[str]) -> Encoded:
        encodings = self._backend.encode_batch(texts, add_special_tokens=False)
        count = np.fromiter((len(it) for it in encodings), np.int64, len(encodings))
        ids = np.fromiter(chain.from_iterable(it.ids for it in encodings), np.int32, int(count.sum()))
        flat = chain.from_iterable(chain.from_iterable(it.offsets for it in encodings))
        offsets = np.fromiter(flat, np.int32, 2 * len(ids)).reshape(-1, 2)
        return count, ids, offsets[:, 0], offsets[:, 1]

    def _by_bytes(self, texts: list[str], lengths: Longs, count: Longs, ids: Ints) -> Encoded:
        places = CharacterPlaces(texts)
        after = np.cumsum(lengths[ids])  # bytes of all texts up to and with each token
        first = np.concatenate([[0], np.cumsum(count)])
        totals = np.concatenate([[0], after])[first]
        whole = np.diff(totals) == places.bytes
        whole &= np.fromiter((text.isascii() or is_normalized("NFC", text) for text in texts), np.bool_, len(texts))
        if not whole.all():
            return self._some_by_offsets(texts, whole, lengths, count, ids)
        text = np.repeat(np.arange(len(texts)), count)
        stop = after - totals[:-1][text]
        starts = places.characters(text, stop - lengths[ids])
        stops = places.characters(text, stop - 1) + 1
        return count, ids, starts.astype(np.int32), stops.astype(np.int32)

    def _some_by_offsets(
        self, texts: list[str], whole: npt.NDArray[np.bool_], lengths: Longs, count: Longs, ids: Ints
    ) -> Encoded:
        """Texts whose bytes are not all there by offsets, the others by bytes, in their order again."""
        plain, odd = np.flatnonzero(whole), np.flatnonzero(~whole)
        kept = np.repeat(whole, count)
        parts = [
            self._by_bytes([texts[at] for at in plain], lengths, count[plain], ids[kept]),
            self._by_offsets([texts[at] for at in odd]),
        ]
        counts = np.empty(len(texts), dtype=np.int64)
        counts[plain], counts[odd] = parts[0][0], parts[1][0]
        owner = np.concatenate([np.repeat(plain, parts[0][0]), np.repeat(odd, parts[1][0])])
        order = np.argsort(owner, kind="stable")
        joined = [np.concatenate([parts[0][column], parts[1][column]])[order] for column in (1, 2, 3)]
        return counts, joined[0], joined[1], joined[2]


def byte_lengths(tokenizer: Any) -> Longs | None:
    """(vocabulary,): bytes of each token; None when the tokenizer is not byte-level BPE or rewrites texts."""
    from tokenizers import decoders, models, normalizers

    backend = tokenizer.backend_tokenizer
    plain = backend.normalizer is None or isinstance(backend.normalizer, normalizers.NFC)
    if not (isinstance(backend.model, models.BPE) and isinstance(backend.decoder, decoders.ByteLevel) and plain):
        return None
    vocabulary = backend.get_vocab(with_added_tokens=True)
    lengths = np.zeros(max(vocabulary.values()) + 1, dtype=np.int64)
    for token, number in vocabulary.items():
        lengths[number] = len(token)  # the byte-level alphabet has a character for each byte
    for number, added in backend.get_added_tokens_decoder().items():
        lengths[number] = len(added.content.encode())
    return lengths


class CharacterPlaces:
    """Characters of texts by their bytes."""

    def __init__(self, texts: list[str]) -> None:
        encoded = [text.encode() for text in texts]
        data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        self.bytes: Longs = np.fromiter((len(it) for it in encoded), np.int64, len(encoded))
        """(texts,): bytes of each text."""
        self._character = np.cumsum((data & 0xC0) != 0x80) - 1  # of all texts together, by byte
        self._first = np.concatenate([[0], np.cumsum(self.bytes)])[:-1]
        self._base = np.concatenate([[0], np.cumsum([len(text) for text in texts])])[:-1]

    def characters(self, text: Longs, byte: Longs) -> Longs:
        """For each place: the character in its text that has the byte."""
        places: Longs = self._character[self._first[text] + byte] - self._base[text]
        return places
