"""The whole check: what is planted is found, with its rows, and nothing else is."""

import json
import random
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.check.benchmarks import KNOWN, fingerprints, known_benchmarks, with_texts
from engine.data.check.findings.leaks import Sides
from engine.data.check.report import DOCUMENT, ROWS, Finding, Report, cached, load, worst_first
from engine.data.check.run import Settings, check
from engine.data.check.shingles import WordHasher
from engine.data.conversations import recognise
from engine.data.records import BadRow, ListedRecords, Row
from engine.errors import Cancelled, DataError

_NOUNS = "account balance branch card cheque deposit fee invoice loan payment receipt refund statement transfer"
_VERBS = "open close check move cancel confirm repeat follow lower raise send return block replace"
_PLACES = "office airport station market library harbour museum theatre school garden bakery kitchen"
NOUNS, VERBS, PLACES = _NOUNS.split(), _VERBS.split(), _PLACES.split()


def sentence(rng: random.Random) -> str:
    return (
        f"How can I {rng.choice(VERBS)} the {rng.choice(NOUNS)} that I have with you before we "
        f"{rng.choice(VERBS)} the {rng.choice(NOUNS)} at the {rng.choice(PLACES)} on day {rng.randrange(10_000)}"
    )


def clean(count: int, seed: int = 1) -> list[Row]:
    """Rows about which there is nothing to say."""
    rng = random.Random(seed)
    return [
        {
            "prompt": f"{sentence(rng)}, case {number}?",
            "completion": f"You can do so: {sentence(rng)}, {sentence(rng)}.",
        }
        for number in range(count)
    ]


def found(rows: list[Row], **more) -> Report:
    records = ListedRecords(rows)
    more.setdefault("settings", Settings(processes=0))
    return check(records, recognise(records), **more)


def rows_of(report: Report, code: str) -> list[int]:
    return [int(row) for row in report.rows_of(code)]


def put(rows: list[Row], **planted) -> list[Row]:
    """The rows with some replaced: r3={...} puts a record at 3, over what is there."""
    for name, record in planted.items():
        rows[int(name[1:])] = rows[int(name[1:])] | record
    return rows


def test_clean_rows_have_no_findings():
    report = found(clean(400))
    assert report.findings == ()
    assert (report.rows, report.format, report.has_errors) == (400, "prompt_completion", False)


def test_what_is_planted_is_found_and_nothing_else():
    rows = clean(400)
    put(
        rows,
        r10=rows[3],
        r11={"prompt": rows[4]["prompt"].upper() + "  ", "completion": rows[4]["completion"]},
        r20={"prompt": rows[5]["prompt"] + " Thanks", "completion": rows[5]["completion"]},
        r30={"prompt": rows[6]["prompt"]},
        r40={"completion": "Write to jane.roe@example.com or call +41 44 668 18 00, and we will see to it for you."},
        r41={"prompt": "My key AKIAIOSFODNN7EXAMPLE does not work any more, what is the matter with it here?"},
        r50={"completion": "word " * 3000},
        r60={"completion": "..."},
        r61={"completion": ""},
        r62={"completion": None},
        r70={"completion": "You can do so when cafÃ© and bakery are open on the day that you would like to have it."},
        r80={"completion": "Das können Sie jederzeit in der Filiale erledigen, wenn Sie Ihren Ausweis dabei haben."},
    )
    report = found(rows, bad=[BadRow(7, 512, "is not an object")])
    assert {finding.code: rows_of(report, finding.code) for finding in report.findings} == {
        "bad_lines": [], "unfit": [62], "empty": [61], "secrets": [41], "duplicates": [10, 11], "near_duplicates": [20],
        "contradictions": [6, 30], "personal_data": [40], "too_long": [50], "too_short": [60],
        "odd_characters": [70], "language": [80],
    }  # fmt: skip
    assert {it.code: it.severity for it in report.findings if it.severity == "error"}.keys() == {
        "bad_lines", "unfit", "empty", "secrets",
    }  # fmt: skip
    assert all(it.count == max(1, len(report.rows_of(it.code))) and it.text and it.mend for it in report.findings)
    whole = " ".join(f"{it.text} {it.examples}" for it in report.findings)
    assert "jane" not in whole and "AKIAIO" not in whole and "668" not in whole
    assert "e-mail address: j***@***.com" in report.finding("personal_data").examples


def test_classes():
    rows = [{"text": f"a question about number {n * n}, and more of it", "label": "big"} for n in range(300)]
    rows += [{"text": f"what about the {n * 7}th one, please say", "label": "middle"} for n in range(60)]
    rows += [{"text": f"is it {n * 13} of them that we need for it", "label": "small"} for n in range(20)]
    report = found(rows)
    assert rows_of(report, "class_balance") == list(range(360, 380))
    assert "15.0 times" in report.finding("class_balance").text
    assert rows_of(report, "small_classes") == list(range(360, 380))
    assert "small (20)" in report.finding("small_classes").text


