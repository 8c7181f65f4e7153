"""A person looks through the data, key by key: rows, real tokens, search, bad lines, and what goes wrong."""

import json

import pytest

from tests.look.shown import text, until_gone, until_shown
from tests.support import quickstart, until
from tui.app import Studio

WIDE = (130, 34)
NARROW = (80, 24)

TURNS = [
    ("How do I reset my password?", "Open settings."),
    ("Where is my \x1b[31mred\x1b[0m parcel \u202egnp?", "On its way."),
    ("Parcel lost again", "We will look."),
]


def own_rows(home, lines, **settings):
    """A project whose source has these lines."""
    project = quickstart(
        home, data__source="data/rows.jsonl", data__held_out=None, data__split__held_out=0.0, **settings
    )
    content = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    (project.path / "data" / "rows.jsonl").write_bytes(b"\n".join(content))
    return project


def pair(question, answer):
    return {"prompt": question, "completion": answer}


def detail(pilot):
    """The chosen row's text."""
    reading = pilot.app.screen.query_one("#data-reading")
    return "\n".join(reading.render_line(y).text for y in range(reading.size.height))


async def test_rows_first_then_tokens_and_the_trained_part_is_marked(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "1,000 rows", "messages", "950 train / 50 validation / 200 held out in held-out.jsonl")
        await until_shown(pilot, "30% trained", "every row renders", "<|im_start|>system", "tokens, ")
        lines = detail(pilot).splitlines()
        answer = next(place for place, line in enumerate(lines) if "<|im_start|>assistant" in line)
        assert all("▌" in line for line in lines[answer + 1 :] if line.strip())
        assert not any("▌" in line for line in lines[: answer + 1])
        await pilot.press("v")
        await until_shown(pilot, "[tokens]", "<|im_start|>│")
        await pilot.press("v")
        await until_shown(pilot, "[raw]", '"messages": [')
        await pilot.press("v", "j", "j")
        await until_shown(pilot, "Row 3 · ", "[chat]")
    assert len(project.jobs("audit")) == 1
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "950 train / 50 val / 200 held", "30% trained", "[chat] tokens  raw")
    assert len(project.jobs("audit")) == 1, "the audit that is there is used again"


async def test_going_to_rows_and_folding_the_detail(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=NARROW, notifications=True) as pilot:
        await until_shown(pilot, "1,000 rows", "Row 1")
        await pilot.press("G")
        await until_shown(pilot, "▸ 1000", "Row 1,000")
        await pilot.press("colon", *"312", "enter")
        await until_shown(pilot, "▸  312", "Row 312")
        await pilot.press("space")
        await until_gone(pilot, "Row 312")
        await pilot.press("enter")
        await until_shown(pilot, "Row 312")
        assert pilot.app.focused.id == "data-reading"
        await pilot.press("escape")
        assert pilot.app.focused.id == "data-table"
        await pilot.press("colon", *"99999", "enter")
        await until_shown(pilot, "▸ 1000", "row 99999 is not")


async def test_searching(home):
    project = own_rows(home, [pair(*TURNS[number % 3]) for number in range(90)])
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "90 rows", "prompt/completion")
        await pilot.press("slash", *"parcel")
        await until_shown(pilot, "1 of 60 rows", "Row 2")
        await pilot.press("enter", "n")
        await until_shown(pilot, "2 of 60 rows", "Row 3")
        await pilot.press("N", "N")
        await until_shown(pilot, "60 of 60 rows", "Row 90")
        await pilot.press("slash", *" nowhere")
        await until_shown(pilot, "in no row")
        await pilot.press("escape")
        await until_gone(pilot, "in no row")
        assert pilot.app.focused.id == "data-table"
        await pilot.press("slash", *"PARCEL")
        await until_shown(pilot, "in no row")  # a capital makes capitals count
        await pilot.press(*["backspace"] * 6, *"prompt:/lost a.ain$/")
        await until_shown(pilot, "30 of 30 rows")
        await pilot.press(*["backspace"] * 21, *"/lost(/")
        await until_shown(pilot, "(")


