"""The file of an import: what is read from it, and each way in which a file is refused as a whole."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from wizard.services import import_files
from wizard.services.import_files import BadRow, FileRefused, Row
from wizard.services.import_scratch import scratch

NEEDED = ("username", "email")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def rows_of(file: Path) -> list[Row | BadRow]:
    return list(import_files.read_rows(file, import_files.check(file, NEEDED), lambda _count: None))


@pytest.mark.parametrize(
    "content",
    [
        b"username,email\nanna,anna@x.example\n",
        b"username,email\r\nanna,anna@x.example\r\n",
        b"\xef\xbb\xbfusername;email\r\nanna;anna@x.example\r\n",
        b"username\temail\nanna\tanna@x.example",
        b'"username";"email"\n"anna";"anna@x.example"\n',
        b"Email, Username \nanna@x.example, anna \n",
        b'username,email\n"anna", "anna@x.example"\n',
    ],
    ids=["plain", "windows", "bom-semicolon", "tab-no-last-line-end", "quoted", "other-order", "quoted-after-blank"],
)
def test_each_way_of_writing_the_same_row_is_read_alike(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert rows_of(file) == [Row(2, {"username": "anna", "email": "anna@x.example"})]


def test_letters_beyond_ascii_and_line_separators_stay_in_their_cell(file: Path) -> None:
    file.write_text("username,email,given_name\nzoë,z@x.example,Zo\u2028ë Ωμέγα\n", encoding="utf-8")
    assert rows_of(file) == [Row(2, {"username": "zoë", "email": "z@x.example", "given_name": "Zo\u2028ë Ωμέγα"})]


def test_rows_are_named_by_the_line_on_which_they_begin(file: Path) -> None:
    file.write_text('username,email\n\nanna,a@x.example\n"be\nn",b@x.example\n,\ncleo,c@x.example\n', encoding="utf-8")
    assert [row.line for row in rows_of(file)] == [3, 4, 7]


def test_unknown_columns_are_named_and_their_cells_left_out(file: Path) -> None:
    file.write_text("username,shoe size,email,\nanna,38,a@x.example,\n", encoding="utf-8")
    header = import_files.check(file, NEEDED)
    assert header.unknown == ("shoe size", "(column 4)")
    assert rows_of(file) == [Row(2, {"username": "anna", "email": "a@x.example"})]


def test_bytes_read_are_told_up_to_the_whole_file(file: Path) -> None:
    file.write_bytes(b"username,email\r\n" + b"anna,a@x.example\r\n" * 100)
    told: list[int] = []
    list(import_files.read_rows(file, import_files.check(file, NEEDED), told.append))
    assert told == sorted(told)
    assert told[-1] == file.stat().st_size


@pytest.mark.parametrize(
    ("content", "words", "line"),
    [
        (b"", "empty", None),
        (b"\xef\xbb\xbf", "empty", None),
        (b"\n\nusername,email\n", "empty", None),
        (b"anna,anna@x.example\nben,ben@x.example\n", "no header", 1),
        (b"username,given_name\nanna,Anna\n", "missing: email", 1),
        (b"email\na@x.example\n", "missing: username", 1),
        (b"username,email,Email\nanna,a@x.example,a@x.example\n", "column email is there twice", 1),
        (b"username,email\nanna,a@x.example\nben\xe9,b@x.example\n", "not in UTF-8", 3),
        ("username,email\nanna,a@x.example\n".encode("utf-16"), "UTF-16", None),
        ("username,email\nanna,a@x.example\n".encode("utf-16-le"), "NUL", 1),
        (b"username,email\nan\0na,a@x.example\n", "NUL", 2),
        (b'username,email\nanna,a@x.example\n"ben,b@x.example\ncleo,c@x.example\n', "none closes it", 3),
        (b'username,email\n"anna"x,a@x.example\n', "follows a closing quotation mark", 2),
        (b'username,email\n"' + b"anna,a@x.example\n" * 20_000, "none closes it", 2),
        (b"username,email\ranna,a@x.example\r", "bare carriage return", 1),
        (b"username,email\nan\rna,a@x.example\n", "line end inside a cell", 2),
        (b"username,email\n" + b"a" * (import_files.MAX_LINE + 1), "longer than", 2),
        (b"PK\x03\x04\x14\x00\x06\x00", "ends in .csv, but this is a spreadsheet", None),
        (OLE, "old spreadsheet", None),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "without a password", None),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_line_and_reason(
    file: Path, content: bytes, words: str, line: int | None
) -> None:
    file.write_bytes(content)
    with pytest.raises(FileRefused, match=words) as refused:
        import_files.check(file, NEEDED)
    assert refused.value.line == line


@pytest.mark.parametrize("name", ["people.XLSX", "people.xlsm", "people.xls", "people.ods"])
@pytest.mark.parametrize("content", [b"", b"username,email\nanna,a@x.example\n"])
def test_a_text_under_the_name_of_a_spreadsheet_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(FileRefused, match=r"but this is no XLSX file. If it is a CSV, let its name end in \.csv"):
        import_files.check(file, NEEDED)


def write_sheet(file: Path, *rows: tuple[object, ...], others: tuple[str, ...] = ()) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for name in others:
        book.create_sheet(name).append(("username", "email"))
    book.save(file)
    return file


def test_a_sheet_under_the_name_of_a_csv_is_refused_and_under_another_name_read(tmp_path: Path) -> None:
    rows = (("username", "email"), ("anna", "a@x.example"))
    with pytest.raises(FileRefused, match=r"ends in \.csv, but this is a spreadsheet"):
        import_files.check(write_sheet(tmp_path / "people.csv", *rows), NEEDED)
    with pytest.raises(FileRefused, match="has macros"):
        import_files.check(write_sheet(tmp_path / "people.xlsm", *rows), NEEDED)
    file = write_sheet(tmp_path / "people", *rows)
    assert rows_of(file) == [Row(2, {"username": "anna", "email": "a@x.example"})]


def test_rows_of_a_sheet_are_read_like_those_of_a_csv(tmp_path: Path) -> None:
    file = write_sheet(
        tmp_path / "people.xlsx",
        (" Email", "shoe size", "USERNAME", None),
        (" a@x.example ", 38.5, "00123"),
        (None, "  ", None),
        ("b@x.example", datetime.fromisoformat("2026-01-02"), 42.0),
        (None, None, None),
    )
    assert import_files.check(file, NEEDED).unknown == ("shoe size",)
    assert rows_of(file) == [
        Row(2, {"email": "a@x.example", "username": "00123"}),
        Row(4, {"email": "b@x.example", "username": "42"}),
    ]


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        (("anna", "a@x.example", "", "more"), "", "has 4 cells and the header has 3"),
        (("anna", "a" * 1001), "email", "1001 characters"),
        ((date(2026, 1, 2), "a@x.example"), "username", "a date or a time"),
        (("anna", True), "email", "TRUE or FALSE"),
        ((1234567890123456, "a@x.example"), "username", "keeps 15 digits"),
        (("anna", "=A1"), "email", "no saved result"),
        (("anna", "#N/A"), "email", "ends in an error"),
    ],
)
def test_a_row_of_a_sheet_that_does_not_fit_is_named_and_the_next_is_read(
    tmp_path: Path, cells: tuple[object, ...], column: str, words: str
) -> None:
    header, ben = ("username", "email", "shoe size"), ("ben", "b@x.example", None)
    bad, good = rows_of(write_sheet(tmp_path / "people.xlsx", header, cells, ben))
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, column)
    assert words in bad.reason
    assert good == Row(3, {"username": "ben", "email": "b@x.example"})


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ((), "first row of the sheet is empty"),
        (("anna", "a@x.example"), "no header"),
        (("username", 42), "missing: email"),
        (("username", "email", "Email"), "column email is there twice"),
    ],
)
def test_a_sheet_without_a_usable_header_is_refused(tmp_path: Path, header: tuple[object, ...], words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        import_files.check(write_sheet(tmp_path / "people.xlsx", header), NEEDED)


def test_how_far_a_sheet_is_read_is_told_up_to_the_whole_file(tmp_path: Path) -> None:
    file = write_sheet(tmp_path / "people.xlsx", ("username", "email"), *(("anna", "a@x.example") for _ in range(9)))
    told: list[int] = []
    list(import_files.read_rows(file, import_files.check(file, NEEDED), told.append))
    assert told == sorted(told)
    assert told[-1] == file.stat().st_size


def test_a_sheet_that_has_become_a_text_meanwhile_is_refused(tmp_path: Path) -> None:
    file = write_sheet(tmp_path / "people.xlsx", ("username", "email"))
    header = import_files.check(file, NEEDED)
    file.write_text("username,email\nanna,a@x.example\n", encoding="utf-8")
    with pytest.raises(FileRefused, match="damaged"):
        list(import_files.read_rows(file, header, lambda _count: None))


def test_the_sheets_of_a_file_are_named_and_a_csv_has_none(file: Path, tmp_path: Path) -> None:
    file.write_text("username,email\n", encoding="utf-8")
    assert import_files.sheet_names(file) == ()
    several = write_sheet(tmp_path / "people.xlsx", ("username", "email"), others=("Help", "Old\u202ex"))
    assert import_files.sheet_names(several) == ("Sheet", "Help", "Old\ufffdx")


def test_a_file_of_too_many_rows_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "MAX_ROWS", 3)
    file.write_text("username,email\n" + "anna,a@x.example\n" * 3, encoding="utf-8")
    assert len(rows_of(file)) == 3
    file.write_text("username,email\n" + "anna,a@x.example\n" * 4, encoding="utf-8")
    with pytest.raises(FileRefused, match="more than 3 rows"):
        import_files.check(file, NEEDED)


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("anna", "", "has 1 cells and the header has 2"),
        ("anna,a@x.example,more", "", "has 3 cells and the header has 2"),
        (f"anna,{'a' * 1001}", "email", "1001 characters; 1000 is the most"),
        (f"anna,{'a' * 1000},more", "", "has 3 cells"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_the_next_is_read(file: Path, line: str, column: str, words: str) -> None:
    file.write_text(f"username,email\n{line}\nben,b@x.example\n", encoding="utf-8")
    bad, good = rows_of(file)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, column)
    assert words in bad.reason
    assert good == Row(3, {"username": "ben", "email": "b@x.example"})


def test_a_cell_of_the_greatest_length_is_read(file: Path) -> None:
    file.write_text(f"username,email,role\nanna,a@x.example,{'a' * 1000}\n", encoding="utf-8")
    (row,) = rows_of(file)
    assert isinstance(row, Row)
    assert len(row.cells["role"]) == 1000


def test_what_is_printed_of_a_file_carries_no_terminal_commands() -> None:
    assert import_files.shown("a\x1b[2Jb") == "a\ufffd[2Jb"
    assert import_files.shown("x" * 100) == "x" * 59 + "…"


def test_a_header_says_which_columns_ever_have_a_value(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("username,email,office,shoe\nanna,a@x.example, ,38\nben,,,\n", encoding="utf-8")
    assert import_files.check(file, ("username",)).said == {"username", "email"}
    book = Workbook()
    for row in (["username", "email", "office", "shoe"], ["anna", None, " ", 38], ["ben"], [None, None, None, 40]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "people.xlsx")
    assert import_files.check(tmp_path / "people.xlsx", ("username",)).said == {"username"}


def test_another_import_has_columns_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("question,answer,email\nstaff,12,x\n", encoding="utf-8")
    header = import_files.check(file, ("question",), known=("question", "answer"))
    assert header.unknown == ("email",)
    (row,) = import_files.read_rows(file, header, lambda _count: None)
    assert row == import_files.Row(2, {"question": "staff", "answer": "12"})


def test_what_was_told_first_is_remembered() -> None:
    with scratch() as kept:
        assert kept.first_line("anna", 2) == 2
        assert kept.first_line("ben", 3) == 3
        assert kept.first_line("anna", 9) == 2
        kept.put("office:1:b", "B"), kept.put("office:1:a", "A"), kept.put("office:10:c", "C")
        assert kept.under("office:1:", 5) == ["A", "B"]
        assert kept.get("office:2:b") is None
