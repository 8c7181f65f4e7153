"""A person works on the data, key by key: lists some rows, marks, drops, edits, maps, takes back. The source stays."""

import json

import pytest

from engine.data import dataset
from tests.journeys.test_data import NARROW, TURNS, WIDE, own_rows, pair
from tests.look.shown import until_gone, until_shown
from tests.support import quickstart
from tui.app import Studio


def labelled(count=60):
    """Rows with a label; every tenth is long."""
    return [
        {"prompt": f"question {number} {'more ' * 40 * (number % 10 == 0)}", "completion": f"answer {number}",
         "label": "abc"[number % 3], "score": number / 2}
        for number in range(count)
    ]  # fmt: skip


async def test_rows_are_filtered_and_sorted_by_what_is_typed(home):
    project = own_rows(home, labelled())
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "60 rows", "none is cut off")
        await pilot.press("f", *"label=b chars>100", "enter")
        await until_shown(pilot, "2 of 60 rows", "esc all rows", "▸ 11", "Row 11")
        await pilot.press("o", *"-score", "enter")
        await until_shown(pilot, "by score, largest first", "▸ 41")
        await pilot.press("slash", *"question 10", "enter")
        await until_shown(pilot, "1 of 1 row", "▸ 11")
        await pilot.press("escape", "escape")
        await until_gone(pilot, "by score")
        await pilot.press("f", *"labl=b", "enter")
        await until_shown(pilot, "labl", "label")  # the nearest name, and what was typed is still there
        await pilot.press("escape", "f", *"tok", "tab", *"50", "enter")
        await until_shown(pilot, "6 of 60 rows", "▸  1")


async def test_values_of_fields_are_offered_and_lists_are_looked_into(home):
    rows = [
        {
            **row,
            "kind": ("plain", "in two words")[number % 4 == 0],
            "slots": [{"slot": "date"}, {"slot": "time"}][number % 2 :],
        }
        for number, row in enumerate(labelled())
    ]
    async with Studio(home, own_rows(home, rows).path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "60 rows", "none is cut off")
        await pilot.press("f", *"kind=")
        await until_shown(pilot, 'plain  "in two words"')
        await pilot.press(*'"in t', "tab", "enter")
        await until_shown(pilot, "15 of 60 rows", 'kind="in two words"')
        await pilot.press("f", *[*["backspace"] * 20, *"slots.0.sl"])
        await until_shown(pilot, "slots.0.slot=")
        await pilot.press("tab", *"t", "tab", "enter")
        await until_shown(pilot, "30 of 60 rows", "slots.0.slot=time")
        await pilot.press("o", *"slots.0.slto", "enter")
        await until_shown(pilot, "no field is called slots.0.slto: did you mean slots.slot?")


async def test_marking_dropping_and_taking_back(home):
    project = own_rows(home, labelled())
    path = project.path / "data" / "rows.jsonl"
    before = path.read_bytes()
    async with Studio(home, project.path).run_test(size=NARROW, notifications=True) as pilot:
        await until_shown(pilot, "60 rows", "none is cut off")
        await pilot.press("m", "m")
        await until_shown(pilot, "● 2 marked", "▸  3")
        await pilot.press("d")
        await until_shown(pilot, "58 rows", "of 60, curated", "2 rows left out")
        await pilot.press("d")
        await until_shown(pilot, "57 rows")
        assert project.recipe().data.curate[0].rows == (1, 2, 3), "drops one after the other are one step"
        await until_shown(pilot, "none is cut off")
        await pilot.press("colon", *"2", "enter")
        await until_shown(pilot, "row 2 is not among the rows")
        await pilot.press("u")
        await until_shown(pilot, "58 rows")
        await pilot.press("u")
        await until_shown(pilot, "60 rows")
        assert project.recipe().data.curate == ()
        await pilot.press("u")
        await until_shown(pilot, "nothing to undo")
    assert path.read_bytes() == before


async def test_editing_a_row_and_the_steps(home):
    project = own_rows(home, [pair(*TURNS[number % 3]) for number in range(30)])
    async with Studio(home, project.path).run_test(size=WIDE, notifications=True) as pilot:
        await until_shown(pilot, "30 rows", "none is cut off")
        await pilot.press("e")
        await until_shown(pilot, "Kept as a step")
        area = pilot.app.screen.query_one("#record")
        area.text = '{"prompt": "'
        await until_shown(pilot, "line 1, column")
        area.text = json.dumps({"prompt": "asked anew", "completion": "told anew"})
        await until_gone(pilot, "line 1, column")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "asked anew", "told anew", "row 1 is changed")
        await pilot.press("C")
        await until_shown(pilot, "Curation", "edit row")
        await pilot.press("a")
        await until_shown(pilot, "completes it", "the same but for case and spaces", "by their numbers")
        await pilot.press(*"drop_dup", "right", "enter")
        await until_shown(pilot, "4 rows", "of 30, curated")
        await pilot.press("C")
        await until_shown(pilot, "30 → 4")
        await pilot.press("a", *"length:leest=3", "enter")
        await until_shown(pilot, "unknown key; keys are")
        await pilot.press("escape", "j", "x")
        await until_shown(pilot, "30 rows", "asked anew")
    assert [step.step for step in project.recipe().data.curate] == ["edit_row"]


