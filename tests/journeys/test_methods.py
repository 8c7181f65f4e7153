"""Preferences and rewards: what reaches the model is what masking shows, and each method learns what it is for."""

import json
from statistics import mean

import pytest

from engine.data.dataset import open_dataset
from engine.data.example import Message
from engine.errors import DataError, UserError
from engine.job import send
from engine.jobs.masking import tokenise
from engine.jobs.tokenizer import load_tokenizer
from engine.jobs.train.methods import Setup, choose
from engine.jobs.train.tally import Tally
from engine.journal import read_events
from engine.protocol import Ask, EvaluationDone, Notice, ReplyDone, Stop
from engine.start import start_chat, start_evaluation, start_training
from projects import resource
from tests.chat_templates import save_family
from tests.journeys.models import copy_run, project_of
from tests.journeys.test_masks import tiny_model
from tests.mask_runs import chats_of, context_of
from tests.support import SHORT_RUN, finished, follow, log_of, quickstart

STEPS = 3


def pairs_of(name):
    """Chats of a family, each with another last answer of other length; some prompts hold earlier answers."""
    return [
        {
            "prompt": turns[:-1], "chosen": turns[-1:],
            "rejected": [{"role": "assistant", "content": f"No 漢 {number}. " + "never " * (number % 5)}],
        }
        for number, turns in enumerate(chats_of(name))
    ]  # fmt: skip


