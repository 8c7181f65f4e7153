"""The base model."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.base_models import choices_for, known

_ANSWERS = ("conversation", "preference", "unpaired", "question")


@rule("chat_template_missing", "warns", "model.base", "guide §8: what is served must render as what was trained")
def chat_template_missing(case: Case) -> Found | None:
    """Without a chat template turns are joined by blank lines. Whatever serves the model has to do the same, and a
    wrong template at inference is the most common cause of bad results: choose the chat-tuned variant of the base."""
    if case.situation.model.chat_template is not False or case.kind not in _ANSWERS or case.tiny:
        return None
    return Found("The base has no chat template, and the rows are conversations.")


@rule("base_of_task", "notes", "model.base", "guide §9: base models by need, early 2026")
def base_of_task(case: Case) -> Found | None:
    """Models differ in what they are good at before any training, and training keeps most of that."""
    base, task = known(case.recipe.model.base), case.task
    choices = choices_for(task)
    if not task or base is None or case.tiny or case.method == "cpt" or base.id in [model.id for model in choices]:
        return None
    first = choices[0]
    return Found(
        f"For {task.replace('_', ' ')} start with {first.id} ({first.billions}): {first.why}.",
        {"model.base": first.id, "model.revision": None},
    )


@rule("revision_unpinned", "notes", "model.revision", "guide §3: recorded with every run")
def revision_unpinned(case: Case) -> Found | None:
    """What a Hub id means may change: a commit gives the same weights and the same chat template next year."""
    if case.recipe.model.revision or not case.on_hub:
        return None
    return Found(f"{case.recipe.model.base} is taken as it is on the Hub on that day.")


@rule("adapter_of_full", "blocks", "model.adapter", "guide §3: method")
def adapter_of_full(case: Case) -> Found | None:
    """Full fine-tuning trains the base's own weights: there is no adapter to go on with."""
    if not case.full or not case.recipe.model.adapter:
        return None
    return Found("Every weight is trained, and model.adapter names an adapter.", {"model.adapter": None})