def test_a_field_names_the_classes_and_free_answers_are_none():
    rows = [row | {"kind": "a" if number % 30 else "b"} for number, row in enumerate(clean(300))]
    assert found(rows).finding("class_balance") is None
    report = found(rows, settings=Settings(label_field="kind", processes=0))
    assert report.finding("class_balance").count == 10
    numbers = [{"prompt": f"what is {n} and {n}, say?", "completion": str(n % 70)} for n in range(400)]
    assert found(numbers).finding("class_balance") is None


def test_leaks_between_the_sides_and_from_a_held_out_file():
    rows = clean(300)
    put(rows, r280={"prompt": rows[0]["prompt"]}, r290=rows[1] | {"completion": rows[1]["completion"] + " Yes"})
    rows[295] = {"prompt": rows[2]["prompt"] + " please", "completion": rows[2]["completion"]}
    sides = Sides(np.arange(270), np.arange(270, 290), np.arange(290, 300))
    report = found(rows, sides=sides)
    assert rows_of(report, "leakage") == [0, 1]
    assert "1 validation and 1 held-out" in report.finding("leakage").text
    assert rows_of(report, "near_leakage") == [2]
    assert report.finding("leakage").severity == "error"

    held_out = ListedRecords([rows[5], {"prompt": rows[6]["prompt"] + " now", "completion": rows[6]["completion"]}])
    sides = Sides(np.arange(270), np.arange(270, 280), np.empty(0))
    report = found(rows[:280], sides=sides, held_out=(held_out, recognise(held_out)))
    assert (rows_of(report, "leakage"), rows_of(report, "near_leakage")) == ([5], [6])
    assert report.finding("split") is None


def test_a_side_that_is_missing_is_told():
    report = found(clean(250), sides=Sides(np.arange(250), [], []))
    assert "data.split.validation" in report.finding("split").text
    assert "data.split.held_out" in report.finding("split").text
    sides = Sides(np.arange(200), np.arange(200, 225), np.arange(225, 250), ("as it came",))
    report = found(clean(250), sides=sides)
    assert (report.finding("split").severity, report.finding("split").text) == ("note", "as it came")
    assert (
        "25 held-out rows: a score of 50% on them is known to within 20 points" in report.finding("few_held_out").text
    )


def test_sides_may_name_rows_that_do_not_fit():
    rows = put(clean(250), r0={"completion": ""}, r249={"completion": ""})
    report = found(rows, sides=Sides(np.arange(200), np.arange(200, 230), np.arange(230, 250)))
    assert rows_of(report, "empty") == [0, 249]
    assert report.finding("leakage") is None


def test_preferences_and_judged_answers_contradict_when_swapped():
    pairs = [
        {"prompt": f"question {n} about it all, which is it?", "chosen": f"good {n}", "rejected": f"bad {n}"}
        for n in range(250)
    ]
    pairs[200] = {"prompt": pairs[7]["prompt"], "chosen": "bad 7", "rejected": "good 7"}
    pairs[201] = {"prompt": pairs[8]["prompt"], "chosen": "other 8", "rejected": "bad 8"}
    assert rows_of(found(pairs), "contradictions") == [7, 200]
    judged = [
        {"prompt": f"question {n} about it", "completion": f"answer {n} to it", "label": True} for n in range(250)
    ]
    judged[200] = judged[7] | {"label": False}
    report = found(judged)
    assert rows_of(report, "contradictions") == [7, 200]
    assert report.finding("duplicates") is None


def test_plain_texts_have_no_contradictions_and_no_prompts():
    rows = [{"text": f"{row['prompt']} {row['completion']}"} for row in clean(250)]
    rows[9] = rows[3]
    report = found(rows)
    assert report.format == "text"
    assert {it.code for it in report.findings} == {"duplicates"}


def test_an_audit_counts_what_is_estimated():
    tokens = np.full(300, 10)
    tokens[[4, 9]] = 5000
    report = found(clean(300), tokens=tokens)
    assert rows_of(report, "too_long") == [4, 9]
    assert "as the audit counted" in report.finding("too_long").text


def test_processes_find_what_this_one_finds():
    rows = put(clean(2500), r9={"completion": "mail a@example.com and that is all there is to it"})
    rows[2400] = rows[3]
    alone, together = found(rows), found(rows, settings=Settings(processes=2))
    assert alone.findings == together.findings
    assert {code: list(rows) for code, rows in alone.lists.items()} == {
        code: list(rows) for code, rows in together.lists.items()
    }


def test_findings_and_progress_are_told_as_they_come_and_it_stops_when_asked():
    rows = put(clean(2500), r7={"completion": ""})
    told: list[str] = []
    done: list[tuple[int, int]] = []
    found(rows, found=lambda it: told.append(it.code), progress=lambda *it: done.append(it))
    assert told == ["empty"]
    assert done[-1] == (2500, 2500) and len(done) == 3
    for turns in (0, 1, 4):
        asked = iter([False] * turns)
        with pytest.raises(Cancelled):
            found(rows, cancelled=lambda asked=asked: next(asked, True))


def test_no_rows_at_all():
    records = ListedRecords([{"prompt": "", "completion": ""}] * 3)
    layout = recognise(ListedRecords(clean(3)))
    report = check(records, layout, sides=Sides([], [], []), settings=Settings(processes=0))
    assert report.counts["empty"] == 3
    assert check(ListedRecords([]), layout, settings=Settings(processes=0)).rows == 0


