"""What the training optimises."""

from typing import Literal

from engine.recipe.section import Section, setting, several

METHODS = ("sft", "cpt", "dpo", "kto", "orpo", "grpo")
PREFERENCE = ("dpo", "kto", "orpo")

_OF_PREFERENCE = {"method.kind": PREFERENCE}
_OF_DPO = {"method.kind": ("dpo",)}
_OF_KTO = {"method.kind": ("kto",)}
_OF_GRPO = {"method.kind": ("grpo",)}


class Preference(Section):
    """How answers are weighed against each other (dpo, kto, orpo)."""

    beta: float = setting(0.1, advice="0.05 … 0.5", gt=0, le=100, when=_OF_PREFERENCE, group="Preference")
    """dpo, kto: how strongly the model is held to where it started; higher stays closer. orpo: the weight of the odds
    ratio beside the loss of the chosen answer (lambda)."""
    loss: Literal["sigmoid", "ipo", "hinge", "robust"] = setting("sigmoid", when=_OF_DPO, group="Preference")
    """sigmoid: DPO as published. ipo: does not overfit on certain pairs. hinge: stops at a margin. robust: expects
    wrong labels at the rate of `label_smoothing`."""
    label_smoothing: float = setting(
        0.0, unit="share", advice="0 … 0.2", ge=0, lt=0.5, when=_OF_DPO, group="Preference"
    )
    """Share of pairs that are thought to be labelled the wrong way round."""
    desirable_weight: float = setting(1.0, gt=0, le=1000, when=_OF_KTO, group="Preference")
    """Weight of good answers; weight x number should be 1 to 4/3 of the bad ones'."""
    undesirable_weight: float = setting(1.0, gt=0, le=1000, when=_OF_KTO, group="Preference")
    """Weight of bad answers."""


class Grpo(Section):
    """How answers are sampled and compared (grpo)."""

    generations: int = setting(8, unit="answers a prompt", advice="4 … 16", ge=2, le=1024, when=_OF_GRPO, group="GRPO")
    """Answers sampled for each prompt; rewards are compared within these. The rows of one step must divide by it."""
    max_new_tokens: int = setting(512, unit="tokens", ge=1, le=1_000_000, when=_OF_GRPO, group="GRPO")
    """A sampled answer is cut off here."""
    temperature: float = setting(1.0, advice="0.7 … 1.2", gt=0, le=100, when=_OF_GRPO, group="GRPO")
    """How freely answers are sampled; too low and all answers of a prompt are the same, so nothing is learned."""
    top_p: float = setting(1.0, unit="share", gt=0, le=1, when=_OF_GRPO, group="GRPO")
    """Sample from the likeliest tokens that make up this share of the probability."""
    beta: float = setting(0.0, advice="0 … 0.04", ge=0, le=100, when=_OF_GRPO, group="GRPO")
    """Weight of the distance (KL) from the start; 0 needs no reference model."""
    loss: Literal["dapo", "grpo", "dr_grpo", "bnpo"] = setting("dapo", when=_OF_GRPO, group="GRPO")
    """How tokens are weighed: dapo over the whole batch, grpo each answer alike (favours short right ones), dr_grpo by
    a constant length, bnpo over the micro-batch."""
    scale_rewards: Literal["group", "batch", "none"] = setting("group", when=_OF_GRPO, group="GRPO")
    """Divide a reward's distance from its group's mean by the deviation of the group, of the batch, or by nothing."""


class Method(Section):
    """What the training optimises."""

    kind: Literal["sft", "cpt", "dpo", "kto", "orpo", "grpo"] = "sft"
    """sft: imitate the answers. cpt: continue plain text (continued pre-training). dpo: prefer the chosen of two
    answers. kto: learn from answers judged good or bad. orpo: imitate and prefer at once, without SFT before. grpo:
    sample answers and learn from rewards."""
    answers_only: bool = setting(True, when={"method.kind": ("sft",)})
    """Only the answers carry loss; off, prompts are learned too."""
    allow: tuple[Literal["own_mask", "chosen_only", "judged_answers", "answers_lost"], ...] = several(())
    """Ways in which the training may differ from what is asked here; training does not start when it would in another.

    own_mask: plain text and segments say themselves what is trained. chosen_only: of two answers the chosen one is
    imitated. judged_answers: answers that are judged good are imitated. answers_lost: rows lose their whole answer.
    """
    preference: Preference = Preference()
    grpo: Grpo = Grpo()
