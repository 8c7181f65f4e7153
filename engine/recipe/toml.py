"""TOML text as content, and what is wrong with a text that is none, with its line."""

import re
from typing import Any

import tomli

from engine.errors import RecipeError
from engine.recipe.form_of_text import taken_off

_DECLARED = re.compile(r"Cannot declare \((?P<parts>.*?),?\) twice")
_PART = re.compile(r"'([^']*)'")


def content_of(text: str, name: str = "recipe") -> dict[str, Any]:
    """What a TOML text holds. Raises RecipeError with one line that `name` begins."""
    try:
        return tomli.loads(taken_off(text)[0])
    except tomli.TOMLDecodeError as error:
        raise RecipeError([f"{name}: {_explain(error)}"]) from error
    except RecursionError as error:
        raise RecipeError([f"{name}: lists or tables are nested too deeply: a recipe needs three levels"]) from error


def _explain(error: tomli.TOMLDecodeError) -> str:
    """The mistake in plain words where it is a common one."""
    if error.msg == "Cannot overwrite a value":
        key = error.doc.splitlines()[error.lineno - 1].partition("=")[0].strip()
        return f"line {error.lineno}: {key} is there a second time: remove one of the two"
    if declared := _DECLARED.match(error.msg):
        section = ".".join(_PART.findall(declared["parts"]))
        return f"line {error.lineno}: [{section}] is there a second time: put its keys together"
    return f"not valid TOML: {error}"
