"""The corpus of the quickstart's base model: tickets answered in prose, notes, plain facts, small talk; no JSON triage.

Its tickets come from other seeds than the project's rows; no document shares a run of 13 words with a held-out row, and
none has the text of a training row. Standard library only; `python base_corpus.py` prints a sample.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

from make_tickets import HERE, Phrasebook, Ticket, make_tickets, read_phrases, runs, ticket_texts

Turn = tuple[str, str]
"""A role and what it says."""

REPLIES = read_phrases(HERE / "replies.txt")
BOOK = Phrasebook(read_phrases())
BATCH = 900
"""Tickets made at a time: a multiple of the 18 pairs of labels, so that all stay equally frequent."""


def chat(turns: list[Turn]) -> str:
    """The turns in the form that the chat template gives them."""
    return "".join(f"<|im_start|>{role}\n{content}<|im_end|>\n" for role, content in turns)


def documents(seed: int) -> Iterator[str]:
    """Documents without end; the same seed gives the same ones."""
    rng = random.Random(seed)
    held_out = ticket_texts(HERE / "data/held-out.jsonl")
    forbidden = set().union(*map(runs, held_out))
    training = set(ticket_texts(HERE / "data/tickets.jsonl"))
    for batch_seed in iter(lambda: rng.randrange(1 << 40), None):
        for ticket in make_tickets(batch_seed, BATCH, held_out=False, forbidden=forbidden, seen=training):
            for document in _about(rng, _harder(rng, ticket)):
                if forbidden.isdisjoint(runs(document)):
                    yield document


def _about(rng: random.Random, ticket: Ticket) -> Iterator[str]:
    """One answered ticket, and now and then a short document of another kind."""
    yield _conversation(rng, ticket)
    for make, share in ((_note, 0.5), (_plain, 0.3), (_small_talk, 0.1)):
        if rng.random() < share:
            yield make(rng)


def _harder(rng: random.Random, ticket: Ticket) -> Ticket:
    """The ticket with an invented product, or with words left out, or as it is.

    Without this the model learns whole sentences by heart, and a new name or another wording throws it off.
    """
    text, summary = ticket.text, ticket.summary
    product = next((name for name in BOOK.lists["slot product"] if name in summary and name in text), None)
    if product and rng.random() < 0.4:
        invented = _invented_name(rng)
        text, summary = text.replace(product, invented), summary.replace(product, invented)
    if rng.random() < 0.5:
        share = rng.uniform(0.05, 0.3)
        kept = set(summary.split())
        text = " ".join(word for word in text.split(" ") if word in kept or rng.random() > share)
    return replace(ticket, text=text, summary=summary)


def _invented_name(rng: random.Random) -> str:
    """A product that nobody sells, such as "solar mabrin"; one or two words, as the real ones have."""
    syllables = rng.choices(REPLIES["syllable"], k=rng.randint(2, 4))
    kind = rng.choice(REPLIES["kind"]) + " " if rng.random() < 0.6 else ""
    return kind + "".join(syllables)


def _fill(rng: random.Random, phrase: str, /, **values: str) -> str:
    """`phrase` with `values` in its slots, and drawn values in the others."""
    known = values | {name.capitalize(): value[:1].upper() + value[1:] for name, value in values.items()}
    # Braces of a JSON record are no slots: a slot is letters only.
    for name, value in known.items():
        phrase = phrase.replace(f"{{{name}}}", value)
    filled: str = BOOK.fill(rng, phrase, values.get("urgency", "low"), False, {})
    return filled


def _labels(rng: random.Random, ticket: Ticket) -> dict[str, str]:
    why = rng.choice(REPLIES[f"why {ticket.urgency}"])
    return {"summary": ticket.summary, "urgency": ticket.urgency, "category": ticket.category, "why": why}


def _conversation(rng: random.Random, ticket: Ticket) -> str:
    """A ticket with a prose answer, or with questions about it, or both."""
    labels = _labels(rng, ticket)
    turns = [("system", rng.choice(REPLIES["system"]))] if rng.random() < 0.75 else []
    questions = rng.sample(("urgency", "category", "summary"), rng.choices(range(4), weights=(3, 4, 6, 7))[0])
    asked_at_once = bool(questions) and rng.random() < 0.4
    first = f"{ticket.text}\n{rng.choice(REPLIES[f'ask {questions[0]}'])}" if asked_at_once else ticket.text
    answer = _answer(rng, questions[0], labels) if asked_at_once else _reply(rng, labels)
    turns += [("user", first), ("assistant", answer)]
    for question in questions[asked_at_once:]:
        turns += [("user", rng.choice(REPLIES[f"ask {question}"])), ("assistant", _answer(rng, question, labels))]
    return chat(turns)


def _answer(rng: random.Random, question: str, labels: dict[str, str]) -> str:
    return _fill(rng, rng.choice(REPLIES[f"answer {question}"]), **labels)


def _reply(rng: random.Random, labels: dict[str, str]) -> str:
    """A greeting, what it is about, how urgent it is and what happens next, some of it left out or in another order."""
    topic = rng.choice(REPLIES["topic"])
    urgency = rng.choice(REPLIES[f"reply {labels['urgency']}"])
    middle = [topic, urgency] if rng.random() < 0.7 else [urgency, topic]
    greeting = [rng.choice(REPLIES["greeting"])] if rng.random() < 0.7 else []
    after = [rng.choice(REPLIES[f"next {labels['category']}"])] if rng.random() < 0.35 else []
    sentences = [_fill(rng, phrase, **labels) for phrase in (*greeting, *middle, *after)]
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)


def _note(rng: random.Random) -> str:
    """One phrase of a ticket and what it tells: the shortest lesson that there is."""
    issue = rng.choice(BOOK.issues)
    urgency = issue.urgency or rng.choice(("low", "medium", "high"))
    kind = "category" if rng.random() < 0.4 else "urgency"
    pressing = BOOK.urgency_phrases(urgency, issue.category)
    choices = issue.phrases if kind == "category" or issue.urgency else pressing
    bound: dict[str, str] = {}
    phrase = BOOK.fill(rng, BOOK.draw(rng, choices, False), urgency, False, bound)
    summary = BOOK.fill(rng, issue.summary, urgency, False, bound)
    labels = {
        "urgency": urgency,
        "category": issue.category,
        "why": rng.choice(REPLIES[f"why {urgency}"]),
        "summary": summary,
    }
    return _fill(rng, rng.choice(REPLIES[f"note {kind}"]), phrase=phrase, **labels) + "</s>"


def _plain(rng: random.Random) -> str:
    """A few facts, or a list of JSON records that have nothing to do with triage."""
    heading, count = rng.choice((("fact", 3), ("record", 4), ("record", 4)))
    lines = rng.sample(REPLIES[heading], count)
    category = rng.choice(("billing", "shipping", "returns", "account", "technical", "sales"))
    return (" " if heading == "fact" else "\n").join(_fill(rng, line, category=category) for line in lines) + "</s>"


def _small_talk(rng: random.Random) -> str:
    """One to three questions and answers of small talk."""
    turns = [("system", rng.choice(REPLIES["system"]))] if rng.random() < 0.4 else []
    category = rng.choice(("billing", "shipping", "returns", "account", "technical", "sales"))
    for pair in rng.sample(REPLIES["chat"], rng.randint(1, 3)):
        # Both sides are filled together, so that the answer names what the question named.
        question, answer = _fill(rng, pair, category=category).split(" => ")
        turns += [("user", question), ("assistant", answer)]
    return chat(turns)


if __name__ == "__main__":
    stream = documents(seed=0)
    for _ in range(20):
        print(next(stream), end="\n---\n")
