"""`ttune data clean PROJECT|FILE`: steps from the source's rows to those that are used, tried, exported, saved."""

from argparse import SUPPRESS
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.cli.data_export import (
    add_format,
    add_source,
    asked_of,
    check_shape,
    exported_document,
    exported_lines,
    sources_of,
    target,
    unread_lines,
    write,
)
from tui.cli.data_flags import typed_words
from tui.cli.data_steps import StepsHelp
from tui.cli.parser import Options, UsageError
from tui.cli.printing import print_json, say, say_table
from tui.figures import plural

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.data.export.run import Exported
    from engine.project import Project
    from engine.recipe import CurationStep, Data
    from tui.cli.data_source import Asked

_STEP_HELP = "do this too, after the project's own steps, see below; may be given several times"


def add_action(actions: Any) -> None:
    """clean PROJECT|FILE [--step ...] [--to FILE] [--save]."""
    parser = actions.add_parser("clean", help="leave out, redact, balance and mix rows; the source stays as it is")
    add_source(parser)
    parser.add_argument("--step", action="append", default=[], metavar="NAME[:KEY=VALUE,...]", help=_STEP_HELP)
    parser.formatter_class = StepsHelp
    parser.add_argument("--undo", action="store_true", help="without the project's last step")
    parser.add_argument("--save", action="store_true", help="write the steps into the project's recipe")
    parser.add_argument("--to", metavar="FILE", help="write the rows that are left to a file")
    add_format(parser)
    parser.add_json(default=SUPPRESS)


def run(options: Options) -> int:
    """Replay the steps and say what each did; write and save where asked to."""
    from engine.data.curate.recipe_steps import parse_step
    from tui.cli.data_source import open_asked

    added = tuple(_from_here(parse_step(text)) for text in options.step)
    before = asked_of(options)
    project = _project(before)
    _check(options, before.recipe.data, project, added)
    check_shape(options)
    path = target(options.to) if options.to else None
    steps = _without_last(before.recipe.data, undo=options.undo) + added
    asked = _with_steps(before, steps)
    with typed_words(options, before):
        dataset = open_asked(asked)
    done = None if path is None else write(dataset.records, path, options, dataset.layout, sources_of(asked))
    if options.save and project:
        _save(project, options.undo, added)
    if options.json:
        print_json(_document(dataset, steps, done, saved=options.save))
    else:
        _say(dataset, steps, done, project if options.save else None)
    return 0


def _from_here(step: "CurationStep") -> "CurationStep":
    """A step whose second source is a file that is there from where the command was typed, by its whole path."""
    from engine.project import expanded
    from engine.recipe import Mix

    if not isinstance(step, Mix) or not (path := expanded(step.source).absolute()).exists():
        return step
    return step.model_copy(update={"source": str(path)})


def _project(asked: "Asked") -> "Project | None":
    """The project that was named; None where it is a file."""
    from engine.project import Project

    return None if asked.folders else Project(asked.folder)


def _check(options: Options, data: "Data", project: "Project | None", added: "tuple[CurationStep, ...]") -> None:
    """Raise UsageError where the words cannot be done together."""
    if project is None and (options.save or options.undo):
        word = "--save" if options.save else "--undo"
        raise UsageError(f"ttune data clean: {word}: {options.what} is a file, which has no recipe: use --to FILE")
    if options.undo and not data.curate:
        raise UsageError(f"ttune data clean: --undo: {options.what} has no steps to take back")
    if not added and not data.curate:
        raise UsageError("ttune data clean: there are no steps: give some with --step, see `ttune data clean --help`")


def _without_last(data: "Data", *, undo: bool) -> "tuple[CurationStep, ...]":
    return data.curate[:-1] if undo else data.curate


def _with_steps(asked: "Asked", steps: "tuple[CurationStep, ...]") -> "Asked":
    data = asked.recipe.data.model_copy(update={"curate": steps})
    return replace(asked, recipe=asked.recipe.model_copy(update={"data": data}))


def _save(project: "Project", undo: bool, added: "tuple[CurationStep, ...]") -> None:
    """Write the change into project.toml at once, with its comments kept."""
    from engine.data.curate.recipe_steps import add_step, remove_step
    from engine.recipe_file import rewrite

    name = str(project.recipe_path)

    def change(text: str) -> str:
        text = remove_step(text, name=name) if undo else text
        for step in added:
            text = add_step(text, step, name)
        return text

    rewrite(project.recipe_path, change)


def _document(
    dataset: "Dataset", steps: "tuple[CurationStep, ...]", done: "Exported | None", *, saved: bool
) -> dict[str, Any]:
    from engine.data.curate.recipe_steps import as_settings

    return {
        "source": str(dataset.source.path),
        "bad_rows": len(dataset.source.bad),
        "rows_before": dataset.source.count,
        "rows": dataset.records.count,
        "usable": len(dataset.usable),
        "steps": [
            {"settings": as_settings(step), "before": log.before, "after": log.after, "words": log.words}
            for step, log in zip(steps, _log(dataset), strict=True)
        ],
        "saved": saved,
        "exported": None if done is None else exported_document(done),
    }


def _say(
    dataset: "Dataset", steps: "tuple[CurationStep, ...]", done: "Exported | None", saved: "Project | None"
) -> None:
    from tui.cli.data_views import named

    say(str(dataset.source.path))
    log = _log(dataset)
    if log:
        say_table(
            [(f"  {number}", it.step, f"{it.before:,}", f"{it.after:,}", it.words) for number, it in enumerate(log, 1)],
            right=(2, 3),
        )
    say(named("rows", f"{dataset.source.count:,}, after {plural(len(steps), 'step')} {dataset.records.count:,}"))
    for line in (*(exported_lines(done) if done else ()), *unread_lines(dataset.source)):
        say(line)
    if saved:
        say(named("saved", f"{saved.recipe_path} has {plural(len(steps), 'step')}"))


def _log(dataset: "Dataset") -> Any:
    return getattr(dataset.records, "log", ())
