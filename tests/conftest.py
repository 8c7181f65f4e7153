"""Fixtures that every layer of tests may use. No test asks the Hub, whatever it names."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from engine.home import Home, open_home
from engine.job import JobFolder
from engine.start import start_training
from tests.support import SHORT_RUN, finished, no_engines_left, quickstart

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"  # as many processes at once as there are cores: more threads wait for each other

settings.register_profile("ttune", deadline=None)  # how long an example takes says more of the machine than of us
settings.load_profile("ttune")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give pytest-xdist's workers folders of short names: screens show paths, and break longer ones elsewhere."""
    if hasattr(config, "workerinput"):
        folder = Path(config.option.basetemp)
        config.option.basetemp = str(folder.with_name(folder.name.removeprefix("popen-gw")))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of its own for one test."""
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    with no_engines_left(tmp_path / "home"):
        yield open_home()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobFolder]:
    """One short real run of the quickstart, completed; shared, so look but do not touch."""
    path = tmp_path_factory.mktemp("trained") / "home"
    with pytest.MonkeyPatch.context() as patch, no_engines_left(path):
        patch.setenv("TTUNE_HOME", str(path))
        run = start_training(quickstart(open_home()), SHORT_RUN)
        view, _ = finished(run)
        assert view.condition == "completed", view.state.finished
        yield run
