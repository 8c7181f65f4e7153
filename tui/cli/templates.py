"""`ttune templates`: recipes to start new projects from."""

from argparse import SUPPRESS
from typing import TYPE_CHECKING

from engine.home import Home, open_home
from tui.cli.parser import Options, Parser
from tui.cli.printing import print_json, say, say_table

if TYPE_CHECKING:
    from engine.templates import Template


def add_arguments(parser: Parser) -> None:
    """list (when nothing is said), show NAME, save PROJECT [NAME], delete NAME."""
    actions = parser.add_subparsers(dest="action", metavar="list|show|save|delete")
    actions.add_parser("list", help="all templates")
    show = actions.add_parser("show", help="a template's recipe")
    show.add_argument("name", metavar="NAME")
    save = actions.add_parser("save", help="keep a project's recipe as a template: no data, no secrets")
    save.add_argument("project", metavar="PROJECT")
    save.add_argument("name", metavar="NAME", nargs="?", help="the template's name (the project's)")
    delete = actions.add_parser("delete", help="remove one of your templates")
    delete.add_argument("name", metavar="NAME")
    for action in actions.choices.values():
        action.add_json(default=SUPPRESS)  # a plain default would undo the --json before the action


def run(options: Options) -> int:
    """Do what was asked."""
    home = open_home()
    return _ACTIONS[options.action or "list"](home, options)


def _list(home: Home, options: Options) -> int:
    from engine.templates import templates

    found = templates(home)
    if options.json:
        print_json([_summary(template) for template in found])
    else:
        say_table((each.name, "comes with ttune" if each.builtin else "yours", each.description) for each in found)
    return 0


def _summary(template: "Template") -> dict[str, str | bool]:
    return {
        "name": template.name,
        "description": template.description,
        "builtin": template.builtin,
        "path": str(template.path),
    }


def _show(home: Home, options: Options) -> int:
    from engine.templates import find_template

    template = find_template(home, options.name)
    if options.json:
        print_json({"name": template.name, "path": str(template.path), "recipe": template.text()})
    else:
        say(template.text().rstrip("\n"))
    return 0


def _save(home: Home, options: Options) -> int:
    from engine.project import find_project
    from engine.templates import save_template

    project = find_project(home, options.project)
    template = save_template(home, project, options.name or project.name)
    if options.json:
        print_json({"name": template.name, "path": str(template.path)})
    else:
        say(f"{template.name} saved, without data: {template.path}")
        say(f"  `ttune new NAME --template {template.name} --data PATH` starts from it")
    return 0


def _delete(home: Home, options: Options) -> int:
    from engine.templates import delete_template

    delete_template(home, options.name)
    if options.json:
        print_json({"name": options.name, "deleted": True})
    else:
        say(f"{options.name} deleted")
    return 0


_ACTIONS = {"list": _list, "show": _show, "save": _save, "delete": _delete}
