"""What the Data pane says in words: while it reads, when it cannot, and in its help."""

from typing import TYPE_CHECKING

from tui.visible import visible
from tui.widgets.inked import wrap
from tui.widgets.painted import Line, Painted

if TYPE_CHECKING:
    from engine.project import Project

HELP = """\
**Can I trust this data?** Every row that training can use is in the list, and the chosen one is shown as the
model will see it.

- **chat**: the row as the base model's own chat template renders it, with its special tokens. What carries loss
  is underlined, in the colour of the tuned model, on lines marked `▌`: the answer and the token that ends it.
  Everything else is only read. If the answer is not marked, nothing would be learned from the row.
- **tokens**: the same, token by token, a bar between two. `⏎` is a line feed, `·` a space at a token's edge.
- **raw**: the row as it is in the file.

Tokens are counted by a job of its own with the real tokenizer, once for each state of the file, the base model
and `training.max_length`; training uses the same code. `✗` marks rows with nothing to learn (the template refuses
them, or the whole answer is cut off), `!` rows that are longer than `training.max_length` and lose their end.

**split**: `train` is learned from, `val` (validation) is measured during training to keep the best checkpoint, and
`held` (held out) only by the comparison of base and tuned. Rows with the same prompt are always on the same side;
where a held-out file asks what training asks too, its rows are counted in red, because they measure memory.

**only** (`f`) lists the rows that fit a line such as `label=billing tokens>512 split:train`; Tab completes names and
values, `!` before a term turns it round, and `labels.0.slot` is a field of a list's first item. **check** (`c`) says
what is wrong with which rows: enter lists them, `v` shows all of a finding.

Lines that cannot be read, and rows that are no conversation, are left out; `b` lists them with the reason.
"""


class Words(Painted, can_focus=True):
    """A few lines in the place of the rows; it has the focus there, so that the pane's keys work."""

    DEFAULT_CSS = "Words { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._paragraphs: list[Line] = []

    def say(self, paragraphs: list[Line]) -> None:
        """Show other lines; long ones are wrapped."""
        self._paragraphs = paragraphs
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """The lines, wrapped."""
        lines = [wrapped for line in self._paragraphs for wrapped in _wrapped(line, width - 4)]
        return [[], *([("  ", ""), *line] for line in lines)]


def loading_words(project: "Project", progress: str = "") -> list[Line]:
    """While the file is read."""
    return [
        [(f"Reading the data of {visible(project.name)} …", "dim"), (f" {progress}" if progress else "", "")],
        [],
        [("A million rows take about 5 s to read and 10 s to sort, once.", "dim")],
    ]


def problem_words(problems: list[str]) -> list[Line]:
    """Why there are no rows, and what to do."""
    lines: list[Line] = [[("✗ There are no rows to show", "error")], []]
    lines += [[(visible(problem), "")] for problem in problems]
    mend: Line = [("Mend it in the recipe or the file, then ", "dim"), ("r", "key"), (" reads it again; ", "dim")]
    mend += [("M", "key"), (" maps fields by hand; ", "dim"), ("u", "key"), (" takes the last change back.", "dim")]
    return [*lines, [], mend]


def _wrapped(line: Line, width: int) -> list[Line]:
    text = "".join(words for words, _ in line)
    inks = [ink for words, ink in line for _ in words]
    return wrap(text, inks, width)  # type: ignore[return-value]
