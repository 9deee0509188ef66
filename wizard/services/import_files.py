"""The file of an import: a CSV that is read line by line, or the first sheet of an XLSX.

A file is read twice: once to check that it is whole (encoding, quotation marks, header, number of rows), so that a
broken file leaves nothing behind, and once to import it. Neither reading of a CSV holds more than one row; a sheet is
held whole within its limits (SEC-49). The content decides which it is, and a name that says otherwise is refused.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.services import import_sheet_words, import_sheets
from wizard.services.import_sheet_words import Cell, SheetRefused, Unusable

COLUMNS = (
    "username", "email", "given_name", "family_name", "display_name", "language",
    "organisation", "organisation_kind", "office", "office_kind", "country", "role",
)  # fmt: skip
DELIMITERS = ",;\t"
MAX_ROWS = 1_000_000
MAX_CELL = 1000  # characters
MAX_LINE = 256 * 1024  # bytes

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SHEET = ""  # the delimiter of a sheet's header
_SHEET_NAMES = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".xltx", ".ods"})
_MACRO_NAMES = frozenset({".xlsm", ".xltm", ".xlam"})
_SAVE_AGAIN = _l("Save it as “CSV UTF-8” and import that file.")


class FileRefused(Exception):
    """The file as a whole cannot be imported; says why and, where there is one, on which line (counted from 1)."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.reason, self.line = reason, line
        super().__init__(reason if line is None else str(_("Line %(line)s: %(reason)s", line=line, reason=reason)))


@dataclass(frozen=True)
class Header:
    """What the first line says: the delimiter ("" for a sheet), every column in order, those that this import does not know.

    `known` are the columns that it does know, `said` those of them that are not empty in every row.
    """

    delimiter: str
    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    known: tuple[str, ...] = field(default=COLUMNS, compare=False)
    said: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True)
class Row:
    """One row: its line (in a sheet, its number there), and its cells by known column, blanks around them taken off."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read as the header says."""

    line: int
    column: str
    reason: str


def check(path: Path, required: tuple[str, ...], known: tuple[str, ...] = COLUMNS) -> Header:
    """Read the whole file once and return its header.

    `required` are the columns that must be there, `known` all that this import can use. Raises `FileRefused` for the
    first thing that makes the file unusable.
    """
    if _is_sheet(path):
        with _first_sheet(path) as sheet:
            header = _sheet_header(next(sheet.cells, []), required, known)
            return _with_said(header, map(_without_blank_end, sheet.cells))
    with path.open("rb") as handle:
        lines = _Lines(handle)
        header = _read_header(next(lines, ""), required, known)
        return _with_said(header, (cells for _line, cells in _records(lines, header.delimiter)))


def _with_said(header: Header, records: Iterable[Sequence[Cell]]) -> Header:
    """Read to the end, so that a broken row is found and the rows are counted, and note which columns ever have a value."""
    silent = {number for number, name in enumerate(header.columns) if name in header.known}
    rows = 0
    for cells in records:
        rows += any(_has_value(cell) for cell in cells)
        if rows > MAX_ROWS:
            raise FileRefused(str(_("The file has more than %(num)s rows. Split it.", num=MAX_ROWS)))
        if silent:
            silent -= {number for number in silent if number < len(cells) and _has_value(cells[number])}
    said = {name for number, name in enumerate(header.columns) if name in header.known and number not in silent}
    return replace(header, said=frozenset(said))


def _sentences(*said: LazyString | str) -> str:
    return " ".join(map(str, said))


def _has_value(cell: Cell) -> bool:
    return isinstance(cell, Unusable) or bool(cell.strip())


def read_rows(path: Path, header: Header, on_bytes: Callable[[int], object]) -> Iterator[Row | BadRow]:
    """Give the rows one by one; rows without anything in them are passed over.

    `on_bytes` is told how many bytes of the file have been read so far. Raises `FileRefused` when the file is not the
    one that was checked any more.
    """
    if header.delimiter == _SHEET:
        yield from _sheet_rows(path, header, on_bytes)
        return
    with path.open("rb") as handle:
        lines = _Lines(handle)
        next(lines, "")
        for line, cells in _records(lines, header.delimiter):
            if any(cell.strip() for cell in cells):
                yield _row(line, cells, header)
            on_bytes(lines.bytes_read)


