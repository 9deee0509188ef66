"""Judging a password that somebody chooses, for the journeys and for the account's own page."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.domain.assurance import FACTOR, Facts, required
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.domain.password_rules import (
    PasswordContext,
    PasswordTooLong,
    Problem,
    Rule,
    normalised,
    problems,
    rules_for,
    shortest_length,
)
from wizard.extensions import tools
from wizard.models import Account, db
from wizard.services import hashing, passwords


@dataclass(frozen=True)
class NewPassword:
    """A password that keeps the rules: its hash, and the hash of the own one that it was compared with."""

    hashed: str
    compared_with: str | None


def rules(facts: Facts) -> tuple[Rule, ...]:
    """The rules as the page lists them. Who was moved and has chosen none yet has no earlier one that it could be the same as."""
    settings, account = tools().settings, facts.account
    has_none = (
        account is not None
        and account.journey == MIGRATED_ACCOUNT
        and not (account.has_own_password or account.password_ended)
    )
    listed = rules_for(
        settings.password_rules,
        has_second_factor=_has_factor(facts),
        organisation_words=_words(),
        shortest=_shortest(facts),
    )
    return tuple(rule for rule in listed if not (has_none and rule.id == "not-same"))


def judge(account: Account, facts: Facts, typed: str) -> tuple[tuple[Problem, ...], NewPassword | None]:
    """Every reason against `typed`, or its hash. No transaction is held while hashing."""
    try:
        composed = normalised(typed)
    except PasswordTooLong:
        composed = ""
    seen, former = account.password_hash, account.former_password_hash
    username, is_temporary = account.username or "", passwords.is_temporary(account, composed)
    db.session.rollback()
    context = PasswordContext(
        rules=tools().settings.password_rules,
        has_second_factor=_has_factor(facts),
        username=username,
        organisation_words=_words(),
        shortest=_shortest(facts),
        same_as_temporary=bool(composed) and is_temporary,
        same_as_last=bool(composed) and hashing.check(composed, seen or former).fits,
    )
    found = problems(typed, context)
    if found:
        return found, None
    return (), NewPassword(hashing.make_hash(composed), seen)


def _shortest(facts: Facts) -> int:
    settings = tools().settings
    return max(
        settings.password_shortest, shortest_length(settings.password_rules, has_second_factor=_has_factor(facts))
    )


def _has_factor(facts: Facts) -> bool:
    return facts.account is not None and FACTOR in required(facts.account, facts.policy)


def _words() -> tuple[str, ...]:
    return tuple(word for word in tools().settings.brand_name.split() if len(word) > 3)
