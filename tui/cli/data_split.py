"""`ttune data split PROJECT|FILE`: which rows train, validate and are held out; each side into a file of its own."""

import json
from argparse import SUPPRESS, ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.data_export import (
    SIDES,
    add_format,
    add_source,
    asked_of,
    check_shape,
    exported_document,
    exported_lines,
    side_of,
    sources_of,
    target,
    unread_lines,
    write,
)
from tui.cli.data_flags import typed_words
from tui.cli.parser import Options, UsageError
from tui.cli.printing import print_json, say
from tui.figures import plural

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.data.export.run import Exported
    from engine.recipe import Split
    from tui.cli.data_source import Asked

_FORMS = ("jsonl", "json", "csv", "tsv", "parquet", "arrow")
_RECORD = "split.json"


def add_action(actions: Any) -> None:
    """split PROJECT|FILE [--to FOLDER]."""
    parser = actions.add_parser("split", help="divide the rows, and write each side to a file")
    add_source(parser)
    parser.add_argument(
        "--by", choices=("random", "stratified", "group", "time"),
        help="random: prompts at random. stratified: each value of --field (or each answer) keeps its share. group: "
        "rows with the same --field stay together. time: the latest rows by --field are held out",
    )  # fmt: skip
    parser.add_argument("--field", metavar="NAME", help="what stratified, group and time look at; a.b in a field")
    parser.add_argument("--validation", type=_share, metavar="SHARE", help="without it by size: 0.1, from 1,000 0.05")
    parser.add_argument("--held-out", type=_share, metavar="SHARE", help="likewise")
    parser.add_argument("--seed", type=_seed, metavar="N", help="the same seed gives the same split (3407)")
    parser.add_argument("--to", metavar="FOLDER", help="write train, validation and held_out there, and split.json")
    parser.add_argument("--form", choices=_FORMS, help="of the files (jsonl)")
    add_format(parser)
    parser.add_json(default=SUPPRESS)


def run(options: Options) -> int:
    """Divide, write where asked to, and say how it came out."""
    from tui.cli.data_source import open_asked

    asked = _changed(asked_of(options), options)
    check_shape(options)
    _refuse_idle(options, asked)
    folder = _folder(options, asked)
    with typed_words(options, asked):
        dataset = open_asked(asked)
    _refuse_named(options, dataset, asked.recipe.data.split)
    written = {} if folder is None else _write(dataset, folder, options, asked)
    document = _document(dataset, asked.recipe.data.split, written)
    if folder is not None:
        _record(folder, document)
    if options.json:
        print_json(document)
    else:
        _say(dataset, asked.recipe.data.split, written)
    return 0


def _changed(asked: "Asked", options: Options) -> "Asked":
    """What was asked for, with its recipe's split changed by the options."""
    from dataclasses import replace

    from engine.recipe import Split

    given = {
        name: value
        for name in ("by", "field", "validation", "held_out", "seed")
        if (value := getattr(options, name)) is not None
    }
    data = asked.recipe.data
    split = Split.model_validate({**data.split.model_dump(), **given})
    return replace(asked, recipe=asked.recipe.model_copy(update={"data": data.model_copy(update={"split": split})}))


def _refuse_idle(options: Options, asked: "Asked") -> None:
    """Raise UsageError for a flag that changes nothing, and for a way of splitting that lacks its field."""
    data = asked.recipe.data
    if options.field is not None and data.split.by == "random":
        raise _idle("--field", "a random split looks at no field: add --by stratified, group or time")
    if options.seed is not None and data.split.by == "time":
        raise _idle("--seed", "a split by time draws nothing: leave it away")
    if options.held_out is not None and data.held_out:
        raise _idle("--held-out", f"the held-out rows are those of data.held_out ({data.held_out}), all of them")
    if options.by in ("group", "time") and not data.split.field:
        raise UsageError(f"ttune data split: --by {options.by}: looks at a field: add --field NAME")
    if not options.to:
        for flag, given in (("--form", options.form), ("--as", options.shape), ("--force", options.force)):
            if given:
                raise _idle(flag, "nothing is written: add --to FOLDER")


