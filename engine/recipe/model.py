"""What is fine-tuned."""

from typing import Annotated

from pydantic import Field

from engine.recipe.section import Section


class Model(Section):
    """What is fine-tuned."""

    base: Annotated[str, Field(min_length=1)]
    """The base model: a folder (relative to the project or absolute), a Hub id such as `Qwen/Qwen3-4B`, or
    `ttune:quickstart/model`, the tiny one that comes with ttune."""
    revision: str = ""
    """The commit, tag or branch of a Hub id; empty: the newest. A commit gives the same weights next year."""
    adapter: str = ""
    """An adapter to go on training: a run such as `tone#3`, or a folder. Empty: a fresh one. Preference training
    starts best from an adapter that SFT has trained."""
