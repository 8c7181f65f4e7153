"""What training refuses blocks in advice too; what a machine, a model or a name makes untrue is not said."""

from dataclasses import replace

import pytest

from engine.advice import advise
from engine.advice.fixing import mended
from engine.advice.gpu_names import has_bf16
from engine.backends import unsloth_cannot
from engine.forecast import forecast as foresee
from engine.situation import GpuFacts
from tests.pure.advice_scenes import GRPO, PAIRS, TIGHT, going_on
from tests.pure.advising import GB, H100, LLAMA_8B, TINY, V100, Scene, forecast, scene

DPO = {"method.kind": "dpo"}
KTO = {"method.kind": "kto"}
QWEN = {"model.base": "Qwen/Qwen3-4B"}
GEMMA = LLAMA_8B | {"model_type": "gemma2"}
YARN = LLAMA_8B | {
    "model_type": "qwen2", "max_position_embeddings": 32_768, "rope_scaling": {"type": "yarn", "factor": 4.0},
}  # fmt: skip
UNSLOTH = {"hardware.backend": "unsloth"}


def said(where: Scene, foreseen: bool = False):
    known = foresee(where.recipe, where.situation) if foreseen else where.forecast
    return {one.code: one for one in advise(where.recipe, where.situation, known)}


@pytest.mark.parametrize(
    ("code", "where", "severity"),
    [
        ("texts_as_answers", scene(format="text"), "blocks"),
        ("texts_as_answers", scene({"data.format": "text"}, format="text"), "notes"),
        ("texts_as_answers", scene({"method.allow": ["own_mask"]}, format="text"), "notes"),
        ("texts_as_answers", scene({"method.answers_only": False}, format="text"), "notes"),
        ("judged_rows_imitated", scene(**PAIRS), "blocks"),
        ("judged_rows_imitated", scene(format="unpaired"), "blocks"),
        ("judged_rows_imitated", scene({"method.allow": ["judged_answers"]}, format="unpaired"), None),
        ("answers_as_texts", scene({"method.kind": "cpt"}), "warns"),
        ("answers_as_texts", scene({"method.kind": "cpt"}, **PAIRS), "blocks"),
        ("answers_as_texts", scene({"method.kind": "cpt", "method.allow": ["chosen_only"]}, **PAIRS), "warns"),
        ("dpo_without_sft", scene(DPO | QWEN, **PAIRS), None),
        ("dpo_without_sft", scene(DPO | {"model.base": "Qwen/Qwen3-4B-Base"}, **PAIRS), "warns"),
        ("dpo_without_sft", scene(DPO, **PAIRS), "notes"),
        ("dpo_without_sft", scene(DPO, model_chat_template=False, **PAIRS), "warns"),
        ("dpo_without_sft", scene(DPO, model_chat_template=None, **PAIRS), "warns"),
        ("unsloth_unable", scene(UNSLOTH | {"training.max_length": 16_384}, model_config=GEMMA), "blocks"),
        ("unsloth_unable", scene(UNSLOTH | {"training.max_length": 8192}, model_config=GEMMA), None),
        ("unsloth_unable", scene(UNSLOTH | {"training.max_length": 65_536}, model_config=YARN), "blocks"),
        ("unsloth_unable", scene({"training.max_length": 65_536}, model_config=YARN), None),
        ("optimiser_wide", scene({"training.optimiser": "adamw", "adapter.kind": "full"}, forecast=TIGHT), "notes"),
        ("lora_fits", scene({"adapter.kind": "qlora"}, forecast=forecast(vram_bytes=12 * GB)), "notes"),
        (
            "lora_fits",
            scene(
                {"adapter.kind": "qlora"}, forecast=forecast(vram_bytes=12 * GB),
                model_config=LLAMA_8B | {"quantization_config": {"load_in_4bit": True}},
            ),
            None,
        ),
        ("reward_broken", scene(GRPO | {"rewards": [{"kind": "regex", "pattern": "("}]}), "blocks"),
        ("reward_broken", scene({"rewards": [{"kind": "regex", "pattern": "("}]}), None),
        ("targets_partial", scene({"adapter.targets": ["mlp"]}), "notes"),
        ("targets_partial", scene({"adapter.targets": ["down_proj"]}), "notes"),
        ("targets_partial", scene({"adapter.targets": ["q_proj", "v_proj"]}), "notes"),
        ("targets_partial", scene({"adapter.targets": ["lm_head"]}), "notes"),
        ("targets_partial", scene({"adapter.targets": ["q_proj", "down_proj"]}), None),
        ("targets_partial", scene({"adapter.targets": ["mlp"], "model.adapter": "tone#1"}), None),
        ("targets_missing", scene({"adapter.targets": ["qkv_proj"]}), "blocks"),
        ("targets_missing", scene({"adapter.targets": ["lm_head", "mlp"]}), None),
        ("adapter_unfit", going_on(problem="tone#1: no such run"), "blocks"),
        ("adapter_unfit", going_on(other_base="Qwen/Qwen3-4B"), "blocks"),
        ("adapter_unfit", going_on({"adapter.rslora": True}), "blocks"),
        ("adapter_unfit", going_on({"model.adapter": "tone#2"}, rank=32), None),
        ("adapter_unfit", going_on({"model.base": "models/other"}, rank=32), None),
        ("base_of_task", scene(QWEN | {"readiness.task": "one_off"}), None),
        ("base_of_task", scene(QWEN | {"readiness.task": "questions_about_documents"}), None),
        ("prompts_cut", scene(GRPO | {"method.grpo.max_new_tokens": 1848}, format="prompt_answer"), None),
        ("prompts_cut", scene(GRPO | {"method.grpo.max_new_tokens": 1849}, format="prompt_answer"), "blocks"),
        (
            "prompts_cut",
            scene(GRPO | {"method.grpo.max_new_tokens": 1914}, format="prompt_answer", exact=False),
            None,
        ),
        (
            "prompts_cut",
            scene(GRPO | {"method.grpo.max_new_tokens": 1915}, format="prompt_answer", exact=False),
            "blocks",
        ),
    ],
)  # fmt: skip
def test_how_grave_it_is(code: str, where: Scene, severity: str | None):
    found = said(where).get(code)
    assert (found and found.severity) == severity


