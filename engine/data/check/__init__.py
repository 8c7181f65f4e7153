"""Checks of the data before a run: what is wrong with which rows, and the mend."""
