"""`ttune advice PROJECT`: what to know of a recipe before it runs, and whether to train at all."""

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.home import open_home
from tui.cli.parser import Options, Parser, UsageError, add_settings
from tui.cli.printing import hanging, print_json, say

if TYPE_CHECKING:
    from engine.advice import Advice, ReadinessAnswer
    from engine.project import Project
    from engine.recipe import Recipe
    from engine.recipe_file import Settings

GLYPHS = {"blocks": "✗", "warns": "!", "notes": "·"}
_STATES = {True: "✓", False: "✗", None: "?"}
_PLACE = "  "
_WORDS = {
    "blocks": ("thing keeps it from starting", "things keep it from starting"), "warns": ("warning", "warnings"),
    "notes": ("note", "notes"),
}  # fmt: skip


def add_arguments(parser: Parser) -> None:
    """The project, changes to try, and what to do about one piece of advice."""
    parser.add_argument("project", metavar="PROJECT", help="a project's name or folder")
    add_settings(parser)
    parser.add_argument("--readiness", action="store_true", help="should this be fine-tuned at all?")
    parser.add_argument("--fix", metavar="CODE", help="change the recipe as the advice of this code says")
    parser.add_argument("--accept", metavar="CODE", help="a warning does not apply here; goes with --because")
    parser.add_argument("--because", metavar="TEXT", default="", help="why; the reason is kept with each run")


def run(options: Options) -> int:
    """Print the advice; 1 when something blocks. The recipe stays as it is but for --fix and --accept."""
    from engine.data.arrow_alone import arrow_alone
    from engine.project import find_project

    project = find_project(open_home(), options.project)
    _check_options(options)
    arrow_alone()
    recipe = _recipe(project, options)
    if options.readiness:
        return _readiness(project, recipe, options)
    if options.accept:
        return _accept(project, recipe, options)
    advice = _advice(project, recipe)
    return _fix(project, advice, options) if options.fix else _list(project, advice, options)


def document(advice: "Advice") -> dict[str, Any]:
    """One piece of advice for scripts."""
    return {
        "code": advice.code,
        "severity": advice.severity,
        "key": advice.key,
        "message": advice.message,
        "reason": advice.reason,
        "source": advice.source,
        "fix": dict(advice.fix) if advice.fix is not None else None,
        "accepted": advice.accepted or None,
        "acceptable": advice.acceptable,
    }


def describe(advice: "Advice") -> Iterator[str]:
    """One piece of advice in lines."""
    glyph = "✓" if advice.accepted else GLYPHS[advice.severity]
    yield hanging(f"{glyph} ", f"{advice.key}  {advice.message}")
    if advice.accepted:
        yield hanging(_PLACE, f"accepted: {advice.accepted}  [{advice.code}]")
        return
    yield hanging(_PLACE, f"{advice.reason} ({advice.source})")
    yield hanging(_PLACE, f"fix: {advice.fix_words}  [{advice.code}]" if advice.fix else f"[{advice.code}]")


def _check_options(options: Options) -> None:
    if options.accept and not options.because.strip():
        raise UsageError("ttune advice: --accept needs a reason, which is kept with each run: add --because TEXT")
    if options.because and not options.accept:
        raise UsageError("ttune advice: --because says why a warning is accepted: add --accept CODE")
    if (options.accept or options.fix) and options.settings:
        raise UsageError("ttune advice: --set only tries: leave it away where the recipe is changed")
    if options.readiness and (options.fix or options.accept):
        raise UsageError("ttune advice: --readiness only asks: leave it away where the recipe is changed")
    if options.accept and options.fix:
        raise UsageError("ttune advice: --fix and --accept are two ways: choose one")


def _recipe(project: "Project", options: Options) -> "Recipe":
    from engine.recipe_file import parse_settings, read_text, with_settings

    path = project.recipe_path
    return with_settings(read_text(path), parse_settings(options.settings), str(path))