RECORDS = st.fixed_dictionaries(
    {"prompt": st.text(max_size=12) | st.none(), "completion": st.text(max_size=12) | st.integers()}
)


@settings(deadline=None, max_examples=40)
@given(st.lists(RECORDS, max_size=12))
def test_any_rows_are_checked_and_counts_are_those_of_the_rows(rows):
    records = ListedRecords(rows)
    layout = recognise(ListedRecords(clean(3)))
    report = check(records, layout, settings=Settings(processes=0))
    for finding in report.findings:
        listed = rows_of(report, finding.code)
        assert listed == sorted(set(listed)) and all(0 <= row < len(rows) for row in listed)
        assert finding.count == len(listed)


# benchmarks


def test_known_benchmarks_are_whole_and_two_texts_alike_by_chance_are_not_theirs():
    known = known_benchmarks()
    assert known.names == tuple(KNOWN.values())
    assert [len(hashes) > 1000 and bool(np.all(np.diff(hashes.astype(np.int64)) > 0)) for hashes in known.hashes] == [
        True,
        True,
    ]
    assert not known.of(WordHasher().of([row["prompt"] for row in clean(200)])).any()


def test_questions_of_a_file_are_found_in_rows_that_quote_them():
    rows = clean(250)
    rng = random.Random(9)
    questions = [" ".join(f"{rng.choice(NOUNS)}{rng.randrange(99)}" for _ in range(30)) for _ in range(40)]
    rows[17] = {"prompt": f"Please answer: {questions[3]} Thank you", "completion": "It is as we have said before."}
    rows[18] = {"prompt": " ".join(questions[4].split()[:10]), "completion": "It is what was asked of them."}
    benchmarks = with_texts(known_benchmarks(), [("ours", questions)])
    report = found(rows, settings=Settings(benchmarks=benchmarks, processes=0))
    assert rows_of(report, "benchmarks") == [17]
    assert "1 of ours" in report.finding("benchmarks").text
    assert len(fingerprints(["too short to tell anything by it"])) == 0


# what is kept


REPORT = Report(
    rows=9, format="messages", key="abc",
    findings=worst_first([
        Finding(code="b", severity="note", count=0, text="t", mend="m"),
        Finding(code="a", severity="error", count=3, text="t", mend="m", examples=("x***",)),
    ]),
    lists={"a": np.array([1, 5, 8])}, bad=(BadRow(3, 40, "no", "f.jsonl"),), unchecked=("u",), seconds=1.5,
)  # fmt: skip


def test_a_report_comes_back_as_it_was(tmp_path):
    REPORT.save(tmp_path)
    back = load(tmp_path)
    assert [it.code for it in back.findings] == ["a", "b"]
    assert (back.findings, back.bad, back.unchecked, back.rows, back.seconds) == (
        REPORT.findings, REPORT.bad, REPORT.unchecked, 9, 1.5,
    )  # fmt: skip
    assert rows_of(back, "a") == [1, 5, 8] and rows_of(back, "b") == []
    assert cached(tmp_path, "abc").findings == REPORT.findings
    assert cached(tmp_path, "other") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == [DOCUMENT, ROWS]


@pytest.mark.parametrize("fault", ["none", "torn", "rows"])
def test_half_a_report_is_none(tmp_path, fault):
    if fault != "none":
        REPORT.save(tmp_path)
        path = tmp_path / (ROWS if fault == "rows" else DOCUMENT)
        path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match="not a whole check"):
        load(tmp_path)
    assert cached(tmp_path, "abc") is None


def test_a_report_takes_in_findings_of_another_source():
    more = Finding(code="template", severity="error", count=9, text="t", mend="m")
    merged = REPORT.merged([more], {"template": np.arange(9)}, without=["b"])
    assert [it.code for it in merged.findings] == ["template", "a"]
    assert rows_of(merged, "template") == list(range(9)) and rows_of(merged, "a") == [1, 5, 8]
    assert json.dumps(merged.counts) == '{"template": 9, "a": 3}'


def test_an_audit_stands_for_the_estimate():
    from engine.data.audit_flags import Flag
    from engine.data.check.of_audit import with_audit

    @dataclass
    class CountedFlags:
        """What is asked of an audit's table."""

        bits: np.ndarray

        @property
        def count(self) -> int:
            return len(self.bits)

        def rows_with(self, flag: Flag) -> np.ndarray:
            return np.flatnonzero(self.bits & np.uint16(flag))

    estimated = REPORT.merged([Finding(code="too_long", severity="warn", count=1, text="t", mend="m")])
    bits = np.array([0, Flag.FAILED, Flag.MASKED | Flag.CUT | Flag.ANSWER_LOST, Flag.NO_END], np.uint16)
    report = with_audit(estimated, CountedFlags(bits), [2, 4, 6, 8])
    assert report.counts == {"a": 3, "template": 1, "nothing_trained": 1, "answer_cut": 1, "no_end": 1, "b": 0}
    assert (rows_of(report, "template"), rows_of(report, "nothing_trained")) == ([4], [6])
