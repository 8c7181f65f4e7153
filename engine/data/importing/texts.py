"""Plain text files -> a part: a file is a row, {"text", "file"}; a long one is several, cut where lines are blank."""

from collections.abc import Callable, Iterator, Sequence

from engine.data.importing.jsonl import BOM, LONGEST_LINE
from engine.data.importing.part import Part, PartWriter
from engine.data.importing.shape import Shape, type_of
from engine.data.importing.source import SourceFile, open_bytes, reading, refuse_utf_16
from engine.data.records import BadRow
from engine.errors import DataError

ROW_BYTES = 1 << 20
"""A row holds at most about this much, so that no text is rendered, searched or tokenised as one of many megabytes."""
_SHAPE = Shape("object", fields={"text": Shape("text"), "file": Shape("text")})


def import_texts(
    files: Sequence[SourceFile], writer_of: Callable[[Shape], PartWriter], tell: Callable[[int], object]
) -> tuple[Part, list[BadRow]]:
    """All files as one part. `tell(bytes)`: how far they are. A file that is no UTF-8 is a bad row, a blank one none.

    Raises DataError for a file that cannot be read, or is too long to be a text.
    """
    line = done = 0
    bad: list[BadRow] = []
    with writer_of(_SHAPE) as writer:
        row = type_of(_SHAPE)
        for file in files:
            name = file.name or file.path.name
            with reading(file), open_bytes(file) as stream:
                content = stream.read(LONGEST_LINE + 1)
            refuse_utf_16(file, content[:2])
            if len(content) > LONGEST_LINE:
                raise DataError(f"{file.path}: is more than {LONGEST_LINE >> 20} MB of text: give it in several files")
            done += file.path.stat().st_size
            tell(done)
            try:
                text = content.removeprefix(BOM).decode()
            except UnicodeDecodeError as error:
                line += 1
                bad.append(BadRow(line, error.start, f"not UTF-8: byte {content[error.start]:#04x}", file.name))
                continue
            for piece in pieces(text.replace("\r\n", "\n")):
                line += 1
                writer.add(line, row(f0=piece, f1=name), len(piece))
    return writer.part(line), bad


def pieces(text: str) -> Iterator[str]:
    """The text, or its pieces of at most ROW_BYTES characters: cut after a blank line, else a line, else a word."""
    begin = 0
    while begin < len(text):
        end = _end(text, begin)
        if text[begin:end].strip():
            yield text[begin:end].strip("\n")
        begin = end


def _end(text: str, begin: int) -> int:
    end = begin + ROW_BYTES
    if end >= len(text):
        return len(text)
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, begin + ROW_BYTES // 2, end)
        if at >= 0:
            return at + len(mark)
    return end
