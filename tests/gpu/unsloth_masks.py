"""`python -m tests.gpu.unsloth_masks FOLDER NAME...`: train tiny random Llamas with Unsloth, beside the audit.

A process of its own, because Unsloth must be imported before transformers. Prints a JSON object: for each family of
chat templates the tokens that were compared.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from engine.jobs.train.backend import Choice, make


def main(folder: Path, names: list[str]) -> dict[str, int]:
    """Compare each family in turn. Fails on the first token that is not trained as the audit shows it."""
    backend = make(Choice("unsloth", "the test asks for it"))
    return {name: _compare(backend, folder / name, name) for name in names}


def _compare(backend: Any, folder: Path, name: str) -> int:
    from engine.home import open_home
    from tests.mask_runs import audit_of, compare, project_of, seen_in_training

    os.environ["TTUNE_HOME"] = str(folder / "home")
    model = _save_model(folder / "model", name)
    project = project_of(open_home(), model, name, hardware__backend="unsloth")
    table = audit_of(project)
    loaded = backend.load(project.recipe(), str(model))
    return compare(table, *seen_in_training(project, loaded.model))


def _save_model(folder: Path, name: str) -> Path:
    """A family's tokenizer with a Llama of two layers, its weights random."""
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from tests.chat_templates import save_family

    save_family(folder, name)
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=256, intermediate_size=512, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=64, max_position_embeddings=2048, dtype="bfloat16",
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    LlamaForCausalLM(config).to(config.dtype).save_pretrained(folder)
    return folder


if __name__ == "__main__":
    print("\n" + json.dumps(main(Path(sys.argv[1]), sys.argv[2:])))
