"""Base and tuned as one model in memory: the base with the run's adapter on it, which can be switched off."""

from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.jobs.context import JobContext
from engine.jobs.fingerprint import check_base
from engine.jobs.tokenizer import LoadedTokenizer, base_path, load_tokenizer
from engine.jobs.train.hf import load_base
from engine.protocol import ModelLoaded, Side
from engine.recipe import Recipe

WEIGHTS = "adapter_model.safetensors"


@dataclass
class ModelPair:
    """A model that answers as base or as tuned, whichever side it was switched to last. In eval mode."""

    model: Any
    """The transformers model; the adapter's layers sit inside it, so plain `forward` and `generate` work."""
    tokenizer: LoadedTokenizer
    adapter_layers: list[Any]
    """Every module that peft put in; listed once, because to find them takes longer than to switch them."""
    side: Side = "tuned"

    def switch(self, side: Side) -> None:
        """Make the model answer as `side`. Costs microseconds a layer, so it may be done at every token."""
        if side != self.side:
            for layer in self.adapter_layers:
                layer.enable_adapters(side == "tuned")
            self.side = side

    @property
    def context_length(self) -> int | None:
        """Tokens that prompt and answer may have together; None where the model does not say."""
        length = getattr(self.model.config.get_text_config(decoder=True), "max_position_embeddings", None)
        return length if isinstance(length, int) else None


def load_pair(context: JobContext) -> ModelPair:
    """Load what the job's run was trained on, and its adapter. Raises ModelError with what is wrong and the mend."""
    recipe = context.recipe()
    path = base_path(recipe, context.project_path)
    adapter = context.of_run().adapter
    _check_adapter(adapter)
    check_base(adapter, path)
    context.phase("loading", "torch, transformers and the tokenizer")
    tokenizer = load_tokenizer(path)
    for notice in tokenizer.notices:
        context.notice(notice)
    context.phase("loading", "the base model")
    base = load_trained_base(recipe, path)
    context.phase("loading", "the adapter")
    pair = put_adapter_on(base, adapter, tokenizer)
    context.emit(
        ModelLoaded(
            name=recipe.model.base,
            parameters=pair.model.num_parameters(),
            trainable=0,
            device=str(pair.model.device),
            dtype="nf4" if recipe.adapter.kind == "qlora" else str(pair.model.dtype).removeprefix("torch."),
        )
    )
    return pair


def load_trained_base(recipe: Recipe, path: str) -> Any:
    """The base as it was trained on: in 4 bit for QLoRA, which needs a GPU."""
    import torch

    four_bit = recipe.adapter.kind == "qlora"
    if four_bit and not torch.cuda.is_available():
        raise ModelError("adapter.kind: a qlora adapter was trained on a 4-bit base, which needs an NVIDIA GPU")
    return load_base(path, four_bit=four_bit, precision=recipe.training.precision)


def put_adapter_on(base: Any, folder: Path, tokenizer: LoadedTokenizer) -> ModelPair:
    """Put a saved adapter on its base. Raises ModelError when it is not whole or belongs to another base."""
    from peft import PeftModel
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils import AuxiliaryTrainingWrapper
    from safetensors import SafetensorError

    try:
        tuned = PeftModel.from_pretrained(base, str(folder))
    except (SafetensorError, JSONDecodeError, OSError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: the adapter cannot be read: {_first_line(error)}: train it again") from error
    except (RuntimeError, ValueError) as error:  # a size mismatch, or no layer of the names it was trained on
        raise ModelError(f"{folder}: the adapter was trained on another base model than model.base names") from error
    _check_tensors(tuned, folder)
    tuned.eval()
    model = tuned.get_base_model()
    model.generation_config = _plain_generation(tokenizer)
    layers = [module for module in model.modules() if isinstance(module, BaseTunerLayer | AuxiliaryTrainingWrapper)]
    return ModelPair(model, tokenizer, layers)


def _plain_generation(tokenizer: LoadedTokenizer) -> Any:
    """Many models bring sampling and repetition settings of their own; a comparison wants the likeliest tokens."""
    from transformers import GenerationConfig

    return GenerationConfig(
        do_sample=False,
        eos_token_id=tokenizer.end_ids,
        pad_token_id=tokenizer.tokenizer.pad_token_id,
        bos_token_id=tokenizer.tokenizer.bos_token_id,
    )


def _check_adapter(folder: Path) -> None:
    for name in ("adapter_config.json", WEIGHTS):
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name}: no such file: the run saved no whole adapter: train it again")


def _check_tensors(tuned: Any, folder: Path) -> None:
    """peft loads what fits and only warns about the rest; half an adapter is no adapter."""
    from peft import get_peft_model_state_dict
    from safetensors import safe_open

    with safe_open(str(folder / WEIGHTS), framework="pt") as file:
        saved = set(file.keys())
    if saved != set(get_peft_model_state_dict(tuned)):
        raise ModelError(f"{folder}: the adapter was trained on another base model than model.base names")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
