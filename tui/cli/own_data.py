"""What a recipe needs changed for a user's own data: where it is, how rows become conversations, what is measured."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import tomli

from engine.data.conversations import Layout, Unfit, recognise
from engine.data.dataset import folders_of_home
from engine.data.example import Conversation
from engine.data.store import RowStore, open_store
from engine.errors import RecipeError
from engine.home import open_home
from engine.project import expanded
from engine.recipe import Mapping
from engine.templates import Template
from projects import SCHEME
from tui.cli.parser import Options, UsageError
from tui.figures import plural

_OF_OTHER_DATA = (
    "description", "data.format", "data.mapping",
    "evaluation.metric", "evaluation.fields", "evaluation.max_new_tokens", "chat.system", "chat.prompts",
)  # fmt: skip
"""What a template that has data of its own says about that data."""

_LOOKED_AT = 20_000
_LABEL_WORDS = 5
_LABEL_REPEATS = 2
_LABEL_TOKENS = 32
"""Room for any label; a base model that rambles on is cut off here instead of at 256 tokens a row."""

_FOR_THE_TINY_BASE = (
    "the recipe's values suit the tiny starter model: for another base, "
    "`ttune new NAME --data FILE --template sft` starts from the usual defaults"
)


def settings_for(template: Template, options: Options) -> tuple[dict[str, Any], list[str]]:
    """Settings that turn a template into a recipe for the data in `options`, and a line for each thing decided.

    Raises DataError when the data cannot be used.
    """
    rows = _opened(options.data)
    kept = _section(template, "data")
    settings: dict[str, Any] = dict.fromkeys(_OF_OTHER_DATA) if kept.get("source") else {}
    settings |= {"data.source": str(rows.path), "data.held_out": None}
    wanted = _mapping(options) or (None if kept.get("source") else _kept_mapping(kept))
    layout = recognise(rows, "auto", wanted, str(rows.path))
    conversations = list(_conversations(rows, layout))
    said = [_recognised(rows, layout)]
    if options.prompt or layout.guessed:
        settings |= {"data.mapping.prompt": layout.mapping.prompt, "data.mapping.answer": layout.mapping.answer}
    if options.system:
        settings |= _system(layout, options.system)
    if options.held_out:
        settings["data.held_out"] = str(_held_out(options, layout).path)
    if kept.get("source") or template.builtin:
        metric, why = suited_metric(conversations)
        settings["evaluation.metric"] = metric
        if metric == "exact_match":
            settings["evaluation.max_new_tokens"] = _LABEL_TOKENS
        said.append(f"metric {metric}: {why}")
    if str(_section(template, "model").get("base", "")).startswith(SCHEME):
        said.append(_FOR_THE_TINY_BASE)
    return settings, said


def suited_metric(conversations: Sequence[Conversation]) -> tuple[str, str]:
    """The metric that suits the answers, and why."""
    answers = [conversation[-1].content.strip() for conversation in conversations]
    if all(_is_object(answer) for answer in answers):
        return "json_fields", "every answer is a JSON object"
    distinct = len(set(answers))
    if all(len(answer.split()) <= _LABEL_WORDS for answer in answers) and distinct * _LABEL_REPEATS <= len(answers):
        return "exact_match", f"the answers are {distinct} short labels"
    return "token_f1", "the answers are free text"


def _opened(name: str) -> RowStore:
    return open_store(expanded(name).resolve(), folders_of_home(open_home()).imported)


def _conversations(rows: RowStore, layout: Layout) -> Iterator[Conversation]:
    """Those of the first rows: enough to tell what answers are like."""
    for row in rows.rows(0, _LOOKED_AT):
        with contextlib.suppress(Unfit):
            yield layout.conversation(row)


def _recognised(rows: RowStore, layout: Layout) -> str:
    told = f"{layout.fits:,} of {layout.rows:,} rows fit"
    if rows.bad:
        told += (
            f", {plural(len(rows.bad), 'line')} cannot be read (first: line {rows.bad[0].line}, {rows.bad[0].reason})"
        )
    if layout.format != "mapping":
        return f"format {layout.format}: {told}"
    how = "guessed from the fields' names, written into the recipe" if layout.guessed else "as given"
    return f"prompt = {layout.mapping.prompt}, answer = {layout.mapping.answer} ({how}): {told}"


def _mapping(options: Options) -> Mapping | None:
    if bool(options.prompt) != bool(options.answer):
        raise UsageError("ttune new: --prompt and --answer go together: give both, or neither to have it recognised")
    return Mapping(prompt=options.prompt, answer=options.answer) if options.prompt else None


def _system(layout: Layout, text: str) -> dict[str, Any]:
    """A system text is part of a mapping: spell out the mapping that a known flat format stands for."""
    known = {
        "prompt_completion": {"data.mapping.prompt": "prompt", "data.mapping.answer": "completion"},
        "mapping": {},
    }
    if layout.format not in known:
        raise UsageError(
            f"ttune new: --system: rows in the {layout.format} format hold whole conversations: "
            "put the system text into the rows, or map fields with --prompt and --answer"
        )
    return known[layout.format] | {"data.mapping.system": text}


def _held_out(options: Options, layout: Layout) -> RowStore:
    """Open the held-out file, to refuse now what would fail after training."""
    rows = _opened(options.held_out)
    mapping = layout.mapping if layout.format == "mapping" else None
    recognise(rows, "auto" if mapping else layout.format, mapping, str(rows.path))
    return rows


def _section(template: Template, name: str) -> dict[str, Any]:
    try:
        section = tomli.loads(template.text()).get(name, {})
    except tomli.TOMLDecodeError as error:
        raise RecipeError([f"{template.path}: not valid TOML: {error}"]) from error
    return section if isinstance(section, dict) else {}


def _kept_mapping(data: dict[str, Any]) -> Mapping | None:
    mapping = data.get("mapping")
    if not isinstance(mapping, dict) or not mapping.get("prompt") or not mapping.get("answer"):
        return None
    return Mapping(system=mapping.get("system", ""), prompt=mapping["prompt"], answer=mapping["answer"])


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
