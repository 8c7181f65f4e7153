"""What the keys of a file say together: two keys for one setting, and checkpoints that must go with evaluations."""

from dataclasses import replace
from typing import Any

from engine.bridges.rules import Outcome, lost, mapped, meant
from engine.bridges.tool import Reading, merged
from engine.bridges.tools.common import NEVER

_OTHER_SAVES = "a checkpoint is saved at each evaluation: it must be a multiple of training.evaluate_every"


def consistent(found: list[Reading]) -> list[Reading]:
    """The same, each setting said by one key and checkpoints saved as ttune can."""
    return _saves(_once(found))


def _once(found: list[Reading]) -> list[Reading]:
    """Of two keys that say one setting otherwise the first counts, and the other one is named."""
    said: dict[str, tuple[str, Any]] = {}
    return [it if it.default or it.outcome.fate != "mapped" else _against(said, it) for it in found]


def _against(said: dict[str, tuple[str, Any]], reading: Reading) -> Reading:
    """A reading without what others said before it; what it says itself is added to `said`."""
    others = {
        key: said[key][0] for key, value in reading.outcome.settings.items()
        if key in said and key != "trackers.use" and said[key][1] != value
    }  # fmt: skip
    for key, value in reading.outcome.settings.items():
        said.setdefault(key, (reading.key, value))
    if not others:
        return reading
    why = "; ".join(f"{other} says {key} too, and counts" for key, other in others.items())
    left = {key: value for key, value in reading.outcome.settings.items() if key not in others}
    outcome = Outcome("mapped", left, why, f"{reading.key}: {why}") if left else lost(why)
    return replace(reading, outcome=outcome)


def _saves(found: list[Reading]) -> list[Reading]:
    """Without a saving of checkpoints that does not go with the evaluations."""
    settings = merged(found)
    save, measure = settings.get("training.save_every"), settings.get("training.evaluate_every")
    if save is None:
        return found
    if settings.get("data.split.validation") == 0.0:
        return [_measured_with_saves(it, "there are no validation rows") for it in found]
    if any(it.value == NEVER and it.outcome.note for it in found) and not _says_when(found):
        return [_measured_with_saves(it, "no key says when to measure") for it in found]
    if save != measure and _is_multiple(save, 0.1 if measure is None else measure):
        return found
    outcome = meant(_OTHER_SAVES) if save == measure else lost(_OTHER_SAVES)
    return [replace(it, outcome=outcome) if "training.save_every" in it.outcome.settings else it for it in found]


def _says_when(found: list[Reading]) -> bool:
    """Whether the file itself says how often the loss of validation rows is measured."""
    return any("training.evaluate_every" in it.outcome.settings and not it.default for it in found)


def _measured_with_saves(reading: Reading, why: str) -> Reading:
    """Where nothing else says when to measure, evaluations say when checkpoints are saved."""
    settings = reading.outcome.settings
    if "training.evaluate_every" in settings:
        return replace(reading, outcome=replace(meant(why), note=reading.outcome.note))
    if "training.save_every" not in settings:
        return reading
    return replace(reading, outcome=mapped(why, training__evaluate_every=settings["training.save_every"]))


def _is_multiple(save: float, measure: float) -> bool:
    """Whether two intervals are of one kind, and the first a multiple of the second."""
    if (save < 1) != (measure < 1):
        return False
    times = save / measure
    return times >= 1 and abs(times - round(times)) < 1e-6  # as training takes them (engine.steps.saves_miss)
