"""Rows written to a file: as they are, or as one of the formats that files come in."""
