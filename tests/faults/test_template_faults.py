"""Saving and following templates when the disk is full, when somebody is killed, and when two do it at once."""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys

from engine import recipe_file
from engine.home import Home
from engine.project import find_project
from engine.templates import (
    COPY_NAME,
    add_edition,
    delete_template,
    editions,
    find_template,
    save_template,
    start_project,
)
from engine.templates.numbers import deleted_numbers
from tests.support import quickstart, until

PROCESSES, EACH = 4, 8
SMALL_FILE_BYTES = 64


def ttune(*words: str, **more: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )  # type: ignore[call-overload, no-any-return]


def nothing_fits() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE_BYTES, SMALL_FILE_BYTES))


def save_many(home: Home, name: str) -> None:
    text = find_project(home, name).recipe_path.read_text()
    for _ in range(EACH):
        add_edition(home, "shared", text, {})


def save_and_delete_many(home: Home, name: str) -> None:
    text = find_project(home, name).recipe_path.read_text()
    for _ in range(EACH):
        delete_template(home, add_edition(home, "shared", text, {}).reference)


def test_no_number_is_given_twice_where_one_saves_while_another_deletes(home):
    project = quickstart(home)
    workers = [
        multiprocessing.Process(target=work, args=(home, project.name))
        for work in (save_many, save_and_delete_many, save_many, save_and_delete_many)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * len(workers)
    left = {each.edition for each in editions(home, "shared")}
    gone = set(deleted_numbers(home.templates, "shared"))
    assert not left & gone
    assert (len(left), len(gone)) == (2 * EACH, 2 * EACH)


def test_whoever_saves_at_the_same_time_gets_editions_of_their_own(home):
    project = quickstart(home)
    savers = [multiprocessing.Process(target=save_many, args=(home, project.name)) for _ in range(PROCESSES)]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    assert [saver.exitcode for saver in savers] == [0] * PROCESSES
    found = editions(home, "shared")
    assert [each.edition for each in found] == list(range(1, PROCESSES * EACH + 1))
    assert all(recipe_file.parse(each.text()).template == each.reference for each in found)
    assert not list(home.templates.glob(".*"))


def test_a_full_disk_saves_nothing_and_says_so(home):
    project = quickstart(home)
    save_template(home, project, "kept")
    recipe_file.save(project.recipe_path, {"training.epochs": 1})
    saver = ttune("templates", "save", project.name, "kept", preexec_fn=nothing_fits)
    _, complaint = saver.communicate()
    assert saver.returncode == 2
    assert complaint.count("\n") == 1
    assert "kept@2.toml: File too large: nothing was saved" in complaint
    assert [path.name for path in home.templates.iterdir()] == ["kept@1.toml"]


def test_a_full_disk_leaves_a_project_that_can_be_brought_up_to_date_later(home):
    source = quickstart(home)
    save_template(home, source, "kept")
    project = start_project(home, "next", find_template(home, "kept"), {})
    recipe_file.save(source.recipe_path, {"training.epochs": 1})
    save_template(home, source, "kept")
    before = project.recipe_path.read_text(), (project.path / COPY_NAME).read_text()
    update = ttune("templates", "update", "next", preexec_fn=nothing_fits)
    _, complaint = update.communicate()
    assert update.returncode == 2
    assert complaint.count("\n") == 1
    assert (project.recipe_path.read_text(), (project.path / COPY_NAME).read_text()) == before
    assert ttune("templates", "update", "next").wait() == 0
    assert project.recipe().training.epochs == 1


def test_a_saver_that_is_killed_leaves_whole_editions(home):
    project = quickstart(home)
    saver = multiprocessing.Process(target=save_forever, args=(home, project.name))
    saver.start()
    until(lambda: len(editions(home, "shared")) > 3, "some editions")
    os.kill(saver.pid or 0, signal.SIGKILL)
    saver.join()
    for each in editions(home, "shared"):
        assert recipe_file.parse(each.text()).template == each.reference
    recipe_file.save(project.recipe_path, {"training.epochs": 1})
    assert save_template(home, project, "shared").edition == len(editions(home, "shared"))


def save_forever(home: Home, name: str) -> None:
    text = find_project(home, name).recipe_path.read_text()
    while True:
        add_edition(home, "shared", text, {})
