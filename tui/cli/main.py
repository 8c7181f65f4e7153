"""Takes the command line apart, runs what it asks for, and turns every failure into one plain line."""

import difflib
import errno
import sys
from collections.abc import Sequence

from engine import __version__
from engine.errors import UserError
from engine.home import home_path
from tui.cli import printing
from tui.cli.catalogue import COMMANDS, overview
from tui.cli.parser import Parser, UsageError

_DISK_ERRORS = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the quota is used up: free some space",
    errno.EROFS: "it cannot be written to: set TTUNE_HOME to a folder that can",
    errno.EACCES: "not permitted: make it readable and writable for this user",
}
INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """Run `ttune`; returns the exit code: 0 done, 1 the work itself failed, 2 the call or its input cannot be used."""
    words = sys.argv[1:] if words is None else list(words)
    try:
        return _run(words)
    except UserError as error:
        return _refuse(str(error), "--json" in words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        printing.silence_stdout()
        return 0
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            return _log_unexpected(error)
        return _refuse(f"{error.filename or home_path()}: {_DISK_ERRORS[error.errno]}", "--json" in words)
    except Exception as error:  # noqa: BLE001 - no traceback reaches the terminal; it is kept in the log
        return _log_unexpected(error)


def _run(words: Sequence[str]) -> int:
    _refuse_broken(words)
    first = words[0] if words else ""
    if first in ("-h", "--help", "help"):
        print(overview())
        return 0
    if first in ("-V", "--version"):
        print(f"ttune {__version__}")
        return 0
    code = _run_command(first, words[1:]) if first in COMMANDS else _open_studio(words)
    sys.stdout.flush()
    return code


def _refuse_broken(words: Sequence[str]) -> None:
    """Bytes that are not UTF-8 arrive as lone surrogates, which no file and no JSON takes."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise UsageError(f"ttune: {word}: not valid UTF-8: write it anew, or rename the file") from error


def _run_command(name: str, words: Sequence[str]) -> int:
    entry = COMMANDS[name]
    command = entry.load()
    parser = Parser(f"ttune {name}", entry.help)
    command.add_arguments(parser)
    parser.add_json()
    try:
        options = parser.parse_args(words)
    except SystemExit:  # argparse has printed the help
        return 0
    return command.run(options)


def _open_studio(words: Sequence[str]) -> int:
    if len(words) > 1 or (words and words[0].startswith("-")):
        raise UsageError(f"ttune: {words[0]}: no such command{_nearest(words[0])}: see `ttune --help`")
    from tui.cli import studio

    return studio.run(words[0] if words else None, _nearest(words[0]) if words else "")


def _nearest(word: str) -> str:
    close = difflib.get_close_matches(word, list(COMMANDS), n=1)
    return f"; did you mean `ttune {close[0]}`?" if close else ""


def _refuse(text: str, as_json: bool) -> int:
    printing.complain(text)
    if as_json:
        printing.print_json({"errors": text.splitlines()})
    return 2


def _log_unexpected(error: BaseException) -> int:
    from tui.faults import logged

    printing.complain(f"ttune failed: {logged(error)}")
    return 1
