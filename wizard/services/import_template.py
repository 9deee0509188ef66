"""The empty sheet that an operator fills in for `perron people import`, with a second sheet that explains it."""

from __future__ import annotations

import io
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.domain.organisation_rights import OFFICE_KINDS, ORGANISATION_KINDS, ROLES
from wizard.services.import_files import COLUMNS
from wizard.services.import_rows import REQUIRED
from wizard.services.organisations import COLUMNS as OF_ORGANISATIONS

PEOPLE, HELP = "People", "Help"
_TEXT = "@"  # the number format that keeps what is typed: 00123 stays 00123
_BOLD = Font(bold=True)
_or = ", ".join
_HEADINGS = ("Column", "What it is", "Needed", "Allowed values")
_WHAT = {
    "username": ("The name with which the person signs in.", "Letters, digits and . _ - @ +; nobody else has it"),
    "email": ("Where the invitation goes.", "One email address; people may share it"),
    "given_name": ("The given name, as mails and pages write it.", "Text"),
    "family_name": ("The family name.", "Text"),
    "display_name": ("The whole name, where given and family name in this order are wrong.", "Text"),
    "language": ("The language of mails and pages. Without it: {first}.", "{languages}"),
    "organisation": ("The name of the organisation. Case and blanks make no difference.", "Text"),
    "organisation_kind": (
        "What it is. Needed in the first row of an organisation that is new here.",
        _or(ORGANISATION_KINDS),
    ),
    "office": ("The name of the office in which the person works.", "Text"),
    "office_kind": (
        "Whether it is the headquarters. Needed in the first row of an office that is new here.",
        _or(OFFICE_KINDS),
    ),
    "country": ("The country of the office.", "Two letters of ISO 3166, for example NE"),
    "role": ("What the person may do there: each role includes those before it.", _or(ROLES)),
}
_WHAT_MIGRATED = {
    "username": (
        "The name with which the person signs in, where the old portal had one. Without it: the address.",
        "Letters, digits and . _ - @ +; nobody else has it",
    ),
    "email": (
        "By this address the person is recognised, and the mails go there.",
        "One email address of this person alone",
    ),
}
_EXAMPLE = {
    "username": "nadia.okello",
    "email": "nadia.okello@tamaris.example",
    "given_name": "Nadia",
    "family_name": "Okello",
    "display_name": "Nadia Okello",
    "organisation": "Tamaris Relief",
    "organisation_kind": "international-ngo",
    "office": "Niamey",
    "office_kind": "country-office",
    "country": "NE",
    "role": "editor",
}
_ADVICE = (
    "Fill in the sheet “People”, a person a row. Only the first sheet is imported; this one is not read.",
    "Leave a cell empty when nothing is known: an empty cell changes nothing.",
    "The columns may stand in any order, but their names stay as they are.",
    "Everything is text. No formula is needed anywhere.",
)


def columns_of(journey: str) -> tuple[str, ...]:
    """The columns that an import for `journey` reads, in the template's order. Raises `KeyError` for no import's."""
    needed = REQUIRED[journey]
    used = COLUMNS if journey == MIGRATED_ACCOUNT else tuple(each for each in COLUMNS if each not in OF_ORGANISATIONS)
    return needed + tuple(each for each in used if each not in needed)


def template(journey: str, languages: tuple[str, ...], now: datetime) -> bytes:
    """The template as an XLSX file.

    `languages` are the installation's tags, the first being the one that is taken when a row names none; `now` is
    written into the file's properties. Raises `KeyError` when `journey` has no import.
    """
    book = Workbook()
    book.properties.creator = "Perron"
    book.properties.created = now.replace(tzinfo=None)
    columns = columns_of(journey)
    people = book.worksheets[0]
    people.title = PEOPLE
    _fill_people(people, columns)
    _fill_help(book.create_sheet(HELP), journey, columns, languages)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill_people(sheet: Worksheet, columns: tuple[str, ...]) -> None:
    sheet.append(columns)
    sheet.freeze_panes = "A2"
    for number, _column in enumerate(columns, 1):
        sheet.cell(1, number).font = _BOLD
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = 28
        dimension.number_format = _TEXT


def _fill_help(sheet: Worksheet, journey: str, columns: tuple[str, ...], languages: tuple[str, ...]) -> None:
    words = {"first": languages[0], "languages": ", ".join(languages)}
    explained = _WHAT | (_WHAT_MIGRATED if journey == MIGRATED_ACCOUNT else {})
    _append(sheet, _HEADINGS, bold=True)
    for column in columns:
        what, allowed = (text.format(**words) for text in explained[column])
        _append(sheet, (column, what, "yes" if column in REQUIRED[journey] else "no", allowed))
    _append(sheet, ())
    for advice in _ADVICE:
        _append(sheet, (advice,))
    _append(sheet, ())
    _append(sheet, ("An example; the person is invented.",), bold=True)
    _append(sheet, columns, bold=True)
    _append(sheet, tuple({**_EXAMPLE, "language": languages[0]}[column] for column in columns))
    for number, _column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = {2: 64, 4: 50}.get(number, 28)


def _append(sheet: Worksheet, cells: tuple[str, ...], *, bold: bool = False) -> None:
    sheet.append(cells)
    for cell in sheet[sheet.max_row] if cells else ():
        cell.alignment = Alignment(vertical="top")
        cell.font = _BOLD if bold else Font()
