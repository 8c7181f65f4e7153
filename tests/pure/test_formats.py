"""Each of the nine formats, in the ways that files write them, becomes the example that it means."""

import json
from typing import Any

import pytest

from engine.data.conversations import KNOWN, Layout, Unfit, recognise
from engine.data.example import Example, Message, Segment
from engine.errors import DataError
from engine.recipe import Mapping

USER = {"role": "user", "content": "Hi?"}
GOOD = {"role": "assistant", "content": "Hello."}
POOR = {"role": "assistant", "content": "Go away."}
SYSTEM = {"role": "system", "content": "Be kind."}
RUDE_GPT = {"from": "gpt", "value": "Go away."}
IN_PARTS = {"role": "user", "content": [{"type": "text", "text": "H"}, {"type": "text", "text": "i?"}]}
HUMAN, GPT = {"from": "human", "value": "Hi?"}, {"from": "gpt", "value": "Hello."}

ASKED = (Message("user", "Hi?"),)
ANSWERED = (*ASKED, Message("assistant", "Hello."))
RULED = (Message("system", "Be kind."), *ANSWERED)
TOLD = Example("conversation", ANSWERED)
GOVERNED = Example("conversation", RULED)
BETTER = Example("preference", ANSWERED, (Message("assistant", "Go away."),))
JUDGED = Example("unpaired", ANSWERED, label=True)
CONDEMNED = Example("unpaired", ANSWERED, label=False)
SOLVED = Example("question", ASKED, solution="4")


def example(row: dict[str, Any], name: Any) -> Example:
    return Layout(name, Mapping(), 1, 1).example(row)


