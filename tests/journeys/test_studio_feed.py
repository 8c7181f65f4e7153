"""Following a journal from inside an app: no event is lost, views are the newest, trouble is told once."""

from textual.app import App

from engine.job import JobFolder, JobSpec, create
from engine.journal import Writer
from engine.protocol import Finished, Notice, Started, StepDone
from tests.look.shown import PATIENCE_S
from tui.feed import Feed, JobSeen, JobTold
from tui.messages import ToldUser


class Viewer(App[None]):
    """Keeps what a feed posts."""

    def __init__(self, folder: JobFolder, *, events: bool) -> None:
        super().__init__()
        self.feed = Feed(folder, self, events=events)
        self.seen: list[JobSeen] = []
        self.told: list[JobTold] = []
        self.trouble: list[str] = []

    def on_mount(self) -> None:
        self.feed.start()

    def on_job_seen(self, message: JobSeen) -> None:
        self.seen.append(message)

    def on_job_told(self, message: JobTold) -> None:
        self.told.append(message)

    def on_told_user(self, message: ToldUser) -> None:
        self.trouble.append(message.text)


def job(tmp_path) -> JobFolder:
    spec = JobSpec(
        id="20260101-000000-train-x",
        kind="train",
        project="x",
        project_path=str(tmp_path),
        created=0,
        recipe={"version": 1},
    )
    return create(tmp_path, spec)


async def until(pilot, condition) -> None:
    for _ in range(int(PATIENCE_S / 0.02)):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("waited in vain")


async def test_every_event_is_told_once_and_in_order(tmp_path):
    folder = job(tmp_path)
    writer = Writer(folder.events)
    writer.append(Started(kind="train", pid=1, host="here"))
    viewer = Viewer(folder, events=True)
    async with viewer.run_test() as pilot:
        for step in range(1, 501):
            writer.append(StepDone(step=step, epoch=0, loss=1.0))
            if step % 50 == 0:
                await pilot.pause()
        writer.append(Finished(outcome="completed"))
        await until(pilot, lambda: viewer.told and viewer.told[-1].view.condition == "completed")
    events = [event for message in viewer.told for event in message.events]
    assert [event.seq for event in events] == list(range(1, 503))


async def test_views_come_no_faster_than_they_can_be_seen_and_the_last_one_comes(tmp_path):
    folder = job(tmp_path)
    writer = Writer(folder.events)
    viewer = Viewer(folder, events=False)
    async with viewer.run_test() as pilot:
        for step in range(1, 201):
            writer.append(StepDone(step=step, epoch=0, loss=1.0))
            await pilot.pause()
        await until(pilot, lambda: viewer.seen and viewer.seen[-1].view.state.step == 200)
    times = len(viewer.seen)
    assert times < 100
    steps = [message.view.state.step for message in viewer.seen]
    assert steps == sorted(steps)


async def test_nothing_is_posted_at_rest(tmp_path):
    folder = job(tmp_path)
    writer = Writer(folder.events)
    writer.append(Finished(outcome="completed"))
    viewer = Viewer(folder, events=False)
    async with viewer.run_test() as pilot:
        await until(pilot, lambda: viewer.seen)
        await pilot.pause(0.6)
        assert len(viewer.seen) == 1
        writer.append(Notice(level="info", text="resumed elsewhere"))
        await until(pilot, lambda: len(viewer.seen) == 2)


async def test_a_folder_that_is_no_job_is_told_once(tmp_path):
    folder = JobFolder(tmp_path / "20260101-000000-train-gone")
    viewer = Viewer(folder, events=False)
    async with viewer.run_test() as pilot:
        await until(pilot, lambda: viewer.trouble)
        await pilot.pause(0.3)
    assert len(viewer.trouble) == 1
    assert "not a job" in viewer.trouble[0]
