"""The mapping tables as the guide prints them."""

from collections.abc import Iterator

from engine.bridges.tool import Tool


def markdown(tool: Tool) -> str:
    """A tool's table, in the order of its keys, then its defaults."""
    return "\n".join(_lines(tool))


def all_tables() -> dict[str, str]:
    """Each tool's table by its title."""
    from engine.bridges.tools.axolotl import AXOLOTL
    from engine.bridges.tools.llama_factory import LLAMA_FACTORY
    from engine.bridges.tools.trl_cli import TRL

    return {tool.title: markdown(tool) for tool in (AXOLOTL, LLAMA_FACTORY, TRL)}


def _lines(tool: Tool) -> Iterator[str]:
    yield "| key | what becomes of it |"
    yield "| --- | --- |"
    for key in sorted(tool.keys):
        yield f"| `{key}` | {tool.keys[key].words.replace('|', chr(92) + '|')} |"
    said = ", ".join(f"`{key}` {_written(default.value)}" for key, default in tool.defaults.items())
    yield ""
    yield f"Where the file does not say, {tool.title}'s own defaults are meant: {said}."


def _written(value: object) -> str:
    if value is None:
        return "empty"
    return str(value).lower() if isinstance(value, bool) else str(value)
