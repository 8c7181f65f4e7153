"""The guide's mapping tables are the code's."""

from pathlib import Path

from engine.bridges.tables import all_tables

GUIDE = Path(__file__).parents[2] / "docs" / "bridges.md"


def test_the_guide_has_every_table_as_the_code_has_it():
    text = GUIDE.read_text(encoding="utf-8")
    for title, table in all_tables().items():
        assert f"\n## {title}\n{table}\n" in text, (
            f"{title}: the guide differs from engine/bridges/tools: print it anew"
        )
