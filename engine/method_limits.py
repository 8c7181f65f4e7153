"""Settings that a method cannot keep to: refused before anything is loaded, rather than trained otherwise."""

from engine.errors import RecipeError
from engine.recipe import Recipe

KTO_ROWS = 2
"""Rows that kto needs in a micro-batch: it pairs each prompt with another's answer."""


def check_method(recipe: Recipe) -> None:
    """Raise RecipeError, a line for each setting that dpo, kto, orpo or grpo cannot keep to."""
    if problems := method_problems(recipe):
        raise RecipeError(problems)


def method_problems(recipe: Recipe) -> list[str]:
    """What of a recipe its method cannot keep to, a line each with the mend."""
    kind = recipe.method.kind
    if kind in ("sft", "cpt"):
        return []
    found = _of_all(recipe)
    if kind == "dpo":
        found += _of_dpo(recipe)
    if kind == "kto" and recipe.training.micro_batch < KTO_ROWS:
        found.append("training.micro_batch: kto compares the answers of a micro-batch: raise it to 2 or more")
    if kind == "grpo":
        found += _of_grpo(recipe)
    return found


def _of_all(recipe: Recipe) -> list[str]:
    found = []
    if recipe.training.packing:
        found.append(f"training.packing: {recipe.method.kind} does not pack rows: set it to false")
    if "lm_head" in recipe.adapter.targets and recipe.adapter.kind != "full":
        found.append(
            f"adapter.targets: {recipe.method.kind} reads the weights of lm_head itself, so that an adapter on it "
            "would not be trained: take it out"
        )
    return found


def _of_dpo(recipe: Recipe) -> list[str]:
    preference = recipe.method.preference
    if preference.label_smoothing and preference.loss != "robust":
        return ['method.preference.label_smoothing: only loss = "robust" uses it: set that, or 0']
    return []


def _of_grpo(recipe: Recipe) -> list[str]:
    found = []
    if not recipe.rewards:
        found.append(
            'rewards: grpo learns from rewards and there is none: add one, such as [[rewards]] with kind = "exact"'
        )
    generations, rows = recipe.method.grpo.generations, rows_of_step(recipe)
    if rows % generations:
        fit = [str(number) for number in range(2, rows + 1) if rows % number == 0]
        found.append(
            f"method.grpo.generations: {generations} does not divide the {rows} rows of a step (micro_batch x "
            f"accumulation x GPUs): set it to {_listed(fit) or 'fewer'}, or change those"
        )
    room = recipe.training.max_length - recipe.method.grpo.max_new_tokens
    if room < 1:
        found.append(
            f"method.grpo.max_new_tokens: {recipe.method.grpo.max_new_tokens} leaves no room for a prompt in "
            f"training.max_length = {recipe.training.max_length}: lower it, or raise that"
        )
    return found


def rows_of_step(recipe: Recipe) -> int:
    """Answers that one optimiser step learns from."""
    return recipe.training.micro_batch * recipe.training.accumulation * recipe.hardware.gpus


def sampled_rows(recipe: Recipe, prompts: int) -> int:
    """Answers that grpo samples in an epoch: of as many prompts as whole steps hold; the rest wait for the next one."""
    rows = rows_of_step(recipe)
    return prompts // (rows // recipe.method.grpo.generations) * rows


def _listed(numbers: list[str]) -> str:
    return ", ".join(numbers[:-1]) + " or " + numbers[-1] if len(numbers) > 1 else "".join(numbers)
