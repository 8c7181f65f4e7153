"""Run: is it learning, is it healthy, when is it done? Everything here comes from the folded journal."""

from tui.panes.run.pane import RunPane

__all__ = ["RunPane"]
