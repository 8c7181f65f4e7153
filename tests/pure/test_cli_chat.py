"""A chat whose engine ends: told on both outputs, with exit code 1; and chats of this process are asked to end."""

import json
import time
from pathlib import Path

import pytest

from engine.home import open_home
from engine.job import JobFolder, JobSpec, create
from engine.journal import Writer
from engine.project import Project, create_project
from engine.protocol import Event, Finished, PhaseStarted, ReplyPiece, ReplyStarted, Started
from tui.cli.conversation import ChatEnded, Conversation
from tui.cli.main import main
from tui.panes.chat import started

FAILED = Finished(outcome="failed", reason="out of memory", mend="free some")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path))
    return create_project(open_home(), "triage", '[model]\nbase = "model"\n')


def add_job(project: Project, kind: str, *events: Event) -> JobFolder:
    spec = JobSpec(
        id=f"20260101-120000-{kind}-triage", kind=kind, project="triage", project_path=str(project.path),
        number=int(kind == "train"), created=time.time() - 100, recipe={"model": {"base": "model"}},
    )  # fmt: skip
    folder = create(project.jobs_path, spec)
    journal = Writer(folder.events)
    for event in events:
        journal.append(event)
    journal.close()
    return folder


def loading(project: Project, monkeypatch: pytest.MonkeyPatch, *end: Event) -> JobFolder:
    """A run, and a chat with it that came as far as loading its models."""
    add_job(project, "train", Finished(outcome="completed"))
    chat = add_job(project, "chat", Started(kind="chat", pid=1, host="box"), *end)
    monkeypatch.setattr("engine.start.start_chat", lambda project, of: chat)
    return chat


def test_a_chat_that_cannot_load_is_one_json_document(project, monkeypatch, capsys):
    chat = loading(project, monkeypatch, FAILED)
    assert main(["chat", "triage", "--json", "--prompt", "Hello"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "run": "20260101-120000-train-triage", "prompt": "Hello", "answers": None,
        "state": "failed", "reason": "out of memory", "mend": "free some",
    }  # fmt: skip
    assert '"stop"' in chat.commands.read_text()


def test_a_chat_whose_engine_was_killed_says_so(project, monkeypatch, capsys):
    loading(project, monkeypatch)
    assert main(["chat", "triage", "--prompt", "Hello"]) == 1
    assert "the engine is gone" in capsys.readouterr().err


def test_an_engine_that_dies_in_the_middle_of_an_answer_ends_the_conversation(project):
    told = [ReplyStarted(ask="1", prompt="Hello"), ReplyPiece(ask="1", side="base", text="Hi", tokens=1, seconds=0.1)]
    pieces = Conversation(add_job(project, "chat", PhaseStarted(phase="answering"), *told)).pieces("1", "base")
    assert next(pieces) == "Hi"
    with pytest.raises(ChatEnded) as caught:
        next(pieces)
    assert caught.value.seen.condition == "dead"


def test_a_chat_that_is_still_coming_up_is_asked_to_end_too(project):
    chat = add_job(project, "chat")
    started.remember(chat)
    started.stop_all()
    assert '"stop"' in chat.commands.read_text()
