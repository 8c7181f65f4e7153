"""The recipe: every setting of a run, with its unit, default, range and reason.

The form, the help, the checks and `project.toml` all come from these types: the docstring below a field is
its help. Defaults and ranges follow the field guide for LoRA and QLoRA.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

VERSION = 1
"""Version of the recipe's shape; a file of a newer one is refused, of an older one migrated."""

LINEAR_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The seven linear layers of a Llama-shaped block."""


class Section(BaseModel):
    """A group of settings. Unknown keys are mistakes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, validate_default=True, allow_inf_nan=False
    )


def setting(default: Any = ..., *, unit: str = "", advice: str = "", **bounds: Any) -> Any:
    """A field with its unit and the range that is advised (narrower than the one allowed)."""
    return Field(default, json_schema_extra={"unit": unit, "advice": advice}, **bounds)


class Model(Section):
    """What is fine-tuned."""

    base: Annotated[str, Field(min_length=1)]
    """The base model: a folder (relative to the project or absolute), a Hub id such as `Qwen/Qwen3-4B`, or
    `ttune:quickstart/model`, the tiny one that comes with ttune."""


class Mapping(Section):
    """How to make an example of a row whose fields are none of the known formats.

    Each role is a field's name (`a.b` for a field in a field), text with {field} in it, or a jinja template that sees
    the row's fields. Leave all empty where the format is recognised.
    """

    system: str = ""
    """Said before the conversation, the same for every row unless it names fields."""
    prompt: str = ""
    """What the user says."""
    answer: str = ""
    """What the model shall answer; only this is trained."""
    text: str = ""
    """Plain text to continue, without a chat template; goes with no other role."""
    chosen: str = ""
    """The better of two answers; goes with prompt and rejected."""
    rejected: str = ""
    """The worse of two answers."""
    label: str = ""
    """Whether the answer is good (true or false); goes with prompt and answer."""
    solution: str = ""
    """What a reward function compares an answer with; goes with prompt alone."""

    @property
    def given(self) -> bool:
        """Whether the recipe maps fields itself."""
        return bool(self.roles)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that are mapped, the system text aside."""
        return frozenset(name for name, pattern in self if pattern) - {"system"}

    @model_validator(mode="after")
    def _complete(self) -> "Mapping":
        if self.roles and self.roles not in _MAPPED_ROLES:
            raise ValueError(
                "prompt and answer go together; else text alone; prompt, chosen and rejected; prompt, answer and "
                "label; prompt and solution; or none where the format is recognised"
            )
        return self


_MAPPED_ROLES = tuple(
    frozenset(names.split())
    for names in ("prompt answer", "text", "prompt chosen rejected", "prompt answer label", "prompt solution")
)


class Split(Section):
    """Rows kept out of training. Rows with the same prompt always land on the same side."""

    validation: float | None = setting(None, unit="share", advice="0.05 from 1,000 rows, 0.1 below", ge=0, lt=0.9)
    """Rows whose loss is measured during training: the best checkpoint is chosen by them. Empty: by size, 0.1 below
    1,000 rows and 0.05 from there."""
    held_out: float | None = setting(None, unit="share", advice="100 to 500 rows", ge=0, lt=0.9)
    """Rows that only the comparison of base and tuned sees; not taken where a held-out file is given. Empty: by size,
    0.1 below 1,000 rows and 0.05 from there."""
    seed: int = setting(3407, ge=0)
    """Decides which rows go where; the same seed gives the same split."""
    by: Literal["random", "stratified", "group", "time"] = "random"
    """random: prompts at random. stratified: each value of `field` (the answer where it is empty) keeps its share on
    every side. group: rows with the same `field` stay together. time: the latest rows by `field` are held out."""
    field: str = ""
    """The field that stratified, group and time look at; `a.b` for a field in a field."""


class DropDuplicates(Section):
    """Keep the first of rows whose texts are the same but for case and spaces."""

    step: Literal["drop_duplicates"]


class DropNearDuplicates(Section):
    """Keep the first of rows whose texts are nearly the same (MinHash)."""

    step: Literal["drop_near_duplicates"]
    threshold: float = setting(0.8, unit="share of word 5-grams in common", advice="0.7 … 0.9", gt=0, le=1)
    """From this Jaccard similarity on two rows are near duplicates."""


class PersonalData(Section):
    """Take personal data and secrets out of texts, or the rows that hold them out of the data."""

    step: Literal["personal_data"]
    action: Literal["redact", "drop"] = "redact"
    """redact: write `[EMAIL]` and the like in their place. drop: leave the row out."""
    kinds: tuple[str, ...] = ()
    """Which kinds, such as `email` and `secret`; empty: all that the check knows."""


class LengthBounds(Section):
    """Leave out rows that are shorter or longer than asked."""

    step: Literal["length"]
    unit: Literal["characters", "words"] = "characters"
    of: Literal["row", "prompt", "answer"] = "row"
    """What is measured."""
    least: int = setting(0, ge=0)
    most: int | None = setting(None, ge=1)


class Languages(Section):
    """Leave out rows in other languages."""

    step: Literal["language"]
    keep: tuple[str, ...] = setting(min_length=1)
    """ISO 639-1 codes, such as `en`."""


class Balance(Section):
    """Bring classes to like sizes: repeat rows of small ones, or leave out rows of large ones."""

    step: Literal["balance"]
    field: str = ""
    """The field that holds the class; empty: the answer."""
    how: Literal["undersample", "oversample"] = "undersample"
    ratio: float = setting(5, advice="1 … 5", ge=1)
    """No class is larger than this many times the smallest afterwards."""
    seed: int = setting(3407, ge=0)


class Mix(Section):
    """Add rows of a second source, such as general instruction data against forgetting."""

    step: Literal["mix"]
    source: str
    """A source of rows, relative to the project or absolute."""
    share: float = setting(0.1, advice="0.05 … 0.3", gt=0, lt=1)
    """Of all rows afterwards, how many are of the second source."""
    seed: int = setting(3407, ge=0)


class DropRows(Section):
    """Leave out rows that a person has looked at."""

    step: Literal["drop_rows"]
    rows: tuple[int, ...]
    """Numbers in the source, from 1."""


class EditRow(Section):
    """Put another record in the place of a row."""

    step: Literal["edit_row"]
    row: int = setting(ge=1)
    """Number in the source, from 1."""
    record: str
    """The new record, as JSON."""


CurationStep = Annotated[
    DropDuplicates | DropNearDuplicates | PersonalData | LengthBounds | Languages | Balance | Mix | DropRows | EditRow,
    Field(discriminator="step"),
]


class Data(Section):
    """What is learned from."""

    source: str = ""
    """The training rows: a .jsonl, .json, .csv, .tsv, .parquet or .arrow file (.gz and .zst too), a folder of them, a
    folder that `datasets` saved, or `hub:NAME` on the Hub; relative to the project or absolute."""
    held_out: str = ""
    """A file of rows for the comparison of base and tuned; empty: a share of the source is kept for it."""
    format: Literal[
        "auto", "messages", "sharegpt", "alpaca", "prompt_completion",
        "text", "segments", "preference", "unpaired", "prompt_answer",
    ] = "auto"  # fmt: skip
    """How the rows are laid out; `auto` recognises it from all rows."""
    mapping: Mapping = Mapping()
    curate: tuple[CurationStep, ...] = ()
    """Steps from the source's rows to those that are used, in order; the source itself never changes."""
    split: Split = Split()


