"""Figures of all rows: tokens, turns, labels, drawn as bars. Counted in a worker thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from tui.audit_words import audit_lines
from tui.visible import visible
from tui.widgets.inked import InkedLine, wrap
from tui.widgets.painted import fit

if TYPE_CHECKING:
    from engine.data.browse.histogram import Histogram
    from engine.protocol import AuditDone
    from tui.panes.data.shown import ShownRows

_BARS = 12
_LABELS = 20
_ALL_LABELS = 100_000
"""More than are told apart."""
_BETWEEN_WORDS = " _-/.:"
"""What stands between the words of a label."""
_NAME_ROOM = 10


@dataclass(frozen=True)
class Figures:
    """Bars by title: (name, count) each."""

    charts: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    audit: tuple[tuple[str, str], ...] = ()
    """What the audit counted: names and words."""

    def lines(self, width: int) -> list[InkedLine]:
        """All charts, one below the other."""
        made: list[InkedLine] = []
        for name, words in self.audit:
            lines = wrap(visible(words), [""] * len(visible(words)), max(8, width - _NAME_ROOM))
            made += [[((name if not at else "").ljust(_NAME_ROOM), "dim"), *line] for at, line in enumerate(lines)]
        made += [[]] if made else []
        for title, bars in self.charts:
            made += [*wrap(title, ["bold"] * len(title), width), *bar_lines(bars, width), []]
        return made or [[("nothing to count yet", "dim")]]


def bar_lines(bars: tuple[tuple[str, int], ...], width: int) -> list[InkedLine]:
    """A line each: names have the room they need, up to half of it; the longest bar has the rest."""
    names = _apart([visible(name) for name, _ in bars], max(1, width // 2))
    name_room = max(map(cell_len, names), default=1)
    most = max((count for _, count in bars), default=0) or 1
    room = max(4, width - name_room - len(f"{most:,}") - 3)
    return [
        [
            (fit(name, name_room, right=True), "dim"),
            (" " + _bar(count / most, room), "accent"),
            (f" {count:,}", ""),
        ]
        for name, (_, count) in zip(names, bars, strict=True)
    ]


def _apart(names: list[str], width: int) -> list[str]:
    """Names in at most `width` cells; those that would be the same when cut at a word's end are cut where they must."""
    cut = [shortened(name, width) for name in names]
    return [fit(name, width) if cut.count(short) > 1 else short for name, short in zip(names, cut, strict=True)]


def shortened(text: str, width: int) -> str:
    """A name in at most `width` cells, with an ellipsis at the end of a word where one ends in its second half."""
    if cell_len(text) <= width:
        return text
    kept = set_cell_size(text, max(0, width - 1))
    ends = [place for place in range(len(kept) // 2, len(kept)) if text[place] in _BETWEEN_WORDS]
    return kept[: ends[-1] if ends else len(kept)].rstrip() + "…" * (width > 0)


def _bar(share: float, room: int) -> str:
    """A bar in eighths of a cell, which a count above none always shows."""
    eighths = round(share * room * 8)
    whole, rest = divmod(max(eighths, int(share > 0)), 8)
    return "█" * whole + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[rest]


def figures_of(rows: "ShownRows", totals: "AuditDone | None", cancelled: Callable[[], bool]) -> Figures | None:
    """Count; None when given up. `totals`: of the audit, where it has been made."""
    from engine.data.browse.histogram import tokens_histogram, turns_histogram
    from engine.data.browse.labels import label_counts
    from engine.errors import Cancelled, UserError
    from tui.panes.data.listing import known_of

    charts: list[tuple[str, tuple[tuple[str, int], ...]]] = []
    try:
        known = known_of(rows)
        tokens = tokens_histogram(known, _BARS)
        if tokens is not None:
            charts.append((_titled("Tokens a row", tokens), _bars(tokens)))
        turns = turns_histogram(rows.records, rows.layout, known=known, bins=_BARS, cancelled=cancelled)
        if turns is not None and len(turns.counts) > 1:
            charts.append((_titled("Turns a row", turns), _bars(turns)))
        if rows.layout is not None:
            labels = label_counts(rows.records, rows.layout, _ALL_LABELS, cancelled)
            if labels:
                charts.append((_answers(len(labels)), tuple(labels[:_LABELS])))
    except Cancelled:
        return None
    except UserError as error:
        charts.append((str(error), ()))
    return Figures(tuple(charts), tuple(audit_lines(totals)) if totals is not None else ())


def _answers(count: int) -> str:
    return "Answers" if count <= _LABELS else f"Answers: the {_LABELS} most frequent of {count:,}"


def _titled(name: str, found: "Histogram") -> str:
    if found.p50 is None:
        return name
    return f"{name}: half have at most {found.p50:,.0f}, nine in ten {found.p90:,.0f}, the longest {found.max:,.0f}"


def _bars(found: "Histogram") -> tuple[tuple[str, int], ...]:
    return tuple(zip(found.names, found.counts, strict=True))
