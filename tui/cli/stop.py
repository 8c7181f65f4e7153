"""`ttune stop RUN`: end a run at its next sub-step; what it has learned is kept and verified."""

import time

from engine.home import open_home
from engine.job import Follower, JobFolder, JobView, send
from engine.protocol import Stop
from tui.cli import ending
from tui.cli.follow import POLL_S
from tui.cli.parser import Options, Parser, add_run
from tui.cli.printing import complain, print_json, say
from tui.cli.report import document


def add_arguments(parser: Parser) -> None:
    """The run, and whether to wait."""
    add_run(parser)
    parser.add_argument("--no-wait", action="store_true", help="leave once the engine has heard it")


def run(options: Options) -> int:
    """Stop the run and wait for its end; a run that is over already is left as it is."""
    from engine.project import find_run

    folder = find_run(open_home(), options.run)
    try:
        seen = stop(folder, wait=not options.no_wait)
    except KeyboardInterrupt:
        name = ending.reference(folder)
        complain(f"\nleft {ending.label(folder)}: it was asked to stop; `ttune status {name}` says whether it has")
        return 0
    if options.json:
        print_json(document(seen))
    else:
        _tell(seen)
    return 1 if seen.silent_s is not None else ending.exit_code(seen)


def stop(folder: JobFolder, *, wait: bool) -> JobView:
    """Ask the engine once it listens; then, with `wait`, until it has ended. Gives up on one that does not respond."""
    follower = Follower(folder)
    asked = ""
    while True:
        seen, _ = follower.poll()
        heard = any(answer.command == asked for answer in seen.state.answers)
        if not seen.live or (heard and not wait):
            return seen
        if not asked and seen.condition == "running":
            asked = send(folder, Stop())
        if seen.silent_s is not None:
            return seen
        time.sleep(POLL_S)


def _tell(seen: JobView) -> None:
    name = ending.label(seen.folder)
    if not seen.live:
        for line in ending.lines(seen):
            say(line)
    elif seen.silent_s is not None:
        say(f"{name} does not respond: it will stop when it wakes; `kill -9 {seen.state.pid}` ends it now")
    else:
        say(f"{name} is stopping at its next sub-step")
