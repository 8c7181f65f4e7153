"""`ttune runs [PROJECT]`: all runs, live ones first."""

import time

from engine.errors import UserError
from engine.home import Home, open_home
from engine.job import JobFolder, JobView, view
from tui.cli import ending
from tui.cli.parser import Options, Parser
from tui.cli.printing import complain, print_json, say, say_table
from tui.cli.report import document
from tui.figures import UNKNOWN, ago, duration, loss, roughly

_HEAD = ("", "run", "state", "step", "loss", "ETA", "begun", "id")


def add_arguments(parser: Parser) -> None:
    """One project, or all."""
    parser.add_argument("project", metavar="PROJECT", nargs="?", help="only this project's runs")


def run(options: Options) -> int:
    """Print the table; an unreadable run is named on stderr and left out."""
    views = _views(open_home(), options.project)
    if options.json:
        print_json([document(seen) for seen in views])
    elif views:
        say_table([_HEAD, *map(_row, views)], right=(3, 4, 5, 6))
    else:
        say("no runs yet: `ttune train PROJECT` starts one")
    return 0


def _views(home: Home, name: str | None) -> list[JobView]:
    from engine.project import find_project, projects

    chosen = [find_project(home, name)] if name else projects(home)
    folders = [folder for project in chosen for folder in project.jobs("train") if (folder.path / "job.toml").is_file()]
    views = [seen for folder in folders if (seen := _view(folder))]
    return sorted(views, key=lambda seen: (not seen.live, -seen.folder.spec.created))


def _view(folder: JobFolder) -> JobView | None:
    try:
        return view(folder)
    except UserError as error:
        complain(str(error))
        return None


def _row(seen: JobView) -> tuple[str, ...]:
    state = seen.state
    told = seen.condition if seen.silent_s is None else f"silent {duration(seen.silent_s)}"
    if seen.live and state.phase and seen.silent_s is None:
        told = state.phase.phase
    return (
        ending.GLYPHS[seen.condition],
        ending.label(seen.folder),
        told,
        f"{state.step}/{state.plan.steps}" if state.plan else UNKNOWN,
        loss(state.loss),
        roughly(state.eta_s) if seen.live else "",
        ago(time.time() - seen.folder.spec.created),
        seen.folder.id,
    )
