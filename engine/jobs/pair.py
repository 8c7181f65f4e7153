"""Base and tuned in memory: the base with the run's adapter on it, which can be switched off, or two whole models."""

from dataclasses import dataclass, field
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.jobs.context import JobContext
from engine.jobs.fingerprint import check_base
from engine.jobs.importing import load_transformers
from engine.jobs.tokenizer import LoadedTokenizer, base_path, load_tokenizer
from engine.jobs.train.backend import Base
from engine.jobs.train.hf import load_base
from engine.jobs.train.model_config import read_config
from engine.protocol import ModelLoaded, Side
from engine.recipe import Recipe

WEIGHTS = "adapter_model.safetensors"


@dataclass
class ModelPair:
    """A base and what was trained of it; answers as the side it was switched to last. In eval mode.

    An adapter sits in the base and is switched off and on; with adapter.kind = full there are two models.
    """

    base: Any
    """The transformers model; with an adapter its layers sit inside it, so plain `forward` and `generate` work."""
    tokenizer: LoadedTokenizer
    adapter_layers: list[Any] = field(default_factory=list)
    """Every module that peft put in; listed once, because to find them takes longer than to switch them."""
    tuned: Any = None
    """The trained model where it is one of its own; None for an adapter."""
    side: Side = "tuned"

    @property
    def model(self) -> Any:
        """The model that answers."""
        return self.base if self.tuned is None or self.side == "base" else self.tuned

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
    """Load what the job's run was trained on, and what it trained. Raises ModelError with the mend."""
    recipe = context.recipe()
    path = base_path(recipe, context.project_path)
    trained = context.of_run().path / ("model" if recipe.adapter.kind == "full" else "adapter")
    _check_trained(trained, recipe)
    check_base(trained, path)
    context.phase("loading", "torch, transformers and the tokenizer")
    load_transformers()
    tokenizer = load_tokenizer(path, recipe.model.revision)
    for notice in tokenizer.notices:
        context.notice(notice)
    context.phase("loading", "the base model")
    base = load_trained_base(recipe, path)
    context.phase("loading", f"the {trained.name}")
    if recipe.adapter.kind == "full":
        pair = put_beside(base, load_trained_model(recipe, trained), tokenizer)
    else:
        pair = put_adapter_on(base, trained, tokenizer)
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
    """The base as it was trained on: in 4 bit for QLoRA, which needs a GPU; its positions stretched as in training."""
    import torch

    if recipe.adapter.kind == "qlora" and not torch.cuda.is_available():
        raise ModelError("adapter.kind: a qlora adapter was trained on a 4-bit base, which needs an NVIDIA GPU")
    return load_base(recipe, Base(path, read_config(path, recipe.model.revision)))


def load_trained_model(recipe: Recipe, folder: Path) -> Any:
    """A model all of whose weights were trained. Its own config says how its positions are stretched."""
    plain = recipe.model_copy(
        update={
            "model": recipe.model.model_copy(update={"revision": ""}),
            "training": recipe.training.model_copy(update={"rope_scaling": "off"}),
        }
    )
    return load_base(plain, Base(str(folder), read_config(str(folder))))


def put_beside(base: Any, tuned: Any, tokenizer: LoadedTokenizer) -> ModelPair:
    """Two whole models."""
    for model in (base, tuned):
        model.eval()
        model.generation_config = _plain_generation(tokenizer)
    return ModelPair(base, tokenizer, tuned=tuned)


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


def _check_trained(folder: Path, recipe: Recipe) -> None:
    names = ("config.json",) if recipe.adapter.kind == "full" else ("adapter_config.json", WEIGHTS)
    for name in names:
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name}: no such file: the run saved no whole {folder.name}: train it again")


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
