"""How a model is compared and tried, where it runs, and what it may cost."""

from typing import Literal

from engine.recipe.section import Section, setting, several


class Evaluation(Section):
    """How base and tuned are compared on the held-out rows."""

    metric: Literal["exact_match", "json_fields", "token_f1"] = "exact_match"
    """What decides: the same text; valid JSON whose `fields` are right; or the share of words in common."""
    fields: tuple[str, ...] = several((), when={"evaluation.metric": ("json_fields",)})
    """Fields of the JSON that must be right (json_fields); empty: all of them."""
    threshold: float | None = setting(None, unit="points above base", advice="3 … 20", gt=0, le=100)
    """How much better the tuned model must be to be worth its trouble. Without it nothing can be concluded."""
    rows: int = setting(200, unit="rows", advice="100 … 500", ge=1, le=10_000_000)
    """At most this many held-out rows are answered."""
    max_new_tokens: int = setting(256, unit="tokens", ge=1, le=1_000_000)
    """An answer is cut off here."""
    batch: int = setting(16, unit="rows", ge=1, le=4096)
    """Rows answered at once."""


class Chat(Section):
    """Prompts to try by hand."""

    system: str = ""
    """Said before each prompt; empty: the one that the training rows begin with, where they all share it."""
    prompts: tuple[str, ...] = several(())
    """Ready prompts, offered in the chat pane."""


class Hardware(Section):
    """Where it runs."""

    backend: Literal["auto", "unsloth", "hf"] = "auto"
    """unsloth: fastest on NVIDIA GPUs. hf: transformers + peft, anywhere. auto: unsloth where it can run the job."""
    gpus: int = setting(1, unit="GPUs", ge=1, le=64)
    """GPUs that share the work, each with the whole model; the effective batch grows with them."""
    gpu: str = ""
    """The GPU that forecasts are for, such as `H100 80GB` or `RTX 4090`; empty: the one that is here."""


class Trackers(Section):
    """Services that a run's figures are also sent to; their keys come from the environment."""

    use: tuple[Literal["wandb", "tensorboard", "mlflow", "trackio"], ...] = several(())
    """Each must be installed and set up as its own guide says; the run goes on where one fails."""
    project: str = ""
    """The name that runs are filed under there; empty: this project's."""


class Budget(Section):
    """What a run may cost."""

    price_per_hour: float | None = setting(None, unit="$/hour", ge=0, le=100_000)
    """What this machine costs; empty: from the table for its GPU, which is a guess."""
    limit: float | None = setting(None, unit="$", gt=0, le=1_000_000_000)
    """A run that is forecast to cost more does not start unasked."""
    hours: float | None = setting(None, unit="hours", gt=0, le=100_000)
    """A run that is forecast to take longer does not start unasked."""


class Readiness(Section):
    """What only you know about whether fine-tuning is the right thing to do. Each `no` is said with what it means."""

    task: Literal[
        "unsaid", "classification", "extraction", "style", "code", "dialogue", "reasoning", "generation", "multi_task",
        "questions_about_documents", "one_off",
    ] = "unsaid"  # fmt: skip
    """What the model shall do: decides how many rows are enough, and whether another way does better."""
    prompt_score: float | None = setting(None, unit="points", ge=0, le=100)
    """What the base model reaches on the held-out rows with its best prompt, 5-10 examples in it."""
    target_score: float | None = setting(None, unit="points", ge=0, le=100)
    """What is needed. A prompt that reaches 80% of it is where to stop."""
    stable: Literal["unsaid", "yes", "no"] = "unsaid"
    """Whether the task stays the same for months; what changes weekly is looked up (retrieval), not trained."""
    served_on: str = ""
    """Where the tuned model will run, such as `vLLM on an A10G`: choose the base model by it."""


class Advice(Section):
    """Warnings that are accepted."""

    accepted: dict[str, str] = {}
    """Code of a warning = why it does not apply here. Kept with each run."""
