"""What is known about the data, on the two lines above the rows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.audit_words import trained_words
from tui.figures import plural, size
from tui.panes.data.shown import ShownRows
from tui.visible import visible
from tui.widgets.painted import Line, Painted, fitting

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.job import JobView
    from engine.protocol import AuditDone

_ROOM = 100
_FORMATS = {
    "prompt_completion": "prompt/completion", "prompt_answer": "prompt + answer", "unpaired": "unpaired preference",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is known about tokens: the totals, or what is in the way, or how far the counting is."""

    totals: "AuditDone | None" = None
    max_length: int = 0
    problem: str = ""
    progress: str = "looking for counted tokens"


class Facts(Painted):
    """Two lines: what the rows are, and what they are as tokens."""

    DEFAULT_CSS = "Facts { height: 2; }"

    def __init__(self) -> None:
        super().__init__(id="data-facts")
        self._rows: ShownRows | None = None
        self._tokens = TokenFacts()

    def show(self, rows: ShownRows | None, tokens: TokenFacts) -> None:
        """Show other facts."""
        self._rows = rows
        self._tokens = tokens
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """Rows, then tokens; what matters less is left out where there is no room."""
        if self._rows is None:
            return []
        first = stored_parts(self._rows) if self._rows.dataset is None else row_parts(self._rows.dataset, width)
        lines = [first, token_parts(self._tokens, wide=width >= _ROOM)]
        return [[(" ", ""), *fitting(parts, width - 2)] for parts in lines]


def stored_parts(rows: ShownRows) -> list[Line]:
    """Rows that are not sorted yet."""
    bad = rows.store.manifest.bad_rows
    faults: list[Line] = [[(f"✗ {plural(bad, 'bad line')}", "error")]] if bad else []
    return [[(plural(rows.count, "row"), "bold")], *faults, [(visible(rows.store.path.name), "dim")]]


def row_parts(dataset: "Dataset", width: int) -> list[Line]:
    """Rows, what is wrong, the sides of the split, the format, the file."""
    parts: list[Line] = [[(plural(dataset.records.count, "row"), "bold")]]
    if dataset.records is not dataset.source:
        parts.append([(f"of {dataset.source.count:,}, curated", "accent")])
    faults = [(dataset.source.manifest.bad_rows, "bad line"), (len(dataset.survey.unfit_rows), "unfit row")]
    told = ", ".join(plural(count, what) for count, what in faults if count)
    if told:
        parts.append([(f"✗ {told}", "error"), (" (", "dim"), ("b", "key"), (")", "dim")])
    if dataset.leaked:
        parts.append([(f"✗ {plural(dataset.leaked, 'held-out row')} also in training", "error")])
    parts.append([(split_words(dataset, width >= _ROOM), "")])
    parts.append([(format_words(dataset), "")])
    if dataset.layout.mixed:
        parts.append([(f"! mixed: {visible(dataset.layout.mixed)}", "warn")])
    parts.append([(visible(dataset.source.path.name), "dim")])
    return parts


def token_parts(facts: TokenFacts, *, wide: bool = True) -> list[Line]:
    """Tokens, or why there are none."""
    if facts.problem:
        return [
            [
                ("! no tokens", "warn"),
                (", ", "dim"),
                ("r", "key"),
                (" counts again: ", "dim"),
                (visible(facts.problem), ""),
            ]
        ]
    if facts.totals is None:
        return [[(f"counting tokens: {facts.progress}", "dim")]]
    totals = facts.totals
    if totals.rows and not totals.trained_tokens and totals.masked_rows + totals.failed_rows:
        return [[(f"✗ {totals.tokens:,} tokens, none of them trained", "error")], [("w", "key"), (" next", "dim")]]
    parts: list[Line] = [[(trained_words(totals), "")]]
    if totals.failed_rows:
        parts.append([(f"✗ {plural(totals.failed_rows, 'row')} the template refuses", "error")])
    if totals.masked_rows:
        rows = plural(totals.masked_rows, "row")
        parts.append([(f"✗ {rows} with nothing trained" if wide else f"✗ {totals.masked_rows:,} untrained", "error")])
    if totals.cut_rows:
        parts.append([(f"! {totals.cut_rows:,} cut" + (f" off at {facts.max_length:,}" if wide else ""), "warn")])
    if len(parts) > 1:
        parts.append([("w", "key"), (" goes to the next", "dim")])
    else:
        parts.append([("✓", "good"), (" every row renders, none is cut off", "dim")])
    return parts


def format_words(dataset: "Dataset") -> str:
    """The format, with the share of rows that fit it where that is not all."""
    layout = dataset.layout
    words = _FORMATS.get(layout.format, layout.format)
    if layout.format == "mapping":
        words = " → ".join(pattern for name, pattern in layout.mapping if pattern and name != "system")
        words = words[:60] + (" (guessed)" if layout.guessed else "")
    share = layout.fits / max(1, layout.rows)
    floor = int(1000 * share) / 10  # rounding up would call 99.99% all of them
    return visible(words) if layout.fits == layout.rows else f"{visible(words)} {floor:g}%"


def split_words(dataset: "Dataset", room: bool) -> str:
    """The sides of the split; with where the held-out rows are, where there is room for it."""
    split = dataset.split
    if not room:
        return f"{len(split.train):,} train / {len(split.validation):,} val / {len(dataset.held_out):,} held"
    of = f" in {visible(dataset.held_out_path.name)}" if dataset.held_out_path else ""
    return f"{len(split.train):,} train / {len(split.validation):,} validation / {len(dataset.held_out):,} held out{of}"


def progress_words(view: "JobView") -> str:
    """How far a job is, in a few words."""
    if view.silent_s is not None:
        return f"the engine has not been heard of for {view.silent_s:.0f} s"
    phase = view.state.phase
    if phase is None:
        return "starting"
    if phase.total and phase.unit == "bytes":
        return f"{phase.phase} {phase.done / phase.total:.0%} of {size(phase.total)}"
    if phase.total:
        return f"{phase.done / phase.total:.0%} of {phase.total:,.0f} rows"
    return f"{phase.phase} {phase.detail}".strip()
