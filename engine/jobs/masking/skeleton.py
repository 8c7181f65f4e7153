"""What a chat template writes around the contents of a conversation: found by rendering marks in their place.

A conversation's skeleton depends on its roles alone, so one serves for all rows of a shape. It tells where each answer
stands also where the template writes earlier turns otherwise than when they were the newest (Qwen3 leaves thoughts
out of them) or moves a text (Gemma and Mistral put the system's into a user's turn). Whether it fits a row is
checked character by character: pieces and contents together must give the row's text.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.jobs.masking.render import Renderer, Turn, Unrenderable

Span = tuple[int, int]
"""Characters from, to (not included)."""

_MARK = re.compile("\ue000([0-9]+)\ue001")
"""Characters for private use: no template looks for them, and trimming or JSON leave them alone."""

_WRITTEN: tuple[Callable[[str], str], ...] = (
    str,
    str.strip,
    str.rstrip,
    str.lstrip,
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: text.split("</think>")[-1].lstrip("\n"),
)
"""How templates write a content: as it is, trimmed, as JSON, without its thoughts."""

CHANGES_TURNS = "the template changes earlier turns, so the answer cannot be told from the prompt"


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A rendered conversation with holes for its contents."""

    pieces: tuple[str, ...]
    """The template's own text before, between and after contents."""
    places: tuple[int, ...]
    """Which message's content follows each piece but the last."""

    def fit(self, text: str, contents: Sequence[str]) -> list[Span] | None:
        """Where each content stands in a text, in the order of `places`; None when they do not make up the text."""
        spans, at = [], len(self.pieces[0])
        if not text.startswith(self.pieces[0]):
            return None
        for place, after in zip(self.places, self.pieces[1:], strict=True):
            for written in _WRITTEN:
                content = written(contents[place])
                end = at + len(content)
                if text.startswith(content, at) and text.startswith(after, end):
                    break
            else:
                return None
            spans.append((at, end))
            at = end + len(after)
        return spans if at == len(text) else None


@dataclass(frozen=True, slots=True)
class Prompt:
    """The skeleton of a prompt, from the first turn to what asks for the last answer."""

    skeleton: Skeleton
    bounds: dict[int, Span]
    """For each answer in it: how many characters of the piece before its content, and of the piece after, are its."""
    rewritten: bool
    """Whether an answer in it is written otherwise than when it was the newest."""
    turn_lost: bool
    """Whether the template leaves out a turn."""

    def answers(self, text: str, contents: Sequence[str]) -> list[Span] | None:
        """Where the answers stand in a prompt's text; None when it is not this skeleton with these contents."""
        spans = self.skeleton.fit(text, contents)
        if spans is None:
            return None
        found = zip(self.skeleton.places, spans, strict=True)
        return [
            (start - self.bounds[place][0], end + self.bounds[place][1])
            for place, (start, end) in found
            if place in self.bounds
        ]


def mark(place: int) -> str:
    """What stands for the content of a message."""
    return f"\ue000{place}\ue001"


def marked(roles: Sequence[str]) -> list[Turn]:
    """A conversation of marks."""
    return [{"role": role, "content": mark(place)} for place, role in enumerate(roles)]


def read(text: str) -> Skeleton:
    """The skeleton of a rendered conversation of marks. Raises Unrenderable when a content stands in it twice."""
    parts = _MARK.split(text)
    places = tuple(int(place) for place in parts[1::2])
    if len(set(places)) != len(places):
        raise Unrenderable("the template writes a turn twice, so the answer cannot be told from the prompt")
    return Skeleton(tuple(parts[0::2]), places)


def learn(renderer: Renderer, roles: Sequence[str]) -> Prompt:
    """The skeleton of prompts of these roles. Raises Unrenderable when an answer in it cannot be told."""
    turns = marked(roles)
    text = renderer.text(turns, generation=True)
    skeleton = read(text)
    bounds, rewritten = {}, False
    for place, role in enumerate(roles):
        if role == "assistant" and place in skeleton.places:
            bounds[place], changed = _bound(renderer, turns, place, text, skeleton)
            rewritten |= changed
    return Prompt(skeleton, bounds, rewritten, turn_lost=len(skeleton.places) < len(turns))


def _bound(renderer: Renderer, turns: Sequence[Turn], place: int, text: str, skeleton: Skeleton) -> tuple[Span, bool]:
    """How far an answer reaches beyond its content on both sides, and whether it was written otherwise when newest."""
    at = skeleton.places.index(place)
    before, after = skeleton.pieces[at], skeleton.pieces[at + 1]
    answered = read(renderer.text(turns[: place + 1]))
    if not answered.places or answered.places[-1] != place:
        raise Unrenderable(CHANGES_TURNS)
    tail = _shared_end(answered.pieces[-1], after, renderer.specials)
    if place == 0:  # nothing asks for it: it begins with its content
        return (0, tail), False
    asked_text = renderer.text(turns[:place], generation=True)
    asked = read(asked_text)
    neighbour = skeleton.places[at - 1] if at else None
    if (asked.places[-1] if asked.places else None) != neighbour or not before.startswith(asked.pieces[-1]):
        raise Unrenderable(CHANGES_TURNS)
    rewritten = answered.pieces[-2] != before or not text.startswith(asked_text)
    return (len(before) - len(asked.pieces[-1]), tail), rewritten


def _shared_end(alone: str, among: str, specials: Sequence[str]) -> int:
    """Characters that end an answer, from what follows it at the end of a conversation and in the midst of one.

    The first begins the second in most templates. Where it does not (Phi ends a whole conversation with a token of its
    own), what both begin with is taken, if that has a special token in it. Raises Unrenderable.
    """
    if among.startswith(alone):
        return len(alone)
    shared = next((at for at in range(len(among)) if alone[at : at + 1] != among[at]), len(among))
    for special in specials:
        start = among.find(special)
        while 0 <= start < shared:
            shared = min(shared, start) if shared < start + len(special) else shared
            start = among.find(special, start + 1)
    if not any(special in among[:shared] for special in specials):
        raise Unrenderable("the template does not say where an earlier answer ends")
    return shared
