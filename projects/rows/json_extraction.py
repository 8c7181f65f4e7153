"""Notes of technicians and what they say, as JSON: 260 rows in the `messages` form."""

import json

from projects.rows.draw import Draw, Row, apart, sentence

SYSTEM = (
    "Answer with JSON: machine, part, action (replaced, cleaned, adjusted, inspected), hours (number), follow_up "
    "(true or false)."
)

_MACHINES: dict[str, tuple[str, ...]] = {
    "bottling line": ("infeed sensor", "capping head", "drip tray", "label camera"),
    "cold store": ("door seal", "evaporator fan", "drain heater", "compressor belt"),
    "goods lift": ("floor switch", "guide rail", "door motor", "brake pad"),
    "packing robot": ("vacuum cup", "wrist cable", "gripper spring", "light curtain"),
    "boiler": ("feed pump", "flame sensor", "safety valve", "blow-down valve"),
    "milling machine": ("spindle bearing", "coolant nozzle", "tool clamp", "chip conveyor"),
    "conveyor 4": ("drive roller", "belt scraper", "photo cell", "chain tensioner"),
    "air compressor": ("intake filter", "pressure switch", "oil separator", "drain valve"),
    "dough mixer": ("bowl lock", "hook shaft", "lid switch", "gear oil seal"),
    "printing press": ("ink roller", "register sensor", "feeder sucker", "drying lamp"),
}
_SYMPTOMS = (
    "it kept tripping", "it made a grinding noise", "it was leaking", "the line stopped twice on the night shift",
    "it ran hot", "it let go under load", "the reading jumped about", "somebody had hit it with a fork-lift",
    "it was overdue by a month", "it stuck half-way", "it was full of dust", "nobody had touched it since last winter",
)  # fmt: skip
_ACTIONS: dict[str, tuple[str, ...]] = {
    "replaced": ("put in a new {part}", "swapped the {part} for the spare", "fitted a new {part}", "took the {part} out and put the new one in"),
    "cleaned": ("cleaned the {part}", "washed out the {part}", "blew the {part} free and wiped it", "got the dirt off the {part}"),
    "adjusted": ("set the {part} again", "readjusted the {part}", "brought the {part} back into line", "turned the {part} back to its mark"),
    "inspected": ("only had a look at the {part}", "checked the {part} and found nothing", "inspected the {part}, no wear", "measured the {part}, all within limits"),
}  # fmt: skip
_HOURS: dict[float, tuple[str, ...]] = {
    0.25: ("a quarter of an hour", "15 minutes"),
    0.5: ("half an hour", "30 minutes"),
    0.75: ("three quarters of an hour", "45 minutes"),
    1.0: ("an hour", "60 minutes"),
    1.5: ("an hour and a half", "1.5 h", "90 minutes"),
    2.0: ("two hours", "2 h"),
    3.0: ("three hours", "3 h with the test run"),
    4.5: ("four and a half hours", "4.5 h"),
}
_OPEN = (
    "Somebody should look at it again on Monday.", "The spare still has to be ordered.",
    "Needs a second visit with the long ladder.", "Oil sample is not back yet, please chase it.",
    "The cover is only held by tape for now, to be done properly.", "I want to see it under load next week.",
)  # fmt: skip
_DONE = ("All good now.", "Runs again, nothing open.", "Signed off with the shift.", "Tested, job closed.", "Done.", "")
_WHEN = (
    "This morning",
    "On the late shift",
    "After the weekly clean",
    "Before start-up",
    "Around noon",
    "At shift change",
)
_TOOK = ("Took {time}.", "{time} all in all.", "I was at it for {time}.", "Time: {time}.")


def rows() -> list[Row]:
    """The rows; the four actions take turns."""
    draw = Draw(12)
    return apart(
        260, lambda place: _note(draw, list(_ACTIONS)[place % 4]), lambda row: str(row["messages"][1]["content"])
    )


def _note(draw: Draw, action: str) -> Row:
    machine = draw.one(list(_MACHINES))
    part = draw.one(_MACHINES[machine])
    hours = draw.one(list(_HOURS))
    follow_up = draw.chance(0.4)
    did = draw.one(_ACTIONS[action]).replace("{part}", part)
    symptom = draw.one(_SYMPTOMS)
    story = draw.one(
        (
            f"{draw.one(_WHEN)} at the {machine}: {symptom}, so I {did}.",
            f"{sentence(machine)}. I {did}, because {symptom}.",
            f"Called to the {machine} since {symptom}. {sentence(did)}.",
            f"{draw.one(_WHEN)} I {did} on the {machine}; {symptom}.",
        )
    )
    took = draw.one(_TOOK).replace("{time}", draw.one(_HOURS[hours]))
    parts = [story, sentence(took), draw.one(_OPEN if follow_up else _DONE)]
    if draw.chance(0.3):
        parts = [parts[0], parts[2], parts[1]]
    answer = {"machine": machine, "part": part, "action": action, "hours": hours, "follow_up": follow_up}
    turns = (("system", SYSTEM), ("user", " ".join(it for it in parts if it)), ("assistant", json.dumps(answer)))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}
