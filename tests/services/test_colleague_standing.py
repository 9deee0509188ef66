"""Where somebody stands, from lasting facts alone: every step of the way in, and what came after it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from tests.support.clock import START
from tests.support.moved import add_moved
from wizard.domain.assurance import AccountFacts, BoundAuthenticator, Policy
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, Proof, Session, db, write
from wizard.services import issues
from wizard.services.colleague_standing import Standing, standings, stands_at

NOBODY = AccountFacts(
    id="a",
    journey="migrated-account",
    email_key="a@people.example",
    has_own_password=False,
    password_ended=False,
    password_set_at=None,
    password_session_id=None,
    ever_had_factor=False,
    authenticators=(),
    owes_details=True,
)
APP = BoundAuthenticator("b", "code-app", "s", START, START)
WITH_PASSWORD = replace(NOBODY, has_own_password=True)
CHECKED = replace(WITH_PASSWORD, owes_details=False)
DONE = replace(CHECKED, ever_had_factor=True, authenticators=(APP,))
INVITED = replace(NOBODY, journey="first-connection", owes_details=False)


@pytest.mark.parametrize(
    ("facts", "policy", "opened", "standing"),
    [
        (NOBODY, "required", False, "not-opened"),
        (NOBODY, "required", True, "create-password"),
        (WITH_PASSWORD, "required", True, "check-details"),
        (WITH_PASSWORD, "off", False, "check-details"),
        (CHECKED, "required", True, "choose-authenticator"),
        (CHECKED, "off", True, "arrived"),
        (DONE, "required", True, "arrived"),
        (replace(DONE, authenticators=()), "required", True, "arrived"),
        (replace(DONE, has_own_password=False, password_ended=True), "required", True, "arrived"),
        (INVITED, "required", False, "not-opened"),
        (INVITED, "required", True, "choose-authenticator"),
        (replace(INVITED, ever_had_factor=True, authenticators=(APP,)), "required", False, "change-password"),
        (INVITED, "off", True, "change-password"),
        (replace(INVITED, has_own_password=True, ever_had_factor=True, authenticators=(APP,)), "off", True, "arrived"),
    ],
)
def test_each_set_of_facts_has_its_place(facts: AccountFacts, policy: Policy, opened: bool, standing: Standing) -> None:
    assert stands_at(facts, policy, opened=opened) == standing


def test_a_proven_address_or_a_used_button_is_a_beginning(app_context: Flask) -> None:
    untouched, by_code, by_button = (
        add_moved(f"{name}@harbour.example").account_id for name in ("one", "two", "three")
    )
    now = tools().clock.now()
    with write() as session:
        browser = Session(id=new_id(), account_id=by_code, token_hash=new_id(), created_at=now, last_seen_at=now)
        session.add(browser)
        session.flush()
        session.add(
            Proof(id=new_id(), session_id=browser.id, account_id=by_code, kind="address", method="mailed-code", at=now)
        )
        secrets = issues.issue(session.get_one(Account, by_button), with_password=False)
        session.flush()
        session.get_one(issues.Issue, secrets.issue_id).first_used_at = now
    accounts = [db.session.get_one(Account, each) for each in (untouched, by_code, by_button)]
    assert standings(accounts) == {
        untouched: "not-opened",
        by_code: "create-password",
        by_button: "create-password",
    }


def test_who_was_signed_in_once_has_arrived_whatever_came_later(app_context: Flask) -> None:
    person = add_moved("one@harbour.example", last_sign_in_at=START)
    assert standings([db.session.get_one(Account, person.account_id)]) == {person.account_id: "arrived"}


def test_nobody_stands_nowhere(app_context: Flask) -> None:
    assert standings([]) == {}


@pytest.mark.settings(invitation_carries="both")
def test_a_colleagues_issue_has_no_temporary_password(app_context: Flask) -> None:
    person = add_moved("one@harbour.example")
    with write() as session:
        account = session.get_one(Account, person.account_id)
        assert issues.issue(account, with_password=False).temporary_password is None
    with write() as session:
        assert issues.issue(session.get_one(Account, person.account_id)).temporary_password
