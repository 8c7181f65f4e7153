"""Tokens -> text, piece by piece, without ever giving half a character."""

from typing import Any

_HALF = "\ufffd"
"""What decoding makes of bytes that are no whole character (yet)."""


class TextStream:
    """The text of one answer as its tokens come.

    Decoding token by token would lose the spaces that depend on the token before, and split characters that take
    several tokens. So each call decodes from the start of the last settled piece, and takes what is new.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._before = 0
        """Where the last settled piece begins."""
        self._settled = 0
        """Tokens whose text has been given."""

    def add(self, token: int) -> str:
        """The text that is whole now, "" while a character is not complete."""
        self._ids.append(token)
        text = self._unsettled()
        return "" if text.endswith(_HALF) else self._settle(text)

    def finish(self) -> str:
        """What is left, half characters as replacement marks: the answer ended inside one."""
        return self._settle(self._unsettled())

    def _unsettled(self) -> str:
        return self._decode(self._ids[self._before :])[len(self._decode(self._ids[self._before : self._settled])) :]

    def _settle(self, text: str) -> str:
        self._before, self._settled = self._settled, len(self._ids)
        return text

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        return text
