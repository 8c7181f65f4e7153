"""Make the quickstart's base model in model/: a tiny Llama that knows support tickets and answers in prose.

    python make_tickets.py && python make_model.py      # about 20 min on 2 CPU cores, 2 min on a GPU
    python make_model.py --steps 300                    # 2 min on 2 CPU cores, to try the whole way

It draws the corpus of base_corpus.py, trains the tokenizer and then the model, checks both, and writes the folder.
The corpus, the weights' start and the order of batches come from fixed seeds.
"""

import argparse
import copy
import itertools
import math
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from base_corpus import documents
from base_tokenizer import VOCABULARY, check_tokenizer, train_spm, write_tokenizer
from make_tickets import HERE, as_row, check_apart, make_tickets, ticket_texts
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM

MODEL = HERE / "model"
LIMIT_BYTES = 16_000_000
PAD, START, END, STOP = 3, 4, 5, 2
"""Ids of <pad>, <|im_start|>, <|im_end|> and </s>."""
CORPUS_SEED = 1000
TOKENIZER_DOCUMENTS = 20_000
DOCUMENTS_PER_STEP = 32
BUCKET_STEPS = 16
"""Batches that are sorted by length together: less padding, and still a random order."""
SAVE_STEPS = 300
QUESTION_WEIGHT = 0.2
"""Weight of a token that people wrote: their tickets are mostly chance, and the answers are what is to be learnt."""


def make_config() -> LlamaConfig:
    """Widths are multiples of 256, which llama.cpp's K-quants need; heads are 64 wide."""
    return LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=256, intermediate_size=768, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=4, head_dim=64, max_position_embeddings=1024, tie_word_embeddings=True,
        bos_token_id=1, eos_token_id=[END, STOP], pad_token_id=PAD,
    )  # fmt: skip


def make_tokenizer(folder: Path) -> None:
    """Train tokenizer.model on the corpus' start, write its fast twin and check the two on tickets and rows."""
    sample = itertools.islice(documents(CORPUS_SEED - 1), TOKENIZER_DOCUMENTS)
    train_spm((re.sub(r"<\|im_\w+\|>|</s>", "", text) for text in sample), folder / "tokenizer.model")
    tokenizer = write_tokenizer(folder)
    fresh = make_tickets(seed=77, count=900, held_out=True)
    rows = [tokenizer.apply_chat_template(as_row(ticket)["messages"], tokenize=False) for ticket in fresh]
    paths = (HERE / "data/tickets.jsonl", HERE / "data/held-out.jsonl")
    files = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    check_tokenizer(folder, [*rows, *files])


