"""`ttune advice`: lists, fixes, accepts; and what it refuses."""

import json
from pathlib import Path

import pytest

from engine.advice import RULES
from engine.home import open_home
from engine.project import find_project
from tests.pure.test_walls import HEAVY, loaded
from tests.support import quickstart
from tui.cli.main import main

OFF = {"adapter__alpha": 200, "adapter__dropout": 0.3}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    return quickstart(open_home(), "triage", **OFF)


def told(capsys, *words: str, code: int = 0) -> str:
    assert main(["advice", "triage", *words]) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


def document(capsys, *words: str, code: int = 0):
    return json.loads(told(capsys, *words, "--json", code=code))


def recipe():
    return find_project(open_home(), "triage").recipe()


def test_advice_is_listed_with_reason_source_and_fix(capsys):
    text = told(capsys)
    assert "! adapter.alpha  alpha 200 at rank 16" in text
    assert "guide §3: alpha = r or 2r" in text
    assert "fix: adapter.alpha = 32  [alpha_off]" in text
    assert "2 warnings" in text


def test_json_holds_all_of_it(capsys):
    found = document(capsys)
    assert (found["project"], found["blocks"], found["warns"], found["accepted"]) == ("triage", 0, 2, 0)
    alpha = next(one for one in found["advice"] if one["code"] == "alpha_off")
    assert alpha["fix"] == {"adapter.alpha": 32}
    assert alpha["acceptable"] and alpha["accepted"] is None


def test_what_blocks_makes_the_code_one_and_set_only_tries(capsys):
    found = document(capsys, "--set", "training.packing=true", "--set", "method.kind=dpo", code=1)
    assert found["blocks"] >= 1
    assert recipe().method.kind == "sft"


def test_a_fix_changes_the_recipe(capsys):
    assert document(capsys, "--fix", "alpha_off")["changed"] == {"adapter.alpha": 32}
    assert recipe().adapter.alpha == 32
    assert "is not said of this recipe" in told(capsys, "--fix", "alpha_off", code=2)


def test_a_warning_is_accepted_with_a_reason_and_stays_listed(capsys):
    assert "is accepted: a study of scale" in told(capsys, "--accept", "alpha_off", "--because", "a study  of\nscale")
    assert recipe().advice.accepted == {"alpha_off": "a study of scale"}
    text = told(capsys)
    assert "accepted: a study of scale  [alpha_off]" in text
    assert "1 warning," in text and "1 accepted" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--accept", "alpha_off"], "add --because TEXT"),
        (["--because", "x"], "add --accept CODE"),
        (["--accept", "alpha_of", "--because", "x"], "did you mean alpha_off?"),
        (["--accept", "packing_unable", "--because", "x"], "it blocks: mend it"),
        (["--accept", "threshold_none", "--because", "x"], "it is only a note"),
        (["--accept", "alpha_off", "--because", "x", "--fix", "alpha_off"], "choose one"),
        (["--accept", "rate_high", "--because", "x"], "is not said of this recipe (said: "),
        (["--fix", "alpha_off", "--set", "adapter.alpha=1"], "--set only tries"),
        (["--readiness", "--fix", "alpha_off"], "--readiness only asks"),
        (["--readiness", "--accept", "alpha_off", "--because", "x"], "--readiness only asks"),
        (["--set", "adapter.alpha=true"], "--set adapter.alpha: must be a number, not true"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(words, said, capsys):
    before = recipe()
    text = told(capsys, *words, code=2)
    assert said in text and len(text.splitlines()) == 1
    assert recipe() == before


def test_the_readiness_check_is_printed(capsys):
    text = told(capsys, "--readiness")
    assert "✓ Are there at least 200 good examples?" in text
    found = document(capsys, "--readiness")["readiness"]
    assert [one["code"] for one in found][:2] == ["how_not_what", "prompt_measured"]


def test_every_rule_that_may_be_accepted_warns_or_is_of_a_forecast():
    for rule in RULES.values():
        assert not (rule.severity == "blocks" and rule.may_be_accepted) or rule.code.startswith(("budget_", "memory_"))


def test_a_name_that_is_no_project_is_said_before_anything_heavy_is_loaded(tmp_path):
    names = loaded("import sys\nfrom tui.cli.main import main\nmain(sys.argv[1:])", tmp_path, "advice", "none")
    assert not names & (HEAVY | {"engine.jobs"})
