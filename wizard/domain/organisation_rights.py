"""What each role may do in an organisation and how far it reaches: pages, queries and tests are drawn from it (S-38 … S-40)."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["reader", "editor", "administrator"]
Right = Literal["see-profile", "answer-profile", "see-people", "invite-people"]
OrganisationKind = Literal["national-ngo", "international-ngo", "company"]
OfficeKind = Literal["headquarters", "country-office"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the least to the most: nobody gives a role above their own."""
ORGANISATION_KINDS: tuple[OrganisationKind, ...] = get_args(OrganisationKind)
OFFICE_KINDS: tuple[OfficeKind, ...] = get_args(OfficeKind)
HEADQUARTERS: OfficeKind = "headquarters"
ADMINISTRATOR: Role = "administrator"

RIGHTS: dict[Right, frozenset[Role]] = {
    "see-profile": frozenset({"reader", "editor", "administrator"}),
    "answer-profile": frozenset({"editor", "administrator"}),
    "see-people": frozenset({"administrator"}),
    "invite-people": frozenset({"administrator"}),
}


def may(role: str, right: Right) -> bool:
    """Whether `role` has `right`, at the offices that it reaches. An unknown role has none."""
    return role in RIGHTS[right]


def reaches_all_offices(office_kind: str) -> bool:
    """Whether a member of an office of this kind reaches all offices of the organisation; any other reaches its own only."""
    return office_kind == HEADQUARTERS


def roles_to_give(role: str) -> tuple[Role, ...]:
    """The roles that a member of `role` may give to others: their own and those below."""
    return ROLES[: ROLES.index(role) + 1] if role in ROLES else ()
