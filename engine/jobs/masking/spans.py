"""Which characters of a rendered conversation are its answers.

The last answer is what the template adds to the prompt that asks for it, end-of-turn token included, so the prompt
trained on is the one that the model gets when it is used. Earlier answers are told in the prompt, by its skeleton;
where that does not fit, by the same rule as the last one; then by rendering each turn alone among marks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from engine.jobs.masking.render import Renderer, Turn, Unrenderable
from engine.jobs.masking.skeleton import CHANGES_TURNS, Prompt, Skeleton, Span, learn, mark, marked, read

Shape = tuple[str, ...]
"""The roles of a conversation in order."""

ASKS_FOR_THOUGHT = (
    "the template asks for a thought (<think>) and then writes the answer without one: give answers thoughts, "
    "or use a template that does not ask"
)

KEPT_SHAPES = 1000
"""Shapes whose skeletons are kept; long conversations come in ever new ones."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A conversation's text and its answers."""

    text: str
    answers: list[Span]
    """In order, the last one last."""
    rewritten: bool = False
    """Whether the template writes an earlier answer otherwise than when it was the newest."""
    turn_lost: bool = False
    """Whether the template leaves out a turn."""


@dataclass
class AnswerFinder:
    """Finds answers, and remembers the skeletons of the shapes that it has seen."""

    renderer: Renderer
    _prompts: dict[tuple[Shape, date | None], Prompt | Unrenderable] = field(default_factory=dict)
    _moved: dict[tuple[Shape, date | None], tuple[Skeleton, int] | None] = field(default_factory=dict)

    def find(self, turns: Sequence[Turn], text: str, prompt: str) -> Answered:
        """The answers of a conversation that ends with one.

        `text`: all turns, rendered. `prompt`: all but the last, and what asks for it. Raises Unrenderable.
        """
        shape = tuple(turn["role"] for turn in turns[:-1])
        known = self._prompt(shape)
        earlier = self._earlier(turns[:-1], prompt, known) if "assistant" in shape else []
        last = text[len(prompt) :] if text.startswith(prompt) else self._moved_answer(turns, text, prompt)
        whole = prompt + last
        rewritten = isinstance(known, Prompt) and known.rewritten
        lost = isinstance(known, Prompt) and known.turn_lost
        return Answered(whole, [*earlier, (len(prompt), len(whole))], rewritten, lost)

    def _prompt(self, shape: Shape) -> Prompt | Unrenderable:
        key = (shape, self.renderer.day)
        if key not in self._prompts:
            if len(self._prompts) >= KEPT_SHAPES:
                self._prompts.clear()
            try:
                self._prompts[key] = learn(self.renderer, shape)
            except Unrenderable as error:
                self._prompts[key] = error
        return self._prompts[key]

    def _earlier(self, turns: Sequence[Turn], prompt: str, known: Prompt | Unrenderable) -> list[Span]:
        """The answers inside a prompt, by its skeleton, else by beginnings, else by turns alone among marks."""
        contents = [turn["content"] for turn in turns]
        if isinstance(known, Prompt) and (spans := known.answers(prompt, contents)) is not None:
            return spans
        spans = self._by_beginnings(turns, prompt)
        if spans is None and isinstance(known, Prompt):
            spans = self._among_marks(turns, prompt, known)
        if spans is None:
            raise known if isinstance(known, Unrenderable) else Unrenderable(CHANGES_TURNS)
        return spans

    def _by_beginnings(self, turns: Sequence[Turn], prompt: str) -> list[Span] | None:
        """Each answer as what the template adds to its own prompt; None unless all of it is how the whole begins."""
        spans = []
        for place, turn in enumerate(turns):
            if turn["role"] != "assistant":
                continue
            if not place:
                return None
            before = self.renderer.text(turns[:place], generation=True)
            through = self.renderer.text(turns[: place + 1])
            if not through.startswith(before) or not prompt.startswith(through):
                return None
            spans.append((len(before), len(through)))
        return spans

    def _among_marks(self, turns: Sequence[Turn], prompt: str, known: Prompt) -> list[Span] | None:
        """Each content as the template writes it alone among marks; None unless together they make up the prompt."""
        skeleton, spans, written = known.skeleton, [], ""
        kept = 0  # characters of the piece before that belong to the answer before it
        for at, place in enumerate(skeleton.places):
            lead, tail = known.bounds.get(place, (0, 0))
            before, after = skeleton.pieces[at], skeleton.pieces[at + 1]
            head, foot = before[: len(before) - lead], after[tail:]
            alone = self._alone(turns, place, skeleton, at)
            if alone is None or not (alone.startswith(head) and alone.endswith(foot)):
                return None
            if len(alone) < len(head) + len(foot):
                return None
            region = alone[len(head) : len(alone) - len(foot)]
            written += head[kept:] + region
            if place in known.bounds:
                spans.append((len(written) - len(region), len(written)))
            kept = tail
        return spans if written + skeleton.pieces[-1][kept:] == prompt else None

    def _alone(self, turns: Sequence[Turn], place: int, skeleton: Skeleton, at: int) -> str | None:
        """What is rendered between its neighbours' marks when this content alone is no mark."""
        turns = [turns[place] if other == place else turn for other, turn in enumerate(marked_like(turns))]
        text = self.renderer.text(turns, generation=True)
        start, end = 0, len(text)
        if at:
            before = mark(skeleton.places[at - 1])
            start = text.find(before) + len(before)
        if at + 1 < len(skeleton.places):
            end = text.find(mark(skeleton.places[at + 1]))
        return text[start:end] if 0 <= start <= end else None

    def _moved_answer(self, turns: Sequence[Turn], text: str, prompt: str) -> str:
        """The last answer of a text that does not begin with its prompt, because the template moved a turn in it.

        Some Mistral templates write the system's text only while the last turn is the user's.
        """
        shape = tuple(turn["role"] for turn in turns)
        key = (shape, self.renderer.day)
        if key not in self._moved:
            if len(self._moved) >= KEPT_SHAPES:
                self._moved.clear()
            self._moved[key] = self._learn_moved(shape)
        moved = self._moved[key]
        spans = moved[0].fit(text, [turn["content"] for turn in turns]) if moved else None
        if moved is None or not spans:
            raise Unrenderable(ASKS_FOR_THOUGHT if prompt.rstrip().endswith("<think>") else CHANGES_TURNS)
        return text[spans[-1][0] - moved[1] :]

    def _learn_moved(self, shape: Shape) -> tuple[Skeleton, int] | None:
        """The whole's skeleton and how far the last answer begins before its content; None where nothing moved."""
        known = self._prompt(shape[:-1])
        whole = read(self.renderer.text(marked(shape)))
        if isinstance(known, Unrenderable) or not whole.places or whole.places[-1] != len(shape) - 1:
            return None
        asked, before = known.skeleton.pieces[-1], whole.pieces[-2]
        if known.skeleton.places == whole.places[:-1] or not before.startswith(asked):
            return None
        return whole, len(before) - len(asked)


def marked_like(turns: Sequence[Turn]) -> list[Turn]:
    """The same roles with marks for contents."""
    return marked([turn["role"] for turn in turns])
