"""Examples of every kind -> texts to encode, and which of their characters carry loss."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.data.audit_flags import Flag
from engine.data.example import Conversation, Example, Kind, Segment
from engine.jobs.masking.marks import marked_answers, marks_answers
from engine.jobs.masking.render import Renderer, Turn, Unrenderable, turns_of
from engine.jobs.masking.skeleton import Span
from engine.jobs.masking.spans import Answered, AnswerFinder

_PLAIN = ("text", "segments")
"""Kinds without a chat template."""
_JUDGED = ("preference", "unpaired")
"""Kinds that judge answers."""


@dataclass(slots=True)
class Prepared:
    """A row that is rendered and not encoded yet."""

    kind: Kind
    pieces: list[str] = field(default_factory=list)
    """Texts that are encoded one by one and joined; one, but for segments."""
    trained: list[Span] = field(default_factory=list)
    """Characters of the joined pieces that carry loss, in order."""
    answer: Span | None = None
    """Characters of the last answer; None where there is none, or it cannot be told."""
    rejected: str | None = None
    """preference: the text with the worse answer."""
    flags: Flag = Flag.NONE
    problem: str = ""
    """Why there is no text."""

    @property
    def text(self) -> str:
        """The whole row."""
        return "".join(self.pieces)

    def fail(self, problem: str) -> None:
        """Leave nothing to encode."""
        self.pieces, self.trained, self.answer, self.rejected = [], [], None, None
        self.problem, self.flags = problem.encode(errors="replace").decode(), Flag.FAILED


def as_example(row: Example | Conversation) -> Example:
    """A plain conversation as an example of its own kind."""
    return row if isinstance(row, Example) else Example("conversation", row)


class Preparer:
    """Renders rows of every kind for one tokenizer."""

    def __init__(self, tokenizer: Any, *, answers_only: bool, judged_only: bool = False) -> None:
        """`judged_only`: of rows that judge answers, those that stand in their prompts are not trained."""
        self._judged_only = judged_only
        self._renderer = Renderer(tokenizer)
        self._finder = AnswerFinder(self._renderer)
        self._marks = marks_answers(self._renderer)
        self._answers_only = answers_only
        self._eos: str = tokenizer.eos_token or ""
        self._bos = own_bos(tokenizer)

    def prepare(self, examples: Sequence[Example]) -> list[Prepared]:
        """Each example, in order; what cannot be rendered has a problem and no text."""
        rows = [Prepared(example.kind) for example in examples]
        chats = [
            (row, turns_of(it.conversation)) for row, it in zip(rows, examples, strict=True) if it.kind not in _PLAIN
        ]
        self._render_chats(chats)
        for row, example in zip(rows, examples, strict=True):
            if example.kind in _PLAIN:
                self._join(row, example.segments)
            elif example.rejected and not row.problem:
                self._render_rejected(row, example)
            if self._judged_only and example.kind in _JUDGED:
                train_judged(row, example.conversation, judged_from(example))
            if not all(map(_is_text, row.pieces)) or not _is_text(row.rejected or ""):
                row.fail("it holds half a character (a lone surrogate): mend its text")
        return rows

    def _render_chats(self, chats: list[tuple[Prepared, list[Turn]]]) -> None:
        answered = [(row, turns) for row, turns in chats if row.kind != "question"]
        day = self._renderer.day
        texts = self._renderer.texts([turns for _, turns in answered])
        prompts = self._renderer.texts([turns[:-1] for _, turns in answered], generation=True)
        if day != self._renderer.day:  # midnight came between them, and the template writes the date
            texts = self._renderer.texts([turns for _, turns in answered])
        for (row, turns), text, prompt in zip(answered, texts, prompts, strict=True):
            try:
                self._answer(row, turns, text, prompt)
            except Unrenderable as error:
                row.fail(str(error))
        questions = [(row, turns) for row, turns in chats if row.kind == "question"]
        asked = self._renderer.texts([turns for _, turns in questions], generation=True)
        for (row, _), prompt in zip(questions, asked, strict=True):
            if isinstance(prompt, str):
                row.pieces = [prompt]
            else:
                row.fail(str(prompt))

    def _answer(
        self, row: Prepared, turns: Sequence[Turn], text: str | Unrenderable, prompt: str | Unrenderable
    ) -> None:
        """Put text and answers into a row. Raises Unrenderable."""
        if not turns or turns[-1]["role"] != "assistant":
            raise Unrenderable("it does not end with an answer")
        if not isinstance(text, str):
            raise text
        try:
            if not isinstance(prompt, str):
                raise prompt
            found = self._finder.find(turns, text, prompt)
        except Unrenderable:
            if self._marks:
                found = Answered(*marked_answers(self._renderer, turns))
            elif self._answers_only:
                raise
            else:
                row.pieces, row.trained = [text], [(0, len(text))]
                return
        row.pieces, row.answer = [found.text], found.answers[-1]
        row.trained = found.answers if self._answers_only else [(0, len(found.text))]
        row.flags = (Flag.REWRITTEN if found.rewritten else Flag.NONE) | (
            Flag.TURN_LOST if found.turn_lost else Flag.NONE
        )

    def _render_rejected(self, row: Prepared, example: Example) -> None:
        """The prompt with the worse answer in the place of the better one."""
        shared = example.conversation[: shared_turns(example)]
        try:
            row.rejected = self._renderer.text(turns_of((*shared, *example.rejected)))
        except Unrenderable as error:
            row.fail(f"the rejected answer: {error}")

    def _join(self, row: Prepared, segments: Sequence[Segment]) -> None:
        """Plain text as one piece, segments each by itself; BOS where the tokenizer writes one, EOS at the end."""
        if not any(it.text for it in segments):
            row.fail("it has no text")
            return
        row.pieces = ["".join(it.text for it in segments)] if row.kind == "text" else [it.text for it in segments]
        carries = [True] if row.kind == "text" else [it.trained for it in segments]
        if self._bos and not row.pieces[0].startswith(self._bos):
            row.pieces, carries = [self._bos, *row.pieces], [row.kind == "text", *carries]
        if self._eos and not row.pieces[-1].endswith(self._eos):
            row.pieces, carries = [*row.pieces, self._eos], [*carries, carries[-1]]
        if row.kind == "text":
            row.pieces, carries = ["".join(row.pieces)], [True]
        at = 0
        for piece, carried in zip(row.pieces, carries, strict=True):
            if carried:
                row.trained.append((at, at + len(piece)))
            at += len(piece)
        row.answer = self._last_answer(row, carries)

    def _last_answer(self, row: Prepared, carries: Sequence[bool]) -> Span | None:
        """The last trained segment, with its EOS; None for plain text, which has no answer."""
        if row.kind == "text" or not row.trained:
            return None
        ends_itself = carries[-1] and row.pieces[-1] == self._eos and len(row.trained) > 1
        return (row.trained[-2][0], row.trained[-1][1]) if ends_itself else row.trained[-1]


def shared_turns(example: Example) -> int:
    """How many turns a preference's answers have in common: the worse one has as many as the better one, or nearly."""
    at = max(0, len(example.conversation) - len(example.rejected))
    while at and example.conversation[at].role != example.rejected[0].role:
        at -= 1
    return at


def judged_from(example: Example) -> int:
    """The turn of a conversation that judges answers from which on they are judged; those before are its prompt."""
    return shared_turns(example) if example.kind == "preference" else len(example.conversation) - 1


def train_judged(row: Prepared, turns: Conversation, prompt: int) -> None:
    """Of a row's answers leave those trained that come after so many turns of prompt."""
    judged = sum(turn.role == "assistant" for turn in turns[prompt:])
    row.trained = row.trained[-judged:]


def _is_text(text: str) -> bool:
    """Whether a text can be written as UTF-8, which tokenizers take."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def own_bos(tokenizer: Any) -> str:
    """The BOS text where the tokenizer begins plain text with it, else ""."""
    ids = tokenizer("a")["input_ids"]
    begins = tokenizer.bos_token_id is not None and ids[:1] == [tokenizer.bos_token_id]
    return tokenizer.bos_token if begins else ""
