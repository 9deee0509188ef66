"""Accounts for tests that need some."""

from __future__ import annotations

from typing import Any

from wizard.domain import totp
from wizard.domain.canonical_names import canonical_email, canonical_username
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, Authenticator, Session, db, write
from wizard.services import enrolment, hashing, issues, mails


def finish_first_connection(account_id: str, password: str) -> str:
    """Leave the account as its own first connection would, in a browser that was signed out; returns the code app's secret."""
    now, secret = tools().clock.now(), totp.new_secret()
    with write() as session:
        account = session.get_one(Account, account_id)
        browser = Session(id=new_id(), account_id=account_id, token_hash=new_id(), created_at=now, last_seen_at=now)
        browser.revoked_at, browser.revoked_reason = now, "sign-out"
        session.add(browser)
        session.flush()
        session.add(
            Authenticator(
                id=new_id(),
                account_id=account_id,
                session_id=browser.id,
                kind=enrolment.CODE_APP,
                label=account.sign_in_name,
                secret=tools().keyring.encrypt(enrolment.SECRET_PURPOSE, secret.encode()),
                last_step=totp.time_step(now),
                created_at=now,
                proven_at=now,
                last_used_at=now,
            )
        )
        issues.end_open(account_id, issues.USED)
        account.password_hash, account.password_set_at = hashing.make_hash(password), now
        account.password_session_id, account.factor_since = browser.id, now
        account.codes_skipped_at = account.last_sign_in_at = now
        mails.code_app_bound(account, now, "")
        mails.password_changed(account, now, "", is_first=True)
    db.session.remove()
    return secret


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
