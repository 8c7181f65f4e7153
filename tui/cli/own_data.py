"""What a recipe needs changed for a user's own data: where it is, how rows become conversations, what is measured."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from engine.data.conversations import LEARNT_FROM, Layout, Unfit, recognise
from engine.data.dataset import folders_of_home
from engine.data.example import Conversation
from engine.data.formats.sample import sample
from engine.data.hub import hub_name
from engine.data.records import Records
from engine.data.store import RowStore
from engine.errors import DataError
from engine.home import Home
from engine.project import expanded
from engine.recipe import Mapping
from engine.recipe.migration import at
from engine.recipe_file import content_of, parse_settings
from engine.templates import Template
from projects import SCHEME
from tui.cli.data import mapping_of
from tui.cli.data_source import open_file
from tui.cli.data_views import mapping_words
from tui.cli.parser import Options, UsageError
from tui.figures import plural

_OF_OTHER_DATA = (
    "description", "data.format", "data.mapping",
    "evaluation.metric", "evaluation.fields", "evaluation.max_new_tokens", "chat.system", "chat.prompts",
)  # fmt: skip
"""What a template that has data of its own says about that data."""

_FLAT = {
    "prompt_completion": Mapping(prompt="prompt", answer="completion"),
}
"""The mapping that a flat format stands for."""

_FIELD = re.compile(r"\{(\w+)\}")
"""A field's name in a pattern."""

_METRIC_ROWS = 20_000
"""Rows by which a metric is chosen."""
_LABEL_WORDS = 5
_LABEL_REPEATS = 2
_LABEL_TOKENS = 32
"""Room for any label; a base model that rambles on is cut off here instead of at 256 tokens a row."""

_FOR_THE_TINY_BASE = (
    "the recipe's values suit the tiny starter model: for another base, "
    "`ttune new NAME --data FILE --template sft` starts from the usual defaults"
)


def settings_for(home: Home, template: Template, options: Options) -> tuple[dict[str, Any], list[str]]:
    """Settings that turn a template into a recipe for the data in `options`, and a line for each thing decided.

    Raises DataError when the data cannot be used.
    """
    if hub_name(options.data):
        return _of_hub(template, options)
    store = open_file(expanded(options.data).resolve(), folders_of_home(home))
    kept = _section(template, "data")
    settings: dict[str, Any] = dict.fromkeys(_OF_OTHER_DATA) if kept.get("source") else {}
    settings |= {"data.source": str(store.path), "data.held_out": None}
    method = str(parse_settings(options.settings).get("method.kind") or _section(template, "method").get("kind", "sft"))
    layout, mapping, imitated = _fitting(store, template, options, method)
    said = [_recognised(store, layout), *filter(None, (layout.mixed, layout.untrained_by(method)))]
    if imitated:
        said.append("answers are imitated; for rewards that score them: --set data.format=prompt_answer")
    settings |= _as_settings(mapping)
    sample = _kept_mapping(kept)
    if options.system is None and kept.get("source") and sample is not None and sample.system:
        said.append("the model is told nothing before a row: --system TEXT says what to do, and names its classes")
    if options.system:
        settings |= _system(layout, options.system)
    if options.held_out:
        settings["data.held_out"] = str(_held_out(home, options, layout).path)
    if (kept.get("source") or template.builtin) and layout.kind == "conversation":
        metric, why = suited_metric(_some(store, layout))
        settings["evaluation.metric"] = metric
        if metric == "exact_match":
            settings["evaluation.max_new_tokens"] = _LABEL_TOKENS
        said.append(f"metric {metric}: {why}")
    elif layout.kind != "conversation":
        settings = {key: value for key, value in settings.items() if not key.startswith("evaluation.")}
    settings |= _other_split(kept, store)
    if str(_section(template, "model").get("base", "")).startswith(SCHEME):
        said.append(_FOR_THE_TINY_BASE)
    elif template.builtin:
        settings.pop("description", None)  # it speaks of the task
    return _differing(settings, template), said


