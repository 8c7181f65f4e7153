"""Rows -> examples: recognise how a source is laid out, or follow the recipe's mapping. See `engine/data/formats`."""

from engine.data.formats.fields import Field, fields
from engine.data.formats.guess import guess_mapping
from engine.data.formats.known import FORMATS, KNOWN, Format
from engine.data.formats.layout import LEARNT_FROM, SFT_KINDS, TAUGHT, Layout
from engine.data.formats.preview import Shown, as_mapping, preview, problems
from engine.data.formats.recognise import likely, recognise
from engine.data.formats.sample import SAMPLE_ROWS
from engine.data.formats.values import Unfit

__all__ = [
    "FORMATS", "KNOWN", "LEARNT_FROM", "SAMPLE_ROWS", "SFT_KINDS", "TAUGHT", "Field", "Format", "Layout", "Shown",
    "Unfit", "as_mapping", "fields", "guess_mapping", "likely", "preview", "problems", "recognise",
]  # fmt: skip
