"""A recipe's data, opened: what front ends show and what jobs train and measure on, from one place.

    source file -> RowStore (imported) -> Curated (the recipe's steps) -> Survey (layout, usable rows, split) -> Dataset

Each stage is kept on disk under a key of all it depends on; what is there already is only opened.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.data.conversations import Layout
from engine.data.example import Conversation
from engine.data.examples import Conversations, Examples
from engine.data.hub import hub_folder, hub_name
from engine.data.records import BadRow, Records
from engine.data.split import SplitRows
from engine.data.store import RowStore, find_store, move_import, open_store, source_bytes
from engine.data.survey import Survey, find, keep, make_survey, survey_key
from engine.errors import DataError
from engine.home import Home
from engine.project import resolve
from engine.recipe import Data, Mix, Recipe, Split

SMALL_BYTES = 8 << 20
"""Sources up to this size are read where they are asked for; larger ones by an ingest job. About 10,000 rows."""

Tell = Callable[[str, int, int], object]
"""Takes (what is being done, done, of how many): `reading` counts bytes, the others rows."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where what is made of sources is kept."""

    path: Path

    @property
    def imported(self) -> Path:
        """Sources as Arrow files."""
        return self.path / "imported"

    @property
    def curated(self) -> Path:
        """Curated versions: arrays of row numbers."""
        return self.path / "curated"

    @property
    def hub(self) -> Path:
        """What was fetched from the Hub."""
        return self.path / "hub"

    @property
    def surveys(self) -> Path:
        """Layouts and splits."""
        return self.path / "surveys"


def folders_of(project: Path) -> Folders:
    """Where a project keeps them."""
    return Folders(project / "data" / ".made")


def folders_of_home(home: Home) -> Folders:
    """Where it is kept for files that belong to no project."""
    return Folders(home.cache)


@dataclass(frozen=True, eq=False)
class Dataset:
    """The rows of a recipe's source and, where it names one, of its held-out file."""

    source: RowStore
    """The source as it was imported."""
    records: Records
    """The rows after the recipe's curation: the source itself where there are no steps."""
    survey: Survey
    held_out_source: RowStore | None = None
    held_out_survey: Survey | None = None

    @property
    def layout(self) -> Layout:
        """How rows become examples."""
        return self.survey.layout

    @property
    def usable(self) -> Sequence[int]:
        """Numbers in `records` of the rows that are examples."""
        return self.survey.usable

    @property
    def unfit(self) -> list[BadRow]:
        """Rows that are no examples; `line` is the row's number in `records`, from 1."""
        return self.survey.unfit

    @property
    def split(self) -> SplitRows:
        """Places in `examples`."""
        return self.survey.split

    @cached_property
    def examples(self) -> Examples:
        """One for each usable row."""
        return Examples(self.records, self.layout, self.usable)

    @property
    def conversations(self) -> Conversations:
        """The turns of each example."""
        return self.examples.conversations

    @cached_property
    def held_out_examples(self) -> Examples:
        """What the comparison of base and tuned uses, from the held-out file or the split."""
        if self.held_out_source is None or self.held_out_survey is None:
            return self.examples.at(self.split.held_out)
        return Examples(self.held_out_source, self.held_out_survey.layout, self.held_out_survey.usable)

    @property
    def held_out(self) -> Sequence[Conversation]:
        """The turns of the held-out examples."""
        return self.held_out_examples.conversations

    @property
    def held_out_path(self) -> Path | None:
        """The held-out file; None where a share of the source is held out."""
        return self.held_out_source.path if self.held_out_source else None

    @property
    def held_out_is_source(self) -> bool:
        """Whether the held-out file holds the source's own rows, all of them and nothing else."""
        return self.held_out_source is not None and self.held_out_source.digest == self.source.digest

    @cached_property
    def leaked(self) -> int:
        """Rows of a held-out file whose prompt is also one of the source's: on them the comparison measures memory."""
        if self.held_out_source is None:
            return 0
        from engine.data.split import prompt_of

        asked = [prompt_of(example) for example in self.held_out_examples]
        wanted = set(asked)
        seen = {prompt for example in self.examples if (prompt := prompt_of(example)) in wanted}
        return sum(prompt in seen for prompt in asked)


