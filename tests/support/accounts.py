"""Accounts for tests that need some."""

from __future__ import annotations

from typing import Any

from wizard.domain.canonical_names import canonical_email, canonical_username
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, db, write


def add_account(username: str = "lea.morel", **facts: Any) -> Account:
    """An account of first-connection that has been imported and nothing else; `facts` are columns that differ."""
    email = facts.pop("email", f"{username}@people.example")
    row = {
        "id": new_id(),
        "created_at": tools().clock.now(),
        "journey": "first-connection",
        "username": username,
        "username_key": canonical_username(username),
        "email": email,
        "email_key": canonical_email(email),
        "given_name": "Léa",
        "family_name": "Morel",
        "language": "en",
    }
    with write() as session:
        account = Account(**(row | facts))
        session.add(account)
    return db.session.get_one(Account, account.id)