async def test_rows_of_no_format_are_mapped_while_one_looks(home):
    project = own_rows(home, [{"body": {"q": f"what {number}"}, "reply": f"that {number}"} for number in range(12)])
    async with Studio(home, project.path).run_test(size=WIDE, notifications=True) as pilot:
        await until_shown(pilot, "There are no rows to show", "body, reply")
        await pilot.press("M")
        await until_shown(pilot, "Mapping", "its fields", "body.q")
        await pilot.press(*"body.x")
        await until_shown(pilot, "body.x")
        await pilot.press("backspace", "q", "tab", *"So: {reply}")
        await until_shown(pilot, "what 0", "So: that 0")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "what 1", "So: that 1")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "12 rows", "body.q → So: {reply}", "So: that 0")


async def test_every_field_can_be_looked_at_while_it_is_mapped(home):
    row = {"reply": "that", "body": {"q": "what"}, **{f"field{number}": number for number in range(12)}}
    async with Studio(home, own_rows(home, [row] * 12).path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "There are no rows to show")
        await pilot.press("M")
        await until_shown(pilot, "its fields", "pgdn more fields", "esc leave")
        await pilot.press("pagedown", "pagedown", "pagedown")
        await until_shown(pilot, "field11")
        await pilot.press(*"body.q", "tab", *"reply", "ctrl+s")
        await until_shown(pilot, "12 rows")


async def test_a_record_has_the_room_of_a_small_screen(home):
    row = pair("what", "that") | {f"field{number}": number for number in range(10)}
    async with Studio(home, own_rows(home, [row] * 12).path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "12 rows", "none is cut off")
        await pilot.press("e")
        await until_shown(
            pilot, "Row 1, as JSON", '"prompt": "what"', '"field9": 9', "^s keep", "esc leave it as it is"
        )


async def test_figures_are_scrolled_and_left_for_the_row(home):
    async with Studio(home, own_rows(home, labelled()).path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "60 rows", "none is cut off")
        await pilot.press("h")
        await until_shown(pilot, "All rows", "padding")
        await pilot.press("G")
        await until_shown(pilot, "60-64", "Answers")
        await pilot.press("escape")
        await until_shown(pilot, "Row 1 ", "[chat]")
        await pilot.press("j")
        await until_shown(pilot, "▸  2")


async def test_what_the_check_finds_leads_to_its_rows(home):
    rows = [pair(f"question number {number} about something", f"answer {number}") for number in range(40)]
    rows[7] = pair("write to jane.roe@example.com please", "sent to jane.roe@example.com")
    rows[20] = rows[3]
    project = own_rows(home, rows)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "40 rows", "none is cut off")
        await pilot.press("c")
        await until_shown(pilot, "Findings", "1 row holds 2 e-mail", "v all of it")
        await pilot.press("j", "v")
        await until_shown(pilot, "for example", "back to the findings")
        await pilot.press("escape")
        await until_gone(pilot, "for example")
        await pilot.press("v", "enter")
        await until_shown(pilot, "of 40 rows", "finding:")
        await pilot.press("escape", "h")
        await until_shown(pilot, "All rows", "Tokens a row", "half have at most")
    assert len(project.jobs("check")) == 1


async def test_a_large_source_is_read_by_a_job_and_shown_before_it_is_sorted(home, monkeypatch):
    monkeypatch.setattr(dataset, "SMALL_BYTES", 100)
    project = own_rows(home, labelled(3000))
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "Reading the data")
        await until_shown(pilot, "3,000 rows", "train", "prompt/completion")
        await pilot.press("2")
        await until_shown(pilot, "steps")
    assert len(project.jobs("ingest")) == 1
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "3,000 rows", "train", "prompt/completion")
    assert len(project.jobs("ingest")) == 1, "what is there is only opened"


async def test_a_source_on_the_hub_says_when_the_hub_is_out_of_reach(home, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    project = quickstart(home, data__source="hub:owner/name", data__held_out=None)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "There are no rows to show", "hub:owner/name", "cannot be reached")


@pytest.mark.parametrize("key", ["d", "e", "m", "y", "C", "h", "c"])
async def test_keys_of_rows_do_nothing_where_there_are_none(home, key):
    project = own_rows(home, [])
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "There are no rows to show")
        await pilot.press(key)
        await until_shown(pilot, "There are no rows to show")


async def test_a_source_that_goes_away_and_comes_back_is_read_again(home):
    project = own_rows(home, labelled(20))
    path = project.path / "data" / "rows.jsonl"
    content = path.read_bytes()
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "20 rows", "none is cut off")
        path.unlink()
        await pilot.press("r")
        await until_shown(pilot, "There are no rows to show", "no such file")
        path.write_bytes(content)
        await pilot.press("r")
        await until_shown(pilot, "20 rows")


async def test_a_step_that_cannot_be_done_is_taken_back(home):
    project = own_rows(home, labelled(20))
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "20 rows", "none is cut off")
        await pilot.press("C", "a", *"balance:field=nowhere", "enter")
        await until_shown(pilot, "There are no rows to show", "nowhere")
        await pilot.press("u")
        await until_shown(pilot, "20 rows")
    assert project.recipe().data.curate == ()


async def test_hiding_the_findings_gives_the_keys_back_to_the_rows(home):
    project = own_rows(home, labelled(20))
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "20 rows", "none is cut off")
        await pilot.press("c")
        await until_shown(pilot, "Findings", "usable rows")
        await pilot.press("c")
        await until_gone(pilot, "Findings")
        await pilot.press("j", "j")
        await until_shown(pilot, "▸  3", "Row 3")