class Method(Section):
    """What the training optimises."""

    kind: Literal["sft"] = "sft"
    """sft: imitate the answers (supervised fine-tuning)."""
    answers_only: bool = True
    """Only the answers carry loss; off, prompts are learned too."""
    allow: tuple[Literal["own_mask", "chosen_only", "judged_answers", "answers_lost"], ...] = ()
    """Ways in which the training may differ from what is asked here; training does not start when it would in another.

    own_mask: plain text and segments say themselves what is trained. chosen_only: of two answers the chosen one is
    imitated. judged_answers: answers that are judged good are imitated. answers_lost: rows lose their whole answer.
    """


class Adapter(Section):
    """The small matrices that are trained while the base model stays as it is."""

    kind: Literal["lora", "qlora"] = "lora"
    """lora: the base in 16 bit (32 on a CPU). qlora: the base in 4 bit.

    qlora saves 33-60% of the memory, is about 39% slower and costs 1-5% of quality.
    """
    rank: int = setting(16, advice="8 … 64", ge=1, le=1024)
    """Width of the adapter: 8 for simple classification or format, 16-32 for most, 64 for a strong change."""
    alpha: float = setting(16, advice="r or 2r", gt=0)
    """The adapter's effect is scaled by alpha / rank."""
    dropout: float = setting(0.0, unit="share", advice="0, or 0.05 … 0.1 when overfitting", ge=0, lt=1)
    """Share of adapter inputs dropped in training; 0 keeps Unsloth's fast path."""
    targets: tuple[str, ...] = setting(LINEAR_LAYERS, min_length=1)
    """Layers that get an adapter: all seven linear ones, or attention only (faster, slightly worse)."""


