"""The journal: what is appended is read back once, in order, whatever tears."""

import errno
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import Reader, Writer, append_line, last_seq, read_events
from engine.protocol import AnyCommand, AnyEvent, Finished, Notice, StepDone, Stop


def notice(text: str) -> Notice:
    return Notice(level="info", text=text)


def reader(path: Path) -> Reader[AnyEvent]:
    return Reader[AnyEvent](path, AnyEvent)


def test_events_come_back_numbered_and_in_order(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "events.jsonl")
    for text in "abc":
        writer.append(notice(text))
    events = read_events(tmp_path / "events.jsonl")
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.text for event in events if isinstance(event, Notice)] == ["a", "b", "c"]


def test_a_reader_sees_each_event_once(tmp_path: Path) -> None:
    writer, follower = Writer(tmp_path / "events.jsonl"), reader(tmp_path / "events.jsonl")
    writer.append(notice("a"))
    assert len(follower.read()) == 1
    assert follower.read() == []
    writer.append(notice("b"))
    assert [event.seq for event in follower.read()] == [2]


def test_a_torn_last_line_waits_and_then_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    Writer(path).append(notice("whole"))
    with open(path, "ab") as file:
        file.write(b'{"event":"notice","seq":2,"ti')
    follower = reader(path)
    assert [event.seq for event in follower.read()] == [1]
    assert follower.skipped == 0
    Writer(path).append(notice("after"))
    assert [event.seq for event in follower.read()] == [2]
    assert follower.skipped == 1


def test_numbering_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for _ in range(3):
        writer = Writer(path)
        writer.append(notice("x" * 100_000))  # longer than the tail that is looked at first
        writer.close()
    assert [event.seq for event in read_events(path)] == [1, 2, 3]
    assert last_seq(path) == 3


def test_unknown_kinds_and_fields_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(
        b'{"event":"from_the_future","seq":1}\n{"event":"notice","seq":2,"level":"info","text":"a","new":1}\n\n'
    )
    follower = reader(path)
    assert [event.seq for event in follower.read()] == [2]
    assert follower.skipped == 1


def test_a_number_that_is_not_finite_is_none(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "events.jsonl")
    writer.append(StepDone(step=1, epoch=0.1, loss=float("nan")))
    (event,) = read_events(tmp_path / "events.jsonl")
    assert isinstance(event, StepDone)
    assert event.loss is None


def test_on_a_full_disk_only_the_last_event_gets_the_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    writer, write = Writer(path), os.write

    def full(file: int, line: bytes) -> int:
        if path.with_suffix(".reserve").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, line)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        writer.append(notice("lost"))
    writer.append(Finished(outcome="failed", reason="full"), last=True)
    assert [type(event) for event in read_events(path)] == [Finished]


def test_nothing_comes_after_the_last_event(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "events.jsonl")
    writer.append(Finished(outcome="completed"), last=True)
    writer.append(notice("late"))
    assert [type(event) for event in read_events(tmp_path / "events.jsonl")] == [Finished]


def test_a_line_that_is_no_text_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event":"notice","level":"info","text":"\xff\xfe"}\n')
    follower = reader(path)
    assert follower.read() == []
    assert follower.skipped == 1


def test_a_half_written_event_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    writer, write, calls = Writer(path), os.write, []

    def half(file: int, line: bytes) -> int:
        calls.append(line)
        if len(calls) == 1:
            return write(file, line[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space"):
        writer.append(notice("a"))
    assert path.read_bytes() == b""


def test_a_replaced_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    Writer(path).append(notice("old"))
    follower = reader(path)
    follower.read()
    beside = tmp_path / "new"
    Writer(beside).append(notice("new"))
    beside.replace(path)
    assert [event.text for event in follower.read() if isinstance(event, Notice)] == ["new"]


def test_commands_of_two_front_ends_are_both_read(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    append_line(path, Stop(id="a"))
    append_line(path, Stop(id="b"))
    assert [command.id for command in Reader[AnyCommand](path, AnyCommand).read()] == ["a", "b"]


@given(st.lists(st.text(max_size=40), max_size=8), st.binary(max_size=60))
def test_any_bytes_at_the_end_lose_nothing_before_them(texts: list[str], torn: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        writer = Writer(path)
        for text in texts:
            writer.append(notice(text))
        with open(path, "ab") as file:
            file.write(torn)
        seen = [event.text for event in reader(path).read() if isinstance(event, Notice)]
        assert seen[: len(texts)] == texts
        Writer(path).append(notice("last"))
        assert [event.text for event in read_events(path) if isinstance(event, Notice)][-1] == "last"


def test_every_event_is_told_apart_by_its_tag() -> None:
    tags = [event.__struct_config__.tag for event in AnyEvent.__args__]
    assert len(tags) == len(set(tags))
    for event in AnyEvent.__args__:
        assert msgspec.inspect.type_info(event)
