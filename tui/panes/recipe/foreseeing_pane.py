"""Looks ahead while a recipe is edited: the situation is gathered by one worker, forecast and advice by another.

Only the newest wish is worked on: while a forecast is made, later ones replace each other, so typing is never held up.
With few rows a forecast takes less than a worker's start, and is made at once, so that it is in the field's own frame.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from engine.errors import UserError
from engine.project import Project
from engine.recipe import Recipe
from tui.panes.pane import Pane
from tui.panes.recipe.forecast_lines import Foreseen

if TYPE_CHECKING:
    from engine.advice import Advice, Measured
    from engine.forecast import Forecast
    from engine.situation import Situation


SEEN, AFTER_S = 8, 0.2
"""Situations that are kept, for a method that comes back; whether one is still so is looked at after this long."""
AT_ONCE_ROWS = 20_000
"""By the 18 ms that sorting 100,000 takes (91 packed) these take 4 (18); more are left to a worker."""
AGAIN_S, COUNTED_S = 2.0, 10.0
"""After this long it is looked again for rows that could not be read, and for lengths that are estimated."""


class SituationGathered(Message):
    """Model, data and machine were looked at, or `problem` says why not."""

    def __init__(
        self, wanted: Any, situation: "Situation | None", measured: "tuple[Measured, ...]", problem: str = "",
        blocked: Mapping[str, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """`blocked`: why training would not start, by the setting that it is about."""
        super().__init__()
        self.blocked = blocked
        self.wanted = wanted
        self.situation = situation
        self.measured = measured
        self.problem = problem


class ForecastMade(Message):
    """What a recipe will cost, and what there is to say against it."""

    def __init__(self, foreseen: Foreseen, advice: "tuple[Advice, ...]") -> None:
        super().__init__()
        self.foreseen = foreseen
        self.advice = advice


class ForeseeingPane(Pane):
    """A pane that knows what its recipe will cost."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.foreseen: Foreseen | None = None
        """The newest forecast, of the recipe as it is or as it is being typed."""
        self.advice: tuple[Advice, ...] | None = None
        """What there is to say; None while nobody has looked."""
        self.problem = ""
        """Why nothing can be foreseen."""
        self.measured: tuple[Measured, ...] = ()
        """What evaluations of the project found."""
        self.blocked: Mapping[str, str] = {}
        """Why training would not start, by the setting that it is about: a model or rows that are not there."""
        self._before: Forecast | None = None
        self._situation: Situation | None = None
        self._seen: deque[SituationGathered] = deque(maxlen=SEEN)
        self._gathered: Any = None
        self._wish: Recipe | None = None
        self._at_work: Recipe | None = None
        self._looked = 0.0

    def foreseen_changed(self) -> None:
        """Forecast or advice is another: show it."""

    @property
    def was(self) -> "Forecast | None":
        """The forecast before the change that is being made; None where none is."""
        now = self.foreseen
        if now is None or self._before is None or _figures(self._before) == _figures(now.forecast):
            return None
        return self._before

    def foresee(self, recipe: Recipe | None) -> bool:
        """Look ahead with a recipe that is being typed, or was written; None: it is none, and nothing can be said.

        Gives whether that was done at once, and is shown.
        """
        self._wish = recipe if recipe is not self._at_work else None
        if recipe is None:
            return False
        wanted = _gathered_for(recipe)
        if wanted != self._gathered and recipe is self._written():
            self._gathered, self._looked = wanted, monotonic()
            self._see(wanted, recipe)
        return self._go_on()

    def _see(self, wanted: Any, recipe: Recipe) -> None:
        """Gather the situation; one that was seen before stands until that is done, after the keys have calmed down."""
        seen = next((one for one in self._seen if one.wanted == wanted), None)
        if seen is None:
            self._gather(wanted, recipe)
            return
        self._situation, self.measured, self.blocked = seen.situation, seen.measured, seen.blocked
        self.set_timer(AFTER_S, lambda: self._gather(wanted, recipe) if wanted == self._gathered else None)

    def settle(self) -> None:
        """The change is made: from now on the forecast is compared with what it is now."""
        self._before = self.foreseen.forecast if self.foreseen is not None else None

    def gather_again(self) -> None:
        """Model, data or machine may be another."""
        self._gathered = None
        self.foresee(self._written())

    def look_again(self) -> None:
        """Gather again while rows are unknown, or estimated until an audit has counted them."""
        data = self._situation.data if self._situation is not None else None
        now = monotonic()
        hindered = bool(self.blocked) or (data is not None and bool(data.problem))
        wait = AGAIN_S if hindered else COUNTED_S
        if data is not None and (hindered or not data.exact) and now - self._looked >= wait:
            self.gather_again()

    def _written(self) -> Recipe | None:
        """The recipe as it is in the file."""
        raise NotImplementedError

    @work(thread=True, exclusive=True, group="situation")
    def _gather(self, wanted: Any, recipe: Recipe) -> None:
        from engine.advice import measured
        from engine.advice.looking import gather
        from engine.data.arrow_alone import arrow_alone
        from engine.start import input_problems

        worker = get_current_worker()
        arrow_alone()
        try:
            situation, blocked = gather(self.project, recipe), input_problems(recipe, self.project)
            message = SituationGathered(wanted, situation, measured(self.project), blocked=blocked)
        except (UserError, OSError) as error:
            message = SituationGathered(wanted, None, (), str(error).splitlines()[0])
        if not worker.is_cancelled:
            self.post_message(message)

    @on(SituationGathered)
    def _take_situation(self, message: SituationGathered) -> None:
        message.stop()
        if message.wanted != self._gathered:
            return
        self.problem = message.problem
        if message.situation is None:
            self.foreseen_changed()
            return
        self._situation, self.measured, self.blocked = message.situation, message.measured, message.blocked
        self._seen = deque((one for one in self._seen if one.wanted != message.wanted), SEEN)
        self._seen.append(message)
        self._wish = self._wish or (self.foreseen.recipe if self.foreseen is not None else self._written())
        self._go_on()

    def _go_on(self) -> bool:
        """Work on the newest wish, when nothing is being worked on; whether it is shown already."""
        recipe, situation = self._wish, self._situation
        if recipe is None or situation is None or self._at_work is not None:
            return False
        self._wish, now = None, self.foreseen
        if now is not None and now.situation is situation and now.recipe == recipe:
            return False
        if (
            now is not None and situation.data.train <= AT_ONCE_ROWS
        ):  # the first forecast loads code, which takes longer
            self._take(*_look_ahead(recipe, situation))
            return True
        self._at_work = recipe
        self._forecast(recipe, situation)
        return False

    @work(thread=True, group="forecast")
    def _forecast(self, recipe: Recipe, situation: "Situation") -> None:
        self.post_message(ForecastMade(*_look_ahead(recipe, situation)))

    @on(ForecastMade)
    def _take_forecast(self, message: ForecastMade) -> None:
        message.stop()
        self._at_work = None
        self._take(message.foreseen, message.advice)
        self._go_on()

    def _take(self, now: Foreseen, advice: "tuple[Advice, ...]") -> None:
        """Show another forecast, and what there is to say."""
        before = self.foreseen
        self.foreseen, self.advice = now, (*_in_the_way(self.blocked, advice), *advice)
        if before is None or (before.recipe == now.recipe and _figures(before.forecast) != _figures(now.forecast)):
            self.settle()  # the situation is another: what differs is not of the change
        self.foreseen_changed()