def open_dataset(
    recipe: Recipe,
    project: Path,
    *,
    folders: Folders | None = None,
    tell: Tell = lambda what, done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Dataset:
    """Open what a recipe's data section names, making what is not made yet.

    `folders`: where that is kept, else in the project. Raises DataError when there is nothing to train on, Cancelled
    when `cancelled` says so.
    """
    opening = _Opening(recipe.data, project, folders or folders_of(project), tell, cancelled)
    dataset = opening.run()
    if not dataset.split.train:
        raise DataError(
            f"{dataset.source.path}: {len(dataset.usable)} usable rows leave none to train on: "
            "lower data.split.validation"
        )
    return dataset


def find_dataset(recipe: Recipe, project: Path, *, folders: Folders | None = None) -> Dataset | None:
    """What a recipe's data section names, if nothing has to be made for it. Raises DataError without a source."""
    try:
        return open_dataset(recipe, project, folders=folders or folders_of(project), cancelled=_refuse_work)
    except _NotMade:
        return None


def take_over(recipe: Recipe, home: Home, project: Path) -> None:
    """Move what was imported of a recipe's files before the project was there into the project."""
    for name, _ in _sources(recipe.data):
        path = resolve(name, project)
        imported = folders_of_home(home).imported
        if not hub_name(name) and imported.is_dir() and path.exists():
            move_import(path, imported, folders_of(project).imported)


def opens_at_once(recipe: Recipe, project: Path) -> bool:
    """Whether opening takes seconds at the most: everything is made already, or the source is small and here.

    Raises DataError without a source.
    """
    sizes = [_bytes_of(name, project, key) for name, key in _sources(recipe.data)]
    if all(size is not None and size <= SMALL_BYTES for size in sizes):
        return True
    return find_dataset(recipe, project) is not None


def data_key(recipe: Recipe, project: Path) -> str:
    """Names what a recipe's data section opens: its settings, and each file's path, size and time of change."""
    stamps = [f"{name} {_stamp(name, project)}" for name, _ in _sources(recipe.data)]
    content = "\n".join([recipe.data.model_dump_json(), *stamps])
    return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _sources(section: Data) -> list[tuple[str, str]]:
    """Every source that a recipe names, with its key."""
    mixed = [(step.source, "data.curate") for step in section.curate if isinstance(step, Mix)]
    named = [(section.source, "data.source"), (section.held_out, "data.held_out"), *mixed]
    return [(name, key) for name, key in named if name]


def _bytes_of(name: str, project: Path, key: str) -> int | None:
    """Bytes of a source's files; None where it is on the Hub."""
    return None if hub_name(name) else source_bytes(resolve(name, project), key)


def _stamp(name: str, project: Path) -> str:
    """Changes when a source does. Of a folder only its own files and folders are looked at."""
    path = hub_folder(name, folders_of(project).hub) if hub_name(name) else resolve(name, project)
    try:
        found = [path, *sorted(path.iterdir())] if path.is_dir() else [path]
        return " ".join(f"{(status := entry.stat()).st_size} {status.st_mtime_ns}" for entry in found)
    except OSError:
        return "missing"


class _NotMade(Exception):
    """Something would have to be made."""


def _refuse_work() -> bool:
    raise _NotMade


@dataclass(frozen=True)
class _Opening:
    section: Data
    project: Path
    folders: Folders
    tell: Tell
    cancelled: Callable[[], bool]

    def run(self) -> Dataset:
        if not self.section.source:
            raise DataError(f"{self.project / 'project.toml'}: data.source is empty: set it to a file of training rows")
        source = self._store(self.section.source, "data.source")
        records, digest = self._curated(source)
        name = str(source.path)
        survey = self._survey(records, digest, self.section, name, keep_held_out=not self.section.held_out)
        if not self.section.held_out:
            return Dataset(source, records, survey)
        held_out = self._store(self.section.held_out, "data.held_out")
        alone = self.section.model_copy(update={"split": Split()})
        return Dataset(
            source, records, survey, held_out,
            self._survey(held_out, held_out.digest, alone, str(held_out.path), keep_held_out=False),
        )  # fmt: skip

    def _store(self, name: str, key: str) -> RowStore:
        path = self._path(name)
        found = find_store(path, self.folders.imported, key)
        if found is None:
            self.cancelled()
            found = open_store(
                path, self.folders.imported, key=key, tell=self._telling("reading"), cancelled=self.cancelled
            )
        return found

    def _path(self, name: str) -> Path:
        if not hub_name(name):
            return resolve(name, self.project)
        path = hub_folder(name, self.folders.hub)
        if not path.is_dir():
            self.cancelled()
            raise DataError(f"{name}: not fetched from the Hub yet: open the project's Data pane, which fetches it")
        return path

    def _curated(self, source: RowStore) -> tuple[Records, str]:
        """The rows after the recipe's steps, and what names them."""
        if not self.section.curate:
            return source, source.digest
        from engine.data.curate.replay import curate

        before = self._survey(source, source.digest, self.section, str(source.path), keep_held_out=False)
        curated = curate(
            source, self.section.curate, before.layout, digest=source.digest, folder=self.folders.curated,
            open_source=lambda name: self._store(name, "data.curate"), progress=self._curating,
            cancelled=self.cancelled,
        )  # fmt: skip
        if not curated.count:
            raise DataError(f"data.curate: its steps leave no row of {source.path}: take one out or loosen it")
        return curated, curated.key

    def _curating(self, step: str, done: int, total: int) -> None:
        self.tell(f"curating: {step.replace('_', ' ')}", done, total)

    def _survey(self, records: Records, digest: str, section: Data, name: str, *, keep_held_out: bool) -> Survey:
        key = survey_key(digest, section, keep_held_out=keep_held_out)
        found = find(self.folders.surveys, key)
        if found is None:
            self.cancelled()
            found = make_survey(
                records, section, name=name, keep_held_out=keep_held_out, tell=self._telling("sorting"),
                named=records.splits if isinstance(records, RowStore) else {}, cancelled=self.cancelled,
            )  # fmt: skip
            keep(found, self.folders.surveys, key)
        return found

    def _telling(self, what: str) -> Callable[[int, int], object]:
        return lambda done, total: self.tell(what, done, total)
