"""The Chat pane, key by key, with a real chat behind it."""

import pytest

from engine import chat_state
from engine.chat_state import ChatState
from engine.home import Home
from engine.job import send, view
from engine.journal import read_events
from engine.protocol import Ask
from engine.start import start_chat
from tests.journeys.models import copy_run, project_of
from tests.look.shown import text, until_gone, until_shown
from tests.support import follow, until
from tui.app import Studio
from tui.panes.chat.prompt import PromptField

PATIENCE_S = 120.0


@pytest.fixture
def run(trained, home: Home):
    return copy_run(trained, home.path)


def studio(home: Home, run) -> Studio:
    return Studio(home, project_of(run).path)


async def open_chat(pilot) -> None:
    await until_shown(pilot, "completed", "rows")
    await pilot.press("5")
    await until_shown(pilot, "The first prompt loads both into", "ready prompt", "held-out row")


def exchanges(folder):
    return chat_state.fold(ChatState(), read_events(folder.events)).exchanges


def field(pilot) -> PromptField:
    return pilot.app.screen.query_one(PromptField)


async def test_a_first_prompt_loads_the_models_and_both_answer_side_by_side(home, run):
    app = studio(home, run)
    async with app.run_test(size=(120, 36)) as pilot:
        await open_chat(pilot)
        await pilot.press(*"Hi, where is it?", "enter")
        await until_shown(pilot, "❯ Hi, where is it?", "waits for the models to be loaded")
        shown = await until_shown(pilot, "system  Triage the ticket", "│ tuned", "ready on", patience_s=PATIENCE_S)
        assert shown.count("tok/s") == 2
        await until_shown(pilot, "1 prompt")

        await pilot.press("ctrl+o")
        await until_shown(pilot, "In the field: held-out row 1 of 200")
        await pilot.press("enter")
        await until_shown(pilot, 'expected  {"summary"', "2 prompts")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "In the field: ready prompt 1 of 3", "charged twice for order 4411")
        await pilot.press("ctrl+t")
        await until_shown(pilot, "sampled at 0.7")

        await until_gone(pilot, "answering on")
        (chat,) = project_of(run).jobs("chat")
        assert [exchange.done for exchange in exchanges(chat)] == [True, True]
        assert exchanges(chat)[0].prompt == "Hi, where is it?"
        await pilot.press("escape")
        await until_shown(pilot, "i type")
        await pilot.press("q")
    assert app.return_code == 0
    until(lambda: not chat.is_alive(), "the end of the chat, whose viewer is gone")
    assert view(chat).condition == "stopped"


async def test_a_chat_of_another_viewer_is_joined_cut_short_and_ended_by_key(home, run):
    chat = start_chat(project_of(run), run)
    follow(chat, lambda now: bool(now.state.phase and now.state.phase.phase == "answering"), "loaded models")
    send(chat, Ask(prompt="From elsewhere", max_new_tokens=4))
    until(lambda: exchanges(chat) and exchanges(chat)[0].done, "the first answer")
    app = studio(home, run)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("5")
        await until_shown(pilot, "❯ From elsewhere", "ready on")
        send(chat, Ask(prompt="Go on", max_new_tokens=900, temperature=50.0))
        await until_shown(pilot, "❯ Go on", "esc cut short")
        await pilot.press("escape")
        await until_shown(pilot, "· cut short")
        assert exchanges(chat)[1].base.done.ended == "stopped"
        await pilot.press("ctrl+l")
        await until_shown(pilot, "The chat was ended. The next prompt loads the models again.", "load")
        assert not [one for one in project_of(run).jobs("chat") if one != chat]


async def test_leaving_does_not_end_a_chat_that_somebody_else_has_started(home, run):
    chat = start_chat(project_of(run), run)
    app = studio(home, run)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "completed", "rows")
        await pilot.press("5")
        await until_shown(pilot, "ready on", patience_s=PATIENCE_S)
        await pilot.press("escape", "q")
    assert app.return_code == 0
    assert chat.is_alive()


async def test_the_field_recalls_earlier_prompts_and_takes_lines_and_pasted_text(home, run):
    async with studio(home, run).run_test(size=(80, 24)) as pilot:
        await open_chat(pilot)
        (run.adapter / "adapter_config.json").unlink()  # nothing can answer, so that no engine is needed
        for prompt in ("one", "two"):
            await pilot.press(*prompt, "enter")
            await until_shown(pilot, "no trained adapter")
            field(pilot).clear()
        await pilot.press(*"draft", "up")
        assert field(pilot).text == "two"
        await pilot.press("up")
        assert field(pilot).text == "one"
        await pilot.press("up", "down", "down")
        assert field(pilot).text == "draft"
        await pilot.press("ctrl+j", "x")
        assert field(pilot).text == "draft\nx"
        await pilot.press("up")
        assert field(pilot).text == "draft\nx"

        from textual.events import Paste

        field(pilot).clear()
        field(pilot).post_message(Paste("a\x1b[31mb\r\nc\td\u202e"))
        await until_shown(pilot, "a␛[31mb", "c    d‹U+202E›")
        assert "\x1b" not in text(pilot)


async def test_a_prompt_that_was_not_taken_is_given_back(home, run):
    async with studio(home, run).run_test(size=(80, 24)) as pilot:
        await open_chat(pilot)
        (run.adapter / "adapter_config.json").unlink()
        await pilot.press(*"hello", "enter")
        await until_shown(pilot, "✗", "no trained adapter")
        assert field(pilot).text == "hello"
        await until_gone(pilot, "❯ hello")
    assert project_of(run).jobs("chat") == []
