"""The rows of an import one by one: read, checked by themselves, and compared with the rows before them in the same file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain import address_match
from wizard.domain.address_match import Doubt
from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT
from wizard.services import import_files, organisations, people
from wizard.services.import_files import BadRow, Header, Row
from wizard.services.import_reports import ADDED, CONFLICT, REFUSED, RowResult
from wizard.services.import_scratch import Scratch
from wizard.services.organisations import Belonging
from wizard.services.people import Person

REQUIRED = {FIRST_CONNECTION: ("username", "email"), MIGRATED_ACCOUNT: ("email", "organisation", "office", "role")}
DOUBTS: dict[Doubt, LazyString] = {
    address_match.SEVERAL: _l(
        "Another account has this address too, so it is not matched by its address alone: the helpdesk confirms it."
    ),
    address_match.SHARED: _l(
        "Several people may read this mailbox, so it is not matched by its address alone: the helpdesk confirms it."
    ),
    address_match.PLACEHOLDER: _l(
        "This address looks filled in for want of one, so it is not matched by its address alone: the helpdesk confirms it."
    ),
}


@dataclass(frozen=True)
class Checked:
    """One row that was read: a person, or the reasons why not.

    `place` is where the person belongs (None where the journey knows no organisations), `contradicts` what the row says
    otherwise than an earlier one about the same organisation or office, `doubt` why the address alone names nobody.
    """

    line: int
    key: str
    person: Person | None
    refused: list[RowResult]
    place: Belonging | None = None
    contradicts: list[RowResult] = field(default_factory=list)
    doubt: Doubt | None = None


@dataclass(frozen=True)
class Reader:
    """Reads the rows for one journey; `languages` and `placeholder_domains` are the installation's."""

    journey: str
    languages: tuple[str, ...]
    placeholder_domains: tuple[str, ...]
    kept: Scratch

    def rows(self, path: Path, header: Header, on_bytes: Callable[[int], object]) -> Iterator[Checked]:
        """Every row of the file, in its order."""
        for row in import_files.read_rows(path, header, on_bytes):
            yield _unreadable(row) if isinstance(row, BadRow) else self.read(row)

    def read(self, row: Row) -> Checked:
        migrated = self.journey == MIGRATED_ACCOUNT
        key, person, problems = people.read_person(row.cells, self.languages, needs_username=not migrated)
        place = None
        if migrated:
            place, wrong = organisations.read_belonging(row.cells)
            problems = problems + wrong
        refused = [RowResult(row.line, key, REFUSED, problem.column, problem.reason) for problem in problems]
        if key:
            refused += self._seen_before(row, key, place)
        if refused or person is None:
            return Checked(row.line, key, None, refused)
        if place is None:
            return Checked(row.line, key, person, [])
        place, contradicts = self._as_said_first(row.line, key, place)
        return Checked(row.line, key, person, [], place, contradicts, self._doubt(person, row.line))

    def _seen_before(self, row: Row, key: str, place: Belonging | None) -> list[RowResult]:
        column = "username" if row.cells.get("username") or self.journey != MIGRATED_ACCOUNT else "email"
        at = f"{place.organisation_key}\n{place.office_key}" if place else ""
        line, _end, there = self.kept.first(f"{column}:{key}", f"{row.line}\n{at}").partition("\n")
        if int(line) == row.line:
            return []
        if at and there and at != there:
            words = _("The same person is on line %(line)s with another office.", line=line)
        elif column == "username":
            words = _("This user name is on line %(line)s already.", line=line)
        else:
            words = _("This address is on line %(line)s already.", line=line)
        return [RowResult(row.line, key, REFUSED, column, str(words))]

    def _as_said_first(self, line: int, key: str, place: Belonging) -> tuple[Belonging, list[RowResult]]:
        """The place with what the file said first about it: a file that contradicts itself would change something at every import."""
        office = f"{place.organisation_key}\n{place.office_key}"
        of = {"organisation_kind": place.organisation_key, "office_kind": office, "country": office}
        values: dict[str, Any] = {}
        contradicts = []
        for column, name in of.items():
            said = getattr(place, column)
            first, _end, at = (
                self.kept.first(f"{column}:{name}", f"{said}\n{line}").partition("\n") if said else ("", "", "")
            )
            if said != first:
                values[column] = first
                words = _(
                    "It is “%(said)s” in this row and “%(first)s” on line %(line)s, which counts.",
                    said=said,
                    first=first,
                    line=at,
                )
                contradicts.append(RowResult(line, key, CONFLICT, column, str(words)))
        return replace(place, **values), contradicts

    def _doubt(self, person: Person, line: int) -> Doubt | None:
        if self.kept.first_line(f"address:{person.email_key}", line) != line:
            return address_match.SEVERAL
        return address_match.doubt_of(person.email_key, self.placeholder_domains)


def added(row: Checked, doubt: Doubt | None) -> list[RowResult]:
    """What the report says of a person who was added; `doubt` is why the helpdesk must confirm the address first."""
    column, reason = ("email", str(DOUBTS[doubt])) if doubt else ("", "")
    return [RowResult(row.line, row.key, ADDED, column, reason), *row.contradicts]


def _unreadable(row: BadRow) -> Checked:
    return Checked(row.line, "", None, [RowResult(row.line, "", REFUSED, row.column, row.reason)])
