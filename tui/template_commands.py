"""Commands between templates, projects and other tools."""

from typing import TYPE_CHECKING

from tui.command import Command

if TYPE_CHECKING:
    from engine.templates.pins import Update
    from tui.screens.base import CommandScreen


class OpenTemplates(Command):
    """Show all templates."""

    id, key, label, title, group = "templates", "T", "templates", "Templates: shipped ones and your own", "Templates"
    help = "All templates with what they are for and their recipes: start from one, give one away, take one in."
    twin = "ttune templates"
    places = ("home",)

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Put their screen over home."""
        from tui.screens.templates import TemplatesScreen

        screen.app.push_screen(TemplatesScreen(screen.home))


class ImportConfiguration(Command):
    """Make a project of another tool's file."""

    id, key, label, title, group = "import", "i", "import", "Import a YAML of another tool", "Project"
    help = "An Axolotl, LLaMA-Factory or trl YAML becomes a project; what has no equivalent is shown before it is made."
    twin = "ttune import FILE NAME"
    places = ("home",)

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask for the file."""
        from tui.screens.import_configuration import ImportConfigurationForm

        screen.app.push_screen(ImportConfigurationForm(screen.home))


class NewFromTemplate(Command):
    """Start from the template that is shown."""

    id, key, label, title, group = (
        "new-from-template",
        "n",
        "new project",
        "New project from this template",
        "Templates",
    )
    help = "Make a project from the template and edition that is chosen."
    twin = "ttune new NAME --template T"
    places = ("templates",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Where one is chosen."""
        return screen.template is not None

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask for name, base and data."""
        from tui.screens.new_project import open_form

        open_form(screen)


class CompareTemplate(Command):
    """Compare with another."""

    id, key, label, title, group = "compare-template", "d", "compare", "Compare this template", "Templates"
    help = "The settings in which this template differs from another one, from an edition, or from a project."
    twin = "ttune templates diff A B"
    places = ("templates",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Where one is chosen."""
        return screen.template is not None

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask what to compare with."""
        from tui.screens.compare_template import ask_other

        ask_other(screen)


class ExportTemplate(Command):
    """Give a template away."""

    id, key, label, title, group = "export-template", "e", "export", "Export this template as one file", "Templates"
    help = "Write the template with its reward files as one file; what is in it is shown first."
    twin = "ttune templates export NAME FILE"
    places = ("templates",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Where one is chosen."""
        return screen.template is not None

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask where to."""
        from tui.screens.export_template import ExportTemplateForm

        if screen.template is not None:
            screen.app.push_screen(ExportTemplateForm(screen.template))


class ImportTemplate(Command):
    """Take in a template."""

    id, key, label, title, group = "import-template", "i", "import", "Import a template from a file", "Templates"
    help = "Take in a template that somebody gave you; what it brings, code above all, is shown before it is kept."
    twin = "ttune templates import FILE"
    places = ("templates",)

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask for the file."""
        from tui.screens.import_template import ImportTemplateForm

        screen.app.push_screen(ImportTemplateForm(screen.home), screen.templates_changed)


class DeleteTemplate(Command):
    """Remove one of one's own."""

    id, key, label, title, group = "delete-template", "x,delete", "delete", "Delete this template", "Templates"
    help = "Remove one of your templates, or one edition of it. Projects made from it stay as they are."
    twin = "ttune templates delete NAME"
    places = ("templates",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Those that come with ttune stay."""
        return screen.template is not None and not screen.template.builtin

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask first."""
        from tui.screens.delete_template import ask

        ask(screen)


class FollowTemplate(Command):
    """Take over a newer edition."""

    id, label, title, group = "update", "update", "Update to the newest edition", "Project"
    help = "What the newest edition of this project's template would change, setting by setting, and take it over."
    twin = "ttune templates update PROJECT"
    places = ("project",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Once the project is read."""
        return screen.project is not None

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Show what it changes."""
        from tui.messages import RecipeChanged
        from tui.panes.recipe.pane import RecipePane
        from tui.screens.update_project import UpdateScreen

        def written(update: "Update | None") -> None:
            if update is not None:
                screen.post_message(RecipeChanged())

        if panes := list(screen.query(RecipePane)):  # there it can be taken back
            panes[0].action_update()
        elif screen.project is not None:
            screen.app.push_screen(UpdateScreen(screen.home, screen.project), written)


class ExportRecipe(Command):
    """Write the recipe for another tool."""

    id, label, title, group = "export-recipe", "export recipe", "Export the recipe for another tool", "Project"
    help = "A train.py that needs no ttune, or Axolotl's YAML; what has no equivalent is shown before it is written."
    twin = "ttune recipe PROJECT --as FORM"
    places = ("project",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Once the project is read."""
        return screen.project is not None

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask for the form and the place."""
        from tui.screens.export_recipe import ExportRecipeForm

        if screen.project is not None:
            screen.app.push_screen(ExportRecipeForm(screen.project))


TEMPLATE_COMMANDS: tuple[type[Command], ...] = (
    OpenTemplates, ImportConfiguration, NewFromTemplate, CompareTemplate, ExportTemplate, ImportTemplate,
    DeleteTemplate, FollowTemplate, ExportRecipe,
)  # fmt: skip
"""In the order of the footer and the palette."""
