"""Data files: open, recognise, make conversations of rows, split. pyarrow and msgspec, no torch."""
