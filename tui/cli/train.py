"""`ttune train PROJECT`: start a run, and follow it unless told to leave it be."""

from engine.home import open_home
from engine.job import view
from tui.cli import attach, ending
from tui.cli.parser import Options, Parser, add_settings
from tui.cli.printing import hanging, print_json, say
from tui.cli.report import document


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

    folder = start_training(find_project(open_home(), options.project), parse_settings(options.settings))
    if options.detach and options.json:
        print_json(document(view(folder)))
        return 0
    if not options.json:
        name = ending.reference(folder)
        say(f"{ending.label(folder)}  {folder.id}\n  {folder.path}")
        say(hanging("  ", f"`ttune attach {name}` follows it, `ttune stop {name}` ends it"))
    return 0 if options.detach else attach.watch(folder, as_json=options.json)
