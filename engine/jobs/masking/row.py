"""One row as the model sees it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenisedRow:
    """One row as the model sees it. The lists have one entry a token."""

    text: str
    """The whole row through the chat template."""
    ids: list[int]
    starts: list[int]
    """Character of `text` at which the token begins."""
    trained: list[bool]
    """Whether the token carries loss."""
    cut: bool
    """Whether the row was longer than the limit and lost its end."""
    problem: str = ""
    """Why the row could not be rendered; then there are no tokens."""
    end: int = 0
    """Character of `text` at which the last token kept ends; what follows it was cut off."""
    flags: int = 0
    """What is odd about it: bits of `engine.data.audit_flags.Flag`."""
    rejected_tokens: int | None = None
    """Tokens of the row with the worse answer, after any cut; None where there is none."""

    @property
    def labels(self) -> list[int]:
        """Token ids where trained, -100 (which the loss passes over) elsewhere."""
        return [token if trained else -100 for token, trained in zip(self.ids, self.trained, strict=True)]
