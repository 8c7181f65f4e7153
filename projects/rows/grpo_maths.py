"""Word problems and the number that solves them: 280 rows with `problem` and `solution`."""

from collections.abc import Callable

from projects.rows.draw import Draw, Row, apart, sentence

_GOODS = (
    "apples",
    "bottles",
    "bricks",
    "tiles",
    "candles",
    "notebooks",
    "screws",
    "seedlings",
    "bowls",
    "planks",
    "stamps",
    "cups",
)
_PLACES = (
    "a bakery",
    "the school",
    "a workshop",
    "the library",
    "a farm",
    "the harbour",
    "a nursery",
    "the choir",
    "a garage",
    "the market",
)
_WHO = ("A gardener", "A baker", "A driver", "A teacher", "A painter", "A beekeeper", "A librarian", "A potter")

Problem = Callable[[Draw], tuple[str, float]]


def _boxes(draw: Draw) -> tuple[str, float]:
    goods, each, boxes, broken = draw.one(_GOODS), draw.number(6, 24), draw.number(3, 15), draw.number(2, 17)
    text = f"{sentence(draw.one(_PLACES))} gets {boxes} boxes of {each} {goods} each, and {broken} of them are broken. How many {goods} can be used?"
    return text, boxes * each - broken


def _change(draw: Draw) -> tuple[str, float]:
    goods, count, cents, paid = draw.one(_GOODS), draw.number(3, 9), draw.number(4, 38) * 5, draw.one((20, 50))
    text = f"{draw.one(_WHO)} buys {count} {goods} at {cents / 100:.2f} euros each and pays with a {paid} euro note. How many euros come back?"
    return text, round(paid - count * cents / 100, 2)


def _tank(draw: Draw) -> tuple[str, float]:
    full, first, second = draw.number(8, 40) * 10, draw.number(2, 7), draw.number(3, 9)
    minutes = draw.number(4, 10)
    left = full - minutes * first + minutes * second
    text = f"A tank holds {full} litres. {first} litres run out every minute and {second} run in. How many litres are in it after {minutes} minutes?"
    return text, left


def _travel(draw: Draw) -> tuple[str, float]:
    speed, hours, rest = draw.number(8, 24) * 5, draw.number(2, 6), draw.number(10, 45)
    text = f"{draw.one(_WHO)} drives {hours} hours at {speed} kilometres an hour and then has {rest} kilometres left. How long is the whole way in kilometres?"
    return text, speed * hours + rest


def _shares(draw: Draw) -> tuple[str, float]:
    people, each, more = draw.number(3, 9), draw.number(4, 19), draw.number(1, 4)
    goods = draw.one(_GOODS)
    text = f"{people * each} {goods} are shared evenly among {people} children. Then each gives away {more}. How many {goods} does each child have now?"
    return text, each - more


def _percent(draw: Draw) -> tuple[str, float]:
    price, off = draw.number(4, 60) * 20, draw.one((5, 10, 15, 20, 25, 30, 40))
    text = f"A machine costs {price} euros. {sentence(draw.one(_PLACES))} gets it {off} percent cheaper. How many euros does it pay?"
    return text, price * (100 - off) / 100


def _fence(draw: Draw) -> tuple[str, float]:
    long, wide, gate = draw.number(12, 60), draw.number(6, 30), draw.number(1, 4)
    text = f"A field is {long} metres long and {wide} metres wide. A fence goes all around it, but for a gate of {gate} metres. How many metres of fence are needed?"
    return text, 2 * (long + wide) - gate


def _savings(draw: Draw) -> tuple[str, float]:
    start, week, weeks, spent = draw.number(10, 90), draw.number(4, 25), draw.number(3, 12), draw.number(5, 30)
    text = f"{draw.one(_WHO)} has {start} euros, puts {week} euros aside each week for {weeks} weeks and spends {spent} euros once. How many euros are there at the end?"
    return text, start + week * weeks - spent


_PROBLEMS: tuple[Problem, ...] = (_boxes, _change, _tank, _travel, _shares, _percent, _fence, _savings)


def rows() -> list[Row]:
    """The rows; kinds of problem take turns."""
    draw = Draw(20)
    return apart(
        280,
        lambda place: _row(draw, _PROBLEMS[place % len(_PROBLEMS)]),
        lambda row: str(row["problem"]),
        most_alike=0.85,
    )


def _row(draw: Draw, problem: Problem) -> Row:
    text, solution = problem(draw)
    return {"problem": text, "solution": f"{solution:g}"}