@pytest.mark.parametrize(
    ("code", "said_of"),
    [
        ("optimiser_wide", {"training.optimiser": "adamw", "adapter.kind": "full"}),
        ("optimiser_paged", {"adapter.kind": "full"}),
        ("checkpointing_off", {"training.gradient_checkpointing": "off"}),
    ],
)
def test_memory_of_a_gpu_is_not_saved_where_there_is_none(code, said_of):
    assert code in said(scene(said_of, forecast=TIGHT))
    on_cpu = replace(TIGHT, gpu="", gpu_total_bytes=None, gpu_free_bytes=None, vram_bytes=None, host_bytes=60 * GB)
    assert code not in said(scene(said_of, forecast=on_cpu, gpus=()))


def test_a_run_that_the_machine_s_own_memory_does_not_hold_blocks_without_a_gpu():
    short = said(scene(gpus=(), host_free_bytes=40 * GB), foreseen=True)
    assert short["memory_over"].blocking and short["memory_over"].acceptable
    assert short["memory_over"].key == "model.base"
    assert "more than the 37.3G that are free without a GPU" in short["memory_over"].message
    assert "host_memory_low" not in short  # which says less of the same
    assert "memory_over" not in said(scene(gpus=(), host_free_bytes=400 * GB), foreseen=True)
    assert "memory_over" not in said(scene(gpus=(), host_free_bytes=4 * GB, model_config=TINY), foreseen=True)


def test_unsloth_on_another_machine_is_not_judged_by_this_one():
    planned = scene(UNSLOTH | {"hardware.gpu": "H100"}, gpus=(), unsloth=False)
    assert "unsloth_unavailable" not in said(planned, foreseen=True)
    assert "not installed" in said(scene(UNSLOTH, unsloth=False), foreseen=True)["unsloth_unavailable"].message
    assert "no NVIDIA GPU" in said(scene(UNSLOTH, gpus=()), foreseen=True)["unsloth_unavailable"].message


def test_a_gpu_that_is_planned_for_and_unknown_is_told_of_and_nothing_is_said_of_a_cpu():
    planned = said(scene({"hardware.gpu": "Mystery 9", "adapter.kind": "qlora"}, gpus=()), foreseen=True)
    assert planned["gpu_unknown"].message.startswith("Mystery 9 is not in the table")
    assert not {"qlora_without_gpu", "gpu_missing", "optimiser_on_cpu"} & planned.keys()


