"""A model of Llama-3.2-1B's shape with random weights, for what depends on sizes and not on sense."""

import shutil
import sys
from pathlib import Path


def make(folder: Path, tokenizer: Path) -> None:
    """Write config and bfloat16 weights (2.5 GB) to `folder`, with the tokenizer files of another model's folder."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=128_256, hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32,
        num_key_value_heads=8, head_dim=64, max_position_embeddings=131_072, tie_word_embeddings=True,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_theta": 500_000.0, "rope_type": "default"}, bos_token_id=1, eos_token_id=2,
        dtype="bfloat16",
    )  # fmt: skip
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):
        model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "tokenizer.model"):
        if (tokenizer / name).is_file():
            shutil.copy(tokenizer / name, folder / name)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
