"""Questions with a calm, concrete answer and a stiff or scolding one: 260 rows in the `preference` form."""

from projects.rows.draw import Draw, Row, apart, sentence

_CASES: tuple[tuple[str, str, str], ...] = (
    ("the {goods} that I ordered {when} has not come", "look where it is and write to you {soon}", "delivery times are not binding"),
    ("I was charged twice for the {goods}", "give the second amount back {soon}", "this must be taken up with your bank"),
    ("the {goods} arrived broken", "send you a new one {soon}; you can keep the broken one", "damage must be reported within 24 hours"),
    ("I cannot log in since {since}", "send you a new link {soon}", "please read the manual on passwords"),
    ("the app closes when I open the {goods} page", "look at what happens there and tell you {soon}", "the app has been tested and works"),
    ("I should like to give the {goods} back", "send you the label {soon}; the money follows as soon as it is here", "returns are described in the terms, part 7"),
    ("my voucher for the {goods} was not taken", "take the amount off by hand {soon}", "vouchers that are typed in wrongly are lost"),
    ("nobody has answered since {since}", "take care of it myself and write to you {soon}", "mails are answered in the order of their arrival"),
    ("the {goods} is the wrong colour", "swap it {soon}, at no cost for you", "colours may differ from the picture, as is stated"),
    ("where can I find the invoice for the {goods}", "send it to you {soon}; it is in your account under Orders as well", "invoices are to be downloaded by the customer"),
    ("can the {goods} come on another day", "change the day {soon}: which one suits you", "changes after ordering are not foreseen"),
    ("the instructions of the {goods} are missing", "send them to you as a file {soon}", "instructions are on the internet"),
    ("the {goods} stopped working {when}", "have it repaired, and begin {soon}", "wear is not covered"),
    ("my address has changed since {since}", "put in the new one {soon}", "addresses must be kept up to date by the customer"),
)  # fmt: skip
_SLOTS = {
    "goods": ("kettle", "desk lamp", "tent", "blender", "bookshelf", "rucksack", "drill", "watch", "jacket", "toaster", "printer", "pan"),
    "when": ("on Monday", "last week", "yesterday", "ten days ago", "on the first of the month", "two weeks ago"),
    "since": ("Monday", "last week", "the first of the month", "yesterday", "the update", "my holiday"),
    "soon": ("today", "by tomorrow noon", "within the hour", "this afternoon", "before Friday"),
}  # fmt: skip
_OPENERS = ("Hello, ", "Hi, ", "Good morning, ", "", "", "Dear team, ")
_MOODS = (
    " I am rather annoyed.",
    " It was meant as a present.",
    " Please help.",
    " What can I do?",
    "",
    "",
    " This is the second time.",
    " I need it on Saturday.",
)
_WARM = (
    "I am sorry about that.",
    "That should not have happened.",
    "Thank you for telling us.",
    "I can see why that is annoying.",
    "Sorry for the trouble.",
)
_GLAD = ("Gladly.", "Of course.", "Thank you for writing.", "That is easily done.", "Yes, certainly.")
_REQUESTS = ("where", "can ", "I should", "my address")
_OFFER = ("I will {act}.", "Let me {act}.", "We will {act}.", "I am going to {act}.")
_KIND_END = (
    "If anything is unclear, just answer this mail.",
    "You need not do anything.",
    "Your order number is all I need.",
    "",
)
_STIFF = (
    "We have taken note of your message.",
    "Your request was received and registered.",
    "It is regretted that you see it so.",
    "As you should have read,",
)
_SCOLD = (
    "We ask you to read the terms before you write.",
    "Further mails on the matter only delay it.",
    "Kindly refrain from writing several times.",
    "We cannot be held responsible for this.",
    "The fault does not lie with us.",
)


def rows() -> list[Row]:
    """The rows; cases take turns."""
    draw = Draw(19)
    return apart(
        260, lambda place: _pair(draw, _CASES[place % len(_CASES)]), lambda row: " ".join(map(str, row.values()))
    )


def _pair(draw: Draw, case: tuple[str, str, str]) -> Row:
    bound: dict[str, str] = {}
    problem, act, rule = (draw.fill(text, _SLOTS, bound) for text in case)
    asked = sentence(draw.one(_OPENERS) + problem)
    asked += "?" if problem.startswith(("where", "can ")) else "."
    begin = draw.one(_GLAD if problem.startswith(_REQUESTS) else _WARM)
    chosen = " ".join(filter(None, [begin, draw.one(_OFFER).replace("{act}", act), draw.one(_KIND_END)]))
    chosen = chosen.replace("which one suits you.", "which one suits you?")
    stiff = draw.one(_STIFF)
    rejected = f"{stiff} {rule if stiff.endswith(',') else sentence(rule)}. {draw.one(_SCOLD)}"
    return {"prompt": asked + draw.one(_MOODS), "chosen": chosen, "rejected": rejected}
