"""Curation: steps select, change and add rows; replayed they give the same, taken back they give what was."""

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.data.conversations import Layout
from engine.data.curate.context import Tools
from engine.data.curate.keys import curation_key
from engine.data.curate.replay import curate
from engine.data.records import ListedRecords
from engine.errors import Cancelled, DataError
from engine.recipe import CurationStep, Mapping

PAIRS = Layout("prompt_completion", Mapping(), 0, 0)
STEP = TypeAdapter(CurationStep)


def step(name, **settings):
    return STEP.validate_python({"step": name, **settings})


def pair(prompt, answer, **more):
    return {"prompt": prompt, "completion": answer, **more}


def listed(curated):
    return list(curated.rows())


def simple_tools():
    """Finders that a test can foresee, in the place of the checks' own."""

    def first(texts, threshold, *, cancelled, progress):
        seen = {}
        return np.array([seen.setdefault(text[:3], place) for place, text in enumerate(texts)], dtype=np.int64)

    return Tools(
        text_key=lambda text: hash_of(" ".join(text.lower().split())),
        near_duplicates=first,
        find=lambda text, kinds: [SimpleNamespace(kind="email")] * text.count("@"),
        redact=lambda text, kinds: text.replace("@", "[EMAIL]"),
        kinds=("email",),
        language=lambda text: "de" if "ü" in text else "en",
    )


def hash_of(text):
    from engine.data.splitting.keys import text_key

    return text_key(text)


def general(name):
    assert name == "general.jsonl"
    return SimpleRecords([{"instruction": f"general {number}", "output": "ok"} for number in range(40)])


class SimpleRecords(ListedRecords):
    """Rows with a digest, as an imported source has."""

    @property
    def digest(self):
        return hash_of(json.dumps(list(self.listed)))


def run(rows, *steps, **more):
    return curate(ListedRecords(rows), steps, PAIRS, tools=simple_tools, open_source=general, **more)


@pytest.mark.parametrize(
    ("rows", "asked", "left", "words"),
    [
        (
            [pair("a b", "x"), pair("A  B\n", " X"), pair("a", "b x"), pair("a b", "x ")],
            step("drop_duplicates"),
            [0, 2],
            "2 rows the same as an earlier one",
        ),
        (
            [pair("abc 1", "x"), pair("abc 2", "y"), pair("b", "z")],
            step("drop_near_duplicates"),
            [0, 2],
            "1 row nearly the same as an earlier one",
        ),
        ([pair("a@b", "x"), pair("b", "y")], step("personal_data", action="drop"), [1], "1 row with email 1"),
        (
            [pair("a", "bb"), pair("a", "b"), {"odd": 1}, pair("aaaa", "bbbb")],
            step("length", least=3, most=7),
            [0],
            "2 below 3 and 1 above 7 characters",
        ),
        (
            [pair("one two", "a"), pair("one", "a b c"), {"odd": "many words of a row"}],
            step("length", of="answer", unit="words", least=2),
            [1, 2],
            "1 below 2 words in the answer",
        ),
        ([pair("ü", "x"), pair("u", "x")], step("language", keep=["de", "fr"]), [], "en 2"),
        ([pair("ü", "ü"), pair("u", "x")], step("language", keep=["de"]), [0], "en 1"),
        ([pair("a", "x"), pair("b", "x"), pair("c", "x")], step("drop_rows", rows=[1, 3, 3]), [1], "2 rows by number"),
    ],
)
def test_steps_leave_rows_out(rows, asked, left, words):
    before = json.dumps(rows)
    curated = run(rows, asked)
    assert curated.origins.tolist() == left
    assert listed(curated) == [rows[row] for row in left] == [curated.row(place) for place in range(curated.count)]
    assert [(it.step, it.before, it.after, it.words) for it in curated.log] == [
        (asked.step, len(rows), len(left), words)
    ]
    assert json.dumps(rows) == before


