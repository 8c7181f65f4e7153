"""Support tickets and the queue that answers each: 300 rows, six queues of 50."""

from projects.rows.draw import Draw, Row, apart, sentence

QUEUES = ("billing", "delivery", "returns", "account", "technical", "sales")

_SLOTS = {
    "goods": (
        "desk lamp", "hiking stick", "coffee grinder", "rain jacket", "bookshelf", "bike light", "kettle", "yoga mat",
        "garden hose", "radio", "cutting board", "tent", "office chair", "wall clock", "backpack", "air pump",
    ),
    "days": ("two days", "five days", "over a week", "ten days", "almost three weeks", "a month"),
    "amount": ("12.40", "29.90", "48.00", "75.50", "119.00", "240.00", "8.99", "63.20"),
    "device": ("tablet", "phone", "old laptop", "work computer", "second phone"),
    "place": ("the cart", "the order page", "the search page", "the invoice list", "the address form"),
    "month": ("January", "March", "May", "July", "September", "November"),
}  # fmt: skip

_ISSUES: dict[str, tuple[tuple[str, str], ...]] = {
    "billing": (
        ("charged twice", "I see the {goods} twice on my card, {amount} each time, though I ordered one"),
        ("invoice", "the invoice for {month} shows {amount} and I cannot tell what it is for"),
        ("refund missing", "you confirmed my refund of {amount} {days} ago and nothing has reached my account"),
        ("voucher not taken off", "my voucher was accepted, yet the full {amount} was taken for the {goods}"),
        ("tax number", "our bookkeeper needs the invoice of the {goods} with our tax number on it"),
        ("payment failed", "paying for the {goods} by card fails each time, although the bank sees no problem"),
        ("instalments", "I chose three instalments and {amount} was taken in one go"),
    ),
    "delivery": (
        ("where is it", "the {goods} was sent {days} ago and the tracking page has not moved since"),
        ("marked as delivered", "tracking says the {goods} was handed over, but nobody here has it"),
        ("wrong address", "the {goods} is on its way to where I lived before: can the address still be changed?"),
        ("one parcel missing", "two parcels were announced and only the one without the {goods} came"),
        ("delivery day", "I have to be at home for the {goods}: can you name the day, please?"),
        ("depot", "the driver left a card, and the depot says that it has no {goods} of mine"),
        ("left in the rain", "the {goods} stood in front of the house in the rain for {days}"),
    ),
    "returns": (
        ("broken on arrival", "the {goods} came out of the box with a crack right through it"),
        ("wrong size", "the {goods} is too small for me: I should like the next size up"),
        ("not as shown", "the {goods} has another colour than in the picture, and I want to send it back"),
        ("return label", "I cannot find the label for sending the {goods} back"),
        ("part missing", "the bag with the screws is missing, so the {goods} cannot be put together"),
        ("return period", "I was away for {days}: is it still possible to give the {goods} back?"),
        ("exchange", "could the {goods} be swapped for the model in black?"),
    ),
    "account": (
        ("cannot log in", "since I changed my {device}, the site does not take my password any more"),
        ("close my account", "please delete my account and everything that you keep about me"),
        ("code does not come", "the log-in code never arrives on my {device}"),
        ("change of name", "I have a new surname and cannot change it in my profile"),
        ("two accounts", "I seem to have two accounts, one with the order of the {goods} and one without: join them"),
        ("locked", "my account has been locked for {days} and I do not know why"),
        ("newsletter", "I have taken myself off the newsletter {days} ago and it still comes"),
    ),
    "technical": (
        ("page stays white", "{place} stays white on my {device}, whatever I do"),
        ("app closes", "the app closes by itself as soon as I open {place}"),
        ("button does nothing", "on {place} the button at the bottom does nothing when I press it"),
        ("pictures do not load", "none of the pictures load, I only see grey boxes on {place}"),
        ("update", "since the update the {goods} no longer connects to my {device}"),
        ("very slow", "for {days} every click on {place} has taken half a minute"),
        ("error 500", "{place} answers with error 500 each time I want to save"),
    ),
    "sales": (
        ("price for twenty", "we should like twenty pieces of the {goods}: what would each cost?"),
        ("back in stock", "when will the {goods} be in stock again?"),
        ("which one", "is the {goods} all right for daily use, or do I need the larger model?"),
        ("gift wrapping", "do you wrap the {goods} as a present, with a card?"),
        ("student discount", "is there a discount for students on the {goods}?"),
        ("before I buy", "can I see the {goods} in a shop before I buy it?"),
        ("guarantee", "how long is the guarantee on the {goods}, and what does it leave out?"),
    ),
}

_CONTEXT = (
    "I have been a customer for years and this has never happened.", "I have looked through the help pages already.",
    "My neighbour had the same thing last week.", "I wrote on the chat before, and nobody came back to me.",
    "It is for a birthday on Saturday.", "There is no hurry on my side.", "I am travelling, so mail is best.",
    "The number is in the subject of my first mail.", "I can send pictures if that helps.",
    "I ordered as a guest, by the way.", "We are a small school and cannot wait for long.", "It was a present.",
    "I have tried it on another day, with the same result.", "My last order went perfectly well.",
)  # fmt: skip
_GREETINGS = ("Hello,", "Hi there,", "Good morning,", "Dear team,", "Hi,", "Good evening,", "", "", "")
_CLOSINGS = (
    "Thank you!", "Many thanks in advance.", "What can be done?", "Please let me know.", "Could somebody look at it?",
    "Kind regards", "I am looking forward to your answer.", "Thanks a lot for your help.", "", "",
)  # fmt: skip


def rows() -> list[Row]:
    """The rows, queues in turn and then mixed."""
    draw = Draw(11)
    made = apart(300, lambda place: _ticket(draw, QUEUES[place % len(QUEUES)]), lambda row: str(row["body"]))
    draw.rng.shuffle(made)
    return made


def _ticket(draw: Draw, queue: str) -> Row:
    subject, problem = draw.one(_ISSUES[queue])
    bound: dict[str, str] = {}
    text = sentence(draw.fill(problem, _SLOTS, bound))
    told = [text if text.endswith("?") else f"{text}.", *draw.some(_CONTEXT, draw.number(0, 2))]
    if draw.chance(0.25):
        told.reverse()
    subject = f"{subject}: {bound['goods']}" if "goods" in bound and draw.chance(0.4) else subject
    body = " ".join(part for part in (draw.one(_GREETINGS), *told, draw.one(_CLOSINGS)) if part)
    return {"subject": sentence(subject), "body": body, "queue": queue}
