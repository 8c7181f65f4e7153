"""The comparison of base and tuned: real models, a real engine."""

import copy
import json
import shutil

import pytest
import torch

from engine.errors import DataError, ModelError
from engine.job import JobFolder, send
from engine.jobs.evaluate import answers, job
from engine.jobs.evaluate.answers import answer
from engine.jobs.evaluate.questions import batches, make_questions
from engine.jobs.pair import load_pair
from engine.journal import read_events
from engine.protocol import EvaluationDone, HeldOutRow, ModelLoaded, Notice, PhaseProgress, RowAnswered, Stop
from engine.start import start_evaluation
from engine.statistics import compare
from tests.journeys.models import context_of, copy_run, project_of
from tests.support import finished, follow, no_engines_left

ROWS = 6


@pytest.fixture(scope="module")
def run(trained, tmp_path_factory):
    """A run of our own; engines that are left over are ended."""
    home = tmp_path_factory.mktemp("measured")
    with no_engines_left(home):
        yield copy_run(trained, home, evaluation__rows=ROWS, evaluation__max_new_tokens=24, evaluation__batch=4)


@pytest.fixture(scope="module")
def evaluated(run):
    """View and events of a finished evaluation."""
    view, events = finished(start_evaluation(project_of(run), run))
    assert view.condition == "completed", view.state.finished
    return view, events


@pytest.fixture(scope="module")
def pair(run):
    return load_pair(context_of(run, "evaluate"))


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def test_both_sides_answer_every_row_once(evaluated):
    _, events = evaluated
    rows = [row.row for row in of_kind(events, HeldOutRow)]
    assert len(rows) == ROWS and rows == sorted(rows)
    told = of_kind(events, RowAnswered)
    assert sorted((one.side, one.row) for one in told) == sorted(
        (side, row) for side in ("base", "tuned") for row in rows
    )
    assert {tuple(one.scores) for one in told} == {("json_fields", "json_valid", "token_f1")}
    answered = [progress.done for progress in of_kind(events, PhaseProgress) if progress.unit == "answers"]
    assert answered == [4, 8, 10, 12]


def test_the_comparison_is_what_the_answers_say(evaluated):
    view, events = evaluated
    (done,) = of_kind(events, EvaluationDone)
    assert (done.rows, done.main) == (ROWS, "json_fields")
    scores = {(one.side, one.row): one.scores for one in of_kind(events, RowAnswered)}
    rows = [row.row for row in of_kind(events, HeldOutRow)]
    for metric, compared in done.metrics.items():
        base, tuned = ([scores[side, row][metric] for row in rows] for side in ("base", "tuned"))
        assert compared == compare(base, tuned)
    assert not set(done.fixed) & set(done.broken)
    assert view.state.finished.outcome == "completed"


