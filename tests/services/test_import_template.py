"""The empty sheet for operators: what stands in it, and that nothing in it is imported by itself."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT, SIGN_IN
from wizard.services import import_files
from wizard.services.import_reports import defused
from wizard.services.import_rows import REQUIRED
from wizard.services.import_template import columns_of, template
from wizard.services.people import read_person

COLUMNS = ["username", "email", "given_name", "family_name", "display_name", "language"]
LANGUAGES = ("fr", "en", "sw")


@pytest.fixture
def content() -> bytes:
    return template(FIRST_CONNECTION, LANGUAGES, datetime(2026, 11, 20, 9, tzinfo=UTC))


@pytest.fixture
def book(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def help_rows(book: Workbook) -> list[list[str]]:
    return [[str(cell) for cell in row if cell] for row in book["Help"].iter_rows(values_only=True)]


def test_the_first_sheet_is_a_bold_frozen_header_and_nothing_below(book: Workbook) -> None:
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == COLUMNS
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 1


def test_what_is_typed_stays_as_it_was_typed(book: Workbook) -> None:
    dimensions = book.worksheets[0].column_dimensions
    assert [dimensions[letter].number_format for letter in "ABCDEF"] == ["@"] * 6


def test_help_explains_every_column_and_the_values_of_this_installation(book: Workbook) -> None:
    told = {row[0]: row[1:] for row in help_rows(book) if len(row) == 4}
    assert list(told) == ["Column", *COLUMNS]
    assert {column for column, (_what, needed, _allowed) in told.items() if needed == "yes"} == {"username", "email"}
    assert told["language"] == ["The language of mails and pages. Without it: fr.", "no", "fr, en, sw"]


def test_the_example_of_the_help_sheet_would_be_accepted(book: Workbook) -> None:
    *_others, header, example = help_rows(book)
    assert header == COLUMNS
    _key, person, problems = read_person(dict(zip(header, example, strict=True)), LANGUAGES)
    assert problems == []
    assert person is not None
    assert person.email.endswith(".example")


def test_no_cell_is_a_formula_or_looks_like_one(book: Workbook) -> None:
    texts = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert len(texts) > 40
    assert [text for text in texts if defused(text) != text] == []


def test_an_empty_template_imports_nobody(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    file.write_bytes(content)
    header = import_files.check(file, REQUIRED[FIRST_CONNECTION])
    assert (list(header.columns), header.unknown) == (COLUMNS, ())
    assert list(import_files.read_rows(file, header, lambda _count: None)) == []


def test_moved_people_have_all_columns_each_explained() -> None:
    file = template(MIGRATED_ACCOUNT, LANGUAGES, datetime(2026, 11, 20, 9, tzinfo=UTC))
    told = {row[0]: row[1:] for row in help_rows(load_workbook(io.BytesIO(file))) if len(row) == 4}
    assert set(told) == {"Column", *import_files.COLUMNS}
    needed = {column for column, (_what, is_needed, _allowed) in told.items() if is_needed == "yes"}
    assert needed == {"email", "organisation", "office", "role"}
    assert told["role"][2] == "reader, editor, administrator"
    assert told["office_kind"][2] == "headquarters, country-office"


def test_a_journey_without_an_import_has_no_template() -> None:
    with pytest.raises(KeyError):
        columns_of(SIGN_IN)
