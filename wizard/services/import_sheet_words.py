"""What is wrong with a sheet, in words: with the file as a whole, and with a cell of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

SAVE_AGAIN = _l("Save it as XLSX or as “CSV UTF-8” and import that file.")
_DAMAGED = _l("The file is damaged or no XLSX file. Open it in a spreadsheet program.")
MACROS = _l("The file has macros. Save it as XLSX, which has none, and import that file.")
LOCKED = _l("The file is protected by a password. Save it without a password and import it again.")


class SheetRefused(Exception):
    """The file as a whole cannot be read; says why and, where there is one, in which row (counted from 1).

    `again`: that it is to be saved in a form that can be read.
    """

    def __init__(self, reason: LazyString | str, row: int | None = None, *, again: bool = False) -> None:
        self.reason, self.row = f"{reason} {SAVE_AGAIN}" if again else str(reason), row
        super().__init__(self.reason)


def damaged(row: int | None = None) -> SheetRefused:
    return SheetRefused(_DAMAGED, row, again=True)


@dataclass(frozen=True)
class Unusable:
    """A cell whose value is no text and no number; says what to do."""

    reason: LazyString


Cell = str | Unusable
DATE = Unusable(_l("This is a date or a time. Give the cell the format Text and type it again."))
BOOLEAN = Unusable(_l("This is TRUE or FALSE, which no column takes. Empty the cell, or type a text."))
LONG_NUMBER = Unusable(_l("A sheet keeps 15 digits of a number. Give the cell the format Text and type it again."))
ERROR = Unusable(_l("The formula in this cell ends in an error. Correct it, or type the value."))
NO_RESULT = Unusable(_l("The formula in this cell has no saved result. Save the file in a spreadsheet program first."))
