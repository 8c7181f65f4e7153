"""The mask shown is the mask trained: what reaches the model in trl's own training, token by token, beside the audit."""

import json
import time

import pytest

from engine.data.audit import TABLE, AuditTable
from engine.data.audit_flags import Flag
from engine.data.dataset import open_dataset
from engine.data.example import Message
from engine.errors import ModelError
from engine.job import JobSpec, create, new_id
from engine.jobs.context import JobContext
from engine.jobs.masking import tokenise
from engine.jobs.tokenizer import load_tokenizer
from engine.journal import Writer
from engine.start import start_audit
from tests.chat_templates import FAMILIES, save_family
from tests.support import finished, log_of, quickstart

ROWS = 24
LENGTH = 200
SHOWN = ["chatml", "llama-3.1", "qwen-2.5", "qwen-3", "gemma-3", "phi-3", "phi-4", "mistral-3"]


def conversations_of(name):
    """Rows of one to three questions, some with a system text, none plain ASCII throughout."""
    system, rows = FAMILIES[name].system, []
    for number in range(ROWS):
        turns = [{"role": "system", "content": f"Be brief, {number}."}] if system and number % 3 == 0 else []
        for turn in range(number % 3 + 1):
            turns.append({"role": "user", "content": f"Ticket {number}.{turn}: the blender é 漢 arrived broken"})
            turns.append({"role": "assistant", "content": f"Refund {number}.{turn} 😀. " + "word " * (number % 7)})
        rows.append({"messages": turns})
    return rows


def masked(model, chats, max_length):
    """What our masking makes of chats."""
    rows = [tuple(Message(turn["role"], turn["content"]) for turn in turns) for turns in chats]
    return list(tokenise(load_tokenizer(str(model)).tokenizer, rows, answers_only=True, max_length=max_length))


