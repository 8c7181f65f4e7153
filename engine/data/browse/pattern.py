"""What texts are looked for, as RE2 sees it: its time is linear in the text, whatever the pattern."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

_CLASSES = re.compile(r"\\(?:[pP]\{\^?\w+\}|[pP]\w|x\{\w+\}|.)|\(\?P?<\w+>", re.DOTALL)
"""Parts of a regex in which a capital is no letter to be found."""
_NUMBERS = frozenset("0123456789+-.eEinfa")
"""Characters of numbers as texts, `inf` and `nan` among them, in lower case."""


@dataclass(frozen=True)
class Pattern:
    """A needle or a regex."""

    text: str
    regex: bool = False
    case: bool = False
    """Whether capitals count."""

    @cached_property
    def re2(self) -> str:
        """As RE2 takes it. An escaped regex is several times faster than Arrow's own search for a substring."""
        return self.text if self.regex else re.escape(self.text)

    def check(self, named: str = "") -> None:
        """Raises DataError, in one line, when it is no regex. `named`: how a person wrote it."""
        try:
            self.matches(pa.array([""], pa.large_string()))
        except pa.ArrowInvalid as error:
            raise DataError(f"{named or self.text}: {_mend(str(error), self.re2)}") from None

    def matches(self, texts: pa.Array) -> "Flags":
        """(texts,): whether each holds it; one that is null does not."""
        found = pc.match_substring_regex(texts, self.re2, ignore_case=not self.case)
        flags: Flags = np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False))
        return flags

    @cached_property
    def fits_numbers(self) -> bool:
        """Whether a number or a boolean could hold it."""
        if self.regex:
            return True
        text = self.text.lower()
        return set(text) <= _NUMBERS or text in "true" or text in "false"

    def may_match_json(self, texts: pa.Array) -> "Flags":
        """(texts,): False only where no value in the JSON text can match: decoding those would be for nothing.

        Without a backslash texts stand in JSON as they are; numbers may be written in other ways.
        """
        if self.regex or self.fits_numbers:
            return np.ones(len(texts), dtype=np.bool_)
        return self.matches(texts) | _BACKSLASH.matches(texts)


_BACKSLASH = Pattern("\\", case=True)


def has_capital(text: str, *, regex: bool) -> bool:
    """Whether a person wrote a capital letter to be found, so that capitals count."""
    plain = _CLASSES.sub("", text) if regex else text
    return plain != plain.lower()


def _mend(error: str, regex: str) -> str:
    """What is wrong with a regex, and where. RE2 says `Invalid regular expression: missing ): (abc`."""
    problem = error.removeprefix("Invalid regular expression: ").splitlines()[0]
    what, _, where = problem.partition(": ")
    if what == "missing )" or (what == "missing" and where.startswith(")")):
        return "no regex: a ( is never closed: close it, or write \\( to find one"
    if what.startswith("missing ]"):
        return "no regex: a [ is never closed: close it, or write \\[ to find one"
    if what.startswith("invalid perl operator"):
        return f"no regex: {where} is not supported (RE2 looks neither ahead nor behind)"
    if what.startswith("pattern too large"):
        return "no regex: too large: shorten it"
    place = f" at character {regex.find(where) + 1}" if where and where in regex else ""
    shown = f": {where[:40]}" if where else ""
    return f"no regex: {what}{shown}{place}"