def _advice(project: "Project", recipe: "Recipe") -> "tuple[Advice, ...]":
    from engine.advice import advise
    from engine.advice.looking import gather
    from engine.forecast import forecast

    situation = gather(project, recipe)
    return advise(recipe, situation, forecast(recipe, situation))


def _list(project: "Project", advice: "tuple[Advice, ...]", options: Options) -> int:
    counts = {severity: sum(it.severity == severity and not it.accepted for it in advice) for severity in GLYPHS}
    accepted = sum(bool(it.accepted) for it in advice)
    if options.json:
        print_json({"project": project.name, **counts, "accepted": accepted, "advice": [document(it) for it in advice]})
    elif not advice:
        say(f"{project.name}: nothing to advise.")
    else:
        for one in advice:
            for line in describe(one):
                say(line)
        told = [_counted(count, *_WORDS[severity]) for severity, count in counts.items() if count]
        told += [f"{accepted} accepted"] if accepted else []
        say(f"{project.name}: {', '.join(told)}; `ttune advice {project.name} --fix CODE` changes the recipe")
    return int(counts["blocks"] > 0)


def _fix(project: "Project", advice: "tuple[Advice, ...]", options: Options) -> int:
    found = _said(advice, options.fix)
    if found.fix is None:
        raise UsageError(f"ttune advice: {found.code}: only you can mend it: {found.begun}")
    return _save(project, dict(found.fix), found.fix_words, options)


def _said(advice: "tuple[Advice, ...]", code: str) -> "Advice":
    """The piece of advice of a code. Raises UsageError where it is not said."""
    found = next((one for one in advice if one.code == code), None)
    if found is None:
        said = ", ".join(one.code for one in advice) or "nothing"
        raise UsageError(f"ttune advice: {code}: is not said of this recipe (said: {said})")
    return found


def _accept(project: "Project", recipe: "Recipe", options: Options) -> int:
    from engine.advice import RULES

    rule = RULES.get(options.accept)
    if rule is None:
        near = difflib.get_close_matches(options.accept, RULES, n=1)
        mend = f"did you mean {near[0]}?" if near else f"`ttune advice {project.name}` names them"
        raise UsageError(f"ttune advice: {options.accept}: no warning is called so: {mend}")
    if not rule.may_be_accepted:
        why = "it blocks: mend it" if rule.severity == "blocks" else "it is only a note"
        raise UsageError(f"ttune advice: {options.accept}: cannot be accepted: {why}")
    _said(_advice(project, recipe), rule.code)
    reason = " ".join(options.because.split())
    return _save(project, {f"advice.accepted.{rule.code}": reason}, f"{rule.code} is accepted: {reason}", options)


def _save(project: "Project", settings: "Settings", told: str, options: Options) -> int:
    from engine.recipe_file import save

    save(project.recipe_path, settings)
    if options.json:
        print_json({"project": project.name, "path": str(project.recipe_path), "changed": settings})
    else:
        say(f"{project.recipe_path}: {told}")
    return 0


def _readiness(project: "Project", recipe: "Recipe", options: Options) -> int:
    from engine.advice import measured, readiness
    from engine.forecast import forecast
    from engine.situation import gather

    situation = gather(project, recipe)
    answers = readiness(recipe, situation, forecast(recipe, situation), measured(project))
    if options.json:
        print_json({"project": project.name, "readiness": [_answer_document(it) for it in answers]})
    else:
        for answer in answers:
            for line in _answer_lines(answer):
                say(line)
    return 0


def _answer_document(answer: "ReadinessAnswer") -> dict[str, Any]:
    return {
        "code": answer.code,
        "question": answer.question,
        "state": answer.state,
        "good": answer.good,
        "evidence": answer.evidence,
        "means": answer.means,
        "key": answer.key or None,
    }


def _answer_lines(answer: "ReadinessAnswer") -> Iterator[str]:
    yield hanging(f"{_STATES[answer.good]} ", answer.question)
    yield hanging(_PLACE, f"{answer.state}: {answer.evidence}")
    if not answer.good:
        yield hanging(_PLACE, f"a no means: {answer.means}  [{answer.key}]")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
