"""For every rule a scene in which it fires, and one close to it in which it does not."""

from dataclasses import dataclass, field, fields

import numpy as np

from engine.advice.named import AdapterFacts, Looked, Named
from engine.recipe.rewards import PythonReward, RegexReward
from engine.situation import Situation
from tests.pure.advising import GB, MEND, TINY, V100, Scene, dollars, forecast, hours, lengths, scene

GRPO = {"method.kind": "grpo", "rewards": [{"kind": "exact"}]}
DPO = {"method.kind": "dpo"}
PAIRS = {"format": "preference"}
TIGHT, OVER = forecast(verdict="tight", mends=(MEND,)), forecast(verdict="will not fit", mends=(MEND,))


@dataclass(frozen=True)
class LookedScene(Scene):
    """A scene in which the files that the recipe names were looked at too."""

    named: Named = field(default_factory=Named)

    @property
    def situation(self) -> Looked:
        found = super().situation
        return Looked(**{known.name: getattr(found, known.name) for known in fields(Situation)}, named=self.named)


def going_on(said: dict[str, object] | None = None, **found: object) -> LookedScene:
    """A scene whose recipe goes on from `tone#1`, of which this was found."""
    facts = AdapterFacts("tone#1", "models/llama", **{"rank": 16, "alpha": 16.0} | found)  # type: ignore[arg-type]
    return LookedScene({"model.adapter": "tone#1"} | (said or {}), named=Named(adapter=facts))


def rewarded(kind: dict[str, object], *problems: str) -> LookedScene:
    """A scene of grpo with a reward of which this was found."""
    reward = {"regex": RegexReward, "python": PythonReward}[str(kind["kind"])].model_validate(kind)
    said = {"method.kind": "grpo", "rewards": [kind]}
    return LookedScene(said, {"format": "prompt_answer"}, named=Named(rewards=(reward,), reward_problems=problems))


