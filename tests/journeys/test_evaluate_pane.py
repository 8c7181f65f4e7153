"""The Evaluate pane, key by key, with a real evaluation behind it."""

import pytest

from engine import recipe_file
from engine.data.dataset import open_dataset
from engine.errors import DataError
from engine.home import Home
from engine.job import view
from engine.jobs.evaluate.expected import expected_of
from engine.journal import Writer, read_events
from engine.measurable import why_unmeasurable
from engine.protocol import EvaluationDone, Finished, HeldOutRow, PhaseStarted, RowAnswered, Started
from engine.statistics import compare
from tests.journeys.models import context_of, copy_run, project_of
from tests.look.shown import text, until_gone, until_shown
from tests.support import until
from tui.app import Studio

PATIENCE_S = 120.0


@pytest.fixture
def run(trained, home: Home):
    """A run of our own that asks few rows."""
    return copy_run(trained, home.path, evaluation__rows=6, evaluation__max_new_tokens=24, evaluation__batch=4)


def write_evaluation(run, answers: list[tuple[str, str, float, float]]):
    """A finished evaluation, written by hand: (base, tuned, score of base, score of tuned) by row."""
    folder = context_of(run, "evaluate").folder
    journal = Writer(folder.events)
    for event in (Started(kind="evaluate", pid=1, host="here"), PhaseStarted(phase="evaluating")):
        journal.append(event)
    for row, (base, tuned, *scores) in enumerate(answers):
        journal.append(HeldOutRow(row=row, prompt=f"Question {row}", expected='{"urgency": "high"}'))
        for side, answer, score in (("base", base, scores[0]), ("tuned", tuned, scores[1])):
            journal.append(RowAnswered(side=side, row=row, answer=answer, scores={"json_fields": score}))
    compared = compare([one[2] for one in answers], [one[3] for one in answers])
    fixed = [row for row, one in enumerate(answers) if one[2] < 1 <= one[3]]
    broken = [row for row, one in enumerate(answers) if one[3] < 1 <= one[2]]
    journal.append(
        EvaluationDone(
            rows=len(answers), main="json_fields", metrics={"json_fields": compared}, fixed=fixed, broken=broken
        )
    )
    journal.append(Finished(outcome="completed"))
    journal.close()
    return folder


def studio(home: Home, run) -> Studio:
    return Studio(home, project_of(run).path)


