"""Delete a template of one's own: all of it, or one edition. There is no way back, so it asks."""

from typing import TYPE_CHECKING

from engine.errors import UserError
from tui.figures import plural
from tui.messages import ToldUser
from tui.panes.recipe.asking import Choice, Pick
from tui.screens.dialogs import Confirm

if TYPE_CHECKING:
    from tui.screens.base import CommandScreen


def ask(screen: "CommandScreen") -> None:
    """Ask which editions, where there are several, and whether it is meant."""
    from engine.templates import editions

    template = screen.template
    if template is None or template.builtin:
        return
    count = len(editions(screen.home, template.name))
    if count < 2:
        _confirm(screen, template.name, "it")
        return
    choices = [
        Choice(template.reference, template.reference, "this edition alone"),
        Choice(template.name, template.name, f"all {plural(count, 'edition')}"),
    ]
    words = {template.reference: "this edition", template.name: f"all {plural(count, 'edition')} of it"}
    screen.app.push_screen(Pick("Delete", choices, lambda keys: _confirm(screen, keys[0], words[keys[0]])))


def _confirm(screen: "CommandScreen", reference: str, what: str) -> None:
    consequence = f"There is no way back to {what}. Projects that were made of it stay, with their own copy."
    question = Confirm(f"Delete {reference}?", consequence)
    screen.app.push_screen(question, lambda sure: _delete(screen, reference) if sure else None)


def _delete(screen: "CommandScreen", reference: str) -> None:
    from engine.templates import delete_template
    from tui.cli.template_words import deleted_words

    try:
        gone = delete_template(screen.home, reference)
        screen.post_message(ToldUser(deleted_words(reference, gone)))
    except UserError as error:
        screen.post_message(ToldUser(str(error), error=True))
    screen.templates_changed()
