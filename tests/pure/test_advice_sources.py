"""Where rules of advice have their figures from: the guide, word for word, or ttune itself, and that is said."""

import re
from pathlib import Path

import pytest

from engine.advice import RULES

GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"
OURS = {
    "batch", "epochs", "length", "rate", "data", "split", "classes", "cleaning", "purpose", "evaluation",
    "checkpoints", "money",
}  # fmt: skip


def section(number: str) -> str:
    """A section of the guide in one line, without the bars of its tables."""
    text = GUIDE.read_text()
    found = re.search(rf"^## {number}\..*?(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, number
    return " ".join(found[0].replace("|", " ").split())


@pytest.mark.parametrize("code", [code for code, rule in RULES.items() if rule.check.__module__.split(".")[-1] in OURS])
def test_what_a_rule_rests_on_stands_in_the_guide_or_is_ttune_s_own(code):
    source = RULES[code].source
    if source.startswith("ttune's own: "):
        return
    cited = re.fullmatch(r"guide §(\d)(?:, check (\d+))?: (.+)", source)
    assert cited, source
    number, check, words = cited.groups()
    told = section(number)
    if check:
        told = told[told.index(f" {check}. ") :].split(f" {int(check) + 1}. ")[0]
    assert words.split("; ttune's own")[0].split("; the table")[0] in told
