"""Metrics, loaded as an evaluation loads them: by path, without a socket."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.evaluate.answers import final_answer
from engine.jobs.evaluate.metrics import FOLDER, load_metrics, reported
from engine.jobs.evaluate.questions import choose_rows
from engine.recipe import Evaluation

TICKET = '{"summary": "broken blender", "urgency": "high", "items": 2}'


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    """Every metric by name, with two fields that count; nothing may be asked of the network."""

    def refuse(*arguments, **options):
        raise AssertionError("a metric asked the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr(socket.socket, "connect", refuse)
        loaded = {**load_metrics("exact_match", ()).modules}
        loaded |= load_metrics("json_fields", ("urgency", "items")).modules
        loaded["all fields"] = load_metrics("json_fields", ()).modules["json_fields"]
        yield {name: module.row_score for name, module in loaded.items()}


def test_a_recipe_can_name_every_metric_that_decides_and_each_has_its_file():
    names = Evaluation.model_fields["metric"].annotation.__args__
    for name in names:
        assert reported(name)[0] == name
        for each in reported(name):
            assert (FOLDER / f"{each}.py").is_file()


def test_what_is_reported_beside_the_metric_that_decides():
    assert reported("exact_match") == ["exact_match", "token_f1"]
    assert reported("json_fields") == ["json_fields", "json_valid", "token_f1"]
    assert reported("token_f1") == ["token_f1"]


@pytest.mark.parametrize(
    ("answer", "expected", "score"),
    [
        ("billing", "billing", 1),
        ("  billing\n", "billing", 1),
        ("two  words", "two words", 1),
        ("Billing", "billing", 0),
        ("billing.", "billing", 0),
        ("", "billing", 0),
    ],
)
def test_exact_match(metrics, answer, expected, score):
    assert metrics["exact_match"](answer, expected) == score


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        (TICKET, 1),
        ('{"items": 2, "urgency": " high "}', 1),
        ('\n{"urgency": "high", "items": 2.0, "more": null}', 1),
        ('{"urgency": "low", "items": 2}', 0),
        ('{"urgency": "high", "items": "2"}', 0),
        ('{"urgency": "high", "items": true}', 0),
        ('{"urgency": "high"}', 0),
        (f"Here it is: {TICKET}", 0),
        (f"```json\n{TICKET}\n```", 0),
        ('["high", 2]', 0),
        ("", 0),
        ("[" * 100_000, 0),
        ('{"urgency": "\ud800"}', 0),
    ],
)
def test_json_fields(metrics, answer, score):
    assert metrics["json_fields"](answer, TICKET) == score


def test_json_fields_without_names_wants_all_of_the_reference(metrics):
    assert metrics["all fields"](TICKET, TICKET) == 1
    assert metrics["all fields"]('{"urgency": "high", "items": 2}', TICKET) == 0


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ('{"summary": "", "urgency": "?", "items": 7.5}', 1),
        ('{"summary": "", "urgency": "?", "items": 7, "more": 1}', 1),
        ('{"summary": "", "urgency": "?", "items": "7"}', 0),
        ('{"summary": "", "urgency": "?", "items": true}', 0),
        ('{"summary": "", "urgency": null, "items": 7}', 0),
        ('{"summary": "", "urgency": "?"}', 0),
        ("not JSON", 0),
    ],
)
def test_json_valid_looks_at_the_shape_alone(metrics, answer, score):
    assert metrics["json_valid"](answer, TICKET) == score


@pytest.mark.parametrize(
    ("answer", "expected", "score"),
    [
        ("the red cat", "red cat", 1),
        ("Red, cat!", "a red cat", 1),
        ("red dog", "red cat", 0.5),
        ("red red red", "red", 0.5),
        ("dog", "cat", 0),
        ("", "cat", 0),
        ("the", "a", 1),
        ('{"urgency": "high"}', '{"urgency":"high"}', 1),
    ],
)
def test_token_f1(metrics, answer, expected, score):
    assert metrics["token_f1"](answer, expected) == pytest.approx(score)


@given(st.text(), st.text())
def test_scores_lie_between_0_and_1_and_every_text_is_itself(metrics, answer, expected):
    for name in ("exact_match", "token_f1"):
        assert 0 <= metrics[name](answer, expected) <= 1
        assert metrics[name](expected, expected) == 1


def test_rows_are_scored_together_and_apart_alike(metrics):
    loaded = load_metrics("json_fields", ("urgency",))
    answers, expected = [TICKET, "no", '{"urgency": "low"}'], [TICKET] * 3
    together = loaded.score(answers, expected)
    assert [row["json_fields"] for row in together] == [1, 0, 0]
    assert list(together[0]) == ["json_fields", "json_valid", "token_f1"]
    assert together == [
        row for pair in zip(answers, expected, strict=True) for row in loaded.score(*([one] for one in pair))
    ]


@pytest.mark.parametrize(
    ("said", "scored"),
    [
        ("billing", "billing"),
        ("<think>\n\n</think>\n\nbilling", "billing"),
        ("<think>a or b?</think>a", "a"),
        (" <think>still at it", ""),
        ("it says <think> here", "it says <think> here"),
    ],
)
def test_thoughts_are_not_part_of_the_answer(said, scored):
    assert final_answer(said) == scored


@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 5))
def test_rows_are_chosen_in_file_order_and_the_same_each_time(rows, limit, seed):
    chosen = choose_rows(rows, limit, seed)
    assert chosen == sorted(set(chosen)) == choose_rows(rows, limit, seed)
    assert len(chosen) == min(rows, limit)
    assert set(chosen) <= set(range(rows))
