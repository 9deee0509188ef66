"""Sheets of an XLSX: what a cell says, and each way in which a file is refused before it is parsed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from wizard.services import import_sheets
from wizard.services.import_sheet_words import Cell, SheetRefused, Unusable

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = "xl/_rels/workbook.xml.rels"
TEXTS = b"<Relationship Id='texts' Type='urn:relationships/sharedStrings' Target='sharedStrings.xml'/>"
Parts = dict[str, bytes]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.xlsx"


def rows_of(file: Path) -> list[list[Cell]]:
    with import_sheets.open_sheet(file) as sheet:
        rows = list(sheet.cells)
    assert len(rows) == sheet.rows
    return rows


def parts_of(book: Workbook) -> Parts:
    packed = io.BytesIO()
    book.save(packed)
    with zipfile.ZipFile(packed) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(file: Path, changed: Parts, packing: int = zipfile.ZIP_DEFLATED) -> None:
    """An XLSX of one sheet with A1 = "username"; `changed` replaces and adds parts."""
    book = Workbook()
    book.worksheets[0]["A1"] = "username"
    with zipfile.ZipFile(file, "w", packing) as archive:
        parts = parts_of(book)
        parts[LINKS] = parts[LINKS].replace(b"</Relationships>", TEXTS + b"</Relationships>")
        for name, content in {**parts, **changed}.items():
            archive.writestr(name, content)


def sheet_of(rows: str) -> Parts:
    return {SHEET: f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>".encode()}


def refused(file: Path) -> SheetRefused:
    with pytest.raises(SheetRefused) as error, import_sheets.open_sheet(file):
        pass
    return error.value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00123", "00123"),
        (42, "42"),
        (42.0, "42"),
        (-7, "-7"),
        (42.5, "42.5"),
        (0, "0"),
        (999_999_999_999_999, "999999999999999"),
        ("Zoë\nΩμέγα", "Zoë\nΩμέγα"),
        ("TRUE ", "TRUE "),
    ],
)
def test_texts_and_numbers_are_read_as_they_look(file: Path, value: object, text: str) -> None:
    book = Workbook()
    book.worksheets[0].append((value,))
    book.save(file)
    assert rows_of(file) == [[text]]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime.fromisoformat("2026-01-02T03:04"), "date or a time"),
        (date(2026, 1, 2), "date or a time"),
        (time(3, 4), "date or a time"),
        (timedelta(hours=30), "date or a time"),
        (True, "TRUE or FALSE"),
        (False, "TRUE or FALSE"),
        (10**15, "15 digits"),
        (-1e300, "15 digits"),
        ("#DIV/0!", "ends in an error"),
        ("=A1", "no saved result"),
    ],
)
def test_other_values_say_in_words_what_to_do(file: Path, value: object, words: str) -> None:
    book = Workbook()
    book.worksheets[0].append(("before", value))
    book.save(file)
    ((before, cell),) = rows_of(file)
    assert before == "before"
    assert isinstance(cell, Unusable)
    assert words in cell.reason


def test_what_a_formula_gave_when_it_was_saved_is_read(file: Path) -> None:
    cells = '<c r="A1" t="str"><f>B1&amp;"a"</f><v>anna</v></c><c r="B1"><f>40+2</f><v>42</v></c>'
    nothing = '<c r="C1" t="str"><f>IF(B1>0,"","a")</f><v></v></c>'
    write(file, sheet_of(f'<row r="1">{cells}{nothing}</row>'))
    assert rows_of(file) == [["anna", "42", ""]]


def test_a_number_that_is_none_is_not_read_as_one(file: Path) -> None:
    write(file, sheet_of('<row r="1"><c r="A1"><v>NaN</v></c><c r="B1"><v>1e999</v></c></row>'))
    assert [[isinstance(cell, Unusable) for cell in row] for row in rows_of(file)] == [[True, True]]


def test_cells_keep_their_place_however_empty_the_sheet_is_around_them(file: Path) -> None:
    book = Workbook()
    book.worksheets[0]["C3"] = "here"
    book.worksheets[0]["D5"] = "=A1"
    book.worksheets[0]["B200"].number_format = "@"
    book.save(file)
    rows = rows_of(file)
    assert rows[:2] == [["", "", "", ""]] * 2
    assert rows[2] == ["", "", "here", ""]
    assert isinstance(rows[4][3], Unusable)
    assert len(rows) == 5, "Formats alone are no rows."


def test_places_are_counted_where_a_file_names_none(file: Path) -> None:
    rows = "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c t='inlineStr'><is><t>a</t></is></c></row>"
    write(file, sheet_of(rows))
    assert rows_of(file) == [["1", "", "3"], ["a", "", ""]]


def test_shared_texts_in_pieces_are_joined(file: Path) -> None:
    texts = f"<sst {MAIN}><si><r><t>an</t></r><r><t>na</t></r></si></sst>".encode()
    write(file, {"xl/sharedStrings.xml": texts, **sheet_of('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')})
    assert rows_of(file) == [["anna"]]


def test_an_empty_sheet_has_no_rows(file: Path) -> None:
    Workbook().save(file)
    assert rows_of(file) == []


def test_the_first_sheet_that_is_shown_is_read_and_named_first(file: Path) -> None:
    book = Workbook()
    book.worksheets[0].title, book.worksheets[0].sheet_state = "Lists", "hidden"
    book.create_sheet("People").append(("username",))
    book.create_sheet("Help").append(("help",))
    book.active = 1
    book.save(file)
    assert rows_of(file) == [["username"]]
    assert import_sheets.sheet_names(file) == ("People", "Lists", "Help")


def test_what_stands_beside_the_sheet_is_never_parsed(file: Path) -> None:
    write(file, {"xl/drawings/drawing1.xml": b"<not><closed>", "xl/media/image1.png": b"\x89PNG"})
    assert rows_of(file) == [["username"]]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"xl/vbaProject.bin": b"macro"}, "has macros"),
        ({"xl/macrosheets/sheet1.xml": b"<a/>"}, "has macros"),
        (
            {
                "[Content_Types].xml": b"<Types><Override ContentType='application/vnd.ms-excel.sheet.macroEnabled'/></Types>"
            },
            "has macros",
        ),
        ({SHEET: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'}, "document type"),
        ({"xl/drawings/drawing1.xml": b"<?xml version='1.0'?>\n<!doctype a><a/>"}, "document type"),
        ({"xl/styles.xml": "<!DOCTYPE a><styleSheet/>".encode("utf-16")}, "document type"),
        ({"xl/styles.xml": "<styleSheet/>".encode("utf-16")}, "damaged"),
        ({"xl/styles.xml": b"<?xml version='1.0' encoding='ISO-8859-1'?><styleSheet/>"}, "damaged"),
        ({SHEET: b"<worksheet>"}, "damaged"),
        ({SHEET: b""}, "damaged"),
        ({"XL/WORKSHEETS/sheet1.xml": b"<worksheet/>"}, "damaged"),
        ({"_rels/.rels": b"<Relationships/>"}, "damaged"),
        ({"xl/workbook.xml": b"<document/>"}, "without sheets"),
        ({"xl/workbook.xml": f"<workbook {MAIN}><sheets/></workbook>".encode()}, "no sheet with rows"),
        ({"xl/sharedStrings.xml": f'<sst {MAIN} uniqueCount="99999999999"/>'.encode()}, "unpacks to more than"),
        ({f"xl/media/{number}.png": b"" for number in range(1000)}, "damaged"),
    ],
)
def test_a_file_with_something_else_in_it_is_refused(file: Path, changed: Parts, words: str) -> None:
    write(file, changed)
    assert words in refused(file).reason


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A2"><v>1</v></c></row>',
        '<row r="1"><c r="A0"><v>1</v></c></row>',
        '<row r="1"><c r="AAAAAAAAAA1"><v>1</v></c></row>',
        '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
        '<row r="0"/>',
        f'<row r="{"9" * 5000}"/>',
        '<c r="A1"><v>1</v></c>',
    ],
)
def test_a_sheet_whose_cells_have_no_certain_place_is_refused(file: Path, rows: str) -> None:
    write(file, sheet_of(rows))
    assert "damaged" in refused(file).reason


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (50_002, "A", "more than 50000 rows below its header"),
        (1_048_576, "A", "more than 50000 rows"),
        (2, "AY", "more than 50 columns"),
        (1_048_576, "XFD", "more than 50000 rows"),
    ],
)
def test_a_cell_far_away_is_refused_before_room_is_made_for_it(file: Path, row: int, column: str, words: str) -> None:
    near, far = '<row r="1"><c r="A1"><v>1</v></c></row>', f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>'
    write(file, sheet_of(near + far))
    error = refused(file)
    assert words in error.reason
    assert error.row == row


def test_the_last_place_is_read_and_formats_beyond_it_count_for_nothing(file: Path) -> None:
    last = '<row r="50001"><c r="AX50001"><v>1</v></c></row>'
    formats = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    beside = b'<extLst><ext><f xmlns="urn:x">A1</f></ext></extLst></worksheet>'
    content = sheet_of(last + formats)[SHEET].replace(b"</worksheet>", beside)
    write(file, {SHEET: content})
    rows = rows_of(file)
    assert len(rows) == 50_001
    assert rows[-1] == [""] * 49 + ["1"]


def test_one_long_text_in_many_cells_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"xl/sharedStrings.xml": f"<sst {MAIN}><si><t>{'a' * 5000}</t></si></sst>".encode()}
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 21))
    write(file, {**texts, **sheet_of(rows)})
    assert len(rows_of(file)) == 20
    monkeypatch.setattr(import_sheets, "MAX_UNPACKED", 99_999)
    assert "unpacks to more than" in refused(file).reason


def test_formulas_without_a_result_are_marked_up_to_a_limit(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(file, sheet_of("".join(f'<row r="{row}"><c r="A{row}"><f>1</f></c></row>' for row in (1, 2, 3, 4))))
    assert len(rows_of(file)) == 4
    monkeypatch.setattr(import_sheets, "MAX_ROWS", 3)
    assert "no usable result" in refused(file).reason


def test_a_part_that_unpacks_to_a_multiple_of_its_size_is_refused(file: Path) -> None:
    write(file, {"xl/media/image1.bin": b"\0" * (import_sheets.RATIO_FROM + 1)})
    assert "more than 200 times its size" in refused(file).reason
    write(file, {"xl/media/image1.bin": b"\0" * import_sheets.RATIO_FROM})
    assert rows_of(file) == [["username"]]


def test_a_file_that_promises_to_unpack_to_too_much_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(file, {})
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    monkeypatch.setattr(import_sheets, "MAX_UNPACKED", unpacked)
    assert rows_of(file) == [["username"]]
    monkeypatch.setattr(import_sheets, "MAX_UNPACKED", unpacked - 1)
    assert "unpacks to more than" in refused(file).reason


def test_a_file_that_is_large_as_it_is_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(file, {})
    monkeypatch.setattr(import_sheets, "MAX_PACKED", file.stat().st_size - 1)
    assert "Take out pictures" in refused(file).reason


def _forge(file: Path, change: Callable[[bytearray, int], None]) -> None:
    """Change the sheet's entry in the zip's directory; `change` gets the file and where the entry begins."""
    content = bytearray(file.read_bytes())
    name = content.rindex(SHEET.encode())
    change(content, name - 46)
    file.write_bytes(content)


@pytest.mark.parametrize("promised", [10, 100_000])
@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_part_that_is_not_as_large_as_the_directory_says_is_refused(file: Path, promised: int, packing: int) -> None:
    write(file, {}, packing)

    def lie(content: bytearray, entry: int) -> None:
        content[entry + 24 : entry + 28] = struct.pack("<I", promised)

    _forge(file, lie)
    assert "damaged" in refused(file).reason


def test_a_lie_that_the_checksum_confirms_is_found_too(file: Path) -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(1, 2000))
    write(file, sheet_of(rows))
    content = sheet_of(rows)[SHEET]

    def lie(archive: bytearray, entry: int) -> None:
        archive[entry + 16 : entry + 20] = struct.pack("<I", zlib.crc32(content[:500]))
        archive[entry + 24 : entry + 28] = struct.pack("<I", 500)

    _forge(file, lie)
    with zipfile.ZipFile(file) as archive:
        assert len(archive.read(SHEET)) == 500, "Read the usual way, the part looks whole."
    assert "damaged" in refused(file).reason


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [(8, 1, "without a password"), (10, 12, "damaged"), (42, 0xFFFFFF, "damaged")],
    ids=["encrypted", "another-packing", "begins-nowhere"],
)
def test_a_part_that_is_packed_in_another_way_is_refused(file: Path, at: int, value: int, words: str) -> None:
    write(file, {})

    def lie(content: bytearray, entry: int) -> None:
        size = 4 if at == 42 else 2
        content[entry + at : entry + at + size] = value.to_bytes(size, "little")

    _forge(file, lie)
    assert words in refused(file).reason


@pytest.mark.parametrize("cut", [10, 200, -30])
def test_a_file_cut_short_is_refused(file: Path, cut: int) -> None:
    write(file, {})
    file.write_bytes(file.read_bytes()[:cut])
    assert "damaged" in refused(file).reason
    with pytest.raises(SheetRefused, match="damaged"):
        import_sheets.sheet_names(file)


def test_a_file_with_something_cut_out_before_its_directory_is_refused(file: Path) -> None:
    write(file, {})
    content = file.read_bytes()
    file.write_bytes(content[:30] + content[400:])
    assert "damaged" in refused(file).reason
