"""`ttune eval RUN`: base against tuned on held-out rows, and the verdict."""

from collections.abc import Iterator
from typing import Any

from engine import evaluation_state
from engine.errors import UserError
from engine.evaluation_state import EvaluationState, evidence, label, points, signed, verdict
from engine.home import open_home
from engine.job import JobFolder, JobView, view
from engine.journal import read_events
from engine.protocol import EvaluationDone
from tui.cli import ending
from tui.cli.follow import follow, say_stamped
from tui.cli.parser import Options, Parser, add_run, positive
from tui.cli.printing import complain, print_json, say, say_table
from tui.visible import one_line

_EXAMPLES = 3
_EXAMPLE_WIDTH = 100


def add_arguments(parser: Parser) -> None:
    """The run, how many rows, and whether to measure anew."""
    add_run(parser)
    parser.add_argument("--rows", type=positive, metavar="N", help="answer at most N held-out rows (the recipe's)")
    parser.add_argument("--again", action="store_true", help="measure anew, although it was measured already")


def run(options: Options) -> int:
    """Show the run's evaluation; launch it first, and follow it, where there is none."""
    from engine.project import find_run

    of = find_run(open_home(), options.run)
    job = _evaluation(of, options)
    tell = (lambda line: None) if options.json else say_stamped
    try:
        seen = view(job) if _done(job) else follow(job, tell)
    except KeyboardInterrupt:
        complain(f"\nleft the evaluation: it goes on. `ttune eval {ending.reference(of)}` follows it again")
        return 0
    return _report(seen, options)


def _evaluation(of: JobFolder, options: Options) -> JobFolder:
    """The newest evaluation that will do: finished or at work, of as many rows as are asked for now. Else a new one."""
    from engine import recipe_file
    from engine.project import Project
    from engine.start import start_evaluation

    project = Project(of.path.parent.parent)
    rows = options.rows or recipe_file.validate(of.spec.recipe, str(of.path / "job.toml")).evaluation.rows
    for job in project.jobs("evaluate"):
        if _suits(job, of, rows) and (view(job).live or (not options.again and _done(job))):
            return job
    return start_evaluation(project, of, rows)


def _suits(job: JobFolder, of: JobFolder, rows: int) -> bool:
    try:
        spec = job.spec
    except UserError:  # torn or foreign: as good as none
        return False
    return spec.of == str(of.path) and spec.options.get("rows") == rows


def _done(job: JobFolder) -> EvaluationDone | None:
    return _state(job).done


def _state(job: JobFolder) -> EvaluationState:
    return evaluation_state.fold(EvaluationState(), read_events(job.events))


def _report(seen: JobView, options: Options) -> int:
    state = _state(seen.folder)
    if state.done is None:
        if options.json:
            print_json(_without(seen))
        else:
            for line in ending.lines(seen):
                say(line)
        return 1
    if options.json:
        print_json(_document(seen, state.done))
    else:
        _show(state, state.done)
        say(f"\n{seen.folder.path}")
    return 0


def _show(state: EvaluationState, done: EvaluationDone) -> None:
    say(verdict(done).text)
    say()
    rows = [
        (label(name), points(each.base), points(each.tuned), signed(each.difference), evidence(each))
        for name, each in done.metrics.items()
    ]
    say_table([("", "base", "tuned", "difference", ""), *rows], right=(1, 2, 3))
    changes = state.changes()
    say(
        f"\nfixed {len(done.fixed)}   broken {len(done.broken)}   "
        f"both right {len(changes['both_right'])}   both wrong {len(changes['both_wrong'])}"
    )
    for line in [*_examples("fixed", done.fixed, state), *_examples("broken", done.broken, state)]:
        say(line)


def _examples(name: str, rows: list[int], state: EvaluationState) -> Iterator[str]:
    """The first rows that changed sides: what was expected, and what both said."""
    for row in rows[:_EXAMPLES]:
        asked, base, tuned = state.rows.get(row), state.base.get(row), state.tuned.get(row)
        if asked and base and tuned:
            yield f"\n{name}  row {row + 1}  {one_line(asked.prompt, _EXAMPLE_WIDTH)}"
            yield f"  expected  {one_line(asked.expected, _EXAMPLE_WIDTH)}"
            yield f"  base      {one_line(base.answer, _EXAMPLE_WIDTH)}"
            yield f"  tuned     {one_line(tuned.answer, _EXAMPLE_WIDTH)}"


def _document(seen: JobView, done: EvaluationDone) -> dict[str, Any]:
    metrics = {
        name: {
            "base": each.base, "tuned": each.tuned, "difference": each.difference,
            "interval": list(each.interval), "p": each.p,
        }
        for name, each in done.metrics.items()
    }  # fmt: skip
    found = verdict(done)
    return _without(seen) | {
        "rows": done.rows,
        "main": done.main,
        "metrics": metrics,
        "fixed": done.fixed,
        "broken": done.broken,
        "verdict": found.finding,
        "text": found.text,
    }


def _without(seen: JobView) -> dict[str, Any]:
    """What there is to say of an evaluation without a result."""
    return {
        "evaluation": seen.folder.id,
        "of": seen.folder.spec.of,
        "path": str(seen.folder.path),
        "state": seen.condition,
        "reason": ending.reason(seen),
        "mend": ending.mend(seen),
    }
