"""`ttune diff`: settings in which a project's recipe differs from its template, a run, another project or a file."""

from typing import TYPE_CHECKING, Any

from engine.errors import ProjectError, UserError
from engine.home import Home, open_home
from tui.cli.parser import Options, Parser
from tui.cli.printing import print_json, say, say_table

if TYPE_CHECKING:
    from engine.project import Project
    from engine.recipe.diff import Difference
    from engine.recipe_against import Other

_MOST_CELLS = 60
"""Of a value in the table; --json has it whole."""


def add_arguments(parser: Parser) -> None:
    """PROJECT [OTHER] [--take KEY]."""
    parser.add_argument("project", metavar="PROJECT", help="a project's name or folder")
    parser.add_argument(
        "other", metavar="OTHER", nargs="?", default="",
        help="a run (PROJECT#3, #3), a template (NAME@2), another project, a recipe's file, or `defaults`; when "
        "nothing is said, the template that the project is from, else the defaults",
    )  # fmt: skip
    parser.add_argument(
        "--take", action="append", default=[], metavar="KEY",
        help="write the other's value of this setting into the project; `all` takes every one but advice.accepted",
    )  # fmt: skip


def run(options: Options) -> int:
    """Say what differs, and take over what was asked for."""
    from engine import recipe_file
    from engine.project import find_project
    from engine.recipe_against import compared, taken

    home = open_home()
    project = find_project(home, options.project)
    theirs = _other(home, project, options.other)
    found = compared(theirs, project.recipe())
    keys = _taken_keys(options.take, found)
    if keys:
        recipe_file.save(project.recipe_path, {key: taken(theirs, key) for key in keys})
    if options.json:
        rows = [{"key": each.key, "a": _document(each.a), "b": _document(each.b)} for each in found]
        print_json({"a": theirs.name, "b": project.name, "differences": rows, "taken": keys})
    elif found:
        head = ("", theirs.name, project.name)
        say_table([head, *((each.key, _words(each.key, each.a), _words(each.key, each.b)) for each in found)])
    else:
        say(f"{theirs.name} and {project.name} say the same")
    if keys and not options.json:
        say(f"\ntaken from {theirs.name} into {project.recipe_path}: {', '.join(keys)}")
    return 0


def _taken_keys(wanted: list[str], found: "list[Difference]") -> list[str]:
    """Keys to take over. Raises ProjectError for one that does not differ."""
    from engine.recipe_against import OWN

    differing = [each.key for each in found]
    for key in wanted:
        if key not in ("all", *differing):
            known = ", ".join(differing) or "none"
            raise ProjectError(f"--take {key}: does not differ (what does: {known}): name one of these, or all")
    if "all" in wanted:
        return [key for key in differing if key not in OWN or key in wanted]
    return wanted


def _document(value: Any) -> Any:
    """A value for scripts: null for an empty text, which is how a recipe says that it is not set."""
    return None if value == "" else value


def _other(home: Home, project: "Project", reference: str) -> "Other":
    """What is compared with. Raises ProjectError where the reference names nothing."""
    from engine import recipe_file
    from engine.project import expanded, find_project, find_run
    from engine.recipe_against import Other, against, default_recipe, run_of
    from engine.templates import find_template

    if not reference:
        return against(home, project)
    if reference == "defaults":
        return default_recipe()
    path = expanded(reference)
    if path.suffix == ".toml" and path.is_file():
        return Other(str(path), recipe_file.load(path))
    if reference.startswith("#"):
        reference = f"{project.name}{reference}"
    if "#" in reference:
        return run_of(find_run(home, reference))
    if (home.projects / reference).is_dir():
        other = find_project(home, reference)
        return Other(other.name, other.recipe())
    try:
        template = find_template(home, reference)
    except UserError as error:
        raise ProjectError(
            f"{reference}: no run, template, project or recipe's file: name a run as {project.name}#3, a template as "
            "`ttune templates` lists them, or another project"
        ) from error
    return Other(template.reference, recipe_file.parse(template.parts()[0], str(template.path)))


def _words(key: str, value: Any) -> str:
    from engine.recipe_form import entry, field, shown
    from tui.visible import one_line

    if isinstance(value, dict):
        return one_line("; ".join(f"{name}: {text}" for name, text in value.items()), _MOST_CELLS) or "—"
    spec = field(key)
    text = entry(spec, value) if spec is not None else shown(value)
    return one_line(text, _MOST_CELLS) or "—"
