"""The readiness check: should this be fine-tuned at all? (field guide §1)"""

from engine.advice.case import Case
from engine.advice.measured import Measured, of_recipe
from engine.advice.rules.data import FEW_TOKENS, LEAST, needed
from engine.advice.rules.purpose import ENOUGH
from engine.advice.types import ReadinessAnswer
from engine.evaluation_state import label
from engine.forecast.types import Forecast
from engine.recipe import Recipe
from engine.situation import Situation
from engine.sizes import size

HIGH_BASE = 85.0
"""Points of the base from which a few more may not be worth it (guide §1)."""

_APPROACH = {
    "classification": "sft (sentiment, routing, triage at volume)",
    "extraction": "sft, or grpo where a program can check what was extracted",
    "style": "sft, then dpo for tone, safety and level of detail",
    "code": "sft for a private framework, grpo where tests can check it",
    "dialogue": "a prompt with retrieval first; sft for how it speaks",
    "reasoning": "grpo where answers can be checked, after sft",
    "generation": "sft",
    "multi_task": "sft with 500 rows of each task",
    "questions_about_documents": "retrieval",
    "one_off": "a prompt alone",
}
"""Task = the approach that suits it (guide §1)."""
_UNTRAINED = ("questions_about_documents", "one_off")


def readiness(
    recipe: Recipe,
    situation: Situation,
    forecast: Forecast | None = None,
    measured: tuple[Measured, ...] = (),
) -> tuple[ReadinessAnswer, ...]:
    """The questions, each with what is known of its answer.

    `measured`: what evaluations of the project found (`engine.advice.measured`), newest first.
    """
    case, base = Case(recipe, situation, forecast), of_recipe(measured, recipe)
    return _how(case), _prompt(case, base), _rows(case), _stable(case), _metric(case), _room(case, base), _served(case)


def _how(case: Case) -> ReadinessAnswer:
    trained = case.task not in _UNTRAINED
    name = case.task.replace("_", " ")
    told = f"{name}: {_APPROACH[case.task]}" if case.task else "the task is not said"
    return ReadinessAnswer(
        code="how_not_what",
        question="Is it about how the model answers, rather than what is true?",
        state="unknown" if not case.task else "yes" if trained else "no",
        evidence=told,
        means="fine-tune for format, tone, a narrow task, tool calls, latency or cost; retrieve facts",
        key="readiness.task",
        good=trained if case.task else None,
    )


def _prompt(case: Case, base: Measured | None) -> ReadinessAnswer:
    score, target = case.recipe.readiness.prompt_score, case.recipe.readiness.target_score
    good = None
    if score is not None:
        told = f"with its best prompt the base reaches {score:g} points"
        if target:
            told += f", {score / target:.0%} of the target of {target:g}"
            good = score < ENOUGH * target
    else:
        told = "nobody has said what a prompt with 5-10 examples reaches"
        if base is not None:
            told += f"; without examples the base reached {_points(base)}"
    return ReadinessAnswer(
        code="prompt_measured",
        question="Was a serious prompt, with 5-10 examples in it, measured on the held-out rows?",
        state="yes" if score is not None else "no" if base is not None else "unknown",
        evidence=told,
        means="prompt first; where that is within 80% of the target, stop there",
        key="readiness.prompt_score",
        good=good,
    )


def _rows(case: Case) -> ReadinessAnswer:
    if case.method == "cpt":
        return _tokens(case)
    need = needed(case)
    least, have = max(LEAST, need.least), need.have
    enough = have is not None and have >= least
    kind = "rows" if case.classes else "training rows"
    told = case.data.problem or "the rows are not counted yet"
    return ReadinessAnswer(
        code="rows_enough",
        question=f"Are there at least {least:,} good examples?",
        state="unknown" if have is None else "yes" if enough else "no",
        evidence=told if have is None else f"{have:,} {kind} ({need.words})",
        means="expect overfitting; under 50-100 it is few-shot prompting in disguise",
        key="data.source",
        good=enough if have is not None else None,
    )


def _tokens(case: Case) -> ReadinessAnswer:
    """Continued pre-training learns from texts, whatever their number."""
    total = case.lengths.total if case.lengths is not None and case.rows is not None else None
    enough = total is not None and total >= FEW_TOKENS
    told = case.data.problem or "the texts are not counted yet"
    return ReadinessAnswer(
        code="rows_enough",
        question=f"Are there at least {FEW_TOKENS:,} tokens of text?",
        state="unknown" if total is None else "yes" if enough else "no",
        evidence=told if total is None else f"{case.about}{total:,} tokens in {case.rows:,} texts",
        means="the texts are learned by heart, and other things forgotten for them",
        key="data.source",
        good=enough if total is not None else None,
    )


def _stable(case: Case) -> ReadinessAnswer:
    stable = case.recipe.readiness.stable
    return ReadinessAnswer(
        code="task_stable",
        question="Does the task stay the same for months?",
        state="unknown" if stable == "unsaid" else stable,
        evidence="not said" if stable == "unsaid" else "as you say",
        means="look up (retrieve) what changes weekly",
        key="readiness.stable",
        good=None if stable == "unsaid" else stable == "yes",
    )


def _metric(case: Case) -> ReadinessAnswer:
    evaluation = case.recipe.evaluation
    said = evaluation.threshold is not None
    held_out = f" on {case.data.held_out:,} held-out rows" if case.data.held_out else ""
    told = f"{label(evaluation.metric)}{held_out}"
    told += f", at least {evaluation.threshold:g} points above base" if said else ", without a threshold"
    return ReadinessAnswer(
        code="metric_with_threshold",
        question="Is there a metric, with a threshold above the base model?",
        state="yes" if said else "no",
        evidence=told,
        means="nothing can be concluded",
        key="evaluation.threshold",
        good=said,
    )


def _room(case: Case, base: Measured | None) -> ReadinessAnswer:
    target = case.recipe.readiness.target_score
    good = None
    told = "the base was not measured yet: `ttune eval` of any run of it does"
    if base is not None:
        good = base.base_points < (ENOUGH * target if target else HIGH_BASE)
        told = f"the base reached {_points(base)}; tuned {base.tuned_points:.1f}"
        told += f"; the target is {target:g}" if target else ""
    return ReadinessAnswer(
        code="room_above_base",
        question="Does the base model leave room to be better?",
        state="unknown" if base is None else "measured",
        evidence=told,
        means="a base at 85% may not justify training for 88%",
        key="readiness.target_score",
        good=good,
    )


def _served(case: Case) -> ReadinessAnswer:
    where = case.recipe.readiness.served_on
    told = where or "not said"
    if case.shape is not None:
        parameters = case.shape.parameters
        told += f"; the base takes {size(2 * parameters)} in 16 bit, about {size(0.6 * parameters)} as Q4"
    return ReadinessAnswer(
        code="can_be_served",
        question="Is it known where the result will be served, and on what hardware?",
        state="yes" if where else "unknown",
        evidence=told,
        means="choose the base model by what will serve it",
        key="readiness.served_on",
        good=True if where else None,
    )


def _points(base: Measured) -> str:
    return f"{base.base_points:.1f} on {base.rows:,} held-out rows in the evaluation of {base.run}"
