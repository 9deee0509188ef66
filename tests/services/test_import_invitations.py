"""Inviting with an import: who gets a mail, and what a new address ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.clock import MovableClock
from tests.support.imports import ANNA, BEN, Files, account, everything, people_in, run
from tests.support.outbox import Mailbox
from wizard.domain.secrets_made import new_id
from wizard.models import Account, Issue, MailedCode, OutboxMail, Proof, Session, db, write
from wizard.models.outbox import GIVEN_UP, WAITING
from wizard.services import issues, mails

__all__ = ["people_in"]  # a fixture
pytestmark = pytest.mark.usefixtures("app_context")


def proven_by_mail(clock: MovableClock) -> None:
    """Anna has used her invitation in one browser, proven her address, and asked for a code; a notice waits too."""
    anna = account("anna")
    now, day = clock.now(), timedelta(days=1)
    with write() as session:
        issue = session.scalars(select(Issue).where(Issue.account_id == anna.id)).one()
        here = Session(id=new_id(), account_id=anna.id, token_hash="t", created_at=now, last_seen_at=now)
        session.add(here)
        session.flush()
        proof = {"session_id": here.id, "account_id": anna.id, "at": now}
        session.add(Proof(id=new_id(), kind="password", method="button", issue_id=issue.id, **proof))
        session.add(Proof(id=new_id(), kind="address", method="code", target=anna.email_key, **proof))
        asked = {"language": "en", "code": "123456", "button_token": "token", "ends": now + day, "journey": "sign-in"}
        mail = mails.mailed_code(anna, anna.email, **asked)
        code = {"code_hash": "c", "button_hash": "b", "created_at": now, "mail_id": mail.id, "journey": "sign-in"}
        session.add(MailedCode(id=new_id(), account_id=anna.id, subject="s", address=anna.email, browser="w", **code))
        mails.password_changed(anna, now, "Firefox")


def test_a_new_address_ends_whatever_was_mailed_to_the_old_one(people_in: Files, clock: MovableClock) -> None:
    run(people_in(ANNA, BEN), invite=True)
    proven_by_mail(clock)
    moved = people_in(ANNA.replace("anna@tamaris", "anna@elsewhere"), BEN)
    before = everything(Account, Issue, MailedCode, Proof, OutboxMail)
    run(moved)
    assert everything(Account, Issue, MailedCode, Proof, OutboxMail) == before, "A conflict alone ends nothing."

    run(moved, update=True)
    anna, ben = account("anna"), account("ben.okri")
    assert (anna.email, anna.email_key) == ("anna@elsewhere.example",) * 2
    ended = {issue.account_id: issue.ended_reason for issue in db.session.scalars(select(Issue))}
    assert ended == {anna.id: "address-changed", ben.id: None}
    assert [code.ended_reason for code in db.session.scalars(select(MailedCode))] == ["address-changed"]
    assert all(proof.ended_at == clock.now() for proof in db.session.scalars(select(Proof)))
    posted = db.session.scalars(select(OutboxMail))
    assert {(mail.kind, mail.account_id): (mail.state, mail.message is None) for mail in posted} == {
        ("invitation", anna.id): (GIVEN_UP, True),
        ("mailed_code", anna.id): (GIVEN_UP, True),
        ("password_changed", anna.id): (WAITING, False),
        ("invitation", ben.id): (WAITING, False),
    }


def test_a_new_address_is_invited_once_when_asked(people_in: Files, mailbox: Mailbox) -> None:
    run(people_in(ANNA), invite=True)
    moved = people_in(ANNA.replace("anna@tamaris", "anna@elsewhere"))
    assert run(moved, update=True, invite=True).invited == 1
    assert run(moved, update=True, invite=True).invited == 0
    assert mailbox.newest("invitation", to="anna@elsewhere.example")
    assert not mailbox.all("invitation", to="anna@tamaris.example")


def test_inviting_reaches_who_was_added_and_who_was_left_over(people_in: Files, mailbox: Mailbox) -> None:
    run(people_in(ANNA))
    summary = run(people_in(ANNA, BEN), invite=True)
    assert (summary.counts["added"], summary.invited) == (1, 2)
    assert {mail.recipient for mail in db.session.scalars(select(OutboxMail))} == {
        "anna@tamaris.example", "ben@tamaris.example",
    }  # fmt: skip
    assert run(people_in(ANNA, BEN), invite=True).invited == 0


def test_nobody_closed_or_with_a_password_is_invited(people_in: Files, clock: MovableClock) -> None:
    run(people_in(ANNA, BEN))
    anna, ben = account("anna").id, account("ben.okri").id
    with write() as session:
        session.get_one(Account, anna).disabled_at = clock.now()
        session.get_one(Account, ben).password_hash = "hash"
    assert run(people_in(ANNA, BEN), invite=True).invited == 0


def test_addresses_beyond_ascii_are_imported_and_invited(people_in: Files, mailbox: Mailbox) -> None:
    assert run(people_in("zoë,zoë@bücher.example,,,,"), invite=True).invited == 1
    assert mailbox.count("invitation") == 1


def test_the_installation_can_use_an_invitation_of_an_import(people_in: Files, mailbox: Mailbox) -> None:
    run(people_in(ANNA), invite=True)
    mail = mailbox.newest("invitation", to="anna@tamaris.example")
    found = issues.find_by_button(mail.button.rsplit("/", 1)[1])
    assert found is not None
    assert found.account_id == account("anna").id
