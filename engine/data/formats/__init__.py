"""Formats of training rows: recognised by structure, mapped where they are none, turned into examples.

`known` lists the nine formats, `mapped` follows a recipe's mapping, `recognise` tells which of them a source has,
`layout` is the answer, `fields` and `preview` serve whoever writes a mapping.
"""
