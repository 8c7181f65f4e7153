"""What the Recipe pane says in words, and the file's text as lines."""

import re
from collections.abc import Sequence

from tui.widgets.inked import InkedLine, wrap

HELP = """\
**What will happen, and what will it cost?** Every setting of the next run, with its reason, its default and what is
advised. What you change is written to `project.toml` at once, your comments kept. A run keeps its own copy, so a
recipe can be changed while one is at work.

- `●` is another value than the template's, or than the default where there is no template; `○` is the template's, but
  not the default. `!` is a warning, `✗` is wrong or in the way. A wrong value is kept here until it is mended, also
  when the studio ends, and never written.
- **enter** types a value (**tab** completes), **space** takes the next choice or picks items of a list, **←** and
  **→** step. **x** goes back to the default, **X** to the template's value; **u** takes a change back, **U** makes it
  again. **{** and **}** go from group to group.
- Settings without effect, such as those of another method, are folded away: **a** shows all. **/** searches names,
  help, units and values, folded settings too.
- **d** compares with the template, a run or the defaults, setting by setting, and takes theirs where you like.
- **enter** on rewards lists them; there **s** tries one on the solutions of a few rows, or on an answer of yours.
- **T**, where the template has a newer edition, shows what that changes: theirs or mine for each, then enter.
- **E** writes a `train.py` that needs no ttune, or Axolotl's YAML, and first lists what has no equivalent there.
- **v** shows the file as it is, **e** opens it in `$EDITOR`; a change from outside is taken up.

**Forecast**: memory by part on the GPU that would be used, steps and tokens as the trainer will count them, time as
runs of this machine took, money at this machine's price. While a value is typed it says what it was and what it would
be. **m** offers the smallest changes that make it fit, with the same effective batch.

**Advice** says why, with the figure it rests on. **f** does what it advises; **w** accepts a warning with a reason,
which is kept with each run. **o** goes to the list of all advice, or turns to the next panel where there is little
room. What is in the way (`✗`) stops **t**.

**R** asks whether fine-tuning is the right thing to do at all, and fills in what was measured.

**t** starts training. It goes on when the studio is closed.
"""


def toml_lines(
    text: str, fault: str, width: int, notes: Sequence[str] = (), marked: int | None = None
) -> list[InkedLine]:
    """A file's lines, numbered, comments dim; what will be renamed above them.

    `marked`: a line, from 0, that is pointed at; `fault`: what is wrong with it, said below it, else above all.
    """
    lines: list[InkedLine] = []
    told = [*_plain(f"✗ {fault}", "error", width), *_plain(_MEND, "", width)] if fault else []
    if marked is None and told:
        lines += [*told, []]
    if notes:
        lines += _plain("The next change rewrites what is said in the way of an older version:", "warn", width)
        lines += [line for note in notes for line in _plain(f"  {note}", "", width)] + [[]]
    source = text.splitlines()
    digits = len(str(len(source)))
    for number, line in enumerate(source):
        for place, wrapped in enumerate(wrap(line, _inks(line), width - digits - 3)):
            sign = "▸" if number == marked and not place else " "
            shown = (str(number + 1) if not place else "").rjust(digits)
            lines.append([(sign, "key"), (f"{shown} ", "key" if sign == "▸" else "dim"), *wrapped])
        if number == marked:
            lines += [[(" " * (digits + 2), ""), *line] for line in told]
    return lines


def fault_line(fault: str, text: str) -> int | None:
    """The line, from 0, that a mistake in TOML is said to be in; None where it names none."""
    if found := _LINE.search(fault):
        return int(found[1]) - 1
    return max(0, len(text.splitlines()) - 1) if "end of document" in fault else None


def marked_place(lines: Sequence[InkedLine]) -> int | None:
    """Where the line is that is pointed at."""
    return next((place for place, line in enumerate(lines) if line and line[0][0] == "▸"), None)


_LINE = re.compile(r"\bline (\d+)")
_MEND = "Mend it with e, which opens the file in your editor; the form comes back by itself."


def _plain(words: str, ink: str, width: int) -> list[InkedLine]:
    return wrap(words, [ink] * len(words), width - 6)


def _inks(line: str) -> list[str]:
    """Comments dim, section names in the accent."""
    if line.lstrip().startswith("["):
        return ["accent"] * len(line)
    comment = line.find(" #") if not line.lstrip().startswith("#") else 0
    comment = len(line) if comment < 0 or line[:comment].count('"') % 2 else comment
    return [""] * comment + ["dim"] * (len(line) - comment)
