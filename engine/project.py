"""A project on disk: the recipe being edited, its data and its jobs."""

import difflib
import errno
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engine import recipe_file
from engine.errors import JobError, ModelError, ProjectError, UserError
from engine.files import make_folder, write_atomic
from engine.home import Home
from engine.job import JobFolder
from engine.protocol import JobKind
from engine.recipe import Recipe
from projects import SCHEME, resource

RECIPE_NAME = "project.toml"
_OF_FILES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".arrow", ".gz", ".zst", ".txt")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_MOST_NAMED = 5
"""Names in a complaint."""
_JOB_NAME = re.compile(r"\d{8}-\d{6}-(?P<kind>[a-z]+)-")


@dataclass(frozen=True)
class Project:
    """A project's folder and what is in it."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def recipe_path(self) -> Path:
        """The recipe being edited."""
        return self.path / RECIPE_NAME

    @property
    def jobs_path(self) -> Path:
        """One folder a job."""
        return self.path / "jobs"

    def recipe(self) -> Recipe:
        """The recipe as it is now. Raises RecipeError with every mistake in it."""
        return recipe_file.load(self.recipe_path)

    def jobs(self, *kinds: JobKind) -> list[JobFolder]:
        """Job folders of these kinds (all when none is named), newest first."""
        if not self.jobs_path.is_dir():
            return []
        names = sorted((folder.name for folder in self.jobs_path.iterdir() if _kind_of(folder.name)), reverse=True)
        return [JobFolder(self.jobs_path / name) for name in names if not kinds or _kind_of(name) in kinds]

    def next_number(self) -> int:
        """The number of the next run, from 1."""
        return 1 + max((run.spec.number for run in self.runs()), default=0)

    def runs(self) -> list[JobFolder]:
        """Training jobs, newest first; folders that are not readable as jobs are left out."""
        return [run for run in self.jobs("train") if run.is_readable()]


def expanded(text: str) -> Path:
    """A path as a person wrote it, with a leading `~` filled in. Raises UserError for the home of nobody."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UserError(f"{text}: nobody here has that home folder: write the whole path") from error


def is_there(path: Path) -> bool:
    """Whether a file is there. A name that is too long for any file is not."""
    try:
        return path.is_file()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise


def resolve(reference: str, project: Path) -> Path:
    """Where a recipe's file or folder is: `ttune:` is what comes with ttune, else relative to the project."""
    if reference.startswith(SCHEME):
        return resource(reference)
    return (project / expanded(reference)).absolute()


def is_hub_id(reference: str, project: Path) -> bool:
    """Whether a base model's name means the Hub: it looks like `owner/name`, and no such folder is here."""
    return bool(_HUB_ID.fullmatch(reference)) and not resolve(reference, project).exists()


def base_named(reference: str) -> str:
    """A base model as a recipe names it: a Hub id as it is, a folder (relative to where the person is) by its path.

    Raises ModelError for a folder that is not there.
    """
    if _HUB_ID.fullmatch(reference):
        return reference
    path = resolve(reference, Path.cwd())
    if path.is_dir():
        return reference if reference.startswith(SCHEME) else str(path)
    raise ModelError(f"{reference}: no such folder: name a model's folder, or a Hub id such as Qwen/Qwen3-4B")


def projects(home: Home) -> list[Project]:
    """All projects, by name."""
    return [Project(recipe.parent) for recipe in sorted(home.projects.glob(f"*/{RECIPE_NAME}"))]


def find_project(home: Home, name: str) -> Project:
    """The project of a name, or of a folder's path. Raises ProjectError naming those that exist."""
    for path in (home.projects / name, expanded(name).absolute()):
        if is_there(path / RECIPE_NAME):
            return Project(path)
    project, sign, _ = name.partition("#")
    if sign and is_there(home.projects / project / RECIPE_NAME):
        raise ProjectError(f"{name}: is a run, and a project is wanted: leave {sign} and what follows away")
    names = [each.name for each in projects(home)]
    known = _nearest_first(name, names)
    if "/" in name or Path(name).suffix.lower() in _OF_FILES:
        raise ProjectError(f"{name}: no such file, and no such project in {home.projects} (there: {known})")
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        raise ProjectError(f"{name}: no such project in {home.projects} (there: {known}): did you mean {near[0]}?")
    raise ProjectError(f"{name}: no such project in {home.projects} (there: {known}): `ttune new {name}` makes it")


