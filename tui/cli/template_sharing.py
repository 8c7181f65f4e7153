"""`ttune templates` between templates, projects and people: diff, status, update, export, import."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.home import Home
from tui.cli.parser import Options, UsageError, filled
from tui.cli.printing import complain, print_json, say, say_table
from tui.cli.template_words import change_rows, code_words, exported_lines, kept_lines, pin_words, shown
from tui.visible import visible

if TYPE_CHECKING:
    from engine.recipe import Recipe
    from engine.templates.pins import Change, Update
    from engine.templates.sharing import Shared

_PIPED = "what is piped in"


def add_actions(actions: Any, reference: str) -> None:
    """diff, status, update, export, import."""
    diff = actions.add_parser("diff", help="settings in which two templates, or a template and a project, differ")
    diff.add_argument("name", metavar=reference, type=filled)
    diff.add_argument("other", metavar=f"{reference}|PROJECT", help="a template, else a project")
    diff.add_argument("--project", action="store_true", help="the second is a project, whatever templates there are")
    _add_pins(actions)
    export = actions.add_parser("export", help="write a template as one file to give away")
    export.add_argument("name", metavar=reference, type=filled)
    export.add_argument(
        "file", metavar="FILE", nargs="?", type=filled, help="where to (NAME.toml here); - for the terminal"
    )
    export.add_argument("--force", action="store_true", help="replace the file if it exists")
    taken = actions.add_parser("import", help="keep a template that somebody gave you, after checking it")
    taken.add_argument("file", metavar="FILE", type=filled, help="the file; - reads what is piped in")
    taken.add_argument("--name", metavar="NAME", type=filled, help="the name to keep it under (its own)")
    taken.add_argument("--new-edition", action="store_true", help="where the name is taken: keep it as a new edition")
    taken.add_argument("--trust", action="store_true", help="keep it though it brings code, which its runs execute")


def _add_pins(actions: Any) -> None:
    for name, text in (
        ("status", "whether a newer edition of a project's template is there, and what it would change"),
        ("update", "take over what a newer edition changes; what the project has changed stays"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("project", metavar="PROJECT")
        for side, meaning in (
            ("theirs", "take the template's value of a setting or file that the project has changed too"),
            ("mine", "keep the project's value of one that it has not changed"),
        ):
            action.add_argument(
                f"--{side}", action="append", default=[], metavar="KEY",
                help=f"{meaning}; may be given several times; all means every one",
            )  # fmt: skip


def _diff(home: Home, options: Options) -> int:
    from engine.recipe.diff import differences

    (a, first), (b, second) = _sides(home, options)
    found = differences(first, second)
    if options.json:
        rows = [{"key": it.key, "a": it.a, "b": it.b} for it in found if it.key != "template"]
        print_json({"a": a, "b": b, "differences": rows})
        return 0
    found = [it for it in found if it.key != "template"]
    if not found:
        say(f"{a} and {b} say the same")
        return 0
    say_table([("", a, b), *((it.key, shown(it.a), shown(it.b)) for it in found)])
    return 0


def _sides(home: Home, options: Options) -> "list[tuple[str, Recipe]]":
    """Both, with their names: the second is a template, else a project; of a template with itself, its project."""
    from engine import recipe_file
    from engine.project import find_project
    from engine.templates import find_template

    def of_template(reference: str) -> "tuple[str, Recipe]":
        template = find_template(home, reference)
        return template.reference, recipe_file.parse(template.parts()[0], str(template.path))

    first = of_template(options.name)
    if not options.project:
        try:
            second = of_template(options.other)
            if second[0] != first[0] or "@" in options.other:
                return [first, second]
        except UserError:
            if "@" in options.other:
                raise
    project = find_project(home, options.other)
    return [first, (project.name, project.recipe())]


def _status(home: Home, options: Options) -> int:
    from engine.project import find_project
    from engine.templates.pins import changes, pin_of

    project = find_project(home, options.project)
    pin = pin_of(home, project)
    chosen = {"theirs": options.theirs, "mine": options.mine}
    follows = pin is not None and (pin.behind or pin.rewritten)
    update = changes(home, project, pin.newest, **chosen) if pin and follows else None
    if options.json:
        newest = pin.newest.reference if pin and pin.newest else None
        print_json(
            {
                "project": project.name, "template": pin.reference if pin else None, "newest": newest,
                "behind": bool(pin and pin.behind), "rewritten": bool(pin and pin.rewritten),
            } | _as_json(update)
        )  # fmt: skip
        return 0
    say(pin_words(project.name, pin))
    if update is not None:
        _say_changes(update, "would follow", "stays yours")
        say(f"  `ttune templates update {project.name}` takes it over")
    return 0


def _update(home: Home, options: Options) -> int:
    from engine.project import find_project
    from engine.templates.pins import pin_of, update_project

    project = find_project(home, options.project)
    before = pin_of(home, project)
    update = update_project(home, project, theirs=options.theirs, mine=options.mine)
    if options.json:
        rewritten = bool(before and before.rewritten)
        print_json(
            {"project": project.name, "template": update.to.reference, "rewritten": rewritten} | _as_json(update)
        )
        return 0
    if before and not (before.behind or before.rewritten):
        say(pin_words(project.name, before))
        return 0
    if before and before.rewritten:
        say(pin_words(project.name, before))
    say(f"{project.name} is now of {update.to.reference}{' as it is here' if before and not before.behind else ''}")
    _say_changes(update, "follows", "stays yours")
    return 0


def _export(home: Home, options: Options) -> int:
    from engine.project import expanded
    from engine.templates import find_template
    from engine.templates.sharing import export_template, shareable

    template = find_template(home, options.name)
    if options.file == "-":
        text = shareable(template)
        sys.stdout.write(visible(text, lines=True) if sys.stdout.isatty() else text)
        sys.stdout.flush()
        return 0
    path = expanded(options.file or f"{template.name}.toml").absolute()
    export_template(template, path, replace=options.force)
    if options.json:
        print_json({"name": template.name, "edition": template.edition, "path": str(path)})
    else:
        for line in exported_lines(template, path):
            say(line)
    return 0


def _import(home: Home, options: Options) -> int:
    from engine.project import expanded
    from engine.templates.sharing import check_shared, find_same, keep_shared, read_shared, shared_text

    piped = options.file == "-"
    path = expanded(options.file).absolute()
    text = shared_text(sys.stdin.buffer, _PIPED) if piped else read_shared(path)
    shared = check_shared(text, _PIPED if piped else str(path))
    name = options.name or shared.name or ("" if piped else path.stem.partition("@")[0])
    if not name:
        raise UsageError("ttune templates import: it does not say its name: add --name NAME")
    there = find_same(home, name, shared)
    if there is None:
        _allow(shared, options, ask=not piped)
    template = keep_shared(home, shared, name, new_edition=options.new_edition)
    if options.json:
        print_json(
            {
                "name": template.name, "edition": template.edition, "path": str(template.path),
                "kept": there is None, "code": sorted(shared.code), "services": list(shared.services),
            }
        )  # fmt: skip
        return 0
    for line in kept_lines(template, shared, new=there is None):
        say(line)
    return 0


def _allow(shared: "Shared", options: Options, *, ask: bool) -> None:
    """Have code allowed by somebody who knows of it. Raises UserError where it is not."""
    if not shared.code or options.trust:
        return
    told = code_words(shared)
    if ask and not options.json and sys.stdin.isatty():
        complain(told)
        for name in shared.code:
            complain(shared.files[name])
        print("Keep it? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            return
        raise UserError(f"{options.file}: not kept")
    raise UserError(f"{options.file}: {told}: read it, then add --trust")


def _say_changes(update: "Update", taken: str, kept: str) -> None:
    rows = change_rows(update, taken, kept)
    if not rows:
        say("  nothing in it differs from yours")
        return
    say_table(("  " + row[0], *row[1:]) for row in [("", "was", "yours", "theirs", ""), *rows])
    if any(change.both for change in update.conflicts):
        say("  both have changed what stays yours: --theirs KEY takes the template's, --theirs all each of them")


def _as_json(update: "Update | None") -> dict[str, Any]:
    def rows(found: "Iterable[Change]") -> list[dict[str, Any]]:
        return [{"key": it.key, "before": it.before, "yours": it.yours, "theirs": it.theirs} for it in found]

    return {"taken": rows(update.taken) if update else [], "conflicts": rows(update.conflicts) if update else []}


ACTIONS = {"diff": _diff, "status": _status, "update": _update, "export": _export, "import": _import}
