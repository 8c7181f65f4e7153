"""Where a recipe's text says something."""

import re

_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(#.*)?$")
_SAID = re.compile(r"\s*([\w.\-\"' ]+?)\s*=")


def line_of(text: str, key: str) -> int | None:
    """The line, from 0, where a text says a setting, else where the section begins that it belongs into; None else."""
    section: tuple[str, ...] = ()
    wanted, found = tuple(key.split(".")), None
    for number, line in enumerate(text.splitlines()):
        if header := _HEADER.match(line):
            section = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            if section == wanted:
                return number
            if found is None and section == wanted[:-1]:
                found = number
        elif said := _SAID.match(line):
            path = (*section, *(part.strip().strip("\"'") for part in said[1].split(".")))
            if path == wanted[: len(path)]:
                return number
    return found
