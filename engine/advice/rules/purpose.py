"""Whether training is the right thing to do for what is wanted (field guide §1)."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.recipe import Mix

ENOUGH = 0.8
"""Share of the target from which a prompt is where to stop (guide §1)."""
MOST_MIXED = 0.3
"""Share of all rows that a second source may be."""
STEPS_TO_FORGET = 100
"""Shorter runs hardly move what the base can do."""
_NARROW = ("classification", "extraction", "style")


@rule("task_is_retrieval", "warns", "readiness.task", "guide §1: questions about documents retrieval")
def task_is_retrieval(case: Case) -> Found | None:
    """Training teaches how to answer, not what is true: facts are remembered badly, cannot be cited and go out of
    date. Retrieve them, and put them into the prompt."""
    if case.task != "questions_about_documents":
        return None
    return Found("Questions about documents are answered by retrieval.")


@rule("task_is_one_off", "warns", "readiness.task", "guide §1: one-off analysis prompt")
def task_is_one_off(case: Case) -> Found | None:
    """What is done once does not pay for rows, runs and serving: prompt a large model."""
    return Found("A one-off analysis is done by a prompt.") if case.task == "one_off" else None


@rule("task_unstable", "warns", "readiness.stable", "guide §1: look up what changes weekly")
def task_unstable(case: Case) -> Found | None:
    """A trained model knows the task as it was on the day of its rows; what changes weekly is looked up."""
    return Found("The task does not stay the same for months.") if case.recipe.readiness.stable == "no" else None


@rule("prompt_is_enough", "warns", "readiness.prompt_score", "guide §1: where it reaches 80% of the target, stop there")
def prompt_is_enough(case: Case) -> Found | None:
    """A prompt with 5-10 examples that comes near the target is cheaper to make, to change and to serve."""
    score, target = case.recipe.readiness.prompt_score, case.recipe.readiness.target_score
    if score is None or not target or score < ENOUGH * target:
        return None
    return Found(f"A prompt reaches {score:g} of {target:g} points, {score / target:.0%} of the target.")


@rule("served_nowhere", "notes", "readiness.served_on", "guide §1: choose the base model by that first")
def served_nowhere(case: Case) -> Found | None:
    """The best model is of no use where it cannot run: its size and family follow from what will serve it."""
    readiness = case.recipe.readiness
    begun = case.task or readiness.stable != "unsaid" or readiness.prompt_score is not None
    return Found("It is not said where the tuned model will run.") if begun and not readiness.served_on else None


@rule(
    "general_data_missing",
    "notes",
    "data.curate",
    "guide §2: 5-10% general instruction data among the rows (up to 20-30%)",
)
def general_data_missing(case: Case) -> Found | None:
    """Rows of one narrow task make a model forget others; some general instruction data among them preserve what it
    could do. It matters where the tuned model has to do more than this task."""
    short = case.steps is not None and case.steps < STEPS_TO_FORGET
    if case.method != "sft" or case.task not in _NARROW or case.curated("mix") or short:
        return None
    return Found(f"All rows are of one task ({case.task}): general ability may fall.")


@rule("mix_large", "warns", "data.curate", "guide §2: 5-10% general instruction data among the rows (up to 20-30%)")
def mix_large(case: Case) -> Found | None:
    """Some general rows keep what the base could do; many crowd out the task that is to be learned."""
    large = next((step for step in case.recipe.data.curate if isinstance(step, Mix) and step.share > MOST_MIXED), None)
    if large is None or sum(isinstance(step, Mix) for step in case.recipe.data.curate) > 1:
        return None
    fix = case.with_step(step="mix", source=large.source, seed=large.seed)
    return Found(f"{large.share:.0%} of all rows are of {_name(large.source)}: 5-10% are usual.", fix)


def _name(source: str) -> str:
    """A source's last part, shortened."""
    name = source.rstrip("/").rpartition("/")[2] or source
    return f"{name[:39]}…" if len(name) > 40 else name
