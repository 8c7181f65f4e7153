"""What the Recipe pane says in words, and the file's text as lines."""

from tui.widgets.inked import InkedLine, wrap

HELP = """\
**What will happen?** Every setting of the next run. Each shows its reason, its default and what is advised; what
you change is written to `project.toml` at once, with your comments kept. A run keeps its own copy, so a recipe can be
changed while one is at work.

- `●` has another value than the default, `!` is outside what is advised, `✗` is wrong. A wrong value is kept here
  until it is mended, and never written.
- **enter** types a value, **space** takes the next choice, **←** and **→** step. **x** goes back to the default and
  **u** takes the last change back. **{** and **}** go from section to section.
- **/** filters the settings by any word of their names and help. **v** shows the file as it is, **e** opens it in
  `$EDITOR`; a change from outside is taken up.

**Steps**: an epoch is the training rows divided by `micro batch` × `accumulation`, which is what one step learns
from. `micro batch` decides the memory, their product the training.

**t** starts training. It goes on when the studio is closed.
"""


def toml_lines(text: str, fault: str, width: int) -> list[InkedLine]:
    """A file's lines, numbered, comments dim; what is wrong with it above them."""
    lines: list[InkedLine] = []
    if fault:
        lines += [*wrap(f"✗ {fault}", ["error"] * (len(fault) + 2), width - 1), [], *_mend(width), []]
    source = text.splitlines()
    digits = len(str(len(source)))
    for number, line in enumerate(source, start=1):
        inks = _inks(line)
        for place, wrapped in enumerate(wrap(line, inks, width - digits - 3)):
            lines.append([((str(number) if not place else "").rjust(digits + 1) + " ", "dim"), *wrapped])
    return lines


def _mend(width: int) -> list[InkedLine]:
    words = "Mend it with e, which opens the file in your editor; the form comes back by itself."
    return wrap(words, [""] * len(words), width - 1)


def _inks(line: str) -> list[str]:
    """Comments dim, section names in the accent."""
    if line.lstrip().startswith("["):
        return ["accent"] * len(line)
    comment = line.find(" #") if not line.lstrip().startswith("#") else 0
    comment = len(line) if comment < 0 or line[:comment].count('"') % 2 else comment
    return [""] * comment + ["dim"] * (len(line) - comment)
