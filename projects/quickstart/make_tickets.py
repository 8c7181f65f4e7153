"""Write the support tickets of the quickstart: data/tickets.jsonl (training) and data/held-out.jsonl.

    python make_tickets.py            # writes both files and checks them; about 2 s, standard library only

Every row is a conversation: the ticket, and the JSON that triages it. The phrases stand in phrases.txt; this file only
puts them together, so the same seed always gives the same rows. A held-out row shares no run of 13 words with any
training row, and has a phrase that no training row has or a pair of phrases (problem and urgency) that none has.
"""

import argparse
import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SYSTEM = "Triage the ticket as JSON: summary, urgency, category."
CATEGORIES = ("billing", "shipping", "returns", "account", "technical", "sales")
URGENCIES = ("low", "medium", "high")
TRAINING_ROWS, HELD_OUT_ROWS = 1000, 200
RUN_WORDS = 13
"""Words in a run that counts as copied: the length that language models' test sets are usually cleared with."""

CONTRACTIONS = {
    "do not": "don't", "does not": "doesn't", "cannot": "can't", "is not": "isn't", "I have been": "I've been",
    "will not": "won't", "I am": "I'm", "has not": "hasn't", "did not": "didn't", "It is": "It's", "it is": "it's",
    "would not": "wouldn't", "There is": "There's", "I will": "I'll", "was not": "wasn't", "What is": "What's",
    "I would": "I'd",
}  # fmt: skip


@dataclass(frozen=True)
class Issue:
    """One kind of problem; `urgency` is None where the rest of the ticket decides it."""

    category: str
    urgency: str | None
    summary: str
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Ticket:
    """A ticket and the right answer to it."""

    text: str
    summary: str
    urgency: str
    category: str
    pair: str
    """The phrases that state the problem and the urgency, before their slots were filled."""
    reserved: bool
    """True when a phrase in it is kept for the held-out rows."""

    @property
    def kept_for_held_out(self) -> bool:
        """One pair of phrases in six is kept for the held-out rows, and so is every reserved phrase."""
        return self.reserved or zlib.crc32(self.pair.encode()) % 6 == 0


def read_phrases(path: Path = HERE / "phrases.txt") -> dict[str, tuple[str, ...]]:
    """The lists of phrases.txt by their heading, reserved phrases with their "~"."""
    lists: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = lists.setdefault(line[1:-1], [])
        elif line and not line.startswith("# "):
            current.append(line)
    return {heading: tuple(phrases) for heading, phrases in lists.items()}


class Phrasebook:
    """All phrases; draws them, fills their slots, and notes whether a reserved one was drawn."""

    def __init__(self, lists: dict[str, tuple[str, ...]]) -> None:
        self.lists = lists
        self.issues = tuple(_issues(lists))

    def draw(self, rng: random.Random, choices: tuple[str, ...], reserved: bool) -> str:
        """One phrase; a reserved one (with its "~") half of the time where that is allowed and there is one."""
        kept = [phrase for phrase in choices if phrase.startswith("~")]
        if reserved and kept and rng.random() < 0.5:
            return rng.choice(kept)
        return rng.choice([phrase for phrase in choices if not phrase.startswith("~")])

    def choices(self, heading: str, category: str) -> tuple[str, ...]:
        """The phrases of `heading` that fit a ticket of `category`: the general ones and the category's own."""
        own = [name for name in self.lists if name.startswith(f"{heading} ") and category in name]
        return sum((self.lists[name] for name in own), self.lists[heading])

    def urgency_phrases(self, urgency: str, category: str) -> tuple[str, ...]:
        """The phrases that express `urgency` in a ticket of `category`."""
        return self.choices("frame", category) + self.choices(f"urgency {urgency}", category)

    def fill(self, rng: random.Random, phrase: str, urgency: str, reserved: bool, bound: dict[str, str]) -> str:
        """`phrase` with its slots filled; values go to `bound` and are taken from there when the slot comes again."""

        def value(match: re.Match[str]) -> str:
            slot = match[1]
            heading = f"slot {slot} {urgency}" if slot in ("point", "limit") else f"slot {slot}"
            if slot not in bound:
                drawn = self.draw(rng, self.lists[heading], reserved and rng.random() < 0.5)
                bound[slot] = re.sub("%", lambda _: str(rng.randrange(10)), drawn)
            return bound[slot]

        return re.sub(r"\{(\w+)\}", value, phrase)


