"""The sample rows that templates come with: `python -m projects.rows` writes them again, byte for byte.

All text is put together from phrases written for ttune; no person, company or place in it is real. They show how rows
are laid out and make a template run at once; what a model learns of them is of no use to anybody.
"""