def test_redaction_reaches_every_text_and_no_name():
    rows = [{"prompt": "a@b", "completion": "x", "m@il": [{"deep": ["c@d", 1, None]}]}]
    curated = run(rows, step("personal_data"))
    assert listed(curated) == [{"prompt": "a[EMAIL]b", "completion": "x", "m@il": [{"deep": ["c[EMAIL]d", 1, None]}]}]
    assert rows[0]["prompt"] == "a@b"
    assert curated.log[0].words == "1 row with email 1"


def test_later_steps_see_what_earlier_ones_changed():
    rows = [pair("a@", "x"), pair("a[EMAIL]", "x")]
    assert run(rows, step("drop_duplicates")).count == 2
    assert run(rows, step("personal_data"), step("drop_duplicates")).count == 1
    edited = step("edit_row", row=2, record=json.dumps(pair("b@", "y")))
    assert listed(run(rows, edited, step("personal_data")))[1] == pair("b[EMAIL]", "y")
    assert listed(run(rows, step("personal_data"), edited))[1] == pair("b@", "y")


def test_numbers_are_the_source_s_whatever_comes_before():
    rows = [pair(str(number // 2), "x") for number in range(8)]
    steps = [step("drop_duplicates"), step("drop_rows", rows=[3]), step("edit_row", row=5, record='{"new": 1}')]
    assert listed(run(rows, *steps)) == [rows[0], {"new": 1}, rows[6]]
    gone = run(rows, *steps, step("edit_row", row=4, record="{}"))
    assert gone.log[-1].words == "row 4 was left out before"


@pytest.mark.parametrize(
    ("how", "ratio", "after"),
    [("undersample", 2, {"a": 4, "b": 2, "c": 4}), ("oversample", 2, {"a": 10, "b": 5, "c": 5})],
)
def test_classes_are_balanced(how, ratio, after):
    rows = [pair(str(number), label) for label, size in (("a", 10), ("b", 2), ("c", 4)) for number in range(size)]
    curated = run(rows, step("balance", how=how, ratio=ratio))
    answers = [row["completion"] for row in curated.rows()]
    assert {name: answers.count(name) for name in after} == after
    assert curated.origins.tolist() == sorted(curated.origins.tolist())
    if how == "oversample":
        assert set(curated.origins.tolist()) == set(range(16))
        repeats = np.bincount(curated.origins)[10:12]
        assert sorted(repeats.tolist()) == [2, 3], "rows of a class are repeated alike"


def test_free_text_is_no_class():
    rows = [pair(str(number), f"answer {number}") for number in range(200)]
    with pytest.raises(DataError, match=r"data\.curate step 1 \(balance\): 200 different answers are no classes"):
        run(rows, step("balance"))
    with pytest.raises(DataError, match="no row has a class in label"):
        run(rows, step("balance", field="label"))


def test_a_second_source_is_mixed_in_and_written_as_the_first():
    rows = [pair(str(number), "x") for number in range(30)]
    curated = run(rows, step("mix", source="general.jsonl", share=0.25), step("drop_rows", rows=[1]))
    assert curated.count == 39
    assert (curated.sources == 1).sum() == 10
    mixed = listed(curated)[29:]
    assert all(row == pair(f"general {origin}", "ok") for row, origin in zip(mixed, curated.origins[29:], strict=True))
    assert PAIRS.conversation(curated.row(38))
    assert curated.log[0].words == "10 rows of general.jsonl, 25.0% of all"
    all_of_it = run(rows, step("mix", source="general.jsonl", share=0.9))
    assert all_of_it.count == 70
    assert all_of_it.log[0].words.endswith("270 were wanted, and no more can be used")


def test_rows_are_mixed_into_mapped_fields():
    layout = Layout("mapping", Mapping(prompt="ticket.text", answer="category", system="Triage."), 0, 0)
    rows = [{"ticket": {"text": "broken"}, "category": "fault"}] * 4
    asked = [step("mix", source="general.jsonl", share=0.5)]
    curated = curate(ListedRecords(rows), asked, layout, tools=simple_tools, open_source=general)
    example = layout.example(curated.row(5))
    assert (example.conversation[0].content, example.answer) == ("Triage.", "ok")
    template = Layout("mapping", Mapping(prompt="Q: {ticket}", answer="category"), 0, 0)
    with pytest.raises(DataError, match=r"data\.mapping\.prompt is a template"):
        curate(ListedRecords(rows), asked, template, tools=simple_tools, open_source=general)


def test_what_cannot_be_mixed_in_says_why():
    texts = lambda name: ListedRecords([{"text": "once upon a time"}])  # noqa: E731
    with pytest.raises(DataError, match="no row can be mixed in: a row of kind text has no turns"):
        curate(ListedRecords([pair("a", "b")]), [step("mix", source="x")], PAIRS, tools=simple_tools, open_source=texts)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (step("drop_rows", rows=[7]), r"data\.curate step 1 \(drop_rows\): there is no row 7: the source has 2"),
        (step("edit_row", row=3, record="{}"), "there is no row 3"),
        (step("edit_row", row=1, record="[1]"), "record: is no object"),
        (step("edit_row", row=1, record="{"), "record: not valid JSON"),
        (step("personal_data", kinds=["shoe"]), "kinds: shoe is none of email"),
    ],
)
def test_a_step_that_cannot_be_done_is_named(asked, words):
    with pytest.raises(DataError, match=words):
        run([pair("a", "x"), pair("b", "y")], asked)


letters = st.text("ab@ü ", min_size=1, max_size=4)
records = st.lists(
    st.builds(pair, letters, letters) | st.builds(lambda t: {"odd": t}, letters), min_size=1, max_size=40
)
steps = st.lists(
    st.sampled_from([
        step("drop_duplicates"), step("drop_near_duplicates"), step("personal_data"),
        step("personal_data", action="drop"), step("length", least=2, most=6), step("language", keep=["en"]),
        step("drop_rows", rows=[1]), step("edit_row", row=1, record='{"prompt": "new", "completion": "b"}'),
        step("mix", source="general.jsonl", share=0.4),
    ]),
    max_size=6,
)  # fmt: skip


@given(records, steps)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_rows_in_are_rows_kept_and_rows_dropped_and_every_step_can_be_taken_back(rows, asked):
    before = json.dumps(rows)
    whole = run(rows, *asked)
    assert [it.before for it in whole.log] == [len(rows), *(it.after for it in whole.log[:-1])][: len(asked)]
    assert whole.count == (whole.log[-1].after if asked else len(rows))
    kept = whole.origins[whole.sources == 0].tolist()
    assert kept == sorted(set(kept))
    for number in range(len(asked)):
        earlier = run(rows, *asked[:number])
        assert earlier.log == whole.log[:number]
    again = run(rows, *asked)
    assert listed(again) == listed(whole) == [whole.row(place) for place in range(whole.count)]
    assert listed(run(rows)) == rows
    assert json.dumps(rows) == before


@given(records, steps, st.integers(0, 6))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40, deadline=None)
def test_what_is_kept_on_disk_opens_as_what_was_made(tmp_path_factory, rows, asked, first):
    folder = tmp_path_factory.mktemp("curated")
    more = {"digest": "d", "folder": folder}
    run(rows, *asked[:first], **more)
    made, opened, plain = run(rows, *asked, **more), run(rows, *asked, **more), run(rows, *asked)
    assert listed(made) == listed(opened) == listed(plain)
    assert made.log == opened.log == plain.log
    assert made.key == opened.key == curation_key("d", asked, PAIRS, general)
    assert not [place for place in folder.iterdir() if place.name.startswith(".")]


