"""Put the trained adapter on disk, and make sure that what lies there is what was trained."""

import shutil
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.files import folder_bytes, make_folder
from engine.jobs.fingerprint import note_base
from engine.protocol import AdapterSaved


def save_adapter(model: Any, tokenizer: Any, base: str, folder: Path, step: int) -> AdapterSaved:
    """Save beside, read back and compare every tensor, then rename to `folder`. Raises ModelError on a difference.

    `base`: the folder or Hub id that it was trained on, which is noted beside it.
    """
    beside = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    make_folder(beside)
    model.save_pretrained(str(beside), safe_serialization=True)
    tokenizer.save_pretrained(str(beside))
    note_base(beside, base)
    tensors = verify(model, beside)
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    return AdapterSaved(step=step, path=folder.name, bytes=folder_bytes(folder), tensors=tensors)


def verify(model: Any, folder: Path) -> int:
    """Compare a saved adapter with the one in memory; the number of tensors that are equal, which is all of them."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import load_file

    saved = load_file(str(folder / "adapter_model.safetensors"))
    trained = get_peft_model_state_dict(model)
    if saved.keys() != trained.keys():
        raise ModelError(f"{folder}: the saved adapter has other tensors than the trained one")
    for name, tensor in trained.items():
        if not torch.equal(saved[name], tensor.detach().cpu()):
            raise ModelError(f"{folder}: tensor {name} was not saved as it was trained")
        if not torch.isfinite(saved[name]).all():
            raise ModelError(f"{folder}: tensor {name} holds numbers that are not finite: lower the learning rate")
    return len(saved)
