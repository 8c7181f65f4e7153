"""Themes: what can be read, what is refused and how it is told, and that everything can be read on the screen."""

import re

import pytest
import tomli

import themes

ROLES = [role for role in themes.COLOURS if role not in ("background", "surface", "panel")]
GOOD = (themes.ROOT / "dark.toml").read_text()


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    lower, higher = sorted((luminance(one), luminance(other)))
    return (higher + 0.05) / (lower + 0.05)


def test_there_are_enough_themes_and_none_is_refused():
    found, problems = themes.read_themes()
    assert problems == []
    names = {theme.name for theme in found}
    assert {"dark", "light", "contrast-dark", "contrast-light", "okabe-dark", "okabe-light"} <= names
    assert {theme.theme.dark for theme in found} == {True, False}


@pytest.mark.parametrize("name", sorted(themes.theme_paths()))
@pytest.mark.parametrize("role", ROLES)
def test_every_colour_can_be_read_on_every_background(name, role):
    colours = tomli.loads(themes.theme_paths()[name].read_text())["colours"]
    wanted = 7.0 if name.startswith("contrast") else 4.5
    for behind in ("background", "surface", "panel"):
        assert contrast(colours[role], colours[behind]) >= wanted, f"{role} on {behind}"


@pytest.mark.parametrize("name", sorted(themes.theme_paths()))
def test_base_and_tuned_are_told_apart_from_each_other_and_from_what_warns(name):
    colours = tomli.loads(themes.theme_paths()[name].read_text())["colours"]
    assert len({colours[role] for role in ("base", "tuned", "warn", "error", "accent", "text")}) == 6


def test_the_sides_are_variables(tmp_path):
    variables = themes.read_theme(themes.ROOT / "dark.toml").theme.variables
    assert (variables["side-base"], variables["side-tuned"]) == ("#dba8ec", "#5fd7b8")


def test_every_mistake_is_listed_with_its_key(tmp_path):
    text = (
        re.sub("accent = .*", "acent = '#123456'", GOOD)
        .replace('"#dba8ec"', '"blu"')
        .replace("dark = true", "dark = 1")
    )
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(themes.ThemeError) as caught:
        themes.read_theme(path)
    assert caught.value.problems == [
        f"{path}: dark: must be true or false, not 1",
        f"{path}: colours.acent: unknown key; did you mean colours.accent?",
        f"{path}: colours.accent: is missing: add it (keys, the chosen, the trained curve)",
        f"{path}: colours.base: not a colour such as '#8ab8ff': 'blu'",
    ]


@pytest.mark.parametrize(
    "text", ["", "label = ", "colours = 3", 'label = 3\ndark = true\n[colours]\ntext = "#12"', "\x00"]
)
def test_no_text_crashes_the_reader(text, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    found, problems = themes.read_themes(tmp_path)
    assert "mine" not in {theme.name for theme in found}
    assert problems
    assert all(line.startswith(str(path)) and "\n" not in line for line in problems)


def test_a_theme_of_ones_own_takes_the_place_of_one_that_comes_with_ttune(tmp_path):
    (tmp_path / "dark.toml").write_text(GOOD.replace('label = "Dark"', 'label = "My dark"'))
    found, _ = themes.read_themes(tmp_path)
    assert [theme.label for theme in found if theme.name == "dark"] == ["My dark"]