@pytest.mark.parametrize(
    ("name", "row", "wanted"),
    [
        ("messages", {"messages": [USER, GOOD]}, TOLD),
        ("messages", {"messages": [SYSTEM, USER, GOOD]}, GOVERNED),
        ("messages", {"system": "Be kind.", "messages": [USER, GOOD]}, GOVERNED),
        ("messages", {"system": "ignored", "messages": [SYSTEM, USER, GOOD]}, GOVERNED),
        ("messages", {"messages": [{**USER, "name": "Ann"}, {**GOOD, "weight": 1}]}, TOLD),
        ("messages", {"messages": [USER, {"role": "Assistant", "content": "Hello."}]}, TOLD),
        ("messages", {"messages": [{"role": "developer", "content": "Be kind."}, USER, GOOD]}, GOVERNED),
        ("messages", {"messages": json.dumps([USER, GOOD])}, TOLD),
        ("messages", {"messages": [IN_PARTS, GOOD]}, TOLD),
        ("messages", {"dialogue": [USER, GOOD], "id": 3}, TOLD),
        ("sharegpt", {"conversations": [HUMAN, GPT]}, TOLD),
        ("sharegpt", {"conversation": [HUMAN, GPT]}, TOLD),
        ("sharegpt", {"conversations": [USER, GOOD]}, TOLD),
        ("sharegpt", {"conversations": [HUMAN, GPT], "system": "Be kind."}, GOVERNED),
        ("sharegpt", {"conversations": [{"from": "system", "value": "Be kind."}, HUMAN, GPT]}, GOVERNED),
        ("sharegpt", {"conversations": json.dumps([HUMAN, GPT])}, TOLD),
        ("sharegpt", {"turns": [HUMAN, GPT]}, TOLD),
        ("alpaca", {"instruction": "Hi?", "output": "Hello."}, TOLD),
        ("alpaca", {"instruction": "Hi?", "input": None, "output": "Hello.", "text": "all of it"}, TOLD),
        ("alpaca", {"instruction": "Hi?", "output": "Hello.", "system": "Be kind.", "history": []}, GOVERNED),
        ("alpaca", {"instruction": "Hi?", "output": 4}, Example("conversation", (*ASKED, Message("assistant", "4")))),
        ("prompt_completion", {"prompt": "Hi?", "completion": "Hello."}, TOLD),
        ("prompt_completion", {"prompt": [USER], "completion": [GOOD]}, TOLD),
        ("prompt_completion", {"prompt": [SYSTEM, USER], "completion": "Hello."}, GOVERNED),
        ("prompt_completion", {"prompt": "Hi?", "completion": "Hello.", "label": "a class"}, TOLD),
        ("text", {"text": "Once upon", "url": "there"}, Example("text", segments=(Segment("Once upon", True),))),
        (
            "segments",
            {"segments": [{"label": False, "text": "Q: "}, {"label": True, "text": "A"}]},
            Example("segments", segments=(Segment("Q: ", False), Segment("A", True))),
        ),
        ("segments", {"segments": '[{"label": 1, "text": "A"}]'}, Example("segments", segments=(Segment("A", True),))),
        ("preference", {"prompt": "Hi?", "chosen": "Hello.", "rejected": "Go away."}, BETTER),
        ("preference", {"chosen": [USER, GOOD], "rejected": [USER, POOR]}, BETTER),
        ("preference", {"prompt": "other words", "chosen": [USER, GOOD], "rejected": [USER, POOR]}, BETTER),
        ("preference", {"prompt": [USER], "chosen": [GOOD], "rejected": [POOR]}, BETTER),
        ("preference", {"prompt": "Hi?", "chosen": [GOOD], "rejected": [POOR]}, BETTER),
        ("preference", {"conversation": [USER], "chosen": GOOD, "rejected": POOR}, BETTER),
        ("preference", {"conversations": [HUMAN], "chosen": GPT, "rejected": RUDE_GPT}, BETTER),
        ("preference", {"question": "Hi?", "chosen": "Hello.", "rejected": "Go away."}, BETTER),
        ("preference", {"instruction": "Hi?", "input": "", "chosen": "Hello.", "rejected": "Go away."}, BETTER),
        (
            "preference",
            {"chosen": "\n\nHuman: Hi?\n\nAssistant: Hello.", "rejected": "\n\nHuman: Hi?\n\nAssistant: Go away."},
            BETTER,
        ),
        ("preference", {"prompt": "\n\nHuman: Hi?\n\nAssistant:", "chosen": "Hello.", "rejected": "Go away."}, BETTER),
        (
            "preference",
            {"chosen": "The sky is blue.", "rejected": "The sky is green."},
            Example(
                "preference",
                (Message("user", "The sky is "), Message("assistant", "blue.")),
                (Message("assistant", "green."),),
            ),
        ),
        ("unpaired", {"prompt": "Hi?", "completion": "Hello.", "label": True}, JUDGED),
        ("unpaired", {"prompt": "Hi?", "completion": "Hello.", "label": "true"}, JUDGED),
        ("unpaired", {"prompt": "Hi?", "completion": "Hello.", "label": 1}, JUDGED),
        ("unpaired", {"prompt": [USER], "completion": [GOOD], "label": True}, JUDGED),
        ("unpaired", {"messages": [USER, GOOD], "label": True}, JUDGED),
        ("unpaired", {"conversations": [HUMAN, GPT], "kto_tag": True}, JUDGED),
        ("unpaired", {"instruction": "Hi?", "input": "", "output": "Hello.", "kto_tag": True}, JUDGED),
        ("unpaired", {"prompt": "Hi?", "completion": "Hello.", "label": False}, CONDEMNED),
        ("prompt_answer", {"prompt": "Hi?", "solution": "4"}, SOLVED),
        ("prompt_answer", {"prompt": "Hi?", "answer": 4}, SOLVED),
        ("prompt_answer", {"prompt": [USER], "solution": "4"}, SOLVED),
        ("prompt_answer", {"problem": "Hi?", "solution": "4"}, SOLVED),
        ("prompt_answer", {"prompt": "Hi?", "solution": ["4"]}, Example("question", ASKED, solution='["4"]')),
    ],
)  # fmt: skip
def test_a_row_is_recognised_and_becomes_what_it_means(name, row, wanted):
    assert example(row, name) == wanted
    layout = recognise([row])
    assert (layout.format, layout.kind, layout.fits) == (name, wanted.kind, 1)
    assert layout.example(row) == wanted
    assert recognise([row], name).format == name


def test_the_field_guides_formats_are_all_there():
    assert set(KNOWN) == {
        "alpaca", "prompt_completion", "sharegpt", "messages", "text", "segments", "preference", "unpaired",
        "prompt_answer",
    }  # fmt: skip
    assert all(known.fields for known in KNOWN.values())


def test_earlier_rounds_of_alpaca_come_first():
    row = {"instruction": "And?", "output": "No.", "history": [["Hi?", "Hello."]]}
    wanted = Example("conversation", (*ANSWERED, Message("user", "And?"), Message("assistant", "No.")))
    assert example(row, "alpaca") == wanted
    assert example({**row, "history": json.dumps(row["history"])}, "alpaca") == wanted


