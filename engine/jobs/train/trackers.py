"""Services that a run's figures are also sent to. One that fails is said and let go; the training goes on.

Their keys and addresses come from the environment, as their own guides say; ttune neither asks for them nor keeps them.
"""

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from engine.jobs.context import JobContext
from engine.recipe import Recipe

Tell = Callable[[str], None]

_PACKAGES = {"wandb": "wandb", "tensorboard": "tensorboard", "mlflow": "mlflow", "trackio": "trackio"}
_EVENTS = ("on_init_end", "on_train_begin", "on_log", "on_save", "on_train_end")
"""What trackers do something at."""


def tracker_callbacks(context: JobContext, recipe: Recipe, arguments: Any) -> list[Any]:
    """A callback for each of trackers.use that is installed; `arguments`: the trainer's, which get the run's name."""
    if not recipe.trackers.use:
        return []
    spec = context.folder.spec
    arguments.run_name = f"{spec.project}#{spec.number}"
    arguments.project = recipe.trackers.project or spec.project
    for name, value in _environment(arguments.project, context.folder.path).items():
        os.environ.setdefault(name, value)
    return list(_made(recipe, lambda text: context.notice(text, "warn")))


def _environment(project: str, folder: Path) -> dict[str, str]:
    """What transformers' callbacks read; a person's own settings go first."""
    return {
        "WANDB_PROJECT": project,
        "WANDB_DIR": str(folder),
        "WANDB_SILENT": "true",
        "MLFLOW_EXPERIMENT_NAME": project,
        "TENSORBOARD_LOGGING_DIR": str(folder / "tensorboard"),
    }


def _made(recipe: Recipe, tell: Tell) -> Iterator[Any]:
    from transformers.integrations import get_reporting_integration_callbacks

    for name in recipe.trackers.use:
        if find_spec(_PACKAGES[name]) is None:
            tell(f"trackers.use: {name} is not installed, so nothing is sent to it: pip install {_PACKAGES[name]}")
            continue
        try:
            (made,) = get_reporting_integration_callbacks([name])
            yield GuardedTracker(name, made(), tell)
        except Exception as error:  # noqa: BLE001 - whatever a tracker raises, the training is worth more
            tell(_failed(name, error))


class GuardedTracker(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Passes the trainer's events on to a tracker until it fails."""

    def __init__(self, name: str, tracker: Any, tell: Tell) -> None:
        self._name = name
        self._tracker: Any = tracker
        self._tell = tell

    def __getattribute__(self, name: str) -> Any:
        if name in _EVENTS:
            return lambda *args, **kwargs: self._pass_on(name, args, kwargs)
        return super().__getattribute__(name)

    def _pass_on(self, event: str, args: Any, kwargs: Any) -> None:
        if self._tracker is None:
            return
        try:
            getattr(self._tracker, event)(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever a tracker raises, the training is worth more
            self._tracker = None
            self._tell(_failed(self._name, error))


def _failed(name: str, error: Exception) -> str:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return f"trackers.use: {name} failed, so nothing more is sent to it: {reason}"
