"""Scores answers to a few training rows by one reward, in a process of its own: a user's function may hang or end it.

    python -P -m engine.jobs.train.rewards.try_out < wanted.json

Reads an `engine.rewards.trying.Wanted` and prints, after an empty line, a JSON list of `Tried`; where it cannot, it
ends with 1 and one line on stderr. What a user's function prints comes before the empty line.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from engine.data.arrow_alone import arrow_alone
from engine.data.dataset import open_dataset, opens_at_once
from engine.errors import DataError, UserError
from engine.jobs.train.rewards import load_rewards, solution_problem
from engine.jobs.train.rewards.answered import Answered, Scorer
from engine.project import Project
from engine.recipe import Reward
from engine.recipe_file import validate
from engine.rewards.trying import ROWS, SOLUTION, Tried, Wanted


def tried(wanted: Wanted) -> list[Tried]:
    """The scores. Raises UserError where rows or reward cannot be used."""
    project = Project(Path(wanted.project))
    recipe = project.recipe()
    (reward,) = validate(recipe.model_dump(mode="json") | {"rewards": [wanted.reward]}).rewards
    (loaded,) = load_rewards([reward], project.path)
    return [_tried(reward, loaded.score, asked, wanted.answer) for asked in _asked(project)]


def _asked(project: Project) -> Iterator[Answered]:
    """The first training rows, with nothing answered yet."""
    recipe = project.recipe()
    if not opens_at_once(recipe, project.path):
        raise DataError(
            f"{recipe.data.source}: has not been read yet: open the Data pane, or call `ttune data show`, first"
        )
    dataset = open_dataset(recipe, project.path)
    if dataset.layout.kind != "question":
        raise DataError(f"{recipe.data.source}: its rows are no questions: grpo takes rows with prompt and solution")
    for place in dataset.split.train[:ROWS]:
        example, number = dataset.examples[place], dataset.usable[place]
        yield Answered(example.prompt, "", example.solution, dataset.records.row(number), number + 1)


def _tried(reward: Reward, score: Scorer, asked: Answered, answer: str | None) -> Tried:
    said = asked.solution if answer is None else answer.replace(SOLUTION, asked.solution)
    problem, given = solution_problem(reward, asked.solution), None
    if not problem:
        try:
            given = score(replace(asked, answer=said))
        except DataError as error:
            problem = str(error)
    return Tried(
        row=asked.number or 0, prompt=asked.prompt, solution=asked.solution, answer=said, score=given, problem=problem
    )


def main() -> int:
    """The command."""
    arrow_alone()
    try:
        found = tried(msgspec.json.decode(sys.stdin.buffer.read(), type=Wanted))
    except (UserError, OSError) as error:
        print((str(error).strip().splitlines() or [type(error).__name__])[0], file=sys.stderr)
        return 1
    sys.stdout.buffer.write(b"\n\n" + msgspec.json.encode(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
