"""Chat: how do base and tuned feel, side by side?"""

from tui.panes.chat.pane import ChatPane

__all__ = ["ChatPane"]
