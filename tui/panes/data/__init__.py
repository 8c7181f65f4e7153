"""The Data pane: can I trust this? Every row, and each as the model will see it in training."""

from tui.panes.data.pane import DataPane

__all__ = ["DataPane"]
