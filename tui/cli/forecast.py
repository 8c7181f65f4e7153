"""`ttune forecast PROJECT`: what a recipe will cost in memory, time and money, before anything is spent."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.home import open_home
from tui.cli.parser import Options, Parser, add_settings
from tui.cli.printing import hanging, print_json, say
from tui.figures import UNKNOWN, duration, percent, size
from tui.forecast_words import about_words, part_words, unit_words

if TYPE_CHECKING:
    from engine.forecast import Duration, Forecast
    from engine.recipe import Recipe

_NAME_WIDTH = 12
_BAR_WIDTH = 28
_VERDICTS = {"fits": "✓ fits", "tight": "! tight", "will not fit": "✗ will not fit", "unknown": "? unknown"}


def add_arguments(parser: Parser) -> None:
    """The project, and changes to try."""
    parser.add_argument("project", metavar="PROJECT", help="a project's name or folder")
    add_settings(parser)


def run(options: Options) -> int:
    """Print the forecast; 1 when the run will not fit. The project's recipe stays as it is."""
    from engine.data.arrow_alone import arrow_alone
    from engine.forecast import forecast
    from engine.project import find_project
    from engine.recipe_file import parse_settings, read_text, with_settings
    from engine.situation import gather

    arrow_alone()
    project = find_project(open_home(), options.project)
    text, settings = read_text(project.recipe_path), parse_settings(options.settings)
    recipe = with_settings(text, settings, str(project.recipe_path))
    found = forecast(recipe, gather(project, recipe))
    if options.json:
        print_json(document(found))
    else:
        for line in describe(found, recipe):
            say(line)
    return int(found.verdict == "will not fit")


def document(found: "Forecast") -> dict[str, Any]:
    """The forecast for scripts; null is unknown."""
    rows, seconds, cost = found.rows, found.seconds, found.cost
    return {
        "vram_bytes": found.vram_bytes,
        "parts": dict(found.parts),
        "fits": None if found.verdict == "unknown" else found.verdict != "will not fit",
        "verdict": found.verdict,
        "reason": found.reason,
        "steps": found.steps,
        "tokens": found.tokens,
        "seconds": seconds.mid_s if seconds else None,
        "seconds_range": [seconds.low_s, seconds.high_s] if seconds else None,
        "seconds_source": seconds.source if seconds else None,
        "cost": cost.mid if cost else None,
        "cost_range": [cost.low, cost.high] if cost else None,
        "price_per_hour": cost.price_per_hour if cost else None,
        "exact": rows.exact if rows else None,
        "padded_tokens": rows.padded_tokens if rows else None,
        "padding": found.padding,
        "backend": found.backend,
        "gpu": found.gpu or None,
        "gpu_total_bytes": found.gpu_total_bytes,
        "gpu_free_bytes": found.gpu_free_bytes,
        "phase": found.phase or None,
        "host_bytes": found.host_bytes,
        "disk_bytes": found.disk_bytes,
        "over_budget": list(found.over_budget),
        "mends": [
            {"settings": dict(it.settings), "vram_bytes": it.vram_bytes, "verdict": it.verdict, "text": it.words}
            for it in found.mends
        ],
        "notes": [*found.notes, *([found.rows_problem] if found.rows_problem else [])],
    }  # fmt: skip


def describe(found: "Forecast", recipe: "Recipe") -> Iterator[str]:
    """The forecast in lines."""
    yield hanging(f"{_VERDICTS[found.verdict]}  ", found.reason)
    yield from _memory(found)
    yield ""
    yield from (_named(name, text) for name, text in _work(found, recipe))
    yield from (hanging("  ! ", line) for line in found.over_budget)
    yield from _mends(found)
    for note in found.notes:
        yield hanging("  note  ", note)


def _memory(found: "Forecast") -> Iterator[str]:
    total, on_gpu = sum(found.parts.values()), found.vram_bytes is not None
    if not total:
        return
    yield ""
    for name, part in found.parts.items():
        words = part_words(name, on_gpu=on_gpu)
        yield f"  {words:<{_NAME_WIDTH}}  {size(part):>6}  {_bar(part / total)}".rstrip()
    what = "peak" if on_gpu else "host memory"
    yield f"  {what:<{_NAME_WIDTH}}  {size(total):>6}  highest in {found.phase}"
    if on_gpu and found.host_bytes:
        yield f"  {'host memory':<{_NAME_WIDTH}}  {size(found.host_bytes):>6}  activations that are moved there"


def _bar(share: float) -> str:
    """A bar in eighths of a cell."""
    eighths = round(share * _BAR_WIDTH * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _work(found: "Forecast", recipe: "Recipe") -> Iterator[tuple[str, str]]:
    training, rows = recipe.training, found.rows
    if rows is None:
        yield "steps", f"{UNKNOWN}  {found.rows_problem}"
    else:
        about = about_words(recipe, exact=rows.exact)
        batch = f"{training.micro_batch} x {training.accumulation}"
        yield "steps", f"{rows.steps:,}  of {batch} {unit_words(recipe)}s"
        yield "tokens", f"{about}{rows.tokens:,}, and {percent(rows.padding).strip()} of what is computed is padding"
    yield "time", _time(found.seconds)
    yield "cost", _cost(found)
    yield "disk", f"{size(found.disk_bytes)} at the fullest"
    yield "backend", found.backend


def _time(seconds: "Duration | None") -> str:
    if seconds is None:
        return UNKNOWN
    spread = f"{duration(seconds.low_s)} to {duration(seconds.high_s)}"
    return f"{duration(seconds.mid_s)}  ({spread}), {seconds.words}"


def _cost(found: "Forecast") -> str:
    cost = found.cost
    if cost is None:
        return f"{UNKNOWN}  set budget.price_per_hour" if found.seconds else UNKNOWN
    return f"${cost.mid:,.2f}  (${cost.low:,.2f} to ${cost.high:,.2f}), {cost.words}"


def _mends(found: "Forecast") -> Iterator[str]:
    if not found.mends:
        return
    yield ""
    for mend in found.mends:
        words = " ".join(f"--set {key}={value}" for key, value in mend.settings.items())
        yield hanging("  mend  ", f"{size(mend.vram_bytes)}, {mend.verdict}: {words}  ({mend.words})")


def _named(name: str, text: str) -> str:
    return hanging(f"  {name:<{_NAME_WIDTH}}  ", text)