def test_a_damaged_version_is_made_again(tmp_path):
    rows, asked = [pair("a", "x"), pair("a", "x")], step("drop_duplicates")
    made = run(rows, asked, digest="d", folder=tmp_path)
    (tmp_path / made.key / "origins.npy").write_bytes(b"half")
    assert listed(run(rows, asked, digest="d", folder=tmp_path)) == rows[:1]
    assert np.load(tmp_path / made.key / "origins.npy").tolist() == [0]


def test_another_source_layout_or_step_has_another_key():
    asked = [step("drop_duplicates"), step("length", least=1)]
    keys = {
        curation_key("d", asked, PAIRS, general),
        curation_key("e", asked, PAIRS, general),
        curation_key("d", asked[:1], PAIRS, general),
        curation_key("d", asked[::-1], PAIRS, general),
        curation_key("d", asked, Layout("alpaca", Mapping(), 0, 0), general),
    }
    assert len(keys) == 5
    assert curation_key("d", [step("mix", source="x")], PAIRS, lambda name: ListedRecords([])) == ""


def test_it_stops_when_asked_and_says_how_far_it_is():
    told = []
    rows = [pair(str(number), "x") for number in range(3000)]
    run(rows, step("drop_duplicates"), progress=lambda *heard: told.append(heard))
    assert told[0] == ("drop_duplicates", 0, 3000)
    assert told[-1] == ("drop_duplicates", 3000, 3000)
    with pytest.raises(Cancelled):
        run(rows, step("drop_duplicates"), cancelled=lambda: True)


