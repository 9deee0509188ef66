"""Organisations and offices as an operator's file names them: checked, found by folded name, made, compared.

A name is folded for finding (NFKC, case, blanks) and kept for showing; punctuation counts. An organisation is made by the first row
that says its kind, an office by a row that says its kind, so that a misspelt name makes no second one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from wizard.domain import canonical_names
from wizard.domain.canonical_names import Reason
from wizard.domain.organisation_rights import OFFICE_KINDS, ORGANISATION_KINDS, ROLES
from wizard.models import Organisation, db
from wizard.services.people import REASONS, Problem

COLUMNS = ("organisation", "organisation_kind", "office", "office_kind", "country", "role")
VALUES: dict[str, tuple[str, ...]] = {
    "organisation_kind": ORGANISATION_KINDS,
    "office_kind": OFFICE_KINDS,
    "role": ROLES,
}
_NO_COUNTRIES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])
_LINK = _l("This looks like a web address. Write the name as the organisation writes it.")
_COUNTRY = _l("Write the country with its two letters of ISO 3166, for example NE.")


@dataclass(frozen=True)
class Belonging:
    """Where a person belongs, checked. Empty kinds and an empty country say nothing."""

    organisation: str
    organisation_key: str
    office: str
    office_key: str
    role: str
    organisation_kind: str = ""
    office_kind: str = ""
    country: str = ""


def name_key(name: str) -> str:
    """The folded name by which an organisation, or an office within one, is found."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


def id_of(name: str) -> str | None:
    """The organisation of that name, however it is written; None: there is none."""
    return db.session.scalar(select(Organisation.id).where(Organisation.name_key == name_key(name)))


@cache
def countries() -> frozenset[str]:
    """The codes of ISO 3166-1 alpha-2, and XK, which the standard leaves to its users and everybody uses for Kosovo."""
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


def read_belonging(values: Mapping[str, str]) -> tuple[Belonging | None, list[Problem]]:
    """Check what is said about a person's place; `values` are texts by column name.

    Returns the place, None when anything is wrong, and every problem.
    """
    problems: list[Problem] = []
    names = {column: _name(values, column, problems) for column in ("organisation", "office")}
    said = {column: _one_of(values, column, allowed, problems) for column, allowed in VALUES.items()}
    country = values.get("country", "").strip().upper()
    if country and country not in countries():
        problems.append(Problem("country", str(_COUNTRY)))
    if problems:
        return None, problems
    keys = {f"{column}_key": name_key(name) for column, name in names.items()}
    return Belonging(**names, **keys, **said, country=country), []


def _name(values: Mapping[str, str], column: str, problems: list[Problem]) -> str:
    text = unicodedata.normalize("NFC", values.get(column, "").strip())
    reason = canonical_names.display_name_problem(text) if text else Reason.EMPTY
    if reason is not None:
        problems.append(Problem(column, str(_LINK if reason is Reason.LINK else REASONS[reason])))
    return " ".join(text.split())


def _one_of(values: Mapping[str, str], column: str, allowed: tuple[str, ...], problems: list[Problem]) -> str:
    said = values.get(column, "").strip().lower()
    if said in allowed or (not said and column != "role"):
        return said
    reason = str(_("Write one of these: %(values)s.", values=", ".join(allowed)))
    problems.append(Problem(column, reason if said else f"{REASONS[Reason.EMPTY]} {reason}"))
    return ""
