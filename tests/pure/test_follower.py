"""Following a job: an engine that begins between two looks is not taken for a dead one."""

import time

from engine import lock
from engine.job import Follower, JobSpec, create, new_id
from engine.journal import Writer
from engine.protocol import Started


def test_an_engine_that_begins_while_one_looks_is_alive(tmp_path, monkeypatch):
    spec = JobSpec(
        id=new_id(tmp_path, "audit", "mine"), kind="audit", project="mine", project_path=str(tmp_path),
        created=time.time(), recipe={"version": 1},
    )  # fmt: skip
    folder = create(tmp_path, spec)
    Writer(folder.events).append(Started(kind="audit", pid=1, host="here"))
    held = iter([False, True, False, False])
    monkeypatch.setattr(lock, "is_held", lambda path: next(held))
    follower = Follower(folder)
    assert follower.poll()[0].condition == "running"
    assert follower.poll()[0].condition == "dead"
