"""A forecast in lines: memory by part, steps, tokens, time and money, as they were and as they are now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from engine.recipe import Recipe
from tui.figures import UNKNOWN, duration, plural, short, size
from tui.forecast_words import about_words, part_words, unit_words
from tui.panes.recipe.help_panel import wrapped
from tui.visible import visible
from tui.widgets.painted import Ink, Line, cells, fit, sides

if TYPE_CHECKING:
    from engine.forecast import Forecast
    from engine.situation import Situation

_NAMES = 8
_PATTERNS = "█▓▒░▞▄▚▀"
"""Parts of a bar are told apart by these, not by colours."""
_VERDICTS: dict[str, tuple[str, Ink]] = {
    "fits": ("✓ fits", "good"), "tight": ("! tight", "warn"), "will not fit": ("✗ will not fit", "error"),
    "unknown": ("? unknown", "dim"),
}  # fmt: skip
_SHOWN_MENDS = 3
_BEFORE = "before its problems"


@dataclass(frozen=True, slots=True)
class _Figure:
    line: Line
    words: str = ""
    """Where it comes from."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is known of a recipe before it runs."""

    recipe: Recipe
    situation: "Situation"
    forecast: "Forecast"

    @property
    def tiny(self) -> bool:
        """Whether the base is far smaller than what advice is for."""
        from engine.advice.case import Case

        return Case(self.recipe, self.situation, self.forecast).tiny


def forecast_lines(now: Foreseen, was: "Forecast | None", width: int, *, old: bool = False) -> list[Line]:
    """All of it. `was`: the forecast before the change that is being made; None without one.

    `old`: the recipe has problems since; it is said, and all is dimmed.
    """
    forecast = now.forecast
    where = " · ".join(part for part in (forecast.backend, visible(forecast.gpu) or "CPU") if part)
    where, was = (f"of the recipe {_BEFORE}", None) if old else (where, was)
    title: Line = [(" Forecast", "bold"), (f"  {where}", "dim")]
    lines = [sides(title, [("was → now", "dim")], width - 2) if was is not None else title]
    lines += _memory(now, was, width)
    for name, figure in _figures(now, was):
        lines += _with_words(name, figure, width)
    lines += _ends(forecast, width)
    return [_cut(_dimmed(line) if old else line, width) for line in lines]


def gist(now: Foreseen, was: "Forecast | None", *, old: bool = False) -> list[Line]:
    """The same on one line, in parts, the ones that matter most first."""
    if old:
        return [[(f"forecast {_BEFORE}", "dim")], *map(_dimmed, gist(now, None))]
    if was is not None:
        return list(_turned(now, was))
    forecast = now.forecast
    parts: list[Line] = []
    if _peak(forecast) is not None or forecast.verdict != "unknown":
        parts.append(_verdict(now, was, terse=True))
    figures = dict(_figures(now, was))
    parts += [figures[name].line for name in ("steps", "time", "money", "tokens") if name in figures]
    return parts


def _turned(now: Foreseen, was: "Forecast") -> Iterator[Line]:
    """What a change does, each figure as short as can be: time and money are what one looks for."""
    forecast = now.forecast
    words, ink = _VERDICTS[forecast.verdict]
    peak, before = _peak(forecast), _peak(was)
    if peak is not None:
        verdict = words if was.verdict != forecast.verdict else words[0]
        yield [(f"{verdict} ", ink), *_changed(size(before) if before is not None else "", size(peak))]
    if forecast.rows is None:
        yield dict(_figures(now, was))["steps"].line
    if forecast.steps is not None:
        then = f"{was.steps:,}" if was.steps is not None and was.steps != forecast.steps else ""
        yield _changed(then, plural(forecast.steps, "step"))
    if (time := forecast.seconds) is not None:
        yield _changed(duration(was.seconds.mid_s) if was.seconds is not None else "", duration(time.mid_s))
    if (cost := forecast.cost) is not None:
        yield _changed(f"${was.cost.mid:,.2f}" if was.cost is not None else "", f"${cost.mid:,.2f}")
    if forecast.tokens is not None:
        then = short(was.tokens) if was.tokens is not None else ""
        yield [*_changed(then, short(forecast.tokens)), (" tokens", "dim")]


