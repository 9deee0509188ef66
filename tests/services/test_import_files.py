"""The file of an import: what is read from it, and each way in which a file is refused as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.services import import_files
from wizard.services.import_files import BadRow, FileRefused, Row

NEEDED = ("username", "email")


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
        (b"PK\x03\x04\x14\x00\x06\x00", "spreadsheet", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "spreadsheet", None),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_line_and_reason(
    file: Path, content: bytes, words: str, line: int | None
) -> None:
    file.write_bytes(content)
    with pytest.raises(FileRefused, match=words) as refused:
        import_files.check(file, NEEDED)
    assert refused.value.line == line


def test_a_spreadsheet_is_refused_by_its_name_too(tmp_path: Path) -> None:
    file = tmp_path / "people.XLSX"
    file.write_bytes(b"")
    with pytest.raises(FileRefused, match="Save it as “CSV UTF-8”"):
        import_files.check(file, NEEDED)


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


def test_the_first_line_of_a_key_is_remembered() -> None:
    with import_files.first_lines() as seen:
        assert seen.first_line("anna", 2) == 2
        assert seen.first_line("ben", 3) == 3
        assert seen.first_line("anna", 9) == 2
