"""Answers of one side to a batch of questions: greedy, so that the same models always give the same answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import ModelError
from engine.jobs.pair import ModelPair
from engine.protocol import Side

Ids = list[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one side says to one question."""

    text: str
    cut: bool
    """Whether the limit on new tokens ended it."""


_THOUGHT_ENDS = "</think>"
_THOUGHT_BEGINS = "<think>"


def answer(
    pair: ModelPair, side: Side, prompts: Sequence[Ids], max_new_tokens: int, stop: Callable[[], bool]
) -> list[Answer]:
    """One side's answers to token sequences, at once where memory allows, else in halves.

    `stop` is asked at every token; once it is true the answers are what there is so far.
    """
    import torch

    pair.switch(side)
    try:
        return _generate(pair, prompts, max_new_tokens, stop)
    except torch.OutOfMemoryError:
        pass  # what the batch held is let go of with the traceback, before the halves are tried
    torch.cuda.empty_cache()
    if len(prompts) == 1:
        raise ModelError("out of memory over a single row: lower evaluation.max_new_tokens, or free the GPU")
    half = len(prompts) // 2
    return [
        text for part in (prompts[:half], prompts[half:]) for text in answer(pair, side, part, max_new_tokens, stop)
    ]


def final_answer(text: str) -> str:
    """What is scored of an answer: what a reasoning model says after its thoughts; nothing while it still thinks."""
    if _THOUGHT_ENDS in text:
        return text.rpartition(_THOUGHT_ENDS)[2].strip()
    return "" if text.lstrip().startswith(_THOUGHT_BEGINS) else text


def _generate(pair: ModelPair, prompts: Sequence[Ids], max_new_tokens: int, stop: Callable[[], bool]) -> list[Answer]:
    import torch
    from transformers import StoppingCriteria, StoppingCriteriaList

    class Asked(StoppingCriteria):  # type: ignore[misc]
        def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            return torch.full((input_ids.shape[0],), stop(), dtype=torch.bool, device=input_ids.device)

    ids, mask = _padded_left(prompts, pair.tokenizer.tokenizer.pad_token_id, pair.model.device)
    with torch.inference_mode():
        told = pair.model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=_room(pair, ids.shape[1], max_new_tokens),
            stopping_criteria=StoppingCriteriaList([Asked()]),
        )
    return [_read(pair, row) for row in told[:, ids.shape[1] :].tolist()]


def _room(pair: ModelPair, prompt: int, wanted: int) -> int:
    """New tokens that still fit into the model's context."""
    length = pair.context_length
    return wanted if length is None else max(1, min(wanted, length - prompt))


def _padded_left(prompts: Sequence[Ids], pad: int, device: Any) -> tuple[Any, Any]:
    """Ids and mask, both (batch, seq): every prompt ends at the right edge, where its answer goes on."""
    import torch

    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids.to(device), mask.to(device)


def _read(pair: ModelPair, ids: Ids) -> Answer:
    end = next((place for place, token in enumerate(ids) if token in pair.tokenizer.end_ids), None)
    text = pair.tokenizer.tokenizer.decode(ids[:end], skip_special_tokens=True)
    return Answer(text, cut=end is None)
