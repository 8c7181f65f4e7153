"""`ttune data show PROJECT|FILE`: how rows are read, split and turned into conversations."""

from argparse import SUPPRESS
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.home import Home, open_home
from tui.cli.parser import Options, Parser, positive
from tui.cli.printing import hanging, print_json, say

if TYPE_CHECKING:
    from engine.data.conversations import Layout
    from engine.data.dataset import Dataset

_NAMES = {"system": "system", "user": "user", "assistant": "answer"}
_NAME_WIDTH = 9
_BAD_SHOWN = 5
_ROWS_SHOWN = 3


def add_arguments(parser: Parser) -> None:
    """show PROJECT|FILE."""
    actions = parser.add_subparsers(dest="action", metavar="show", required=True)
    show = actions.add_parser("show", help="format, split and first rows")
    show.add_argument("what", metavar="PROJECT|FILE", help="a project, or a file of rows")
    show.add_argument("--rows", type=positive, default=_ROWS_SHOWN, metavar="N", help=f"show N rows ({_ROWS_SHOWN})")
    show.add_argument("--from", type=positive, default=1, metavar="N", dest="first", help="begin with row N (1)")
    show.add_json(default=SUPPRESS)  # a plain default would undo the --json before the action


def run(options: Options) -> int:
    """Print what is in the data."""
    dataset, seed = _open(open_home(), options.what)
    if options.json:
        print_json(_document(dataset, options.first, options.rows))
        return 0
    for line in _summary(dataset, seed):
        say(line)
    for row, conversation in _shown(dataset, options.first, options.rows):
        say(f"\nrow {row}")
        for message in conversation:
            say(_named(_NAMES[message.role], message.content))
    return 0


def _open(home: Home, what: str) -> tuple["Dataset", int]:
    """The data of a project or, where there is none of that name, of a file. With it the seed of its split."""
    from engine.data.dataset import folders_of, folders_of_home, open_dataset
    from engine.project import Project, expanded, find_project, is_there
    from engine.recipe import Data, Model, Recipe

    path = expanded(what).absolute()
    if is_there(path) and not is_there(Project(home.projects / what).recipe_path):
        recipe, folder = Recipe(model=Model(base="ttune:none"), data=Data(source=str(path))), path.parent
        folders = folders_of_home(home)
    else:
        project = find_project(home, what)
        recipe, folder = project.recipe(), project.path
        folders = folders_of(folder)
    return open_dataset(recipe, folder, folders=folders), recipe.data.split.seed


def _shown(dataset: "Dataset", first: int, count: int) -> Iterator[tuple[int, Any]]:
    """Row numbers, from 1, and conversations."""
    start = bisect_left(dataset.usable, first - 1)
    for place in range(start, min(start + count, len(dataset.usable))):
        yield dataset.usable[place] + 1, dataset.conversations[place]


def _summary(dataset: "Dataset", seed: int) -> Iterator[str]:
    source, layout, split = dataset.source, dataset.layout, dataset.split
    yield str(source.path)
    yield _named("rows", f"{source.count:,}")
    yield _named(
        "format", f"{_format(layout)}: {layout.fits:,} of {layout.rows:,} rows fit ({layout.fits / layout.rows:.1%})"
    )
    held_out = f" of {dataset.held_out_path}" if dataset.held_out_path else ""
    yield _named(
        "split",
        f"{len(split.train):,} train, {len(split.validation):,} validation, "
        f"{len(dataset.held_out):,} held out{held_out} (seed {seed})",
    )
    for bad in source.bad[:_BAD_SHOWN]:
        yield _named("bad", f"line {bad.line}, byte {bad.offset}: {bad.reason}")
    for unfit in dataset.unfit[:_BAD_SHOWN]:
        yield _named("unfit", f"row {unfit.line}: {unfit.reason}")
    left = max(0, len(source.bad) - _BAD_SHOWN) + max(0, len(dataset.unfit) - _BAD_SHOWN)
    if left:
        yield _named("", f"and {left:,} more that are not used; --json lists all")


def _format(layout: "Layout") -> str:
    if layout.format != "mapping":
        return layout.format
    how = "guessed from the fields' names" if layout.guessed else "mapped"
    return f"{how}, prompt = {layout.mapping.prompt}, answer = {layout.mapping.answer}"


def _document(dataset: "Dataset", first: int, count: int) -> dict[str, Any]:
    layout, split = dataset.layout, dataset.split
    return {
        "source": str(dataset.source.path),
        "rows": dataset.source.count,
        "format": layout.format,
        "guessed": layout.guessed,
        "mapping": layout.mapping.model_dump() if layout.format == "mapping" else None,
        "fits": layout.fits,
        "bad_rows": [{"line": bad.line, "offset": bad.offset, "reason": bad.reason} for bad in dataset.source.bad],
        "unfit_rows": [{"row": unfit.line, "reason": unfit.reason} for unfit in dataset.unfit],
        "split": {"train": len(split.train), "validation": len(split.validation), "held_out": len(dataset.held_out)},
        "held_out_path": str(dataset.held_out_path) if dataset.held_out_path else None,
        "shown": [
            {"row": row, "messages": [{"role": turn.role, "content": turn.content} for turn in conversation]}
            for row, conversation in _shown(dataset, first, count)
        ],
    }


def _named(name: str, text: str) -> str:
    return hanging(f"  {name:<{_NAME_WIDTH}}", text)