def _differing(settings: dict[str, Any], template: Template) -> dict[str, Any]:
    """Settings that the template does not say already: its own way to write them stays."""
    held = content_of(template.text(), str(template.path))
    emptied = tuple(f"{key}." for key, value in settings.items() if value is None)
    return {
        key: value
        for key, value in settings.items()
        if value is None or key.startswith(emptied) or at(held, key) != value
    }


def _fitting(store: RowStore, template: Template, options: Options, method: str) -> tuple[Layout, Mapping, bool]:
    """`_laid_out`; rows that fit nothing are told with what the method learns from. Raises DataError."""
    try:
        return _laid_out(store, template, options, method)
    except DataError as error:
        if method not in LEARNT_FROM or options.patterns:
            raise
        what = str(error).partition(": set data.mapping.")[0]
        raise DataError(f"{what}: {method} learns from {LEARNT_FROM[method]}: --map ROLE=FIELD for each") from error


def _laid_out(store: RowStore, template: Template, options: Options, method: str) -> tuple[Layout, Mapping, bool]:
    """How rows become examples, the mapping that the recipe must say for it, and whether solutions are imitated."""
    kept = _section(template, "data")
    sample, given, wanted_format = _kept_mapping(kept), _mapping(options), _wanted_format(options)
    wanted = given or (sample if not kept.get("source") else None)
    if wanted is None and template.builtin and sample is not None and _names_fields_of(sample, store):
        wanted = sample.model_copy(update={"system": ""})  # that speaks of the sample's classes
    layout = recognise(store, wanted_format, wanted, str(store.path))
    imitated = _imitated(store, layout) if wanted_format == "auto" and method == "sft" else None
    asked = _asked_alike(store, layout, sample) if method == "grpo" and given is None else None
    if other := imitated or asked:
        return recognise(store, "auto", other, str(store.path)), other, other is imitated
    return layout, layout.mapping if wanted or layout.guessed else Mapping(), False


def _other_split(kept: dict[str, Any], store: RowStore) -> dict[str, Any]:
    """What becomes of a split by a field of the sample: classes are those of the answer, all else is at random."""
    split = kept.get("split")
    if not isinstance(split, dict) or not split.get("field") or split["field"] in store.fields:
        return {}
    stratified = split.get("by") == "stratified"
    return {"data.split.field": None} | ({} if stratified else {"data.split.by": None})


def _of_hub(template: Template, options: Options) -> tuple[dict[str, Any], list[str]]:
    """The same for a dataset of the Hub, whose rows nobody has seen yet."""
    settings: dict[str, Any] = dict.fromkeys(_OF_OTHER_DATA) if _section(template, "data").get("source") else {}
    settings |= {"data.source": options.data, "data.held_out": options.held_out or None}
    if mapping := _mapping(options):
        settings |= _as_settings(mapping)
    said = "its rows are fetched when the project is opened, or by `ttune data show`; see then whether the metric suits"
    return settings, [f"{options.data}: {said}"]


def _names_fields_of(mapping: Mapping, store: RowStore) -> bool:
    """Whether the rows have every field that a mapping names, so that it suits them as it suits a template's sample."""
    named = [_FIELD.findall(pattern) or [pattern] for role, pattern in mapping if pattern and role != "system"]
    return all(name in store.fields for names in named for name in names)


def _asked_alike(store: RowStore, layout: Layout, sample: Mapping | None) -> Mapping | None:
    """A template's way to ask for answers that rewards can score, for rows whose fields have other names."""
    own = _imitated(store, layout) or layout.mapping
    if sample is None or not sample.solution or len(_FIELD.findall(sample.prompt)) != 1:
        return None
    if not {own.prompt, own.answer} <= set(store.fields):
        return None
    prompt = _FIELD.sub(lambda _: f"{{{own.prompt}}}", sample.prompt)
    return Mapping(system=sample.system, prompt=prompt, solution=own.answer)


