"""Log-probabilities of tokens without a GPU: what trl's Triton kernel gives, by plain torch."""

from typing import Any

_CHUNK = 1024
"""Tokens whose logits are in memory at once; they are computed again for the gradient."""


def use_plain_scoring() -> None:
    """Without a GPU let trl score tokens by plain torch; its kernel runs on GPUs alone."""
    import torch
    from trl.trainer import utils

    if not torch.cuda.is_available():
        utils._ChunkedLogProbFunction = PlainLogProbs


class PlainLogProbs:
    """Stands where trl calls its kernel."""

    @staticmethod
    def apply(
        hidden: Any, weight: Any, bias: Any, labels: Any, temperature: float, chunk: int, softcap: float | None,
        scale: float, outputs: tuple[str, ...],
    ) -> tuple[Any, Any, Any, Any, Any]:  # fmt: skip
        """Of each token: log-probability, entropy, log of the sum of squared probabilities, mean logit, is it the top.

        hidden (tokens, width), weight (vocabulary, width), labels (tokens,). Logits are scaled, capped and divided by
        the temperature, in that order, as the kernel does. All are computed, whatever is asked for in `outputs`.
        """
        import torch
        from torch.utils.checkpoint import checkpoint

        parts = []
        for start in range(0, max(1, len(labels)), _CHUNK):
            part = slice(start, start + _CHUNK)
            options = (weight, bias, temperature, softcap, scale)
            parts.append(checkpoint(_score, hidden[part], labels[part], *options, use_reentrant=False))
        log_probs, entropy, squares, means, top = (torch.cat(column) for column in zip(*parts, strict=True))
        return log_probs, entropy, squares.detach(), means.detach(), top


def _score(
    hidden: Any, labels: Any, weight: Any, bias: Any, temperature: float, softcap: float | None, scale: float
) -> tuple[Any, Any, Any, Any, Any]:
    import torch

    logits = torch.nn.functional.linear(hidden, weight, bias).float() * scale
    if softcap is not None:
        logits = softcap * torch.tanh(logits / softcap)
    logits = logits / temperature
    logs = torch.log_softmax(logits, dim=-1)
    chosen = logs.gather(1, labels[:, None]).squeeze(1)
    entropy = -(logs.exp() * logs).sum(-1)
    return chosen, entropy, torch.logsumexp(2 * logs, dim=-1), logits.mean(-1), logits.argmax(-1) == labels
