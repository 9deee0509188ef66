"""The first sheet of an XLSX file as rows of texts.

The file comes from elsewhere, so nothing of it reaches the reader unchecked (SEC-49, ASVS 5.0 5.2.3): the zip's own
figures and the real size of every part are compared first, macros and document types are refused, and the reader gets a
new small package of three parts only. Its grid is dense, so two cells far apart would end the whole process; the place
of every filled cell is therefore read beforehand.
"""

from __future__ import annotations

import io
import math
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import reduce
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any
from xml.parsers import expat

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from python_calamine import CalamineError, CalamineWorkbook

from wizard.services.import_sheet_words import (
    BOOLEAN,
    DATE,
    ERROR,
    LOCKED,
    LONG_NUMBER,
    MACROS,
    NO_RESULT,
    Cell,
    SheetRefused,
    Unusable,
    damaged,
)

MAX_ROWS = 50_000  # below the header
MAX_COLUMNS = 50
MAX_PACKED = 20 * 1024 * 1024  # bytes; the list of parts alone can fill a file and, many times over, memory
MAX_UNPACKED = 100 * 1024 * 1024  # bytes, and as many characters once shared texts stand in their cells
MAX_RATIO = 200  # unpacked to packed; sheets of one row repeated stay below
RATIO_FROM = 1024 * 1024  # bytes; a part below this harms nobody
MAX_PARTS = 1000
MAX_TEXTS = 5_000_000  # shared texts, for as many of which as a file announces the reader sets memory aside
MAX_ELEMENTS = 50_000  # of each part that says where the others are
DIGITS_KEPT = 10**15  # spreadsheets keep 15 digits of a number

_TOO_BIG = _l("The file unpacks to more than %(num)s MB.", num=MAX_UNPACKED // 1024**2)
_CHUNK = 1024 * 1024
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
_REFERENCE = re.compile(rf"([A-Z]{{1,3}})({_NUMBER.pattern})")

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINKS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_LINK = f'<Relationship Id="{{0}}" Type="{_OFFICE}/{{0}}" Target="{{1}}"/>'
_WORKBOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Sheet" sheetId="1" r:id="worksheet"/></sheets></workbook>'
)


@dataclass(frozen=True)
class Sheet:
    """The sheet that is read: `rows` counts its rows, the header included; `cells` gives them from row 1 on."""

    rows: int
    cells: Iterator[list[Cell]]


@dataclass(frozen=True)
class _Book:
    """Where the parts of a workbook are, and the names of its sheets, the one that is read first."""

    names: tuple[str, ...]
    sheet: zipfile.ZipInfo
    texts: zipfile.ZipInfo | None
    styles: zipfile.ZipInfo | None


def sheet_names(path: Path) -> tuple[str, ...]:
    """The names of the workbook's sheets, the one that `open_sheet` reads first. Raises `SheetRefused`."""
    with _archive(path) as (archive, parts):
        return _find_parts(archive, parts).names


@contextmanager
def open_sheet(path: Path) -> Iterator[Sheet]:
    """Give the first sheet that is not hidden. Raises `SheetRefused` before a cell is given, `OSError`."""
    with _archive(path) as (archive, parts):
        for info in archive.infolist():
            _pour(archive, info, _doctype_finder())
        book = _find_parts(archive, parts)
        package, marked = _package(archive, book)
    try:
        with CalamineWorkbook.from_filelike(package) as workbook:
            sheet = workbook.get_sheet_by_index(0)
    except CalamineError:
        raise damaged() from None
    read = sheet.end[0] + 1 if sheet.end else 0
    rows = max(read, max((row for row, _column in marked), default=0))
    values = chain(sheet.iter_rows() if read else (), repeat([]))
    yield Sheet(rows, _cells(islice(values, rows), sheet.start[1] if sheet.start else 0, marked))


def _cells(rows: Iterator[list[Any]], left: int, marked: dict[tuple[int, int], Unusable]) -> Iterator[list[Cell]]:
    width = max((column for _row, column in marked), default=0)
    for row, values in enumerate(rows, 1):
        cells = [*repeat("", left), *map(_cell, values), *repeat("", width - left - len(values))]
        yield [marked.get((row, column), cell) for column, cell in enumerate(cells, 1)] if marked else cells


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return BOOLEAN
    if not isinstance(value, int | float):
        return DATE
    if not math.isfinite(value) or abs(value) >= DIGITS_KEPT:
        return LONG_NUMBER
    return str(int(value)) if value == int(value) else repr(value)


