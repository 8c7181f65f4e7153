"""Evaluate: is the tuned model better than the base, and how sure is that?"""

from tui.panes.evaluate.pane import EvaluatePane

__all__ = ["EvaluatePane"]
