"""Screens: home, a project's five panes, and the dialogs over them. `x.tcss` beside `x.py` is its layout."""
