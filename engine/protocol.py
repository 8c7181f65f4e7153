"""Every event and command that passes between a job and its front ends.

A job appends events to `events.jsonl`; front ends append commands to `commands.jsonl`. Both are JSON, one
message a line, told apart by their tag. Readers skip tags they do not know, so that an old studio can watch
a newer engine; fields are added with a default and never renamed. Times are seconds since the epoch (UTC),
durations seconds, sizes bytes. A value that was not finite, or could not be read, is None.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from engine.hardware import HardwareReading

JobKind = Literal["train", "evaluate", "chat", "audit", "ingest", "check"]
"""What a job does; each kind is a package of `engine.jobs`."""

Phase = Literal[
    "starting",
    "loading",
    "reading",
    "checking",
    "tokenising",
    "compiling",
    "training",
    "evaluating",
    "saving",
    "answering",
]
"""What a job is doing right now."""

Outcome = Literal["completed", "stopped", "failed"]
"""How a job ended."""

Side = Literal["base", "tuned"]
"""Which model an answer came from: the base model, or the base model with the trained adapter."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """Something that happened in a job."""

    seq: int = 0
    """Place in the journal, from 1; the journal's writer sets it."""
    time: float = 0.0
    """When it was written; the journal's writer sets it."""


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """An engine process took the job's lock. Always the first event, and again after each resume."""

    kind: JobKind
    pid: int
    """Process id as the engine sees it; in a container the host's NVML may know another."""
    host: str
    versions: dict[str, str] = {}
    """Version by name: ttune, python, and each training package that is installed."""


class BackendChosen(Event, frozen=True, kw_only=True, tag="backend_chosen"):
    """Which backend loads and saves the model."""

    backend: str
    reason: str
    """Why this one, in words for the user."""


class PhaseStarted(Event, frozen=True, kw_only=True, tag="phase_started"):
    """A new phase began; the one before it ended at the same moment."""

    phase: Phase
    detail: str = ""
    """What is being done, in a few words."""


class PhaseProgress(Event, frozen=True, kw_only=True, tag="phase_progress"):
    """How far the current phase is."""

    done: float
    total: float | None = None
    unit: str = ""
    """What is counted: rows, tensors, steps."""


class ModelLoaded(Event, frozen=True, kw_only=True, tag="model_loaded"):
    """The base model and its adapter are in memory."""

    name: str
    parameters: int
    """All parameters, the adapter's included; a 4-bit weight counts as one parameter."""
    trainable: int
    device: str
    dtype: str
    """What the weights are held in, such as `float32`, `bfloat16` or `nf4`."""


class DataReady(Event, frozen=True, kw_only=True, tag="data_ready"):
    """Every row is rendered and tokenised."""

    train_rows: int
    validation_rows: int
    tokens: int
    """Tokens of all training rows, padding not counted."""
    trained_tokens: int
    """Those of them that carry loss."""
    longest: int
    """Tokens of the longest training row, after any cut."""
    cut_rows: int = 0
    """Rows longer than the recipe's length, whose end was cut off."""
    dropped_rows: int = 0
    """Rows left out because no token of theirs would be trained."""
    sequences: int | None = None
    """What an epoch consists of: the training rows, pieces of them, or several packed into one; None before ttune told
    them apart."""


class TrainingPlanned(Event, frozen=True, kw_only=True, tag="training_planned"):
    """How long the run will be."""

    steps: int
    """Optimiser steps of the whole run."""
    epochs: float
    micro_batch: int
    accumulation: int


class StepDone(Event, frozen=True, kw_only=True, tag="step_done"):
    """One optimiser step."""

    step: int
    """Optimiser steps done, counted from the start of the run, resumes included."""
    epoch: float
    loss: float | None
    """Mean loss per trained token of this step, in nats (of a pair or an answer for dpo, kto and orpo); None when it
    was not finite."""
    learning_rate: float | None = None
    grad_norm: float | None = None
    """L2 norm of the gradients before clipping; None when it was not finite."""
    tokens: int = 0
    """Tokens seen in this step, padding not counted."""
    trained_tokens: int = 0
    """Those of them that carry loss."""
    seconds: float = 0.0
    """Wall time from the end of the step before it (or of the evaluation or save between them) to its own end."""
    gpu_peak_bytes: int | None = None
    """Most memory that torch has held on the GPU so far; None without a GPU."""
    metrics: Mapping[str, float | None] = {}
    """What the method measures beside its loss, by trl's names, such as `rewards/margins` (dpo, kto, orpo) or `reward`
    and `rewards/regex/mean` (grpo); None where it was not finite."""


