"""What a command is: something that a person can do, with its words, its key and its twin on the command line."""

from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from tui.screens.base import CommandScreen

Place = Literal["home", "project", "templates"]
Group = Literal["Runs", "Project", "Templates", "Studio"]


class Command:
    """Something that a person can do."""

    id: ClassVar[str]
    label: ClassVar[str]
    """In the footer: one or two words."""
    title: ClassVar[str]
    """In the palette."""
    help: ClassVar[str]
    group: ClassVar[Group]
    key: ClassVar[str] = ""
    """Textual's names of keys, with commas between; "" when only the palette has it."""
    twin: ClassVar[str] = ""
    """The same on the command line."""
    places: ClassVar[tuple[Place, ...]] = ("home", "project", "templates")
    in_footer: ClassVar[bool] = True

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Whether it can be done right now."""
        return True

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Do it."""
        raise NotImplementedError
