"""Reads what a recipe's situation is: its model's files, its rows, this machine, and the runs of before."""

from dataclasses import dataclass
from pathlib import Path

from engine.gathering.data import data_facts
from engine.gathering.machine import Machine, read_machine
from engine.gathering.model import model_facts
from engine.gathering.past import past_runs
from engine.home import Home, home_path
from engine.project import Project
from engine.recipe import Recipe
from engine.situation import Situation

__all__ = ["Gatherer"]


@dataclass(frozen=True, slots=True)
class Gatherer:
    """One project's surroundings."""

    project: Project

    def gather(self, recipe: Recipe) -> Situation:
        """All of it, for a recipe as it is being edited."""
        home = self._home()
        machine: Machine = read_machine(self.project.path, recipe.hardware.gpus)
        return Situation(
            model=model_facts(recipe, self.project.path, home),
            data=data_facts(recipe, self.project),
            gpus=machine.gpus,
            unsloth=machine.unsloth,
            past=past_runs(home),
            disk_free_bytes=machine.disk_free_bytes,
            host_free_bytes=machine.host_free_bytes,
            cores=machine.cores,
        )

    def _home(self) -> Home:
        """The home that the project is in; a project that lies elsewhere belongs to the user's."""
        above: Path = self.project.path.parent
        return Home(above.parent) if above.name == "projects" else Home(home_path())
