"""The readiness check: what is known of each question, and what is measured."""

import time

import pytest

from engine.advice import Measured, measured, readiness
from engine.home import Home
from engine.job import JobSpec, create
from engine.journal import Writer
from engine.project import Project, create_project
from engine.protocol import EvaluationDone, MetricCompared
from engine.recipe_form import owner_of
from tests.pure.advising import TINY, Scene, scene

FOUND = (
    Measured("run #2", "models/llama", "exact_match", 200, 52.1, 83.3),
    Measured("run #1", "models/llama", "token_f1", 200, 90.0, 91.0),
)


def answers(where: Scene, found: tuple[Measured, ...] = ()):
    return {one.code: one for one in readiness(where.recipe, where.situation, where.forecast, found)}


def test_every_answer_names_the_setting_that_fills_it():
    for one in answers(scene()).values():
        assert one.question.endswith("?") and one.means and one.evidence
        assert owner_of(one.key) is not None


def test_what_only_a_person_knows_is_unknown_until_it_is_said():
    said = answers(scene())
    unsaid = ("how_not_what", "prompt_measured", "task_stable", "can_be_served", "room_above_base")
    assert {code: (said[code].state, said[code].good) for code in unsaid} == dict.fromkeys(unsaid, ("unknown", None))


@pytest.mark.parametrize(
    ("code", "settings", "state", "good"),
    [
        ("how_not_what", {"readiness.task": "classification"}, "yes", True),
        ("how_not_what", {"readiness.task": "questions_about_documents"}, "no", False),
        ("prompt_measured", {"readiness.prompt_score": 40}, "yes", None),
        ("prompt_measured", {"readiness.prompt_score": 40, "readiness.target_score": 80}, "yes", True),
        ("prompt_measured", {"readiness.prompt_score": 70, "readiness.target_score": 80}, "yes", False),
        ("rows_enough", {}, "yes", True),
        ("rows_enough", {"readiness.task": "code"}, "yes", True),
        ("task_stable", {"readiness.stable": "no"}, "no", False),
        ("task_stable", {"readiness.stable": "yes"}, "yes", True),
        ("metric_with_threshold", {}, "yes", True),
        ("metric_with_threshold", {"evaluation.threshold": None}, "no", False),
        ("can_be_served", {"readiness.served_on": "vLLM on an A10G"}, "yes", True),
    ],
)
def test_what_is_said_is_answered(code, settings, state, good):
    said = answers(scene(settings))[code]
    assert (said.state, said.good) == (state, good)


def test_rows_are_counted_against_the_task():
    few = answers(scene({"readiness.task": "code"}, train=412))["rows_enough"]
    assert (few.state, few.good) == ("no", False)
    assert "412 training rows" in few.evidence and "1,000" in few.question
    unknown = answers(scene(train=0, problem="data.csv: no such file"))["rows_enough"]
    assert (unknown.state, unknown.evidence) == ("unknown", "data.csv: no such file")


def test_an_evaluation_of_the_same_base_and_metric_measures_the_room_above_the_base():
    said = answers(scene(), FOUND)
    assert said["room_above_base"].state == "measured"
    assert said["room_above_base"].good
    assert "52.1 on 200 held-out rows in the evaluation of run #2" in said["room_above_base"].evidence
    assert said["prompt_measured"].state == "no"
    assert "without examples the base reached 52.1" in said["prompt_measured"].evidence


def test_a_base_that_is_good_already_leaves_little_room():
    assert answers(scene({"evaluation.metric": "token_f1"}), FOUND)["room_above_base"].good is False
    assert answers(scene({"readiness.target_score": 60}), FOUND)["room_above_base"].good is False
    assert answers(scene({"model.base": "models/other"}), FOUND)["room_above_base"].state == "unknown"


def test_sizes_are_told_for_serving():
    assert "15.0G in 16 bit" in answers(scene())["can_be_served"].evidence
    assert "M in 16 bit" in answers(scene(model_config=TINY))["can_be_served"].evidence


@pytest.fixture
def project(tmp_path) -> Project:
    home = Home(tmp_path)
    home.projects.mkdir()
    return create_project(home, "triage", '[model]\nbase = "models/llama"\n')


def job(project: Project, name: str, kind: str, **more):
    recipe = {"model": {"base": "models/llama"}}
    spec = JobSpec(
        id=name, kind=kind, project="triage", project_path=str(project.path), created=time.time(), recipe=recipe, **more
    )
    return create(project.jobs_path, spec)


def evaluation(project: Project, name: str, of: str, base: float | None):
    folder = job(project, name, "evaluate", of=of)
    writer = Writer(folder.events)
    if base is not None:
        compared = MetricCompared(base=base, tuned=0.9, difference=0.9 - base, interval=(0.1, 0.2), p=0.01)
        metrics = {"exact_match": compared}
        writer.append(EvaluationDone(rows=120, main="exact_match", metrics=metrics, fixed=[], broken=[]))
    writer.close()


def test_finished_evaluations_are_found_newest_first_and_others_left_out(project):
    run = job(project, "20260101-000000-train-triage", "train", number=2)
    evaluation(project, "20260101-000001-evaluate-triage", str(run.path), 0.5)
    evaluation(project, "20260101-000002-evaluate-triage", str(project.path / "gone"), 0.6)
    evaluation(project, "20260101-000003-evaluate-triage", str(run.path), None)
    (project.jobs_path / "20260101-000004-evaluate-triage").mkdir()
    assert [(one.run, round(one.base_points), one.rows) for one in measured(project)] == [
        ("a run that is gone", 60, 120), ("run #2", 50, 120),
    ]  # fmt: skip
