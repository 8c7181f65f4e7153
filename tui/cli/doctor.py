"""`ttune doctor`: is this machine fit, and what mends it where it is not."""

from dataclasses import asdict

from tui.cli.checks import Check, run_checks
from tui.cli.parser import Options, Parser
from tui.cli.printing import hanging, print_json, say

_WORDS = {"ok": "✓ ok  ", "warn": "! warn", "fail": "✗ fail"}
_NAME_WIDTH = 12


def add_arguments(parser: Parser) -> None:
    """Takes nothing."""


def run(options: Options) -> int:
    """Check everything; 1 when something fails."""
    checks: list[Check] = []
    for check in run_checks():
        checks.append(check)
        if not options.json:
            _tell(check)
    failed = [check for check in checks if check.state == "fail"]
    if options.json:
        print_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        say(f"\n{len(failed)} to mend" if failed else "\nready")
    return 1 if failed else 0


def _tell(check: Check) -> None:
    head = f"{_WORDS[check.state]}  {check.name:<{_NAME_WIDTH}}"
    say(hanging(head, check.text))
    if check.mend:
        say(hanging(f"{'':<{len(head)}}", f"mend: {check.mend}"))
