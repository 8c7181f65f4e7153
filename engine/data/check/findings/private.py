"""Check 4: personal data, and secrets."""

from engine.data.check import personal
from engine.data.check.columns import Columns
from engine.data.check.findings import Findings, counted, listing, share
from engine.data.check.report import Finding

_NAMES = {
    "secret": ("secret or API key", "secrets or API keys"),
    "email": ("e-mail address", "e-mail addresses"),
    "iban": ("bank account", "bank accounts"),
    "card": ("payment card", "payment cards"),
    "national_id": ("national id", "national ids"),
    "ip": ("IP address", "IP addresses"),
    "phone": ("phone number", "phone numbers"),
}


def private(columns: Columns) -> Findings:
    """secrets and personal_data."""
    yield from _of_kinds(
        columns, ("secret",), "secrets", "error",
        "revoke them, then add the step personal_data (kinds = [\"secret\"]) to data.curate",
    )  # fmt: skip
    yield from _of_kinds(
        columns, personal.KINDS[1:], "personal_data", "warn",
        "add the step personal_data to data.curate: it writes [EMAIL] and the like in their place, or drops the rows",
    )  # fmt: skip


def _of_kinds(columns: Columns, kinds: tuple[str, ...], code: str, severity: str, mend: str) -> Findings:
    bits = sum(1 << personal.KINDS.index(kind) for kind in kinds)
    holds = (columns.rows["personal"] & bits) > 0
    count = int(holds.sum())
    if count:
        there = [kind for kind in kinds if columns.pieces[kind]]
        told = listing([counted(columns.pieces[kind], *_NAMES[kind]) for kind in there])
        yield Finding(
            code=code, severity=severity, count=count,  # type: ignore[arg-type]
            text=f"{counted(count, 'row holds', 'rows hold')} {told} ({share(count, len(holds))})", mend=mend,
            examples=tuple(f"{_NAMES[kind][0]}: {masked}" for kind in there for masked in columns.examples[kind]),
        ), columns.numbers[holds]  # fmt: skip