def project_of(home, folder, name):
    """A project on a family's tokenizer, with rows of its own; a quarter of them are too long."""
    model = save_family(folder / name, name)
    lengths = sorted(len(row.ids) for row in masked(model, [row["messages"] for row in conversations_of(name)], 9999))
    project = quickstart(
        home, model__base=str(model), data__source="data/chats.jsonl", data__held_out=None,
        training__max_length=lengths[3 * len(lengths) // 4], training__max_steps=4, training__micro_batch=2, training__accumulation=1,
        method__allow=["answers_lost"], adapter__rank=4,
    )  # fmt: skip
    lines = [json.dumps(row) for row in conversations_of(name)]
    (project.path / "data" / "chats.jsonl").write_text("\n".join(lines))
    return project


def context_of(project):
    """A train job's surroundings without its process."""
    spec = JobSpec(
        id=new_id(project.jobs_path, "train", project.name), kind="train", project=project.name,
        project_path=str(project.path), created=time.time(), recipe=project.recipe().model_dump(mode="json"),
    )  # fmt: skip
    folder = create(project.jobs_path, spec)
    return JobContext(folder, Writer(folder.events))


def tiny_model(vocabulary):
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=256,
    )  # fmt: skip
    return get_peft_model(LlamaForCausalLM(config), LoraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM"))


def seen_in_training(context, recipe, dataset, loaded):
    """Every batch that the model is called with in trl's training loop, and the training rows that it was made of."""
    from engine.jobs.train.data import Collator, tokenise_dataset
    from engine.jobs.train.first_batch import watch_first_batch
    from engine.jobs.train.sft import build_trainer
    from transformers import TrainerCallback

    data = tokenise_dataset(context, recipe, dataset, loaded)
    collator = Collator(loaded.tokenizer.pad_token_id)
    model = tiny_model(len(loaded.tokenizer))
    output = context.folder.path / "checkpoints"
    trainer = build_trainer(recipe, model, loaded.tokenizer, data, output, collator, TrainerCallback())
    seen = []

    def look(module, arguments, inputs):
        if module.training:
            seen.append((inputs["input_ids"].tolist(), inputs["labels"].tolist()))

    model.register_forward_pre_hook(look, with_kwargs=True)
    watch_first_batch(model, collator)
    trainer.train()
    assert collator.first is None, "the first batch was compared"
    return seen, [count.rows for count in list(collator.counts)[: len(seen)]], len(data.train)


@pytest.mark.parametrize("name", SHOWN)
def test_what_the_audit_shows_is_what_trl_trains(home, tmp_path, name):
    project = project_of(home, tmp_path, name)
    recipe = project.recipe()
    folder = start_audit(project, recipe)
    view, _ = finished(folder)
    assert view.condition == "completed", log_of(folder)
    table = AuditTable(folder.path / TABLE)
    dataset = open_dataset(recipe, project.path)
    loaded = load_tokenizer(recipe.model.base)
    seen, rows, trained = seen_in_training(context_of(project), recipe, dataset, loaded)
    places = [int(place) for place in dataset.split.train if table.counts(int(place)).trained]
    assert len(places) == trained
    assert len(seen) == 4
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
    assert compared > 200
    assert not table.rows_with(Flag.FAILED).size
    assert table.rows_with(Flag.CUT).size


def test_training_ends_when_a_library_changes_what_is_trained(tmp_path):
    import torch
    from engine.jobs.train.data import Collator
    from engine.jobs.train.first_batch import watch_first_batch

    model, collator = tiny_model(64), Collator(0)
    rows = [{"input_ids": [5, 6, 7, 8], "labels": [-100, -100, 7, 8], "row": 0}]
    batch = collator(rows)
    model.train()
    watch_first_batch(model, collator)
    changed = batch | {"labels": torch.where(batch["labels"] == 7, -100, batch["labels"])}
    with pytest.raises(ModelError, match="changes what is trained"):
        model(**changed)
    model(**changed)  # looked at once
    again = Collator(0)
    batch = again(rows)
    watch_first_batch(model, again)
    flat = {key: value[:, :4] for key, value in batch.items()}
    model(**flat)  # the same without padding
    assert again.first is None


@pytest.mark.parametrize("name", ["llama-3", "qwen-2.5", "qwen-3", "gemma-2", "gemma-3", "phi-3", "phi-3.5"])
def test_trl_masks_the_same_by_its_own_templates(tmp_path, name):
    """The second yardstick: trl's assistant_only_loss, on the models' templates as trl marks them for training.

    End-of-turn tokens and the newline after them are trained by both. Two differences are by intent. Qwen 2.5: trl also
    trains the newline after `assistant`, which belongs to what asks for the answer. Qwen 3: trl's template writes
    thoughts into earlier answers too, where the model's own leaves them out, so only rows of one question are compared.
    """
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    loaded = load_tokenizer(str(save_family(tmp_path / name, name)))
    chats = [row["messages"] for row in conversations_of(name)]
    if name == "qwen-3":
        chats = [turns for turns in chats if sum(turn["role"] == "assistant" for turn in turns) == 1]
    trainer = SFTTrainer(
        model=tiny_model(len(loaded.tokenizer)).get_base_model(),
        args=SFTConfig(
            output_dir=str(tmp_path / "out"), assistant_only_loss=True, max_length=LENGTH, report_to="none",
            use_cpu=True, bf16=False,
        ),
        train_dataset=Dataset.from_list([{"messages": turns} for turns in chats]),
        processing_class=loaded.tokenizer,
    )  # fmt: skip
    for row, theirs in zip(masked(tmp_path / name, chats, LENGTH), trainer.train_dataset, strict=True):
        labels = list(theirs["labels"])
        assert row.ids == list(theirs["input_ids"])
        if name == "qwen-2.5":
            newline = loaded.tokenizer("\n", add_special_tokens=False)["input_ids"][0]
            for place in range(1, len(labels)):
                asks = labels[place - 1] == -100 and labels[place] == newline
                labels[place] = -100 if asks else labels[place]
        assert row.labels == labels
