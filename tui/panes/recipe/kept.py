"""The drafts of this studio's projects: what is typed and not yet right outlives the pane and the project's screen."""

from pathlib import Path

from tui.panes.recipe.draft import Draft

_KEPT: dict[tuple[Path, int], Draft] = {}
"""By the recipe's file, and the number of the folder that it lies in: another project of the same name is another."""


def draft_of(path: Path) -> Draft:
    """The draft of a recipe's file as it was left, with what the file says now; a new one for the first time."""
    try:
        name = (path, path.parent.stat().st_ino)
    except OSError:  # the draft says what is wrong with it
        return Draft(path)
    draft = _KEPT.get(name)
    if draft is None:
        return _KEPT.setdefault(name, Draft(path))
    if draft.changed_outside():
        draft.reload()
    return draft