def _in_the_way(blocked: Mapping[str, str], advice: "tuple[Advice, ...]") -> "Iterator[Advice]":
    """What is not there as advice that blocks, where nothing else that blocks is said of the same setting."""
    from engine.advice import Advice

    said = {each.key for each in advice if each.severity == "blocks"}
    for key, words in blocked.items():
        if key not in said:
            yield Advice("not_there", "blocks", key, f"{words}.", "Training would not start.", "")


def _look_ahead(recipe: Recipe, situation: "Situation") -> "tuple[Foreseen, tuple[Advice, ...]]":
    """The forecast, and what there is to say."""
    from engine.advice import advise
    from engine.forecast import forecast

    made = forecast(recipe, situation)
    return Foreseen(recipe, situation, made), advise(recipe, situation, made)


def _gathered_for(recipe: Recipe) -> Any:
    """What of a recipe the situation depends on."""
    return (recipe.model, recipe.data, recipe.hardware, recipe.method.kind, recipe.rewards)


def _figures(forecast: "Forecast") -> tuple[object, ...]:
    """What a person would see change."""
    seconds = forecast.seconds.mid_s if forecast.seconds is not None else None
    cost = forecast.cost.mid if forecast.cost is not None else None
    return forecast.verdict, forecast.vram_bytes, forecast.host_bytes, forecast.steps, forecast.tokens, seconds, cost
