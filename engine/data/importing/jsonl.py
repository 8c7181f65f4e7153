"""JSON lines -> parts. A range of lines is read in blocks; each line is a row, is reported, or is blank."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from engine.data.importing.faults import json_fault, repeated_key
from engine.data.importing.part import Part, PartWriter
from engine.data.importing.shape import Shape, shape_of, type_of
from engine.data.records import BadRow, Row

BOM = b"\xef\xbb\xbf"
BLOCK_BYTES = 4 << 20
LONGEST_LINE = 256 << 20
"""A longer line is reported and passed over: it would have to be in memory whole."""
SAMPLE_ROWS = 1000
SAMPLE_BYTES = 2 << 20


def read_lines(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """(offset of the first, lines without line feeds) block by block, to the end or the line that begins at `end`.

    `start`: the byte at which the file stands.

    A line that is longer than LONGEST_LINE comes as `b"\\n"`, which no line can be.
    """
    offset = start
    rest = b""
    while end is None or offset < end:
        want = BLOCK_BYTES if end is None else min(BLOCK_BYTES, max(1, end - offset - len(rest)))
        block = file.read(want)
        if not block:
            if rest:
                yield offset, [rest]
            return
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if lines:
            yield offset, lines
            offset += sum(map(len, lines)) + len(lines)
        if len(rest) > LONGEST_LINE:
            passed = len(rest) + _pass_line(file)
            yield offset, [b"\n"]
            offset += passed
            rest = b""


def _pass_line(file: BinaryIO) -> int:
    """Read to the end of a line; the bytes passed over, its line feed included."""
    passed = 0
    while piece := file.readline(BLOCK_BYTES):
        passed += len(piece)
        if piece.endswith(b"\n"):
            break
    return passed


def sample_lines(lines: Iterator[tuple[int, list[bytes]]]) -> list[Row]:
    """The first rows of some blocks of lines."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    rows: list[Row] = []
    size = 0
    for _, block in lines:
        for line in block:
            size += len(line)
            try:
                rows.append(decode(line.removeprefix(BOM)))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            if len(rows) >= SAMPLE_ROWS or size >= SAMPLE_BYTES:
                return rows
    return rows


class LineReader:
    """Takes lines of one shape into a part."""

    def __init__(self, writer: PartWriter, *, places: bool = False) -> None:
        """`places`: the lines are items of an array, which have no byte to name."""
        self._writer = writer
        self._places = places
        self._decode = msgspec.json.Decoder(type_of(writer.shape)).decode
        self._any = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        self._top, self._nested = _key_counts(writer.shape)
        self.line = 0
        """Lines taken so far."""

    def take(self, offset: int, lines: list[bytes]) -> None:
        """Take a block of lines, the first of which begins at `offset`."""
        sound = _is_utf8(lines)
        decode, add, names, nested = self._decode, self._writer.add, self._top, self._nested
        for text in lines:
            self.line += 1
            try:
                row = decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                self._take_odd(offset, text, error)
            else:
                twice = any(text.count(name) > 1 for name in names) or (nested and self._twice_in_turns(text, row))
                if twice or not sound:
                    self._take_doubtful(offset, text, row)
                else:
                    add(self.line, row, len(text))
            offset += len(text) + 1

    def _take_doubtful(self, offset: int, text: bytes, row: Any) -> None:
        """A row that decodes, in which a key may stand twice, or bytes may be no UTF-8 where nothing looked at them."""
        try:
            text.decode()
        except UnicodeDecodeError as error:
            self._report(offset, json_fault(text, error))
            return
        if twice := repeated_key(text):
            self._report(offset, f"names the key {twice!r} twice: which of the values is meant?")
        else:
            self._writer.add(self.line, row, len(text))

    def _twice_in_turns(self, text: bytes, row: Any) -> bool:
        """Whether a key of the objects in lists stands in the text more often than there are objects."""
        return any(
            text.count(name) > top + sum(len(getattr(row, attribute) or ()) for attribute in attributes)
            for name, top, attributes in self._nested
        )

    def _take_odd(self, offset: int, text: bytes, error: Exception) -> None:
        """A line that is no row of the shape: blank, a row of another shape, or no row."""
        if text == b"\n":
            self._report(offset, f"longer than {LONGEST_LINE >> 20} MB: no row can be")
            return
        plain = text.strip()
        if plain.startswith(BOM):
            plain = plain[len(BOM) :].strip()
        if not plain:
            return
        try:
            self._any(plain)
            kept = plain.decode()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            self._report(offset, json_fault(plain, fault))
            return
        if twice := repeated_key(plain):
            self._report(offset, f"names the key {twice!r} twice: which of the values is meant?")
        else:
            self._writer.add(self.line, None, len(text), odd=kept.encode())

    def _report(self, offset: int, reason: str) -> None:
        self._writer.bad.append(BadRow(self.line, 0 if self._places else offset, reason))


