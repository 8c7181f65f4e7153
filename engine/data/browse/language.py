"""The filter line, as a person types it, in parts: `label=billing !prompt~"refund now" split:train`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = (">=", "<=", "!=", "=", "~", ">", "<")
"""Between a name and a value; the longer ones first, so that `>=` is not taken for `>`."""

_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"|[^\s"=~<>!:]+(?::[^\s"=~<>!:]+(?=[=~<>!]))*')
"""Quoted, or up to what compares; a colon is part of it where something is compared after it."""
_OPERATOR = re.compile(r">=|<=|!=|=|~|>|<|:")
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)|\S*')
_LENGTH = re.compile(r"len\((.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """One term, as it was typed."""

    start: int
    """Its first character in the line."""
    text: str
    """All of it."""
    negated: bool
    """Whether a `!` stands before it."""
    name: str
    """What is before the comparison, without quotes; of `len(x)` the x."""
    operator: str
    """One of COMPARISONS, `:`, or "" where there is none."""
    value: str
    """What comes after it, without quotes."""
    quoted: bool = False
    """Whether the name was in quotes: then it is a field's, whatever else it could be."""
    length: bool = False
    """Whether the length of the field is compared."""
    value_start: int = 0
    """The first character of the value in the line."""


def parts_of(line: str) -> Iterator[Part]:
    """The terms of a line; one that cannot be read has no operator."""
    place = 0
    while place < len(line):
        if line[place].isspace():
            place += 1
            continue
        part = _part(line, place)
        yield part
        place += max(1, len(part.text))


def quoted(text: str) -> str:
    """A name or a value as it is typed: in quotes where it needs them."""
    if text and not re.search(r'[\s"=~<>!:()]', text):
        return text
    return '"' + re.sub(r'\\(?=["\\]|\Z)|"', r"\\\g<0>", text) + '"'


def _part(line: str, start: int) -> Part:
    negated = line[start] == "!"
    begin = start + negated
    inside = re.match(r'len\((?:"(?:[^"\\]|\\.)*"|[^\s"()]*)\)(?=[=~<>!])', line[begin:])
    name = inside or _NAME.match(line, begin)
    end = begin + inside.end() if inside else name.end() if name else begin
    operator = _OPERATOR.match(line, end)
    if name is None or operator is None:
        rest = re.match(r"\S*", line[end:])
        text = line[start : end + (rest.end() if rest else 0)]
        return Part(start, text, negated, text[negated:], "", "")
    value = _VALUE.match(line, operator.end())
    assert value is not None  # it matches nothing too
    length = _LENGTH.fullmatch(name.group()) if inside else None
    word = length.group(1) if length else name.group()
    return Part(
        start, line[start : value.end()], negated, _unquoted(word), operator.group(),
        _unquoted(value.group()), word.startswith('"'), length is not None, operator.end(),
    )  # fmt: skip


def _unquoted(text: str) -> str:
    """Between quotes a backslash makes a quote or a backslash plain and is left as it is before others, for regexes."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return re.sub(r'\\(["\\])', r"\1", text[1:-1])