def test_tool_calls_are_text_that_is_learned():
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1, "name": "é"}'}}
    wanted = '{"name": "add", "arguments": {"a": 1, "name": "é"}}'
    turns = [
        USER, {"role": "assistant", "content": None, "tool_calls": [call, call]}, {"role": "tool", "content": "3"},
        {"role": "assistant", "content": "Three.", "tool_calls": []},
    ]  # fmt: skip
    told = example({"messages": turns, "tools": [{"name": "add"}]}, "messages").conversation
    assert [turn.role for turn in told] == ["user", "assistant", "tool", "assistant"]
    assert told[1].content == f"{wanted}\n{wanted}"
    said = [USER, {"role": "assistant", "content": "One moment.", "tool_calls": [call]}]
    assert example({"messages": said}, "messages").answer == f"One moment.\n{wanted}"
    shared = [HUMAN, {"from": "function_call", "value": wanted}, {"from": "observation", "value": "3"}, GPT]
    told = example({"conversations": shared}, "sharegpt").conversation
    assert [turn.role for turn in told] == ["user", "assistant", "tool", "assistant"]
    assert told[1].content == wanted


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("messages", {"messages": [USER, {"role": "assistant", "content": None}]}, "content is no text"),
        ("messages", {"messages": [USER, {**GOOD, "tool_calls": [{}]}]}, "a tool call names no function"),
        (
            "messages",
            {"messages": [USER, {**GOOD, "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}]},
            "the arguments of f are no JSON",
        ),
        (
            "messages",
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, GOOD]},
            "content holds image_url, which is no text",
        ),
        ("messages", {"messages": [{**USER, "content": " "}, GOOD]}, "the prompt is empty"),
        ("messages", {"messages": "not a list"}, "no list of messages"),
        ("sharegpt", {"conversations": [HUMAN, {"from": "gpt"}]}, "content is no text"),
        ("alpaca", {"instruction": "a", "output": ""}, "the answer is empty"),
        ("alpaca", {"instruction": "a", "output": "b", "history": ["c"]}, "history is no list of pairs"),
        ("alpaca", {"instruction": ["a"], "output": "b"}, "instruction is no text"),
        ("prompt_completion", {"prompt": "a"}, "completion is missing"),
        ("text", {"text": "\n"}, "the text is empty"),
        ("text", {}, "text is missing"),
        ("segments", {"segments": [{"label": False, "text": "a"}]}, "no segment is trained"),
        ("segments", {"segments": [{"label": "?", "text": "a"}]}, "a segment's label is neither true nor false"),
        ("segments", {"segments": [3]}, "a segment is no object"),
        ("segments", {"segments": "{"}, "segments is no list"),
        ("preference", {"chosen": "a", "rejected": "b"}, "has no prompt"),
        ("preference", {"prompt": "a", "chosen": "b", "rejected": "b"}, "chosen and rejected are the same"),
        ("preference", {"prompt": "a", "chosen": "b", "rejected": " "}, "rejected is empty"),
        ("preference", {"chosen": [USER, GOOD], "rejected": [POOR]}, "only one of chosen and rejected begins"),
        ("preference", {"chosen": [USER, GOOD], "rejected": [SYSTEM, POOR]}, "chosen and rejected share no prompt"),
        ("preference", {"prompt": "a", "chosen": [GOOD, USER], "rejected": [POOR]}, "chosen does not end with an"),
        ("unpaired", {"prompt": "a", "completion": "b", "label": "maybe"}, "label is neither true nor false"),
        ("unpaired", {"prompt": "a", "completion": "b"}, "label is missing"),
        ("prompt_answer", {"prompt": "a", "solution": ""}, "the solution is empty"),
        ("prompt_answer", {"prompt": [USER, GOOD], "solution": "4"}, "the prompt ends with an answer"),
        ("prompt_answer", {"solution": "4"}, "has no prompt"),
    ],
)  # fmt: skip
def test_what_does_not_fit_says_why(name, row, why):
    with pytest.raises(Unfit, match=why):
        example(row, name)
    with pytest.raises(DataError, match="no usable rows"):
        recognise([row], name)


def test_kinds_without_an_answer_to_imitate_are_no_conversations():
    row = {"prompt": "Hi?", "chosen": "Hello.", "rejected": "Go away."}
    layout = recognise([row])
    with pytest.raises(Unfit, match="is no conversation but teaches which of two answers is better"):
        layout.conversation(row)
    assert layout.untrained == (
        "preference rows teach which of two answers is better, which sft does not train: "
        "map prompt and answer to fields that hold them"
    )
    assert recognise([{**row, "messages": [USER, GOOD]}]).untrained.endswith("set data.format to messages")
    assert recognise([{"text": "a"}]).untrained == ""
    assert [layout.untrained_by(method) for method in ("dpo", "orpo", "kto")] == ["", "", ""]
    assert (
        recognise([{"messages": [USER, GOOD]}])
        .untrained_by("dpo")
        .endswith(
            "answers to imitate, which dpo does not train: map prompt, chosen and rejected to fields that hold them"
        )
    )
    assert recognise([{"messages": [USER, GOOD]}]).conversation({"messages": [USER, GOOD]}) == ANSWERED
