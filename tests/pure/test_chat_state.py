"""The fold of a chat's journal."""

from hypothesis import given
from hypothesis import strategies as st

from engine.chat_state import ChatState, fold
from engine.protocol import (
    Ask,
    CommandAnswered,
    Finished,
    PhaseStarted,
    ReplyDone,
    ReplyPiece,
    ReplyStarted,
    Side,
    Started,
)
from tui.panes.chat.outbox import Outbox
from tui.panes.chat.ready import AtHand, Ready

BEGIN = [Started(kind="chat", pid=1, host="here"), PhaseStarted(phase="loading")]
READY = [*BEGIN, PhaseStarted(phase="answering")]


def piece(ask: str, side: Side, text: str, tokens: int, seconds: float) -> ReplyPiece:
    return ReplyPiece(ask=ask, side=side, text=text, tokens=tokens, seconds=seconds)


def end(ask: str, side: Side, tokens: int = 4) -> ReplyDone:
    return ReplyDone(ask=ask, side=side, tokens=tokens, seconds=2.0, first_token_s=0.25, ended="eos")


def test_pieces_of_both_sides_come_together():
    state = fold(
        ChatState(),
        [
            *READY,
            ReplyStarted(ask="a", prompt="Hello?", system="Be kind."),
            piece("a", "base", "I ", 1, 0.5),
            piece("a", "tuned", '{"', 1, 0.4),
            piece("a", "base", "see.", 3, 1.0),
        ],
    )
    (exchange,) = state.exchanges
    assert (exchange.prompt, exchange.system) == ("Hello?", "Be kind.")
    assert (exchange.base.text, exchange.tuned.text) == ("I see.", '{"')
    assert (exchange.base.tokens_per_s, exchange.base.first_token_s) == (3.0, 0.5)
    assert state.answering == exchange


def test_an_exchange_is_done_when_both_sides_are():
    begun = fold(ChatState(), [*READY, ReplyStarted(ask="a", prompt="?"), end("a", "base")])
    assert begun.answering is not None
    both = fold(begun, [end("a", "tuned")])
    assert both.answering is None
    assert both.exchanges[0].done
    assert both.exchanges[0].base.tokens_per_s == 2.0
    assert both.exchanges[0].base.first_token_s == 0.25


def test_a_side_that_said_nothing_has_no_speed():
    assert ChatState().answering is None
    state = fold(ChatState(), [*READY, ReplyStarted(ask="a", prompt="?"), end("a", "base", tokens=0)])
    assert state.exchanges[0].reply("base").tokens_per_s is None


def test_it_is_ready_from_answering_to_the_end():
    assert not fold(ChatState(), BEGIN).ready
    ready = fold(ChatState(), READY)
    assert ready.ready
    over = fold(ready, [ReplyStarted(ask="a", prompt="?"), Finished(outcome="stopped")])
    assert not over.ready
    assert over.answering is None
    assert not over.exchanges[0].done


def test_a_refusal_is_found_by_its_command():
    state = fold(
        ChatState(),
        [
            CommandAnswered(command="a", accepted=True, text="taken up"),
            CommandAnswered(command="b", accepted=False, text="too long"),
        ],
    )
    assert (state.refusal("a"), state.refusal("b"), state.refusal("c")) == (None, "too long", None)


def test_pieces_of_an_unknown_prompt_are_passed_over():
    state = fold(ChatState(), [piece("x", "base", "?", 1, 1.0), ReplyStarted(ask="a", prompt="?"), end("x", "base")])
    assert state.exchanges[0].base.text == ""


@given(st.lists(st.tuples(st.sampled_from(["base", "tuned"]), st.text(max_size=5)), max_size=30), st.integers(1, 5))
def test_folding_in_parts_is_folding_at_once(said, size):
    events = [*READY, ReplyStarted(ask="a", prompt="?")]
    events += [piece("a", side, text, place + 1, place + 1.0) for place, (side, text) in enumerate(said)]
    parts = ChatState()
    for start in range(0, len(events), size):
        parts = fold(parts, events[start : start + size])
    assert parts == fold(ChatState(), events)


# What a pane keeps until an answer begins


def test_prompts_leave_the_outbox_when_they_are_taken_up_or_refused():
    box = Outbox(waiting=[Ask(prompt="later")], sent={"a": Ask(prompt="one"), "b": Ask(prompt="two")})
    refused = CommandAnswered(command="b", accepted=False, text="too long")
    state = fold(ChatState(), [*READY, ReplyStarted(ask="a", prompt="one"), refused])
    assert [(ask.prompt, reason) for ask, reason in box.settle(state)] == [("two", "too long")]
    assert box.settle(state) == []
    assert [exchange.prompt for exchange in box.exchanges("")] == ["later"]
    assert [ask.prompt for ask in box.release()] == ["later"]
    assert box.empty() == []


def test_what_is_left_when_a_chat_is_gone_comes_back_in_order():
    box = Outbox(waiting=[Ask(prompt="later")], sent={"a": Ask(prompt="one")})
    assert [ask.prompt for ask in box.empty()] == ["one", "later"]
    assert not box.waiting and not box.sent


def test_prompts_at_hand_come_round_again():
    hand = AtHand(Ready(prompts=("p", "q"), held_out=(("r", "answer"),), max_new_tokens=256))
    assert [hand.next_prompt() for _ in range(3)] == [
        ("p", "ready prompt 1 of 2"),
        ("q", "ready prompt 2 of 2"),
        ("p", "ready prompt 1 of 2"),
    ]
    assert [hand.next_row(), hand.next_row()] == [("r", "held-out row 1 of 1")] * 2
    assert hand.expected == {"r": "answer"}
    assert AtHand(Ready((), (), 256)).next_prompt() is None
    assert AtHand(Ready((), (), 256)).next_row() is None
