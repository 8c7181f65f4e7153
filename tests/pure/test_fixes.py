"""Fixes: applied, each mends what it is of and brings nothing that blocks; one after another they come to an end."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.advice import Advice, advise
from engine.advice.fixing import mended
from engine.advice.rules import trackers
from engine.forecast import forecast as foresee
from engine.recipe import Recipe
from engine.situation import GpuFacts, Situation
from tests.pure.advising import GB, H100, TINY, V100, scene

MOST_FIXES = 20
"""Fixes after which nothing is left to fix, whatever a recipe says."""

A10G = GpuFacts("NVIDIA A10G", 24 * GB, 23 * GB)
SMALL = GpuFacts("NVIDIA GeForce RTX 3060", 12 * GB, 11 * GB)
LAYOUTS = {
    "sft": "messages", "cpt": "text", "dpo": "preference", "kto": "unpaired", "orpo": "preference",
    "grpo": "prompt_answer",
}  # fmt: skip
SAID: dict[str, list[Any]] = {
    "adapter.kind": ["lora", "qlora", "full"], "adapter.rank": [4, 16, 64, 128], "adapter.alpha": [8, 16, 64, 256],
    "adapter.dropout": [0, 0.1, 0.3], "adapter.rslora": [True], "adapter.dora": [True], "adapter.init": ["pissa"],
    "adapter.targets": [["attention"], ["mlp"], ["q_proj"], ["all", "lm_head"], ["lm_head"], ["query", "up_proj"]],
    "adapter.also_train": [["embed_tokens", "lm_head"]], "model.adapter": ["t#1"],
    "model.base": ["Qwen/Qwen3-4B", "meta-llama/Llama-3.1-8B-Instruct"],
    "training.learning_rate": [1e-6, 1e-5, 5e-5, 2e-4, 5e-4, 1e-3], "training.schedule": ["constant"],
    "training.warmup": [0, 0.03, 0.5, 10], "training.epochs": [1, 2, 5], "training.max_steps": [50, 1000],
    "training.micro_batch": [1, 2, 3, 8, 16, 17, 32], "training.accumulation": [1, 2, 5, 16],
    "training.max_length": [16, 512, 1024, 8192, 16384], "training.packing": [True],
    "training.rope_scaling": ["off", "linear"], "training.precision": ["bf16", "fp16", "fp32"],
    "training.gradient_checkpointing": ["off"], "training.optimiser": ["adamw", "paged_adamw"],
    "training.patience": [3, 12], "training.evaluate_every": [0.34, 0.5, 20], "training.save_every": [30, 0.2],
    "training.weight_decay": [0.3], "data.split.validation": [0, 0.85], "data.split.by": ["stratified", "time"],
    "hardware.backend": ["hf", "unsloth"], "hardware.gpus": [2], "hardware.gpu": ["H100", "MI300X"],
    "readiness.task": ["classification", "extraction", "code", "style", "reasoning", "one_off"],
    "evaluation.metric": ["token_f1", "json_fields"], "evaluation.rows": [50, 600], "evaluation.threshold": [1],
    "method.grpo.generations": [2, 3], "method.grpo.max_new_tokens": [256, 1000, 2048],
    "method.preference.label_smoothing": [0.1], "method.preference.loss": ["robust"],
    "method.answers_only": [False], "rewards": [[{"kind": "exact"}], [{"kind": "regex", "pattern": "("}]],
}  # fmt: skip
"""What a recipe may say beside its method: values that rules speak of."""


@dataclass(frozen=True)
class Run:
    """A recipe in a situation."""

    recipe: Recipe
    situation: Situation

    def __repr__(self) -> str:
        facts = self.situation
        where = [gpu.name for gpu in facts.gpus], facts.unsloth, facts.data.train, facts.data.format
        return f"{self.recipe.model_dump(exclude_defaults=True)} in {where}"

    @property
    def advice(self) -> tuple[Advice, ...]:
        return advise(self.recipe, self.situation, foresee(self.recipe, self.situation))

    def after(self, one: Advice) -> "Run":
        assert one.fix is not None
        return Run(mended(self.recipe, one.fix), self.situation)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    method = draw(st.sampled_from(["sft", *LAYOUTS]))
    said = {key: draw(st.sampled_from(SAID[key])) for key in draw(st.sets(st.sampled_from(sorted(SAID)), max_size=8))}
    layout = draw(st.sampled_from([LAYOUTS[method]] * 4 + sorted(LAYOUTS.values())))
    rows = draw(st.sampled_from([10, 15, 50, 150, 300, 700, 2000]))
    longest = draw(st.sampled_from([100, 500, 3000, 12_000]))
    tokens = np.linspace(30, longest, rows).astype(np.int32)
    gpus = draw(st.sampled_from([(), (H100,), (A10G,), (SMALL,), (V100,)]))
    facts: dict[str, Any] = {"model_config": TINY} if draw(st.booleans()) else {}
    kept_out = 0 if said.get("data.split.validation") == 0 else max(1, rows // 10)
    found = scene(
        {"method.kind": method} | said, train=rows, validation=kept_out, held_out=rows // 10, format=layout,
        lengths=np.random.default_rng(rows).permutation(tokens), exact=draw(st.booleans()), gpus=gpus,
        unsloth=bool(gpus) and draw(st.booleans()), **facts,
    )  # fmt: skip
    return Run(found.recipe, found.situation)


@pytest.fixture(autouse=True)
def no_tracker_is_installed(monkeypatch):
    monkeypatch.setattr(trackers, "installed", lambda name: False)


random_runs = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(runs())
@random_runs
def test_a_fix_mends_what_it_is_of_and_brings_nothing_that_blocks(run: Run):
    before = run.advice
    blocked = {one.code for one in before if one.blocking}
    for one in before:
        if one.fix is None:
            continue
        after = run.after(one).advice
        assert one.code not in [found.code for found in after], (one.code, one.fix)
        assert {found.code for found in after if found.blocking} <= blocked, (one.code, one.fix)


@given(runs())
@random_runs
def test_fixes_one_after_another_come_to_an_end(run: Run):
    applied: list[str] = []
    seen = [run.recipe]
    while (one := next((one for one in run.advice if one.fix is not None), None)) is not None:
        run = run.after(one)
        applied.append(one.code)
        assert run.recipe not in seen, f"a circle: {applied}"
        assert len(applied) <= MOST_FIXES, applied
        seen.append(run.recipe)
