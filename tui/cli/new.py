"""`ttune new NAME`: make a project from a template, or of one's own data."""

from typing import Any

from engine.home import Home, open_home
from tui.cli.parser import Options, Parser, UsageError, add_settings, filled
from tui.cli.printing import print_json, say

_MAPPING_HELP = "{what}: a field's name, or text with {{field}} in it"


def add_arguments(parser: Parser) -> None:
    """The name, what to start from, and the data."""
    parser.add_argument("name", metavar="NAME", help="letters, digits, '.', '_' and '-'")
    parser.add_argument(
        "--template", metavar="T", type=filled,
        help="what to start from (quickstart), NAME or NAME@EDITION; sft for your own data and base model; "
        "`ttune templates` lists all",
    )  # fmt: skip
    parser.add_argument(
        "--base", metavar="ID", type=filled, help="the base model: a Hub id, or a folder (the template's)"
    )
    parser.add_argument("--data", metavar="PATH", type=filled, help="training rows: a file, or a folder of files")
    parser.add_argument(
        "--held-out", metavar="PATH", type=filled, help="rows for the comparison only; else a share of --data"
    )
    parser.add_argument("--prompt", metavar="FIELD", help=_MAPPING_HELP.format(what="what the user says"))
    parser.add_argument("--answer", metavar="FIELD", help=_MAPPING_HELP.format(what="what the model shall answer"))
    parser.add_argument(
        "--map", action="append", default=[], metavar="ROLE=PATTERN", dest="patterns",
        help="as --prompt and --answer for any role: system, prompt, answer, text, chosen, rejected, label, solution",
    )  # fmt: skip
    parser.add_argument("--system", metavar="TEXT", help="said before each conversation")
    add_settings(parser)
    parser.add_argument("--if-missing", action="store_true", help="do nothing where the project exists already")


def run(options: Options) -> int:
    """Make the project and say what was decided for it."""
    from engine.project import Project, find_project, is_there

    home = open_home()
    there = Project(home.projects / options.name)
    said: list[str] = []
    made = not (options.if_missing and is_there(there.recipe_path))
    if made:
        there, said = _make(home, options)
    else:
        there = find_project(home, options.name)
    if options.json:
        print_json({"project": there.name, "path": str(there.path), "created": made, "decided": said})
        return 0
    say(f"{there.name} {'made' if made else 'exists already'}: {there.path}")
    for line in said:
        say(f"  {line}")
    say(f"  `ttune {there.name}` opens it, `ttune train {there.name}` starts a run")
    return 0


def _make(home: Home, options: Options) -> Any:
    """The project, and a line for each thing that was decided for the user."""
    from engine.project import base_named
    from engine.recipe_file import parse, parse_settings, with_settings
    from engine.templates import find_template, start_project
    from projects import DEFAULT
    from tui.cli.own_data import settings_for
    from tui.cli.starting import about_base, about_sample, base_settings

    of_data = options.held_out, options.prompt, options.answer, options.system, options.patterns
    if not options.data and any(of_data):
        raise UsageError(
            "ttune new: --held-out, --prompt, --answer, --map and --system go with --data: add --data PATH"
        )
    template = find_template(home, options.template or DEFAULT)
    recipe = parse(template.parts()[0], str(template.path))
    said_so = parse_settings(options.settings)
    settings, said = settings_for(home, template, options) if options.data else ({}, [])
    if not options.data and "data.source" not in said_so:
        said = about_sample(template, recipe)
    if options.base:
        settings |= base_settings(recipe, base_named(options.base))
    settings |= said_so
    with_settings(template.parts()[0], settings, f"{template.name} with your settings", said=said_so)
    said += about_base(recipe, str(settings.get("model.base") or recipe.model.base))
    return start_project(home, options.name, template, settings), said
