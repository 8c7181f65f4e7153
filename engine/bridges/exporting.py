"""A recipe in another form: its own TOML, Axolotl's YAML, or a `train.py` with its rows that needs no ttune."""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from engine import recipe_file
from engine.bridges.source import BridgeError
from engine.errors import UserError
from engine.files import make_folder, write_atomic
from engine.project import Project, is_hub_id, resolve
from engine.recipe import Recipe

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

Form = Literal["toml", "axolotl", "train.py"]

FORMS: tuple[Form, ...] = get_args(Form)

SCRIPT, TRAIN, VALIDATION = "train.py", "train.jsonl", "validation.jsonl"


@dataclass(frozen=True, slots=True)
class Written:
    """A recipe in another form."""

    form: Form
    text: str
    files: tuple[Path, ...] = ()
    """What was written, or would be, the text's own file first; () where it is for no file."""
    uncarried: tuple[str, ...] = ()
    """A line for each setting that the form cannot say."""
    rows: tuple[tuple[str, int], ...] = ()
    """Files of rows, and how many are in each (train.py)."""


def export_recipe(
    project: Project,
    recipe: Recipe,
    form: Form,
    target: Path | None = None,
    *,
    dataset: "Dataset | None" = None,
    name: str = "",
    backend: str = "",
    force: bool = False,
    dry: bool = False,
) -> Written:
    """Write a recipe of a project (its own, or the frozen one of a run) in another form. Raises UserError.

    `target`: a file (toml, axolotl) or a folder (train.py, else `exports/train` in the project); None: only the text is
    given back. `dataset`: its data, where that is open already. `name`: the run it is of, else the project. `backend`:
    what the run was trained with, else what the recipe says. `force`: replace what is there. `dry`: nothing is written;
    what would be, and what it would not say, is given back.
    """
    if form == "train.py":
        folder = target or project.path / "exports" / "train"
        return _script(project, recipe, folder, dataset, name or project.name, backend, force, dry)
    written = Written("toml", _toml(project, recipe)) if form == "toml" else _axolotl(project, recipe, dataset)
    if target is None:
        return written
    if not dry:
        _check_free([target], force)
        _write(target, written.text)
    return Written(form, written.text, (target,), written.uncarried)


def _toml(project: Project, recipe: Recipe) -> str:
    """The project's own file with its comments where it says the same; else what differs from the defaults."""
    from engine.bridges.toml_text import as_toml
    from engine.recipe.diff import values

    try:
        if project.recipe() == recipe:
            return recipe_file.read_text(project.recipe_path)
    except UserError:
        pass  # the file is being edited; the recipe that was asked for is whole
    default = values(Recipe.model_validate({"model": {"base": "-"}}))
    changed = {key: value for key, value in values(recipe).items() if value != default[key] and value is not None}
    return as_toml(changed)


def _axolotl(project: Project, recipe: Recipe, dataset: "Dataset | None") -> Written:
    from engine.bridges.to_axolotl import Resolved, to_axolotl
    from engine.data.hub import hub_name

    source = recipe.data.source
    place = source if not source or hub_name(source) else str(resolve(source, project.path))
    share = recipe.data.split.validation
    if share is None:
        share = 0.05 if dataset is not None and len(dataset.usable) >= 1000 else 0.1
    laid_out = recipe.data.format
    if laid_out == "auto" and dataset is not None:
        laid_out = dataset.layout.format  # type: ignore[assignment]  # a mapping that was guessed is one too
    found = to_axolotl(recipe, Resolved(laid_out, share, place, _base(project, recipe), _adapter(project, recipe)))
    return Written("axolotl", found.text, (), found.uncarried)


def _base(project: Project, recipe: Recipe) -> str:
    base = recipe.model.base
    return base if is_hub_id(base, project.path) else str(resolve(base, project.path))