class Training(Section):
    """How the training goes."""

    learning_rate: float = setting(1e-4, advice="LoRA 5e-5 … 3e-4, QLoRA 1e-4 … 5e-4", gt=0, le=1)
    """Peak step size of the optimiser."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    """How the rate falls after the warm-up. Never constant but for tests."""
    warmup: float = setting(0.1, unit="share of steps", advice="0.03 … 0.1", ge=0, lt=1)
    """Share of the steps over which the rate rises from 0."""
    epochs: float = setting(3, advice="1 … 3", gt=0, le=1000)
    """Times that every training row is seen."""
    max_steps: int | None = setting(None, unit="steps", ge=1)
    """End after this many optimiser steps, whatever the epochs; empty: the epochs decide."""
    micro_batch: int = setting(4, unit="rows", advice="1 … 16", ge=1)
    """Rows that go through the model at once; the main lever on memory."""
    accumulation: int = setting(4, unit="micro-batches", ge=1)
    """Micro-batches whose gradients are added up for one step; effective batch = micro_batch x accumulation."""
    max_length: int = setting(2048, unit="tokens", ge=8)
    """Longer rows lose their end."""
    weight_decay: float = setting(0.01, ge=0, lt=1)
    """Pull of the weights towards 0."""
    max_grad_norm: float = setting(1.0, gt=0)
    """Gradients longer than this are shortened to it."""
    optimiser: Literal["adamw", "adamw_8bit", "paged_adamw_8bit"] = "adamw_8bit"
    """8-bit states take a quarter of the memory; without a GPU plain adamw is taken instead, and said."""
    precision: Literal["auto", "bf16", "fp16", "fp32"] = "auto"
    """auto: bf16 where the GPU has it, else fp16; fp32 on a CPU."""
    gradient_checkpointing: bool = True
    """Recompute activations instead of keeping them: about 30% slower, far less memory. Not used on a CPU."""
    group_by_length: bool = True
    """Batch rows of like length together: less padding."""
    evaluate_every: float = setting(0.1, unit="share of steps, or steps", advice="0.05 … 0.25", gt=0)
    """Measure validation loss this often: below 1 a share of the run, from 1 a number of steps."""
    patience: int = setting(0, unit="evaluations", advice="3", ge=0)
    """Stop early after this many evaluations without a better one; 0: never."""
    seed: int = setting(3407, ge=0)
    """Decides the order of rows and the adapter's start."""


class Evaluation(Section):
    """How base and tuned are compared on the held-out rows."""

    metric: Literal["exact_match", "json_fields", "token_f1"] = "exact_match"
    """What decides: the same text; valid JSON whose `fields` are right; or the share of words in common."""
    fields: tuple[str, ...] = ()
    """Fields of the JSON that must be right (json_fields); empty: all of them."""
    rows: int = setting(200, unit="rows", advice="100 … 500", ge=1)
    """At most this many held-out rows are answered."""
    max_new_tokens: int = setting(256, unit="tokens", ge=1)
    """An answer is cut off here."""
    batch: int = setting(16, unit="rows", ge=1)
    """Rows answered at once."""


class Chat(Section):
    """Prompts to try by hand."""

    system: str = ""
    """Said before each prompt; empty: the one that the training rows begin with, where they all share it."""
    prompts: tuple[str, ...] = ()
    """Ready prompts, offered in the chat pane."""


class Hardware(Section):
    """Where it runs."""

    backend: Literal["auto", "unsloth", "hf"] = "auto"
    """unsloth: fastest on NVIDIA GPUs. hf: transformers + peft, anywhere. auto: unsloth where it can run the job."""


class Recipe(Section):
    """A whole recipe, as `project.toml` holds it."""

    version: Literal[1] = 1
    """Version of the recipe's shape."""
    description: str = ""
    """One line for lists of projects and templates."""
    model: Model
    data: Data = Data()
    method: Method = Method()
    adapter: Adapter = Adapter()
    training: Training = Training()
    evaluation: Evaluation = Evaluation()
    chat: Chat = Chat()
    hardware: Hardware = Hardware()
