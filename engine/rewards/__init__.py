"""What is known of rewards without scoring anything: their names, and what is wrong with their settings."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.errors import RecipeError
from engine.project import resolve
from engine.recipe import Reward
from engine.recipe.rewards import (
    ChoiceReward,
    ExactReward,
    JsonSchemaReward,
    LanguageReward,
    NumericReward,
    PythonReward,
    RegexReward,
)
from engine.rewards.schema import schema_problem

_LANGUAGE = re.compile("[a-z]{2}")


def reward_names(rewards: Sequence[Reward]) -> list[str]:
    """A name for each: its kind, with a number from the second of a kind on, such as `regex` and `regex_2`."""
    seen: Counter[str] = Counter()
    names = []
    for reward in rewards:
        seen[reward.kind] += 1
        names.append(reward.kind if seen[reward.kind] == 1 else f"{reward.kind}_{seen[reward.kind]}")
    return names


def compares(reward: Reward) -> bool:
    """Whether a reward looks at the row's solution."""
    return isinstance(reward, ExactReward | NumericReward | ChoiceReward)


def reward_problems(rewards: Sequence[Reward], project: Path) -> list[str]:
    """What is wrong with the settings, a line each with key and mend; reads the files that they name."""
    found = []
    for place, reward in enumerate(rewards, start=1):
        key, problem = _problem(reward, project)
        if problem:
            found.append(f"rewards: the {reward.kind} reward (number {place}): {key}: {problem}")
    return found


def check_rewards(rewards: Sequence[Reward], project: Path) -> None:
    """Raise RecipeError, a line for each thing that is wrong."""
    if problems := reward_problems(rewards, project):
        raise RecipeError(problems)


def _problem(reward: Reward, project: Path) -> tuple[str, str]:
    """The key that is wrong and what is wrong with it; ("", "") where nothing is."""
    match reward:
        case RegexReward():
            return "pattern", pattern_problem(reward.pattern)
        case LanguageReward():
            odd = [code for code in reward.keep if not _LANGUAGE.fullmatch(code)]
            return "keep", f"{', '.join(odd)}: write two small letters, such as en" if odd else ""
        case ChoiceReward():
            names = Counter(choice.strip().casefold() for choice in reward.choices)
            twice = [name for name, count in names.items() if count > 1 or not name]
            return "choices", f"{twice[0]!r} is empty or there twice: take it out" if twice else ""
        case JsonSchemaReward() if reward.schema_file:
            return "schema_file", _schema_file_problem(resolve(reward.schema_file, project))
        case PythonReward():
            return "file", _python_problem(resolve(reward.file, project), reward.function)
    return "", ""


def pattern_problem(pattern: str) -> str:
    """Why a regular expression cannot be used; "" where it can."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"{pattern!r} is no regular expression: {error}"
    return ""


def _schema_file_problem(path: Path) -> str:
    try:
        schema = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return f"{path}: no JSON: {error}"
    problem = schema_problem(schema)
    return f"{path}: {problem}" if problem else ""


def _python_problem(path: Path, function: str) -> str:
    """Whether the file is there and defines the function; it is read, and not run."""
    import ast

    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    except (SyntaxError, ValueError) as error:
        return f"{path}: no Python: {error}"
    bound = {name for node in tree.body for name in _bound(node)}
    return (
        "" if function in bound else f"{path} has no function {function}: write `def {function}(prompt, answer, row)`"
    )


def _bound(node: object) -> list[str]:
    """Names that a statement of a module gives a meaning."""
    import ast

    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []
