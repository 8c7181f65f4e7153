"""A source of rows, whatever its form, becomes Arrow files that are read by memory map: one pass, checked as it goes.

source.py    what a path holds: files, their form, compression, named splits
shape.py     the shape of rows, found from a sample: which fields, of which kind
columns.py   rows of that shape <-> Arrow columns
jsonl.py, json_file.py, delimited.py, arrow_file.py     one form each: bytes -> parts
part.py      one Arrow file being written
kept.py      the folder that an import leaves, and when it can be used again
run.py       the whole import
"""