FIRES: dict[str, tuple[Scene, Scene]] = {
    # rows
    "rows_very_few": (scene(train=99), scene(train=100)),
    "rows_few": (scene(train=199), scene(train=200)),
    "rows_below_task": (scene({"readiness.task": "code"}, train=999), scene({"readiness.task": "code"}, train=1000)),
    "data_unusable": (
        scene(train=0, problem="data.curate step 1 (balance): 900 different answers are no classes", unusable=True),
        scene(train=0, problem="the rows have not been read yet: open the Data pane, or `ttune data show`"),
    ),
    "tokens_few": (
        scene({"method.kind": "cpt"}, format="text", lengths=lengths(200, 700)),
        scene({"method.kind": "cpt"}, format="text", lengths=lengths(200, 900)),
    ),
    "class_small": (scene(labels=(("a", 900), ("b", 49))), scene(labels=(("a", 900), ("b", 50)))),
    "class_imbalance": (scene(labels=(("a", 501), ("b", 100))), scene(labels=(("a", 500), ("b", 100)))),
    # findings
    "rows_unusable": (scene(findings={"bad_lines": 3}), scene(findings={"duplicates": 3})),
    "rows_untrained": (scene(findings={"nothing_trained": 3, "template": 1}), scene(findings={"answer_cut": 3})),
    "pairs_alike": (
        scene(DPO, alike=np.arange(2000) < 20, **PAIRS), scene(DPO, alike=np.arange(2000) < 19, **PAIRS),
    ),
    "rows_endless": (scene(findings={"no_end": 120}), scene(findings={"no_end": 110})),
    "duplicates": (
        scene(findings={"duplicates": 3}),
        scene({"data.curate": [{"step": "drop_duplicates"}]}, findings={"duplicates": 3}),
    ),
    "near_duplicates": (
        scene(findings={"near_duplicates": 500}),
        scene({"data.curate": [{"step": "drop_near_duplicates"}]}, findings={"near_duplicates": 500}),
    ),
    "contradictions": (scene(findings={"contradictions": 2}), scene(findings={"contradictions": 0})),
    "personal_data": (
        scene(findings={"secrets": 1, "personal_data": 7}),
        scene({"data.curate": [{"step": "personal_data"}]}, findings={"secrets": 1}),
    ),
    "leakage": (scene(findings={"near_leakage": 2}), scene(findings={"near_leakage": 0})),
    "contamination": (scene(findings={"benchmarks": 5}), scene()),
    "rows_odd": (scene(findings={"too_short": 4, "language": 2}), scene(findings={"few_rows": 0})),
    # split
    "validation_none": (scene({"data.split.validation": 0}), scene({"data.split.validation": 0} | GRPO)),
    "validation_few": (scene(validation=19), scene(validation=20)),
    "held_out_none": (scene({"data.split.held_out": 0}, held_out=0), scene({"data.held_out": "h.jsonl"}, held_out=0)),
    "held_out_few": (scene(held_out=99), scene(held_out=100)),
    "held_out_is_source": (
        scene({"data.source": "data/rows.jsonl", "data.held_out": "./data/rows.jsonl"}),
        scene({"data.source": "data/rows.jsonl", "data.held_out": "data/held-out.jsonl"}),
    ),
    "split_large": (
        scene({"data.split.validation": 0.85}), scene({"data.split.validation": 0.2, "data.split.held_out": 0.3}),
    ),
    "split_unstratified": (
        scene(labels=(("a", 1900), ("b", 40))),
        scene({"data.split.by": "stratified"}, labels=(("a", 1900), ("b", 40))),
    ),
    "split_field_missing": (
        scene({"data.split.by": "time"}), scene({"data.split.by": "time", "data.split.field": "date"}),
    ),
    "split_seed": (scene({"data.split.seed": 1}), scene({"training.seed": 1})),
    # evaluation
    "threshold_none": (scene({"evaluation.threshold": None}), scene()),
    "threshold_in_noise": (scene({"evaluation.threshold": 1}), scene({"evaluation.threshold": 4})),
    "evaluation_few": (scene({"evaluation.rows": 99}), scene({"evaluation.rows": 100})),
    "evaluation_many": (scene({"evaluation.rows": 600}, held_out=600), scene({"evaluation.rows": 600}, held_out=500)),
    "metric_too_strict": (
        scene({"readiness.task": "dialogue"}),
        scene({"readiness.task": "dialogue", "evaluation.metric": "token_f1"}),
    ),
    "metric_of_extraction": (
        scene({"readiness.task": "extraction"}),
        scene({"readiness.task": "extraction", "evaluation.metric": "json_fields"}),
    ),
    "evaluation_cut": (scene(trained=lengths(10, 400)), scene(trained=lengths(10, 250))),
    # rate
    "rate_high": (scene({"training.learning_rate": 4e-4}), scene({"training.learning_rate": 3e-4})),
    "rate_low": (
        scene({"training.learning_rate": 5e-5, "adapter.kind": "qlora"}), scene({"training.learning_rate": 5e-5}),
    ),
    "rate_small_set": (
        scene({"training.learning_rate": 2e-4}, train=800),
        scene({"training.learning_rate": 2e-4, "training.accumulation": 16}, train=800),
    ),
    "rate_of_batch": (scene({"training.accumulation": 8}), scene({"training.accumulation": 6})),
    "schedule_constant": (scene({"training.schedule": "constant"}), scene({"training.schedule": "linear"})),
    "warmup_none": (scene({"training.warmup": 0}), scene({"training.warmup": 5})),
    "warmup_long": (scene({"training.warmup": 200}), scene({"training.warmup": 10})),
    # epochs
    "epochs_small_set": (scene(train=499), scene({"training.epochs": 2}, train=499)),
    "epochs_large_set": (scene({"training.epochs": 4}, train=10_000), scene({"training.epochs": 3}, train=10_000)),
    "epochs_many": (scene({"training.epochs": 4}), scene({"training.epochs": 4, "training.max_steps": 100})),
    "epochs_preference": (scene(DPO, **PAIRS), scene(DPO | {"training.epochs": 1}, **PAIRS)),
    "steps_few": (scene({"training.max_steps": 6}), scene()),
    # adapter
    "full_seldom": (scene({"adapter.kind": "full"}), scene({"adapter.kind": "full"}, model_config=TINY)),
    "rank_simple_task": (
        scene({"readiness.task": "classification", "adapter.rank": 32, "adapter.alpha": 32}),
        scene({"readiness.task": "extraction", "adapter.rank": 32, "adapter.alpha": 32}),
    ),
    "rank_high": (scene({"adapter.rank": 128, "adapter.alpha": 256}), scene({"adapter.rank": 64, "adapter.alpha": 64})),
    "alpha_off": (scene({"adapter.alpha": 64}), scene({"adapter.alpha": 32})),
    "rslora_scale": (
        scene({"adapter.rank": 64, "adapter.alpha": 128, "adapter.rslora": True}),
        scene({"adapter.rank": 64, "adapter.alpha": 128}),
    ),
    "dropout_high": (scene({"adapter.dropout": 0.2}), scene({"adapter.dropout": 0.1})),
    "dropout_slow": (scene({"adapter.dropout": 0.1}), scene({"adapter.dropout": 0.1, "hardware.backend": "hf"})),
    "dropout_small_set": (scene(train=400), scene({"training.epochs": 2}, train=400)),
    "dora_slow": (scene({"adapter.dora": True}), scene({"adapter.dora": True}, unsloth=False)),
    "pissa_quantised": (
        scene({"adapter.init": "pissa", "adapter.kind": "qlora"}), scene({"adapter.init": "pissa"}),
    ),
    "pissa_conflict": (scene({"adapter.init": "pissa", "adapter.dora": True}), scene({"adapter.init": "pissa"})),
    "targets_partial": (scene({"adapter.targets": ["attention"]}), scene({"adapter.targets": ["attention", "mlp"]})),
    "lm_head_unread": (
        scene(DPO | {"adapter.targets": ["all", "lm_head"]}, **PAIRS), scene({"adapter.targets": ["all", "lm_head"]}),
    ),
    "targets_missing": (
        scene({"adapter.targets": ["q_proj", "query"]}), scene({"adapter.targets": ["q_proj", "up_proj"]}),
    ),
    # backend
    "gpu_unknown": (
        scene({"hardware.gpu": "Mystery 9"}, forecast=forecast(gpu="", reason="hardware.gpu: Mystery 9 is no name")),
        scene({"hardware.gpu": "H100"}, forecast=forecast()),
    ),
    "unsloth_unavailable": (
        scene({"hardware.backend": "unsloth"}, unsloth=False), scene({"hardware.backend": "unsloth"}),
    ),
    "unsloth_unable": (
        scene({"hardware.backend": "unsloth", "adapter.dora": True}), scene({"adapter.dora": True}),
    ),
    "unsloth_absent": (scene(unsloth=False), scene({"hardware.backend": "hf"}, unsloth=False)),
    "gpus_many": (scene({"hardware.gpus": 2}), scene()),
    # batch
    "batch_small": (scene({"training.accumulation": 1}), scene({"training.accumulation": 2})),
    "batch_large": (scene({"training.accumulation": 32}), scene({"training.accumulation": 16})),
    "batch_over_rows": (scene(train=15), scene(train=16)),
    "micro_batch_large": (
        scene({"training.micro_batch": 32, "training.accumulation": 1}),
        scene({"training.micro_batch": 16, "training.accumulation": 1}),
    ),
    "micro_batch_small": (
        scene({"training.micro_batch": 1, "training.accumulation": 16}, forecast=forecast(vram_bytes=20 * GB)),
        scene({"training.micro_batch": 1, "training.accumulation": 16}, forecast=forecast(vram_bytes=40 * GB)),
    ),
    # optimiser
    "decay_high": (scene({"training.weight_decay": 0.2}), scene({"training.weight_decay": 0.1})),
    "optimiser_on_cpu": (scene(gpus=()), scene({"training.optimiser": "adamw"}, gpus=())),
    "optimiser_wide": (
        scene({"training.optimiser": "adamw", "adapter.kind": "full"}, forecast=TIGHT),
        scene({"training.optimiser": "adamw"}, forecast=TIGHT),
    ),
    "optimiser_paged": (scene({"adapter.kind": "full"}, forecast=TIGHT), scene({"adapter.kind": "full"})),
    "precision_fp16": (scene({"training.precision": "fp16"}), scene({"training.precision": "fp16"}, gpus=(V100,))),
    "precision_no_bf16": (scene({"training.precision": "bf16"}, gpus=(V100,)), scene({"training.precision": "bf16"})),
    "precision_fp16_on_cpu": (scene({"training.precision": "fp16"}, gpus=()), scene({"training.precision": "fp16"})),
    "precision_wide": (scene({"training.precision": "fp32"}), scene({"training.precision": "fp32"}, gpus=())),
    # length
    "answers_lost": (
        scene({"training.max_length": 512}, trained=lengths(90, 90)),
        scene({"training.max_length": 1400}, trained=lengths(90, 90)),
    ),
    "answers_lost_likely": (scene({"training.max_length": 64}), scene({"training.max_length": 128})),
    "rows_cut": (scene(lengths=lengths(100, 3000)), scene(lengths=lengths(100, 2048))),
    "length_unused": (scene({"training.max_length": 8192}), scene({"training.max_length": 4096})),
    "length_stretched": (scene({"training.max_length": 16384}), scene({"training.max_length": 8192})),
    "rope_off": (
        scene({"training.max_length": 16384, "training.rope_scaling": "off"}), scene({"training.rope_scaling": "off"}),
    ),
    "packing_unable": (scene(DPO | {"training.packing": True}, **PAIRS), scene({"training.packing": True})),
    "packing_helps": (
        scene(train=20_000, lengths=lengths(50, 150, 20_000)), scene(train=2000, lengths=lengths(50, 150)),
    ),
    "packing_few_steps": (
        scene({"training.packing": True}, lengths=lengths(20, 30)),
        scene({"training.packing": True}, lengths=lengths(50, 150)),
    ),
    # memory
    "memory_over": (scene(forecast=OVER), scene(forecast=TIGHT)),
    "memory_tight": (scene(forecast=TIGHT), scene(forecast=forecast())),
    "checkpointing_off": (
        scene({"training.gradient_checkpointing": "off"}, forecast=TIGHT),
        scene({"training.gradient_checkpointing": "off"}, forecast=forecast()),
    ),
    "gpu_missing": (scene(gpus=()), scene(gpus=(), model_config=TINY)),
    "qlora_without_gpu": (scene({"adapter.kind": "qlora"}, gpus=()), scene({"adapter.kind": "qlora"})),
    "lora_fits": (
        scene({"adapter.kind": "qlora"}, forecast=forecast(vram_bytes=12 * GB)),
        scene({"adapter.kind": "qlora"}, forecast=forecast(vram_bytes=60 * GB)),
    ),
    "host_memory_low": (scene(gpus=(), host_free_bytes=8 * GB), scene(host_free_bytes=8 * GB)),
    "disk_low": (
        scene(disk_free_bytes=GB, forecast=forecast(disk_bytes=2 * GB)), scene(forecast=forecast(disk_bytes=2 * GB)),
    ),
    # method
    "rows_not_for_method": (scene(DPO), scene(DPO, **PAIRS)),
    "judged_rows_imitated": (scene(**PAIRS), scene({"method.allow": ["chosen_only"]}, **PAIRS)),
    "texts_as_answers": (scene(format="text"), scene({"method.kind": "cpt"}, format="text")),
    "answers_as_texts": (scene({"method.kind": "cpt"}), scene({"method.kind": "cpt"}, format="text")),
    "prompts_trained": (scene({"method.answers_only": False}), scene({"method.answers_only": False}, format="text")),
    "reasoning_by_imitation": (
        scene({"readiness.task": "reasoning"}),
        scene({"readiness.task": "reasoning"} | GRPO, format="prompt_answer"),
    ),
    # preference
    "dpo_without_sft": (
        scene(DPO, **PAIRS), scene(DPO | {"model.adapter": "tone#1"}, model_adapter_method="sft", **PAIRS),
    ),
    "beta_far": (
        scene(DPO | {"method.preference.beta": 0.01}, **PAIRS), scene(DPO | {"method.preference.beta": 0.3}, **PAIRS),
    ),
    "robust_without_smoothing": (
        scene(DPO | {"method.preference.loss": "robust"}, **PAIRS),
        scene(DPO | {"method.preference.loss": "robust", "method.preference.label_smoothing": 0.1}, **PAIRS),
    ),
    "kto_weights": (
        scene({"method.kind": "kto"}, format="unpaired", labels=(("true", 1500), ("false", 500))),
        scene({"method.kind": "kto"}, format="unpaired", labels=(("true", 1100), ("false", 900))),
    ),
    "smoothing_unused": (
        scene(DPO | {"method.preference.label_smoothing": 0.1}, **PAIRS),
        scene(DPO | {"method.preference.label_smoothing": 0.1, "method.preference.loss": "robust"}, **PAIRS),
    ),
    "kto_micro_batch": (
        scene({"method.kind": "kto", "training.micro_batch": 1}, format="unpaired"),
        scene({"method.kind": "kto", "training.micro_batch": 2}, format="unpaired"),
    ),
    # grpo
    "prompt_room": (
        scene(GRPO | {"method.grpo.max_new_tokens": 2048}), scene(GRPO | {"method.grpo.max_new_tokens": 1024}),
    ),
    "rewards_missing": (scene({"method.kind": "grpo"}, format="prompt_answer"), scene(GRPO, format="prompt_answer")),
    "rewards_unused": (scene({"rewards": [{"kind": "exact"}]}), scene(GRPO, format="prompt_answer")),
    "rewards_all_penalties": (
        scene(GRPO | {"rewards": [{"kind": "exact", "weight": -1.0}]}),
        scene(GRPO | {"rewards": [{"kind": "exact", "weight": -1.0}, {"kind": "exact"}]}),
    ),
    "generations_uneven": (scene(GRPO | {"training.accumulation": 3}), scene(GRPO | {"training.accumulation": 2})),
    "generations_few": (scene(GRPO | {"method.grpo.generations": 2}), scene(GRPO | {"method.grpo.generations": 4})),
    "prompts_cut": (
        scene(GRPO | {"method.grpo.max_new_tokens": 1000, "training.max_length": 1024}, format="prompt_answer"),
        scene(GRPO | {"method.grpo.max_new_tokens": 800, "training.max_length": 1024}, format="prompt_answer"),
    ),
    "prompts_few": (
        scene(GRPO | {"training.accumulation": 64}, train=31, format="prompt_answer"),
        scene(GRPO | {"training.accumulation": 64}, train=32, format="prompt_answer"),
    ),
    "reward_broken": (
        rewarded({"kind": "python", "file": "mine.py"}, "rewards: the python reward (number 1): file: mine.py: gone"),
        rewarded({"kind": "python", "file": "mine.py"}),
    ),
    "sampling_cold": (scene(GRPO | {"method.grpo.temperature": 0.2}), scene(GRPO | {"method.grpo.temperature": 0.7})),
    # model
    "chat_template_missing": (scene(model_chat_template=False), scene(model_chat_template=False, format="text")),
    "base_of_task": (
        scene({"model.base": "meta-llama/Llama-3.1-8B-Instruct", "readiness.task": "code"}),
        scene({"model.base": "Qwen/Qwen2.5-Coder-7B-Instruct", "readiness.task": "code"}),
    ),
    "revision_unpinned": (
        scene({"model.base": "Qwen/Qwen3-4B"}, model_weight_bytes=None),
        scene({"model.base": "Qwen/Qwen3-4B", "model.revision": "1cfa9a7"}, model_weight_bytes=None),
    ),
    "adapter_unfit": (going_on(rank=32), going_on()),
    "adapter_of_full": (
        scene({"adapter.kind": "full", "model.adapter": "tone#1"}), scene({"model.adapter": "tone#1"}),
    ),
    # purpose
    "task_is_retrieval": (
        scene({"readiness.task": "questions_about_documents"}), scene({"readiness.task": "dialogue"}),
    ),
    "task_is_one_off": (scene({"readiness.task": "one_off"}), scene()),
    "task_unstable": (scene({"readiness.stable": "no"}), scene({"readiness.stable": "yes"})),
    "prompt_is_enough": (
        scene({"readiness.prompt_score": 64, "readiness.target_score": 80}),
        scene({"readiness.prompt_score": 63, "readiness.target_score": 80}),
    ),
    "served_nowhere": (
        scene({"readiness.stable": "yes"}), scene({"readiness.stable": "yes", "readiness.served_on": "vLLM"}),
    ),
    "general_data_missing": (
        scene({"readiness.task": "classification"}),
        scene({"readiness.task": "classification", "data.curate": [{"step": "mix", "source": "general.jsonl"}]}),
    ),
    "mix_large": (
        scene({"data.curate": [{"step": "mix", "source": "general.jsonl", "share": 0.9}]}),
        scene({"data.curate": [{"step": "mix", "source": "general.jsonl", "share": 0.3}]}),
    ),
    # money
    "budget_cost": (
        scene({"budget.limit": 5}, forecast=forecast(cost=dollars(6))),
        scene({"budget.limit": 5}, forecast=forecast(cost=dollars(4))),
    ),
    "budget_hours": (
        scene({"budget.hours": 1}, forecast=forecast(seconds=hours(2))),
        scene({"budget.hours": 1}, forecast=forecast(seconds=hours(0.5))),
    ),
    "price_unknown": (
        scene({"budget.limit": 5}, forecast=forecast()),
        scene({"budget.limit": 5, "budget.price_per_hour": 2}, forecast=forecast()),
    ),
    # trackers: `absent` is no package (see the test that says so)
    "trackers_missing": (scene({"trackers.use": ["mlflow"]}), scene()),
    # checkpoints
    "saves_off": (
        scene({"training.evaluate_every": 20, "training.save_every": 30}),
        scene({"training.evaluate_every": 20, "training.save_every": 40}),
    ),
    "patience_blind": (
        scene({"training.patience": 3, "data.split.validation": 0}), scene({"training.patience": 3}),
    ),
    "patience_none": (
        scene({"training.epochs": 5}), scene({"training.epochs": 5, "training.patience": 3}),
    ),
    "patience_endless": (scene({"training.patience": 12}), scene({"training.patience": 3})),
    "evaluations_few": (scene({"training.evaluate_every": 0.3}), scene({"training.evaluate_every": 0.2})),
    "evaluations_many": (scene({"training.evaluate_every": 2}), scene({"training.evaluate_every": 20})),
    # accepting
    "accepted_unknown": (
        scene({"advice.accepted": {"rank_hihg": "a strong change"}}),
        scene({"advice.accepted": {"rank_high": "a strong change"}}),
    ),
    "accepted_unreasoned": (
        scene({"advice.accepted": {"rank_high": " "}}), scene({"advice.accepted": {"rank_high": "because"}}),
    ),
    "accepted_in_vain": (
        scene({"advice.accepted": {"gpus_many": "there will be"}}),
        scene({"advice.accepted": {"budget_cost": "it is worth it"}}),
    ),
}  # fmt: skip
"""By code: where the rule fires, and where it does not."""