def _issues(lists: dict[str, tuple[str, ...]]) -> Iterator[Issue]:
    for heading, phrases in lists.items():
        if heading.startswith("issue "):
            labels, summary = heading.removeprefix("issue ").split(": ", 1)
            category, _, urgency = labels.partition(" ")
            yield Issue(category, urgency or None, summary, phrases)


def make_ticket(rng: random.Random, book: Phrasebook, category: str, urgency: str, reserved: bool = False) -> Ticket:
    """One ticket with these labels; `reserved` lets it use the phrases that are kept for the held-out rows."""
    issue = _choose_issue(rng, book, category, urgency)
    bound: dict[str, str] = {}
    problem = book.draw(rng, issue.phrases, reserved)
    problem_text = book.fill(rng, problem, urgency, reserved, bound)
    summary = book.fill(rng, issue.summary, urgency, reserved, bound)

    pressing = _urgency_phrases(rng, book, issue, category, urgency, reserved)
    context, ask, opener, signoff = (
        book.draw(rng, book.choices(name, category), reserved and rng.random() < 0.3) if rng.random() < share else ""
        for name, share in (("context", 0.55), ("ask", 0.3), ("opener", 0.65), ("signoff", 0.6))
    )
    texts = [book.fill(rng, phrase, urgency, reserved, {}) for phrase in (*pressing, context, ask, opener, signoff)]
    *pressing_texts, context_text, ask_text, opener_text, signoff_text = texts

    body = _order(rng, problem_text, " ".join(pressing_texts), context_text)
    text = _lay_out(rng, [opener_text, " ".join([*body, ask_text]).strip(), signoff_text])
    drawn = [problem, *pressing, context, ask, opener, signoff]
    used_reserved = any(p.startswith("~") for p in drawn) or "~" in text + summary
    summary = summary.replace("~", "")
    text = _roughen(rng, text.replace("~", ""), summary)
    return Ticket(text, summary, urgency, category, f"{problem}|{(pressing or [context])[0]}", used_reserved)


def _choose_issue(rng: random.Random, book: Phrasebook, category: str, urgency: str) -> Issue:
    """An issue of the category; one that carries its urgency in itself about one time in six."""
    own = [issue for issue in book.issues if issue.category == category]
    telling = [issue for issue in own if issue.urgency == urgency]
    if telling and rng.random() < 0.17:
        return rng.choice(telling)
    return rng.choice([issue for issue in own if issue.urgency is None])


def _urgency_phrases(
    rng: random.Random, book: Phrasebook, issue: Issue, category: str, urgency: str, reserved: bool
) -> list[str]:
    """No phrase when the issue itself tells the urgency, else one, and now and then a second."""
    if issue.urgency:
        return []
    first = book.draw(rng, book.urgency_phrases(urgency, category), reserved)
    second = book.draw(rng, book.lists[f"urgency {urgency}"], reserved)
    return [first, second] if rng.random() < 0.2 and first != second else [first]


def _order(rng: random.Random, problem: str, pressing: str, context: str) -> list[str]:
    """The sentences in one of the orders that people use; the problem mostly comes before the urgency."""
    orders = [
        (context, problem, pressing),
        (problem, context, pressing),
        (problem, pressing, context),
        (pressing, problem, context),
    ]
    chosen = rng.choices(orders, weights=(4, 3, 3, 2))[0]
    return [_capital(part) for part in chosen if part]


def _capital(sentence: str) -> str:
    """The sentence with a capital letter, its leading "~" skipped."""
    bare = sentence.removeprefix("~")
    return sentence[: len(sentence) - len(bare)] + bare[:1].upper() + bare[1:]


def _lay_out(rng: random.Random, parts: list[str]) -> str:
    """Greeting, body and sign-off, in lines of their own or in one paragraph."""
    return rng.choice(("\n", " ", " ")).join(part for part in parts if part)


def _roughen(rng: random.Random, text: str, summary: str) -> str:
    """Contractions, lower case, lost stops and slips of the finger, as people write; the summary's words stay whole."""
    if rng.random() < 0.55:
        for long, short in CONTRACTIONS.items():
            text = re.sub(rf"\b{long}\b", short, text)
    if rng.random() < 0.12:
        text = text.lower()
    if rng.random() < 0.06:
        text = text.replace(". ", "! ", 1)
    if rng.random() < 0.2:
        text = _slip(rng, text, summary)
    return text


