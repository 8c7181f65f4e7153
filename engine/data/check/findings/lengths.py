"""Check 5: too long, too short, in another language, with odd characters."""

from typing import Any

import numpy as np

from engine.data.check import odd
from engine.data.check.columns import Columns
from engine.data.check.findings import Findings, counted, listing, share
from engine.data.check.report import Finding

BYTES_PER_TOKEN = 4.0
"""UTF-8 bytes a token, until an audit has counted: what tokenizers of today make of English; a Chinese character, three
bytes, is about one token then."""
_FREE_TEXT = 200
"""Characters of the median answer from which answers are free text, and one far shorter is odd."""
_SHORT_SHARE = 0.05
_FOREIGN_MOST = 0.5
_LANGUAGES_SHOWN = 5


def too_long(columns: Columns, max_length: int, tokens: Any | None = None) -> Findings:
    """too_long: rows whose end training cuts off. `tokens`: (fits,) what an audit counted before any cut."""
    counted_tokens = columns.rows["bytes"] / BYTES_PER_TOKEN if tokens is None else np.asarray(tokens)
    over = counted_tokens > max_length
    count = int(over.sum())
    if count:
        how = f"estimated at {BYTES_PER_TOKEN:.0f} bytes a token" if tokens is None else "as the audit counted"
        yield Finding(
            code="too_long", severity="warn", count=count,
            text=(
                f"{counted(count, 'row is', 'rows are')} longer than {max_length:,} tokens ({share(count, len(over))}, "
                f"{how}; the longest has {int(counted_tokens.max()):,}): training cuts their end off"
            ),
            mend="raise training.max_length, or add the step length (most = …) to data.curate",
        ), columns.numbers[over]  # fmt: skip


def too_short(columns: Columns) -> Findings:
    """too_short: prompts or answers that say nothing, and answers far shorter than the others."""
    rows = columns.rows
    if not len(rows):
        return
    nothing = ((rows["short"] & 1 > 0) & (rows["prompt_characters"] > 0)) | (rows["short"] & 2 > 0)
    median = float(np.median(rows["answer_characters"]))
    far = (rows["answer_characters"] < _SHORT_SHARE * median) & (median >= _FREE_TEXT)
    short = nothing | far
    count = int(short.sum())
    if count:
        parts = [f"{int(nothing.sum()):,} with nothing but punctuation on one side"] if nothing.any() else []
        if (far & ~nothing).any():
            parts.append(f"{int((far & ~nothing).sum()):,} answers far below the median of {median:,.0f} characters")
        yield Finding(
            code="too_short", severity="warn", count=count,
            text=f"{counted(count, 'row is', 'rows are')} too short to teach much ({share(count, len(rows))}): "
            f"{listing(parts)}",
            mend="look at them; the step length (of = \"answer\", least = …) of data.curate leaves them out",
        ), columns.numbers[short]  # fmt: skip


def odd_characters(columns: Columns) -> Findings:
    """odd_characters."""
    bits = columns.rows["odd"]
    holds = bits > 0
    count = int(holds.sum())
    if count:
        told = listing(
            [
                f"{int((bits >> bit & 1).sum()):,} with {name}"
                for bit, name in enumerate(odd.KINDS)
                if (bits >> bit & 1).any()
            ]
        )
        yield Finding(
            code="odd_characters", severity="warn", count=count,
            text=f"{counted(count, 'row holds', 'rows hold')} characters that do not belong into text "
            f"({share(count, len(bits))}): {told}",
            mend="export the source again as UTF-8, or correct the rows (data.curate: edit_row or drop_rows)",
        ), columns.numbers[holds]  # fmt: skip


def language(columns: Columns) -> Findings:
    """language: rows in another language than most; rows too short to tell are not counted."""
    known = columns.rows["language"]
    codes, counts = np.unique(known[known != b""], return_counts=True)
    if len(codes) < 2:
        return
    most = codes[np.argmax(counts)]
    other = (known != b"") & (known != most)
    count, told = int(other.sum()), int(counts.sum())
    order = np.argsort(-counts, kind="stable")[1 : _LANGUAGES_SHOWN + 1]
    names = listing([f"{counts[place]:,} {codes[place].decode()}" for place in order])
    more = f" and {len(codes) - 1 - _LANGUAGES_SHOWN} other languages" if len(codes) - 1 > _LANGUAGES_SHOWN else ""
    mixed = counts.max() <= _FOREIGN_MOST * told
    yield Finding(
        code="language", severity="note" if mixed else "warn", count=count,
        text=f"{counted(count, 'row is', 'rows are')} not in {most.decode()}, the language of most "
        f"({share(count, told)} of the {told:,} long enough to tell): {names}{more}",
        mend=f'where it is not meant, add the step language (keep = ["{most.decode()}"]) to data.curate',
    ), columns.numbers[other]  # fmt: skip
