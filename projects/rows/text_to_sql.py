"""Questions about small databases and the SQL that answers them: 260 rows as prompt and completion.

Every statement is run by SQLite on its tables before it is kept.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from projects.rows.draw import Draw, Row, apart


@dataclass(frozen=True)
class Base:
    """A small database, by what its questions can be about."""

    tables: str
    thing: str
    """The main table."""
    things: str
    """What a person calls its rows."""
    name: str
    number: str
    number_words: str
    group: str
    group_words: str
    groups: tuple[str, ...]
    day: str
    day_words: str
    other: str
    """The second table, which names a row of the main one in `key`."""
    others: str
    key: str
    amount: str
    amount_words: str


_BASES = (
    Base(
        "CREATE TABLE books (id INTEGER, title TEXT, pages INTEGER, genre TEXT, bought DATE);\n"
        "CREATE TABLE loans (id INTEGER, book_id INTEGER, days INTEGER);",
        "books", "books", "title", "pages", "pages", "genre", "genre", ("history", "poetry", "travel", "crime"),
        "bought", "bought", "loans", "loans", "book_id", "days", "days lent",
    ),
    Base(
        "CREATE TABLE plants (id INTEGER, name TEXT, height_cm INTEGER, bed TEXT, planted DATE);\n"
        "CREATE TABLE waterings (id INTEGER, plant_id INTEGER, litres REAL);",
        "plants", "plants", "name", "height_cm", "centimetres", "bed", "bed", ("north", "south", "herbs", "glasshouse"),
        "planted", "planted", "waterings", "waterings", "plant_id", "litres", "litres of water",
    ),
    Base(
        "CREATE TABLE boats (id INTEGER, name TEXT, length_m REAL, pier TEXT, moored DATE);\n"
        "CREATE TABLE fees (id INTEGER, boat_id INTEGER, euros REAL);",
        "boats", "boats", "name", "length_m", "metres", "pier", "pier", ("east", "west", "guest", "works"),
        "moored", "moored", "fees", "fees", "boat_id", "euros", "euros of fees",
    ),
    Base(
        "CREATE TABLE machines (id INTEGER, label TEXT, hours INTEGER, hall TEXT, serviced DATE);\n"
        "CREATE TABLE faults (id INTEGER, machine_id INTEGER, minutes INTEGER);",
        "machines", "machines", "label", "hours", "hours", "hall", "hall", ("A", "B", "paint shop", "assembly"),
        "serviced", "serviced", "faults", "faults", "machine_id", "minutes", "minutes of standstill",
    ),
    Base(
        "CREATE TABLE courses (id INTEGER, title TEXT, seats INTEGER, subject TEXT, starts DATE);\n"
        "CREATE TABLE payments (id INTEGER, course_id INTEGER, amount REAL);",
        "courses", "courses", "title", "seats", "seats", "subject", "subject", ("music", "maths", "welding", "Spanish"),
        "starts", "starting", "payments", "payments", "course_id", "amount", "money paid",
    ),
    Base(
        "CREATE TABLE walks (id INTEGER, name TEXT, km REAL, region TEXT, opened DATE);\n"
        "CREATE TABLE reports (id INTEGER, walk_id INTEGER, stars INTEGER);",
        "walks", "walks", "name", "km", "kilometres", "region", "region", ("coast", "moor", "lakes", "forest"),
        "opened", "opened", "reports", "reports", "walk_id", "stars", "stars in total",
    ),
)  # fmt: skip

Question = Callable[[Draw, Base], tuple[str, str]]


def _count(draw: Draw, base: Base) -> tuple[str, str]:
    group = draw.one(base.groups)
    ask = draw.one(
        (
            f"How many {base.things} are of {base.group_words} {group}?",
            f"Number of {base.things} with {base.group_words} {group}",
        )
    )
    return ask, f"SELECT COUNT(*) FROM {base.thing} WHERE {base.group} = '{group}';"


def _above(draw: Draw, base: Base) -> tuple[str, str]:
    least = draw.number(2, 40) * 5
    ask = draw.one(
        (
            f"Which {base.things} have more than {least} {base.number_words}?",
            f"List the {base.name} of all {base.things} above {least} {base.number_words}.",
        )
    )
    return ask, f"SELECT {base.name} FROM {base.thing} WHERE {base.number} > {least};"


def _top(draw: Draw, base: Base) -> tuple[str, str]:
    count = draw.number(2, 12)
    ask = draw.one(
        (
            f"The {count} {base.things} with the most {base.number_words}, largest first",
            f"Show me the top {count} {base.things} by {base.number_words}.",
        )
    )
    return ask, f"SELECT {base.name} FROM {base.thing} ORDER BY {base.number} DESC LIMIT {count};"


def _average(draw: Draw, base: Base) -> tuple[str, str]:
    least = draw.number(2, 25)
    ask = draw.one(
        (
            f"Average {base.number_words} for each {base.group_words} with at least {least} {base.things}",
            f"What are the mean {base.number_words} per {base.group_words}, where there are {least} {base.things} or more?",
            f"{base.group_words.capitalize()} and mean {base.number_words}, leaving out those with under {least} {base.things}",
        )
    )
    having = f" HAVING COUNT(*) >= {least}"
    return ask, f"SELECT {base.group}, AVG({base.number}) FROM {base.thing} GROUP BY {base.group}{having};"


def _since(draw: Draw, base: Base) -> tuple[str, str]:
    day = f"{draw.number(2019, 2025)}-{draw.number(1, 12):02}-01"
    ask = draw.one(
        (
            f"Which {base.things} were {base.day_words} on or after {day}?".replace("were starting", "start"),
            f"Everything {base.day_words} since {day}: {base.name} and date, oldest first",
        )
    )
    if "oldest" in ask:
        return ask, f"SELECT {base.name}, {base.day} FROM {base.thing} WHERE {base.day} >= '{day}' ORDER BY {base.day};"
    return ask, f"SELECT {base.name} FROM {base.thing} WHERE {base.day} >= '{day}';"


def _total(draw: Draw, base: Base) -> tuple[str, str]:
    least = draw.number(1, 30) * 10
    if draw.chance(0.5):
        count = draw.number(3, 20)
        ask = f"{base.amount_words.capitalize()} of the {count} {base.things} with most of them, by {base.name}"
        having = f" ORDER BY SUM({base.other}.{base.amount}) DESC LIMIT {count}"
    else:
        ask = f"Which {base.things} come to more than {least} {base.amount_words}?"
        having = f" HAVING SUM({base.other}.{base.amount}) > {least}"
    what = f"{base.thing}.{base.name}" + (f", SUM({base.other}.{base.amount})" if "LIMIT" in having else "")
    join = f"{base.thing} JOIN {base.other} ON {base.other}.{base.key} = {base.thing}.id"
    return ask, f"SELECT {what} FROM {join} GROUP BY {base.thing}.id{having};"


def _without(draw: Draw, base: Base) -> tuple[str, str]:
    group = draw.one(base.groups)
    ask = draw.one(
        (
            f"Which {base.things} of {base.group_words} {group} have no {base.others} at all?",
            f"{base.things.capitalize()} without any {base.others}, only {base.group_words} {group}",
        )
    )
    inner = f"SELECT {base.key} FROM {base.other}"
    return ask, f"SELECT {base.name} FROM {base.thing} WHERE {base.group} = '{group}' AND id NOT IN ({inner});"


def _between(draw: Draw, base: Base) -> tuple[str, str]:
    low = draw.number(1, 20) * 5
    high = low + draw.number(1, 10) * 10
    group = draw.one(base.groups)
    ask = draw.one(
        (
            f"How many {base.things} have between {low} and {high} {base.number_words}?",
            f"Count the {base.things} from {low} to {high} {base.number_words}.",
            f"{base.things.capitalize()} of {base.group_words} {group} with {low} to {high} {base.number_words}: how many?",
        )
    )
    also = f" AND {base.group} = '{group}'" if group in ask else ""
    return ask, f"SELECT COUNT(*) FROM {base.thing} WHERE {base.number} BETWEEN {low} AND {high}{also};"


_QUESTIONS: tuple[Question, ...] = (_count, _above, _top, _average, _since, _total, _without, _between)


def rows() -> list[Row]:
    """The rows; databases and kinds of question take turns."""
    draw = Draw(13)
    return apart(
        260,
        lambda place: _row(draw, place),
        lambda row: f"{row['prompt'].splitlines()[-1]} {row['completion']}",
        most_alike=0.85,
    )


def _row(draw: Draw, place: int) -> Row:
    base = draw.one(_BASES)
    question, sql = _QUESTIONS[place % len(_QUESTIONS)](draw, base)
    with sqlite3.connect(":memory:") as database:
        database.executescript(base.tables)
        database.execute(sql)
    return {"prompt": f"{base.tables}\n\n-- {question}", "completion": sql}
