"""`ttune rewards try PROJECT`: what rewards give to the solutions of a few training rows, or to an answer."""

import sys
from argparse import SUPPRESS
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import RecipeError, UserError
from engine.home import open_home
from tui.cli.parser import Options, Parser, UsageError
from tui.cli.printing import hanging, print_json, say, say_table
from tui.figures import plural
from tui.visible import one_line

if TYPE_CHECKING:
    from engine.project import Project
    from engine.recipe import Recipe
    from engine.rewards.trying import Tried

_PROMPT_CELLS = 60
_LONGEST = 1 << 20
"""Characters of an answer that is piped in."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A reward, and what it gave to each row."""

    name: str
    reward: dict[str, Any]
    tried: "Sequence[Tried]"

    @property
    def weight(self) -> float:
        """Its part in the sum."""
        return float(self.reward["weight"])


def add_arguments(parser: Parser) -> None:
    """try PROJECT, and what is scored by what."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    action = actions.add_parser("try", help="score the solutions of a few training rows, or an answer of yours")
    action.add_argument("project", metavar="PROJECT")
    action.add_argument(
        "--answer", metavar="TEXT",
        help="score this instead of the solutions; {solution} in it is the row's own; - reads what is piped in",
    )  # fmt: skip
    action.add_argument(
        "--reward", metavar="TABLE",
        help="score by this instead of the recipe's, written as there: 'kind = \"regex\", pattern = \"####\"'",
    )  # fmt: skip
    action.add_json(default=SUPPRESS)  # a plain default would undo the --json before the action


def run(options: Options) -> int:
    """Print the scores; 1 where a reward could not be given."""
    from engine.project import find_project

    project = find_project(open_home(), options.project)
    answer = _answer(options.answer)
    scored = [Scored(name, reward, _tried(project, name, reward, answer)) for name, reward in _asked(project, options)]
    if options.json:
        print_json(_document(project, answer, scored))
    else:
        _print(project, answer, scored)
    return int(any(each.problem for one in scored for each in one.tried))


def _answer(wanted: str | None) -> str | None:
    if wanted != "-":
        return wanted
    text = sys.stdin.read(_LONGEST + 1)
    if len(text) > _LONGEST:
        raise UsageError("ttune rewards try: --answer -: more than 1,048,576 characters: pipe in one answer")
    return text.removesuffix("\n")


def _asked(project: "Project", options: Options) -> list[tuple[str, dict[str, Any]]]:
    """The rewards that are tried, by name. Raises UserError."""
    from engine.rewards import reward_names

    recipe = project.recipe()
    rewards = (_with_table(recipe, options.reward) if options.reward is not None else recipe).rewards
    if not rewards:
        raise UserError(
            f"{project.recipe_path}: rewards: there are none: add [[rewards]] (enter on rewards in the Recipe pane), "
            "or try one with --reward"
        )
    return [(name, one.model_dump(mode="json")) for name, one in zip(reward_names(rewards), rewards, strict=True)]


def _with_table(recipe: "Recipe", table: str) -> "Recipe":
    """The recipe with one reward, that of the command line. Raises UsageError, a line for each mistake."""
    import tomli

    from engine.recipe_file import validate

    try:
        reward = tomli.loads(f"reward = {{{table}}}")["reward"]
    except tomli.TOMLDecodeError as error:
        raise UsageError(
            f'ttune rewards try: --reward {table}: {error}: write it as in the recipe, kind = "exact", with commas'
        ) from error
    try:
        return validate(recipe.model_dump(mode="json") | {"rewards": [reward]}, "--reward")
    except RecipeError as error:
        raise UsageError(str(error).replace("--reward: rewards.0.", "--reward: ")) from error


def _tried(project: "Project", name: str, reward: dict[str, Any], answer: str | None) -> "list[Tried]":
    from engine.rewards.trying import try_reward

    try:
        return try_reward(project, reward, answer)
    except UserError as error:
        raise UserError(f"{project.name}: {name}: {error}") from error


def _totals(scored: Sequence[Scored]) -> list[float | None]:
    """The weighted sum of each row, which is what is learned from; None where a reward could not be given."""
    found: list[float | None] = []
    for row in zip(*(one.tried for one in scored), strict=True):
        scores = [each.score for each in row]
        given = [one.weight * score for one, score in zip(scored, scores, strict=True) if score is not None]
        found.append(round(sum(given), 6) if len(given) == len(scores) else None)
    return found


def _print(project: "Project", answer: str | None, scored: Sequence[Scored]) -> None:
    from engine.rewards.trying import in_vain

    rows = scored[0].tried
    what = "their solutions" if answer is None else f"the answer {one_line(answer, _PROMPT_CELLS)!r}"
    say(f"{project.name}: {plural(len(rows), 'training row')}, scored: {what}")
    head = ["row", *(f"{_figure(one.weight)} × {one.name}" for one in scored), "sum", "asked"]
    body = [
        [str(row.row), *(_figure(one.tried[place].score) for one in scored), _figure(total), _asked_words(row.prompt)]
        for place, (row, total) in enumerate(zip(rows, _totals(scored), strict=True))
    ]
    say_table([head, *body], right=range(len(head) - 1))
    for one in scored:
        if note := in_vain(one.tried):
            say(hanging(f"· {one.name}: ", f"{note} (--answer)"))
        for each in one.tried:
            if each.problem:
                say(hanging(f"✗ row {each.row}, {one.name}: ", each.problem))


def _asked_words(prompt: str) -> str:
    return one_line(prompt, _PROMPT_CELLS)


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"


def _document(project: "Project", answer: str | None, scored: Sequence[Scored]) -> dict[str, Any]:
    rows = scored[0].tried
    return {
        "project": project.name,
        "answer": answer,
        "rows": [
            {"row": row.row, "prompt": row.prompt, "solution": row.solution, "answer": row.answer, "sum": total}
            for row, total in zip(rows, _totals(scored), strict=True)
        ],
        "rewards": [
            {
                "name": one.name, "kind": one.reward["kind"], "weight": one.weight,
                "scores": [{"row": it.row, "score": it.score, "problem": it.problem or None} for it in one.tried],
            }
            for one in scored
        ],
    }  # fmt: skip
