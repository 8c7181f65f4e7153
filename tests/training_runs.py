"""Trainings in this process, and what of them is known beforehand: for tests of settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.dataset import open_dataset
from engine.jobs.masking import tokenise
from engine.jobs.tokenizer import base_path, load_tokenizer
from engine.jobs.train.backend import Base
from engine.jobs.train.hf import HfBackend
from engine.jobs.train.methods import Setup, choose
from engine.jobs.train.model_config import read_config
from engine.jobs.train.tally import Tally
from engine.project import Project
from engine.steps.plan import Sequences, sequences, step_tokens
from tests.mask_runs import context_of

UNCUT = 10**9


def base_of(project: Project) -> Base:
    """A project's base model."""
    path = base_path(project.recipe(), project.path)
    return Base(path, read_config(path))


def lengths_of(project: Project) -> np.ndarray:
    """Tokens of each training row that trains something, uncut; by the masking itself, and not by a training."""
    recipe = project.recipe()
    dataset = open_dataset(recipe, project.path)
    tokenizer = load_tokenizer(base_path(recipe, project.path)).tokenizer
    every = recipe.method.answers_only and recipe.method.kind != "cpt"
    rows = tokenise(tokenizer, dataset.examples.at(dataset.split.train), answers_only=every, max_length=UNCUT)
    return np.array([len(row.ids) for row in rows if any(row.trained)])


def forecast(project: Project) -> tuple[Sequences, np.ndarray]:
    """What an epoch of a project consists of, and the tokens of each step."""
    recipe = project.recipe()
    made = sequences(lengths_of(project), recipe)
    return made, step_tokens(made.lengths, recipe.training)


@dataclass
class Trained:
    """A training that was made ready, or is over."""

    trainer: Any
    tally: Tally
    data: Any
    folder: Path


def ready(project: Project, model: Any = None) -> Trained:
    """A project's trainer, in this process and without a reporter, on a model of its own where none is given."""
    import torch
    from transformers import TrainerCallback, set_seed

    torch.set_num_threads(1)  # threads that spin for each other take minutes on a busy machine
    recipe, context = project.recipe(), context_of(project)
    dataset = open_dataset(recipe, project.path)
    tokenizer = load_tokenizer(base_path(recipe, project.path))
    method, tally = choose(recipe.method.kind), Tally()
    set_seed(recipe.training.seed)
    data = method.prepare(context, recipe, dataset, tokenizer)
    trainer = method.build_trainer(
        Setup(
            recipe=recipe, project=project.path, tokenizer=tokenizer, data=data, reporter=TrainerCallback(),
            model=model if model is not None else HfBackend().load(recipe, base_of(project)).model,
            output=context.folder.path / "checkpoints", tally=tally,
        )
    )  # fmt: skip
    return Trained(trainer, tally, data, context.folder.path)