def _script(
    project: Project, recipe: Recipe, folder: Path, dataset: "Dataset | None", name: str, backend: str, force: bool,
    dry: bool,
) -> Written:  # fmt: skip
    from engine.bridges.script.build import script, unsaid
    from engine.bridges.script.files import reward_files, write_rows
    from engine.bridges.script.settings import Facts
    from engine.data.dataset import open_dataset

    dataset = dataset or open_dataset(recipe, project.path)
    sides = {TRAIN: dataset.split.train} | ({VALIDATION: dataset.split.validation} if dataset.split.validation else {})
    beside = reward_files(recipe, project.path)
    paths = [folder / SCRIPT, *(folder / name for name in (*sides, *beside))]
    if not dry:
        _check_folder(folder)
        _check_free(paths, force)
    facts = Facts(
        recipe, name, dataset.layout.kind, _base(project, recipe), _with_unsloth(project, recipe, backend),
        measured=VALIDATION in sides, adapter_path=_adapter(project, recipe),
        native=_native(_base(project, recipe)), sides=tuple(sides),
        has_template=_has(_base(project, recipe), "chat_template"), has_pad=_has(_base(project, recipe), "pad_token"),
    )  # fmt: skip
    text = script(facts)
    if dry:
        return Written("train.py", text, tuple(paths), tuple(unsaid(facts)))
    counts = [
        (side, write_rows(folder / side, dataset.examples.at(places), recipe.method.kind))
        for side, places in sides.items()
    ]
    for place, code in beside.items():
        _write(folder / place, code)
    _write(folder / SCRIPT, text)
    return Written("train.py", text, tuple(paths), tuple(unsaid(facts)), tuple(counts))


def _with_unsloth(project: Project, recipe: Recipe, backend: str) -> bool:
    """Whether the run was, or would be, Unsloth's."""
    from engine.hardware import HardwareMonitor

    wanted = backend or recipe.hardware.backend
    if wanted != "auto":
        return wanted == "unsloth"
    beyond = recipe.adapter.kind != "full" and (recipe.adapter.dora or recipe.adapter.init == "pissa")
    return not beyond and find_spec("unsloth") is not None and bool(HardwareMonitor(project.path).read().gpus)


def _adapter(project: Project, recipe: Recipe) -> str:
    """The folder of the adapter to go on from; "" for a fresh one."""
    if not recipe.model.adapter:
        return ""
    from engine.home import Home, home_path
    from engine.project import find_run

    folder = resolve(recipe.model.adapter, project.path)
    if (folder / "adapter_config.json").is_file():
        return str(folder)
    return str(find_run(Home(home_path()), recipe.model.adapter).adapter)


def _native(base: str) -> int | None:
    """The base's own length, of a folder that is here."""
    try:
        config = json.loads((Path(base) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    text = config.get("text_config") or config
    length = text.get("max_position_embeddings") if isinstance(text, dict) else None
    return length if isinstance(length, int) else None


def _has(base: str, key: str) -> bool:
    """Whether the tokenizer of a base that is here has a chat template, or a token to pad with."""
    folder = Path(base)
    if key == "chat_template" and (folder / "chat_template.jinja").is_file():
        return True
    try:
        return bool(json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8")).get(key))
    except (OSError, ValueError, AttributeError):
        return False


def _check_folder(folder: Path) -> None:
    """Make the folder that a script goes to. Raises BridgeError."""
    try:
        make_folder(folder)
    except NotADirectoryError as error:
        raise BridgeError(f"{folder}: lies below a file: give a folder") from error
    except OSError as error:
        raise BridgeError(f"{folder}: cannot be made: {error.strerror}: give another place") from error
    if not folder.is_dir():
        raise BridgeError(f"{folder}: is a file: give a folder")


def _check_free(paths: list[Path], force: bool) -> None:
    for path in paths:
        if path.is_dir():
            raise BridgeError(f"{path}: is a folder: give a file")
        if path.exists() and not path.is_file():
            raise BridgeError(f"{path}: is no file that can be replaced: give another place")
        if path.exists() and not force:
            raise BridgeError(f"{path}: is there already: give another place, or --force to replace it")


def _write(path: Path, text: str) -> None:
    try:
        make_folder(path.parent)
        write_atomic(path, text)
    except OSError as error:
        raise BridgeError(f"{path}: cannot be written: {error.strerror}: give another place") from error
