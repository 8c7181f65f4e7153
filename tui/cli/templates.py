"""`ttune templates`: recipes to start new projects from, in editions."""

from argparse import SUPPRESS
from typing import TYPE_CHECKING, Any

from engine.home import Home, open_home
from tui.cli import template_sharing
from tui.cli.parser import Options, Parser, filled
from tui.cli.printing import print_json, say, say_table
from tui.cli.template_words import deleted_words, edition_words, saved_lines

if TYPE_CHECKING:
    from engine.templates.about import About

_REFERENCE = "NAME[@EDITION]"


def add_arguments(parser: Parser) -> None:
    """list (when nothing is said), show, save, delete; diff, status, update; export, import."""
    actions = parser.add_subparsers(dest="action", metavar="list|show|save|delete|diff|status|update|export|import")
    actions.add_parser("list", help="all templates, with their newest edition")
    show = actions.add_parser("show", help="a template's recipe")
    show.add_argument("name", metavar=_REFERENCE, type=filled)
    save = actions.add_parser("save", help="keep a project's recipe as a template: no data, no secrets")
    save.add_argument("project", metavar="PROJECT")
    save.add_argument("name", metavar="NAME", nargs="?", type=filled, help="the template's name (the project's)")
    delete = actions.add_parser("delete", help="remove one of your templates, or one edition of it")
    delete.add_argument("name", metavar=_REFERENCE, type=filled)
    template_sharing.add_actions(actions, _REFERENCE)
    for action in actions.choices.values():
        action.add_json(default=SUPPRESS)  # a plain default would undo the --json before the action


def run(options: Options) -> int:
    """Do what was asked."""
    home = open_home()
    return _ACTIONS[options.action or "list"](home, options)


def _list(home: Home, options: Options) -> int:
    from engine.templates.about import about_all

    found = about_all(home)
    if options.json:
        print_json([_summary(it) for it in found])
    else:
        say_table(
            (it.template.name, edition_words(it.template, len(it.editions)), it.template.description) for it in found
        )
    return 0


def _summary(about: "About") -> dict[str, Any]:
    template = about.template
    return {
        "name": template.name,
        "description": template.description,
        "builtin": template.builtin,
        "path": str(template.path),
        "edition": template.edition,
        "editions": [each.edition for each in about.editions],
        "base": about.base,
        "method": about.method,
    }


def _show(home: Home, options: Options) -> int:
    from engine.templates import find_template

    template = find_template(home, options.name)
    if options.json:
        print_json(
            {
                "name": template.name, "edition": template.edition, "path": str(template.path),
                "recipe": template.text(),
            }
        )  # fmt: skip
    else:
        say(template.text().rstrip("\n"))
    return 0


def _save(home: Home, options: Options) -> int:
    from engine.project import find_project
    from engine.templates import find_saved, save_template
    from engine.templates.pins import projects_behind

    project = find_project(home, options.project)
    name = options.name or project.name
    new = find_saved(home, project, name) is None
    template = save_template(home, project, name)
    if options.json:
        print_json({"name": template.name, "edition": template.edition, "path": str(template.path), "kept": new})
        return 0
    behind = projects_behind(home).get(name, []) if new else []
    for line in saved_lines(template, new=new, behind=behind):
        say(line)
    return 0


def _delete(home: Home, options: Options) -> int:
    from engine.templates import delete_template

    gone = delete_template(home, options.name)
    if options.json:
        print_json({"name": options.name, "deleted": True})
    else:
        say(deleted_words(options.name, gone))
    return 0


_ACTIONS = {"list": _list, "show": _show, "save": _save, "delete": _delete} | template_sharing.ACTIONS
