"""Pages of a handbook for keepers of canal locks: 150 texts in three files, as a folder of texts has them.

The canal, its words and its rules are invented: private vocabulary is what continued pre-training is for.
"""

from projects.rows.draw import Draw, Row, apart, sentence

_PARTS = (
    "upper gate",
    "lower gate",
    "sluice board",
    "winding post",
    "side pond",
    "balance beam",
    "tally stone",
    "weir lip",
    "tow ring",
    "sill",
)
_TERMS = {
    "a full drawing": "the level of the chamber falls by one tally stone in a minute",
    "slack keeping": "both gates stand open and the water is the same on either side",
    "a dry pass": "a boat goes through with less than a hand's width below the keel",
    "the second bell": "no board may be moved until it has been rung back",
    "a lean winter": "the side ponds are kept a third below their mark",
    "tally water": "what a pass takes from the upper reach, counted in stones",
    "a held gate": "the beam is pinned and a red board hangs from it",
    "quiet hours": "boats are passed only in pairs, and without the horn",
    "a wet handover": "the next keeper takes over while a pass is under way",
    "silt day": "the chamber is emptied and the sill is swept by hand",
}
_WHEN = (
    "Before sunrise",
    "At each change of keeper",
    "After heavy rain",
    "In the dry months",
    "On market days",
    "When ice is about",
    "Once a week",
    "With a loaded barge",
    "In fog",
    "At high water",
)
_MUST = (
    "the keeper walks both sides and looks at the {part}", "the {part} is wetted first, so that the wood closes",
    "two turns of the winding post are enough for the {part}", "the {part} is written down in the gate book, with the hour",
    "nobody stands between the {part} and the water", "the {part} is greased with tallow and never with oil",
    "the mark beside the {part} is read twice, by two people", "a lamp is hung at the {part} until the pass is over",
    "the {part} is left as it is, and the next lock is told by bell", "the rope is taken off the {part} before the first board moves",
)  # fmt: skip
_WHY = (
    "Wood that has dried for a day lets more water through than a broken board.", "Most harm was done by people in a hurry and not by the water.",
    "The book is the only witness when two boatmen tell two stories.", "A beam that moves by itself has broken more legs than any winch.",
    "What the upper lock loses, the lower one has to hold.", "It costs a quarter of an hour and has saved a gate more than once.",
    "The old keepers did it by ear, and they were mostly right.", "In the year of the long frost it was forgotten, and the sill cracked.",
)  # fmt: skip
_THEN = (
    "If the {part} sticks, it is never forced: the boards go down again and the level is made even.",
    "Should the {part} leak, sawdust is let in on the upper side until the stream is thin.",
    "A keeper who finds the {part} damaged hangs out the red board and sends word both ways.",
    "Where the {part} has been mended, the first three passes are made with half the water.",
    "The {part} is looked at again an hour later, whatever the first look has shown.",
)
_TITLES = (
    "On the {part}",
    "Keeping the {part}",
    "The {part}: daily work",
    "What the {part} tells",
    "Notes on the {part}",
    "Care of the {part}",
)

FILES = {"handbook.jsonl": 60, "gate-notes.jsonl": 50, "winter-rules.jsonl": 40}
"""The folder's files, and how many texts each has."""


def rows() -> list[Row]:
    """The texts of all files, one after the other."""
    draw = Draw(18)
    return apart(sum(FILES.values()), lambda _: _page(draw), lambda row: str(row["text"]))


def _page(draw: Draw) -> Row:
    part, second = draw.some(_PARTS, 2)
    term, other = draw.some(list(_TERMS), 2)
    must = draw.some(_MUST, 3)
    paragraphs = [
        " ".join(
            [
                f"{draw.one(_WHEN)}, {must[0].format(part=part)}.",
                draw.one(_WHY),
                f"Keepers speak of {term} when {_TERMS[term]}.",
                draw.one(_THEN).format(part=part),
            ]
        ),
        " ".join(
            [
                f"{draw.one(_WHEN)}, {must[1].format(part=second)}, and {must[2].format(part=part)}.",
                f"During {other}, by which it is meant that {_TERMS[other]}, the {second} comes first.",
                draw.one(_WHY) if draw.chance(0.5) else draw.one(_THEN).format(part=second),
            ]
        ),
    ]
    if draw.chance(0.4):
        paragraphs.append(sentence(f"{draw.one(_MUST).format(part=second)}; {draw.one(_MUST).format(part=part)}."))
    return {"text": "\n\n".join([draw.one(_TITLES).format(part=part), *paragraphs])}
