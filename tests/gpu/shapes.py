"""Models of real shapes with random weights: memory and speed depend on sizes, not on sense.

`python -m tests.gpu.shapes NAME FOLDER` writes one; what is there already is kept. Values are those of each model's own
config.json, apart from the ids of special tokens, which are the quickstart tokenizer's.
"""

import fcntl
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from projects import resource

_LLAMA = {
    "model_type": "llama", "vocab_size": 128_256, "num_key_value_heads": 8, "max_position_embeddings": 131_072,
    "rms_norm_eps": 1e-5, "rope_theta": 500_000.0,
}  # fmt: skip


def _llama3(factor: float) -> dict[str, Any]:
    return {
        "rope_type": "llama3", "factor": factor, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }  # fmt: skip


SHAPES: dict[str, dict[str, Any]] = {
    "llama-1b": _LLAMA | {
        "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
        "head_dim": 64, "tie_word_embeddings": True, "rope_scaling": _llama3(32.0),
    },
    "llama-3b": _LLAMA | {
        "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 28, "num_attention_heads": 24,
        "head_dim": 128, "tie_word_embeddings": True, "rope_scaling": _llama3(32.0),
    },
    "llama-8b": _LLAMA | {
        "hidden_size": 4096, "intermediate_size": 14_336, "num_hidden_layers": 32, "num_attention_heads": 32,
        "tie_word_embeddings": False, "rope_scaling": _llama3(8.0),
    },
    "qwen2.5-0.5b": {
        "model_type": "qwen2", "vocab_size": 151_936, "hidden_size": 896, "intermediate_size": 4864,
        "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2, "max_position_embeddings": 32_768,
        "rms_norm_eps": 1e-6, "rope_theta": 1_000_000.0, "tie_word_embeddings": True,
    },
    "qwen2.5-7b": {
        "model_type": "qwen2", "vocab_size": 152_064, "hidden_size": 3584, "intermediate_size": 18_944,
        "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4, "max_position_embeddings": 32_768,
        "rms_norm_eps": 1e-6, "rope_theta": 1_000_000.0, "tie_word_embeddings": False,
    },
    "qwen3-4b": {
        "model_type": "qwen3", "vocab_size": 151_936, "hidden_size": 2560, "intermediate_size": 9728,
        "num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
        "max_position_embeddings": 40_960, "rms_norm_eps": 1e-6, "rope_theta": 1_000_000.0, "tie_word_embeddings": True,
    },
    "gemma2-2b": {
        "model_type": "gemma2", "vocab_size": 256_000, "hidden_size": 2304, "intermediate_size": 9216,
        "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
        "max_position_embeddings": 8192, "sliding_window": 4096, "query_pre_attn_scalar": 256,
        "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0, "rope_theta": 10_000.0,
    },
    "gemma3-1b": {
        "model_type": "gemma3_text", "vocab_size": 262_144, "hidden_size": 1152, "intermediate_size": 6912,
        "num_hidden_layers": 26, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256,
        "max_position_embeddings": 32_768, "sliding_window": 512, "query_pre_attn_scalar": 256,
    },
    "mistral-7b": {
        "model_type": "mistral", "vocab_size": 32_768, "hidden_size": 4096, "intermediate_size": 14_336,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
        "max_position_embeddings": 32_768, "sliding_window": None, "rope_theta": 1_000_000.0,
        "tie_word_embeddings": False,
    },
    "phi3-mini": {
        "model_type": "phi3", "vocab_size": 32_064, "hidden_size": 3072, "intermediate_size": 8192,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32, "max_position_embeddings": 4096,
        "original_max_position_embeddings": 4096, "sliding_window": 2047, "rope_theta": 10_000.0,
        "tie_word_embeddings": False, "resid_pdrop": 0.0, "embd_pdrop": 0.0,
    },
    "tiny": {
        "model_type": "llama", "vocab_size": 2048, "hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 4,
        "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 64, "max_position_embeddings": 1024,
        "tie_word_embeddings": True,
    },
}  # fmt: skip
"""What each model's config.json says of its shape."""

_IDS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3}
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "tokenizer.model")


def folder_of(name: str, models: Path) -> Path:
    """Where a shape's folder lies among models."""
    return models / name


def make(name: str, models: Path) -> Path:
    """Write config, bfloat16 weights and a tokenizer, unless they are there; processes may do so at the same time."""
    models.mkdir(parents=True, exist_ok=True)
    target = folder_of(name, models)
    with open(models / f".{name}.lock", "w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        if not (target / "config.json").is_file():
            beside = Path(tempfile.mkdtemp(dir=models, prefix=f".{name}."))
            _write(name, beside)
            beside.rename(target)
    return target


def config_of(name: str) -> Any:
    """The shape as a transformers config."""
    from transformers import AutoConfig

    shape = dict(SHAPES[name])
    return AutoConfig.for_model(shape.pop("model_type"), dtype="bfloat16", **shape, **_IDS)


def _write(name: str, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = AutoModelForCausalLM.from_config(config_of(name), dtype=torch.bfloat16)
    model.save_pretrained(folder)
    tokenizer = resource("ttune:quickstart/model")
    for file in _TOKENIZER_FILES:
        if (tokenizer / file).is_file():
            shutil.copy(tokenizer / file, folder / file)


if __name__ == "__main__":
    print(json.dumps(str(make(sys.argv[1], Path(sys.argv[2])))))
