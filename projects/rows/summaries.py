"""Minutes of meetings and their summaries: 160 rows in the `alpaca` form."""

from projects.rows.draw import Draw, Row, apart, sentence

INSTRUCTION = "Summarise the minutes in two sentences: what was decided, who does what by when."

_TOPICS: dict[str, tuple[str, ...]] = {
    "the new opening hours": ("to open at seven on weekdays", "to close at six from October on", "to keep Saturdays as they are", "to try Sundays for three months"),
    "the leaking roof of the workshop": ("to take the cheaper of both offers", "to wait until the spring", "to repair only the north side", "to cover it with a sheet for now"),
    "the summer party": ("to hold it in the yard", "to ask each team for one dish", "to leave out the music", "to invite the neighbours"),
    "the move to the new ticket system": ("to move one team at a time", "to keep the old system until the year ends", "to train everybody in pairs", "to move over a weekend"),
    "the number of returns": ("to photograph every parcel before it leaves", "to use stronger boxes", "to call customers before sending again", "to test ten pieces of each batch"),
    "the budget for tools": ("to buy two drills instead of four", "to rent the large saw", "to spend the rest on lamps", "to ask for three offers above 500 euros"),
    "noise in the open office": ("to put the printers into the corridor", "to keep one room for calls", "to try headsets for a month", "to ask for carpets"),
    "the onboarding of apprentices": ("to give each of them a partner", "to begin with a week in the store", "to shorten the handbook to ten pages", "to meet every second Friday"),
    "the heating costs": ("to lower the hall to seventeen degrees", "to insulate the gates", "to read the meters weekly", "to switch off the fans at night"),
    "the delivery vans": ("to lease one electric van", "to plan the tours the evening before", "to sell the oldest van", "to park behind the hall"),
    "the garden project of the school": ("to build four raised beds", "to water in the mornings", "to ask parents for tools", "to plant beans first"),
    "the lost and found box": ("to empty it every month", "to photograph what is in it", "to give clothes away after ninety days", "to lock it"),
}  # fmt: skip
_ROLES = (
    "the caretaker",
    "the bookkeeper",
    "the shift lead",
    "the workshop",
    "the front desk",
    "purchasing",
    "the head of stores",
    "the trainer",
    "the night shift",
    "the safety officer",
)
_TASKS = (
    "asks for a second offer", "writes to everybody concerned", "draws up the plan", "orders what is needed",
    "measures it for two weeks", "puts up the notices", "talks to the neighbours", "prepares a list of costs",
    "tries it in one team first", "collects the objections",
)  # fmt: skip
_DAYS = (
    "Friday",
    "the end of the month",
    "the next meeting",
    "Monday noon",
    "15 March",
    "2 May",
    "the last week of June",
    "tomorrow evening",
)
_AGAINST = (
    "Two people were against it, mostly because of the cost.", "Nobody was against it.", "It was talked about for a long time.",
    "There was some doubt whether it would last.", "One question stayed open: who pays for it.", "The last attempt, two years ago, had failed.",
    "Several wanted to hear from the other site first.", "A vote was not needed.",
)  # fmt: skip
_NOISE = (
    "The coffee machine is broken again.", "The minutes of last time were accepted.", "Three people joined by phone and heard little.",
    "The meeting began ten minutes late.", "Birthdays: two this week.", "The window could not be closed, so it was cold.",
    "Next meeting as usual.", "The projector worked this time.", "Somebody is still looking for the key of the bicycle cellar.",
    "The fire drill went well.", "Parking in front of the gate is forbidden from now on.",
)  # fmt: skip


def rows() -> list[Row]:
    """The rows."""
    draw = Draw(14)
    return apart(160, lambda _: _minutes(draw), lambda row: str(row["input"]))


def _minutes(draw: Draw) -> Row:
    topic = draw.one(list(_TOPICS))
    decided, dropped = draw.some(_TOPICS[topic], 2)
    (first, second), (task, other) = draw.some(_ROLES, 2), draw.some(_TASKS, 2)
    day, later = draw.some(_DAYS, 2)
    told = [
        f"We talked about {topic}.",
        draw.one(
            (
                f"One idea was {dropped}, which found few friends.",
                f"{sentence(dropped[3:])}? No, said most.",
                f"The proposal {dropped} was taken back.",
            )
        ),
        draw.one(_AGAINST),
        draw.one(
            (
                f"In the end it was agreed {decided}.",
                f"Decision: {decided}.",
                f"So we are going {decided}.",
                f"Everybody could live with it: {decided}.",
            )
        ),
        draw.one((f"{sentence(first)} {task} by {day}.", f"Until {day} {first} {task}.")),
        draw.one((f"{sentence(second)} {other}, and has time until {later}.", f"For {later}: {second} {other}.")),
    ]
    noise = draw.some(_NOISE, 3)
    told = [noise[0], *told[:3], noise[1], *told[3:], noise[2]]
    summary = (
        f"On {topic}, it was decided {decided}. {sentence(first)} {task} by {day}, and {second} {other} by {later}."
    )
    return {"instruction": INSTRUCTION, "input": " ".join(told), "output": summary}
