"""The five panes of a project's screen, one file each."""
