"""A corrected name waits for an administrator's accept."""

from __future__ import annotations

from flask import Flask

from tests.organisations.colleagues import LIST, administrator
from tests.support.moved import NIGER, SENEGAL, add_office, arrived
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import Completed
from tests.support.rows import beside, row_of, rows_of
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, AuditEvent, Membership, NameCorrection, write
from wizard.services import memberships

OTHER = "sana@harbour.example"


def correct(app: Flask, person: Completed, given_name: str = "Sána", family_name: str = "Diop") -> str:
    """The person has corrected their name while checking their details; returns the correction's id."""

    def act() -> str:
        with write() as session:
            row = NameCorrection(
                id=new_id(),
                account_id=person.account_id,
                given_name=given_name,
                family_name=family_name,
                created_at=tools().clock.now(),
            )
            session.add(row)
            return row.id

    return beside(app, act)


def settle(browser: PageClient, correction_id: str, choice: str) -> Page:
    return browser.get(LIST).press(choice, in_form=f"form[action='{LIST}/names/{correction_id}']")


def test_an_accepted_name_is_written_and_mailed(app: Flask, mailbox: Mailbox) -> None:
    person = arrived(app, OTHER, office=NIGER, given_name="Sana", family_name="Diob", display_name="Sana Diob")
    correction = correct(app, person)
    browser = administrator(app)
    assert "Sana Diob asks to be called Sána Diop." in browser.get(LIST).text
    page = settle(browser, correction, "yes")
    assert not page.has("[data-correction]")
    account = row_of(app, Account, id=person.account_id)
    assert (account.given_name, account.family_name, account.name) == ("Sána", "Diop", "Sána Diop")
    mail = mailbox.newest(to=OTHER)
    assert mail.kind == "name_corrected"
    assert "Sána Diop" in mail.plain
    assert "Sána Diop" in mail.html
    settled = row_of(app, NameCorrection)
    assert (settled.accepted, settled.settled_at is None) == (True, False)
    event = row_of(app, AuditEvent, kind="name-correction-settled")
    assert "Diop" not in repr(event.payload)


def test_a_display_name_that_was_chosen_stays(app: Flask) -> None:
    person = arrived(app, OTHER, office=NIGER, display_name="Dr Sana")
    settle(administrator(app), correct(app, person), "yes")
    assert row_of(app, Account, id=person.account_id).name == "Dr Sana"


def test_a_declined_name_changes_nothing_and_mails_nobody(app: Flask, mailbox: Mailbox) -> None:
    person = arrived(app, OTHER, office=NIGER, given_name="Sana")
    correction, browser, before = correct(app, person), administrator(app), mailbox.count()
    page = settle(browser, correction, "no")
    assert not page.has("[data-correction]")
    assert row_of(app, Account, id=person.account_id).given_name == "Sana"
    assert mailbox.count() == before


def test_the_first_answer_counts(app: Flask) -> None:
    person = arrived(app, OTHER, office=NIGER, given_name="Sana")
    correction, browser = correct(app, person), administrator(app)
    settle(browser, correction, "no")
    assert browser.post(f"{LIST}/names/{correction}", {"choice": "yes"}).location == LIST
    assert row_of(app, Account, id=person.account_id).given_name == "Sana"
    assert len(rows_of(app, AuditEvent, kind="name-correction-settled")) == 1


def test_a_correction_out_of_reach_is_not_found(app: Flask) -> None:
    beside(app, lambda: add_office(NIGER))
    abroad = correct(app, arrived(app, OTHER, office=SENEGAL))
    foreign = correct(app, arrived(app, "sana@river.example", organisation="River Trust"))
    browser = administrator(app, office=NIGER)
    page = browser.get(LIST)
    for correction in (abroad, foreign, new_id()):
        assert correction not in page.html
        assert browser.post(f"{LIST}/names/{correction}", {"choice": "yes"}).status == 404
    assert {row.settled_at for row in rows_of(app, NameCorrection)} == {None}


def test_an_offer_gives_no_say_about_a_name(app: Flask) -> None:
    """Else inviting a foreign address would be the way to its owner's name."""
    person = arrived(app, "sana@river.example", organisation="River Trust")
    correction = correct(app, person)
    browser = administrator(app)

    def offer() -> None:
        office = add_office(NIGER)
        with write():
            memberships.add(person.account_id, office, "reader", tools().clock.now(), offered=True)

    beside(app, offer)
    assert not browser.get(LIST).has("[data-correction]")
    assert browser.post(f"{LIST}/names/{correction}", {"choice": "yes"}).status == 404
    assert len(rows_of(app, Membership, accepted_at=None)) == 1


def test_nobody_accepts_their_own(app: Flask) -> None:
    browser = administrator(app)
    account = row_of(app, Account)

    def own() -> str:
        with write() as session:
            row = NameCorrection(
                id=new_id(), account_id=account.id, given_name="X", family_name="Y", created_at=tools().clock.now()
            )
            session.add(row)
            return row.id

    correction = beside(app, own)
    assert not browser.get(LIST).has("[data-correction]")
    assert browser.post(f"{LIST}/names/{correction}", {"choice": "yes"}).status == 400
    assert row_of(app, NameCorrection).settled_at is None


def test_only_yes_and_no_are_answers(app: Flask) -> None:
    correction, browser = correct(app, arrived(app, OTHER, office=NIGER)), administrator(app)
    browser.get(LIST)
    for choice in ("", "maybe", ["yes", "no"]):
        assert browser.post(f"{LIST}/names/{correction}", {"choice": choice}).status == 400
    assert row_of(app, NameCorrection).settled_at is None
