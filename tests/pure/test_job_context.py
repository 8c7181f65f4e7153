"""What a job takes from the front ends: everything that was asked of this engine, nothing that was asked of another."""

from pathlib import Path

from engine.job import JobFolder
from engine.jobs.context import JobContext
from engine.journal import Writer, append_line
from engine.protocol import Ask, Heartbeat


def context(folder: Path) -> JobContext:
    return JobContext(JobFolder(folder), Writer(folder / "events.jsonl"))


def heard(of: JobContext) -> list[str]:
    of.take_commands()
    asked = []
    while (command := of.next_command(0)) is not None:
        asked.append(command.id)
    return asked


def test_a_command_sent_before_the_engine_came_up_is_heard(tmp_path: Path) -> None:
    append_line(tmp_path / "commands.jsonl", Ask(id="early", prompt="?"))
    assert heard(context(tmp_path)) == ["early"]


def test_a_command_of_an_earlier_engine_is_not(tmp_path: Path) -> None:
    Writer(tmp_path / "events.jsonl").append(Heartbeat())
    append_line(tmp_path / "commands.jsonl", Ask(id="old", prompt="?"))
    later = context(tmp_path)
    append_line(tmp_path / "commands.jsonl", Ask(id="new", prompt="?"))
    assert heard(later) == ["new"]
