"""The script as a whole."""

import textwrap

from engine.bridges.script import judged, rows, sampled
from engine.bridges.script.model import model
from engine.bridges.script.settings import Facts, head, values
from engine.bridges.script.training import SFT, arguments, ending

_ORDERS = {
    "given": "np.arange(len(train))",
    "random": "taken",
    "by_length": "by_length(taken)",
}


def script(facts: Facts) -> str:
    """A `train.py` that does what the recipe says, without ttune."""
    parts = [head(facts), _imports(facts), values(facts), _tokenizer(facts)]
    kind = facts.recipe.method.kind
    if facts.imitates:
        parts += [_tokens(facts), model(facts), _order(facts), arguments(facts), _sft(facts)]
    elif kind == "grpo":
        parts += [rows.ENCODER + sampled.prompts(facts), model(facts), arguments(facts), sampled.trainer(facts)]
    else:
        parts += [rows.ENCODER + rows.ENCODE + judged.tokens(facts), model(facts)]
        parts += [judged.batches(facts) + _sampler(facts), arguments(facts), judged.trainer(facts)]
    return "\n".join([*parts, ending(facts)]).replace("\n\n\n\n", "\n\n\n")


def unsaid(facts: Facts) -> list[str]:
    """A line for each thing that the script does otherwise than the run."""
    found = sampled.unsaid(facts.recipe.rewards) if facts.recipe.method.kind == "grpo" else []
    if facts.recipe.hardware.gpus > 1:
        found.append(f"hardware.gpus = {facts.recipe.hardware.gpus}: it trains on one GPU, as ttune does so far")
    if facts.unsloth and facts.recipe.training.packing:
        found.append("training.packing: the run laid packed rows in one line for Unsloth's kernels; this one pads them")
    return found


def _tokenizer(facts: Facts) -> str:
    code = rows.TOKENIZER % facts.revision
    code += "" if facts.has_template else rows.PLAIN_TEMPLATE
    return code + ("" if facts.has_pad else rows.PAD)


def _sft(facts: Facts) -> str:
    collator = "packed_batch" if facts.recipe.training.packing else "batch"
    return SFT % (collator, "\n    eval_dataset=Dataset.from_list(validation)," if facts.measured else "")


def _tokens(facts: Facts) -> str:
    """Rows as tokens, by what they are."""
    recipe = facts.recipe
    whole = recipe.method.kind == "cpt"
    code = rows.BOS if facts.kind in ("text", "segments") else ""
    code += rows.ENCODER + rows.ENCODE
    if facts.kind == "text":
        code += rows.TEXT
    elif facts.kind == "segments":
        code += rows.SEGMENTS
    else:
        all_of_it = whole or not recipe.method.answers_only
        code += rows.CONVERSATION.replace("SPANS", "[(0, len(text))]" if all_of_it else "spans")
    load = rows.LOAD if _renders(facts) else rows.LOAD_PLAIN
    code += rows.LOAD_PIECES if whole else load
    code += rows.PACK if recipe.training.packing else ""
    loaded = 'load("train.jsonl")'
    code += f"\ntrain = {f'pack({loaded})' if recipe.training.packing else loaded}\n"
    code += 'lengths = np.array([len(row["input_ids"]) for row in train])\n'
    return code + ('validation = load("validation.jsonl")\n' if facts.measured else "")


def _order(facts: Facts) -> str:
    """The batches, and the order in which rows go into them."""
    code = "batch = DataCollatorForSeq2Seq(tokenizer, pad_to_multiple_of=8)  # labels of padding are -100\n"
    code += rows.PACKED_BATCH if facts.recipe.training.packing else ""
    return code + _sampler(facts)


def _sampler(facts: Facts) -> str:
    training = facts.recipe.training
    code = rows.BY_LENGTH if training.order == "by_length" else ""
    order = rows.ORDER.replace("SORTED", _ORDERS[training.order])
    if training.order == "given":
        order = order.replace(
            "        taken = np.random.default_rng([SEED, self.epoch]).permutation(len(train))\n", ""
        ).replace("each epoch's follows from the seed and the epoch alone", "as they stand in the file")
    return code + order


def _imports(facts: Facts) -> str:
    """Python's own modules, then the others."""
    recipe = facts.recipe
    more = sampled.imports(facts) if recipe.method.kind == "grpo" else []
    lines = ["import copy", "import json", "import math", *(line for line in more if "py3langid" not in line)]
    if recipe.training.packing and facts.imitates:
        lines.append("from bisect import bisect_left, insort")
    lines += ["from pathlib import Path", ""]
    if facts.unsloth:
        lines += ["import unsloth  # first, since it patches what is imported after it", ""]
    others = ["import torch", "from datasets import Dataset", *(line for line in more if "py3langid" in line)]
    others += [] if recipe.method.kind == "grpo" else ["import numpy as np"]
    others += ["import trl"] if recipe.method.kind in ("dpo", "kto", "grpo") else []
    others += ["from jinja2 import TemplateError"] if _renders(facts) else []
    others += _of_peft(facts)
    others += [_from("transformers", _of_transformers(facts)), _of_trl(facts)]
    others += ["from unsloth import FastLanguageModel"] if facts.unsloth else []
    return "\n".join([*lines, *sorted(others, key=lambda line: (line.startswith("from"), line)), ""])


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    folded = "\n    ".join(textwrap.wrap(f"{', '.join(names)},", 110))
    return line if len(line) <= 119 else f"from {module} import (\n    {folded}\n)"


def _of_peft(facts: Facts) -> list[str]:
    names = ["set_peft_model_state_dict"] if facts.adapter_path else []
    if facts.recipe.adapter.kind != "full" and not facts.unsloth:
        names += ["LoraConfig", "get_peft_model"]
    lines = [f"from peft import {', '.join(sorted(names))}"] if names else []
    return lines + (["from safetensors.torch import load_file"] if facts.adapter_path else [])


def _of_transformers(facts: Facts) -> list[str]:
    names = ["AutoTokenizer", "set_seed"]
    if not facts.unsloth:
        names.append("AutoModelForCausalLM")
        names += ["AutoConfig"] if facts.stretches else []
        names += ["BitsAndBytesConfig"] if facts.recipe.adapter.kind == "qlora" else []
    names += ["EarlyStoppingCallback"] if facts.measured and facts.recipe.training.patience else []
    names += ["DataCollatorForSeq2Seq"] if facts.recipe.method.kind != "grpo" else []
    names += ["Trainer"] if facts.imitates else []
    return sorted(names)


def _renders(facts: Facts) -> bool:
    """Whether the script applies the chat template itself and leaves out what that refuses."""
    return not facts.imitates or (facts.recipe.method.kind == "sft" and facts.kind not in ("text", "segments"))


def _of_trl(facts: Facts) -> str:
    kind = facts.recipe.method.kind
    if kind == "grpo":
        return sampled.IMPORTS
    return "from trl import SFTConfig, SFTTrainer" if facts.imitates else judged.IMPORTS[kind]
