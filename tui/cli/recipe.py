"""`ttune recipe PROJECT|RUN --as FORM`: a recipe as its own TOML, as Axolotl's YAML, or as a script without ttune."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import JobError, ProjectError, UserError
from engine.home import Home, open_home
from tui.cli.parser import Options, Parser, UsageError, filled
from tui.cli.printing import complain, hanging, print_json, say
from tui.figures import plural

if TYPE_CHECKING:
    from engine.bridges.exporting import Written
    from engine.data.dataset import Dataset
    from engine.job import JobFolder
    from engine.project import Project
    from engine.recipe import Recipe


def add_arguments(parser: Parser) -> None:
    """What recipe, in which form, and where to."""
    parser.add_argument(
        "what", metavar="PROJECT|RUN", type=filled, help="a project, or a run (project#number) for what it trained"
    )
    parser.add_argument(
        "--as", dest="form", metavar="FORM", default="toml",
        help="toml (as it is); axolotl (a YAML); train.py (a script and its rows, which need no ttune)",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="PATH", type=filled,
        help="where to: a file, for train.py a folder (exports/train in the project); missing folders are made; else "
        "it is printed",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace what is there")


def run(options: Options) -> int:
    """Write or print it, and say what the form cannot."""
    from engine.bridges import FORMS, export_recipe
    from engine.project import expanded

    if options.form not in FORMS:
        raise UsageError(f"ttune recipe: --as {options.form}: must be one of {', '.join(FORMS)}")
    home = open_home()
    project, run, recipe = _asked(home, options.what)
    target: Path | None = expanded(options.out).absolute() if options.out else None
    written = export_recipe(
        project, recipe, options.form, target, dataset=rows_for(project, recipe, options.form, complain),
        name=f"{project.name}#{run.spec.number}" if run else "", backend=_backend(run), force=options.force,
    )  # fmt: skip
    if options.json:
        print_json(_document(project, written))
    elif written.files:
        for head, text in written_lines(written):
            say(hanging(head, text))
    else:
        say(written.text.rstrip("\n"))
    return 0


def _asked(home: Home, what: str) -> "tuple[Project, JobFolder | None, Recipe]":
    """A project with its recipe, or a run with the one that it trained."""
    from engine.project import Project, find_project, find_run
    from engine.recipe_file import validate

    try:
        project = find_project(home, what)
    except ProjectError as no_project:
        try:
            run = find_run(home, what)
        except JobError:
            if "#" in what:
                raise
            raise no_project from None
        return Project(Path(run.spec.project_path)), run, validate(run.spec.recipe, str(run.path / "job.toml"))
    return project, None, project.recipe()


def _backend(run: "JobFolder | None") -> str:
    """What a run was trained with; "" where that is not known."""
    from engine.job import view

    chosen = view(run).state.backend if run else None
    return chosen.backend if chosen else ""


def rows_for(project: "Project", recipe: "Recipe", form: str, doubt: Callable[[str], object]) -> "Dataset | None":
    """The rows, which a script needs; Axolotl's YAML is better for them, and does without.

    `doubt` is told what is taken for granted without them.
    """
    from tui.cli.data_source import Asked, open_asked

    if form == "toml" or (form == "axolotl" and not recipe.data.source):
        return None
    try:
        return open_asked(Asked(recipe, project.path, None))
    except UserError as error:
        if form == "train.py":
            raise
        doubt(f"{error}: its rows are taken to be {recipe.data.format}")
        return None


def written_lines(written: "Written") -> list[tuple[str, str]]:
    """What was written and what it does not say, as head and text of a line."""
    lines = [("", f"wrote {written.files[0]}")]
    lines += [(f"  {name}: ", plural(count, "row")) for name, count in written.rows]
    lines += [("  cannot be said: ", line) for line in written.uncarried]
    if written.form == "train.py":
        lines.append(("  ", f"`python {written.files[0]}` trains the same, without ttune"))
    return lines


def _document(project: "Project", written: "Written") -> dict[str, Any]:
    return {
        "project": project.name,
        "form": written.form,
        "files": [str(path) for path in written.files],
        "rows": dict(written.rows),
        "uncarried": list(written.uncarried),
        "text": written.text,
    }
