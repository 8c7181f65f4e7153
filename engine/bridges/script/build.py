"""The script as a whole."""

from engine.bridges.script import preference, rows
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
    if facts.imitates:
        parts += [_tokens(facts), model(facts), _order(facts), arguments(facts), _sft(facts)]
    else:
        parts += [preference.rows(facts), model(facts), arguments(facts), preference.trainer(facts)]
    return "\n".join([*parts, ending(facts)]).replace("\n\n\n\n", "\n\n\n")


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
    code += rows.ENCODE
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
    return code + ('validation = load("validation.jsonl")\n' if facts.measured else "")


def _order(facts: Facts) -> str:
    """The batches, and the order in which rows go into them."""
    training = facts.recipe.training
    code = "batch = DataCollatorForSeq2Seq(tokenizer, pad_to_multiple_of=8)  # labels of padding are -100\n"
    code += rows.PACKED_BATCH if training.packing else ""
    code += rows.BY_LENGTH if training.order == "by_length" else ""
    order = rows.ORDER.replace("SORTED", _ORDERS[training.order])
    if training.order == "given":
        order = order.replace(
            "        taken = np.random.default_rng([SEED, self.epoch]).permutation(len(train))\n", ""
        ).replace("each epoch's follows from the seed and the epoch alone", "as they stand in the file")
    return code + order


def _imports(facts: Facts) -> str:
    recipe = facts.recipe
    plain = ["copy", "json"] if facts.imitates else ["json"]
    packing = recipe.training.packing and facts.imitates
    lines = [f"import {name}" for name in (*plain, "math")]
    lines += ["from bisect import bisect_left, insort"] if packing else []
    lines += ["from pathlib import Path", ""]
    if facts.unsloth:
        lines += [
            "import unsloth  # first, since it patches what is imported after it",
            "from unsloth import FastLanguageModel",
            "",
        ]
    lines += ["import numpy as np"] if facts.imitates else []
    lines += ["import torch", "from datasets import Dataset"]
    lines += ["from jinja2 import TemplateError"] if _renders(facts) else []
    small = recipe.adapter.kind != "full"
    if small and not facts.unsloth:
        lines += [
            "from peft import LoraConfig, get_peft_model"
            + (", set_peft_model_state_dict" if facts.adapter_path else "")
        ]
    elif facts.adapter_path:
        lines += ["from peft import set_peft_model_state_dict"]
    lines += ["from safetensors.torch import load_file"] if facts.adapter_path else []
    return "\n".join([*lines, f"from transformers import {', '.join(_of_transformers(facts))}", _of_trl(facts), ""])


def _of_transformers(facts: Facts) -> list[str]:
    names = ["AutoTokenizer", "set_seed"]
    if not facts.unsloth:
        names.append("AutoModelForCausalLM")
        names += ["AutoConfig"] if facts.stretches else []
        names += ["BitsAndBytesConfig"] if facts.recipe.adapter.kind == "qlora" else []
    names += ["EarlyStoppingCallback"] if facts.measured and facts.recipe.training.patience else []
    names += ["DataCollatorForSeq2Seq", "Trainer"] if facts.imitates else []
    return sorted(names)


def _renders(facts: Facts) -> bool:
    """Whether the script applies the chat template itself and leaves out what that refuses."""
    return facts.imitates and facts.recipe.method.kind == "sft" and facts.kind not in ("text", "segments")


def _of_trl(facts: Facts) -> str:
    return "from trl import SFTConfig, SFTTrainer" if facts.imitates else preference.IMPORTS[facts.recipe.method.kind]