class Evaluated(Event, frozen=True, kw_only=True, tag="evaluated"):
    """Loss on the validation rows."""

    step: int
    loss: float | None
    """Mean loss per trained token, in nats (of a pair or an answer for dpo, kto and orpo); None when it was not finite,
    or when what is learned has no loss that says anything (grpo)."""
    seconds: float
    best: bool
    """Whether it is the best of the run so far: the lowest loss, or the highest `reward` (grpo)."""
    metrics: dict[str, float | None] = {}
    """What the method measures beside its loss, as in `StepDone`."""


class CheckpointSaved(Event, frozen=True, kw_only=True, tag="checkpoint_saved"):
    """A checkpoint that training can go on from is on disk."""

    step: int
    path: str
    """Relative to the job folder."""
    bytes: int


class AdapterSaved(Event, frozen=True, kw_only=True, tag="adapter_saved"):
    """The adapter is on disk, and was read back and compared with what is in memory."""

    step: int
    """The step it was trained to: the best evaluated one where there is a validation split, else the last."""
    path: str
    """Relative to the job folder."""
    bytes: int
    tensors: int
    """Tensors read back and found equal."""


class HardwareRead(Event, frozen=True, kw_only=True, tag="hardware_read"):
    """One reading of the machine."""

    reading: HardwareReading


class Heartbeat(Event, frozen=True, kw_only=True, tag="heartbeat"):
    """The engine's process is alive; written every few seconds whatever the job does."""


class Notice(Event, frozen=True, kw_only=True, tag="notice"):
    """Something a person may want to know."""

    level: Literal["info", "warn", "error"]
    text: str


class CommandAnswered(Event, frozen=True, kw_only=True, tag="command_answered"):
    """What the engine says to a command."""

    command: str
    """The command's id."""
    accepted: bool
    text: str


class ReplyStarted(Event, frozen=True, kw_only=True, tag="reply_started"):
    """A chat prompt is taken up; pieces of both answers follow."""

    ask: str
    """The id of the `Ask` command."""
    prompt: str
    system: str = ""
    """What is said to the models before the prompt; "" for nothing."""


class ReplyPiece(Event, frozen=True, kw_only=True, tag="reply_piece"):
    """More text of one answer."""

    ask: str
    side: Side
    text: str
    tokens: int = 0
    """Tokens of this side so far."""
    seconds: float = 0.0
    """What this side alone has taken so far; turns of the other side between are not counted."""


class ReplyDone(Event, frozen=True, kw_only=True, tag="reply_done"):
    """One answer is complete."""

    ask: str
    side: Side
    tokens: int
    """Tokens of the answer; the one that ends it is not counted."""
    seconds: float
    """What this side alone took: turns of the other side between are not counted."""
    first_token_s: float | None
    """Seconds this side took to its first token, reading the prompt included; None when it was stopped before."""
    ended: Literal["eos", "length", "stopped"]
    """Why it ended: the model said so, the limit on new tokens, or a command."""


class RowAnswered(Event, frozen=True, kw_only=True, tag="row_answered"):
    """One held-out row, answered by one side and scored."""

    side: Side
    row: int
    """Row in the held-out set, from 0."""
    answer: str
    scores: dict[str, float]
    """Score of this row by metric, from 0 (wrong) to 1 (right); the metric that decides comes first."""
    cut: bool = False
    """Whether the limit on new tokens ended it, not the model."""


class HeldOutRow(Event, frozen=True, kw_only=True, tag="held_out_row"):
    """A row that both sides will answer: what is asked and what is expected."""

    row: int
    prompt: str
    expected: str


class MetricCompared(msgspec.Struct, frozen=True, kw_only=True):
    """One metric, base against tuned, over the same rows. Figures are means of row scores, from 0 to 1."""

    base: float
    tuned: float
    difference: float
    """tuned - base."""
    interval: tuple[float, float]
    """95% interval of the difference: percentile bootstrap over rows, paired (Efron & Tibshirani 1993, ch. 13)."""
    p: float
    """Two-sided p-value of no difference: exact sign test over rows whose scores differ (McNemar's exact test
    where scores are 0 or 1)."""


