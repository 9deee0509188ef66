"""A membership offered to an account that existed before: the person takes or leaves it, nobody else."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.organisations.colleagues import LIST, administrator, invite, signed_in
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.rows import beside, row_of, rows_of
from wizard.domain.secrets_made import new_id
from wizard.models import AuditEvent, Membership
from wizard.services import colleagues

OTHER = "sana@river.example"
OFFERS = "/organisation/offers"


def offered(app: Flask) -> tuple[PageClient, PageClient, Membership]:
    """Somebody of another organisation, an administrator who has invited them, and the offer."""
    person = signed_in(app, OTHER, organisation="River Trust")
    browser = administrator(app)
    invite(browser, OTHER, role="editor")
    return person, browser, row_of(app, Membership, accepted_at=None)


def answer(person: PageClient, membership_id: str, choice: object) -> Page:
    person.get("/account")
    return person.post(f"{OFFERS}/{membership_id}", {"choice": choice})


def test_an_offer_gives_nothing_until_it_is_accepted(app: Flask) -> None:
    person, browser, offer = offered(app)
    assert "Harbour Aid" not in person.get("/account").text
    [waiting] = beside(app, lambda: colleagues.offers_for(offer.account_id))
    assert (waiting.place.organisation, waiting.place.role, waiting.inviter) == ("Harbour Aid", "editor", "Amina Keita")
    assert answer(person, offer.id, "yes").location == "/organisation"
    assert row_of(app, Membership, id=offer.id).accepted_at is not None
    assert beside(app, lambda: colleagues.offers_for(offer.account_id)) == []
    assert "Has arrived." in browser.get(LIST).said(f"[data-colleague='{offer.id}']")
    assert row_of(app, AuditEvent, kind="membership-accepted").account_id == offer.account_id


def test_the_page_offers_both_answers(app: Flask) -> None:
    person, _browser, offer = offered(app)
    page = person.get("/organisation")
    assert "Harbour Aid offers you access" in page.text
    page = page.press("no", in_form=f"[data-offer='{offer.id}'] form")
    assert page.page == "organisation"
    assert not page.has("[data-offer]")
    assert row_of(app, Membership, id=offer.id).ended_reason == "declined"


def test_a_declined_offer_can_be_made_again(app: Flask) -> None:
    person, browser, offer = offered(app)
    assert answer(person, offer.id, "no").status == 303
    assert not browser.get(LIST).has(f"[data-colleague='{offer.id}']")
    assert invite(browser, OTHER).page == "organisation-invited"
    again = row_of(app, Membership, accepted_at=None, ended_at=None)
    assert again.id != offer.id


def test_the_offers_of_others_are_not_found(app: Flask) -> None:
    person, browser, offer = offered(app)
    assert answer(browser, offer.id, "yes").status == 404
    assert answer(person, new_id(), "yes").status == 404
    assert answer(person, row_of(app, Membership, role="administrator").id, "no").status == 404
    assert row_of(app, Membership, id=offer.id).accepted_at is None


@pytest.mark.parametrize("choice", ["", "maybe", ["yes", "no"]])
def test_only_yes_and_no_are_answers(app: Flask, choice: object) -> None:
    person, _browser, offer = offered(app)
    assert answer(person, offer.id, choice).status == 400
    assert (row_of(app, Membership, id=offer.id).accepted_at, row_of(app, Membership, id=offer.id).ended_at) == (
        None,
        None,
    )


def test_the_first_answer_stays(app: Flask) -> None:
    person, _browser, offer = offered(app)
    answer(person, offer.id, "yes")
    accepted = row_of(app, Membership, id=offer.id).accepted_at
    assert answer(person, offer.id, "no").location == "/organisation"
    found = row_of(app, Membership, id=offer.id)
    assert (found.accepted_at, found.ended_at) == (accepted, None)
    assert rows_of(app, AuditEvent, kind="membership-ended") == []


def test_a_withdrawn_offer_cannot_be_accepted(app: Flask) -> None:
    person, browser, offer = offered(app)
    browser.get(LIST).press(in_form=f"form[action='{LIST}/{offer.id}/withdraw']")
    assert answer(person, offer.id, "yes").location == "/organisation"
    assert row_of(app, Membership, id=offer.id).accepted_at is None


def test_who_is_not_signed_in_signs_in_first(app: Flask) -> None:
    _person, _browser, offer = offered(app)
    stranger = PageClient(app)
    stranger.get("/")
    assert stranger.post(f"{OFFERS}/{offer.id}", {"choice": "yes"}).location == "/sign-in"
    assert row_of(app, Membership, id=offer.id).accepted_at is None


def test_sent_again_the_offer_is_mailed_again(app: Flask, mailbox: Mailbox) -> None:
    _person, browser, offer = offered(app)
    browser.get(LIST).press(in_form=f"form[action='{LIST}/{offer.id}/resend']")
    assert len(mailbox.all("membership_offered", to=OTHER)) == 2
    assert row_of(app, Membership, id=offer.id).accepted_at is None
