"""`ttune data audit PROJECT`: every row through the real tokenizer and chat template, and what that tells."""

from argparse import SUPPRESS
from typing import TYPE_CHECKING, Any

from engine.home import open_home
from tui.audit_words import audit_lines
from tui.cli.printing import complain, hanging, print_json, say

if TYPE_CHECKING:
    from engine.job import JobFolder
    from engine.protocol import AuditDone
    from tui.cli.parser import Options

_NAME_WIDTH = 12


def add_action(actions: Any) -> None:
    """audit PROJECT."""
    parser = actions.add_parser("audit", help="which tokens of which rows would be trained")
    parser.add_argument("project", metavar="PROJECT")
    parser.add_json(default=SUPPRESS)  # a plain default would undo the --json before the action


def run(options: "Options") -> int:
    """Audit, or take the audit that is there; 1 when rows would train nothing or the job failed."""
    from engine.data.audit import audit_key, find_audit, totals
    from engine.project import find_project
    from engine.start import start_audit
    from tui.cli.data_source import watched

    project = find_project(open_home(), options.project)
    recipe = project.recipe()
    folder = find_audit(project, audit_key(recipe, project.path)) or start_audit(project, recipe)
    seen = watched(folder)
    found = totals(folder)
    if found is None:
        from tui.cli import ending

        for line in ending.lines(seen):
            complain(line)
        return 1
    if options.json:
        print_json(_document(folder, found))
    else:
        for name, words in audit_lines(found):
            say(hanging(f"  {name:<{_NAME_WIDTH}}", words))
    return int(bool(found.masked_rows or found.failed_rows))


def _document(folder: "JobFolder", found: "AuditDone") -> dict[str, Any]:
    import msgspec

    counted: dict[str, Any] = msgspec.to_builtins(found)
    gone = ("event", "seq", "time", "path")
    return {key: value for key, value in counted.items() if key not in gone} | {"path": str(folder.path / found.path)}
