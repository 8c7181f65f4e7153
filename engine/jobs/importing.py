"""Large libraries, imported at their quickest."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Import torch and the like in this block: a fifth quicker, since nobody looks for garbage meanwhile.

    trl and what it needs make two million objects that all stay, and Python looks through them for cycles again and
    again: 4.5 s of CPU time with that, 3.5 s without. Afterwards they are set aside, so later looks skip them too.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def load_transformers() -> None:
    """Import torch, and of transformers and peft what every job with a model needs."""
    with importing():
        import peft  # noqa: F401
        from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: F401


def load_trl() -> None:
    """Import, beside those, what every method of training needs."""
    load_transformers()
    with importing():
        import datasets  # noqa: F401
        import trl  # noqa: F401
        from transformers import Trainer  # noqa: F401
