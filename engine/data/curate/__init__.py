"""From a source's rows to those that are used: the recipe's steps, replayed; the source itself never changes."""
