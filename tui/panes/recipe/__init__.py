"""The Recipe pane: what will happen? Every setting with its reason, checked as it is typed, and the way to start."""

from tui.panes.recipe.pane import RecipePane

__all__ = ["RecipePane"]