def test_what_unsloth_cannot_is_what_the_trainer_says():
    where = scene(UNSLOTH | {"adapter.dora": True})
    assert said(where)["unsloth_unable"].message[1:-1] == unsloth_cannot(where.recipe, LLAMA_8B)[1:]


@pytest.mark.parametrize(
    "name",
    [
        "Tesla V100-SXM2-16GB", "Tesla V100S-PCIE-32GB", "Quadro GV100", "Quadro P6000", "P5000", "P4000", "Tesla P40",
        "Tesla T4", "Tesla M40 24GB", "Tesla K80", "NVIDIA GeForce MX450", "NVIDIA T600", "NVIDIA T1000 8GB",
        "NVIDIA T400 4GB", "NVIDIA GeForce RTX 2080 Ti", "2080 Ti", "RTX 2060 SUPER", "Quadro RTX 8000", "TITAN RTX",
        "NVIDIA TITAN V", "GTX 1660 Ti", "1080 Ti", "NVIDIA GeForce GTX 1030", "GeForce MX150", "Tesla P4",
    ],
)  # fmt: skip
def test_gpus_before_ampere_have_no_bf16(name):
    assert not has_bf16(name)


@pytest.mark.parametrize(
    "name",
    [
        "NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-40GB", "NVIDIA A10G", "NVIDIA RTX A4000", "NVIDIA RTX A2000",
        "NVIDIA RTX 4000 Ada Generation", "NVIDIA RTX 2000 Ada Generation", "NVIDIA GeForce RTX 3060", "NVIDIA L4",
        "NVIDIA GeForce RTX 2050", "NVIDIA GeForce RTX 4060 Laptop GPU", "AMD Instinct MI300X", "NVIDIA GeForce MX570",
        "NVIDIA GB200", "NVIDIA GeForce RTX 5060 Ti", "NVIDIA A2", "NVIDIA L40S", "NVIDIA A16", "Mystery",
    ],
)  # fmt: skip
def test_gpus_from_ampere_on_have_bf16(name):
    assert has_bf16(name)


def test_a_rank_that_is_lowered_keeps_its_scale_with_rslora_too():
    high = {"adapter.rank": 128, "adapter.alpha": 16}
    assert said(scene(high | {"adapter.rslora": True}))["rank_high"].fix == {"adapter.rank": 64, "adapter.alpha": 11}
    assert said(scene(high))["rank_high"].fix == {"adapter.rank": 64, "adapter.alpha": 64}


def test_a_missing_layer_is_left_out_and_the_others_stay():
    asked = said(scene({"adapter.targets": ["mlp", "query", "q_proj"]}))["targets_missing"]
    assert asked.fix == {"adapter.targets": ["mlp", "q_proj"]}
    assert "called query: there are q_proj, k_proj" in asked.message


def test_an_adapter_that_does_not_fit_says_what_it_needs():
    shape = said(going_on(rank=32, alpha=64.0))["adapter_unfit"]
    assert (shape.key, shape.fix) == ("adapter.rank", {"adapter.rank": 32, "adapter.alpha": 64.0})
    assert shape.message == "tone#1 has rank 32 and alpha 64, and 16 and 16 are asked for."
    base = said(going_on(other_base="Qwen/Qwen3-4B"))["adapter_unfit"]
    assert base.fix == {"model.base": "Qwen/Qwen3-4B"}
    gone = said(going_on(problem="tone#1: no such run: `ttune runs` lists them"))["adapter_unfit"]
    assert gone.fix is None and gone.message.startswith("tone#1: no such run")


def test_another_base_for_the_task_takes_no_adapter_of_the_old_one_along():
    code = {"model.base": "meta-llama/Llama-3.1-8B-Instruct", "readiness.task": "code"}
    assert "model.adapter" not in said(scene(code))["base_of_task"].fix
    assert said(scene(code | {"model.adapter": "tone#1"}))["base_of_task"].fix["model.adapter"] is None