def _with_words(name: str, figure: "_Figure", width: int) -> Iterator[Line]:
    """A figure, and what there is to say of it: behind it where that fits, else below."""
    line = _named(name, figure.line)
    if not figure.words:
        yield line
    elif cells(line) + 2 + len(figure.words) < width:
        yield [*line, ("  ", ""), (visible(figure.words), "dim")]
    else:
        yield line
        yield from (_below(below) for below in wrapped(figure.words, width - _NAMES - 2, "dim"))


def _memory(now: Foreseen, was: "Forecast | None", width: int) -> Iterator[Line]:
    forecast = now.forecast
    yield _named("memory", _verdict(now, was))
    room = width - _NAMES - 2
    if _peak(forecast):
        yield _below(_bar(now, room))
        yield from (_below(line) for line in _legend(now, room))
    if forecast.verdict != "fits" and forecast.reason:
        yield from (_below(line) for line in wrapped(forecast.reason, room, "dim"))


def _peak(forecast: "Forecast") -> int | None:
    """Peak memory: of the GPU, or of the host where there is none."""
    return forecast.vram_bytes if forecast.gpu else forecast.host_bytes


def _space(now: Foreseen) -> tuple[int | None, int | None]:
    """Memory that there is in all, and that is free: of the GPU, or of the host where there is none."""
    forecast = now.forecast
    if forecast.gpu:
        return forecast.gpu_total_bytes, forecast.gpu_free_bytes
    return now.situation.host_free_bytes, now.situation.host_free_bytes


def _verdict(now: Foreseen, was: "Forecast | None", *, terse: bool = False) -> Line:
    forecast, (_, free) = now.forecast, _space(now)
    words, ink = _VERDICTS[forecast.verdict]
    line: Line = [(words, ink)]
    peak = _peak(forecast)
    if peak is not None:
        before = _peak(was) if was is not None else None
        line += [("  ", ""), *_changed(size(before) if before is not None else "", size(peak))]
        if terse:
            return line
        if not forecast.gpu:
            line.append((" of host memory", ""))
        elif forecast.gpu_total_bytes is not None:
            line.append((f" of {size(forecast.gpu_total_bytes)}", ""))
        if free is not None:
            line.append((f", {size(free)} free", "dim"))
    return line


def _bar(now: Foreseen, room: int) -> Line:
    """Memory by part, what others use, and what is left."""
    forecast, (total, free) = now.forecast, _space(now)
    peak = _peak(forecast) or 0
    whole = max(peak, total or peak) or 1
    used = (total or 0) - (free if free is not None else total or 0)
    ink: Ink = {"fits": "accent", "tight": "warn", "will not fit": "error"}.get(forecast.verdict, "accent")  # type: ignore[assignment]
    line: Line = []
    told, end = 0.0, 0
    for pattern, bytes_ in zip(cycle(_PATTERNS), forecast.parts.values(), strict=False):
        told += bytes_
        until = max(end, round(room * told / whole))
        line.append((pattern * (until - end), ink))
        end = until
    others = min(room - end, round(room * used / whole))
    return [*line, ("╱" * others, "dim"), ("·" * (room - end - others), "dim")]


def _legend(now: Foreseen, room: int) -> Iterator[Line]:
    forecast, (total, free) = now.forecast, _space(now)
    line: Line = []
    parts = zip(cycle(_PATTERNS), forecast.parts.items(), strict=False)
    on_gpu = bool(forecast.gpu)
    named = [
        f"{pattern} {part_words(name, on_gpu=on_gpu)} {size(bytes_)}" for pattern, (name, bytes_) in parts if bytes_
    ]
    if free is not None and total and total - free > total // 100:
        named.append(f"╱ others {size(total - free)}")
    for words in named:
        if line and cells(line) + 2 + len(words) > room:
            yield line
            line = []
        line = [*line, ("  " if line else "", ""), (words, "dim")]
    if line:
        yield line