def test_base_answers_as_the_base_model_alone(evaluated, pair):
    """Against transformers with no adapter anywhere near it."""
    from transformers import AutoModelForCausalLM

    from projects import resource

    _, events = evaluated
    tokenizer = pair.tokenizer.tokenizer
    alone = AutoModelForCausalLM.from_pretrained(resource("ttune:quickstart/model"), dtype=torch.float32).eval()
    held_out = [json.loads(line) for line in resource("ttune:quickstart/data/held-out.jsonl").read_text().splitlines()]
    for row in of_kind(events, HeldOutRow)[:2]:
        turns = held_out[row.row]["messages"]
        assert (row.prompt, row.expected) == (turns[1]["content"], turns[2]["content"])
        asked = tokenizer.apply_chat_template(
            turns[:-1], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        told = alone.generate(**asked, do_sample=False, max_new_tokens=24)[0, asked["input_ids"].shape[1] :]
        (said,) = [one for one in of_kind(events, RowAnswered) if (one.side, one.row) == ("base", row.row)]
        assert said.answer == tokenizer.decode(told, skip_special_tokens=True)


def test_the_adapter_can_be_switched_at_any_time(pair):
    ids = torch.tensor([[1, 300, 301, 302]])

    def logits(side):
        pair.switch(side)
        with torch.inference_mode():
            return pair.model(ids).logits

    tuned, base = logits("tuned"), logits("base")
    assert not torch.equal(tuned, base)
    assert torch.equal(logits("tuned"), tuned)
    assert torch.equal(logits("base"), base)
    assert not pair.model.training


def test_company_in_a_batch_does_not_change_an_answer(pair):
    """Left padding and its mask: one by one, all at once, and in halves when memory runs out."""
    prompts = [[1, 300 + place, *range(400, 400 + 5 * place)] for place in range(5)]
    alone = [answer(pair, "tuned", [prompt], 12, lambda: False)[0] for prompt in prompts]
    assert answer(pair, "tuned", prompts, 12, lambda: False) == alone


def test_an_answer_that_the_limit_ends_is_marked_as_cut(pair):
    tokenizer = pair.tokenizer.tokenizer
    asked = [[{"role": "user", "content": text}] for text in ("Hello", "My parcel is late", "I cannot log in")]
    prompts = [tokenizer.apply_chat_template(turns, add_generation_prompt=True)["input_ids"] for turns in asked]
    whole, short = (answer(pair, "base", prompts, limit, lambda: False) for limit in (80, 2))
    for one, cut in zip(whole, short, strict=True):
        assert cut.cut == (one.text != cut.text)
        assert one.text.startswith(cut.text)
    assert any(cut.cut for cut in short)


def test_a_batch_that_does_not_fit_into_memory_is_answered_in_halves(pair, monkeypatch):
    generate, sizes = answers._generate, []

    def on_a_full_gpu(pair, prompts, *rest):
        sizes.append(len(prompts))
        if len(prompts) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return generate(pair, prompts, *rest)

    prompts = [[1, 300 + place] for place in range(5)]
    alone = answer(pair, "base", prompts, 8, lambda: False)
    monkeypatch.setattr(answers, "_generate", on_a_full_gpu)
    assert answer(pair, "base", prompts, 8, lambda: False) == alone
    assert sizes == [5, 2, 3, 1, 2]


def test_one_row_that_does_not_fit_is_said_with_the_mend(pair, monkeypatch):
    def on_a_full_gpu(*arguments):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(answers, "_generate", on_a_full_gpu)
    with pytest.raises(ModelError, match=r"lower evaluation\.max_new_tokens"):
        answer(pair, "base", [[1, 2]], 8, lambda: False)


def test_a_stop_is_heard_within_a_token(pair):
    asked = iter([False, False, True])
    (said,) = answer(pair, "base", [[1, 300]], 500, lambda: next(asked, True))
    assert len(pair.tokenizer.tokenizer(said.text)["input_ids"]) <= 4


def test_rows_that_cannot_be_asked_are_left_out_and_counted(run, pair):
    from engine.data.example import Message

    context = context_of(run, "evaluate")
    rows = [(Message("user", "word " * times), Message("assistant", "{}")) for times in (2, 500, 3)]
    questions = make_questions(context, pair.tokenizer.tokenizer, rows, [0, 1, 2], longest=100)
    assert [question.row for question in questions] == [0, 2]
    (notice,) = of_kind(read_events(context.folder.events), Notice)
    assert notice.text.startswith("1 of 3 held-out rows are left out (row 2: longer than the 100 tokens")
    with pytest.raises(DataError, match="no row can be asked: row 2"):
        make_questions(context, pair.tokenizer.tokenizer, rows, [1], longest=100)


def test_batches_hold_every_question_once_and_the_longest_first(run, pair):
    from engine.data.example import Message

    rows = [(Message("user", "x" * place), Message("assistant", "y")) for place in (5, 90, 20, 60, 40)]
    questions = make_questions(context_of(run, "evaluate"), pair.tokenizer.tokenizer, rows, range(5), None)
    assert [[question.row for question in batch] for batch in batches(questions, 2)] == [[1, 3], [4, 2], [0]]


def test_stopping_keeps_the_answers_and_concludes_nothing(run):
    folder = start_evaluation(project_of(run), run, rows=200)
    follow(folder, lambda now: bool(now.state.phase and now.state.phase.done), "the first answers")
    send(folder, Stop())
    view, _ = finished(folder)
    assert view.condition == "stopped"
    assert "nothing is concluded" in view.state.finished.reason
    events = read_events(folder.events)
    assert not of_kind(events, EvaluationDone)
    assert 4 <= len(of_kind(events, RowAnswered)) < 400


# What can be wrong


def changed(run: JobFolder, section: str, **values: object) -> dict:
    recipe = copy.deepcopy(run.spec.recipe)
    recipe[section] |= values
    return recipe


def test_half_an_adapter_is_no_adapter(run, tmp_path):
    other = copy_run(run, tmp_path / "home")
    weights = other.adapter / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    with pytest.raises(ModelError, match=r"the adapter cannot be read: .*train it again"):
        load_pair(context_of(other, "chat"))
    (other.adapter / "adapter_config.json").write_text("{")
    with pytest.raises(ModelError, match="the adapter cannot be read"):
        load_pair(context_of(other, "chat"))
    weights.unlink()
    with pytest.raises(ModelError, match="the run saved no whole adapter"):
        load_pair(context_of(other, "chat"))


@pytest.mark.filterwarnings("ignore:Found missing adapter keys")
@pytest.mark.parametrize("shape", [{"hidden_size": 128}, {"num_hidden_layers": 2}, {"num_hidden_layers": 6}], ids=str)
def test_an_adapter_of_another_base_is_refused(run, tmp_path, shape):
    """Narrower layers, and layers that the adapter has too many or too few for, which peft only warns about."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from projects import resource

    base = tmp_path / "base"
    shutil.copytree(resource("ttune:quickstart/model"), base)
    config = LlamaConfig.from_pretrained(base)
    for name, value in shape.items():
        setattr(config, name, value)
    LlamaForCausalLM(config).save_pretrained(base)
    other = context_of(run, "chat", changed(run, "model", base=str(base)))
    with pytest.raises(ModelError, match="has changed since"):
        load_pair(other)
    note = run.adapter / "ttune.json"
    noted = note.read_text()
    note.unlink()  # as an adapter from elsewhere has none
    try:
        with pytest.raises(ModelError, match="trained on another base model"):
            load_pair(other)
    finally:
        note.write_text(noted)


def test_a_missing_base_is_named(run, tmp_path):
    with pytest.raises(ModelError, match=r"nowhere.*its tokenizer cannot be loaded"):
        load_pair(context_of(run, "chat", changed(run, "model", base=str(tmp_path / "nowhere"))))


def test_a_4_bit_base_without_a_gpu_is_a_mistake(run, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="needs an NVIDIA GPU"):
        load_pair(context_of(run, "chat", changed(run, "adapter", kind="qlora")))


def test_a_metric_that_cannot_fit_the_answers_is_said_before_anything_is_loaded(run):
    context = context_of(run, "evaluate", changed(run, "evaluation", fields=["price"]))
    with pytest.raises(DataError, match=r"its expected answer is wrong by json_fields itself: .*evaluation\.fields"):
        job.run(context)
    assert not of_kind(read_events(context.folder.events), ModelLoaded)


def test_no_held_out_row_is_said_with_the_key(run):
    recipe = changed(run, "data", held_out="", split={"validation": 0.0, "held_out": 0.0, "seed": 1})
    with pytest.raises(DataError, match=r"data\.split\.held_out: no row is held out"):
        job.run(context_of(run, "evaluate", recipe))