def _refuse_named(options: Options, dataset: "Dataset", split: "Split") -> None:
    """Raise UsageError for a share of a side that the source itself names, which a random split keeps to."""
    if split.by != "random" or dataset.records is not dataset.source:
        return
    for flag, given, name in (
        ("--validation", options.validation, "validation"),
        ("--held-out", options.held_out, "test"),
    ):
        if given is not None and name in dataset.source.splits:
            raise _idle(flag, f"the source names its own {name} rows, and a random split keeps to them: leave it away")


def _idle(flag: str, why: str) -> UsageError:
    return UsageError(f"ttune data split: {flag}: has no effect: {why}")


def _folder(options: Options, asked: "Asked") -> Path | None:
    """Where to write, checked before the rows are read. Raises DataError."""
    from engine.data.export.target import check_free
    from engine.project import expanded

    if not options.to:
        return None
    folder = expanded(options.to).absolute()
    for name in (*(f"{side}.{_form(options)}" for side in SIDES), _RECORD):
        check_free(folder / name, sources_of(asked), force=options.force)
    return folder


def _write(dataset: "Dataset", folder: Path, options: Options, asked: "Asked") -> "dict[str, Exported]":
    """Each side that has rows, into a file. A held-out file that the recipe names is left where it is."""
    protected = sources_of(asked)
    written = {}
    for side in SIDES:
        if side == "held_out" and dataset.held_out_source:
            continue
        records, layout = side_of(dataset, side)
        if records.count:
            written[side] = write(records, target(str(folder / f"{side}.{_form(options)}")), options, layout, protected)
    return written


def _record(folder: Path, document: dict[str, Any]) -> None:
    """Keep beside the files how they came about."""
    from engine.files import write_atomic

    write_atomic(folder / _RECORD, json.dumps(document, indent=2) + "\n")


def _document(dataset: "Dataset", split: "Split", written: "dict[str, Exported]") -> dict[str, Any]:
    from engine.data.split import shares

    validation, held_out = shares(split, len(dataset.usable))
    return {
        "source": str(dataset.source.path),
        "digest": dataset.source.digest,
        "by": split.by,
        "field": split.field,
        "seed": split.seed,
        "shares": {"validation": validation, "held_out": None if dataset.held_out_source else held_out},
        "rows": {
            "train": len(dataset.split.train),
            "validation": len(dataset.split.validation),
            "held_out": len(dataset.held_out),
        },
        "held_out_path": str(dataset.held_out_path) if dataset.held_out_path else None,
        "bad_rows": len(dataset.source.bad),
        "unfit": dataset.records.count - len(dataset.usable),
        "notes": list(dataset.split.notes),
        "written": {side: exported_document(done) for side, done in written.items()},
    }


def _say(dataset: "Dataset", split: "Split", written: "dict[str, Exported]") -> None:
    from tui.cli.data_views import named

    total = len(dataset.usable)
    say(str(dataset.source.path))
    field = f" {split.field}" if split.field else ""
    say(named("split", f"{split.by}{field}, seed {split.seed}"))
    for side in SIDES:
        name = "validate" if side == "validation" else side.replace("_", " ")
        if side == "held_out" and dataset.held_out_path:
            say(named(name, f"{plural(len(dataset.held_out), 'row')} of {dataset.held_out_path}"))
        else:
            count = len(getattr(dataset.split, side))
            say(named(name, f"{plural(count, 'row')}, {count / max(1, total):.1%}"))
    unfit = dataset.records.count - total
    if unfit:
        say(named("unfit", f"{plural(unfit, 'row')} on no side: not of the format"))
    for note in dataset.split.notes:
        say(named("note", note))
    for done in written.values():
        for line in exported_lines(done):
            say(line)
    for line in unread_lines(dataset.source):
        say(line)


def _form(options: Options) -> str:
    return options.form or "jsonl"


def _share(text: str) -> float:
    """A share, for `type=`."""
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < 0.9:
        raise ArgumentTypeError(f"must be a share from 0 to below 0.9, such as 0.1, not {text!r}")
    return share


def _seed(text: str) -> int:
    """A seed, for `type=`."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"must be a whole number from 0, not {text!r}")
    return int(text)