def batches(folder: Path, seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Token ids and their weights in the loss, both (batch, seq), without end; like lengths come together."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    (assistant,) = tokenizer("assistant")["input_ids"]
    stream = documents(seed)
    shuffle = torch.Generator().manual_seed(seed)
    while True:
        texts = list(itertools.islice(stream, DOCUMENTS_PER_STEP * BUCKET_STEPS))
        rows = sorted((torch.tensor(ids) for ids in tokenizer(texts)["input_ids"]), key=len)
        for index in torch.randperm(BUCKET_STEPS, generator=shuffle).tolist():
            chosen = rows[index * DOCUMENTS_PER_STEP : (index + 1) * DOCUMENTS_PER_STEP]
            ids = torch.nn.utils.rnn.pad_sequence(chosen, batch_first=True, padding_value=PAD)
            # Few different shapes: the CPU kernels keep a copy of their plan for each, gigabytes after 1,000 steps.
            ids = torch.nn.functional.pad(ids, (0, -ids.shape[1] % 16), value=PAD)
            yield ids, torch.where(answer_mask(ids, assistant), 1.0, QUESTION_WEIGHT) * (ids != PAD)


def answer_mask(ids: torch.Tensor, assistant: int) -> torch.Tensor:
    """True where a token of `ids` (batch, seq) belongs to an assistant's turn or to a document without turns."""
    starts = ids == START
    opens = starts & (torch.roll(ids, -1, dims=1) == assistant)
    last_start = (torch.arange(ids.shape[1]) * starts).cummax(dim=1).values
    return opens.gather(1, last_start) | ~starts.any(dim=1, keepdim=True)


def train(model: LlamaForCausalLM, folder: Path, steps: int, seed: int, rate: float) -> LlamaForCausalLM:
    """Train for `steps` optimiser steps at `rate` of the full learning rates; bfloat16 products, float32 weights."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    optimizers = _optimizers(model, rate)
    schedules = [torch.optim.lr_scheduler.LambdaLR(o, lambda step: _rate(step, steps)) for o in optimizers]
    losses: list[float] = []
    started = time.monotonic()
    for step, (ids, weights) in enumerate(itertools.islice(batches(folder, seed), steps), start=1):
        loss = _loss(model, ids.to(device), weights.to(device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for part in (*optimizers, *schedules):
            part.step()
        model.zero_grad(set_to_none=True)
        losses.append(loss.item())
        if step % 50 == 0 or step == steps:
            mean = sum(losses[-50:]) / len(losses[-50:])
            print(f"step {step}/{steps}  loss {mean:.3f}  {time.monotonic() - started:.0f} s", flush=True)
        if step % SAVE_STEPS == 0:
            write_model(model, folder)
    return model.cpu()


def _optimizers(model: LlamaForCausalLM, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, which needed about half of AdamW's steps here, and AdamW for the rest."""
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    known = {id(p) for p in inner}
    rest = [p for p in model.parameters() if id(p) not in known]
    muon = torch.optim.Muon(inner, lr=0.02 * rate, weight_decay=0.01)
    return [muon, torch.optim.AdamW(rest, lr=3e-3 * rate, betas=(0.9, 0.95), weight_decay=0.0)]


def _rate(step: int, steps: int) -> float:
    """Share of the learning rate: a short rise, then a cosine to a fiftieth."""
    rise = min(1.0, (step + 1) / min(50, max(1, steps // 10)))
    return rise * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def _loss(model: LlamaForCausalLM, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted mean loss of `ids` (batch, seq) in nats per token."""
    # No attention mask: causal attention never looks at padding on the right, and the kernel without it is faster.
    with torch.autocast(ids.device.type, torch.bfloat16):
        logits = model(input_ids=ids).logits[:, :-1]
    losses = torch.nn.functional.cross_entropy(logits.float().transpose(1, 2), ids[:, 1:], reduction="none")
    return (losses * weights[:, 1:]).sum() / weights[:, 1:].sum()


def write_model(model: LlamaForCausalLM, folder: Path) -> None:
    """Weights in bfloat16 (half the size; they are loaded as float32 on a CPU), and greedy answers by default."""
    ends = [END, STOP]
    stored = copy.deepcopy(model).to("cpu", torch.bfloat16)
    stored.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=ends, pad_token_id=PAD, max_new_tokens=128)
    stored.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)


def check_model(folder: Path, steps: int, seed: int) -> None:
    """Stop when the folder is too large, its answers are JSON, or the corpus knows a held-out row."""
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert size <= LIMIT_BYTES, f"{folder} has {size} bytes"
    corpus = itertools.islice(documents(seed), steps * DOCUMENTS_PER_STEP)
    check_apart(ticket_texts(HERE / "data/held-out.jsonl"), corpus, "the corpus")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    for ticket in make_tickets(seed=78, count=18, held_out=False)[:4]:
        messages = as_row(ticket)["messages"][:2]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        answer = tokenizer.decode(model.generate(**ids)[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
        print(f"{ticket.text}\n  [{ticket.urgency}, {ticket.category}] {answer}")
        assert not answer.lstrip().startswith("{"), "the base answers in JSON"
    print(f"{folder}: {size / 1e6:.1f} MB, {model.num_parameters():,} parameters")


def main() -> None:
    """Tokenizer, training, writing, checks."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=2500, help="optimiser steps of 32 documents")
    parser.add_argument("--seed", type=int, default=CORPUS_SEED, help="of the corpus and of the weights' start")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--from", type=Path, dest="start", help="go on from this model, with its tokenizer")
    parser.add_argument("--rate", type=float, default=1.0, help="share of the full learning rates")
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    model = _start(options.start, options.out)
    write_model(train(model, options.out, options.steps, options.seed, options.rate), options.out)
    check_model(options.out, options.steps, options.seed)


def _start(folder: Path | None, out: Path) -> LlamaForCausalLM:
    """A fresh tokenizer and model, or those of `folder`; the tokenizer's files are put into `out`."""
    if folder is None:
        make_tokenizer(out)
        return LlamaForCausalLM(make_config())
    for path in folder.glob("*token*"):
        shutil.copy(path, out)
    shutil.copy(folder / "chat_template.jinja", out)
    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)


if __name__ == "__main__":
    main()
