"""Roles, kinds and reach in words, the same on every page and in every mail."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

ROLE_WORDS: dict[str, LazyString] = {
    "reader": _l("Reader"),
    "editor": _l("Editor"),
    "administrator": _l("Administrator"),
}
ROLE_MEANINGS: dict[str, LazyString] = {
    "reader": _l("Reads everything, changes nothing."),
    "editor": _l("Reads everything and answers the profile."),
    "administrator": _l("Does the same, and invites colleagues."),
}
ORGANISATION_KIND_WORDS: dict[str, LazyString] = {
    "national-ngo": _l("National organisation"),
    "international-ngo": _l("International organisation"),
    "company": _l("Company"),
}
OFFICE_KIND_WORDS: dict[str, LazyString] = {
    "headquarters": _l("Headquarters"),
    "country-office": _l("Country office"),
}


def reach_words(office: str, *, all_offices: bool) -> LazyString:
    """How far a member of `office` sees (S-38, S-39)."""
    if all_offices:
        return _l("You see headquarters and all country offices.")
    return _l("You see this office only: %(office)s.", office=office)