async def test_a_run_is_measured_its_rows_are_read_and_the_result_is_found_again(home, run):
    async with studio(home, run).run_test(size=(120, 36)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("4")
        await until_shown(pilot, "#1 is not measured yet", "asks both up to 6 rows", "e evaluate")
        await pilot.press("e")
        await until_shown(pilot, "stop evaluating")
        await until_shown(pilot, "JSON fields", "token F1", "JSON valid", "a all 6", "(6 rows)", patience_s=PATIENCE_S)
        shown = await until_shown(pilot, "6 rows · took", "expected", "e evaluate")
        assert "difference" in shown
        before = shown
        await pilot.press("j")
        await until_gone(pilot, next(line for line in before.splitlines() if "expected" in line))
        await pilot.press("z")
        await until_gone(pilot, "a all 6")
        await until_shown(pilot, "asked", "base", "tuned")
        await pilot.press("escape")
        await until_shown(pilot, "a all 6")
    async with studio(home, run).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("4")
        await until_shown(pilot, "(6 rows)", "6 rows · took", "base", "tuned")
    (evaluation,) = project_of(run).jobs("evaluate")
    assert view(evaluation).condition == "completed"


async def test_a_stop_is_asked_about_and_heard(home, run, trained):
    long = copy_run(trained, home.path, evaluation__rows=200)
    async with studio(home, long).run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("4")
        await until_shown(pilot, "e evaluate")
        await pilot.press("e")
        await until_shown(pilot, "Answering:", "so far, over", patience_s=PATIENCE_S)
        await pilot.press("s")
        await until_shown(pilot, "Stop", "yes")
        await pilot.press("y")
        await until_shown(pilot, "nothing is concluded", "measures again", patience_s=PATIENCE_S)
    (evaluation,) = project_of(long).jobs("evaluate")
    until(lambda: not evaluation.is_alive(), "the end of the evaluation")
    assert not any(isinstance(event, EvaluationDone) for event in read_events(evaluation.events))


async def test_rows_are_filtered_by_what_training_did_to_them(home, run):
    good, bad = '{"urgency": "high"}', '{"urgency": "low"}'
    rows = [(bad, good, 0, 1)] * 3 + [(good, bad, 1, 0)] * 2 + [(good, good, 1, 1)] + [(bad, bad, 0, 0)] * 4
    write_evaluation(run, rows)
    async with studio(home, run).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("4")
        await until_shown(pilot, "No clear difference: JSON fields +10.0 points", "f fixed 3", "b broken 2", "a all 10")
        await pilot.press("b")
        shown = await until_shown(pilot, "Rows broken", "Row 4 · broken")
        assert "Question 3" in shown and "Question 4" in shown
        assert "Question 0" not in shown
        assert '≠ {"urgency": "low"}' in shown
        await pilot.press("w")
        await until_shown(pilot, "Rows both wrong", "Question 9")
        await pilot.press("f", "j")
        await until_shown(pilot, "Row 2 · fixed", "base ✗", "tuned ✓")
        await pilot.press("a")
        await until_shown(pilot, "Held-out rows", "Row 2 · fixed")


async def test_answers_cannot_drive_the_terminal(home, run):
    write_evaluation(run, [("\x1b[2J[red]wiped[/]", "a\u202eb", 0, 0)])
    async with studio(home, run).run_test(size=(100, 40)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("4")
        shown = await until_shown(pilot, "␛[2J[red]wiped[/]", "a‹U+202E›b", "No difference: every row scores the same")
        assert "\x1b" not in shown and "\u202e" not in text(pilot)


async def test_what_is_in_the_way_is_said_in_the_pane(home, run):
    write_evaluation(run, [("a", "b", 0, 0)])
    async with studio(home, run).run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("4")
        await until_shown(pilot, "No difference", "e evaluate")
        (run.adapter / "adapter_config.json").unlink()
        await pilot.press("e")
        await until_shown(pilot, "✗", "no trained adapter: the run saved none", "No difference")


async def test_a_project_without_a_run_says_what_will_be_here(home):
    from tests.support import quickstart

    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("4")
        await until_shown(pilot, "No run yet. Is the tuned model better than the base?", "t trains one")
        await pilot.press("5")
        await until_shown(pilot, "No run yet: once one is trained (t), base and tuned answer here")


TEXTS = {"data__source": "ttune:continued-pretraining/data", "data__held_out": "", "data__format": "text"}


async def test_a_run_whose_held_out_rows_ask_nothing_says_so_in_place_of_the_key(home, trained):
    run = copy_run(trained, home.path, **TEXTS, method__kind="cpt")
    async with studio(home, run).run_test(size=(120, 36)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("4")
        await until_shown(pilot, "#1 cannot be measured", "text rows ask nothing")
        await pilot.press("e")
        shown = await until_shown(pilot, "cannot be measured")
        assert "e evaluate" not in shown
    assert not list(project_of(run).jobs("evaluate"))


def test_the_refusal_is_the_engines_own(home, trained):
    texts = copy_run(trained, home.path, **TEXTS, method__kind="cpt")
    project = project_of(texts).path
    recipe = recipe_file.validate(texts.spec.recipe, "job.toml")
    with pytest.raises(DataError) as refused:
        expected_of(open_dataset(recipe, project))
    assert why_unmeasurable(texts, project) == str(refused.value)


def test_what_can_be_measured_is_not_refused(home, trained):
    run = copy_run(trained, home.path)
    assert why_unmeasurable(run, project_of(run).path) == ""
    gone = copy_run(trained, home.path, data__source="gone.jsonl")
    assert why_unmeasurable(gone, project_of(gone).path) == ""