def _key_counts(shape: Shape) -> tuple[list[bytes], list[tuple[bytes, int, list[str]]]]:
    """Quoted keys that stand in a row once; and those of objects in lists, how often they stand at the top, and the
    attributes that hold the lists.
    """
    top = {msgspec.json.encode(name) for name in shape.fields}
    lists: dict[bytes, list[str]] = {}
    for place, inner in enumerate(shape.fields.values()):
        if inner.kind == "list" and inner.item is not None and inner.item.kind == "object":
            for name in inner.item.fields:
                lists.setdefault(msgspec.json.encode(name), []).append(f"f{place}")
    return sorted(top - set(lists)), [(name, int(name in top), attributes) for name, attributes in lists.items()]


def _is_utf8(lines: list[bytes]) -> bool:
    """Whether a block is valid UTF-8: msgspec does not look at the texts of values that it leaves as they are."""
    try:
        for line in lines:
            if not line.isascii():
                line.decode()
    except UnicodeDecodeError:
        return False
    return True


def import_range(path: Path, start: int, end: int, to: Path, shape: Shape) -> tuple[Part, list[BadRow]]:
    """The lines that begin from byte `start` up to `end`, as a part. Runs in a worker process too."""
    with open(path, "rb") as file, PartWriter(to, shape) as writer:
        file.seek(start)
        reader = LineReader(writer)
        for offset, lines in read_lines(file, start, end):
            reader.take(offset, lines)
    return writer.part(reader.line), writer.bad


def import_stream(
    file: BinaryIO, writer_of: Callable[[Shape], PartWriter], tell: Callable[[int], object]
) -> tuple[Part, list[BadRow]]:
    """All lines of a stream that can be read only once, such as a decompressed one. `tell(bytes)`: how far it is."""
    blocks = read_lines(file)
    first: list[tuple[int, list[bytes]]] = []
    for block in blocks:
        first.append(block)
        if sum(len(line) for _, lines in first for line in lines) >= SAMPLE_BYTES:
            break
    shape = shape_of(sample_lines(iter(first)))
    with writer_of(shape) as writer:
        reader = LineReader(writer)
        for offset, lines in first:
            reader.take(offset, lines)
        del first
        for offset, lines in blocks:
            reader.take(offset, lines)
            tell(offset)
    return writer.part(reader.line), writer.bad


def shape_of_file(path: Path, size: int) -> Shape:
    """The shape of a file's rows, from samples at its beginning, middle and end."""
    rows: list[Row] = []
    with open(path, "rb") as file:
        for part in range(4):
            file.seek(size * part // 4)
            if part:
                file.readline(LONGEST_LINE)
            rows += sample_lines(read_lines(file))
    return shape_of(rows)


def ranges(path: Path, size: int, bytes_each: int) -> list[tuple[int, int]]:
    """Byte ranges of about `bytes_each` that begin at the beginning of a line."""
    starts = [0]
    with open(path, "rb") as file:
        while starts[-1] + bytes_each < size:
            file.seek(starts[-1] + bytes_each)
            while (piece := file.readline(BLOCK_BYTES)) and not piece.endswith(b"\n"):
                pass
            starts.append(file.tell())
    if starts[-1] >= size and len(starts) > 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], size], strict=True))
