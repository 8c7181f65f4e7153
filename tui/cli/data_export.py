"""`ttune data export PROJECT|FILE --to FILE`: rows as they are used, in any form and format."""

from argparse import SUPPRESS
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import DataError
from engine.home import open_home
from tui.cli.data_flags import typed_words
from tui.cli.parser import Options, UsageError
from tui.cli.printing import print_json, say
from tui.figures import plural

if TYPE_CHECKING:
    from engine.data.conversations import Layout
    from engine.data.dataset import Dataset
    from engine.data.export.run import Exported
    from engine.data.records import Records
    from engine.data.store import RowStore
    from tui.cli.data_source import Asked

SIDES = ("train", "validation", "held_out")
_REASONS_SHOWN = 3


def add_action(actions: Any) -> None:
    """export PROJECT|FILE --to FILE."""
    parser = actions.add_parser("export", help="write the rows to a file, as they are or in another format")
    add_source(parser)
    parser.add_argument("--to", required=True, metavar="FILE", help="where to; its name tells the form, see --as")
    add_format(parser)
    parser.add_argument("--side", choices=SIDES, help="of the split one side alone")
    parser.add_json(default=SUPPRESS)


def add_source(parser: Any) -> None:
    """What rows, and how to read them."""
    parser.add_argument("what", metavar="PROJECT|FILE", help="a project, or a file or folder of rows")
    parser.add_argument(
        "--map", action="append", default=[], metavar="ROLE=PATTERN", dest="patterns",
        help="read rows so, see `ttune data show --help`",
    )  # fmt: skip


def add_format(parser: Any) -> None:
    """How rows are written."""
    parser.add_argument(
        "--as", metavar="FORMAT", dest="shape",
        help="write rows as messages, sharegpt, alpaca, prompt_completion, text, segments, preference, unpaired or "
        "prompt_answer; without it as they are. Files are .jsonl, .json, .csv, .tsv (also .gz and .zst), .parquet "
        "or .arrow",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def run(options: Options) -> int:
    """Write the file and say what is in it."""
    asked = asked_of(options)
    check_shape(options)
    path = target(options.to)
    with typed_words(options, asked):
        chosen = _chosen(asked, options)
    done = write(chosen.records, path, options, chosen.layout, sources_of(asked))
    if options.json:
        print_json({**exported_document(done), "bad_rows": len(chosen.store.bad)})
    else:
        for line in (*exported_lines(done), *unread_lines(chosen.store)):
            say(line)
    return 0


def asked_of(options: Options) -> "Asked":
    """What the words name. Raises UserError."""
    from tui.cli.data import mapping_of
    from tui.cli.data_source import asked_for

    return asked_for(open_home(), options.what, mapping_of(options.patterns))


def check_shape(options: Options) -> None:
    """Raise UsageError where `--as` names no format, before anything is read."""
    from engine.data.export.shapes import known_shape

    if options.shape:
        try:
            known_shape(options.shape)
        except DataError as error:
            raise UsageError(str(error)) from error


def target(text: str) -> Path:
    """A file to write, by the name that a person gave. Raises DataError where the name tells no form."""
    from engine.data.export.target import target_of
    from engine.project import expanded

    return target_of(expanded(text).absolute()).path


def write(
    records: "Records", path: Path, options: Options, layout: "Layout | None", protected: tuple[Path, ...]
) -> "Exported":
    """Write rows to a file, telling how far that is where somebody watches. Raises DataError."""
    from engine.data.export.run import export
    from engine.data.export.shapes import known_shape
    from tui.cli.data_source import Telling

    shape = known_shape(options.shape) if options.shape else None
    with Telling() as tell:
        return export(
            records, path, layout=layout, shape=shape, sources=protected, force=options.force,
            progress=lambda done, total: tell(f"writing {path.name}", done, total),
        )  # fmt: skip


def side_of(dataset: "Dataset", side: str) -> "tuple[Records, Layout]":
    """The rows of one side of the split, as they are, and how to read them."""
    from engine.data.curate.curated import picked

    if side == "held_out" and dataset.held_out_source and dataset.held_out_survey:
        survey = dataset.held_out_survey
        return picked(dataset.held_out_source, survey.usable), survey.layout
    return picked(dataset.records, dataset.usable, getattr(dataset.split, side)), dataset.layout


def sources_of(asked: "Asked") -> tuple[Path, ...]:
    """Files and folders that are read and must not be written over."""
    from engine.project import resolve
    from engine.recipe import Mix

    data = asked.recipe.data
    names = [data.source, data.held_out, *(step.source for step in data.curate if isinstance(step, Mix))]
    return tuple(path for name in names if name and (path := resolve(name, asked.folder)).exists())


def exported_lines(done: "Exported") -> list[str]:
    """What was written, in words."""
    from tui.cli.data_views import named

    left_out = sum(count for _, count in done.left_out)
    lines = [named("wrote", f"{done.path}: {plural(done.rows, 'row')}")]
    for why, count in done.left_out[:_REASONS_SHOWN]:
        lines.append(named("left out", f"{count:,}: {why}"))
    rest = left_out - sum(count for _, count in done.left_out[:_REASONS_SHOWN])
    if rest:
        lines.append(named("", f"and {rest:,} more for other reasons"))
    return lines + [named("note", note) for note in done.notes]


def exported_document(done: "Exported") -> dict[str, Any]:
    """The same for a script."""
    return {
        "path": str(done.path),
        "rows": done.rows,
        "left_out": [{"reason": reason, "count": count} for reason, count in done.left_out],
        "notes": list(done.notes),
    }


def unread_lines(store: "RowStore") -> list[str]:
    """That lines of the source are no rows, where some are."""
    from tui.cli.data_views import named

    told = f"{plural(len(store.bad), 'line')} of the source cannot be read: see `ttune data show`"
    return [named("bad", told)] if store.bad else []


@dataclass(frozen=True)
class _Chosen:
    """The rows to write."""

    store: "RowStore"
    records: "Records"
    layout: "Layout | None"
    """How to read them; None where they are written as they are."""


def _chosen(asked: "Asked", options: Options) -> _Chosen:
    """The rows that were asked for; as they are they need not be of any format."""
    from tui.cli.data_source import open_asked, open_rows_of

    if not options.side and not options.shape and not asked.recipe.data.curate:
        store = open_rows_of(asked)
        return _Chosen(store, store, None)
    dataset = open_asked(asked)
    if not options.side:
        return _Chosen(dataset.source, dataset.records, dataset.layout)
    records, layout = side_of(dataset, options.side)
    if not records.count:
        mend = f"set data.split.{options.side}" if asked.folders is None else "`ttune data split` takes shares"
        raise DataError(f"{options.what}: no row is on the {options.side} side: {mend}")
    theirs = dataset.held_out_source if options.side == "held_out" else None
    return _Chosen(theirs or dataset.source, records, layout)