REPLAY = """
import json, sys
from engine.data.conversations import Layout
from engine.data.curate.replay import curate
from engine.data.records import ListedRecords
from engine.recipe import Data, Mapping
prompt = "mail p{}@example.com about the matter {}"
rows = [{"prompt": prompt.format(n % 90, n % 70), "completion": "abc"[n % 3]} for n in range(400)]
steps = Data(curate=json.loads(sys.argv[1])).curate
second = lambda name: ListedRecords([{"instruction": f"say {n}", "output": "word"} for n in range(100)])
layout = Layout("prompt_completion", Mapping(), 0, 0)
curated = curate(ListedRecords(rows), steps, layout, open_source=second, digest="d")
print(json.dumps([list(curated.rows()), curated.origins.tolist(), [it.words for it in curated.log]]))
"""


def test_another_process_replays_the_same_rows_with_the_checks_own_tools():
    asked = [
        {"step": "personal_data"}, {"step": "drop_duplicates"}, {"step": "drop_near_duplicates"},
        {"step": "balance", "how": "oversample", "ratio": 1.2}, {"step": "mix", "source": "x", "share": 0.1},
        {"step": "language", "keep": ["en"]}, {"step": "length", "most": 500},
    ]  # fmt: skip
    one, other = (
        subprocess.run(
            [sys.executable, "-c", REPLAY, json.dumps(asked)], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    )  # fmt: skip
    assert one == other
    rows, _, words = json.loads(one)
    assert rows[0]["prompt"] == "mail [EMAIL] about the matter 0"
    assert words[0] == "400 rows with email 400"


@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=80),
    st.sampled_from(["undersample", "oversample"]),
    st.floats(1, 6),
    st.integers(0, 2**31),
)
@settings(deadline=None)
def test_no_class_is_more_than_the_ratio_times_the_smallest(labels, how, ratio, seed):
    rows = [pair(str(number), label) for number, label in enumerate(labels)]
    curated = run(rows, step("balance", how=how, ratio=ratio, seed=seed))
    answers = [row["completion"] for row in curated.rows()]
    sizes = [answers.count(label) for label in set(labels)]
    origins = curated.origins.tolist()
    assert origins == sorted(origins)
    assert max(sizes) <= ratio * min(sizes) + 1e-9
    if how == "undersample":
        assert min(sizes) == min(map(labels.count, set(labels)))
        assert len(set(origins)) == len(origins)
    else:
        assert set(origins) == set(range(len(rows))), "every row stays"
        assert max(sizes) == max(map(labels.count, set(labels)))


@given(st.integers(1, 120), st.floats(0.01, 0.6), st.integers(0, 99))
@settings(deadline=None)
def test_the_second_source_has_its_share(count, share, seed):
    rows = [pair(str(number), "x") for number in range(count)]
    curated = run(rows, step("mix", source="general.jsonl", share=share, seed=seed))
    added = int((curated.sources == 1).sum())
    assert added == min(40, round(count * share / (1 - share)))
    assert len(set(curated.origins[count:].tolist())) == added
    assert curated.count == count + added
