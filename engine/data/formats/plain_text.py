"""Rows without turns: a text to continue, and the pieces of a text of which some are trained."""

import msgspec

from engine.data.example import Example, Segment
from engine.data.formats import usable
from engine.data.formats.values import Unfit, as_text, as_truth
from engine.data.records import Row


def claims_text(row: Row) -> bool:
    """text."""
    return isinstance(row.get("text"), str)


def text(row: Row) -> Example:
    """A text to continue. Raises Unfit."""
    return usable.text(as_text(row.get("text"), "text"))


def surely_text(row: Row) -> bool:
    """Whether the text says something."""
    return bool(row["text"].strip())


def claims_segments(row: Row) -> bool:
    """segments."""
    return isinstance(row.get("segments"), list | str)


def segments(row: Row) -> Example:
    """Pieces of a text, or the JSON of their list. Raises Unfit."""
    listed = row.get("segments")
    if isinstance(listed, str):
        try:
            listed = msgspec.json.decode(listed)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Unfit("segments is no list") from error
    if not isinstance(listed, list):
        raise Unfit("no list of segments")
    return usable.segments(tuple(_segment(item) for item in listed))


def surely_segments(row: Row) -> bool:
    """Whether every piece has a label and a text, and one is trained."""
    listed = row["segments"]
    if type(listed) is not list:
        return False
    trained = False
    for item in listed:
        if type(item) is not dict or type(item.get("text")) is not str or type(item.get("label")) is not bool:
            return False
        trained = trained or (item["label"] and item["text"] != "")
    return trained


def _segment(item: object) -> Segment:
    if not isinstance(item, dict):
        raise Unfit("a segment is no object")
    return Segment(as_text(item.get("text"), "a segment's text"), as_truth(item.get("label"), "a segment's label"))
