"""PiSSA adapters on the unchanged base.

PiSSA takes the strongest directions out of the base's weights and trains them: W = (W - s B0 A0) + s B A. What was
learned is s (B A - B0 A0), which is an adapter of twice the rank, [B, -B0] [A; A0], on the base as it was
(Meng et al. 2024, arXiv 2404.02948, appendix C). Only so can one base serve several adapters, and answer by itself.
"""

from math import sqrt
from pathlib import Path
from typing import Any

Start = dict[str, Any]
"""Tensors that an adapter began with, by name, on the CPU."""
_A, _B = "lora_A", "lora_B"


def begin(model: Any) -> Start | None:
    """Where a PiSSA adapter begins; None for any other model. To be called before the first step."""
    config = getattr(model, "peft_config", {}).get("default")
    if config is None or not str(config.init_lora_weights).startswith("pissa"):
        return None
    from peft import get_peft_model_state_dict

    state = get_peft_model_state_dict(model)
    return {name: tensor.detach().cpu().clone() for name, tensor in state.items() if _A in name or _B in name}


def without_start(trained: dict[str, Any], start: Start) -> dict[str, Any]:
    """Trained tensors as those of an adapter on the unchanged base."""
    import torch

    def joined(name: str, tensor: Any) -> Any:
        if name not in start:
            return tensor
        began = start[name].to(tensor.device, tensor.dtype)
        return torch.cat([tensor, began], dim=0) if _A in name else torch.cat([tensor, -began], dim=1)

    return {name: joined(name, tensor.detach()).contiguous() for name, tensor in trained.items()}


def put_back(model: Any, start: Start, folder: Path) -> None:
    """Replace an adapter that was saved to a folder by one for the unchanged base."""
    from copy import deepcopy

    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    state = {name: tensor.cpu() for name, tensor in without_start(get_peft_model_state_dict(model), start).items()}
    save_file(state, str(folder / "adapter_model.safetensors"), metadata={"format": "pt"})
    config = deepcopy(model.peft_config["default"])
    config.init_lora_weights = True
    config.r *= 2
    config.lora_alpha *= sqrt(2) if config.use_rslora else 2  # the factor of the effect stays what it is
    config.inference_mode = True
    config.save_pretrained(str(folder))
