"""The tools whose files are read: a mapping table for each, which says of every key what becomes of it."""
