"""Issues: one invitation's temporary password and button."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.accounts import add_account
from tests.support.races import at_once
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, Issue, Proof, Session, db, write
from wizard.services import issues

pytestmark = pytest.mark.usefixtures("app_context")


def make(account: Account) -> issues.IssueSecrets:
    with write():
        return issues.issue(account)


def found(secrets: issues.IssueSecrets) -> Issue:
    row = issues.find_by_button(secrets.button_token)
    assert row is not None
    return row


def test_an_issue_is_found_by_its_button_and_known_by_its_password() -> None:
    secrets = make(add_account())
    row = found(secrets)
    assert row.id == secrets.issue_id
    assert secrets.temporary_password is not None
    assert issues.fits(row, secrets.temporary_password)
    assert issues.fits(row, f"  {secrets.temporary_password.upper().replace('-', ' ')} ")
    assert not issues.fits(row, secrets.temporary_password[:-1])
    assert not issues.fits(row, "")
    assert issues.find_by_button("another") is None


def test_nothing_that_opens_the_account_is_kept_in_the_clear() -> None:
    secrets = make(add_account())
    row = found(secrets)
    kept = f"{row.button_hash} {row.password_hash}"
    assert secrets.button_token not in kept
    assert str(secrets.temporary_password) not in kept
    assert str(secrets.temporary_password) not in repr(secrets)


def test_a_newer_issue_replaces_the_older_and_what_it_proved(clock: Any) -> None:
    account = add_account()
    old = make(account)
    with write() as session:
        now = clock.now()
        session.add(Session(id="s", account_id=account.id, token_hash="t", created_at=now, last_seen_at=now))
        session.flush()
        session.add(
            Proof(
                id="p",
                session_id="s",
                account_id=account.id,
                kind="password",
                method="button",
                issue_id=old.issue_id,
                at=now,
            )
        )
    new = make(account)
    assert issues.state(found(old), clock.now()) == "replaced"
    assert issues.state(found(new), clock.now()) == "open"
    assert db.session.get_one(Proof, "p").ended_at == clock.now()
    assert db.session.get_one(Proof, "p").issue_id == old.issue_id
    newest = issues.newest(account.id)
    assert newest is not None
    assert newest.id == new.issue_id


def test_an_issue_ends_by_itself_after_seven_days(clock: Any) -> None:
    secrets = make(add_account())
    clock.advance(days=7, seconds=-1)
    assert issues.state(found(secrets), clock.now()) == "open"
    clock.advance(seconds=1)
    assert issues.state(found(secrets), clock.now()) == "expired"


def test_an_issue_is_used_once_an_own_password_was_set(clock: Any) -> None:
    account = add_account()
    secrets = make(account)
    with write():
        assert issues.end_open(account.id, issues.USED) == 1
        assert issues.end_open(account.id, issues.USED) == 0
    assert issues.state(found(secrets), clock.now()) == "used"


@pytest.mark.parametrize("fact", ["password_hash", "password_ended_at"])
def test_who_has_or_had_an_own_password_gets_no_issue(fact: str, clock: Any) -> None:
    account = add_account(**{fact: "hash" if fact == "password_hash" else clock.now()})
    with pytest.raises(issues.HasOwnPassword):
        make(account)
    assert db.session.scalar(select(func.count()).select_from(Issue)) == 0


@pytest.mark.settings(invitation_carries="button")
def test_an_installation_may_mail_the_button_only() -> None:
    secrets = make(add_account())
    assert secrets.temporary_password is None
    assert found(secrets).password_hash is None
    assert not issues.fits(found(secrets), "")


def test_a_button_outlives_a_change_of_the_master_secret(app: Flask, clock: Any) -> None:
    from wizard.adapters.keyring import Keyring

    secrets = make(add_account())
    kept = app.extensions["perron"]
    old = tools().settings.secret_key
    app.extensions["perron"] = dataclasses.replace(
        kept, keyring=Keyring("a-new-master-secret-0123456789-0123456789", (old,))
    )
    row = found(secrets)
    assert issues.fits(row, str(secrets.temporary_password))


def test_issues_made_at_once_leave_one_open(each_database: str, app: Flask, clock: Any) -> None:
    account_id = add_account(new_id()).id

    def invite() -> str:
        with app.app_context(), write() as session:
            return issues.issue(session.get_one(Account, account_id)).button_token

    tokens = at_once([invite] * 8)
    db.session.rollback()
    states = [issues.state(row, clock.now()) for token in tokens if (row := issues.find_by_button(token))]
    assert sorted(states) == ["open"] + ["replaced"] * 7
