"""Load a base model's tokenizer so that every job renders, pads and ends text the same way."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.jobs.importing import importing
from engine.project import is_hub_id, resolve
from engine.recipe import Recipe

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}"
    "{% if not loop.last %}{{ '\n\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n\n' }}{% endif %}"
)
"""For base models without a chat template: turns with a blank line between them, answers ended by EOS."""

_PAD_NAMES = ("<|finetune_right_pad_id|>", "<pad>", "<|pad|>", "[PAD]", "<unk>")


@dataclass(frozen=True, slots=True)
class LoadedTokenizer:
    """A tokenizer, and what had to be filled in for it."""

    tokenizer: Any
    """A transformers fast tokenizer with a chat template and a pad token."""
    notices: list[str]
    end_ids: list[int]
    """Tokens that end an answer: the tokenizer's EOS, and the one that the template ends a turn with."""


def base_path(recipe: Recipe, project: Path) -> str:
    """What `from_pretrained` takes for the recipe's base model: a folder's path or a Hub id."""
    base = recipe.model.base
    return base if is_hub_id(base, project) else str(resolve(base, project))


def load_tokenizer(path: str, revision: str = "") -> LoadedTokenizer:
    """The tokenizer of a model folder or Hub id. Raises ModelError when there is none that can be used.

    `revision`: a commit, tag or branch of the Hub id; "" for the newest.
    """
    with importing():
        from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path, use_fast=True, revision=revision or None)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).strip().splitlines()[0][:200].rstrip(" :")
        raise ModelError(f"{path}: its tokenizer cannot be loaded: {reason}: is the folder whole?") from error
    if not tokenizer.is_fast:
        raise ModelError(f"{path}: has no tokenizer.json: convert its tokenizer to a fast one first")
    notices = _fill_in(tokenizer)
    return LoadedTokenizer(tokenizer, notices, _end_ids(tokenizer))


def _fill_in(tokenizer: Any) -> list[str]:
    notices = []
    if not tokenizer.chat_template:
        tokenizer.chat_template = PLAIN_TEMPLATE
        notices.append("the tokenizer has no chat template: turns are joined by blank lines and answers end with EOS")
    if tokenizer.pad_token_id is None:
        vocabulary = tokenizer.get_vocab()
        tokenizer.pad_token = next((name for name in _PAD_NAMES if name in vocabulary), tokenizer.eos_token)
        notices.append(f"the tokenizer has no pad token: {tokenizer.pad_token} pads; it is never trained on as padding")
    return notices


def _end_ids(tokenizer: Any) -> list[int]:
    answer = "\ue000"  # for private use, so in no template's own text
    turns = [{"role": "user", "content": "x"}, {"role": "assistant", "content": answer}]
    text = tokenizer.apply_chat_template(turns, tokenize=False)
    special = {token for token, added in tokenizer.added_tokens_decoder.items() if added.special}
    after = tokenizer(text[text.rindex(answer) + len(answer) :], add_special_tokens=False)["input_ids"]
    ends = [tokenizer.eos_token_id, next((token for token in after if token in special), None)]
    return sorted({token for token in ends if token is not None})
