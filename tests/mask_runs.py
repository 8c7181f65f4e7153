"""What reaches the model in a real trainer's first batches, beside the audit: for CPU and GPU tests of the mask."""

import json
import time
from pathlib import Path
from typing import Any

from engine.data.audit import TABLE, AuditTable
from engine.data.dataset import Dataset, open_dataset
from engine.data.example import Message
from engine.home import Home
from engine.job import JobSpec, create, new_id
from engine.jobs.context import JobContext
from engine.jobs.masking import TokenisedRow, tokenise
from engine.jobs.tokenizer import load_tokenizer
from engine.journal import Writer
from engine.project import Project
from engine.start import start_audit
from tests.chat_templates import FAMILIES
from tests.support import finished, log_of, quickstart

ROWS = 24
STEPS = 4
SHOWN = ("chatml", "llama-3.1", "qwen-2.5", "qwen-3", "gemma-3", "phi-3", "phi-4", "mistral-3")
"""Families of chat templates that are trained with."""

Chat = list[dict[str, str]]
Batch = tuple[list[list[int]], list[list[int]]]
"""Token ids and labels, a list a row."""


def chats_of(name: str) -> list[Chat]:
    """Chats of one to three questions, some with a system text, none plain ASCII throughout."""
    chats = []
    for number in range(ROWS):
        turns = []
        if FAMILIES[name].system and number % 3 == 0:
            turns.append({"role": "system", "content": f"Be brief, {number}."})
        for turn in range(number % 3 + 1):
            turns.append({"role": "user", "content": f"Ticket {number}.{turn}: the blender é 漢 arrived broken"})
            turns.append({"role": "assistant", "content": f"Refund {number}.{turn} 😀. " + "word " * (number % 7)})
        chats.append(turns)
    return chats


def masked(model: Path, chats: list[Chat], max_length: int) -> list[TokenisedRow]:
    """What our masking makes of chats."""
    rows = [tuple(Message(turn["role"], turn["content"]) for turn in turns) for turns in chats]  # type: ignore[arg-type]
    return list(tokenise(load_tokenizer(str(model)).tokenizer, rows, answers_only=True, max_length=max_length))


def project_of(home: Home, model: Path, name: str, **settings: Any) -> Project:
    """A project on a model's folder, with a family's chats as rows; a quarter of them are too long."""
    lengths = sorted(len(row.ids) for row in masked(model, chats_of(name), 9999))
    project = quickstart(
        home, model__base=str(model), data__source="data/chats.jsonl", data__held_out=None, adapter__rank=8,
        training__max_length=lengths[3 * len(lengths) // 4], training__max_steps=STEPS, training__micro_batch=2,
        training__accumulation=1, training__evaluate_every=STEPS, method__allow=["answers_lost"], **settings,
    )  # fmt: skip
    lines = [json.dumps({"messages": turns}) for turns in chats_of(name)]
    (project.path / "data" / "chats.jsonl").write_text("\n".join(lines))
    return project


def audit_of(project: Project) -> AuditTable:
    """What a real audit job shows of a project's rows."""
    folder = start_audit(project, project.recipe())
    view, _ = finished(folder)
    assert view.condition == "completed", log_of(folder)
    return AuditTable(folder.path / TABLE)


def context_of(project: Project) -> JobContext:
    """A train job's surroundings without its process."""
    spec = JobSpec(
        id=new_id(project.jobs_path, "train", project.name), kind="train", project=project.name,
        project_path=str(project.path), created=time.time(), recipe=project.recipe().model_dump(mode="json"),
    )  # fmt: skip
    folder = create(project.jobs_path, spec)
    return JobContext(folder, Writer(folder.events))


def seen_in_training(project: Project, model: Any) -> tuple[list[Batch], list[list[int]], Dataset]:
    """Every batch that the model is called with by the trainer, the training rows in each, and the data."""
    from transformers import TrainerCallback

    from engine.jobs.train.methods import Setup, choose
    from engine.jobs.train.tally import Tally

    recipe, context = project.recipe(), context_of(project)
    dataset, loaded = open_dataset(recipe, project.path), load_tokenizer(recipe.model.base)
    method, tally = choose(recipe.method.kind), Tally()
    data = method.prepare(context, recipe, dataset, loaded)
    trainer = method.build_trainer(
        Setup(
            recipe=recipe, project=project.path, model=model, tokenizer=loaded, data=data,
            output=context.folder.path / "checkpoints", reporter=TrainerCallback(), tally=tally,
        )
    )  # fmt: skip
    seen: list[Batch] = []

    def look(module: Any, arguments: Any, inputs: dict[str, Any]) -> None:
        if module.training:
            seen.append((inputs["input_ids"].tolist(), inputs["labels"].tolist()))

    model.register_forward_pre_hook(look, with_kwargs=True)
    trainer.train()
    assert trainer.data_collator.first is None, "the first batch was compared"
    return seen, [count.rows for count in list(tally.counts)[: len(seen)]], dataset


def compare(table: AuditTable, seen: list[Batch], rows: list[list[int]], dataset: Dataset) -> int:
    """Hold each token and label that was seen against the audit; how many were compared."""
    places = [int(place) for place in dataset.split.train if table.counts(int(place)).trained]
    compared = 0
    for (ids, labels), numbers in zip(seen, rows, strict=True):
        for row_ids, row_labels, number in zip(ids, labels, numbers, strict=True):
            shown = table.row(places[number])
            length = len(shown.ids)
            expected = [token if carries else -100 for token, carries in zip(shown.ids, shown.trained, strict=True)]
            assert row_ids[:length] == shown.ids
            assert row_labels[:length] == expected
            assert set(row_labels[length:]) <= {-100}
            compared += length
    return compared
