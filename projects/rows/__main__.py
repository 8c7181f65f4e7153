"""`python -m projects.rows [NAME ...]`: write the sample rows of all templates, or of those named."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from projects.rows import (
    chat_style,
    code_review,
    continued_pretraining,
    dpo_tone,
    grpo_maths,
    json_extraction,
    kto_answers,
    multilingual_routing,
    summaries,
    text_to_sql,
    ticket_triage,
)
from projects.rows.draw import Row

ROOT = Path(__file__).parents[1]

MAKERS = {
    "ticket-triage": ("tickets.jsonl", ticket_triage.rows),
    "json-extraction": ("notes.jsonl", json_extraction.rows),
    "text-to-sql": ("questions.jsonl", text_to_sql.rows),
    "summaries": ("minutes.jsonl", summaries.rows),
    "chat-style": ("talks.jsonl", chat_style.rows),
    "code-review": ("changes.jsonl", code_review.rows),
    "multilingual-routing": ("messages.jsonl", multilingual_routing.rows),
    "dpo-tone": ("pairs.jsonl", dpo_tone.rows),
    "grpo-maths": ("problems.jsonl", grpo_maths.rows),
    "kto-answers": ("judged.jsonl", kto_answers.rows),
}
"""Of each template its file of rows, and what makes them."""


def files(name: str) -> Iterator[tuple[Path, str]]:
    """The files of a template's data and their content."""
    folder = ROOT / name / "data"
    if name == "continued-pretraining":
        rows = iter(continued_pretraining.rows())
        for file, count in continued_pretraining.FILES.items():
            yield folder / "texts" / file, _lines([next(rows) for _ in range(count)])
    else:
        file, make = MAKERS[name]
        yield folder / file, _lines(make())


def names() -> list[str]:
    """Templates that have sample rows from here."""
    return [*MAKERS, "continued-pretraining"]


def main(wanted: list[str]) -> None:
    """Write them."""
    for name in wanted or names():
        for path, content in files(name):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: {content.count(chr(10))} rows, {len(content.encode()) / 1000:.0f} kB")


def _lines(rows: list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


if __name__ == "__main__":
    main(sys.argv[1:])
