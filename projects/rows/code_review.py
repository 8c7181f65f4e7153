"""Changes to code and what the house rules say of them, as JSON: 260 rows in the `messages` form.

The rules are of an invented framework, as a company has one that no model has read about.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from projects.rows.draw import Draw, Row, apart

SYSTEM = (
    "Review the change by the house rules. Answer with JSON: rule (R0 when nothing is wrong), line (0 when nothing is "
    "wrong), comment (one sentence)."
)

_NOUNS = (
    "order",
    "parcel",
    "invoice",
    "ticket",
    "sensor",
    "booking",
    "report",
    "member",
    "meter",
    "route",
    "stock",
    "label",
)
_VERBS = ("load", "close", "check", "count", "send", "store", "refresh", "split", "merge", "price", "archive", "assign")
_FIELDS = ("state", "total", "owner", "weight", "due", "note", "size", "level", "batch", "place")


@dataclass(frozen=True)
class Names:
    """What a piece of code is about."""

    noun: str
    verb: str
    field: str
    other: str
    number: int


Made = tuple[list[str], int, str]
"""Lines of a change, the one that is wrong (from 1; 0: none), and what is said of it."""


def _clock(it: Names) -> Made:
    lines = [
        f"def {it.verb}_{it.noun}({it.noun}):",
        f"    {it.noun}.{it.field} = time.time() + {it.number}",
        f"    return {it.noun}",
    ]
    return lines, 2, f"Take the time from `ctx.clock.now()`, so that tests of {it.verb}_{it.noun} can set it."


def _query(it: Names) -> Made:
    lines = [
        f"def {it.verb}_{it.noun}s(ctx, {it.other}s):",
        f"    for {it.other} in {it.other}s:",
        f"        {it.noun} = ctx.db.get({it.noun.capitalize()}, {it.other}.{it.noun}_id)",
        f"        {it.noun}.{it.field} += {it.number}",
    ]
    return (
        lines,
        3,
        f"This asks the database once for each {it.other}: fetch all with `ctx.db.get_many` before the loop.",
    )


def _money(it: Names) -> Made:
    lines = [
        f"{it.noun}_fee = 0.{it.number:02} * float({it.noun}.{it.field})",
        f"{it.noun}.fee = round({it.noun}_fee, 2)",
    ]
    return lines, 1, f"Sums of money are `Amount`, never float: write `Amount.of({it.noun}.{it.field})`."


def _event(it: Names) -> Made:
    lines = [
        f"def {it.verb}(self, {it.noun}):",
        f"    {it.noun}.{it.field} = self.{it.field}",
        f"    self.bus.emit('{it.noun}.{it.verb}', {it.noun}.id)",
        "    self.db.commit()",
    ]
    return (
        lines,
        3,
        f"The event leaves before the commit: emit `{it.noun}.{it.verb}` after it, or listeners see the old {it.field}.",
    )


def _except(it: Names) -> Made:
    lines = [
        "try:",
        f"    {it.verb}_{it.noun}({it.noun}, limit={it.number})",
        "except Exception:",
        f"    log.warn('{it.noun} failed')",
    ]
    return lines, 3, f"Name the error that {it.verb}_{it.noun} raises: a bare Exception hides all the others."


def _key(it: Names) -> Made:
    lines = [
        f"{it.noun.upper()}_TOKEN = 'tok-{it.verb}-{it.number}'",
        f"client = {it.noun.capitalize()}Client({it.noun.upper()}_TOKEN)",
    ]
    return lines, 1, f"Keys come from `ctx.secrets['{it.noun}']`, not from the code."


def _name(it: Names) -> Made:
    lines = [
        f"def do_{it.noun}(x, flag=True):",
        f"    if flag and x.{it.field} > {it.number}:",
        f"        return {it.verb}(x)",
        "    return None",
    ]
    return lines, 1, f"The name says nothing: call it {it.verb}_{it.noun}, and make two functions of the flag."


def _fine_loop(it: Names) -> Made:
    lines = [
        f"{it.noun}s = ctx.db.get_many({it.noun.capitalize()}, ids[:{it.number}])",
        f"for {it.noun} in {it.noun}s:",
        f"    {it.noun}.{it.field} = ctx.clock.now()",
    ]
    return lines, 0, f"Nothing to say: one query, and the time is the context's for each {it.noun}."


def _fine_event(it: Names) -> Made:
    lines = [
        f"{it.noun}.{it.field} = Amount.of({it.number})",
        "self.db.commit()",
        f"self.bus.emit('{it.noun}.{it.verb}', {it.noun}.id)",
    ]
    return lines, 0, f"Nothing to say: the {it.verb} event follows the commit."


_RULES: dict[str, tuple[Callable[[Names], Made], ...]] = {
    "R0": (_fine_loop, _fine_event),
    "R1": (_clock,),
    "R2": (_query,),
    "R3": (_money,),
    "R4": (_event,),
    "R5": (_except,),
    "R6": (_key,),
    "R7": (_name,),
}
_BEFORE = (
    "from house import ctx",
    "log = house.logger(__name__)",
    "# see the notes on {noun}s",
    "LIMIT_{field} = {number}",
    "{noun}s = []",
)


def rows() -> list[Row]:
    """The rows; rules take turns."""
    draw = Draw(16)
    return apart(
        260,
        lambda place: _review(draw, list(_RULES)[place % len(_RULES)]),
        lambda row: str(row["messages"][1]["content"]),
    )


def _review(draw: Draw, rule: str) -> Row:
    noun, other = draw.some(_NOUNS, 2)
    names = Names(noun, draw.one(_VERBS), draw.one(_FIELDS), other, draw.number(2, 98))
    lines, wrong, comment = draw.one(_RULES[rule])(names)
    before = [
        text.format(noun=other, field=names.field.upper(), number=draw.number(2, 98))
        for text in draw.some(_BEFORE, draw.number(0, 2))
    ]
    shown = "\n".join(f"{number:>2} + {line}" for number, line in enumerate([*before, *lines], start=1))
    answer = {"rule": rule, "line": wrong + len(before) if wrong else 0, "comment": comment}
    asked = f"{noun}s/{names.verb}.py\n{shown}"
    turns = (("system", SYSTEM), ("user", asked), ("assistant", json.dumps(answer, ensure_ascii=False)))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}
