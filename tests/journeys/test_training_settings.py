"""Each setting of a training does what it says: real runs of the tiny model, in engine processes and in this one."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelError, UserError
from engine.jobs.tokenizer import base_path, load_tokenizer
from engine.jobs.train.adapter import save_trained, verify
from engine.jobs.train.collator import Collator
from engine.jobs.train.hf import HfBackend
from engine.jobs.train.packed import prove_rows_apart
from engine.jobs.train.tally import Tally
from engine.protocol import CheckpointSaved, StepDone
from engine.start import start_chat, start_evaluation, start_training
from projects import resource
from tests.support import SHORT_RUN, finished, follow, log_of, quickstart
from tests.training_runs import base_of, forecast, ready

FIXTURES = Path(__file__).parents[1] / "fixtures" / "data"
FEW = {"training__max_steps": 3, "training__micro_batch": 4, "training__evaluate_every": 3}


def completed(run):
    view, events = finished(run)
    assert view.condition == "completed", f"{view.state.finished}\n{log_of(run)}"
    return view.state, events


def notices(state):
    return [notice.text for notice in state.notices]


@pytest.mark.parametrize(
    ("packing", "order"), [(False, "by_length"), (False, "random"), (True, "by_length"), (True, "given")]
)
def test_steps_and_tokens_of_classes_are_known_beforehand(home, packing, order):
    project = quickstart(
        home, data__source=str(FIXTURES / "findings" / "banking77-train.csv"), data__held_out=None,
        data__mapping__prompt="text", data__mapping__answer="category", training__packing=packing,
        training__order=order, training__epochs=2.5, training__micro_batch=3, training__accumulation=2,
        training__max_length=96,
    )  # fmt: skip
    made, steps = forecast(project)
    run = ready(project)
    run.trainer.train()
    assert run.trainer.state.global_step == run.trainer.state.max_steps == len(steps)
    assert len(run.trainer.train_dataset) == len(made)
    counted = [count.tokens for count in run.tally.counts]
    per_epoch = -(-len(made) // 3)
    seen = [
        sum(counted[at : min(at + 2, begin + per_epoch)])
        for begin in range(0, len(counted), per_epoch)
        for at in range(begin, min(begin + per_epoch, len(counted)), 2)
    ]
    assert seen[: len(steps)] == steps.tolist()


def rows_of(project):
    data = ready(project).data.train.dataset()
    return data[:]


def alone(model, ids):
    import torch

    with torch.no_grad():
        return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]


@pytest.mark.parametrize("in_one_line", [False, True])
def test_a_row_in_a_sequence_reads_as_it_does_by_itself(home, in_one_line):
    import torch

    project = quickstart(home, training__packing=True, **FEW)
    model = HfBackend().load(project.recipe(), base_of(project)).model.eval()
    found = ready(project, model).data.train.dataset()[:2]
    sequences = [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
    batch = Collator(0, Tally(), in_one_line)(sequences)
    batch.pop("packed_seq_lengths", None)
    with torch.no_grad():
        logits = model(**batch, use_cache=False).logits
    flat = logits.reshape(-1, logits.shape[-1])
    width = batch["input_ids"].shape[1]
    for place, sequence in enumerate(sequences):
        at = 0 if not in_one_line else place * len(sequences[0]["input_ids"])
        begin = 0
        assert len(sequence["row_lengths"]) > 1
        for length in sequence["row_lengths"]:
            expected = alone(model, sequence["input_ids"][begin : begin + length])
            start = (place * width if not in_one_line else at) + begin
            torch.testing.assert_close(flat[start : start + length], expected, rtol=1e-4, atol=1e-4)
            begin += length


def test_packed_rows_have_the_loss_and_gradient_of_rows_by_themselves(home):
    import torch

    def gradients(packing):
        project = quickstart(
            home, f"packing-{packing}", training__packing=packing, training__max_steps=1, training__epochs=1,
            training__micro_batch=1000, training__accumulation=1, data__held_out=None, training__learning_rate=1e-9,
            data__source=str(FIXTURES / "findings" / "banking77-train.csv"), data__mapping__prompt="text",
            data__mapping__answer="category", data__split__validation=0.0, training__max_grad_norm=1e6,
        )  # fmt: skip
        run = ready(project)
        kept = {}
        run.trainer.create_optimizer()
        step = run.trainer.optimizer.step

        def keep(*args, **kwargs):
            named = run.trainer.model.named_parameters()
            kept.update({name: each.grad.clone() for name, each in named if each.grad is not None})
            return step(*args, **kwargs)

        run.trainer.optimizer.step = keep
        loss = run.trainer.train().training_loss
        return loss, kept

    (plain, one), (packed, other) = gradients(False), gradients(True)
    assert packed == pytest.approx(plain, rel=1e-5)
    assert one.keys() == other.keys()
    for name, gradient in one.items():
        torch.testing.assert_close(other[name], gradient, rtol=1e-3, atol=1e-6)


def test_a_model_whose_rows_see_each_other_is_not_trained_packed(home):
    import torch

    project = quickstart(home)
    model = HfBackend().load(project.recipe(), base_of(project)).model
    collator = Collator(0, Tally())
    prove_rows_apart(model, collator.packed)

    def as_one(rows):
        batch = collator.packed(rows)
        return batch | {"position_ids": torch.arange(batch["input_ids"].shape[1])[None]}

    with pytest.raises(ModelError, match=r"training\.packing: rows of this model would see each other"):
        prove_rows_apart(model, as_one)


def test_long_texts_are_cut_into_pieces_and_documents_end(home):
    project = quickstart(
        home, data__source="data/texts.jsonl", data__held_out=None, data__format="text", method__kind="cpt",
        training__max_length=16, data__split__validation=0.0, data__split__held_out=0.0, **FEW,
    )  # fmt: skip
    texts = [f"Document {number}: " + "the parcel is late and the lamp is green. " * number for number in range(12)]
    (project.path / "data" / "texts.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    rows = rows_of(project)
    tokenizer = load_tokenizer(base_path(project.recipe(), project.path)).tokenizer
    assert max(rows["length"]) <= 16
    assert rows["labels"] == rows["input_ids"], "every token is trained"
    joined: dict[int, list[int]] = {}
    for row, ids in zip(rows["row"], rows["input_ids"], strict=True):
        joined.setdefault(row, []).extend(ids)
    assert [tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in joined.values()] == [
        text.strip() for text in texts
    ]
    assert all(ids[-1] == tokenizer.eos_token_id and ids.count(ids[-1]) == 1 for ids in joined.values())


def test_conversations_are_trained_whole_by_cpt(home):
    rows = rows_of(quickstart(home, method__kind="cpt", training__packing=True, **FEW))
    assert rows["labels"] == rows["input_ids"]
    assert all(sum(lengths) == length for lengths, length in zip(rows["row_lengths"], rows["length"], strict=True))


ADAPTERS = {
    "lora": {},
    "attention": {"adapter__targets": ["attention"]},
    "rslora": {"adapter__rslora": True},
    "dora": {"adapter__dora": True},
    "pissa": {"adapter__init": "pissa"},
    "pissa-rslora": {"adapter__init": "pissa", "adapter__rslora": True},
    "embeddings": {"adapter__also_train": ["embed_tokens"]},
    "head": {"adapter__also_train": ["lm_head"]},
    "full": {"adapter__kind": "full"},
}


@pytest.mark.parametrize("name", ADAPTERS)
def test_what_is_saved_answers_as_what_was_trained(home, name):
    import torch

    from engine.jobs.pair import load_trained_base, load_trained_model, put_adapter_on, put_beside
    from engine.jobs.train.pissa import begin

    project = quickstart(home, **ADAPTERS[name], **FEW)
    recipe, base = project.recipe(), base_of(project)
    ids = list(range(10, 40))
    untouched = alone(load_trained_base(recipe, base.path).eval(), ids)
    model = HfBackend().load(recipe, base).model
    start = begin(model)
    torch.testing.assert_close(alone(model.eval(), ids), untouched, rtol=1e-3, atol=1e-3)
    run = ready(project, model)
    run.trainer.train()
    expected = alone(model.eval(), ids)
    assert (expected - untouched).abs().max() > 0.01, "it has learned something"
    tokenizer = load_tokenizer(base.path)
    saved = save_trained(model, tokenizer.tokenizer, base.path, run.folder / "kept", 3, start)
    assert saved.tensors > 0
    if name == "full":
        loaded = load_trained_model(recipe, run.folder / "kept")
        pair = put_beside(load_trained_base(recipe, base.path), loaded, tokenizer)
    else:
        pair = put_adapter_on(load_trained_base(recipe, base.path), run.folder / "kept", tokenizer)
    torch.testing.assert_close(alone(pair.model, ids), expected, rtol=1e-3, atol=1e-3)
    pair.switch("base")
    torch.testing.assert_close(alone(pair.model, ids), untouched, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["lora", "full"])
def test_a_tensor_that_was_not_saved_as_it_was_trained_is_seen(home, tmp_path, kind):
    import torch

    project = quickstart(home, adapter__kind=kind)
    model = HfBackend().load(project.recipe(), base_of(project)).model
    model.save_pretrained(tmp_path / "saved")
    assert verify(model, tmp_path / "saved") > 30
    with torch.no_grad():
        next(each for each in model.parameters() if each.requires_grad)[0, 0] += 1
    with pytest.raises(ModelError, match="was not saved as it was trained"):
        verify(model, tmp_path / "saved")


def test_positions_are_stretched_in_training_and_afterwards(home):
    from engine.jobs.pair import load_trained_base

    project = quickstart(home, training__max_length=2048, training__rope_scaling="yarn")
    recipe, base = project.recipe(), base_of(project)
    for model in (HfBackend().load(recipe, base).model, load_trained_base(recipe, base.path)):
        rope = model.config.rope_parameters
        assert (rope["rope_type"], rope["factor"], rope["rope_theta"]) == ("yarn", 2, 10000)
        assert model.config.max_position_embeddings == 2048
        assert alone(model, list(range(5, 1500))).isfinite().all()


def test_layers_that_are_not_there_are_refused(home):
    project = quickstart(home, adapter__targets=["c_attn"])
    with pytest.raises(ModelError, match=r"adapter\.targets: c_attn: no such linear layer.*q_proj"):
        HfBackend().load(project.recipe(), base_of(project))


def test_evaluations_keep_no_logits_and_batches_fit_where_training_fits(home):
    trainer = ready(quickstart(home, **FEW)).trainer
    assert trainer.args.prediction_loss_only
    assert trainer.args.per_device_eval_batch_size == trainer.args.per_device_train_batch_size
    batch = next(iter(trainer.get_eval_dataloader()))
    loss, logits, labels = trainer.prediction_step(trainer.model, batch, trainer.args.prediction_loss_only)
    assert loss.isfinite()
    assert (logits, labels) == (None, None)


def test_all_weights_are_trained_and_compared_with_the_base(home, tmp_path, monkeypatch):
    tracker = tmp_path / "packages" / "wandb"
    tracker.mkdir(parents=True)
    (tracker / "__init__.py").write_text("def init(**_):\n    raise ConnectionError('no way to the server')\n")
    (tmp_path / "packages" / "wandb-1.0.dist-info").mkdir()
    (tmp_path / "packages" / "wandb-1.0.dist-info" / "METADATA").write_text("Name: wandb\nVersion: 1.0\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))
    project = quickstart(home)
    run = start_training(
        project,
        SHORT_RUN
        | {
            "adapter.kind": "full", "training.learning_rate": 1e-3, "training.schedule": "constant",
            "training.warmup": 2, "training.optimiser": "paged_adamw", "trackers.use": ["wandb", "tensorboard"],
        },
    )  # fmt: skip
    state, events = completed(run)
    assert state.model.trainable == state.model.parameters > 3_000_000
    assert state.adapter.path == "model"
    assert not run.adapter.exists()
    assert [round(event.learning_rate, 6) for event in events if isinstance(event, StepDone)] == [
        0, 0.0005, 0.001, 0.001, 0.001, 0.001
    ]  # fmt: skip
    told = "\n".join(notices(state))
    assert "paged_adamw needs an NVIDIA GPU: adamw is taken" in told
    assert "wandb failed, so nothing more is sent to it" in told
    assert "tensorboard is not installed" in told
    evaluated, _ = completed(start_evaluation(project, run, rows=4))
    assert evaluated.model.parameters == state.model.parameters
    chat = start_chat(project, run)
    follow(chat, lambda view: view.state.phase is not None and view.state.phase.phase == "answering", "a chat")
    shutil.rmtree(run.model)
    with pytest.raises(Exception, match="no trained adapter"):
        start_evaluation(project, run)


def test_training_goes_on_from_an_adapter(home, tmp_path):
    project = quickstart(home)
    often = {**SHORT_RUN, "training.max_steps": 8, "training.evaluate_every": 2, "training.save_every": 4}
    first, events = completed(start_training(project, often))
    assert [event.step for event in events if isinstance(event, CheckpointSaved)] == [4, 8]
    assert first.adapter.step in (4, 8)
    assert len(first.evaluations) == 4
    second, _ = completed(start_training(project, SHORT_RUN | {"model.adapter": "tickets#1"}))
    assert second.steps[0].loss < 0.8 * first.steps[0].loss
    other = shutil.copytree(resource("ttune:quickstart/model"), tmp_path / "other")
    weights = (other / "model.safetensors").read_bytes()
    (other / "model.safetensors").write_bytes(weights[:-2] + bytes([weights[-2] ^ 1, weights[-1]]))
    refused = start_training(project, SHORT_RUN | {"model.adapter": "tickets#1", "model.base": str(other)})
    view, _ = follow(refused, lambda view: view.condition == "failed", "the refusal")
    assert "tickets#1 was trained on another base model" in view.state.finished.reason
    assert view.state.model is None, "nothing was loaded"
    with pytest.raises(UserError, match=r"adapter\.rank: tickets#1 has rank 16, and 8 is asked for"):
        start_training(project, SHORT_RUN | {"model.adapter": "tickets#1", "adapter.rank": 8})


def test_settings_that_cannot_be_are_refused_before_anything_is_loaded(home):
    project = quickstart(home)
    with pytest.raises(UserError) as refusal:
        start_training(project, {"hardware.gpus": 2, "training.save_every": 0.3})
    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == ["training.save_every", "hardware.gpus"]
    with pytest.raises(UserError, match=r"training\.patience: there are no validation rows to stop by"):
        start_training(project, {"training.patience": 2, "data.split.validation": 0.0})
    assert not list(project.jobs("train"))


def test_early_stopping_ends_after_as_many_evaluations(home):
    project = quickstart(
        home, training__patience=2, training__evaluate_every=1, training__max_steps=30, training__learning_rate=1e-9,
        training__micro_batch=2, data__split__validation=0.01,
    )  # fmt: skip
    trainer = ready(project).trainer
    losses = iter([2.0, 1.0, 1.5, 1.5, 1.5, 1.5])
    trainer.evaluation_loop = lambda *args, **kwargs: _evaluated(next(losses))
    trainer.train()
    assert trainer.state.global_step == 4
    assert trainer.state.best_global_step == 2


def _evaluated(loss):
    from transformers.trainer_utils import EvalLoopOutput

    return EvalLoopOutput(predictions=None, label_ids=None, metrics={"eval_loss": loss}, num_samples=1)


def test_a_tracker_that_fails_is_let_go():
    from engine.jobs.train.trackers import GuardedTracker

    class FakeTracker:
        def __init__(self):
            self.seen = []

        def on_log(self, number):
            self.seen.append(number)
            if number == 2:
                raise ConnectionError("gone")

    told, tracker = [], FakeTracker()
    guarded = GuardedTracker("trackio", tracker, told.append)
    for number in range(4):
        guarded.on_log(number)
    assert tracker.seen == [0, 1, 2]
    assert told == ["trackers.use: trackio failed, so nothing more is sent to it: gone"]


def test_lengths_of_padding_are_not_counted(home):
    run = ready(quickstart(home, training__packing=True, **FEW))
    assert int(np.sum(run.data.train.lengths)) == run.data.train.tokens
