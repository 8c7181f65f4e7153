"""The mask shown is the mask trained: what reaches the model in trl's own training beside the audit, token by token."""

import json

import pytest

from engine.data.audit_flags import Flag
from engine.errors import ModelError, UserError
from engine.jobs.tokenizer import load_tokenizer
from engine.start import start_training
from tests.chat_templates import save_family
from tests.mask_runs import SHOWN, STEPS, audit_of, chats_of, compare, masked, project_of, seen_in_training
from tests.support import SHORT_RUN, finished, log_of, quickstart

LENGTH = 200


def tiny_model(vocabulary):
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=256,
    )  # fmt: skip
    return get_peft_model(LlamaForCausalLM(config), LoraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM"))


@pytest.mark.parametrize("name", SHOWN)
def test_what_the_audit_shows_is_what_trl_trains(home, tmp_path, name):
    model = save_family(tmp_path / name, name)
    project = project_of(home, model, name)
    table = audit_of(project)
    vocabulary = len(load_tokenizer(str(model)).tokenizer)
    seen, rows, dataset = seen_in_training(project, tiny_model(vocabulary))
    assert len(seen) == STEPS
    assert compare(table, seen, rows, dataset) > 200
    assert not table.rows_with(Flag.FAILED).size
    assert table.rows_with(Flag.CUT).size


def test_training_ends_when_a_library_changes_what_is_trained():
    import torch

    from engine.jobs.train.collator import Collator
    from engine.jobs.train.first_batch import watch_first_batch
    from engine.jobs.train.tally import Tally

    model, collator = tiny_model(64), Collator(0, Tally())
    rows = [{"input_ids": [5, 6, 7, 8], "labels": [-100, -100, 7, 8], "row": 0}]
    batch = collator(rows)
    model.train()
    watch_first_batch(model, collator)
    changed = batch | {"labels": torch.where(batch["labels"] == 7, -100, batch["labels"])}
    with pytest.raises(ModelError, match="changes what is trained"):
        model(**changed)
    model(**changed)  # looked at once
    again = Collator(0, Tally())
    batch = again(rows)
    watch_first_batch(model, again)
    model(**{key: value[:, :4] for key, value in batch.items()})  # the same without padding
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
    chats = chats_of(name)
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
    newline = loaded.tokenizer("\n", add_special_tokens=False)["input_ids"][0]
    for row, theirs in zip(masked(tmp_path / name, chats, LENGTH), trainer.train_dataset, strict=True):
        labels = list(theirs["labels"])
        assert row.ids == list(theirs["input_ids"])
        if name == "qwen-2.5":
            asks = [at for at in range(1, len(labels)) if labels[at - 1] == -100 and labels[at] == newline]
            labels = [-100 if at in asks else label for at, label in enumerate(labels)]
        assert row.labels == labels


def test_a_training_that_would_differ_from_its_recipe_does_not_start(home):
    project = quickstart(home, data__source="data/rows.jsonl", data__held_out=None)
    rows = [{"prompt": f"Where is parcel {it}?", "chosen": "On its way.", "rejected": "Who knows."} for it in range(40)]
    (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    with pytest.raises(UserError, match=r"the chosen answers alone .* method\.allow = \["):
        start_training(project)
    assert not project.jobs("train")
    allowed = start_training(project, SHORT_RUN | {"method.allow": ["chosen_only"]})
    view, _ = finished(allowed)
    assert view.condition == "completed", log_of(allowed)
    assert view.state.data.train_rows > 0
    assert not (allowed.path / "tokens").exists()
