"""Preference training: dpo, kto, orpo."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.base_models import CHOICES, known

LOW_BETA, HIGH_BETA = 0.05, 0.5
MOST_BALANCE = 4 / 3
_GOOD, _BAD = ("true", "good", "1", "yes", "desirable"), ("false", "bad", "0", "no", "undesirable")


@rule("dpo_without_sft", "warns", "model.adapter", "guide §3: DPO needs an SFT'd model first")
def dpo_without_sft(case: Case) -> Found | None:
    """DPO only shifts the odds between answers that the model might give: one that never learned to give them learns
    nothing. So train it by sft on the chosen answers first, and go on from that adapter or from the merged model; a
    base that is tuned to chat already may do as it is."""
    facts, adapter = case.situation.model, case.recipe.model.adapter
    if case.method != "dpo":
        return None
    if adapter:
        other = facts.adapter_method not in ("", "sft", "orpo", "dpo")
        return Found(f"{adapter} was trained by {facts.adapter_method}, not by sft.") if other else None
    base = known(case.recipe.model.base)
    if base is not None and base not in CHOICES["raw"]:
        return None
    if base is None and facts.chat_template:
        return Found("DPO begins from the base: that does where it is tuned to chat, or by sft.", severity="notes")
    return Found("DPO begins from the base: name the adapter of an sft run in model.adapter, such as name#1.")


@rule("beta_far", "warns", "method.preference.beta", "guide §3: DPO beta 0.1")
def beta_far(case: Case) -> Found | None:
    """beta holds the model to where it started: too low and it drifts into nonsense that scores well, too high and
    it stays what it was."""
    beta = case.recipe.method.preference.beta
    if not case.prefers or LOW_BETA <= beta <= HIGH_BETA:
        return None
    how = "low: answers drift" if beta < LOW_BETA else "high: little changes"
    return Found(f"beta {beta:g} is {how}.", {"method.preference.beta": None})


@rule("robust_without_smoothing", "warns", "method.preference.label_smoothing", "trl's guide to DPO: robust loss")
def robust_without_smoothing(case: Case) -> Found | None:
    """The robust loss corrects for pairs that are labelled the wrong way round, at the rate of label_smoothing: with 0
    it is the plain one."""
    preference = case.recipe.method.preference
    if case.method != "dpo" or preference.loss != "robust" or preference.label_smoothing > 0:
        return None
    return Found("The robust loss expects no wrong labels.", {"method.preference.label_smoothing": 0.1})


@rule("kto_weights", "warns", "method.preference.desirable_weight", "KTO: weight x number of good 1 to 4/3 of the bad")
def kto_weights(case: Case) -> Found | None:
    """Where good and bad answers differ in number, the larger side decides unless weights make up for it."""
    good, bad = _judged(case)
    preference = case.recipe.method.preference
    if case.method != "kto" or not good or not bad:
        return None
    ratio = preference.desirable_weight * good / (preference.undesirable_weight * bad)
    if 0.9 <= ratio <= MOST_BALANCE * 1.1:  # a tenth off is well
        return None
    good_weight = float(f"{max(1.0, bad / good):.4g}")
    bad_weight = float(f"{max(1.0, good / bad / MOST_BALANCE):.4g}")
    return Found(
        f"{good:,} good and {bad:,} bad answers weigh {ratio:.2g} to 1.",
        {"method.preference.desirable_weight": good_weight, "method.preference.undesirable_weight": bad_weight},
    )


def _judged(case: Case) -> tuple[int, int]:
    """Rows with good and with bad answers; 0 where that is not known."""
    counts = {name.strip().lower(): count for name, count in case.data.labels}
    return sum(counts.get(name, 0) for name in _GOOD), sum(counts.get(name, 0) for name in _BAD)


@rule("smoothing_unused", "blocks", "method.preference.label_smoothing", "trl's guide to DPO: robust loss")
def smoothing_unused(case: Case) -> Found | None:
    """Only the robust loss expects pairs that are labelled the wrong way round."""
    preference = case.recipe.method.preference
    if case.method != "dpo" or not preference.label_smoothing or preference.loss == "robust":
        return None
    return Found(
        f"The {preference.loss} loss makes no use of label_smoothing.", {"method.preference.label_smoothing": None}
    )


@rule("kto_micro_batch", "blocks", "training.micro_batch", "trl's guide to KTO: the KL term")
def kto_micro_batch(case: Case) -> Found | None:
    """kto measures how far the model has moved by pairing prompts with other answers of the same micro-batch."""
    training = case.recipe.training
    if case.method != "kto" or training.micro_batch > 1:
        return None
    fix = {"training.micro_batch": 2, "training.accumulation": -(-training.accumulation // 2)}
    return Found("kto needs two rows or more in a micro-batch.", fix)