def _figures(now: Foreseen, was: "Forecast | None") -> Iterator[tuple[str, _Figure]]:
    forecast, training = now.forecast, now.recipe.training
    if forecast.rows is None:
        unknown: Line = [(UNKNOWN, "dim")]
        if forecast.rows_problem:
            unknown = [(f"unknown: {visible(forecast.rows_problem)}", "warn")]
        yield "steps", _Figure(unknown)
    else:
        gpus = now.recipe.hardware.gpus
        factors = [training.micro_batch, training.accumulation, *([gpus] if gpus > 1 else [])]
        effective = training.micro_batch * training.accumulation * gpus
        each = f", {plural(effective, unit_words(now.recipe))} each"
        by = f" ({' × '.join(map(str, factors))})" if effective != training.micro_batch else ""
        before = plural(was.steps, "step") if was is not None and was.steps is not None else ""
        yield "steps", _Figure([*_changed(before, plural(forecast.rows.steps, "step")), (each, ""), (by, "dim")])
        yield "rows", _Figure(_rows(now))
        yield "tokens", _Figure(_tokens(now, was))
    yield from _time_and_money(now, was)


def _rows(now: Foreseen) -> Line:
    data, rows = now.situation.data, now.forecast.rows
    assert rows is not None
    packed = f", packed into {rows.rows:,}" if now.recipe.training.packing and rows.rows != data.train else ""
    return [(f"{data.train:,} train{packed} / {data.validation:,} val / {data.held_out:,} held", "")]


def _tokens(now: Foreseen, was: "Forecast | None") -> Line:
    rows = now.forecast.rows
    assert rows is not None
    before = short(was.tokens) if was is not None and was.tokens is not None else ""
    about = about_words(now.recipe, exact=rows.exact)
    line: Line = [(about, "dim"), *_changed(before, short(rows.tokens)), (" tokens, ", "dim")]
    was_padding = f"{was.padding:.0%}" if was is not None and was.padding is not None else ""
    return [*line, *_changed(was_padding, f"{rows.padding:.0%}"), (" padding", "dim")]


def _time_and_money(now: Foreseen, was: "Forecast | None") -> Iterator[tuple[str, _Figure]]:
    forecast = now.forecast
    if (time := forecast.seconds) is not None:
        before = duration(was.seconds.mid_s) if was is not None and was.seconds is not None else ""
        spread = f" ({duration(time.low_s)} – {duration(time.high_s)})"
        yield "time", _Figure([*_changed(before, duration(time.mid_s)), (spread, "dim")], time.words)
    if (cost := forecast.cost) is not None:
        before = f"${was.cost.mid:,.2f}" if was is not None and was.cost is not None else ""
        limit = now.recipe.budget.limit
        budget = f" of ${limit:,.2f}" if limit is not None else ""
        yield "money", _Figure([*_changed(before, f"${cost.mid:,.2f}"), (budget, "")], cost.words)


def _ends(forecast: "Forecast", width: int) -> Iterator[Line]:
    """What is over the budget, what would make it fit, and what the figures take for granted."""
    for words in forecast.over_budget:
        yield from ([(" ", ""), *line] for line in wrapped(f"✗ {words}", width - 2, "error"))
    for place, mend in enumerate(forecast.mends[:_SHOWN_MENDS]):
        words = f"{size(mend.vram_bytes)}, {mend.verdict}: {mend.words}"
        for below, line in enumerate(wrapped(words, width - _NAMES - 2)):
            yield [((" m" if not place and not below else "").ljust(_NAMES + 1), "key"), *line]
    for note in forecast.notes:
        yield from (_below(line) for line in wrapped(note, width - _NAMES - 2, "dim"))


def _dimmed(line: Line) -> Line:
    return [(text, "dim") for text, _ in line]


def _below(line: Line) -> Line:
    return [(" " * (_NAMES + 1), ""), *line]


def _changed(before: str, now: str) -> Line:
    if not before or before == now:
        return [(now, "bold")]
    return [(before, "dim"), (" → ", "dim"), (now, "bold")]


def _named(name: str, line: Line) -> Line:
    return [(f" {name:<{_NAMES}}", "dim"), *line]


def _cut(line: Sequence[tuple[str, Ink]], width: int) -> Line:
    """A line that ends with an ellipsis where it is too long."""
    made: Line = []
    left = width - 1
    for text, ink in line:
        if left <= 0:
            break
        room = min(cells([(text, ink)]), left)
        made.append((fit(text, room), ink))
        left -= room
    return made
