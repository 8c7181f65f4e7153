"""Sampling and rewards (grpo)."""

import math
from collections.abc import Sequence
from pathlib import Path

from engine.advice.case import Case
from engine.advice.named import named_of
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.recipe import Reward
from engine.recipe.rewards import JsonSchemaReward, PythonReward
from engine.rewards import reward_problems

FEW_GENERATIONS = 4
COLD = 0.5
STEP = 256
"""Lengths are raised to a multiple of this."""
MOST_LENGTH = 131_072
"""Tokens up to which a length is advised at all."""
ESTIMATED = 1.5
"""Times longer than its room from which a prompt whose tokens are only estimated surely has none."""
_LONGEST = 120
"""Characters of a problem that are told; training says all of it."""


@rule("rewards_missing", "blocks", "rewards", "guide §2: a reward function scores")
def rewards_missing(case: Case) -> Found | None:
    """grpo learns from nothing but rewards: the answers of a prompt are compared by them."""
    if case.method != "grpo" or case.recipe.rewards:
        return None
    return Found("No reward says which of the sampled answers are good.", {"rewards": [{"kind": "exact"}]})


@rule("rewards_unused", "notes", "rewards", "guide §2: a reward function scores")
def rewards_unused(case: Case) -> Found | None:
    """Only grpo samples answers and scores them; other methods never call a reward."""
    count = len(case.recipe.rewards)
    if case.method == "grpo" or not count:
        return None
    return Found(f"{count} {'reward has' if count == 1 else 'rewards have'} no effect with {case.method}.",
                 {"rewards": None})  # fmt: skip


@rule("rewards_all_penalties", "warns", "rewards", "guide §2: a reward function scores")
def rewards_all_penalties(case: Case) -> Found | None:
    """Where no reward has a weight above 0, the best answer is the one that does least: an empty one."""
    rewards = case.recipe.rewards
    if case.method != "grpo" or not rewards or any(reward.weight > 0 for reward in rewards):
        return None
    return Found("No reward has a weight above 0.", key="rewards")


@rule("generations_uneven", "blocks", "method.grpo.generations", "trl: rows of a step divide by the generations")
def generations_uneven(case: Case) -> Found | None:
    """All answers to a prompt are sampled in the same step, so its rows (micro-batch x accumulation x GPUs) must divide
    by the answers a prompt."""
    generations = case.recipe.method.grpo.generations
    if case.method != "grpo" or case.batch % generations == 0:
        return None
    training = case.recipe.training
    step = generations // math.gcd(generations, training.micro_batch * case.recipe.hardware.gpus)
    accumulation = -(-training.accumulation // step) * step
    return Found(
        f"A step of {case.batch} rows does not divide by {generations} answers a prompt.",
        {"training.accumulation": accumulation},
    )


@rule("generations_few", "notes", "method.grpo.generations", "trl's guide to GRPO: 8 answers a prompt")
def generations_few(case: Case) -> Found | None:
    """An answer is good or bad only beside the others of its prompt: with few of them that is mostly chance."""
    generations = case.recipe.method.grpo.generations
    if case.method != "grpo" or generations >= FEW_GENERATIONS:
        return None
    step = 8 // math.gcd(8, case.recipe.training.micro_batch * case.recipe.hardware.gpus)
    accumulation = -(-case.recipe.training.accumulation // step) * step
    return Found(
        f"{generations} answers a prompt are compared.",
        {"method.grpo.generations": None, "training.accumulation": accumulation},
    )


@rule("sampling_cold", "warns", "method.grpo.temperature", "trl's guide to GRPO: temperature 1")
def sampling_cold(case: Case) -> Found | None:
    """At a low temperature all answers of a prompt are the same, so their rewards are too, and nothing is learned."""
    temperature = case.recipe.method.grpo.temperature
    if case.method != "grpo" or temperature >= COLD:
        return None
    return Found(f"Answers are sampled at temperature {temperature:g}.", {"method.grpo.temperature": None})


@rule("prompt_room", "blocks", "method.grpo.max_new_tokens", "guide §3: sequence length 2048")
def prompt_room(case: Case) -> Found | None:
    """Prompt and sampled answer share max_length; prompts that have no room are left out."""
    new, limit = case.recipe.method.grpo.max_new_tokens, case.recipe.training.max_length
    if case.method != "grpo" or new < limit:
        return None
    return Found(f"{new:,} new tokens leave no room for a prompt in {limit:,}.", {"training.max_length": 2 * new})


@rule("prompts_cut", "blocks", "method.grpo.max_new_tokens", "guide §2, check 5: too long for the context length")
def prompts_cut(case: Case) -> Found | None:
    """A prompt that is longer than what max_length leaves beside the sampled answer is left out: where all are,
    training stops before its first step."""
    new, limit, lengths = case.recipe.method.grpo.max_new_tokens, case.recipe.training.max_length, case.lengths
    if case.method != "grpo" or case.kind != "question" or lengths is None or new >= limit:
        return None
    shortest = int(lengths.sorted[0])
    if shortest <= (limit - new) * (1 if case.data.exact else ESTIMATED):
        return None
    enough = -(-(new + lengths.longest) // STEP) * STEP
    return Found(
        f"{new:,} new tokens leave {limit - new:,} for a prompt, and the shortest has {case.about}{shortest:,}.",
        {"training.max_length": enough} if enough <= MOST_LENGTH else None,
    )


@rule("prompts_few", "blocks", "training.accumulation", "trl: a step asks a prompt for each group of answers")
def prompts_few(case: Case) -> Found | None:
    """One step asks as many prompts as its rows hold groups of answers: where there are fewer, it cannot be filled, and
    training stops before it."""
    training, generations = case.recipe.training, case.recipe.method.grpo.generations
    asked = case.batch // generations
    if case.method != "grpo" or case.rows is None or case.rows >= asked or case.batch % generations:
        return None
    each = training.micro_batch * case.recipe.hardware.gpus
    step = generations // math.gcd(generations, each)
    accumulation = case.rows * generations // each // step * step
    return Found(
        f"A step asks {asked} prompts, and there are {case.rows}.",
        {"training.accumulation": accumulation} if accumulation else None,
    )


@rule("reward_broken", "blocks", "rewards", "what the reward's own reading says")
def reward_broken(case: Case) -> Found | None:
    """A reward that cannot be given scores nothing: training stops before its first step."""
    rewards, named = case.recipe.rewards, named_of(case.situation)
    if case.method != "grpo" or not rewards:
        return None
    if named.rewards == rewards:
        problems: Sequence[str] = named.reward_problems
    else:  # nobody has looked at files yet
        problems = reward_problems([reward for reward in rewards if not _reads_file(reward)], Path())
    if not problems:
        return None
    told, more = problems[0].removeprefix("rewards: ").rstrip("."), len(problems) - 1
    short = f"{told[:_LONGEST]}…" if len(told) > _LONGEST else told
    others = f", and {more} more {'is' if more == 1 else 'are'} wrong" if more else ""
    return Found(f"{short[0].upper()}{short[1:]}{others}.")


def _reads_file(reward: Reward) -> bool:
    """Whether a reward is told by a file as well."""
    return isinstance(reward, PythonReward) or (isinstance(reward, JsonSchemaReward) and bool(reward.schema_file))
