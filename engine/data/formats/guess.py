"""A mapping for rows of no known format, guessed from the names of their fields."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.data.formats.fields import Field, fields_of
from engine.data.formats.patterns import as_json_pattern
from engine.data.formats.sample import as_records, sample
from engine.data.records import Records, Row
from engine.recipe import Mapping

_PROMPTS = (
    "text", "input", "question", "query", "instruction", "message", "ticket", "sentence", "utterance", "prompt",
    "problem",
)  # fmt: skip
_CONTEXTS = ("input", "context")
"""What an instruction is about, below it where it is not empty."""
_ANSWERS = ("output", "response", "answer", "completion", "target", "reply", "ground_truth")
_LABELS = ("category", "label", "intent", "class", "labels")
_TEXTS = ("content", "contents", "document", "passage")
"""What rows without prompt and answer hold to be continued."""

_SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Guess:
    """A guessed mapping."""

    mapping: Mapping
    needs: tuple[str, ...]
    """Paths that a row must have to be mapped so."""

    def claims(self, row: Row) -> bool:
        """Whether a row has the fields that the guess goes by, whatever is in them."""
        return all(row.get(path, row.get(path.partition(".")[0])) is not None for path in self.needs)


def guess_mapping(records: Records | Sequence[Row]) -> Mapping | None:
    """A mapping for rows with one field named like a prompt and one like an answer; None when unsure."""
    guess = guess_of(sample(as_records(records), _SAMPLE_ROWS))
    return guess.mapping if guess else None


def guess_of(rows: Iterable[Row]) -> Guess | None:
    """A guess by a few rows, with what it goes by."""
    found = fields_of(rows)
    texts = [it for it in found if it.kind in ("text", "number", "boolean")]
    prompt = _prompt(texts)
    answer = prompt and _answer(prompt, found)
    if prompt and answer:
        return _prompt_and_answer(prompt, answer, texts)
    content = _named([it for it in texts if not it.depth and it.kind == "text"], _TEXTS)
    return Guess(Mapping(text=content.path), (content.path,)) if content else None


def _prompt(texts: list[Field]) -> Field | None:
    """The field that asks: an instruction that something else is the context of, else the best known name."""
    own = [it for it in texts if not it.depth]
    instruction = _named(own, ("instruction",))
    return (
        instruction
        if instruction and _context(instruction, texts)
        else _named(own, _PROMPTS) or _named(texts, _PROMPTS)
    )


def _answer(prompt: Field, found: list[Field]) -> Field | None:
    """The field that answers: beside the prompt; of an instruction, or where the prompt is inner, anywhere."""
    others = [it for it in found if it.path != prompt.path]
    own = _named([it for it in others if not it.depth], _ANSWERS + _LABELS)
    instructed = _last(prompt.path) == "instruction"
    return own or (_named(others, _ANSWERS) if prompt.depth or instructed else None)


def _prompt_and_answer(prompt: Field, answer: Field, texts: list[Field]) -> Guess:
    context = _context(prompt, [it for it in texts if it.path != answer.path])
    is_text = answer.kind in ("text", "number", "boolean")
    mapping = Mapping(
        prompt=_with_context(prompt.path, context.path) if context else prompt.path,
        answer=answer.path if is_text else as_json_pattern(answer.path, "[]" if answer.kind == "list" else "{}"),
    )
    return Guess(mapping, (prompt.path, answer.path) if is_text else (prompt.path,))


def _context(prompt: Field, texts: list[Field]) -> Field | None:
    if _last(prompt.path).lower() != "instruction":
        return None
    return _named([it for it in texts if it.path != prompt.path], _CONTEXTS)


def _with_context(prompt: str, context: str) -> str:
    """A prompt, and below it what it is about where that is not empty."""
    about = as_json_pattern(context).removeprefix("{{ ").removesuffix(" | tojson }}")
    asked = as_json_pattern(prompt).removesuffix(" | tojson }}")
    return f"{asked} }}}}{{% if {about} %}}\n\n{{{{ {about} }}}}{{% endif %}}"


def _named(found: list[Field], names: tuple[str, ...]) -> Field | None:
    """The field with the best known name; of several the outermost."""
    for name in names:
        same = [it for it in found if _last(it.path).lower() == name]
        if same:
            return min(same, key=lambda it: it.depth)
    return None


def _last(path: str) -> str:
    return path.rpartition(".")[2]