@contextmanager
def _archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]]:
    """Open a zip whose directory promises nothing harmful; its parts by their name in small letters."""
    if path.stat().st_size > MAX_PACKED:
        raise SheetRefused(
            _("The file has more than %(num)s MB. Take out pictures, or split it.", num=MAX_PACKED // 1024**2)
        )
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, _directory(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, expat.ExpatError, UnicodeError):
        raise damaged() from None


def _directory(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    parts = {info.filename.lower(): info for info in infos}
    if any(info.flag_bits & 1 for info in infos):
        raise SheetRefused(LOCKED)
    if any("macrosheets/" in name or name.endswith("vbaproject.bin") for name in parts):
        raise SheetRefused(MACROS)
    strange = any(info.header_offset < 0 or info.compress_type not in _PACKINGS for info in infos)
    if strange or len(parts) < len(infos) or len(infos) > MAX_PARTS:
        raise damaged()
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise SheetRefused(_TOO_BIG, again=True)
    if any(info.file_size > max(RATIO_FROM, MAX_RATIO * info.compress_size) for info in infos):
        raise SheetRefused(
            _("A part of the file unpacks to more than %(num)s times its size.", num=MAX_RATIO), again=True
        )
    return parts


def _pour(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *into: Callable[[bytes], object]) -> None:
    """Give a part's bytes to each of `into`. They are as many as the directory says, or the file is refused.

    `zipfile` stops at the promised size, so that a part which lies about it would look whole here and be far larger to
    another reader. It is therefore asked for one byte more than there may be.
    """
    promised, got = info.file_size, 0
    info.file_size = promised + 1
    try:
        with archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                got += len(chunk)
                if got > promised:
                    raise damaged()
                for each in into:
                    each(chunk)
    finally:
        info.file_size = promised
    if got != promised:
        raise damaged()


def _doctype_finder() -> Callable[[bytes], None]:
    tail = b""

    def look(chunk: bytes) -> None:
        nonlocal tail
        seen = tail + chunk.replace(b"\0", b"").lower()  # without NUL bytes, UTF-16 and UTF-32 read like ASCII
        if b"<!doctype" in seen:
            _refuse_doctype()
        tail = seen[-len("<!doctype") :]

    return look


def _refuse_doctype(*_what: object) -> None:
    raise SheetRefused(_("A part of the file declares a document type, which no spreadsheet needs."), again=True)


def _parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> expat.XMLParserType:
    """A parser of UTF-8 that reads no document type and nothing from elsewhere."""

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding or "utf-8").lower() not in {"utf-8", "us-ascii"}:
            raise damaged()

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _elements(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small part in order: local name, attributes by local name."""
    if info is None:
        raise damaged()
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(found) >= MAX_ELEMENTS:
            raise damaged()
        found.append((_local(name), {_local(key): value for key, value in attributes.items()}))

    parser = _parser(start)
    _pour(archive, info, parser.Parse)
    parser.Parse(b"", True)
    return found


def _find_parts(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> _Book:
    types = _elements(archive, parts.get("[content_types].xml"))
    if any("macroenabled" in attributes.get("ContentType", "").lower() for _name, attributes in types):
        raise SheetRefused(MACROS)
    whole = _links(archive, parts, "")
    at = next((target for kind, target in whole.values() if kind == "officeDocument"), "")
    elements = _elements(archive, parts.get(at))
    if elements[0][0] != "workbook":
        raise SheetRefused(_("This is an office file without sheets."), again=True)
    links = _links(archive, parts, at)
    named = [attributes for name, attributes in elements if name == "sheet"]
    for sheet in sorted(named, key=lambda sheet: sheet.get("state", "visible") != "visible"):
        kind, target = links.get(sheet.get("id", ""), ("", ""))
        if kind == "worksheet" and target in parts:
            names = [each.get("name", "") for each in (sheet, *(each for each in named if each is not sheet))]
            by_kind = {kind: parts[target] for kind, target in links.values() if target in parts}
            return _Book(tuple(names), parts[target], by_kind.get("sharedStrings"), by_kind.get("styles"))
    raise SheetRefused(_("The file has no sheet with rows in it."))


def _links(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], of: str) -> dict[str, tuple[str, str]]:
    """Where a part points to, by id: the kind of what is there, and its name in small letters (ECMA-376, part 2)."""
    folder, name = posixpath.split(of)
    found = {}
    for element, attributes in _elements(archive, parts.get(posixpath.join(folder, "_rels", f"{name}.rels"))):
        if element == "Relationship" and attributes.get("TargetMode", "Internal") == "Internal":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = kind, target.lstrip("/").lower()
    return found


class _Texts:
    """Walks through the shared texts and keeps the length of each."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "si":
            self.lengths.append(0)
        with suppress(ValueError):
            if max(len(self.lengths), int(attributes.get("uniqueCount", "0"))) > MAX_TEXTS:
                raise SheetRefused(_TOO_BIG, again=True)

    def text(self, data: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(data)


class _Cells:
    """Walks through a sheet: refuses filled cells beyond the limits and marks those that have no value to read."""

    def __init__(self, lengths: list[int]) -> None:
        self._lengths = lengths
        self._row = self._column = self._characters = 0
        self._kind = self._index = ""
        self._in_cell = self._in_value = self._formula = self._value = False
        self.marked: dict[tuple[int, int], Unusable] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "row":
            self._begin_row(attributes.get("r", str(self._row + 1)))
        elif name == "c":
            self._begin_cell(attributes)
        elif self._in_cell and name in {"f", "v", "t"}:
            self._formula |= name == "f"
            self._in_value = name == "v"
            self._refuse_far()

    def _begin_row(self, number: str) -> None:
        if not _NUMBER.fullmatch(number) or int(number) <= self._row:
            raise damaged(self._row or None)
        self._row, self._column = int(number), 0

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        column, row = self._column + 1, str(self._row)
        if "r" in attributes:
            match = _REFERENCE.fullmatch(attributes["r"])
            letters, row = match.groups() if match else ("", "")
            column = reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0)  # A is 65 and counts 1
        if row != str(self._row) or column <= self._column:
            raise damaged(self._row or None)
        self._column, self._kind, self._index = column, attributes.get("t", "n"), ""
        self._in_cell, self._formula, self._value = True, False, False

    def _refuse_far(self) -> None:
        if self._row > MAX_ROWS + 1:
            raise SheetRefused(
                _("The sheet has more than %(num)s rows below its header. Split it.", num=MAX_ROWS), self._row
            )
        if self._column > MAX_COLUMNS:
            words = _("The sheet has more than %(num)s columns. Take out those that no import needs.", num=MAX_COLUMNS)
            raise SheetRefused(words, self._row)

    def text(self, data: str) -> None:
        if self._in_value:
            self._value = True
            self._index += data[:8] if len(self._index) < 8 else ""

    def end(self, name: str) -> None:
        name = _local(name)
        if name == "v":
            self._in_value = False
            if self._kind == "s":
                self._count_shared(self._index)
        elif name == "c":
            if self._kind == "e" or (self._formula and not self._value and self._kind != "str"):
                self.marked[self._row, self._column] = ERROR if self._kind == "e" else NO_RESULT
            if len(self.marked) > MAX_ROWS:
                words = _("More than %(num)s formulas of the sheet have no usable result.", num=MAX_ROWS)
                raise SheetRefused(words, again=True)
            self._in_cell = False

    def _count_shared(self, index: str) -> None:
        """One long shared text in every cell would fill memory, however small the file is."""
        if not (index.isascii() and index.isdigit() and len(index) < 8 and int(index) < len(self._lengths)):
            raise damaged(self._row)
        self._characters += self._lengths[int(index)]
        if self._characters > MAX_UNPACKED:
            raise SheetRefused(_TOO_BIG, again=True)


def _package(archive: zipfile.ZipFile, book: _Book) -> tuple[io.BytesIO, dict[tuple[int, int], Unusable]]:
    """A package of the parts that are read and nothing else, in memory, and the cells without a value to read."""
    texts, packed = _Texts(), io.BytesIO()
    cells = _Cells(texts.lengths)
    carried = [
        ("sharedStrings", book.texts, _parser(texts.start, None, texts.text)),
        ("styles", book.styles, _parser(lambda _name, _attributes: None)),
        ("worksheet", book.sheet, _parser(cells.start, cells.end, cells.text)),
    ]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as clean:
        links = "".join(_LINK.format(kind, f"{kind}.xml") for kind, info, _parser in carried if info)
        clean.writestr("_rels/.rels", _LINKS.format(_LINK.format("officeDocument", "xl/workbook.xml")))
        clean.writestr("xl/workbook.xml", _WORKBOOK)
        clean.writestr("xl/_rels/workbook.xml.rels", _LINKS.format(links))
        for kind, info, parser in carried:
            if info is None:
                continue
            with clean.open(f"xl/{kind}.xml", "w") as part:
                _pour(archive, info, parser.Parse, part.write)
            parser.Parse(b"", True)
    packed.seek(0)
    return packed, cells.marked