async def test_bad_lines_are_counted_and_listed_and_nothing_drives_the_terminal(home):
    lines = [pair(*TURNS[number % 3]) for number in range(40)]
    lines[4:4] = [b'{"prompt": \x1b[2J', pair("no answer", ""), b'{"prompt": "caf\xe9", "completion": "x"}']
    project = own_rows(home, lines)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "41 rows", "✗ 2 bad lines, 1 unfit row", "␛[31mred␛[0m", "27 train / 13 val / 0 held")
        await pilot.press("j")
        await until_shown(pilot, "‹U+202E›gnp?")
        assert "\x1b" not in text(pilot)
        await pilot.press("j", "b")
        await until_shown(
            pilot, "what is wrong with it", "not UTF-8 (byte 0xe9)", "the answer is empty", "Line 5", "␛[2J"
        )
        await pilot.press("G")
        await until_shown(pilot, "Row 5, line 6", "no answer")
        await pilot.press("escape")
        await until_shown(pilot, "▸  3")


async def test_held_out_rows_that_are_trained_on_are_counted(home):
    project = own_rows(home, [pair(f"question {number}", "answer") for number in range(30)])
    held_out = [pair(f"QUESTION  {number}", "another answer") for number in range(28, 34)]
    (project.path / "data" / "held-out.jsonl").write_text("\n".join(json.dumps(row) for row in held_out))
    recipe = project.recipe_path.read_text().replace("[data]", '[data]\nheld_out = "data/held-out.jsonl"')
    project.recipe_path.write_text(recipe)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "30 rows", "✗ 2 held-out rows also in training")


async def test_rows_that_teach_nothing_are_found(home):
    lines = [pair(f"question {number}", "short") for number in range(30)]
    lines[11] = pair("so long " * 60, "never reached")
    lines[22] = pair("short", "a long answer " * 40)
    project = own_rows(home, lines, training__max_length=64)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "✗ 1 row with nothing trained", "! 2 cut off at 64")
        await pilot.press("w")
        await until_shown(pilot, "Row 12 · 64 tok, 0 trained, cut", "✂ ")
        await pilot.press("w")
        await until_shown(pilot, "Row 23", "▌ ", "✂ ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b'{"prompt": "a"', "no usable rows"),
        (b'{"a": 1}\n{"a": 2}\n', "their fields (a) are no known"),
        ('{"prompt": "a"}'.encode("utf-16"), "is UTF-16"),
    ],
)
async def test_data_that_cannot_be_used_says_why_and_is_read_again(home, content, words):
    project = own_rows(home, [])
    path = project.path / "data" / "rows.jsonl"
    path.write_bytes(content)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "There are no rows to show", words)
        path.write_bytes(json.dumps(pair("a", "b")).encode())
        await pilot.press("r")
        await until_shown(pilot, "1 row", "prompt/completion")


async def test_a_recipe_or_model_that_cannot_be_used_says_why(home):
    project = own_rows(home, [pair(*turn) for turn in TURNS], model__base="./nowhere")
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "3 rows", "! no tokens, r counts again", "model folder there")
        project.recipe_path.write_text(project.recipe_path.read_text().replace("[training]", "[training]\nseed = -1"))
        await pilot.press("r")
        await until_shown(pilot, "There are no rows to show", "training.seed")


async def test_a_changed_recipe_or_file_is_taken_up_when_the_pane_comes_back(home):
    project = own_rows(home, [pair(*TURNS[number % 3]) for number in range(30)])
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "30 rows", "none is cut off")
        await pilot.press("3")
        await until_gone(pilot, "30 rows")
        with open(project.path / "data" / "rows.jsonl", "a") as file:
            file.write("\n" + json.dumps(pair("one more", "row")))
        await pilot.press("1")
        await until_shown(pilot, "31 rows")
        await until_shown(pilot, "none is cut off")
    assert len(project.jobs("audit")) == 2


async def test_an_audit_that_fails_says_why_and_is_not_tried_again_by_itself(home, tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    project = own_rows(home, [pair(*turn) for turn in TURNS], model__base=str(model))
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "3 rows", "! no tokens, r counts again")
        await pilot.press("3", "1")
        await until_shown(pilot, "! no tokens", "tokenizer cannot be loaded", "folder whole?")
        assert len(project.jobs("audit")) == 1
        await pilot.press("r")
        until(lambda: len(project.jobs("audit")) == 2, "another try")
        await until_shown(pilot, "! no tokens, r counts again")
