"""Which pairs of answers are the same answer twice, by their texts where as many tokens leave it open."""

import pytest

from engine.data.example import Conversation, Example, Message
from engine.gathering.pairs import _same

ASKED = (Message("user", "Is it open?"),)


def turns(*contents: str) -> Conversation:
    return tuple(Message("assistant" if at % 2 == 0 else "user", content) for at, content in enumerate(contents))


@pytest.mark.parametrize(
    ("better", "worse", "left", "same"),
    [
        (turns("Yes."), turns("Yes."), None, True),
        (turns("Yes."), turns("Yes."), 3, True),
        (turns("Yes."), turns("No."), None, False),
        (turns("Yes."), turns(" Yes."), None, None),
        (turns("Yes."), turns("YES."), None, None),
        (turns("Yes, long"), turns("No, long"), 1, False),
        (turns("Yes, so long"), turns("Yes, so far"), 4, None),
        (turns("Yes, so long"), turns("Yes, so far"), 400, False),
        (turns("Yes.", "Sure?", "Yes."), turns("Yes.", "Sure?", "No."), None, False),
        (turns("Yes.", "Sure?", "Yes."), turns("Yes.", "Sure?", "No."), 40, None),
    ],
)
def test_the_same_answer_twice(better: Conversation, worse: Conversation, left: int | None, same: bool | None) -> None:
    example = Example("preference", (*ASKED, *better), rejected=worse)
    assert _same(example, left) is same
