"""Where somebody stands on the way in, derived from lasting facts without a session: nothing of it is stored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from sqlalchemy import select

from wizard.domain import assurance
from wizard.domain.assurance import ADDRESS, FACTOR, AccountFacts, Policy
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.extensions import tools
from wizard.models import Account, Issue, Proof, db
from wizard.services.facts import account_facts

Standing = Literal[
    "not-opened", "create-password", "check-details", "choose-authenticator", "change-password", "arrived"
]
"""Has not begun, stands at the step of this slug, or has arrived."""


def stands_at(account: AccountFacts, policy: Policy, *, opened: bool) -> Standing:
    """The step that the account's person must take next; `opened`: an address, a button or a temporary password was proven once.

    Who owes only what came later (a new password, another phone) has arrived before.
    """
    if assurance.owed(account, policy) != account.journey:
        return "arrived"
    lacks_factor = FACTOR in assurance.required(account, policy) and not account.authenticators
    if not account.has_own_password and not account.ever_had_factor and not opened:
        return "not-opened"
    if account.journey != MIGRATED_ACCOUNT:
        return "choose-authenticator" if lacks_factor else "change-password"
    if not account.has_own_password:
        return "create-password"
    return "check-details" if account.owes_details else "choose-authenticator"


def standings(accounts: Collection[Account]) -> dict[str, Standing]:
    """Where each of these accounts stands, by id."""
    policy = tools().settings.second_factor
    # Who was signed in once has arrived: most people of a long list, so that few others are looked at more closely.
    found: dict[str, Standing] = {each.id: "arrived" for each in accounts if each.last_sign_in_at is not None}
    rest = [each for each in accounts if each.id not in found]
    opened = _opened([each.id for each in rest])
    # Those who have neither password nor second step stand alike: after a large import nearly everybody does.
    alike: dict[tuple[str, bool], Standing] = {}
    for each in rest:
        key = (each.journey, each.id in opened)
        if not _has_begun(each) and key in alike:
            found[each.id] = alike[key]
            continue
        found[each.id] = stands_at(account_facts(each), policy, opened=key[1])
        if not _has_begun(each):
            alike[key] = found[each.id]
    return found


def _has_begun(account: Account) -> bool:
    return any((account.password_hash, account.password_ended_at, account.factor_since))


def _opened(account_ids: list[str]) -> set[str]:
    used = select(Issue.account_id).where(Issue.account_id.in_(account_ids), Issue.first_used_at.is_not(None))
    proven = select(Proof.account_id).where(Proof.account_id.in_(account_ids), Proof.kind == ADDRESS)
    return {found for statement in (used, proven) for found in db.session.scalars(statement) if found is not None}
