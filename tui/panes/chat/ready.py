"""What can be asked without typing: the recipe's prompts and the held-out rows. Reads files, so for a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from textual.message import Message

from engine.errors import UserError
from engine.job import JobFolder, view
from engine.project import Project

if TYPE_CHECKING:
    from engine.data.example import Conversation

LEAST_TOKENS = 256
"""New tokens that an answer may have, where the recipe's evaluation asks for fewer: a chat is there to listen."""


_MOST_READY = 1000
"""Held-out rows that are brought."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Prompts at hand."""

    prompts: tuple[str, ...]
    """The recipe's."""
    held_out: tuple[tuple[str, str], ...]
    """What is asked and expected, by row."""
    max_new_tokens: int
    problem: str = ""
    """Why there are no held-out rows, where that needs saying."""


class AtHand:
    """The prompts at hand, one after the other."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self.expected: dict[str, str] = {}
        """What is expected, by prompt, of the held-out rows that were brought."""
        self._prompt = self._row = 0

    def next_prompt(self) -> tuple[str, str] | None:
        """The recipe's next prompt, and what it is; None where there is none."""
        prompts = self.ready.prompts
        if not prompts:
            return None
        place = self._prompt % len(prompts)
        self._prompt = place + 1
        return prompts[place], f"ready prompt {place + 1} of {len(prompts)}"

    def next_row(self) -> tuple[str, str] | None:
        """What the next held-out row asks, and which it is; None where there is none."""
        rows = self.ready.held_out
        if not rows:
            return None
        place = self._row % len(rows)
        self._row = place + 1
        prompt, self.expected[prompt] = rows[place]
        return prompt, f"held-out row {place + 1:,} of {len(rows):,}"


class ReadyFound(Message):
    """The prompts at hand for a run."""

    def __init__(self, run: JobFolder, ready: Ready) -> None:
        super().__init__()
        self.run = run
        self.ready = ready


class ChatFound(Message):
    """A chat with the run that is alive, if any, and whether the run can be talked to."""

    def __init__(self, run: JobFolder, chat: JobFolder | None, trained: bool, usual_s: float | None) -> None:
        super().__init__()
        self.run = run
        self.chat = chat
        self.trained = trained
        self.usual_s = usual_s


class ChatStarted(Message):
    """An engine was launched, or `problem` says why not."""

    def __init__(self, run: JobFolder, chat: JobFolder | None, problem: str = "") -> None:
        super().__init__()
        self.run = run
        self.chat = chat
        self.problem = problem


def read_ready(project: Project, run: JobFolder) -> ReadyFound:
    """The prompts that go with the recipe that the run was trained with."""
    from engine.data.dataset import open_dataset
    from engine.recipe_file import validate

    try:
        recipe = validate(run.spec.recipe, str(run.path / "job.toml"))
    except UserError as error:
        return ReadyFound(run, Ready((), (), LEAST_TOKENS, str(error)))
    try:
        rows = _answered(open_dataset(recipe, project.path).held_out)
        problem = "" if rows else "this run has no held-out rows: set data.split.held_out and train again"
    except (UserError, OSError) as error:
        rows, problem = [], str(error)
    held_out = tuple(
        (next(turn.content for turn in reversed(turns) if turn.role == "user"), turns[-1].content) for turns in rows
    )
    limit = max(LEAST_TOKENS, recipe.evaluation.max_new_tokens)
    return ReadyFound(run, Ready(recipe.chat.prompts, held_out, limit, problem))


def _answered(rows: "Sequence[Conversation]") -> "list[Conversation]":
    """Some held-out rows that ask something."""
    return [turns for turns in islice(rows, _MOST_READY) if any(turn.role == "user" for turn in turns)]


def look(project: Project, run: JobFolder, known_usual_s: float | None) -> ChatFound:
    """Whether a chat with the run lives already, here or in another studio."""
    from tui.panes.evaluate.finding import jobs_of
    from tui.panes.model_loading import usual_s

    newest = next(jobs_of(project, run, "chat"), None)
    live = newest if newest is not None and view(newest).live else None
    trained = run.has_trained
    return ChatFound(run, live, trained, usual_s(project) if known_usual_s is None else known_usual_s)


def start(project: Project, run: JobFolder) -> ChatStarted:
    """Launch a chat, or say why not."""
    from engine.start import start_chat

    try:
        return ChatStarted(run, start_chat(project, run))
    except UserError as error:
        return ChatStarted(run, None, str(error))
    except OSError as error:  # a disk that fills or a folder that goes away between two checks
        return ChatStarted(run, None, f"{error.filename or run.path}: {error.strerror}")
