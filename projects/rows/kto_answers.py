"""Answers of an assistant that were judged good or bad by those who got them: 260 rows in the `unpaired` form."""

from projects.rows.draw import Draw, Row, apart, sentence

_QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("how long does {food} keep in the fridge", "About {days}, in a closed box", "It depends on many things, and there is no general answer"),
    ("how do I get {stain} out of {cloth}", "Cold water at once, then soap, and let it stand for {minutes} minutes", "Stains are a common problem in every household and have many causes"),
    ("how much water does {plant} need", "A cup every {days}, and less in winter", "Plants need water, light and air in order to live"),
    ("how do I sharpen {tool}", "Pull it over a wet stone at a flat angle, {minutes} times on each side", "I would advise you to look for a professional in your area"),
    ("can I freeze {food}", "Yes, in portions; it keeps for {months} months", "Freezing is a method of keeping food that has been known for long"),
    ("what do I do when {machine} smells", "Run it empty and hot with two spoons of citric acid, every {months} months", "That is a pity. Smells can be unpleasant, and I hope it gets better soon"),
    ("how do I keep {pest} out of the kitchen", "Close every jar, wipe the shelf with vinegar and look again after {days}", "Opinions on the matter differ widely"),
    ("how do I repot {plant}", "In spring, into a pot two fingers wider, and water it after {days}", "Please tell me more about yourself first"),
    ("how often should I clean {machine}", "Every {months} months, or when it gets slower", "As often as necessary, but not more often than that"),
    ("how do I fold {cloth} for travelling", "Roll it from the hem up: after {minutes} hours in the bag it has no creases", "There are several schools of folding, each with its own history"),
)  # fmt: skip
_SLOTS = {
    "food": ("cooked rice", "soup", "grated cheese", "pesto", "cooked beans", "bread dough", "lentil stew", "cut melon"),
    "days": ("two days", "three days", "four days", "five days", "a week"),
    "minutes": ("10", "15", "20", "30"),
    "months": ("two", "three", "four", "six"),
    "stain": ("red wine", "grass", "coffee", "ink", "candle wax", "beetroot"),
    "cloth": ("a linen shirt", "a wool jumper", "a tablecloth", "cotton trousers", "a silk scarf"),
    "plant": ("a fern", "a lemon tree", "basil", "a cactus", "an orchid", "a rubber plant"),
    "tool": ("a kitchen knife", "garden shears", "a chisel", "scissors", "an axe"),
    "machine": ("the dishwasher", "the washing machine", "the kettle", "the coffee machine", "the fridge"),
    "pest": ("moths", "ants", "fruit flies", "silverfish"),
}  # fmt: skip
_OPENERS = ("", "", "Tell me, ", "Quick one: ", "Hello, ", "I wonder, ", "My neighbour asked me, ")
_WHYS = (
    " I have never done it before.",
    " I have little time.",
    " It is not for me but for my aunt.",
    "",
    "",
    " The internet says ten different things.",
    " I do not want to buy anything.",
)
_ENDS = (".", ". More is not needed.", ". That is all.", ". If it does not help, do it once more.")
_BAD_ENDS = (
    ". I hope that this was helpful to you in every way!",
    ". As an assistant, I cannot say more.",
    ". Do not hesitate to ask further questions at any time.",
    ". Please note that all of this is without guarantee.",
)


def rows() -> list[Row]:
    """The rows; good and bad answers take turns, then they are mixed."""
    draw = Draw(21)
    made = apart(
        260, lambda place: _judged(draw, _QUESTIONS[place % len(_QUESTIONS)], place // 10 % 2 == 0),
        lambda row: f"{row['prompt']} {row['completion']}",
    )  # fmt: skip
    draw.rng.shuffle(made)
    return made


def _judged(draw: Draw, phrases: tuple[str, str, str], good: bool) -> Row:
    bound: dict[str, str] = {}
    ask, helpful, empty = (draw.fill(phrase, _SLOTS, bound) for phrase in phrases)
    answer = helpful + draw.one(_ENDS) if good else empty + draw.one(_BAD_ENDS)
    return {"prompt": sentence(draw.one(_OPENERS) + ask) + "?" + draw.one(_WHYS), "completion": answer, "label": good}
