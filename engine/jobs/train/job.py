"""A train job from top to bottom: refuse what cannot be, choose a backend, tokenise, load, train, save."""

import shutil
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.jobs.context import JobContext, Stopped
from engine.jobs.opening import open_data
from engine.jobs.tokenizer import LoadedTokenizer, base_path, load_tokenizer
from engine.jobs.train.backend import Backend, Base, LoadedModel, choose, gpu_name, has_bf16, make
from engine.jobs.train.data import FOLDER
from engine.jobs.train.methods import Data, Setup
from engine.jobs.train.methods import choose as choose_method
from engine.jobs.train.model_config import read_config
from engine.jobs.train.rope import said, scaling
from engine.jobs.train.settings import check_machine, check_rows, check_settings, replaced
from engine.jobs.train.starting import starting_adapter
from engine.jobs.train.tally import Tally
from engine.protocol import BackendChosen, ModelLoaded, PhaseStarted
from engine.recipe import Recipe
from engine.steps import planned_steps, steps_per_epoch


def run(context: JobContext) -> None:
    """Train as the frozen recipe says; the best checkpoint and the adapter (or model) stay in the job's folder."""
    recipe = context.recipe()
    check_settings(recipe)
    method = choose_method(recipe.method.kind)
    dataset = open_data(context, recipe)
    base = _base(context, recipe)
    check_rows(recipe, len(dataset.split.validation), base.path)
    backend = _backend(context, recipe, base)

    tokenizer = _tokenizer(context, recipe, base)
    context.phase("tokenising", f"{len(dataset.examples)} rows")
    data = method.prepare(context, recipe, dataset, tokenizer)
    steps = planned_steps(data.train_rows, recipe.training)
    check_rows(recipe, data.validation_rows, base.path, steps=steps)
    loaded = _load_model(context, backend, recipe, base)
    _train(context, recipe, base, _Parts(method, data, tokenizer, loaded, backend.compiles))


class _Parts:
    """All that a training is put together from."""

    def __init__(
        self, method: Any, data: Data, tokenizer: LoadedTokenizer, loaded: LoadedModel, compiles: bool
    ) -> None:
        self.method, self.data, self.tokenizer, self.loaded, self.compiles = method, data, tokenizer, loaded, compiles


def _train(context: JobContext, recipe: Recipe, base: Base, parts: _Parts) -> None:
    from engine.jobs.train.pissa import begin
    from engine.jobs.train.reporter import Reporter
    from engine.jobs.train.trackers import tracker_callbacks

    tally = Tally()
    reporter = Reporter(
        context,
        tally,
        compiles=parts.compiles,
        steps_per_epoch=steps_per_epoch(parts.data.train_rows, recipe.training),
        validation_rows=parts.data.validation_rows,
    )
    start = begin(parts.loaded.model)
    trainer = parts.method.build_trainer(
        Setup(
            recipe=recipe, project=context.project_path, model=parts.loaded.model, tokenizer=parts.tokenizer,
            data=parts.data, output=context.folder.path / "checkpoints", reporter=reporter, tally=tally,
            in_one_line=parts.loaded.in_one_line,
        )
    )  # fmt: skip
    for callback in tracker_callbacks(context, recipe, trainer.args):
        trainer.add_callback(callback)
    context.check_stop()
    try:
        trainer.train()
    finally:
        shutil.rmtree(context.folder.path / FOLDER, ignore_errors=True)
    if reporter.diverged_at != 1:
        _save(context, recipe, trainer, parts.tokenizer.tokenizer, base.path, start)
    _refuse_divergence(recipe, reporter.diverged_at)


def _refuse_divergence(recipe: Recipe, step: int | None) -> None:
    if step == 1:
        raise ModelError(
            f"{recipe.model.base}: the loss is no number from the first step: "
            "the model's weights are broken, or training.precision does not suit it"
        )
    if step is not None:
        raise ModelError(f"training.learning_rate: the loss is no number since step {step}: lower it")


def _base(context: JobContext, recipe: Recipe) -> Base:
    """What is loaded. Raises ModelError when it is not there, or not as the recipe wants it."""
    path = base_path(recipe, context.project_path)
    config = read_config(path, recipe.model.revision)
    scaling(config, recipe.training)
    return Base(path, config, starting_adapter(recipe, context.project_path, path))


def _backend(context: JobContext, recipe: Recipe, base: Base) -> Backend:
    gpu = gpu_name()
    check_machine(recipe, gpu, bf16=has_bf16())
    choice = choose(recipe, gpu, base.config)
    context.emit(BackendChosen(backend=choice.name, reason=choice.reason))
    for line in [*replaced(recipe, gpu), said(base.config, recipe.training)]:
        if line:
            context.notice(line)
    if choice.name == "unsloth":
        context.phase("loading", "importing unsloth, usually 10 to 30 s")
    return make(choice)


def _tokenizer(context: JobContext, recipe: Recipe, base: Base) -> LoadedTokenizer:
    context.phase("loading", "the tokenizer")
    tokenizer = load_tokenizer(base.path, recipe.model.revision)
    for notice in tokenizer.notices:
        context.notice(notice)
    return tokenizer


def _load_model(context: JobContext, backend: Backend, recipe: Recipe, base: Base) -> LoadedModel:
    from transformers import set_seed

    context.phase("loading", "the base model" + (f" and {recipe.model.adapter}" if base.adapter else ""))
    set_seed(recipe.training.seed)
    loaded = backend.load(recipe, base)
    parameters = list(loaded.model.parameters())
    context.emit(
        ModelLoaded(
            name=recipe.model.base,
            parameters=sum(_size(parameter) for parameter in parameters),
            trainable=sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
            device=loaded.device,
            dtype=loaded.dtype,
        )
    )
    return loaded


def _size(parameter: Any) -> int:
    """Weights in a parameter; bitsandbytes packs two 4-bit weights in a byte."""
    packed = type(parameter).__name__ == "Params4bit"
    return int(parameter.numel()) * (2 * parameter.element_size() if packed else 1)


def _save(context: JobContext, recipe: Recipe, trainer: Any, tokenizer: Any, base: str, start: Any) -> None:
    """Keep what was trained as it was at the best step, or at the last where none was measured."""
    from engine.jobs.train.adapter import save_trained

    step = trainer.state.global_step
    if step == 0:
        raise Stopped("stopped before the first step was complete: there is nothing to save")
    what = "model" if recipe.adapter.kind == "full" else "adapter"
    context.emit(PhaseStarted(phase="saving", detail=f"the {what}"))
    best = _best_step(trainer) or step
    saved = save_trained(trainer.model, tokenizer, base, context.folder.path / what, best, start)
    context.emit(saved, sync=True)
    if context.stop_requested and step < trainer.state.max_steps:
        kept = f"the {what}" if best == step else f"the {what} of step {best}, the best by validation loss,"
        raise Stopped(f"stopped at step {step}: {kept} and a checkpoint of step {step} are saved and verified")


def _best_step(trainer: Any) -> int | None:
    """The step whose checkpoint the trainer went back to; None where it went back to none."""
    best = trainer.state.best_model_checkpoint
    return int(Path(best).name.rpartition("-")[2]) if best else None
