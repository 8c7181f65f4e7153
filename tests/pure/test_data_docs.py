"""The table of formats in docs/data.md says what the engine does."""

import re
from pathlib import Path

from engine.data.formats.known import KNOWN
from engine.data.formats.layout import NEEDED, SFT_KINDS
from engine.recipe.method import METHODS

DOCS = Path(__file__).parents[2] / "docs" / "data.md"


def test_every_format_names_the_methods_that_train_with_it():
    text = DOCS.read_text().partition("| format | fields | trains with |")[2].partition("\n\n")[0]
    told = {
        name: set(methods.split(", ")) for name, methods in re.findall(r"^\| (\w+) \|.*\| ([a-z, ]+) \|$", text, re.M)
    }
    expected = {
        name: {method for method in METHODS if known.kind in NEEDED.get(method, SFT_KINDS)}
        for name, known in KNOWN.items()
    }
    assert told == expected
