"""`ttune train PROJECT`: start a run, and follow it unless told to leave it be."""

from typing import TYPE_CHECKING

from engine.home import open_home
from engine.job import view
from tui.cli import attach, ending
from tui.cli.advice import document as advice_document
from tui.cli.parser import Options, Parser, add_settings
from tui.cli.printing import complain, hanging, print_json, say
from tui.cli.report import document

if TYPE_CHECKING:
    from engine.advice import Advice


def add_arguments(parser: Parser) -> None:
    """The project, changes for this run only, and whether to stay."""
    parser.add_argument("project", metavar="PROJECT", help="a project's name or folder")
    add_settings(parser)
    parser.add_argument("--detach", action="store_true", help="print the run's id and path, and leave at once")


def run(options: Options) -> int:
    """Start the run. The changes of --set are kept with the run; the project's recipe stays as it is."""
    from engine.project import find_project
    from engine.recipe_file import parse_settings
    from engine.start import start_training

    project, advice = find_project(open_home(), options.project), list["Advice"]()
    folder = start_training(project, parse_settings(options.settings), advised=advice.extend)
    if not options.json:
        _warn(advice, project.name)
    if options.detach and options.json:
        print_json({**document(view(folder)), "advice": [advice_document(it) for it in advice]})
        return 0
    if not options.json:
        name = ending.reference(folder)
        say(f"{ending.label(folder)}  {folder.id}\n  {folder.path}")
        say(hanging("  ", f"`ttune attach {name}` follows it, `ttune stop {name}` ends it"))
    return 0 if options.detach else attach.watch(folder, as_json=options.json)


def _warn(advice: "list[Advice]", project: str) -> None:
    """A line on stderr for each warning that nobody has accepted, and how many were."""
    for one in advice:
        if one.severity == "warns" and not one.accepted:
            complain(f"! {one.key}: {one.begun}  [{one.code}]")
    accepted = sum(bool(one.accepted) for one in advice)
    if accepted:
        told = "1 warning is" if accepted == 1 else f"{accepted} warnings are"
        complain(f"  {told} accepted; `ttune advice {project}` says which, and why")