def sheet_names(path: Path) -> tuple[str, ...]:
    """The sheets of an XLSX by name, the one that is imported first; none for a CSV. Raises `FileRefused`."""
    with _sheets_words():
        return tuple(map(shown, import_sheets.sheet_names(path))) if _is_sheet(path) else ()


@contextmanager
def _sheets_words() -> Iterator[None]:
    try:
        yield
    except SheetRefused as refused:
        raise FileRefused(refused.reason, refused.row) from None


@contextmanager
def _first_sheet(path: Path) -> Iterator[import_sheets.Sheet]:
    with _sheets_words(), import_sheets.open_sheet(path) as sheet:
        yield sheet


def _sheet_header(cells: list[Cell], required: tuple[str, ...], known: tuple[str, ...]) -> Header:
    columns = tuple("" if isinstance(cell, Unusable) else cell.strip().lower() for cell in _without_blank_end(cells))
    if not columns:
        raise FileRefused(_sentences(_("The first row of the sheet is empty."), _how(required)))
    return _header(_SHEET, columns, required, known)


def _sheet_rows(path: Path, header: Header, on_bytes: Callable[[int], object]) -> Iterator[Row | BadRow]:
    size = path.stat().st_size
    with _first_sheet(path) as sheet:
        for line, cells in enumerate(sheet.cells, 1):
            filled = _without_blank_end(cells)
            if line > 1 and filled:
                yield _sheet_row(line, filled, header)
            on_bytes(size * line // sheet.rows)


def _without_blank_end(cells: list[Cell]) -> list[Cell]:
    return cells[: max((number for number, cell in enumerate(cells, 1) if _has_value(cell)), default=0)]


def _sheet_row(line: int, cells: list[Cell], header: Header) -> Row | BadRow:
    for column, cell in zip(header.columns, cells, strict=False):
        if isinstance(cell, Unusable) and column in header.known:
            return BadRow(line, column, str(cell.reason))
    texts = ["" if isinstance(cell, Unusable) else cell for cell in cells]
    return _row(line, texts + [""] * (len(header.columns) - len(texts)), header)


def _row(line: int, cells: list[str], header: Header) -> Row | BadRow:
    if len(cells) != len(header.columns):
        words = _(
            "This row has %(cells)s cells and the header has %(columns)s.",
            cells=len(cells),
            columns=len(header.columns),
        )
        return BadRow(line, "", str(words))
    for column, cell in zip(header.columns, cells, strict=True):
        if len(cell) > MAX_CELL:
            words = _(
                "The cell has %(characters)s characters; %(most)s is the most.", characters=len(cell), most=MAX_CELL
            )
            return BadRow(line, column, str(words))
    named = zip(header.columns, cells, strict=True)
    return Row(line, {column: cell.strip() for column, cell in named if column in header.known})


class _Lines:
    """The lines of a binary file as text: an undecodable byte is then named by its line, and memory stays bounded."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.number = 0
        self.bytes_read = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        raw = self._handle.readline(MAX_LINE + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        self.bytes_read += len(raw)
        if len(raw) > MAX_LINE:
            words = _("This line is longer than %(num)s KiB.", num=MAX_LINE // 1024)
            raise FileRefused(_sentences(words, _SAVE_AGAIN), self.number)
        if b"\0" in raw:
            words = _("There is a NUL byte, so this is no text in UTF-8.")
            raise FileRefused(_sentences(words, _SAVE_AGAIN), self.number)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise FileRefused(_sentences(_("This line is not in UTF-8."), _SAVE_AGAIN), self.number) from None
        return text.removeprefix("\ufeff") if self.number == 1 else text


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows after the header, each with the line on which it begins; `strict` finds marks never closed."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        begins = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused(_in_words(error), begins) from None
        yield begins, cells


def _in_words(error: csv.Error) -> str:
    said = str(error)
    if "end of data" in said or "field limit" in said:
        return str(_("A quotation mark opens a cell here and none closes it."))
    if "expected after" in said:
        return str(_("Text follows a closing quotation mark. Write a quotation mark inside a cell twice."))
    return _sentences(_("There is a line end inside a cell."), _SAVE_AGAIN)


def _is_sheet(path: Path) -> bool:
    """Whether the file is a zip, as an XLSX is, by its first bytes; refuses what is neither that nor a text."""
    with path.open("rb") as handle:
        start = handle.read(4)
    suffix = path.suffix.lower()
    if start == _OLE:
        raise FileRefused(_in_words_of_ole(path))
    if start == _ZIP:
        if suffix in _MACRO_NAMES:
            raise FileRefused(str(import_sheet_words.MACROS))
        if suffix == ".csv":
            words = _(
                "The name ends in .csv, but this is a spreadsheet or another zip file. If it is an XLSX, let its name end in .xlsx. "
                "If not, save it as “CSV UTF-8” and import that file."
            )
            raise FileRefused(str(words))
        return True
    if suffix in _SHEET_NAMES | _MACRO_NAMES:
        words = _(
            "The name ends in %(ending)s, but this is no XLSX file. If it is a CSV, let its name end in .csv. "
            "If not, save it as XLSX or as “CSV UTF-8” and import that file.",
            ending=suffix,
        )
        raise FileRefused(str(words))
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused(_sentences(_("This file is in UTF-16."), _SAVE_AGAIN))
    return False


def _in_words_of_ole(path: Path) -> str:
    """An XLSX with a password is wrapped in an old compound file, which names what it holds in UTF-16 (MS-OFFCRYPTO)."""
    with path.open("rb") as handle:
        if "EncryptedPackage".encode("utf-16-le") in handle.read(import_sheets.MAX_PACKED):
            return str(import_sheet_words.LOCKED)
    return _sentences(_("This is an old spreadsheet (XLS) or another office file."), import_sheet_words.SAVE_AGAIN)


def _read_header(line: str, required: tuple[str, ...], known: tuple[str, ...]) -> Header:
    if not line.strip():
        raise FileRefused(_sentences(_("The file is empty, or its first line is."), _how(required)))
    if "\r" in line.rstrip("\r\n"):
        raise FileRefused(_sentences(_("The lines end with a bare carriage return."), _SAVE_AGAIN), 1)
    found = ((each, _names(line, each)) for each in DELIMITERS)
    delimiter, columns = max(found, key=lambda each: len(set(each[1]) & set(known)))
    return _header(delimiter, columns, required, known)


def _how(required: tuple[str, ...]) -> str:
    return str(_("The first line names the columns, for example: %(columns)s", columns=",".join(required)))


def _header(delimiter: str, columns: tuple[str, ...], required: tuple[str, ...], known: tuple[str, ...]) -> Header:
    if not set(columns) & set(known):
        raise FileRefused(_sentences(_("There is no header."), _how(required)), 1)
    twice = [name for number, name in enumerate(columns) if name and name in columns[:number]]
    if twice:
        raise FileRefused(str(_("The column %(name)s is there twice.", name=shown(twice[0]))), 1)
    missing = [name for name in required if name not in columns]
    if missing:
        raise FileRefused(str(_("These columns are missing: %(names)s.", names=", ".join(missing))), 1)
    unknown = [(number, name) for number, name in enumerate(columns, 1) if name not in known]
    named = (shown(name) or str(_("(column %(number)s)", number=number)) for number, name in unknown)
    return Header(delimiter, columns, tuple(named), known)


def _names(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        names = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return ()
    return tuple(name.strip().lower() for name in names)


def shown(text: str, longest: int = 60) -> str:
    """A piece of the file as it may be printed: shortened, without characters that a terminal would obey."""
    printable = "".join(character if character.isprintable() else "\ufffd" for character in text[: longest + 1])
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"
