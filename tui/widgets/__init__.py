"""Widgets that several screens share. Each carries only the CSS it cannot live without."""
