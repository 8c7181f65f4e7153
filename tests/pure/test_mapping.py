"""Mappings: fields, paths, texts and templates for each role; what is wrong with one is said in a line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.conversations import (
    Layout,
    Unfit,
    as_mapping,
    fields,
    guess_mapping,
    preview,
    problems,
    recognise,
)
from engine.data.example import Message
from engine.data.formats.values import Unset, find
from engine.errors import DataError
from engine.recipe import Mapping

ROW = {
    "q": "Why?", "a": "Because.", "user": {"text": "inner", "tags": ["x", "y"]}, "a.b": "dotted", "6b": {"ok": True},
    "turns": [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}], "n": 3, "flag": False,
    "none": None, "items": "shadow", "it's": "<b> & 'q' é",
}  # fmt: skip


def filled(pattern: str, row=ROW) -> str:
    return Layout("mapping", Mapping(prompt="q", answer=pattern), 0, 1).example({"q": "?", **row}).answer


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("a", "Because."),
        ("user.text", "inner"),
        ("user.tags.1", "y"),
        ("a.b", "dotted"),
        ("6b.ok", "true"),
        ("n", "3"),
        ("flag", "false"),
        ("{q} {user.text} {flag}", "Why? inner false"),
        ('{"why": "{a}"}', '{"why": "Because."}'),
        ("{{ q }} {{ user.text | upper }}", "Why? INNER"),
        ("{{ user.tags | tojson }}", '["x", "y"]'),
        ('{{ row["it\'s"] | tojson }}', "\"<b> & 'q' é\""),
        ("{{ row['6b'].ok }} {{ flag }}", "true false"),
        ("{% for tag in user.tags %}{{ tag }};{% endfor %}", "x;y;"),
        ("{% if absent %}there{% else %}not there{% endif %}", "not there"),
        ("{{ absent | default('-') }}{{ none or '-' }}{{ absent or '-' }}", "---"),
        ("{{ items }}{{ user.items() | length }}", "shadow2"),
        ("{{ n * 2 }} {{ 'ab' * 2 }}\n", "6 abab\n"),
    ],
)
def test_a_pattern_is_filled_in(pattern, text):
    assert filled(pattern) == text


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("absent", "answer: absent is missing"),
        ("none", "answer: none is missing"),
        ("user.absent", "answer: user.absent is missing"),
        ("user.tags", r"answer: user.tags is no text: write \{\{ user.tags \| tojson \}\}"),
        ("6b", r"answer: 6b is no text: write \{\{ row\['6b'\] \| tojson \}\}"),
        ("{q} {absent}", "answer: absent is missing"),
        ("{{ absent }}", "answer: 'absent' is undefined"),
        ("{{ absent.inner }}", "answer: 'absent' is undefined"),
        ("{{ user.absent }}", "answer: 'dict object' has no attribute 'absent'"),
        ("{{ none }}", "answer: prints a field that is null"),
        ("{{ user.tags }}", r"answer: prints a list or an object: write \{\{ field \| tojson \}\}"),
        ("{{ user.text.upper }}", "answer: prints a function"),
        ("{{ n / 0 }}", "answer: division by zero"),
        ("{{ q + n }}", "answer: "),
        ("{{ user.tags.append('z') }}", "answer: .*not safely callable|answer: access to attribute"),
        ("{{ q.__class__.__mro__ }}", "answer: access to attribute '__class__'"),
        ("{{ 'a' * 999999999999 }}", "answer: makes too much"),
        ("{{ 9 ** 999999999 }}", "answer: makes too much"),
        ("{% for i in range(999999999) %}x{% endfor %}", "answer: Range too big"),
        ("{{ q | round }}", "answer: "),
    ],
)
def test_a_pattern_that_cannot_be_filled_in_says_role_and_field(pattern, why):
    with pytest.raises(Unfit, match=why) as caught:
        filled(pattern)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pattern", ["{{ q", "{% if %}", "{{ q | nofilter }}", "{% for x in %}", "{{ 'a }}"])
def test_what_is_no_template_is_refused_before_any_row(pattern):
    with pytest.raises(DataError, match=r"data\.mapping\.answer: no valid template: "):
        recognise([ROW], mapping=Mapping(prompt="q", answer=pattern))
    assert preview({"answer": pattern}, ROW)[0].problem.startswith("no valid template: ")
    assert problems({"prompt": "q", "answer": pattern}, fields([ROW]))[0].startswith("answer: no valid template: ")


@pytest.mark.parametrize(
    ("mapping", "kind"),
    [
        (Mapping(prompt="q", answer="a"), "conversation"),
        (Mapping(system="Be kind.", prompt="q", answer="a"), "conversation"),
        (Mapping(text="{q} {a}"), "text"),
        (Mapping(prompt="q", chosen="a", rejected="a.b"), "preference"),
        (Mapping(prompt="q", answer="a", label="flag"), "unpaired"),
        (Mapping(prompt="q", answer="a", label="{{ n == 3 }}"), "unpaired"),
        (Mapping(prompt="q", solution="n"), "question"),
        (Mapping(prompt="turns", answer="a"), "conversation"),
    ],
)
def test_the_roles_make_the_kind(mapping, kind):
    layout = recognise([ROW], mapping=mapping)
    assert (layout.kind, layout.fits, layout.format) == (kind, 1, "mapping")
    assert layout.example(ROW).kind == kind


def test_a_field_may_hold_turns():
    layout = recognise([ROW], mapping=Mapping(system="S", prompt="turns", answer="a"))
    assert [turn.content for turn in layout.conversation(ROW)] == ["S", "one", "two", "Because."]
    pair = {
        "conversation": [{"role": "user", "content": "a"}],
        "good": {"role": "assistant", "content": "b"},
        "bad": "c",
    }
    layout = recognise([pair], mapping=Mapping(prompt="conversation", chosen="good", rejected="bad"))
    assert layout.example(pair).rejected == (Message("assistant", "c"),)


def test_a_system_text_may_differ_by_row_and_be_absent():
    mapping = Mapping(system="{% if who %}You are {{ who }}.{% endif %}", prompt="q", answer="a")
    layout = recognise([ROW], mapping=mapping)
    assert layout.conversation(ROW)[0].role == "user"
    assert layout.conversation({**ROW, "who": "Ann"})[0] == Message("system", "You are Ann.")
    assert recognise([ROW], mapping=Mapping(system="q", prompt="q", answer="a")).conversation(ROW)[0].content == "q"


@pytest.mark.parametrize(
    ("listed", "wanted"),
    [
        ([{"prompt": "a", "response": "b"}], Mapping(prompt="prompt", answer="response")),
        ([{"text": "a", "label": 1}], Mapping(prompt="text", answer="label")),
        ([{"text": "a", "labels": ["x"]}], Mapping(prompt="text", answer="{{ labels | default([], true) | tojson }}")),
        ([{"system_prompt": "s", "question": "a", "response": "b"}], Mapping(prompt="question", answer="response")),
        ([{"question": "a", "answer": "b", "category": "c"}], Mapping(prompt="question", answer="answer")),
        (
            [{"instruction": "a", "context": "", "response": "b", "category": "c"}],
            Mapping(prompt="{{ instruction }}{% if context %}\n\n{{ context }}{% endif %}", answer="response"),
        ),
        ([{"content": "a", "id": 1}], Mapping(text="content")),
        ([{"text": "a", "meta": {"label": "b"}}], None),
        ([{"a": "b"}], None),
        ([], None),
    ],
)
def test_guesses(listed, wanted):
    assert guess_mapping(listed) == wanted


def test_rows_of_a_known_format_are_not_guessed_at():
    known = {"instruction": "a", "input": "b", "output": "c"}
    layout = recognise([known] * 3 + [{"question": "a", "answer": "b"}])
    assert (layout.format, layout.mixed) == ("alpaca", "75% alpaca, 25% mapping: split it into a file each, or map it")
    empty = {"messages": [], "question": "a", "answer": "b"}
    assert recognise([empty]).mapping == Mapping(prompt="question", answer="answer")


def test_a_live_preview_shows_each_role_or_its_problem():
    shown = preview({"system": "Be kind.", "prompt": "{q} {absent}", "answer": "a", "chosen": ""}, ROW)
    assert [(it.role, it.text, it.problem) for it in shown] == [
        ("system", "Be kind.", ""), ("prompt", "", "absent is missing"), ("answer", "Because.", ""),
    ]  # fmt: skip
    assert preview(Mapping(text="a"), ROW)[0].text == "Because."
    assert [(it.role, it.text) for it in preview({"prompt": "turns"}, ROW)] == [("prompt", "user: one\n\nuser: two")]


@pytest.mark.parametrize(
    ("patterns", "told"),
    [
        ({"prompt": "q", "answer": "a"}, []),
        ({"prompt": "user.text", "answer": "user.tags.1"}, []),
        ({"prompt": "{{ q }} {{ row.n }} {{ absent }}", "answer": "a"}, ["prompt: no row has absent"]),
        ({"prompt": "q", "answer": "{user.texts}"}, ["answer: no row has user.texts: did you mean user.text?"]),
        ({"prompt": "q"}, ["prompt and answer go together"]),
        ({"prompt": "q", "anser": "a"}, ["anser: there is no such role"]),
        ({"system": "free text", "text": "q"}, []),
        ({}, []),
    ],
)
def test_problems_of_a_mapping_whatever_the_row(patterns, told):
    found = problems(patterns, fields([ROW]))
    assert len(found) == len(told)
    assert all(line.startswith(begin) for line, begin in zip(found, told, strict=True))


def test_patterns_become_a_mapping_or_one_line():
    assert as_mapping({"prompt": "q", "answer": "a"}) == Mapping(prompt="q", answer="a")
    for wrong in ({"prompt": "q"}, {"prompts": "q"}, {"prompt": "q", "answer": "{{"}):
        with pytest.raises(DataError, match=r"^data\.mapping") as caught:
            as_mapping(wrong)
        assert "\n" not in str(caught.value)


keys = st.text("ab.01", min_size=1, max_size=3)
trees = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner),
)


@given(st.dictionaries(keys, trees), keys)
@settings(deadline=None)
def test_every_field_there_is_can_be_named(row, path):
    assert find(row, path) is Unset or row
    for name, value in row.items():
        assert find(row, name) is value


@given(st.text("{}% ab|.'\"\n()+[]", max_size=20), st.dictionaries(st.sampled_from("ab"), trees))
@settings(max_examples=300, deadline=None)
def test_any_pattern_on_any_row_is_text_or_one_line(pattern, row):
    found = preview({"prompt": pattern, "system": pattern, "label": pattern}, row)
    assert all(it.text == "" or not it.problem for it in found)
    assert all("\n" not in line for line in problems({"prompt": pattern, "answer": "a"}, fields([row])))
    assert all("\n" not in it.problem for it in found)