def _nearest_first(name: str, names: list[str]) -> str:
    """A few names, those most like one that is not there first."""
    if not names:
        return "none yet"
    near = difflib.get_close_matches(name, names, n=_MOST_NAMED, cutoff=0.0)
    more = len(names) - len(near)
    return ", ".join(near) + (f" and {more} more" if more else "")


def find_run(home: Home, reference: str) -> JobFolder:
    """A run by its id or the beginning of it, its path, `project#number`, or a project's name (its newest run)."""
    named = expanded(reference).absolute()
    if is_there(named / "job.toml"):
        return JobFolder(named)
    found = list(_matching(home, reference))
    found = [run for run in found if run.id == reference] or found
    if len(found) > 1:
        raise JobError(
            f"{reference}: means several runs ({', '.join(run.id for run in found[:4])}): write more of the id"
        )
    if not found:
        raise JobError(f"{reference}: {_why_no_run(home, reference)}")
    return found[0]


def _why_no_run(home: Home, reference: str) -> str:
    """Why a reference names no run, with those that its project has."""
    name = reference.partition("#")[0]
    project = Project(home.projects / name)
    if not name or not is_there(project.recipe_path):
        return f"no such run in {home.projects}: `ttune runs` lists them"
    numbers = [f"{name}#{run.spec.number}" for run in project.runs()]
    if not numbers:
        return f"no such run: {name} has none yet: `ttune train {name}` makes one"
    more = len(numbers) - _MOST_NAMED
    there = ", ".join(numbers[:_MOST_NAMED]) + (f" and {more} older ones" if more > 0 else "")
    return f"no such run (there: {there}): `ttune runs` lists them"


def _matching(home: Home, reference: str) -> Iterator[JobFolder]:
    name, sign, number = reference.partition("#")
    for project in projects(home):
        runs = project.runs()
        if project.name == name and runs:
            if not sign:
                yield runs[0]
                return
            yield from (run for run in runs if str(run.spec.number) == number)
        else:
            yield from (run for run in runs if run.id.startswith(reference))


_NONE: Mapping[str, str] = MappingProxyType({})


def create_project(home: Home, name: str, recipe_text: str, files: Mapping[str, str] = _NONE) -> Project:
    """Make a project of a recipe's text. Raises ProjectError when the name is unfit or taken.

    `files`: what else lies in it, text by name; a name may have folders in it.
    """
    check_name(name)
    project = Project(home.projects / name)
    if project.path.exists():
        raise ProjectError(f"{project.path}: exists already: choose another name, or open it with `ttune {name}`")
    try:
        beside = Path(tempfile.mkdtemp(dir=home.projects, prefix=f".{name}."))
        try:
            for file, text in {**files, RECIPE_NAME: recipe_text}.items():
                make_folder((beside / file).parent)
                write_atomic(beside / file, text)
            for folder in ("data", "jobs", "exports"):
                make_folder(beside / folder)
            beside.rename(project.path)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise ProjectError(
            f"{project.path}: {error.strerror}: nothing was made: free some space, or make it writable"
        ) from error
    return project


def check_name(name: str) -> None:
    """Raise ProjectError when a name does not do for a project or template."""
    if not _NAME.fullmatch(name):
        raise ProjectError(
            f"{name!r}: not a usable name: begin with a letter or digit, go on with these, '.', '_' or '-', at most 64"
        )


def _kind_of(job_name: str) -> str | None:
    match = _JOB_NAME.match(job_name)
    return match["kind"] if match else None
