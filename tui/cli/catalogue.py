"""Which commands there are. The list is enough for the help, so that no command is loaded to show it."""

import importlib
from dataclasses import dataclass, replace
from typing import Protocol, cast

from tui.cli.parser import Options, Parser


class CommandModule(Protocol):
    """What each module `tui.cli.<command>` offers."""

    def add_arguments(self, parser: Parser) -> None:
        """Declare what the command takes."""

    def run(self, options: Options) -> int:
        """Do it; returns the exit code: 0 done, 1 the work itself failed. UserError becomes 2."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One command in the help."""

    name: str
    takes: str
    help: str
    group: str
    module: str

    def load(self) -> CommandModule:
        """The command's module."""
        return cast(CommandModule, importlib.import_module(f"tui.cli.{self.module}"))


ENTRIES = (
    Entry("new", "NAME", "make a project, from a template or of your own data", "Projects", "new"),
    Entry("templates", "[ACTION]", "recipes to start from: list, save, compare, share", "Projects", "templates"),
    Entry("diff", "PROJECT [OTHER]", "what differs from template, run or project", "Projects", "recipe_diff"),
    Entry("import", "FILE NAME", "a project of an Axolotl, LLaMA-Factory or trl YAML", "Projects", "import_recipe"),
    Entry("recipe", "PROJECT|RUN", "write a recipe as Axolotl's YAML or a plain train.py", "Projects", "recipe"),
    Entry("data show", "PROJECT|FILE", "how rows are read, split and rendered", "Projects", "data"),
    Entry("data check", "PROJECT|FILE", "what is wrong with rows, where, and the mend", "Projects", "data"),
    Entry("data audit", "PROJECT", "which tokens of which rows would be trained", "Projects", "data"),
    Entry("data clean", "PROJECT|FILE", "leave out, redact, balance and mix rows", "Projects", "data"),
    Entry("data split", "PROJECT|FILE", "divide rows into train, validation and held out", "Projects", "data"),
    Entry("data export", "PROJECT|FILE", "write rows to a file, in any form and format", "Projects", "data"),
    Entry("forecast", "PROJECT", "memory, steps, time and money before a run", "Runs", "forecast"),
    Entry("advice", "PROJECT", "what to mend before a run; is it worth training?", "Runs", "advice"),
    Entry("rewards try", "PROJECT", "what rewards give to solutions, or to an answer", "Runs", "rewards"),
    Entry("train", "PROJECT", "start a run; it outlives this terminal", "Runs", "train"),
    Entry("runs", "[PROJECT]", "all runs, live ones first", "Runs", "runs"),
    Entry("status", "RUN", "where a run is, in a few lines", "Runs", "status"),
    Entry("attach", "RUN", "follow a run line by line until it ends", "Runs", "attach"),
    Entry("stop", "RUN", "end a run at its next step and keep its work", "Runs", "stop"),
    Entry("eval", "RUN", "is tuned better than base, on held-out rows?", "Results", "evaluate"),
    Entry("chat", "RUN", "one prompt, two answers: base and tuned", "Results", "chat"),
    Entry("doctor", "", "check this machine, with the mend for what is wrong", "ttune", "doctor"),
    Entry("themes", "", "colour themes of the studio", "ttune", "themes"),
)

COMMANDS = {entry.name.split()[0]: entry for entry in reversed(ENTRIES)}
COMMANDS["data"] = replace(COMMANDS["data"], help="look at rows, check, clean, split and export them")

_HEAD = """\
usage: ttune [PROJECT]             open the studio
       ttune COMMAND ... [--json]  do one thing and leave (ttune COMMAND --help)

A fine-tuning studio that lives in a terminal."""

_FOOT = """
RUN is a run's id or how it begins, project#number, or a project's name for its
newest run. --json prints one JSON document. Exit codes: 0 done, 1 the work
itself failed, 2 the call or its input cannot be used. Everything is kept below
$TTUNE_HOME (else /workspace/ttune on a mounted volume, else ~/ttune)."""


def overview() -> str:
    """What `ttune --help` prints."""
    width = max(len(f"{entry.name} {entry.takes}") for entry in ENTRIES)
    lines = [_HEAD]
    for group in dict.fromkeys(entry.group for entry in ENTRIES):
        lines += ["", group]
        members = [entry for entry in ENTRIES if entry.group == group]
        lines += [f"  {f'{entry.name} {entry.takes}':<{width}}  {entry.help}" for entry in members]
    return "\n".join([*lines, _FOOT])
