"""How a file's bytes say its text: with a byte order mark, and how its lines end. Kept when the text changes."""

import codecs
import re
from dataclasses import dataclass

_BARE = re.compile(r"(?<!\r)\n")
_MARK = codecs.BOM_UTF8.decode()


@dataclass(frozen=True, slots=True)
class FormOfText:
    """What is taken off before a text is changed, and put back afterwards."""

    marked: bool = False
    """Whether a byte order mark comes first, as some editors on Windows write it."""
    crlf: bool = False
    """Whether every line ends in CR LF; a file that mixes both is changed as it is."""

    def put_on(self, text: str) -> str:
        """The text as its file has it."""
        text = _BARE.sub("\r\n", text) if self.crlf else text
        return _MARK + text if self.marked else text


def taken_off(text: str) -> tuple[str, FormOfText]:
    """A text with plain line ends and no byte order mark, and what it had."""
    bare = text.removeprefix(_MARK)
    crlf = "\r\n" in bare and not _BARE.search(bare)
    return (bare.replace("\r\n", "\n") if crlf else bare), FormOfText(bare != text, crlf)
