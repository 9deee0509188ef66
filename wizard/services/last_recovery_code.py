"""The last recovery code: what it ends, and what comes of a pause after it (decisions, 0015)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from wizard.domain.address_match import PLACEHOLDER, doubt_of
from wizard.domain.assurance import FACTOR, ONE_TIME_METHODS, Facts
from wizard.extensions import tools
from wizard.locale import whole_minutes
from wizard.models import Account
from wizard.services import enrolment, recovery_code_sets
from wizard.services.visits import Visit


class Pause(NamedTuple):
    """What comes of a pause after the last code: `ends`, how many older authenticators it ends where a new way to confirm is set up and
    the way goes on by email, else `last_for`, after how many minutes without a page it no longer counts. Neither while other codes are
    left, where nothing is set up anew, or where the way by email is open before the code.
    """

    last_for: int | None = None
    ends: int = 0


def pause_after(account: Account, codes_left: int, renews: Collection[str]) -> Pause:
    """What the page says that asks for a code; `renews` is what its journey sets up anew."""
    if codes_left != 1 or not renews:
        return Pause()
    if "authenticator" in renews and _may_go_on_by_address(account):
        return Pause(ends=len(enrolment.proven(account)))
    return Pause(last_for=whole_minutes(tools().settings.session_idle))


def only_a_code_opens(account: Account, facts: Facts) -> bool:
    """Whether this session has only a code or a pass in place of the second step, and after a pause nothing but another one opens."""
    stood_in = facts.proven(FACTOR, methods=ONE_TIME_METHODS) is not None and not enrolment.is_beside_one_just_proven(
        facts
    )
    return stood_in and (bool(enrolment.proven(account)) or not _may_go_on_by_address(account))


def end_replaced(visit: Visit) -> None:
    """Where the last code was used up for a new second step, the older one ends now and not when the new one works.

    So a pause shuts nobody out: the code cannot be had again, but to whom none is left `may_enrol` opens by password and address. Inside
    an open `write()`.
    """
    account = visit.account
    if account is None or not _may_go_on_by_address(account) or recovery_code_sets.left(account.id):
        return
    older = enrolment.proven(account)
    enrolment.end(account, older, "replaced", "person", visit.now)
    enrolment.tell_removed(account, older, visit.now)


def _may_go_on_by_address(account: Account) -> bool:
    """Whether an email to this account has somebody who reads it: an address that was made up to have one is no way on."""
    return doubt_of(account.email_key, tools().settings.placeholder_domains) != PLACEHOLDER