def own_project(home, model, rows, **settings):
    project = quickstart(
        home, model__base=str(model), data__source="data/rows.jsonl", data__held_out=None, training__max_steps=STEPS,
        training__micro_batch=4, training__accumulation=1, training__evaluate_every=STEPS,
        method__allow=["answers_lost"], **settings,
    )  # fmt: skip
    (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return project


def built(project, model):
    """A method's trainer on a model of ours, without a job; and the context that it talks to."""
    from transformers import TrainerCallback

    recipe, context = project.recipe(), context_of(project)
    method, loaded = choose(recipe.method.kind), load_tokenizer(recipe.model.base)
    data = method.prepare(context, recipe, open_dataset(recipe, project.path), loaded)
    setup = Setup(
        recipe=recipe, project=project.path, model=model, tokenizer=loaded, data=data,
        output=context.folder.path / "checkpoints", reporter=TrainerCallback(), tally=Tally(),
    )  # fmt: skip
    return method.build_trainer(setup), setup, context


def calls_in_training(trainer):
    """What the model is called with while it trains: ids, labels and mask of each call."""
    seen = []

    def look(module, arguments, inputs):
        if module.training and "labels" in inputs:
            seen.append({name: inputs[name].tolist() for name in ("input_ids", "labels", "attention_mask")})

    trainer.model.register_forward_pre_hook(look, with_kwargs=True)
    trainer.train()
    return seen


def expected(loaded, row, side, max_length):
    """A pair's side as masking shows it, of whose answers the last one is trained."""
    turns = tuple(Message(turn["role"], turn["content"]) for turn in [*row["prompt"], *row[side]])
    (shown,) = tokenise(loaded.tokenizer, [turns], answers_only=True, max_length=max_length)
    last = len(shown.ids)
    while last and not shown.trained[last - 1]:
        last -= 1
    first = last
    while first and shown.trained[first - 1]:
        first -= 1
    return shown.ids, [token if first <= at < last else -100 for at, token in enumerate(shown.ids)]


@pytest.mark.parametrize("name", ["chatml", "llama-3.1", "qwen-3", "gemma-3", "mistral-3"])
def test_pairs_reach_the_model_as_masking_shows_them(home, tmp_path, name):
    model = save_family(tmp_path / name, name)
    loaded = load_tokenizer(str(model))
    rows = pairs_of(name)
    lengths = sorted(len(expected(loaded, row, "chosen", 9999)[0]) for row in rows)
    longest = lengths[3 * len(lengths) // 4]
    project = own_project(home, model, rows, method__kind="dpo", training__max_length=longest)
    trainer, setup, _ = built(project, tiny_model(len(loaded.tokenizer)))
    seen = calls_in_training(trainer)[::2]  # each batch is seen twice: once without the adapter
    assert len(seen) == STEPS
    shown = {
        side: {tuple(ids): labels for row in rows for ids, labels in [expected(loaded, row, side, longest)]}
        for side in ("chosen", "rejected")
    }
    compared = 0
    for call in seen:
        half = len(call["input_ids"]) // 2
        for place, (ids, labels, mask) in enumerate(zip(*call.values(), strict=True)):
            length = sum(mask)
            side = "chosen" if place < half else "rejected"
            assert labels[:length] == shown[side][tuple(ids[:length])]
            assert set(labels[length:]) <= {-100}
            compared += length
    assert compared > 200
    counts = [setup.tally.take() for _ in seen]
    assert [count.tokens for count in counts] == [sum(map(sum, call["attention_mask"])) for call in seen]


@pytest.mark.parametrize("name", ["chatml", "llama-3", "gemma-3"])
def test_trl_tokenises_pairs_the_same(home, tmp_path, name):
    """The second yardstick: trl's own tokens of the same conversations."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    model = save_family(tmp_path / name, name)
    loaded = load_tokenizer(str(model))
    rows = pairs_of(name)
    arguments = DPOConfig(output_dir=str(tmp_path / "out"), report_to="none", use_cpu=True, bf16=False, max_length=None)
    theirs = DPOTrainer(
        model=tiny_model(len(loaded.tokenizer)), args=arguments, train_dataset=Dataset.from_list(rows),
        processing_class=loaded.tokenizer,
    ).train_dataset  # fmt: skip
    for row, tokens in zip(rows, theirs, strict=True):
        for side in ("chosen", "rejected"):
            ids, labels = expected(loaded, row, side, 9999)
            assert tokens["prompt_ids"] + tokens[f"{side}_ids"] == ids
            assert labels.count(-100) == len(tokens["prompt_ids"])


def test_judged_answers_meet_their_neighbours_prompts():
    from engine.jobs.train.methods.judged_batches import JudgedCollator

    rows = [
        {"ids": [1, 2, 3, 4], "labels": [-100, -100, 3, 4], "good": True, "row": 0},
        {"ids": [5, 6], "labels": [-100, 6], "good": False, "row": 1},
        {"ids": [7, 8, 9], "labels": [-100, -100, 9], "good": True, "row": 2},
    ]
    tally = Tally()
    batch = JudgedCollator(0, tally, 4)(rows)
    assert batch["input_ids"][:, :4].tolist() == [[1, 2, 3, 4], [5, 6, 0, 0], [7, 8, 9, 0]]
    assert batch["completion_mask"][:, :4].tolist() == [[0, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert batch["KL_input_ids"][:, :4].tolist() == [[1, 2, 9, 0], [5, 3, 4, 0], [7, 8, 6, 0]]
    assert batch["KL_completion_mask"][:, :4].tolist() == [[0, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 0]]
    assert batch["label"].tolist() == [True, False, True]
    assert tally.take().tokens == 9


def test_plain_scoring_is_what_logits_give():
    import torch

    from engine.jobs.train.methods.scoring import PlainLogProbs

    torch.manual_seed(0)
    hidden, weight = torch.randn(2100, 8, requires_grad=True), torch.randn(50, 8, requires_grad=True)
    labels = torch.randint(50, (2100,))
    chosen, entropy, squares, means, top = PlainLogProbs.apply(
        hidden, weight, None, labels, 0.7, 0, 30.0, 1.5, ("log_probs",)
    )
    logits = 30 * torch.tanh(hidden @ weight.T * 1.5 / 30) / 0.7
    spread = torch.distributions.Categorical(logits=logits)
    assert torch.allclose(chosen, spread.log_prob(labels), atol=1e-5)
    assert torch.allclose(entropy, spread.entropy(), atol=1e-5)
    assert torch.allclose(squares, spread.probs.square().sum(-1).log(), atol=1e-4)
    assert torch.allclose(means, logits.mean(-1), atol=1e-5)
    assert torch.equal(top, logits.argmax(-1) == labels)
    found = torch.autograd.grad(chosen.sum(), (hidden, weight))
    wanted = torch.autograd.grad(spread.log_prob(labels).sum(), (hidden, weight))
    assert all(torch.allclose(*both, atol=1e-3) for both in zip(found, wanted, strict=True))
    none = PlainLogProbs.apply(hidden[:0], weight, None, labels[:0], 1.0, 0, None, 1.0, ())
    assert [len(column) for column in none] == [0] * 5


def test_orpo_imitates_the_chosen_answer_alone(home, tmp_path):
    import torch

    model = save_family(tmp_path / "chatml", "chatml")
    loaded = load_tokenizer(str(model))
    project = own_project(home, model, pairs_of("chatml"), method__kind="orpo", training__max_length=300)
    trainer, *_ = built(project, tiny_model(len(loaded.tokenizer)))
    batch = next(iter(trainer.get_train_dataloader()))
    trainer.model.eval()
    with torch.no_grad():
        logs = trainer.model(batch["input_ids"], attention_mask=batch["attention_mask"]).logits.log_softmax(-1)
        scores = logs[:, :-1].gather(2, batch["input_ids"][:, 1:, None]).squeeze(2)
        loss, metrics = trainer.get_batch_loss_metrics(trainer.model, batch)
    mask = batch["completion_mask"][:, 1:].float()
    chosen, rejected = ((scores * mask).sum(1) / mask.sum(1)).chunk(2)
    imitated = -(scores * mask)[: len(chosen)].sum() / mask[: len(chosen)].sum()
    odds = (chosen - rejected) - (torch.log1p(-chosen.exp()) - torch.log1p(-rejected.exp()))
    assert torch.allclose(loss, imitated - 0.1 * torch.nn.functional.logsigmoid(odds).mean(), atol=1e-4)
    assert metrics["nll_loss"] == pytest.approx(imitated.item(), abs=1e-4)


@pytest.mark.parametrize("start", ["fresh", "trained", "pissa"])
def test_the_reference_is_the_model_as_it_was(start):
    import torch
    from peft import LoraConfig, get_peft_model

    from engine.jobs.train.methods.reference import drop_copy, reference_of

    plain = tiny_model(64).unload()
    first = "pissa" if start == "pissa" else True
    model = get_peft_model(plain, LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=first))
    if start == "trained":
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter)
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with reference_of(model):
        model.add_adapter("ref", model.peft_config["default"])
        for name, parameter in model.named_parameters():
            if ".default." in name:
                model.get_parameter(name.replace(".default.", ".ref.")).data.copy_(parameter.data)
    assert ("ref" in model.peft_config) is (start != "fresh")
    after = model.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in weights.items())
    assert model.peft_config["default"].init_lora_weights == first
    drop_copy(model)
    assert after.keys() >= model.state_dict().keys() == weights.keys()
    assert model.active_adapters == ["default"]


# Whole runs on the quickstart's tiny model, which answers tickets in prose and not in JSON.


def tickets():
    lines = resource("ttune:quickstart/data/tickets.jsonl").read_text().splitlines()[:240]
    return [json.loads(line)["messages"] for line in lines]


PROSE = ("Thank you for writing to us. It cannot wait.", "I would file it under shipping.", "Let me see. It can wait.")


def said(text):
    return [{"role": "assistant", "content": text}]


def pairs():
    return [
        {"prompt": turns[:-1], "chosen": turns[-1:], "rejected": said(PROSE[number % 3])}
        for number, turns in enumerate(tickets())
    ]


def judged():
    """Good answers in JSON, bad ones in prose."""
    return [
        {"prompt": turns[:-1], "completion": said(PROSE[at % 3]) if at % 2 else turns[-1:], "label": not at % 2}
        for at, turns in enumerate(tickets())
    ]


def questions():
    return [{"prompt": turns[:-1], "solution": turns[-1]["content"]} for turns in tickets()]


def run_of(home, rows, kind, steps, **settings):
    """Train a method to its end, held-out rows and all."""
    short: dict[str, object] = {
        "training__max_steps": steps, "training__micro_batch": 4, "training__accumulation": 1,
        "training__evaluate_every": steps, "training__learning_rate": 1e-3, "evaluation__rows": 4,
        "evaluation__batch": 4, "data__split__validation": 0.04,
    }  # fmt: skip
    project = quickstart(home, data__source="data/rows.jsonl", method__kind=kind, **short | settings)
    (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    run = start_training(project)
    view, _ = finished(run)
    assert view.condition == "completed", log_of(run)
    state = view.state
    assert state.adapter.tensors > 0
    assert not (run.path / "adapter" / "ref").exists()
    assert not (run.path / "tokens").exists()
    assert [step.step for step in state.steps] == list(range(1, steps + 1))
    assert all(step.tokens > step.trained_tokens > 0 and step.seconds > 0 for step in state.steps)
    return project, run, state


def figure(steps, name):
    return mean(step.metrics[name] for step in steps)


def test_dpo_prefers_what_was_chosen_and_its_adapter_is_used_everywhere(home):
    project, run, state = run_of(home, pairs(), "dpo", 30)
    assert state.steps[0].loss == pytest.approx(0.6931, abs=1e-3)  # -log(1/2): the model is its own reference
    assert figure(state.steps[-5:], "rewards/accuracies") > 0.9
    assert figure(state.steps[-5:], "rewards/margins") > figure(state.steps[:5], "rewards/margins") + 0.5
    (measured,) = state.evaluations
    assert measured.best
    assert measured.metrics["rewards/accuracies"] > 0.9
    assert state.data.train_rows == 230
    evaluation = start_evaluation(project, run)
    finished(evaluation)
    assert [event.rows for event in read_events(evaluation.events) if isinstance(event, EvaluationDone)] == [4]
    chat = start_chat(project, run)
    send(chat, Ask(prompt="My parcel is lost.", max_new_tokens=8))
    follow(chat, lambda view: sum(isinstance(it, ReplyDone) for it in read_events(chat.events)) == 2, "both answers")
    send(chat, Stop())
    finished(chat)


def test_dpo_goes_on_from_what_sft_trained(home, trained):
    """The reference is the adapter as sft left it, and the new adapter is saved alone."""
    run = copy_run(trained, home.path)
    project = project_of(run)
    (project.path / "pairs.jsonl").write_text("\n".join(json.dumps(row) for row in pairs()))
    pairs_now = {"data.source": "pairs.jsonl", "model.adapter": str(run.path), "method.kind": "dpo"}
    second = start_training(project, SHORT_RUN | pairs_now | {"training.max_steps": 3})
    view, _ = finished(second)
    assert view.condition == "completed", log_of(second)
    assert view.state.steps[0].loss == pytest.approx(0.6931, abs=1e-3)
    assert not (second.path / "adapter" / "ref").exists()


def test_dpo_of_all_weights_is_held_to_a_copy(home):
    _, _, state = run_of(home, pairs(), "dpo", 4, adapter__kind="full", training__learning_rate=1e-4)
    assert state.steps[0].loss == pytest.approx(0.6931, abs=1e-3)
    assert state.steps[-1].loss < 0.65


def test_kto_learns_from_single_judgements(home):
    _, _, state = run_of(home, judged(), "kto", 20)
    losses = [step.loss for step in state.steps]
    assert losses[0] == pytest.approx(0.5, abs=1e-3)
    assert mean(losses[-5:]) < 0.42
    assert state.evaluations[-1].metrics["rewards/margins"] > 0.3
    assert not [notice for notice in state.notices if "answers: weight" in notice.text]


def test_orpo_imitates_and_prefers(home):
    _, _, state = run_of(home, pairs(), "orpo", 20)
    losses = [step.loss for step in state.steps]
    assert mean(losses[-5:]) < 0.8 * mean(losses[:5])
    assert figure(state.steps[-5:], "nll_loss") < figure(state.steps[:5], "nll_loss")
    assert state.evaluations[-1].metrics["rewards/margins"] > 0


GROUPS = {
    "method.grpo.generations": 4, "method.grpo.max_new_tokens": 12, "training.micro_batch": 8,
    "training.accumulation": 2, "training.evaluate_every": 50,
}  # fmt: skip
THANKS = {"kind": "regex", "pattern": "^Thank"}
"""About a fifth of the base model's answers begin so."""


def rewarded(home, *rewards, **settings):
    changed = {key.replace(".", "__"): value for key, value in GROUPS.items()}
    project = quickstart(
        home, data__source="data/rows.jsonl", data__held_out=None, method__kind="grpo", rewards=list(rewards),
        **{"training__learning_rate": 2e-3} | changed | settings,
    )  # fmt: skip
    (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in questions()))
    return project


def test_grpo_finds_what_is_rewarded(home):
    project = rewarded(
        home, THANKS, {"kind": "length", "most": 20, "weight": 0.1}, training__max_steps=12,
        training__learning_rate=8e-3, method__grpo__generations=8, method__grpo__max_new_tokens=8,
        data__split__validation=0.05,
    )  # fmt: skip
    run = start_training(project)
    view, _ = finished(run)
    assert view.condition == "completed", log_of(run)
    steps = view.state.steps
    assert figure(steps[-4:], "rewards/regex/mean") > figure(steps[:3], "rewards/regex/mean") + 0.3
    assert steps[0].metrics["reward"] == pytest.approx(
        steps[0].metrics["rewards/regex/mean"] + 0.1 * steps[0].metrics["rewards/length/mean"], abs=1e-4
    )
    assert all(0 < step.metrics["completions/mean_length"] <= 8 for step in steps)
    assert {"reward_std", "frac_reward_zero_std", "entropy", "completions/clipped_ratio"} <= steps[0].metrics.keys()
    assert all(step.tokens > step.trained_tokens > 0 for step in steps)
    (measured,) = view.state.evaluations
    assert measured.loss is None
    assert measured.best
    assert measured.metrics["reward"] > 0.3
    assert view.state.plan.steps == 12
    assert view.state.adapter.step == 12


def test_answers_end_where_the_template_ends_them(home):
    project = rewarded(home, THANKS, training__max_steps=1, method__grpo__max_new_tokens=96)
    run = start_training(project)
    view, _ = finished(run)
    (step,) = view.state.steps
    assert step.metrics["completions/clipped_ratio"] < 0.2
    assert step.metrics["completions/mean_length"] < 60


def test_rewards_that_are_all_equal_teach_nothing_and_that_is_said(home):
    project = rewarded(home, {"kind": "regex", "pattern": "^[{]"}, training__max_steps=6, method__grpo__beta=0.04)
    run = start_training(project)
    view, _ = finished(run)
    assert view.condition == "completed", log_of(run)
    assert sum(notice.text.startswith("nothing is learned:") for notice in view.state.notices) == 1
    assert "kl" in view.state.steps[-1].metrics


def test_a_reward_of_ones_own_that_fails_ends_the_run_with_the_row(home):
    project = rewarded(home, {"kind": "python", "file": "mine.py"}, training__max_steps=2)
    (project.path / "mine.py").write_text("def score(prompt, answer, row):\n    return row['nothing']\n")
    run = start_training(project)
    view, _ = follow(run, lambda view: view.condition == "failed", "the failure")
    assert f"{project.path / 'mine.py'}: score: row " in view.state.finished.reason
    assert "KeyError: 'nothing'" in view.state.finished.reason


# What is refused


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        ({"rewards": []}, "grpo learns from rewards and there is none"),
        ({"rewards": [{"kind": "regex", "pattern": "("}]}, "'(' is no regular expression"),
        ({"rewards": [{"kind": "python", "file": "no.py"}]}, "no.py: No such file"),
        ({"method.grpo.generations": 5}, "set it to 2, 4, 8 or 16"),
        ({"method.grpo.max_new_tokens": 256}, "leaves no room for a prompt"),
        ({"adapter.targets": ["q_proj", "lm_head"]}, "lm_head"),
        ({"method.kind": "kto", "training.micro_batch": 1, "training.accumulation": 16}, "raise it to 2 or more"),
        ({"method.kind": "dpo", "method.preference.label_smoothing": 0.1}, 'only loss = "robust" uses it'),
        ({"method.kind": "dpo", "training.packing": True}, "set it to false"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_kept_to_are_refused_at_once(home, settings, mend):
    project = rewarded(home, THANKS)
    with pytest.raises(UserError) as refused:
        start_training(project, settings)
    assert mend in str(refused.value)
    assert not project.runs()


def prepared(project, **settings):
    """What a method's `prepare` makes of a project, and the notices."""
    recipe, context = project.recipe(), context_of(project)
    loaded = load_tokenizer(str(resource("ttune:quickstart/model")))
    data = choose(recipe.method.kind).prepare(context, recipe, open_dataset(recipe, project.path), loaded)
    return data, [event.text for event in read_events(context.folder.events) if isinstance(event, Notice)]


def with_rows(home, rows, **settings):
    project = quickstart(home, data__source="data/rows.jsonl", data__held_out=None, **settings)
    (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return project


@pytest.mark.parametrize(
    ("kind", "rows", "mend"),
    [
        ("dpo", [{"messages": turns} for turns in tickets()[:20]], "none of 17 rows is one (17 conversation)"),
        ("kto", [row | {"label": True} for row in judged()[:20]], "every answer is judged good"),
        ("grpo", pairs()[:20], "grpo learns from prompts"),
    ],
)
def test_rows_that_a_method_cannot_use_are_refused(home, kind, rows, mend):
    project = with_rows(home, rows, method__kind=kind, rewards=[THANKS], method__grpo__max_new_tokens=16)
    with pytest.raises(DataError) as refused:
        prepared(project)
    assert mend in str(refused.value)


@pytest.mark.parametrize(
    ("reward", "mend"),
    [
        ({"kind": "numeric"}, "has no number in its solution"),
        ({"kind": "choice", "choices": ["a", "b"]}, "which is none of the choices"),
    ],
)
def test_solutions_that_a_reward_cannot_use_are_refused(home, reward, mend):
    rows = [row | {"solution": "a lot"} for row in questions()[:20]]
    project = with_rows(home, rows, method__kind="grpo", rewards=[reward], method__grpo__max_new_tokens=16)
    with pytest.raises(DataError) as refused:
        prepared(project)
    assert "rows.jsonl: row " in str(refused.value)
    assert mend in str(refused.value)


def test_answers_are_solutions_too(home):
    rows = [{"messages": turns} for turns in tickets()[:40]]
    settings = {"method__grpo__generations": 4, "method__grpo__max_new_tokens": 16}
    data, _ = prepared(with_rows(home, rows, method__kind="grpo", rewards=[{"kind": "exact"}], **settings))
    from engine.jobs.train.methods.questions import Lookup

    place = data.train.dataset()[0]["place"]
    answered = Lookup(data.dataset)(place, "x")
    assert answered.solution == rows[answered.number - 1]["messages"][-1]["content"]
    assert answered.row == rows[answered.number - 1]
    assert data.train_rows == len(data.train) // 4 * 16  # 16 answers a step are of 4 prompts


def test_every_prompt_keeps_its_own_solution(home, monkeypatch):
    """Rows are read so many at once: prompts of the later batches must not slip to the next row's place."""
    monkeypatch.setattr("engine.jobs.train.methods.judged.AT_ONCE", 7)
    rows = [{"prompt": f"What is {number} + 1?", "solution": str(number + 1)} for number in range(60)]
    rows[20]["prompt"] = "word " * 400  # too long, and left out
    settings = {"method__grpo__generations": 4, "method__grpo__max_new_tokens": 16}
    data, _ = prepared(with_rows(home, rows, method__kind="grpo", rewards=[{"kind": "exact"}], **settings))
    from engine.jobs.train.methods.questions import Lookup

    lookup, seen = Lookup(data.dataset), 0
    for side in (data.train, data.validation):
        for asked in side.dataset():
            answered = lookup(asked["place"], "")
            assert rows[answered.number - 1]["prompt"] in asked["prompt"]
            assert answered.solution == rows[answered.number - 1]["solution"]
            seen += 1
    assert seen == 60 - 1 - len(data.dataset.split.held_out)


def test_kto_takes_pairs_apart(home):
    data, _ = prepared(with_rows(home, pairs()[:80], method__kind="kto", data__split__held_out=0))
    assert data.train_rows + data.validation_rows == 160


def test_what_is_cut_or_left_out_is_said(home):
    rows = pairs()[:40]
    long = {"role": "user", "content": "word " * 300}
    rows[0] = rows[0] | {"prompt": [long]}
    rows[1] = rows[1] | {"rejected": said("word " * 300)}
    rows[2] = rows[2] | {"chosen": said("the same"), "rejected": said(" the same")}
    data, notices = prepared(with_rows(home, rows, method__kind="dpo", data__split__held_out=0))
    assert "1 rows are left out: a whole answer of theirs is cut off at training.max_length" in notices
    assert "1 rows are longer than training.max_length and lose their end" in notices
    assert len(data.train) + len(data.validation) == 39
