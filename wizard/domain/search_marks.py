"""Marks: by which of the helpdesk's scopes a person may be found.

They stand beside the folded text in the same index. Folded texts have no capitals and marks have no small letters, so that nobody can
type a mark and no name looks like one.
"""

from __future__ import annotations

from collections.abc import Iterable


def of_organisation(organisation_id: str) -> str:
    return f"O:{organisation_id.upper()}"


def of_country(code: str) -> str:
    """The mark for people at offices in this country (ISO 3166-1 alpha-2)."""
    return f"C:{code.upper()}"


def of_place(organisation_id: str, code: str) -> str:
    """The mark for people at an office of this organisation in this country: another office's country does not count for it."""
    return f"P:{organisation_id.upper()}/{code.upper()}"


def of_language(tag: str) -> str:
    """The mark for people who read this language (BCP 47)."""
    return f"L:{tag.upper()}"


def stored_marks(marks: Iterable[str]) -> str:
    """Each mark once between blanks, in an order that stays."""
    return "".join(f" {mark}" for mark in sorted(set(marks))) + " "


def sought(mark: str) -> str:
    """What stored marks have inside when this one is among them."""
    return f" {mark} "
