"""The head of the script: what it is, what it imports, and every value that the recipe decides."""

import textwrap
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from engine.data.example import Kind
from engine.recipe import TARGET_GROUPS, Recipe

OPTIMISERS = {
    "adamw": "adamw_torch", "adamw_8bit": "adamw_8bit", "paged_adamw": "paged_adamw_32bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
}  # fmt: skip
"""transformers' names; all but the first need a GPU."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a script is made of."""

    recipe: Recipe
    name: str
    """The run, or the project, that it comes from."""
    kind: Kind
    """What the rows teach."""
    base: str
    """What `from_pretrained` takes."""
    unsloth: bool
    measured: bool
    """Whether there are validation rows."""
    adapter_path: str = ""
    """An adapter to go on from; "" for a fresh one."""
    native: int | None = None
    """Tokens that the base was made for; None where that is not known here."""
    sides: tuple[str, ...] = ()
    """Files of rows beside the script."""
    has_template: bool = False
    """Whether the base's tokenizer surely has a chat template."""
    has_pad: bool = False
    """Whether it surely has a token to pad with."""

    @property
    def revision(self) -> str:
        """The argument that names the base's revision, after others; "" for the newest."""
        return f", revision={_quoted(self.recipe.model.revision)}" if self.recipe.model.revision else ""

    @property
    def stretches(self) -> bool:
        """Whether positions may have to be scaled."""
        training = self.recipe.training
        return training.rope_scaling != "off" and (self.native is None or training.max_length > self.native)

    @property
    def imitates(self) -> bool:
        """Whether the script makes its tokens itself: sft and cpt."""
        return self.recipe.method.kind in ("sft", "cpt")


def head(facts: Facts) -> str:
    """The docstring."""
    recipe = facts.recipe
    trainers = "unsloth and trl" if facts.unsloth else "transformers, peft and trl"
    packages = ["torch", "transformers", "trl", "peft", "accelerate", "datasets"]
    packages += ["unsloth"] if facts.unsloth else []
    packages += ["bitsandbytes"] if recipe.adapter.kind == "qlora" or recipe.training.optimiser != "adamw" else []
    pins = " ".join(f"{name}=={found}" if (found := _version(name)) else name for name in packages)
    return (
        f'"""{_calm(facts.name)}: {recipe.method.kind} of {_calm(recipe.model.base)} ({recipe.adapter.kind}), with '
        f"{trainers} alone.\n\n"
        f"    {_installs(pins)}\n    python train.py\n\n"
        f"It reads {' and '.join(facts.sides)} beside it: the rows as they were trained, curated and split. It writes\n"
        'checkpoints/, the result to trained/, and the loss of each step to log.json.\n"""\n'
    )


def _installs(pins: str) -> str:
    """The packages, in commands that fit."""
    return "\n    ".join(f"pip install {part}" for part in textwrap.wrap(pins, 100, break_on_hyphens=False))


def _calm(text: str) -> str:
    """A text that cannot end a docstring."""
    return text.replace("\\", "/").replace('"', "'")


def _version(package: str) -> str:
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return ""


def values(facts: Facts) -> str:
    """The constants. Each line is one decision of the recipe."""
    training, adapter = facts.recipe.training, facts.recipe.adapter
    optimiser = OPTIMISERS[training.optimiser]
    lines = [
        "HERE = Path(__file__).parent",
        "GPU = torch.cuda.is_available()",
        f"MODEL = {_quoted(facts.base)}",
        f"SEED = {training.seed}",
        f"MAX_LENGTH = {training.max_length}  # tokens",
        f"MICRO_BATCH, ACCUMULATION = {training.micro_batch}, {training.accumulation}",
        f"EPOCHS, MAX_STEPS = {training.epochs:g}, {training.max_steps or -1}  # -1: the epochs decide",
        f'RATE, SCHEDULE = {training.learning_rate!r}, "{training.schedule}"',
        f"WARMUP = {training.warmup!r}  # below 1 a share of the steps, else steps",
        f'OPTIMISER = "{optimiser}"' + (' if GPU else "adamw_torch"' if optimiser != "adamw_torch" else ""),
        f"WEIGHT_DECAY, MAX_GRAD_NORM = {training.weight_decay!r}, {training.max_grad_norm!r}",
        f"EVALUATE_EVERY = {training.evaluate_every!r}  # below 1 a share of the steps, else steps",
    ]
    if adapter.kind != "full":
        lines.append(f"RANK, ALPHA, DROPOUT = {adapter.rank}, {_plain(adapter.alpha)}, {adapter.dropout!r}")
        lines += _wrapped("TARGETS", _targets(adapter.targets))
    if facts.adapter_path:
        lines.append(f"ADAPTER = {_quoted(facts.adapter_path)}  # goes on from this one")
    if facts.stretches and not facts.unsloth:
        lines.append(f'ROPE_SCALING = "{"yarn" if training.rope_scaling == "yarn" else "linear"}"')
    if facts.unsloth:
        checkpointing = {"unsloth": '"unsloth"', "plain": "True", "off": "False"}[training.gradient_checkpointing]
        lines.append(f"CHECKPOINTING = {checkpointing}")
    return "\n".join(lines) + "\n"


def _targets(targets: tuple[str, ...]) -> list[str]:
    """The layers' names; of a group all that any model has."""
    found: list[str] = []
    for target in targets:
        groups = tuple(TARGET_GROUPS) if target == "all" else (target,)
        found += [name for group in groups for name in TARGET_GROUPS.get(group, (group,))]
    return list(dict.fromkeys(found))


def _wrapped(name: str, items: list[str]) -> list[str]:
    line = f"{name} = [{', '.join(map(_quoted, items))}]"
    return [line] if len(line) <= 119 else [f"{name} = [", *(f"    {_quoted(item)}," for item in items), "]"]


def _quoted(text: str) -> str:
    """A text as Python writes it, in double quotes."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _plain(number: float) -> Any:
    return int(number) if number == int(number) else number
