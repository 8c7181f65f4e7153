"""A chat with base and tuned: real models, a real engine."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import chat_state
from engine.chat_state import ChatState
from engine.data.example import Message
from engine.job import launch, send
from engine.jobs.chat.job import Chat, system_prompt
from engine.jobs.chat.reply import TURN_S, answer_both
from engine.jobs.chat.text import TextStream
from engine.jobs.evaluate.answers import answer
from engine.jobs.masking import render_prompt
from engine.jobs.pair import load_pair
from engine.journal import read_events
from engine.protocol import Ask, CommandAnswered, Notice, ReplyDone, ReplyPiece, ReplyStarted, Stop, StopReply
from engine.recipe_file import validate
from engine.start import start_chat
from tests.journeys.models import context_of, copy_run, project_of
from tests.support import finished, follow, no_engines_left, until

SYSTEM = "Triage the ticket as JSON: summary, urgency, category."
RANDOM = {"temperature": 50.0, "seed": 7}
"""So hot that any token may come: answers are long, and hold bytes that are half a character."""


@pytest.fixture(scope="module")
def run(trained, tmp_path_factory):
    """A run of our own; engines that are left over are ended."""
    home = tmp_path_factory.mktemp("talked-to")
    with no_engines_left(home):
        yield copy_run(trained, home)


@pytest.fixture(scope="module")
def pair(run):
    return load_pair(context_of(run, "chat"))


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def prompt_ids(pair, text: str = "Where is my refund?") -> list[int]:
    tokenizer = pair.tokenizer.tokenizer
    asked = (Message("system", SYSTEM), Message("user", text))
    return tokenizer(render_prompt(tokenizer, asked), add_special_tokens=False)["input_ids"]


def told(pair, ask: Ask, cut=lambda: False):
    events = [ReplyStarted(ask=ask.id, prompt=ask.prompt)]
    answer_both(pair, ask, prompt_ids(pair), events.append, cut)
    return chat_state.fold(ChatState(), events).exchanges[0], events


# One reply


def test_a_greedy_chat_says_what_an_evaluation_measures(pair):
    exchange, _ = told(pair, Ask(id="a", prompt="?", max_new_tokens=40))
    for side in ("base", "tuned"):
        (measured,) = answer(pair, side, [prompt_ids(pair)], 40, lambda: False)
        assert exchange.reply(side).text == measured.text


def test_both_sides_stream_in_turns(pair):
    exchange, events = told(pair, Ask(id="a", prompt="?", max_new_tokens=120, **RANDOM))
    sides = [piece.side for piece in of_kind(events, ReplyPiece)]
    assert sides[:4] == ["base", "tuned", "base", "tuned"]
    for side in ("base", "tuned"):
        pieces = [piece for piece in of_kind(events, ReplyPiece) if piece.side == side]
        assert pieces[0].tokens == 1
        assert "".join(piece.text for piece in pieces) == exchange.reply(side).text
        assert len(pieces) <= 3 + exchange.reply(side).seconds / TURN_S


def test_the_limit_is_kept_and_said(pair):
    exchange, _ = told(pair, Ask(id="a", prompt="?", max_new_tokens=3))
    for side in ("base", "tuned"):
        done = exchange.reply(side).done
        assert (done.tokens, done.ended) == (3, "length")
        assert 0 < done.first_token_s < done.seconds


def test_an_answer_ends_where_the_models_context_does(pair, monkeypatch):
    monkeypatch.setattr(pair.model.config, "max_position_embeddings", len(prompt_ids(pair)) + 5)
    exchange, _ = told(pair, Ask(id="a", prompt="?", max_new_tokens=500, **RANDOM))
    assert {exchange.base.done.tokens, exchange.tuned.done.tokens} == {5}


def test_the_same_seed_samples_the_same_answers(pair):
    first, again, other = (
        told(pair, Ask(id="a", prompt="?", max_new_tokens=20, temperature=1.5, seed=seed))[0] for seed in (1, 1, 2)
    )
    texts = [(exchange.base.text, exchange.tuned.text) for exchange in (first, again, other)]
    assert texts[0] == texts[1] != texts[2]


def test_a_cut_ends_both_sides_and_says_so(pair):
    turns = iter([False, False, True])
    exchange, events = told(pair, Ask(id="a", prompt="?", max_new_tokens=5_000, **RANDOM), lambda: next(turns, True))
    assert [(done.side, done.ended) for done in of_kind(events, ReplyDone)] == [
        ("base", "stopped"),
        ("tuned", "stopped"),
    ]
    assert exchange.base.tokens >= 1
    nothing, _ = told(pair, Ask(id="b", prompt="?"), lambda: True)
    assert nothing.done
    assert nothing.base.done.first_token_s is None


def test_whatever_goes_wrong_both_sides_end(pair):
    def emit(event):
        events.append(event)
        if isinstance(event, ReplyPiece):
            raise OSError("disk full")

    events: list[object] = []
    with pytest.raises(OSError, match="disk full"):
        answer_both(pair, Ask(id="a", prompt="?", max_new_tokens=50), prompt_ids(pair), emit, lambda: False)
    assert [done.side for done in of_kind(events, ReplyDone)] == ["base", "tuned"]


# Text of tokens


@settings(deadline=None)
@given(st.text(max_size=60) | st.sampled_from(["🧑‍🚀 naïve 漢字", "a  b\n\tc", "‏שלום", "e\u0301\u0302"]))
def test_text_comes_in_whole_characters_and_is_the_whole_text(pair, text):
    tokenizer = pair.tokenizer.tokenizer
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    stream = TextStream(tokenizer)
    pieces = [*(stream.add(token) for token in ids), stream.finish()]
    whole = tokenizer.decode(ids, skip_special_tokens=True)
    assert "".join(pieces) == whole
    if "\ufffd" not in whole:
        assert not any("\ufffd" in piece for piece in pieces)


@settings(deadline=None)
@given(st.lists(st.integers(262, 2047), max_size=40))
def test_any_pieces_of_text_give_what_they_decode_to(pair, ids):
    """In orders that no tokenizer makes of a text. Ids below are special tokens and single bytes."""
    stream = TextStream(pair.tokenizer.tokenizer)
    pieces = [*(stream.add(token) for token in ids), stream.finish()]
    assert "".join(pieces) == pair.tokenizer.tokenizer.decode(ids)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2047), max_size=40))
def test_bytes_that_are_no_text_become_marks_and_do_not_hold_up_what_follows(pair, ids):
    tokenizer = pair.tokenizer.tokenizer
    (word,) = tokenizer(" refund", add_special_tokens=False)["input_ids"]
    stream = TextStream(tokenizer)
    pieces = [stream.add(token) for token in (*ids, word)]
    assert pieces[-1].endswith(" refund")


# What is said before a prompt


def test_the_system_prompt_is_the_recipes_else_the_one_that_all_rows_share(run, tmp_path):
    context = context_of(run, "chat")
    recipe = context.recipe()
    assert system_prompt(context, recipe) == SYSTEM
    own = recipe.model_copy(update={"chat": recipe.chat.model_copy(update={"system": "Be brief."})})
    assert system_prompt(context, own) == "Be brief."
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"prompt": "a", "completion": "b"}\n{"prompt": "c", "completion": "d"}\n')
    data = {**recipe.model_dump(mode="json"), "data": {"source": str(rows), "held_out": str(rows)}}
    assert system_prompt(context, validate(data)) == ""
    rows.unlink()
    assert system_prompt(context, validate(data)) == ""
    (notice,) = of_kind(read_events(context.folder.events), Notice)
    assert "the data cannot be opened" in notice.text


# The whole job, without and with a process of its own


def test_prompts_that_cannot_be_asked_are_refused_with_the_reason(run, pair):
    context = context_of(run, "chat")
    for command in (
        Ask(id="empty", prompt=" \n"),
        Ask(id="long", prompt="x " * 3_000),
        Ask(id="none", prompt="?", max_new_tokens=0),
        Ask(id="cold", prompt="?", temperature=-1.0),
        StopReply(id="idle"),
        Ask(id="good", prompt="?", max_new_tokens=2),
    ):
        context._take(command)
    assert Chat(context, pair, SYSTEM).serve(idle_s=0.4).startswith("nobody asked anything for 0 minutes")
    events = read_events(context.folder.events)
    said = {one.command: (one.accepted, one.text) for one in of_kind(events, CommandAnswered)}
    assert said["empty"] == (False, "the prompt is empty: write something")
    assert "tokens and the model reads 1,024: shorten it" in said["long"][1]
    assert [accepted for accepted, _ in said.values()] == [False, False, False, False, False, True]
    assert [(one.ask, one.system) for one in of_kind(events, ReplyStarted)] == [("good", SYSTEM)]


def test_a_chat_answers_in_order_is_cut_short_and_stopped(run):
    folder = start_chat(project_of(run), run)
    follow(folder, lambda now: bool(now.state.phase and now.state.phase.phase == "answering"), "loaded models")
    first = send(folder, Ask(prompt="Tell me everything", max_new_tokens=900, **RANDOM))
    second = send(folder, Ask(prompt="Where is my refund?", max_new_tokens=4))

    def state() -> ChatState:
        return chat_state.fold(ChatState(), read_events(folder.events))

    until(lambda: state().exchanges and state().exchanges[0].tuned.tokens > 3, "a piece of the first answer")
    assert not state().exchanges[0].done
    send(folder, StopReply())
    until(lambda: len(state().exchanges) == 2 and state().exchanges[1].done, "the second answer")
    assert [exchange.ask for exchange in state().exchanges] == [first, second]
    assert state().exchanges[0].base.done.ended == "stopped"
    assert state().exchanges[1].tuned.done.ended in ("length", "eos")
    send(folder, Ask(prompt="And once more", max_new_tokens=900, **RANDOM))
    until(lambda: len(state().exchanges) == 3, "the third answer begun")
    send(folder, Stop())
    view, _ = finished(folder)
    assert (view.condition, view.state.finished.reason) == ("stopped", "the chat was ended")
    assert state().exchanges[2].done


def test_a_chat_that_nobody_talks_to_ends_by_itself(run):
    context = context_of(run, "chat", idle_s=0.2)
    context.journal.close()
    context.folder.events.unlink()
    launch(context.folder)
    view, _ = finished(context.folder)
    assert view.condition == "completed"
    assert "the chat ended and freed its memory" in view.state.finished.reason
