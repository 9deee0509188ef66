"""Looking an installation over: what an operator asks before blaming anything else. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from wizard.domain.password_rules import KINDS, KINDS_NEEDED, shortest_length
from wizard.extensions import tools
from wizard.models import search_index
from wizard.models.database import DatabaseBusy
from wizard.services import audit, database_upgrade, outbox, sendings

LATE = 300  # seconds a mail may wait
SEARCH_WORDS = {
    "trigrams": "People are found by any part of a name.",
    "latin-trigrams": "People are found by any part of a name in Latin letters, and by the beginning of words in others: "
    "the database's character type is “C”.",
    "prefixes": "People are found by the beginning of words only: the extension pg_trgm is missing. "
    "Install it, then run `perron doctor --rebuild-search`.",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `well` is False for what needs somebody's hand."""

    name: str
    well: bool
    words: str


def findings() -> Iterator[Finding]:
    """Look at everything in turn; what cannot be looked at is a finding too."""
    for name, look in _LOOKS.items():
        try:
            yield look(name)
        except (SQLAlchemyError, DatabaseBusy, OSError) as error:
            yield Finding(name, False, f"This could not be looked at: {type(error).__name__}.")


def _schema(name: str) -> Finding:
    if database_upgrade.is_current():
        return Finding(name, True, "The database's schema fits this release.")
    return Finding(name, False, "The database's schema is another release's. Run `perron init`.")


def _trail(name: str) -> Finding:
    broken = audit.first_broken()
    if broken is None:
        return Finding(name, True, "The audit trail is whole: every seal fits.")
    return Finding(name, False, f"The audit trail was changed: the seal of event {broken} does not fit.")


def _mail(name: str) -> Finding:
    age = outbox.status().oldest_age_seconds
    if age <= LATE:
        return Finding(name, True, "No mail waits for long.")
    return Finding(
        name, False, f"The oldest mail has waited for {age} seconds. Is `perron mail deliver --loop` running?"
    )


def _sendings(name: str) -> Finding:
    paused = [each.id for each in sendings.standings() if each.paused_at is not None]
    if not paused:
        return Finding(name, True, "No sending is paused.")
    return Finding(
        name,
        False,
        f"Paused because too many mails were refused: {', '.join(paused)}. See `perron invitations status`.",
    )


def _search(name: str) -> Finding:
    kind = search_index.kind()
    return Finding(name, kind != "prefixes", SEARCH_WORDS[kind])


def _passwords(name: str) -> Finding:
    settings = tools().settings
    rules = settings.password_rules
    alone, beside = (
        max(settings.password_shortest, shortest_length(rules, has_second_factor=has_factor))
        for has_factor in (False, True)
    )
    words = {
        "classic": f"Password rules: classic ({alone} characters, {KINDS_NEEDED} of {len(KINDS)} kinds), as the printed guide has them.",
        "modern": f"Password rules: modern ({alone} characters, {beside} with a second step), as NIST SP 800-63B-4 advises.",
    }
    return Finding(name, True, words[rules])


_LOOKS: dict[str, Callable[[str], Finding]] = {
    "schema": _schema,
    "audit trail": _trail,
    "mail": _mail,
    "sendings": _sendings,
    "search": _search,
    "passwords": _passwords,
}
