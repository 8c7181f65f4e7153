"""A train job from top to bottom: choose a backend, load, tokenise, train, save."""

import shutil
from typing import Any

from engine.errors import ModelError
from engine.jobs.context import JobContext, Stopped
from engine.jobs.opening import open_data
from engine.jobs.tokenizer import base_path, load_tokenizer
from engine.jobs.train.backend import Backend, LoadedModel, choose, gpu_name, make
from engine.jobs.train.data import FOLDER
from engine.jobs.train.methods import Setup
from engine.jobs.train.methods import choose as choose_method
from engine.jobs.train.tally import Tally
from engine.protocol import BackendChosen, ModelLoaded, PhaseStarted
from engine.recipe import Recipe
from engine.steps import steps_per_epoch


def run(context: JobContext) -> None:
    """Train the frozen recipe's adapter; best checkpoint and adapter stay in the job's folder."""
    recipe = context.recipe()
    method = choose_method(recipe.method.kind)
    dataset = open_data(context, recipe)
    backend = _backend(context, recipe)
    path = base_path(recipe, context.project_path)

    context.phase("loading", "the tokenizer")
    tokenizer = load_tokenizer(path)
    for notice in tokenizer.notices:
        context.notice(notice)
    context.phase("tokenising", f"{len(dataset.examples)} rows")
    data = method.prepare(context, recipe, dataset, tokenizer)
    loaded = _load_model(context, backend, recipe, path)

    from engine.jobs.train.reporter import Reporter

    tally = Tally()
    reporter = Reporter(
        context,
        tally,
        compiles=backend.compiles,
        steps_per_epoch=steps_per_epoch(data.train_rows, recipe.training),
        validation_rows=data.validation_rows,
    )
    trainer = method.build_trainer(
        Setup(
            recipe=recipe, project=context.project_path, model=loaded.model, tokenizer=tokenizer, data=data,
            output=context.folder.path / "checkpoints", reporter=reporter, tally=tally,
        )
    )  # fmt: skip
    context.check_stop()
    try:
        trainer.train()
    finally:
        shutil.rmtree(context.folder.path / FOLDER, ignore_errors=True)
    if reporter.diverged_at != 1:
        _save(context, trainer, tokenizer.tokenizer, path)
    _refuse_divergence(recipe, reporter.diverged_at)


def _refuse_divergence(recipe: Recipe, step: int | None) -> None:
    if step == 1:
        raise ModelError(
            f"{recipe.model.base}: the loss is no number from the first step: "
            "the model's weights are broken, or training.precision does not suit it"
        )
    if step is not None:
        raise ModelError(f"training.learning_rate: the loss is no number since step {step}: lower it")


def _backend(context: JobContext, recipe: Recipe) -> Backend:
    choice = choose(recipe, gpu_name())
    context.emit(BackendChosen(backend=choice.name, reason=choice.reason))
    if choice.name == "unsloth":
        context.phase("loading", "importing unsloth, usually 10 to 30 s")
    return make(choice)


def _load_model(context: JobContext, backend: Backend, recipe: Recipe, path: str) -> LoadedModel:
    from transformers import set_seed

    context.phase("loading", "the base model")
    set_seed(recipe.training.seed)
    loaded = backend.load(recipe, path)
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


def _save(context: JobContext, trainer: Any, tokenizer: Any, base: str) -> None:
    """Keep the adapter of the best step, or of the last where none was measured."""
    from engine.jobs.train.adapter import save_adapter

    step = trainer.state.global_step
    if step == 0:
        raise Stopped("stopped before the first step was complete: there is nothing to save")
    context.emit(PhaseStarted(phase="saving", detail="the adapter"))
    best = trainer.state.best_global_step or step
    saved = save_adapter(trainer.model, tokenizer, base, context.folder.adapter, best)
    context.emit(saved, sync=True)
    if context.stop_requested and step < trainer.state.max_steps:
        kept = "the adapter" if best == step else f"the adapter of step {best}, the best by validation loss,"
        raise Stopped(f"stopped at step {step}: {kept} and a checkpoint of step {step} are saved and verified")
