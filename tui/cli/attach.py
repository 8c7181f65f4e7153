"""`ttune attach RUN`: follow a run line by line until it ends. Leaving does nothing to the run."""

from typing import Any

import msgspec

from engine.home import open_home
from engine.job import JobFolder, JobView, view
from engine.protocol import AnyEvent, HardwareRead, Heartbeat, PhaseProgress
from tui.cli import ending
from tui.cli.follow import follow, say_stamped
from tui.cli.parser import Options, Parser, add_run
from tui.cli.printing import complain, print_json, say
from tui.cli.report import document

_NOT_KEPT = (Heartbeat, HardwareRead, PhaseProgress)


def add_arguments(parser: Parser) -> None:
    """The run, and from where on."""
    add_run(parser)
    add_from_now(parser)


def add_from_now(parser: Parser) -> None:
    """Pass over what happened before."""
    parser.add_argument("--from-now", action="store_true", help="only what happens from now on, not the whole story")


def run(options: Options) -> int:
    """Follow the run; 1 when it failed or died."""
    from engine.project import find_run

    return watch(find_run(open_home(), options.run), as_json=options.json, from_now=options.from_now)


def watch(folder: JobFolder, *, as_json: bool, from_now: bool = False) -> int:
    """Follow a job to its end and say how it ended; an interrupt leaves it running and says so."""
    events: list[AnyEvent] = []
    try:
        if as_json:
            seen = follow(folder, lambda line: None, from_now=from_now, seen=events.append)
        else:
            seen = follow(folder, say_stamped, from_now=from_now)
    except KeyboardInterrupt:
        if as_json:
            print_json(_whole(view(folder), events))
        name = ending.reference(folder)
        complain(f"\nleft {ending.label(folder)}: it goes on")
        complain(f"  `ttune attach {name}` follows it, `ttune stop {name}` ends it")
        return 0
    if as_json:
        print_json(_whole(seen, events))
    else:
        for line in ending.lines(seen):
            say(line)
    return ending.exit_code(seen)


def _whole(seen: JobView, events: list[AnyEvent]) -> dict[str, Any]:
    kept = [msgspec.to_builtins(event) for event in events if not isinstance(event, _NOT_KEPT)]
    return document(seen) | {"events": kept}
