"""Dividing rows: arrays of keys in, places of rows out. Loaded when rows are divided, for it needs numpy."""
