"""`ttune import FILE.yaml NAME`: a project of another tool's configuration, with what became of every key."""

from typing import TYPE_CHECKING

from engine.home import open_home
from tui.cli.parser import Options, Parser, add_settings
from tui.cli.printing import hanging, print_json, say
from tui.figures import plural

if TYPE_CHECKING:
    from engine.bridges.importing import Imported
    from engine.bridges.tool import Reading


def add_arguments(parser: Parser) -> None:
    """The file, the project's name, and what the file does not say itself."""
    parser.add_argument("file", metavar="FILE", help="a YAML of Axolotl, LLaMA-Factory or trl's command line")
    parser.add_argument("name", metavar="NAME", help="the project's: letters, digits, '.', '_' and '-'")
    parser.add_argument(
        "--from", dest="tool", metavar="TOOL", default="", help="axolotl, llama-factory or trl; else told by the keys"
    )
    parser.add_argument(
        "--method", default="", metavar="METHOD", help="which of trl's commands the file is for: sft, dpo, kto, grpo"
    )
    add_settings(parser)


def run(options: Options) -> int:
    """Make the project; say what was carried, and name every key that was not."""
    from engine.bridges import import_recipe, start_imported
    from engine.bridges.importing import document
    from engine.project import expanded
    from engine.recipe_file import parse_settings

    imported = import_recipe(expanded(options.file).absolute(), options.tool, options.method)
    settings = parse_settings(options.settings)
    project = start_imported(open_home(), options.name, imported, options.file, settings)
    if options.json:
        print_json({"project": project.name, "path": str(project.path), **document(imported)})
        return 0
    say(f"{project.name} made of {options.file} ({imported.tool}): {project.path}")
    for head, text in fates(imported):
        say(hanging(f"  {head}", text))
    say(f"  `ttune {project.name}` opens it; {project.recipe_path.name} says the same in comments")
    return 0


def fates(imported: "Imported") -> list[tuple[str, str]]:
    """What became of the keys, as head and text of a line: the carried ones counted, every other one named."""
    from engine.bridges.toml_text import written

    carried, same = len(imported.mapped), len(imported.same)
    changing = "changes" if same == 1 else "change"
    lines = [("", f"{plural(carried, 'key')} carried, {plural(same, 'key')} that {changing} nothing here")]
    if imported.defaults:
        settings = [pair for it in imported.defaults for pair in it.outcome.settings.items()]
        said = ", ".join(f"{key} = {written(value)}" for key, value in settings)
        lines.append((f"{imported.tool}'s own defaults: ", said))
    for title, found in (("no equivalent", imported.without), ("unknown key", imported.unknown)):
        lines += [(f"{title}: ", _described(it)) for it in found]
    return lines + [("note: ", note) for note in imported.notes]


def _described(reading: "Reading") -> str:
    from engine.bridges.importing import describe

    return describe(reading)
