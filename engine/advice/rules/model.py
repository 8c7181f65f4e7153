"""The base model."""

from engine.advice.case import Case
from engine.advice.named import AdapterFacts, named_of
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.base_models import choices_for, known
from engine.recipe_form import shown

_LONGEST = 140
"""Characters of a problem that are told; training says all of it."""
_UNTRAINED = ("one_off", "questions_about_documents")
"""Tasks for which nothing is trained: other rules say what to do instead."""
_ANSWERS = ("conversation", "preference", "unpaired", "question")


@rule("chat_template_missing", "warns", "model.base", "guide §8: what is served must render as what was trained")
def chat_template_missing(case: Case) -> Found | None:
    """Without a chat template turns are joined by blank lines. Whatever serves the model has to do the same, and a
    wrong template at inference is the most common cause of bad results: choose the chat-tuned variant of the base."""
    fine = case.situation.model.chat_template is not False or case.kind not in _ANSWERS
    if fine or case.tiny or case.method == "cpt":
        return None
    return Found("The base has no chat template, and the rows are conversations.")


@rule("base_of_task", "notes", "model.base", "guide §9: base models by need, early 2026")
def base_of_task(case: Case) -> Found | None:
    """Models differ in what they are good at before any training, and training keeps most of that. An adapter to go on
    from belongs to the base that it was trained on."""
    base, task = known(case.recipe.model.base), case.task
    choices = choices_for(task)
    if not task or task in _UNTRAINED or base is None or case.tiny or case.method == "cpt" or base in choices:
        return None
    first, adapter = choices[0], case.recipe.model.adapter
    return Found(
        f"For {task.replace('_', ' ')} start with {first.id} ({first.billions}): {first.why}.",
        {"model.base": first.id, "model.revision": None} | ({"model.adapter": None} if adapter else {}),
    )


@rule("revision_unpinned", "notes", "model.revision", "guide §3: recorded with every run", foreseen=True)
def revision_unpinned(case: Case) -> Found | None:
    """What a Hub id means may change: a commit gives the same weights and the same chat template next year."""
    base, named = case.recipe.model.base, named_of(case.situation)
    if case.recipe.model.revision or not case.on_hub:
        return None
    commit = named.commit if named.base == base else ""
    return Found(f"{base} is taken as it is on the Hub on that day.", {"model.revision": commit} if commit else None)


@rule("adapter_unfit", "blocks", "model.adapter", "an adapter belongs to its base, and has a shape of its own")
def adapter_unfit(case: Case) -> Found | None:
    """Training goes on from an adapter only where it was: on the same base, and with the same rank and scale."""
    found, model = named_of(case.situation).adapter_of(case.recipe), case.recipe.model
    if found is None or case.full:
        return None
    if found.problem:
        told = found.problem.rstrip(".")
        return Found(f"{told[:_LONGEST]}…" if len(told) > _LONGEST else f"{told}.")
    if found.other_base:
        fix = {"model.base": found.other_base} | ({"model.revision": None} if model.revision else {})
        return Found(f"{model.adapter} was trained on {found.other_base}, which is another base.", fix)
    return _misshapen(case, found)


@rule("adapter_of_full", "blocks", "model.adapter", "guide §3: method")
def adapter_of_full(case: Case) -> Found | None:
    """Full fine-tuning trains the base's own weights: there is no adapter to go on with."""
    if not case.full or not case.recipe.model.adapter:
        return None
    return Found("Every weight is trained, and model.adapter names an adapter.", {"model.adapter": None})


def _misshapen(case: Case, found: AdapterFacts) -> Found | None:
    """What of an adapter's shape is not what the recipe asks for."""
    asked, wrong = case.recipe.adapter, {}
    for name in ("rank", "alpha", "rslora", "dora"):
        has = getattr(found, name)
        if has is not None and has != getattr(asked, name):
            wrong[name] = has
    if not wrong:
        return None
    told = " and ".join(f"{name} {shown(has)}" for name, has in wrong.items())
    words = " and ".join(f"{shown(getattr(asked, name))}" for name in wrong)
    return Found(
        f"{found.reference} has {told}, and {words} {'is' if len(wrong) == 1 else 'are'} asked for.",
        {f"adapter.{name}": has for name, has in wrong.items()},
        key=f"adapter.{next(iter(wrong))}",
    )
