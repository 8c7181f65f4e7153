"""A YAML file of another tool, with the line of every key; what is wrong with it is one line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import UserError

MOST_BYTES = 1 << 20
"""A configuration is a page or two; what is larger is data."""
_DEEPEST = 20


class BridgeError(UserError):
    """A file of another tool, or a recipe, that cannot be carried across."""


@dataclass(frozen=True)
class Source:
    """What a file says."""

    path: Path
    content: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict)
    """Line of each key, from 1; keys inside others are dotted, such as `datasets.0.type`."""
    method: str = ""
    """The method that the caller says it is for, where the file itself does not; "" otherwise."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key; `default` where it is missing or empty."""
        value = self.content.get(key)
        return default if value is None else value

    def says(self, *keys: str) -> bool:
        """Whether one of the keys has a value."""
        return any(self.content.get(key) is not None for key in keys)

    def mistake(self, key: str, why: str) -> BridgeError:
        """An error about a key, with its line."""
        line = self.lines.get(key)
        return BridgeError(f"{self.path}:{f' line {line}:' if line else ''} {key}: {why}")


def read_yaml(path: Path) -> Source:
    """The content of a YAML file. Raises BridgeError, naming the line where there is one.

    Pipes and devices, which may never end, are not read.
    """
    if path.exists() and not path.is_file():
        raise BridgeError(f"{path}: is no file: give the YAML of Axolotl, LLaMA-Factory or trl")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BridgeError(f"{path}: larger than {MOST_BYTES:,} bytes: this is no configuration")
        return parse_yaml(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError as error:
        raise BridgeError(f"{path}: no such file: give the YAML of Axolotl, LLaMA-Factory or trl") from error
    except UnicodeDecodeError as error:
        raise BridgeError(f"{path}: is no UTF-8 text: give a YAML file") from error
    except OSError as error:
        raise BridgeError(f"{path}: cannot be read: {error.strerror}") from error


def parse_yaml(text: str, path: Path) -> Source:
    """The content of YAML text; `path` is what errors name, and what relative paths in it are relative to."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = " ".join(filter(None, [error.context, error.problem]))
        raise BridgeError(f"{path}: line {mark.line + 1 if mark else 1}: not valid YAML: {why}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise BridgeError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise BridgeError(f"{path}: not usable YAML: it is nested too deeply") from error
    if not isinstance(content, dict):
        raise BridgeError(f"{path}: line 1: holds no `key: value` lines: give a configuration, not data")
    if strange := [key for key in content if not isinstance(key, str)]:
        line = next((line for key, line in _keys(root, "", _DEEPEST) if key == str(strange[0])), 1)
        raise BridgeError(f"{path}: line {line}: {strange[0]!r}: is no word, and every key is one: take it out")
    lines: dict[str, int] = {}
    for key, line in _keys(root, "", 0):
        if key in lines:
            raise BridgeError(f"{path}: line {line}: {key}: stands on line {lines[key]} too: take one of them out")
        lines[key] = line
    return Source(path, content, lines)


def _keys(node: Any, prefix: str, depth: int) -> Iterator[tuple[str, int]]:
    """Dotted keys below a node, with their lines."""
    import yaml

    if depth > _DEEPEST:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            if key.tag != "tag:yaml.org,2002:merge":
                yield name, key.start_mark.line + 1
                yield from _keys(value, f"{name}.", depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield from _keys(value, f"{prefix}{place}.", depth + 1)
