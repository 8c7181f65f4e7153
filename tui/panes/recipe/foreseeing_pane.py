"""Looks ahead while a recipe is edited: the situation is gathered by one worker, forecast and advice by another.

Only the newest wish is worked on: while a forecast is made, later ones replace each other, so typing is never held up.
"""

from time import monotonic
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


AGAIN_S, COUNTED_S = 2.0, 10.0
"""After this long it is looked again for rows that could not be read, and for lengths that are estimated."""


class SituationGathered(Message):
    """Model, data and machine were looked at, or `problem` says why not."""

    def __init__(
        self, wanted: Any, situation: "Situation | None", measured: "tuple[Measured, ...]", problem: str = ""
    ) -> None:
        super().__init__()
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
        self._before: Forecast | None = None
        self._situation: Situation | None = None
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

    def foresee(self, recipe: Recipe | None) -> None:
        """Look ahead with a recipe that is being typed, or was written; None: it is none, and nothing can be said."""
        self._wish = recipe if recipe is not self._at_work else None
        if recipe is None:
            return
        wanted = _gathered_for(recipe)
        if wanted != self._gathered and recipe is self._written():
            self._gathered, self._looked = wanted, monotonic()
            self._gather(wanted, recipe)
        self._go_on()

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
        wait = AGAIN_S if data is not None and data.problem else COUNTED_S
        if data is not None and not data.exact and now - self._looked >= wait:
            self.gather_again()

    def _written(self) -> Recipe | None:
        """The recipe as it is in the file."""
        raise NotImplementedError

    @work(thread=True, exclusive=True, group="situation")
    def _gather(self, wanted: Any, recipe: Recipe) -> None:
        from engine.advice import measured
        from engine.data.arrow_alone import arrow_alone
        from engine.situation import gather

        worker = get_current_worker()
        arrow_alone()
        try:
            message = SituationGathered(wanted, gather(self.project, recipe), measured(self.project))
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
        self._situation, self.measured = message.situation, message.measured
        self._wish = self._wish or (self.foreseen.recipe if self.foreseen is not None else self._written())
        self._go_on()

    def _go_on(self) -> None:
        """Work on the newest wish, when nothing is being worked on."""
        if self._wish is not None and self._situation is not None and self._at_work is None:
            self._at_work, self._wish = self._wish, None
            self._forecast(self._at_work, self._situation)

    @work(thread=True, group="forecast")
    def _forecast(self, recipe: Recipe, situation: "Situation") -> None:
        from engine.advice import advise
        from engine.forecast import forecast

        made = forecast(recipe, situation)
        self.post_message(ForecastMade(Foreseen(recipe, situation, made), advise(recipe, situation, made)))

    @on(ForecastMade)
    def _take_forecast(self, message: ForecastMade) -> None:
        message.stop()
        self._at_work = None
        now, before = message.foreseen, self.foreseen
        first = before is None or (before.recipe == now.recipe and before.situation is not now.situation)
        self.foreseen, self.advice = message.foreseen, message.advice
        if first:
            self.settle()
        self.foreseen_changed()
        self._go_on()


def _gathered_for(recipe: Recipe) -> Any:
    """What of a recipe the situation depends on."""
    return (recipe.model, recipe.data, recipe.hardware, recipe.method.kind)


def _figures(forecast: "Forecast") -> tuple[object, ...]:
    """What a person would see change."""
    seconds = forecast.seconds.mid_s if forecast.seconds is not None else None
    cost = forecast.cost.mid if forecast.cost is not None else None
    return forecast.verdict, forecast.vram_bytes, forecast.host_bytes, forecast.steps, forecast.tokens, seconds, cost