def test_a_hub_id_is_pinned_to_the_commit_that_is_here_or_accepted():
    from engine.advice.named import Named
    from tests.pure.advice_scenes import LookedScene

    known = LookedScene(QWEN, model={"weight_bytes": None}, named=Named(commit="c" * 40, base="Qwen/Qwen3-4B"))
    assert said(known)["revision_unpinned"].fix == {"model.revision": "c" * 40}
    unknown = said(scene(QWEN, model_weight_bytes=None))["revision_unpinned"]
    assert unknown.fix is None and unknown.acceptable
    accepted = scene(QWEN | {"advice.accepted": {"revision_unpinned": "a trial"}}, model_weight_bytes=None)
    assert said(accepted)["revision_unpinned"].accepted == "a trial"
    assert "revision_unpinned" not in said(scene())  # a folder


@pytest.mark.parametrize(
    ("where", "code", "brought"),
    [
        (scene({"training.packing": True}, **PAIRS), "judged_rows_imitated", "training.packing"),
        (scene({"adapter.targets": ["all", "lm_head"]}, **PAIRS), "judged_rows_imitated", "adapter.targets"),
        (scene({"method.preference.label_smoothing": 0.1}, **PAIRS), "judged_rows_imitated",
         "method.preference.label_smoothing"),
        (scene({"training.accumulation": 3}, format="prompt_answer"), "rows_not_for_method", "training.accumulation"),
        (scene({"training.max_length": 512}, format="prompt_answer"), "rows_not_for_method", "training.max_length"),
        (scene(format="prompt_answer"), "rows_not_for_method", "training.learning_rate"),
        (scene(KTO | {"training.micro_batch": 17, "training.learning_rate": 1e-6}, format="unpaired"),
         "micro_batch_large", "training.micro_batch"),
        (scene({"adapter.kind": "full", "training.learning_rate": 1e-5}), "full_seldom", "training.learning_rate"),
    ],
)  # fmt: skip
def test_a_fix_brings_what_goes_with_it(where, code, brought):
    fix = said(where)[code].fix
    assert fix is not None and brought in fix
    after = advise(mended(where.recipe, fix), where.situation)
    assert not [one.code for one in after if one.blocking]
    assert not {"rate_high", "rate_low"} & {one.code for one in after}


def test_kto_with_an_odd_micro_batch_keeps_two_rows():
    where = scene(KTO | {"training.micro_batch": 17}, format="unpaired")
    fix = said(where)["micro_batch_large"].fix
    assert "kto_micro_batch" not in said(Scene(where.said | fix, where.data))


def test_qlora_for_want_of_memory_takes_its_rate_along():
    small = GpuFacts("NVIDIA GeForce RTX 3060", 12 * GB, 11 * GB)
    where = scene({"training.learning_rate": 5e-5}, gpus=(small,))
    fix = said(where, foreseen=True)["memory_over"].fix
    assert fix["adapter.kind"] == "qlora" and fix["training.learning_rate"] == 2e-4
    fits = scene({"adapter.kind": "qlora", "training.learning_rate": 5e-4, "training.max_length": 1024})
    assert said(fits, foreseen=True)["lora_fits"].fix == {"adapter.kind": "lora", "training.learning_rate": 1e-4}


def test_a_larger_micro_batch_is_offered_only_where_it_fits():
    hf = {
        "hardware.backend": "hf", "training.gradient_checkpointing": "off", "training.micro_batch": 1,
        "training.accumulation": 16, "training.max_length": 8192,
    }  # fmt: skip
    one_b = LLAMA_8B | {"hidden_size": 2048, "num_hidden_layers": 16, "intermediate_size": 8192}
    long = scene(hf, model_config=one_b, lengths=scene().situation.data.lengths * 5)
    found = said(long, foreseen=True)["micro_batch_small"]
    assert found.fix is None
    short = scene(hf | {"training.gradient_checkpointing": "unsloth", "training.max_length": 1024}, model_config=one_b)
    assert said(short, foreseen=True)["micro_batch_small"].fix["training.micro_batch"] == 4


def test_a_fix_is_none_where_what_it_brings_is_as_grave_and_takes_it_back():
    few = scene({"training.accumulation": 1}, train=10)
    found = said(few)
    assert found["batch_small"].fix is None if "batch_small" in found else True
    assert said(scene({"training.accumulation": 1}))["batch_small"].fix == {"training.accumulation": 4}


def test_gpus_of_the_scenes_are_as_they_are_named():
    assert has_bf16(H100.name) and not has_bf16(V100.name)
