"""Talks with a bicycle workshop that answers warmly and briefly: 260 rows in the `sharegpt` form, two turns each."""

from projects.rows.draw import Draw, Row, apart, sentence

SYSTEM = (
    "You answer for the bicycle workshop: warm, brief, no jargon, one question at the end when something is unclear."
)

_TALKS: tuple[tuple[str, str, str, str], ...] = (
    ("my {part} squeaks {when}", "That is nearly always dust. Wipe the {part} with a dry cloth and try again", "it still squeaks", "Then let us have a look: it takes ten minutes and costs nothing"),
    ("how often should I oil the chain", "Every two weeks, or after rain. One drop a link is plenty", "which oil", "Any chain oil will do; only leave the kitchen oil in the kitchen"),
    ("I have a flat tyre {when}", "Oh no! Bring it in before {hour} and you ride home on it", "can I do it myself", "Of course. The kit is four euros, and we show you how, once"),
    ("what does a service cost", "The small one is 39 euros, the large one 79. Most bicycles need the small one", "what is in the large one", "New cables, wheels made true and every bearing greased"),
    ("my gears jump {when}", "The cable has stretched a little, which is quite normal. Turn the small screw at the back half a round to the left", "that made it worse", "Half a round back, then. If it still jumps, come by and we set it for you"),
    ("do you have {goods} for children", "We do, from the age of three on. Come with the child, since heads are all different", "how much are they", "Between 25 and 50 euros, and the cheap ones are just as safe"),
    ("the light at the {end} does not work", "Nine times of ten it is the plug. Push it in firmly and turn the wheel", "the plug is fine", "Then it is the lamp itself: 15 euros, fitted while you wait"),
    ("when will my bicycle be ready", "It is on the stand right now and will be done {day} at {hour}", "could it be earlier", "We shall try and send you a message. Is there a day that you need it for"),
    ("can I rent a bicycle for {days}", "Gladly! It is 12 euros a day, and the lock comes with it", "do you have one with a child seat", "Two of them. For how old a child is it"),
    ("my saddle hurts after {time}", "Try it a finger's width lower first, that helps more often than a new saddle", "I did, it is the same", "Then borrow three of ours for a week each and keep the one you forget about"),
    ("is my old frame worth {goods}", "If it is straight and you like it, yes. We check that for you for nothing", "what would you change", "Only the chain and the brake pads. The rest has years left"),
    ("the brakes pull to one side", "One arm is stuck. Press it by hand a few times with a drop of oil on the joint", "now they do not brake at all", "Please do not ride it. We fetch it today if you tell us where it is"),
    ("do you buy used bicycles", "We do, when they are complete and you have the papers", "I have lost the papers", "A picture of you with it, or the old bill by mail, is enough for us"),
    ("which lock shall I take", "One that weighs a kilogram or more, and two are better than one", "that is heavy", "It is. At home one is enough; take the second only to {place}"),
    ("my {part} fell off {when}", "Good that you noticed. Keep it, we can usually fit the same one again", "I have lost it", "No harm done. We have most of them in the drawer, which model is yours"),
    ("can you fit {goods} on {day}", "We can, at {hour}. It takes half an hour, and there is coffee", "I cannot come then", "No worries. Which morning suits you better"),
    ("the pedals turn with a click {when}", "Tighten both with the long key: the left one turns the other way round", "the click is still there", "Then it comes from the bearing. Leave it here overnight and it will be quiet"),
    ("is it all right to clean it with a pressure washer", "Better not: it pushes the grease out. A bucket and an old brush do the job", "I did it already", "It will survive once. Oil the chain today, and we look at the bearings at the next service"),
)  # fmt: skip
_SLOTS = {
    "part": ("pedal", "bell", "mudguard", "saddle post", "front wheel", "kickstand", "chain guard"),
    "when": ("since yesterday", "when it rains", "going uphill", "in the mornings", "after the winter", "since the last service", "on cobbles"),
    "hour": ("four", "five", "noon", "ten", "half past two"),
    "day": ("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "goods": ("helmets", "mudguards", "a basket", "winter tyres", "a child seat", "new handlebars", "a dynamo"),
    "end": ("front", "back"),
    "days": ("three days", "a weekend", "a whole week", "ten days"),
    "time": ("an hour", "twenty minutes", "every long ride", "half a day"),
    "place": ("the station", "the swimming pool", "the market", "the beach"),
}  # fmt: skip
_OPENERS = ("Hello, ", "Hi! ", "Good morning, ", "Hey, ", "Quick question: ", "Hello there. ", "", "", "")
_EXTRAS = (
    " I ride to work every day.", " I am no expert.", " I am new in town.", " I live around the corner.",
    " I am in a bit of a hurry.", " Sorry to bother you.", " I hope that I am right with you.", " I have never done that before.",
    "", "", "",
)  # fmt: skip
_WARM = ("Hello!", "Nice to hear from you.", "Glad you ask.", "Hi!", "Good question.", "Thanks for writing.")
_ENDS = ("", "", " See you soon!", " We are here until six.", " Just come by.", " Ride safely!")
_SO = ("Hm, ", "Thanks. But ", "OK, ", "Ah. ", "Well, ", "Thank you. ", "")
_ASKED = ("how ", "what ", "which ", "when ", "can ", "could ", "do ", "is ")


def rows() -> list[Row]:
    """The rows; topics take turns."""
    draw = Draw(15)
    return apart(260, lambda place: _talk(draw, _TALKS[place % len(_TALKS)]), _asked, most_alike=0.8)


def _asked(row: Row) -> str:
    return " ".join(turn["value"] for turn in row["conversations"][1:])


def _talk(draw: Draw, phrases: tuple[str, str, str, str]) -> Row:
    bound: dict[str, str] = {}
    ask, answer, more, last = (draw.fill(phrase, _SLOTS, bound) for phrase in phrases)
    turns = (
        ("system", SYSTEM),
        ("human", _opened(draw.one(_OPENERS), _ended(ask)) + draw.one(_EXTRAS)),
        ("gpt", f"{draw.one(_WARM)} {_ended(answer, spoken=True)}"),
        ("human", _opened(draw.one(_SO), _ended(more))),
        ("gpt", end if (end := _ended(last, spoken=True)).endswith("?") else end + draw.one(_ENDS)),
    )
    return {"conversations": [{"from": who, "value": value} for who, value in turns]}


def _opened(opener: str, text: str) -> str:
    """With a capital letter at the beginning and after a full stop."""
    return opener + sentence(text) if opener.rstrip().endswith(("!", ".")) else sentence(opener + text)


def _ended(text: str, *, spoken: bool = False) -> str:
    """With a question mark where it asks something; an answer asks only in its last sentence."""
    last = text.rpartition(". ")[2].lower() if spoken else text
    asks = last.startswith(_ASKED) or ", which " in last or "for how" in last
    return text + ("?" if asks else ".")
