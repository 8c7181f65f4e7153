"""Whether base and tuned can be compared on a run's held-out rows, told before a model is loaded."""

from pathlib import Path

from engine import recipe_file
from engine.data.dataset import open_dataset, opens_at_once
from engine.errors import UserError
from engine.job import JobFolder

ASKS_NOTHING = ("text", "segments")
"""Kinds of rows without a question."""


def asks_nothing(format_name: str) -> str:
    """Why rows of text cannot be compared, with the mend."""
    return (
        f"data.held_out: {format_name} rows ask nothing: their measure is the run's validation loss; "
        "to compare answers, set data.held_out to a file of rows with prompts and answers, and train again"
    )


def why_unmeasurable(run: JobFolder, project: Path) -> str:
    """Why an evaluation of the run would be refused for its held-out rows, with the mend; "" where it would not be.

    Opens the run's data, so not for a screen's own thread. "" too where that would take long, or where the data cannot
    be opened any more: an evaluation says so itself.
    """
    try:
        recipe = recipe_file.validate(run.spec.recipe, str(run.path / "job.toml"))
        if not opens_at_once(recipe, project):
            return ""
        layout = open_dataset(recipe, project).held_out_examples.layout
    except (UserError, OSError):
        return ""
    return asks_nothing(layout.format) if layout.kind in ASKS_NOTHING else ""
