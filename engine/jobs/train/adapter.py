"""Put what was trained on disk, and make sure that what lies there is what was trained."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.files import folder_bytes, make_folder
from engine.jobs.fingerprint import note_base
from engine.jobs.train.pissa import Start, put_back, without_start
from engine.protocol import AdapterSaved

WEIGHTS = "adapter_model.safetensors"


def save_trained(
    model: Any, tokenizer: Any, base: str, folder: Path, step: int, start: Start | None = None
) -> AdapterSaved:
    """Save beside, read back and compare every tensor, then rename to `folder`. Raises ModelError on a difference.

    `base`: the folder or Hub id that it was trained on, which is noted beside it. `start`: where a PiSSA adapter began.
    """
    beside = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    make_folder(beside)
    model.save_pretrained(str(beside), safe_serialization=True)
    if start is not None:
        put_back(model, start, beside)
    tokenizer.save_pretrained(str(beside))
    note_base(beside, base)
    tensors = verify(model, beside, start)
    _check_finite(beside)
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    return AdapterSaved(step=step, path=folder.name, bytes=folder_bytes(folder), tensors=tensors)


def verify(model: Any, folder: Path, start: Start | None = None) -> int:
    """Compare what is saved in a folder with what is in memory; the number of tensors that are equal: all of them.

    Raises ModelError where one differs. Numbers that are not finite may be equal too.
    """
    if not hasattr(model, "peft_config"):
        return _verify_whole(model, folder)
    from peft import get_peft_model_state_dict

    trained = get_peft_model_state_dict(model)
    return _compare(trained if start is None else without_start(trained, start), [folder / WEIGHTS], folder)


def _verify_whole(model: Any, folder: Path) -> int:
    """A whole model's tensors by their names in memory; where its files use other names, by loading it again."""
    files = sorted(folder.glob("*.safetensors"))
    trained = model.state_dict()
    shared = _shared_names(trained)
    if _names(files) <= trained.keys():
        needed = {name: tensor for name, tensor in trained.items() if name in _names(files) or name not in shared}
        return _compare(needed, files, folder)
    again = type(model).from_pretrained(str(folder), dtype="auto").state_dict()
    for name, tensor in trained.items():
        _compare_one(name, tensor, again[name], folder)
    return len(trained)


def _shared_names(trained: dict[str, Any]) -> set[str]:
    """Names of tensors whose memory another name has too, such as a head that is tied to the embeddings."""
    owners: dict[int, list[str]] = {}
    for name, tensor in trained.items():
        owners.setdefault(tensor.data_ptr(), []).append(name)
    return {name for names in owners.values() if len(names) > 1 for name in names}


def _names(files: list[Path]) -> set[str]:
    from safetensors import safe_open

    names: set[str] = set()
    for path in files:
        with safe_open(str(path), framework="pt") as file:
            names |= set(file.keys())
    return names


def _compare(trained: dict[str, Any], files: list[Path], folder: Path) -> int:
    """One tensor in memory at a time, however large the model is."""
    with ExitStack() as stack:
        saved = dict(_opened(stack, files))
        if saved.keys() != trained.keys():
            raise ModelError(f"{folder}: what was saved has other tensors than what was trained")
        for name, tensor in trained.items():
            _compare_one(name, tensor, saved[name].get_tensor(name), folder)
        return len(saved)


def _opened(stack: ExitStack, files: list[Path]) -> Iterator[tuple[str, Any]]:
    from safetensors import safe_open

    for path in files:
        file = stack.enter_context(safe_open(str(path), framework="pt"))
        yield from ((name, file) for name in file.keys())  # noqa: SIM118 - no dictionary


def _compare_one(name: str, trained: Any, saved: Any, folder: Path) -> None:
    import torch

    trained = trained.detach().cpu()
    if torch.equal(saved, trained):
        return
    same = saved.shape == trained.shape and saved.dtype == trained.dtype
    if not same or not torch.equal(saved.nan_to_num(), trained.nan_to_num()):  # no NaN is equal to another
        raise ModelError(f"{folder}: tensor {name} was not saved as it was trained")


def _check_finite(folder: Path) -> None:
    import torch

    with ExitStack() as stack:
        for name, file in _opened(stack, sorted(folder.glob("*.safetensors"))):
            tensor = file.get_tensor(name)
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise ModelError(f"{folder}: tensor {name} holds numbers that are not finite: lower the learning rate")
