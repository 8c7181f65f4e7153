"""A recipe's rows: how many, and what a check found; their lengths are an audit's, else estimated from characters."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.data.audit import TABLE, audit_key, is_complete
from engine.data.audit_flags import Flag
from engine.data.audit_table import COUNT_COLUMNS, counts_path
from engine.data.dataset import Dataset, data_key, find_dataset, folders_of, open_dataset, opens_at_once
from engine.data.example import Conversation, Example
from engine.errors import UserError
from engine.gathering.classes import labels_of, sampled
from engine.gathering.pairs import alike
from engine.job import JobFolder
from engine.project import Project
from engine.recipe import Recipe
from engine.recipe_file import validate
from engine.situation import DataFacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]

BYTES_PER_TOKEN = 4.0
"""UTF-8 bytes of a token, about: of English 4 to 4.5, of code 3, of other languages 2.5 to 5."""
TOKENS_PER_TURN = 5
"""What a chat template writes around each turn, about."""


def data_facts(recipe: Recipe, project: Project) -> DataFacts:
    """What is known of the rows now; nothing large is made for it."""
    try:
        dataset = _opened(recipe, project)
        if dataset is None:
            return DataFacts(problem="the rows have not been read yet: open the Data pane, or `ttune data show`")
        return _facts(recipe, project, dataset)
    except (UserError, OSError) as error:
        return DataFacts(problem=str(error).splitlines()[0], unusable=isinstance(error, UserError), of=recipe.data)


def _opened(recipe: Recipe, project: Project) -> Dataset | None:
    if opens_at_once(recipe, project.path):
        return open_dataset(recipe, project.path)
    return find_dataset(recipe, project.path)


def _facts(recipe: Recipe, project: Project, dataset: Dataset) -> DataFacts:
    from engine.data.check.standing import standing

    split, sample = dataset.split, sampled(dataset)
    examples = list(dataset.examples.at(sample.places))
    counts = _counted(recipe, project, dataset) or _estimated(examples, dataset)
    checked = standing(dataset, recipe.data, folders_of(project.path))
    return DataFacts(
        key=data_key(recipe, project.path),
        of=recipe.data,
        train=len(split.train),
        copies=sample.copies,
        validation=len(split.validation),
        held_out=len(dataset.held_out_examples),
        format=dataset.layout.format,
        lengths=counts.lengths,
        counted_at=counts.counted_at,
        rejected=counts.rejected,
        alike=counts.alike,
        trained=counts.trained,
        validation_lengths=counts.validation,
        exact=counts.trained is not None,
        labels=labels_of(examples, sample, dataset, recipe.data),
        labels_once=labels_of(examples, sample, dataset, recipe.data, once=True) if sample.copies else (),
        findings=checked.counts | counts.flagged,
        checked_after=checked.after,
        held_out_is_source=dataset.held_out_is_source,
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    lengths: "Ints"
    validation: "Ints"
    trained: "Ints | None" = None
    rejected: "Ints | None" = None
    alike: "NDArray[np.bool_] | None" = None
    counted_at: int | None = None
    flagged: dict[str, int] = field(default_factory=dict)
    """Rows that an audit has found something on, by its finding's code."""


def _counted(recipe: Recipe, project: Project, dataset: Dataset) -> _Counts | None:
    """The lengths of an audit of these rows: of this recipe's length, else of the greatest other one."""
    import numpy as np

    from engine.data.check.of_audit import flag_counts

    found = _audit(recipe, project)
    if found is None:
        return None
    folder, cut_at = found
    table = np.fromfile(counts_path(folder.path / TABLE), dtype=COUNT_COLUMNS)
    if len(table) != len(dataset.usable):
        return None
    train, validation = (table[places.array] for places in (dataset.split.train, dataset.split.validation))
    pairs = dataset.layout.kind == "preference"
    was_cut = bool((table["flags"] & np.uint16(Flag.CUT)).any() or (table["rejected"] >= cut_at).any())
    return _Counts(
        lengths=train["tokens"], validation=validation["tokens"][validation["trained"] > 0], trained=train["trained"],
        rejected=train["rejected"] if pairs else None, alike=alike(dataset, train, cut_at) if pairs else None,
        counted_at=cut_at if was_cut else None,
        flagged=flag_counts(table["flags"], same_length=cut_at == recipe.training.max_length),
    )  # fmt: skip


def _audit(recipe: Recipe, project: Project) -> tuple[JobFolder, int] | None:
    """The complete audit that says most of a recipe's rows, with the max_length that it cut them at."""
    found: dict[int, JobFolder] = {}
    for folder in project.jobs("audit"):
        try:
            spec = folder.spec
            cut_at = validate(spec.recipe, str(folder.path)).training.max_length
        except UserError:  # being removed, or of a version that is not read any more
            continue
        length = recipe.training.model_copy(update={"max_length": cut_at})
        same = spec.options.get("key") == audit_key(recipe.model_copy(update={"training": length}), project.path)
        if same and is_complete(folder):
            found.setdefault(cut_at, folder)
    if not found:
        return None
    wanted = recipe.training.max_length
    cut_at = wanted if wanted in found else max(found)
    return found[cut_at], cut_at


def _estimated(sample: list[Example], dataset: Dataset) -> _Counts:
    """Lengths from bytes of text: of each sampled row, repeated for the others."""
    import numpy as np

    lengths = np.array([_tokens(example) for example in sample], dtype=np.int32)
    rejected = np.array([_text_tokens(example.rejected) for example in sample], dtype=np.int32)
    worse = lengths - np.array([_text_tokens(example.conversation[-1:]) for example in sample]) + rejected
    rows, held = len(dataset.split.train), len(dataset.split.validation)
    return _Counts(
        lengths=np.resize(lengths, rows), validation=np.resize(lengths, held),
        rejected=np.resize(worse.astype(np.int32), rows) if rejected.any() else None,
    )  # fmt: skip


def _tokens(example: Example) -> int:
    segments = sum(len(segment.text.encode()) for segment in example.segments) / BYTES_PER_TOKEN
    return max(1, round(segments) + _text_tokens(example.conversation))


def _text_tokens(turns: Conversation) -> int:
    size = sum(len(turn.content.encode("utf-8", "surrogatepass")) for turn in turns)
    return round(size / BYTES_PER_TOKEN) + TOKENS_PER_TURN * len(turns)
