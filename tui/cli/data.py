"""`ttune data show PROJECT|FILE`: how rows are read, recognised, split and turned into examples.

Other actions on data are modules of their own, listed in `_MORE`; each has `add_action(actions)` and `run(options)`.
"""

import importlib
from argparse import SUPPRESS
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.errors import DataError
from engine.home import open_home
from tui.cli.data_flags import MAPPING, in_words, typed_words
from tui.cli.parser import Options, Parser, UsageError, positive
from tui.cli.printing import print_json, say, say_table
from tui.figures import plural

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.recipe import Mapping
    from tui.cli.data_source import Asked

_MORE: tuple[str, ...] = ("data_check", "data_audit", "data_clean", "data_split", "data_export")
"""Modules of the other actions."""

_ROWS_SHOWN = 3
_BAD_SHOWN = 5
_FIELDS_SHOWN = 30
_MAP_HELP = (
    "try a mapping: ROLE is one of system, prompt, answer, text, chosen, rejected, label and solution, PATTERN a field "
    "(a.b in a field), text with {field} in it, or a jinja template; may be given several times"
)


def add_arguments(parser: Parser) -> None:
    """show PROJECT|FILE, and the other actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="format, fields, split and first rows")
    show.add_argument("what", metavar="PROJECT|FILE", help="a project, or a file or folder of rows")
    show.add_argument("--map", action="append", default=[], metavar="ROLE=PATTERN", dest="patterns", help=_MAP_HELP)
    show.add_argument("--rows", type=positive, default=_ROWS_SHOWN, metavar="N", help=f"show N rows ({_ROWS_SHOWN})")
    show.add_argument("--from", type=positive, default=1, metavar="N", dest="first", help="begin with row N (1)")
    show.add_json(default=SUPPRESS)  # a plain default would undo the --json before the action
    for name in _MORE:
        importlib.import_module(f"tui.cli.{name}").add_action(actions)


def run(options: Options) -> int:
    """Print what is in the data, or do another action."""
    if options.action != "show":
        module = next(name for name in _MORE if name.endswith(f"_{options.action}"))
        return int(importlib.import_module(f"tui.cli.{module}").run(options))
    from tui.cli.data_source import asked_for, open_asked

    asked = asked_for(open_home(), options.what, mapping_of(options.patterns))
    try:
        with typed_words(options, asked):
            dataset = open_asked(asked)
    except DataError:
        if not options.json:
            _say_fields(asked, options)
        raise
    if options.json:
        from tui.cli.data_document import document

        print_json(document(dataset, options.first, options.rows, asked.recipe.method.kind))
    else:
        _say(dataset, asked, options)
    return 0


def mapping_of(assignments: list[str]) -> "Mapping | None":
    """The mapping in `--map ROLE=PATTERN` options; None where there are none. Raises UsageError, DataError."""
    from engine.data.conversations import as_mapping

    patterns = {}
    for assignment in assignments:
        role, sign, pattern = assignment.partition("=")
        if not sign or not role.strip() or not pattern.strip():
            raise UsageError(f"--map {assignment}: not ROLE=PATTERN, such as prompt=question")
        patterns[role.strip()] = pattern.replace("\\n", "\n")
    try:
        return as_mapping(patterns) if patterns else None
    except DataError as error:
        raise DataError(in_words(str(error), MAPPING)) from error


def _say(dataset: "Dataset", asked: "Asked", options: Options) -> None:
    from engine.data.conversations import fields
    from tui.cli.data_views import example_lines, named, shown

    for line in _summary(dataset, asked):
        say(line)
    say()
    say_table(_field_rows(fields(dataset.records)))
    for row, example in shown(dataset, options.first, options.rows):
        say(f"\nrow {row}")
        for name, text in example_lines(example):
            say(named(name, text))


def _say_fields(asked: "Asked", options: Options) -> None:
    """The fields of a source whose rows cannot be used: what a mapping can name. Says nothing where it has no rows."""
    from engine.data.conversations import fields
    from tui.cli.data_source import open_rows_of

    try:
        records = open_rows_of(asked)
    except DataError:
        return
    say_table(_field_rows(fields(records)))
    if not options.patterns:
        say(f"  to map them: `ttune data show {options.what} --map prompt=FIELD --map answer=FIELD`")


def _summary(dataset: "Dataset", asked: "Asked") -> Iterator[str]:
    from tui.cli.data_views import format_words, named

    source, layout, split = dataset.source, dataset.layout, dataset.split
    yield str(source.path)
    curated = f", {dataset.records.count:,} after curation" if dataset.records is not source else ""
    yield named("rows", f"{source.count:,}{curated}")
    yield named("format", format_words(layout))
    for warning in filter(None, (layout.mixed, layout.untrained_by(asked.recipe.method.kind))):
        yield named("note", warning)
    held_out = f" of {dataset.held_out_path}" if dataset.held_out_path else ""
    yield named(
        "split",
        f"{len(split.train):,} train, {len(split.validation):,} validation, "
        f"{len(dataset.held_out):,} held out{held_out} (seed {asked.recipe.data.split.seed})",
    )
    yield from _faults(dataset)


def _faults(dataset: "Dataset") -> Iterator[str]:
    from tui.cli.data_views import grouped, named

    bad, unfit = dataset.source.bad, dataset.unfit
    for fault in bad[:_BAD_SHOWN]:
        file = f"{fault.file}, " if fault.file else ""
        yield named("bad", f"{file}line {fault.line}, byte {fault.offset}: {fault.reason}")
    if len(bad) > _BAD_SHOWN:
        yield named("", f"and {len(bad) - _BAD_SHOWN:,} more lines; --json lists all")
    reasons = grouped(unfit)
    for reason, rows in reasons[:_BAD_SHOWN]:
        first = ", ".join(f"{row:,}" for row in rows[:_BAD_SHOWN]) + (", …" if len(rows) > _BAD_SHOWN else "")
        yield named("unfit", f"{plural(len(rows), 'row')} ({first}): {reason}")
    if left := sum(len(rows) for _, rows in reasons[_BAD_SHOWN:]):
        yield named("", f"and {plural(left, 'row')} for other reasons; --json lists all")


def _field_rows(found: list[Any]) -> Iterator[tuple[str, ...]]:
    """The table of fields."""
    yield "  field", "kind", "in", "example"
    for it in found[:_FIELDS_SHOWN]:
        example = " ".join(it.example[:200].split())
        yield f"  {it.path}", " or ".join(it.kinds), f"{int(100 * it.share)}%", example[:100]
    if len(found) > _FIELDS_SHOWN:
        yield f"  and {len(found) - _FIELDS_SHOWN} more; --json lists all", "", "", ""
