"""`ttune data check PROJECT|FILE`: what is wrong with the data, with which rows, and the mend."""

from argparse import SUPPRESS
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.home import open_home
from tui.cli.data_flags import mend_words, typed_words
from tui.cli.printing import hanging, print_json, say
from tui.figures import duration, plural

if TYPE_CHECKING:
    from engine.data.check.report import Finding, Report
    from engine.data.dataset import Dataset
    from tui.cli.data_source import Asked
    from tui.cli.parser import Options

_MARKS = {"error": "✗", "warn": "!", "note": "·"}
_EXCERPT = 160
_EXCERPT_READ = 4096
"""Characters of a row that are looked through for personal data before an excerpt of it is shown."""


def add_action(actions: Any) -> None:
    """check PROJECT|FILE."""
    parser = actions.add_parser("check", help="what is wrong with which rows, and the mend")
    parser.add_argument("what", metavar="PROJECT|FILE", help="a project, or a file or folder of rows")
    parser.add_argument("--rows", metavar="CODE", dest="code", help="list the rows of one finding, such as duplicates")
    parser.add_argument("--held-out", metavar="FILE", help="a file of rows that must not be in the data")
    parser.add_argument("--label", metavar="FIELD", help="the field that names a row's class (short answers do)")
    parser.add_argument(
        "--benchmark", action="append", default=[], metavar="FILE", help="a file of questions that no row should hold"
    )
    parser.add_json(default=SUPPRESS)  # a plain default would undo the --json before the action


def run(options: "Options") -> int:
    """Check, say what was found; 1 when there are errors."""
    from tui.cli.data_source import asked_for, open_asked

    asked = _changed(asked_for(open_home(), options.what), options)
    with typed_words(options, asked):
        dataset = open_asked(asked)
        report = _checked(dataset, asked, options, split=_is_split(asked))
    if options.code:
        return _say_rows(dataset, report, asked, options)
    if options.json:
        print_json(_document(dataset, report))
    else:
        _say_end(report)
    return int(report.has_errors)


def _is_split(asked: "Asked") -> bool:
    """Whether somebody has chosen what is measured on: a file by itself has not been split yet."""
    return asked.folders is None or bool(asked.recipe.data.held_out)


def _changed(asked: "Asked", options: "Options") -> "Asked":
    """The recipe with what the options say of its data."""
    from engine.project import expanded
    from engine.recipe import Split

    data = asked.recipe.data
    if options.held_out:
        data = data.model_copy(update={"held_out": str(expanded(options.held_out).absolute())})
    if options.label:
        split = Split.model_validate(data.split.model_dump() | {"by": "stratified", "field": options.label})
        data = data.model_copy(update={"split": split})
    return replace(asked, recipe=asked.recipe.model_copy(update={"data": data}))


def _checked(dataset: "Dataset", asked: "Asked", options: "Options", *, split: bool) -> "Report":
    """The report, said finding by finding as it comes; one that is kept is taken again."""
    from engine.data.check.of_dataset import check_dataset, check_key, find_report, keep_report
    from engine.data.dataset import folders_of
    from engine.project import expanded
    from tui.cli.data_source import Telling

    folders = asked.folders or folders_of(asked.folder)
    quiet = options.json or options.code
    benchmarks = [expanded(path).absolute() for path in options.benchmark]
    kept = find_report(folders, check_key(dataset, asked.recipe, split=split, benchmarks=benchmarks))
    if kept is not None:
        for finding in () if quiet else kept.findings:
            _say_finding(finding, asked)
        return kept
    with Telling() as tell:

        def found(finding: "Finding") -> None:
            if not quiet:
                tell.clear()
                _say_finding(finding, asked)

        report = check_dataset(
            dataset, asked.recipe, split=split, benchmarks=benchmarks, found=found,
            progress=lambda done, total: tell("checking", done, total),
        )  # fmt: skip
    keep_report(folders, report)
    return report


def _say_finding(finding: "Finding", asked: "Asked") -> None:
    mark = _MARKS[finding.severity]
    say(hanging(f"{mark} {finding.code}: ", finding.text))
    for example in finding.examples:
        say(hanging("    ", example))
    say(hanging("    → ", mend_words(finding.mend, asked)))


def _say_end(report: "Report") -> None:
    for line in report.unchecked:
        say(hanging("· not checked: ", line))
    counts = {name: sum(it.severity == name for it in report.findings) for name in ("error", "warn", "note")}
    names = {"error": ("error", ""), "warn": ("warning", ""), "note": ("note", "")}
    told = ", ".join(plural(count, *names[name]) for name, count in counts.items() if count)
    done = f"{plural(report.rows, 'row')} ({report.format}) checked in {duration(report.seconds)}"
    say(f"{done}: {told or 'nothing found'}")


def _say_rows(dataset: "Dataset", report: "Report", asked: "Asked", options: "Options") -> int:
    from engine.data.check.of_dataset import source_rows

    finding = report.finding(options.code)
    if finding is None:
        there = ", ".join(it.code for it in report.findings) or "none"
        raise UserError(f"--rows {options.code}: no such finding here (there: {there})")
    rows = [int(row) for row in report.rows_of(finding.code)]
    if finding.code == "bad_lines" and not options.json:
        for bad in report.bad:
            say(f"{f'{bad.file}: ' if bad.file else ''}line {bad.line}, byte {bad.offset}: {bad.reason}")
    elif options.json:
        print_json({"code": finding.code, "count": finding.count, "rows": [row + 1 for row in rows]})
    else:
        _say_finding(finding, asked)
        for row, source in zip(rows, source_rows(dataset, rows), strict=True):
            told = f"row {row + 1}" if source == row else f"row {row + 1} ({_in_source(source)})"
            say(f"{told}: {_excerpt(dataset.records.row(row))}")
    return int(report.has_errors)


def _in_source(row: int | None) -> str:
    return "mixed in" if row is None else f"{row + 1} in the source"


def _excerpt(row: Any) -> str:
    """The beginning of a row on one line, personal data masked."""
    from engine.data.check.personal import redact
    from tui.visible import one_line

    text = " | ".join(_texts(row))
    return one_line(redact(text[:_EXCERPT_READ]), _EXCERPT)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
    elif value is not None:
        yield str(value)


def _document(dataset: "Dataset", report: "Report") -> dict[str, Any]:
    """`rows` are numbers from 1 in what training sees; `source_rows` the same rows in the source, null for mixed in."""
    from engine.data.check.of_dataset import source_rows

    numbers = {code: source_rows(dataset, rows) for code, rows in report.lists.items()}
    return {
        "rows": report.rows,
        "format": report.format,
        "bad_rows": [
            {"line": bad.line, "offset": bad.offset, "reason": bad.reason} | ({"file": bad.file} if bad.file else {})
            for bad in report.bad
        ],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "count": finding.count,
                "rows": [int(row) + 1 for row in report.rows_of(finding.code)],
                "source_rows": [None if row is None else row + 1 for row in numbers.get(finding.code, ())],
                "text": finding.text,
                "mend": finding.mend,
                "examples": list(finding.examples),
            }
            for finding in report.findings
        ],
        "unchecked": list(report.unchecked),
        "seconds": round(report.seconds, 3),
    }
