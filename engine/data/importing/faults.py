"""What is wrong with a piece of a file, in words for the person who must mend it."""

import errno
import json
import re
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of errors that say that nothing more can be written."""

_PLAIN = {
    "Input data was truncated": "ends in the middle: a quote or bracket is not closed",
    "Expected `object`, got `array`": "is an array, not an object",
    "Expected `object`, got `str`": "is a text, not an object",
    "Expected `object`, got `int`": "is a number, not an object",
    "Expected `object`, got `float`": "is a number, not an object",
    "Expected `object`, got `bool`": "is true or false, not an object",
    "Expected `object`, got `null`": "is null, not an object",
}
_HALF_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u....)\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_INVALID = re.compile(r"invalid character \(byte (\d+)\)")
_NOT_A_NUMBER = re.compile(rb"[:\[,]\s*(-?Infinity|NaN)\b")


class Repeated(ValueError):
    """An object names a key twice."""


def json_fault(text: bytes, error: Exception) -> str:
    """What is wrong with a JSON text that a decoder refused."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 (byte 0x{error.object[error.start]:02x}): save the file as UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if b"\0" in text:
        return "holds a NUL byte"
    said = str(error)
    if half := _HALF_PAIR.search(text):
        return f"holds half a character ({half[0].decode()}): escape both halves, or write it as UTF-8"
    if found := _NOT_A_NUMBER.search(text):
        return f"{found[1].decode()} is no JSON value: write null"
    if (place := _INVALID.search(said)) and (code := text[int(place[1]) :][:1]) and code[0] < 0x20:
        return f"holds an unescaped control character (0x{code[0]:02x})"
    if trailing := _TRAILING.search(said):
        return f"goes on after its object ends (byte {trailing[1]}): one object a line"
    return _PLAIN.get(said, said)


def repeated_key(text: bytes) -> str:
    """The key that an object in a JSON text names twice; "" when none does."""
    try:
        json.loads(text, object_pairs_hook=_refuse_repeated)
    except Repeated as error:
        return str(error)
    except (ValueError, RecursionError):
        return ""
    return ""


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise Repeated(next(name for name in names if names.count(name) > 1))
    return made


def errno_of(error: OSError) -> int | None:
    """An error's number; pyarrow's stand in their text alone."""
    found = re.search(r"\[errno (\d+)\]", str(error))
    return error.errno or (int(found[1]) if found else None)
