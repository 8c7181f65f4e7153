"""Whether a run can be measured at all, asked of its data in a thread."""

from textual.message import Message

from engine.job import JobFolder
from engine.project import Project


class RefusalKnown(Message):
    """Why the run cannot be measured; "" where it can."""

    def __init__(self, run: JobFolder, refusal: str) -> None:
        super().__init__()
        self.run = run
        self.refusal = refusal


def ask(project: Project, run: JobFolder) -> RefusalKnown:
    """Look at the run's held-out rows. Takes files, so not for the screen's own thread."""
    from engine.data.arrow_alone import arrow_alone
    from engine.measurable import why_unmeasurable

    arrow_alone()
    return RefusalKnown(run, why_unmeasurable(run, project.path))