def _slip(rng: random.Random, text: str, summary: str) -> str:
    """One letter of one longer word dropped, doubled or swapped with the next."""
    words = [match for match in re.finditer(r"\b[a-z]{5,}\b", text) if match[0] not in summary]
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    pair = text[at : at + 2]
    return text[:at] + rng.choice((pair[1], pair[0] + pair, pair[::-1])) + text[at + 2 :]


def runs(text: str) -> set[str]:
    """Every run of 13 words in `text`, without case and punctuation; a shorter text is one run."""
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[i : i + RUN_WORDS]) for i in range(max(1, len(words) - RUN_WORDS + 1))}


def make_tickets(
    seed: int, count: int, held_out: bool, forbidden: Iterable[str] = (), seen: Iterable[str] = ()
) -> list[Ticket]:
    """`count` tickets, all labels equally often, without the texts in `seen` and the runs of words in `forbidden`."""
    rng, book = random.Random(seed), Phrasebook(read_phrases())
    labels = [(category, urgency) for category in CATEGORIES for urgency in URGENCIES]
    forbidden, texts = set(forbidden), set(seen)
    tickets: list[Ticket] = []
    while len(tickets) < count:
        ticket = make_ticket(rng, book, *labels[len(tickets) % len(labels)], reserved=held_out)
        if ticket.kept_for_held_out != held_out or ticket.text in texts or not forbidden.isdisjoint(runs(ticket.text)):
            continue
        texts.add(ticket.text)
        tickets.append(ticket)
    rng.shuffle(tickets)
    return tickets


def as_row(ticket: Ticket) -> dict[str, list[dict[str, str]]]:
    """The ticket as a row in the `messages` form."""
    answer = {"summary": ticket.summary, "urgency": ticket.urgency, "category": ticket.category}
    contents = (SYSTEM, ticket.text, json.dumps(answer, ensure_ascii=False))
    return {
        "messages": [{"role": r, "content": c} for r, c in zip(("system", "user", "assistant"), contents, strict=True)]
    }


def ticket_texts(path: Path) -> list[str]:
    """The users' texts of a file of rows."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [row["messages"][1]["content"] for row in rows]


def check_apart(held_out: Iterable[str], others: Iterable[str], name: str) -> None:
    """Stop when a held-out text shares a run of 13 words with one of `others`."""
    kept = set().union(*map(runs, held_out))
    for text in others:
        shared = kept & runs(text)
        assert not shared, f"{name} holds words of a held-out row: {min(shared)!r}"


def check_rows(tickets: list[Ticket], name: str) -> None:
    """Stop on a repeated text or on a class that is more than three times another."""
    assert len({ticket.text for ticket in tickets}) == len(tickets), f"{name}: a text comes twice"
    for label in ("urgency", "category"):
        counts = Counter(getattr(ticket, label) for ticket in tickets).values()
        assert max(counts) <= 3 * min(counts), f"{name}: {label} is out of balance"


def write_rows(path: Path, tickets: list[Ticket]) -> None:
    """One JSON document per line."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(as_row(t), ensure_ascii=False) + "\n" for t in tickets), encoding="utf-8")


def main() -> None:
    """Both files, checked before they are written."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other tickets")
    seed = parser.parse_args().seed

    held_out = make_tickets(seed, HELD_OUT_ROWS, held_out=True)
    held_out_runs = set().union(*(runs(ticket.text) for ticket in held_out))
    training = make_tickets(seed + 1, TRAINING_ROWS, held_out=False, forbidden=held_out_runs)

    check_rows(training, "training")
    check_rows(held_out, "held-out")
    check_apart([t.text for t in held_out], [t.text for t in training], "training")
    assert not {t.pair for t in held_out if not t.reserved} & {t.pair for t in training}
    write_rows(HERE / "data/tickets.jsonl", training)
    write_rows(HERE / "data/held-out.jsonl", held_out)
    telling = sum(t.pair.count("~") > 0 for t in held_out)
    print(f"{len(training)} training rows; {len(held_out)} held-out rows, in {telling} of them a telling phrase is new")


if __name__ == "__main__":
    main()
