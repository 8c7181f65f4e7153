"""What an audit finds on a row, as bits; front ends filter rows by them."""

from enum import IntFlag


class Flag(IntFlag):
    """One finding a bit, so that a row's findings fit in 16 bits of a column."""

    NONE = 0
    FAILED = 1
    """The chat template refuses the row, or its answers cannot be told from its prompt; it has no tokens."""
    MASKED = 2
    """Nothing of the row is trained, though its kind has something to train."""
    CUT = 4
    """The row is longer than the recipe's length and loses its end."""
    ANSWER_CUT = 8
    """The last answer loses its end; some of it is left."""
    ANSWER_LOST = 16
    """Nothing is left of the last answer."""
    NO_END = 32
    """The last trained token, blanks aside, does not end an answer: the model does not learn where to stop."""
    DOUBLE_BOS = 64
    """The row begins with two BOS tokens."""
    REWRITTEN = 128
    """The template writes an earlier answer otherwise than when it was the newest, such as without its thoughts."""
    TURN_LOST = 256
    """The template leaves out a turn of the row."""
    MERGED = 512
    """A token holds the end of a prompt and the beginning of its answer; it is not trained."""


WORDS: dict[Flag, str] = {
    Flag.FAILED: "refused by the chat template",
    Flag.MASKED: "nothing trained",
    Flag.CUT: "cut off",
    Flag.ANSWER_CUT: "answer loses its end",
    Flag.ANSWER_LOST: "whole answer cut off",
    Flag.NO_END: "no end token",
    Flag.DOUBLE_BOS: "two BOS tokens",
    Flag.REWRITTEN: "earlier answer rewritten",
    Flag.TURN_LOST: "a turn left out by the template",
    Flag.MERGED: "prompt and answer share a token",
}
"""Each finding in a few words."""

ODD = Flag.FAILED | Flag.MASKED | Flag.CUT
"""Findings that a person should look at before training."""


def code_of(flag: Flag) -> str:
    """A flag's name in events and on the command line, such as `answer_cut`."""
    return (flag.name or "").lower()


def flag_of(code: str) -> Flag:
    """The flag of a name. Raises KeyError."""
    return Flag[code.upper()]
