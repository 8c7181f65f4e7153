"""Keys to other people's accounts in a file: they are neither shown nor written anywhere."""

import re
from typing import Any

MASK = "(not shown)"

_KEY = re.compile(r"api_?key|passw(or)?d|secret|credential|access_?key|private_?key", re.IGNORECASE)
_TOKEN = re.compile(r"(^|_)token$", re.IGNORECASE)
_PLAIN_TOKENS = re.compile(
    r"^(pad|eos|bos|unk|cls|sep|eot|mask|image|video|audio|boi|eoi|stop|decoder_start)_token$", re.IGNORECASE
)
"""Tokens of a tokenizer, which are no secrets."""
_VALUE = re.compile(r"\b(hf_|sk-|gsk_|github_pat_|gh[pousr]_|glpat-|r8_|xox[a-z]-)[\w-]{8,}")
"""How tokens of common services begin."""
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)|(?<=[?&]token=)[^&\s]+|(?<=[?&]key=)[^&\s]+", re.IGNORECASE)


def is_secret(key: str) -> bool:
    """Whether a key, of which the last part counts, is named as a secret is."""
    last = key.rpartition(".")[2]
    return bool(_KEY.search(last)) or (bool(_TOKEN.search(last)) and not _PLAIN_TOKENS.match(last))


def masked(key: str, value: Any) -> Any:
    """A value without what is secret in it, by its key and by how it looks; what is inside it too."""
    if isinstance(value, dict):
        return {inner: masked(str(inner), one) for inner, one in value.items()}
    if isinstance(value, list):
        return [masked(key, one) for one in value]
    if is_secret(key) and not isinstance(value, bool | None):
        return MASK
    return _IN_ADDRESS.sub(MASK, _VALUE.sub(MASK, value)) if isinstance(value, str) else value
