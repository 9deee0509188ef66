"""The details of an account whose person has come for the first time: confirmed, and a corrected name kept until it is accepted."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from wizard.domain.secrets_made import new_id
from wizard.models import NameCorrection, db
from wizard.services import audit, people_search
from wizard.services.visits import Visit


@dataclass(frozen=True)
class Details:
    """What the person says. `language` is a tag of the installation, None: nothing said."""

    display_name: str
    given_name: str
    family_name: str
    language: str | None


def composed(said: str | None, stored: str) -> str:
    """A typed name in normal form C without blanks around it; what is `stored` where the form did not carry the field."""
    return stored if said is None else unicodedata.normalize("NFC", said.strip())


def confirm(visit: Visit, said: Details) -> None:
    """Note that the person has checked the details. Runs inside `write()` with the account's row locked.

    The display name is free. Given and family name stand in the organisation's records: a change waits for an administrator.
    """
    account = visit.account
    assert account is not None
    account.display_name = said.display_name
    account.language = said.language or account.language
    account.details_confirmed_at = visit.now
    corrected = (said.given_name, said.family_name) != (account.given_name, account.family_name)
    if corrected:
        db.session.add(
            NameCorrection(
                id=new_id(),
                account_id=account.id,
                given_name=said.given_name,
                family_name=said.family_name,
                created_at=visit.now,
            )
        )
    audit.record(
        "details-confirmed",
        account_id=account.id,
        actor="person",
        session_id=visit.session.id if visit.session else None,
        corrected=corrected,
    )
    people_search.refresh([account.id])
