"""Try a reward on a few rows before anything is trained by it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from engine.errors import UserError

if TYPE_CHECKING:
    from engine.project import Project

ROWS = 5
"""Training rows that are scored."""
SOLUTION = "{solution}"
"""In an answer: the row's own solution."""
PATIENCE_S = 20.0
"""A function of the user's own that takes longer has hung, or is too slow to train by."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be scored."""

    project: str
    """The project's folder."""
    reward: dict[str, Any]
    """As the recipe holds it."""
    answer: str | None = None
    """What is scored against each row, SOLUTION in it being the row's own; None scores that alone."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One answer and what it got."""

    row: int
    """The row's number in its source, from 1."""
    prompt: str
    solution: str
    answer: str
    score: float | None
    """Without the weight; None where the reward cannot be given."""
    problem: str = ""
    """Why there is no score."""


def in_vain(tried: Sequence[Tried]) -> str:
    """What to make of solutions that score nothing, all of them; "" where some do."""
    if not tried or any(each.score != 0 or each.answer != each.solution for each in tried):
        return ""
    return f"no solution alone gets anything: try an answer as it should be, with {SOLUTION} where the solution stands"


def try_reward(project: "Project", reward: dict[str, Any], answer: str | None = None) -> list[Tried]:
    """Score an answer to each of the first training rows; None scores their solutions. Takes up to PATIENCE_S.

    SOLUTION in the answer stands for the row's own solution.

    Raises UserError, with one line, where rows or reward cannot be used, or the reward takes too long.
    """
    wanted = msgspec.json.encode(Wanted(project=str(project.path), reward=reward, answer=answer))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "engine.jobs.train.rewards.try_out"],
            input=wanted, capture_output=True, timeout=PATIENCE_S, check=False, env=dict(os.environ),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"scoring {ROWS} rows took more than {PATIENCE_S:.0f} s: a function that is so slow holds up "
                        "training too") from None  # fmt: skip
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode:
        raise UserError(lines[-1] if lines else "the reward ended the process that scored by it")
    return msgspec.json.decode(done.stdout.rpartition(b"\n\n")[2], type=list[Tried])
