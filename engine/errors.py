"""Errors that a user can mend. Their text is one line that names the file, row or key and the mend."""


class UserError(Exception):
    """The call or its input cannot be used; front ends print the text as it is and leave with exit code 2."""


class HomeError(UserError):
    """The folder that holds projects and templates cannot be used."""


class ProjectError(UserError):
    """A project or template is missing, exists already or is not one."""


class DataError(UserError):
    """A data file is missing, unreadable, or has nothing to train on."""


class ModelError(UserError):
    """A base model or adapter is missing or cannot be loaded."""


class JobError(UserError):
    """A job is missing, cannot start, or cannot do what it was asked."""


class Cancelled(Exception):
    """Work was given up because somebody asked for it; nothing half-done is kept."""


class RecipeError(UserError):
    """A recipe has mistakes; `problems` lists all of them, one line each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))
