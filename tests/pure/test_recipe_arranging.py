"""Which settings a form shows: by group, without those that have no effect, and what a search finds."""

import pytest

from engine.recipe_form import field, fields
from tui.panes.recipe.arranging import arranged, best
from tui.panes.recipe.draft import FieldState
from tui.panes.recipe.editor import editor_command
from tui.panes.recipe.field_line import LineState, Remark, field_line
from tui.panes.recipe.words import fault_line, marked_place, toml_lines
from tui.widgets.painted import cells


def states(**values):
    """Every setting at its default but for some; `__` in a name stands for a dot."""
    said = {key.replace("__", "."): value for key, value in values.items()}
    return {
        spec.key: FieldState(said.get(spec.key, spec.default), spec.key not in said, False, "") for spec in fields()
    }


def keys(found):
    return [spec.key for spec in found.specs]


def test_what_has_no_effect_is_folded_away_and_counted():
    found = arranged(fields(), states())
    assert "method.preference.beta" not in keys(found)
    assert "rewards" not in keys(found)
    assert "data.mapping.prompt" not in keys(found)
    assert found.folded == len(fields()) - len(found.specs)
    assert found.items[-1].words == f"{found.folded} settings without effect here: a shows them"
    assert keys(arranged(fields(), states(), everything=True)) == [spec.key for spec in fields()]


def test_what_comes_into_effect_unfolds():
    grpo = keys(arranged(fields(), states(method__kind="grpo")))
    assert {"rewards", "method.grpo.beta"} <= set(grpo)
    assert "method.answers_only" not in grpo
    assert "adapter.rank" not in keys(arranged(fields(), states(adapter__kind="full")))
    assert "data.mapping.answer" in keys(arranged(fields(), states(data__mapping__prompt="text")))


def test_a_problem_is_never_folded_away():
    wrong = states()
    wrong["method.grpo.beta"] = FieldState(-1, False, True, "must be more")
    assert "method.grpo.beta" in keys(arranged(fields(), wrong))
    assert "rewards" in keys(arranged(fields(), states(), keep=field("rewards")))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("rank", "adapter.rank"),
        ("learning rate", "training.learning_rate"),
        ("split validation", "data.split.validation"),
        ("mapping prompt", "data.mapping.prompt"),
        ("$/hour", "budget.price_per_hour"),
        ("paged_adamw", "training.optimiser"),
        ("yarn", "training.rope_scaling"),
        ("4411", "chat.prompts"),
        ("GRPO temperature", "method.grpo.temperature"),
    ],
)
def test_a_search_looks_in_names_help_units_choices_and_values(search, found):
    shown = arranged(fields(), states(chat__prompts=["order 4411"]), search=search)
    assert best(shown.specs, search).key == found


def test_a_search_without_hits_has_none():
    assert arranged(fields(), states(), search="zebra").items == ()
    assert best([], "zebra") is None


@pytest.mark.parametrize("width", [10, 30, 58, 90])
@pytest.mark.parametrize("typed", [None, "", "must be a number"])
def test_a_line_never_is_too_wide(width, typed):
    for spec in fields():
        value = ["x" * 200] if spec.kind == "list" else "x" * 200 if spec.kind == "text" else spec.default
        for remark in (None, Remark("warns", "too much of it " * 9)):
            line = field_line(
                spec, LineState(FieldState(value, False, False, ""), remark, chosen=True, typed=typed), width
            )
            assert cells(line) <= max(width, 30 + 20)


def test_a_long_note_takes_what_a_short_value_leaves_and_nothing_runs_together():
    def shown(key, width, **more):
        spec = field(key)
        given = {"value": spec.default, "default": True, "waiting": False, "problem": ""} | more
        line = field_line(spec, LineState(FieldState(**given), advised=spec.advice), width)
        return "".join(text for text, _ in line)

    assert "share · advised 0.05 from 1,000 rows" in shown("data.split.validation", 80)
    assert "share · advised 100 to 500 rows" in shown("data.split.held_out", 77)
    assert "gradient checkpointing " in shown("training.gradient_checkpointing", 80)
    targets = ["all", "attention", "mlp"]
    theirs = {"template": ["all"], "as_template": False}
    assert "all, attention, mlp  template all" in shown("adapter.targets", 80, value=targets, default=False, **theirs)


@pytest.mark.parametrize(
    ("search", "found"),
    [("rate", "training.learning_rate"), ("warm", "training.warmup"), ("size", None), ("check", None), ("rows", None)],
)
def test_a_search_chooses_a_name_before_letters_within_one(search, found):
    shown = arranged(fields(), states(), search=search).specs
    chosen = best(shown, search)
    assert found is None or chosen.key == found
    assert chosen in shown


def test_a_mistake_in_toml_stands_at_its_line():
    text, fault = "a = 1\n[b\nc = 2\n", "not valid TOML: Expected ']' (at line 2, column 3)"
    assert fault_line(fault, text) == 1
    assert fault_line("Unclosed array (at end of document)", text) == 2
    assert fault_line("cannot be read", text) is None
    lines = ["".join(span for span, _ in line) for line in toml_lines(text, fault, 120, (), 1)]
    assert [line.strip()[:5] for line in lines] == ["1 a =", "▸2 [b", "✗ not", "Mend ", "3 c ="]


def test_an_editor_opens_on_the_line(monkeypatch, tmp_path):
    path = tmp_path / "project.toml"
    monkeypatch.delenv("VISUAL", raising=False)
    for editor, command in {
        "vim": ["vim", "+8", str(path)],
        "nano -l": ["nano", "-l", "+8", str(path)],
        "hx": ["hx", f"{path}:8"],
        "code --wait": ["code", "--wait", "--goto", f"{path}:8"],
        "strange": ["strange", str(path)],
    }.items():
        monkeypatch.setenv("EDITOR", editor)
        assert editor_command(path, 7) == command
    assert editor_command(path, None) == ["strange", str(path)]


def test_the_file_points_at_a_line_however_it_is_wrapped():
    text = "# long " + "words " * 40 + "\n[adapter]\nrank = 16\n"
    lines = toml_lines(text, "", 40, ("version 1 -> 2",), 2)
    assert "rank = 16" in "".join(words for words, _ in lines[marked_place(lines)])
    assert marked_place(toml_lines(text, "", 40)) is None