def _imitated(store: RowStore, layout: Layout) -> Mapping | None:
    """Prompt and answer of rows that have a solution to score: what sft makes of them."""
    if layout.format != "prompt_answer":
        return None
    prompt = next((name for name in ("prompt", "problem", "question") if name in store.fields), None)
    answer = next((name for name in ("solution", "answer") if name in store.fields), None)
    return Mapping(prompt=prompt, answer=answer) if prompt and answer else None


def suited_metric(conversations: Sequence[Conversation]) -> tuple[str, str]:
    """The metric that suits the answers, and why."""
    answers = [conversation[-1].content.strip() for conversation in conversations]
    if all(_is_object(answer) for answer in answers):
        return "json_fields", "every answer is a JSON object"
    distinct = len(set(answers))
    if all(len(answer.split()) <= _LABEL_WORDS for answer in answers) and distinct * _LABEL_REPEATS <= len(answers):
        return "exact_match", f"the answers are {distinct} short labels"
    return "token_f1", "the answers are free text"


def _some(records: Records, layout: Layout) -> list[Conversation]:
    """The conversations of so many rows that the metric is sure."""
    found = []
    for row in sample(records, _METRIC_ROWS):
        with suppress(Unfit):
            found.append(layout.conversation(row))
    return found


def _recognised(store: RowStore, layout: Layout) -> str:
    told = f"{layout.fits:,} of {layout.rows:,} rows fit"
    if store.bad:
        first = store.bad[0]
        told += f", {plural(len(store.bad), 'line')} cannot be read (first: line {first.line}, {first.reason})"
    if layout.format != "mapping":
        return f"format {layout.format}: {told}"
    how = "guessed from the fields' names, written into the recipe" if layout.guessed else "as given"
    return f"{mapping_words(layout.mapping)} ({how}): {told}"


def _mapping(options: Options) -> Mapping | None:
    """The mapping that the options ask for."""
    if bool(options.prompt) != bool(options.answer) and not options.patterns:
        raise UsageError("ttune new: --prompt and --answer go together: give both, or neither to have it recognised")
    named = [f"{role}={text}" for role, text in (("prompt", options.prompt), ("answer", options.answer)) if text]
    return mapping_of([*named, *options.patterns])


def _wanted_format(options: Options) -> str:
    """The format that `--set data.format=…` names; else it is recognised."""
    return str(parse_settings(options.settings).get("data.format") or "auto")


def _as_settings(mapping: Mapping) -> dict[str, Any]:
    return {f"data.mapping.{role}": pattern for role, pattern in mapping if pattern}


def _system(layout: Layout, text: str) -> dict[str, Any]:
    """A system text is part of a mapping: spell out the mapping that a known flat format stands for."""
    mapping = layout.mapping if layout.format == "mapping" else _FLAT.get(layout.format)
    if mapping is None:
        raise UsageError(
            f"ttune new: --system: rows in the {layout.format} format hold whole conversations: "
            "put the system text into the rows, or map fields with --prompt and --answer"
        )
    spelled = {} if layout.format == "mapping" else _as_settings(mapping)
    return spelled | {"data.mapping.system": text}


def _held_out(home: Home, options: Options, layout: Layout) -> RowStore:
    """Open the held-out file, to refuse now what would fail after training."""
    store = open_file(expanded(options.held_out).resolve(), folders_of_home(home), "data.held_out")
    mapping = layout.mapping if layout.format == "mapping" else None
    recognise(store, "auto" if mapping else layout.format, mapping, str(store.path))
    return store


def _section(template: Template, name: str) -> dict[str, Any]:
    section = content_of(template.text(), str(template.path)).get(name, {})
    return section if isinstance(section, dict) else {}


def _kept_mapping(data: dict[str, Any]) -> Mapping | None:
    """The mapping of a template; what is wrong in it is told when the recipe is made."""
    try:
        mapping = Mapping.model_validate(data.get("mapping"))
    except ValidationError:
        return None
    return mapping if mapping.given else None


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
