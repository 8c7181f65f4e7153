"""What an audit counted, in words: for the Data pane and the command line."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.figures import plural

if TYPE_CHECKING:
    from engine.protocol import AuditDone


def trained_words(found: "AuditDone", *, exact: bool = False) -> str:
    """How many tokens there are, and what of them is trained."""
    unit = "" if exact else " tokens"
    if not found.trained_tokens and not found.masked_rows:
        return f"{found.tokens:,}{unit}: they are asked, and the answers to them trained"
    share = f"{found.trained_tokens / max(1, found.tokens):.0%}"
    trained = f"{found.trained_tokens:,} trained ({share})" if exact else f"{share} trained"
    return f"{found.tokens:,}{unit}, {trained}"


def audit_lines(found: "AuditDone") -> Iterator[tuple[str, str]]:
    """What an audit counted, in lines of a name and words."""
    from engine.data.audit_flags import WORDS, flag_of

    yield "rows", f"{found.rows:,}"
    yield "tokens", trained_words(found, exact=True)
    if found.lengths:
        names = {"50": "half have at most", "90": "nine in ten", "99": "99 of 100", "100": "the longest"}
        yield (
            "length",
            ", ".join(f"{words} {found.lengths[key]:,}" for key, words in names.items() if key in found.lengths),
        )
    for code, count in found.findings.items():
        yield "✗" if code in ("failed", "masked") else "!", f"{plural(count, 'row')}: {WORDS[flag_of(code)]}"
    if found.own_bos_rows:
        yield (
            "bos",
            f"{plural(found.own_bos_rows, 'row')} begin with BOS: tools that add it again double it; ttune does not",
        )
    if found.padding_random is not None and found.padding_grouped is not None:
        yield "padding", f"{found.padding_random:.0%} in random order, {found.padding_grouped:.0%} grouped by length"
    if found.packing_gain is not None and found.packed_rows is not None:
        packed, gain = plural(found.packed_rows, "sequence"), found.packing_gain
        words = f"{gain:.2f} times less work" if gain > 1 else "no less work than the padded batches"
        yield "packing", f"{packed} would hold all rows: {words}"
