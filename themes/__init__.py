"""Themes: one TOML file each, those that come with ttune here and the user's own in the home's `themes` folder.

A file has a `label`, `dark` (true or false) and eleven [colours]; its name is the theme's. Every colour that the
studio shows is one of them. A file with mistakes is passed over and its mistakes are listed, one line each.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli
from textual.color import Color, ColorParseError
from textual.theme import Theme

ROOT = Path(__file__).parent
DEFAULT = "dark"

COLOURS = {
    "background": "behind everything",
    "surface": "behind bars and forms",
    "panel": "behind the chosen row and dialogs",
    "text": "what is read",
    "dim": "what is read second: labels, hints",
    "accent": "keys, the chosen, the trained curve",
    "base": "the base model, everywhere",
    "tuned": "the tuned model, everywhere",
    "good": "done, better",
    "warn": "what a person should look at",
    "error": "what a person must look at",
}
"""The colours of a theme, and what each is for."""

_KEYS = ("label", "dark", "colours")


class ThemeError(Exception):
    """A theme's file cannot be used; `problems` has a line for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """A theme that can be chosen."""

    name: str
    label: str
    theme: Theme


def theme_paths(own: Path | None = None) -> dict[str, Path]:
    """Files of themes by name; one of the user's (`own`) takes the place of one that comes with ttune."""
    folders = [ROOT] if own is None else [ROOT, own]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def read_themes(own: Path | None = None) -> tuple[list[ThemeFile], list[str]]:
    """Every theme that can be used, and a line for each mistake in those that cannot."""
    themes, problems = [], []
    for path in theme_paths(own).values():
        try:
            themes.append(read_theme(path))
        except ThemeError as error:
            problems += error.problems
    return themes, problems


def read_theme(path: Path) -> ThemeFile:
    """The theme in a file. Raises ThemeError with every mistake."""
    try:
        content = tomli.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise ThemeError([f"{path}: cannot be read: {error}"]) from error
    if problems := [f"{path}: {problem}" for problem in _problems(content)]:
        raise ThemeError(problems)
    return ThemeFile(path.stem, content["label"], _theme(path.stem, content["dark"], content["colours"]))


def _problems(content: dict[str, Any]) -> Iterator[str]:
    yield from _wrong_keys("", content, _KEYS)
    if not isinstance(content.get("label", ""), str):
        yield f"label: must be text, not {content['label']!r}"
    if not isinstance(content.get("dark", True), bool):
        yield f"dark: must be true or false, not {content['dark']!r}"
    if "colours" not in content:
        return
    colours = content["colours"]
    if not isinstance(colours, dict):
        yield f"colours: must be a section, not {colours!r}"
        return
    yield from _wrong_keys("colours.", colours, tuple(COLOURS))
    for name in COLOURS:
        if name in colours and not _is_colour(colours[name]):
            yield f"colours.{name}: not a colour such as '#8ab8ff': {colours[name]!r}"


def _wrong_keys(section: str, content: dict[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    for key in content:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            yield f"{section}{key}: unknown key" + (f"; did you mean {section}{close[0]}?" if close else ": remove it")
    for key in known:
        if key not in content:
            yield f"{section}{key}: is missing: add it" + (f" ({COLOURS[key]})" if key in COLOURS else "")


def _is_colour(value: object) -> bool:
    try:
        return isinstance(value, str) and value.startswith("#") and Color.parse(value).a == 1
    except ColorParseError:
        return False


def _theme(name: str, dark: bool, colours: dict[str, str]) -> Theme:
    """Textual's theme, with the colours that it has no name for as variables."""
    text, dim, accent, background = (colours[key] for key in ("text", "dim", "accent", "background"))
    return Theme(
        name=name, dark=dark, primary=accent, secondary=colours["base"], accent=accent, foreground=text,
        background=background, surface=colours["surface"], panel=colours["panel"], success=colours["good"],
        warning=colours["warn"], error=colours["error"], text_alpha=1.0,
        variables={
            "dim": dim, "good": colours["good"], "warn": colours["warn"],
            "side-base": colours["base"], "side-tuned": colours["tuned"],
            "text": text, "text-muted": dim, "text-disabled": dim, "foreground-muted": dim,
            "text-primary": accent, "text-accent": accent, "text-secondary": colours["base"],
            "text-success": colours["good"], "text-warning": colours["warn"], "text-error": colours["error"],
            "block-cursor-background": accent, "block-cursor-foreground": background, "block-cursor-text-style": "bold",
            "block-cursor-blurred-background": colours["panel"], "block-cursor-blurred-foreground": text,
            "block-hover-background": colours["panel"], "border": accent, "border-blurred": dim,
            "input-cursor-background": text, "input-cursor-foreground": background,
            "input-selection-background": f"{accent} 35%",
            "scrollbar": colours["panel"], "scrollbar-hover": dim, "scrollbar-active": accent,
            "scrollbar-background": background, "scrollbar-background-hover": background,
            "scrollbar-background-active": background, "scrollbar-corner-color": background,
            "link-color": accent, "link-background": f"{accent} 0%",
            "button-foreground": text, "button-color-foreground": background,
        },
    )  # fmt: skip