class EvaluationDone(Event, frozen=True, kw_only=True, tag="evaluation_done"):
    """The comparison of base and tuned."""

    rows: int
    main: str
    """The metric that decides."""
    metrics: dict[str, MetricCompared]
    fixed: list[int]
    """Rows that base had wrong and tuned has right, by the main metric (1 is right)."""
    broken: list[int]
    """Rows that base had right and tuned has wrong."""


class AuditDone(Event, frozen=True, kw_only=True, tag="audit_done"):
    """Every row is rendered and tokenised; the table is on disk."""

    path: str
    """Arrow file, relative to the job folder; `engine.data.audit` reads it."""
    rows: int
    tokens: int
    trained_tokens: int
    masked_rows: int
    """Rows with no trained token."""
    cut_rows: int
    failed_rows: int
    """Rows that the chat template could not render."""
    kinds: dict[str, int] = {}
    """Rows by kind of example."""
    findings: dict[str, int] = {}
    """Rows by finding (`engine.data.audit_flags`); those with none are left out."""
    lengths: dict[str, int] = {}
    """Tokens of a row by percentile: 50, 90, 95, 99, 100."""
    own_bos_rows: int = 0
    """Rows whose text begins with BOS and would get a second one from a tool that adds special tokens to it."""
    padding_random: float | None = None
    """Share of padding in batches of the recipe's micro_batch, rows in random order."""
    padding_grouped: float | None = None
    """The same with rows of like length together, as training.order = "by_length" has it."""
    packed_rows: int | None = None
    """Sequences of max_length that would hold all rows, packed first-fit-decreasing."""
    packing_gain: float | None = None
    """Tokens that the model works on in the recipe's padded batches, by those of the packed sequences."""
    rejected_tokens: int = 0
    """Tokens of the rows with the worse answer (preference)."""
    seconds: float = 0.0
    """Wall time of rendering, tokenising and writing."""


class ImportDone(Event, frozen=True, kw_only=True, tag="import_done"):
    """A source is imported; its rows are on disk for front ends to read."""

    path: str
    """The imported rows' folder."""
    rows: int
    bad_rows: int
    """Lines that are no row."""
    bytes: int
    """Bytes of the source that were read."""
    seconds: float


class CheckDone(Event, frozen=True, kw_only=True, tag="check_done"):
    """The data is checked; the findings are on disk."""

    path: str
    """JSON file, relative to the job folder; `engine.data.check` reads it."""
    rows: int
    findings: dict[str, int]
    """Rows by finding code."""
    seconds: float


class Finished(Event, frozen=True, kw_only=True, tag="finished"):
    """Always the last event of an engine process."""

    outcome: Outcome
    reason: str = ""
    """Why it ended this way, in one plain line."""
    mend: str = ""
    """What to do about it, where something can be done."""


AnyEvent = (
    Started
    | BackendChosen
    | PhaseStarted
    | PhaseProgress
    | ModelLoaded
    | DataReady
    | TrainingPlanned
    | StepDone
    | Evaluated
    | CheckpointSaved
    | AdapterSaved
    | HardwareRead
    | Heartbeat
    | Notice
    | CommandAnswered
    | ReplyStarted
    | ReplyPiece
    | ReplyDone
    | RowAnswered
    | HeldOutRow
    | EvaluationDone
    | AuditDone
    | ImportDone
    | CheckDone
    | Finished
)


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command"):
    """Something a front end asks of a running job. The engine answers with `CommandAnswered`."""

    id: str = ""
    """Unique; set by `engine.job.send`."""


class Stop(Command, frozen=True, kw_only=True, tag="stop"):
    """End at the next sub-step, keep the work, verify it and finish."""


class Ask(Command, frozen=True, kw_only=True, tag="ask"):
    """Answer a prompt with both models (chat jobs)."""

    prompt: str
    max_new_tokens: int = 256
    temperature: float = 0.0
    """0 takes the likeliest token each time; above, samples."""
    seed: int = 3407


class StopReply(Command, frozen=True, kw_only=True, tag="stop_reply"):
    """Cut the answer that is being given short; the job stays (chat jobs)."""


AnyCommand = Stop | Ask | StopReply
