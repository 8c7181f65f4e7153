"""`ttune themes`: colour themes of the studio."""

from engine.home import open_home
from tui.cli.parser import Options, Parser
from tui.cli.printing import complain, print_json, say, say_table


def add_arguments(parser: Parser) -> None:
    """Takes nothing."""


def run(options: Options) -> int:
    """List those that can be chosen; a file with mistakes is named on stderr with each of them."""
    from themes import ROOT, read_themes, theme_paths

    home = open_home()
    themes, problems = read_themes(home.themes)
    paths = theme_paths(home.themes)
    if options.json:
        listed = [
            {"name": each.name, "label": each.label, "dark": each.theme.dark, "path": str(paths[each.name])}
            for each in themes
        ]
        print_json(listed)
    else:
        say_table(
            (each.name, each.label, "dark" if each.theme.dark else "light",
             "comes with ttune" if paths[each.name].parent == ROOT else "yours")
            for each in themes
        )  # fmt: skip
        say(f"\nyour own go to {home.themes}, one .toml file each")
    for problem in problems:
        complain(problem)
    return 1 if problems else 0
