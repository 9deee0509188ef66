"""What nobody's form sends, and what is typed wrongly: refused, with nothing written and what was typed kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.organisations.colleagues import ADDRESS, INVITE, administrator, invite, signed_in
from tests.support.clock import MovableClock
from tests.support.moved import NIGER, add_office, arrived
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.rows import NOTES_OF_POSTS, beside, rows_of, tables
from wizard.domain.secrets_made import new_id
from wizard.models import Account, Membership

GOOD = {"email": ADDRESS, "given_name": "Ibrahim", "family_name": "Sow", "role": "reader", "choice": "continue"}
BESIDES = NOTES_OF_POSTS | {"sessions"}


def fields(browser: PageClient, **other: object) -> dict[str, object]:
    return browser.get(INVITE).form_values() | GOOD | other


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("role", "owner"),
        ("role", ["reader", "administrator"]),
        ("language", "xx"),
        ("language", ""),
        ("choice", "yes"),
        ("email", [ADDRESS, "other@harbour.example"]),
    ],
)
def test_what_the_form_does_not_offer_is_malformed(app: Flask, name: str, value: object) -> None:
    browser = administrator(app)
    posted = fields(browser, **{name: value})
    before = tables(app, BESIDES)
    assert browser.post(INVITE, posted).status == 400
    assert tables(app, BESIDES) == before


def test_an_office_of_others_or_of_nobody_is_not_found(app: Flask) -> None:
    browser = administrator(app)
    foreign = beside(app, lambda: add_office(NIGER, "River Trust").id)
    before = tables(app, BESIDES)
    for office in (foreign, new_id(), "'", "x" * 5000):
        assert browser.post(INVITE, fields(browser, office=office)).status == 404
    assert tables(app, BESIDES) == before


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("email", "", "Enter the email address"),
        ("email", "ibrahim", "like name@example.org"),
        ("email", "a" * 310 + "@sow.example", "too long"),
        ("email", "a" * 100 + "@sow.example", "like name@example.org"),
        ("email", "sow@harbour.example\r\nBcc: all@river.example", "like name@example.org"),
        ("email", "sow@harbour.example,all@river.example", "like name@example.org"),
        ("email", "sow@\u202eelpmaxe.harbour", "like name@example.org"),
        ("given_name", "Visit www.river.com", "looks like a web address"),
        ("given_name", "I" * 101, "100 characters"),
        ("family_name", "Sow\r\nBcc: x", "cannot be seen"),
        ("family_name", "\u202ewoS", "cannot be seen"),
    ],
)
def test_a_wrong_text_is_named_at_its_field(app: Flask, field: str, typed: str, says: str) -> None:
    browser = administrator(app)
    before = tables(app, BESIDES)
    page = invite(browser, **{"email": ADDRESS, field: typed})
    assert (page.status, page.refused) == (422, "incomplete")
    assert says in page.errors[field]
    assert list(page.errors) == [field]
    assert tables(app, BESIDES) == before


def test_everything_that_is_missing_is_named_at_once(app: Flask) -> None:
    beside(app, lambda: add_office(NIGER))
    page = administrator(app).get(INVITE).press()
    assert set(page.errors) == {"email", "given_name", "role", "office"}
    assert len(page.soup.select("[data-error-summary] a")) == 4


def test_a_person_may_have_one_name_only(app: Flask) -> None:
    assert invite(administrator(app), given_name="", family_name="Sow").page == "organisation-invited"


def test_a_homoglyph_reaches_nobody_elses_account(app: Flask, mailbox: Mailbox) -> None:
    arrived(app, "sana@river.example", organisation="River Trust")
    imitation = "s\u0430na@river.example"  # a Cyrillic letter
    assert invite(administrator(app), imitation).page == "organisation-invited"
    assert rows_of(app, Membership, accepted_at=None) == []
    assert len(rows_of(app, Account)) == 3
    assert mailbox.all(to="sana@river.example", kind="membership_offered") == []


def test_a_hostile_name_is_defused_in_the_mail(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app, given_name="evil.example", family_name="<b>x</b>")
    invite(browser, given_name="<script>x</script>", family_name="a.b")
    mail = mailbox.newest(to=ADDRESS)
    assert "evil.example" not in mail.plain
    assert "evil. example" in mail.plain
    assert mail.soup.find("script") is None
    assert "\n" not in mail.subject


def test_fifty_invitations_an_hour(app: Flask, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard.domain.throttle import Window
    from wizard.services import colleague_invitations

    assert Window(50, 3600) == colleague_invitations.AN_HOUR
    monkeypatch.setattr(colleague_invitations, "AN_HOUR", Window(2, 3600))
    browser = administrator(app)
    answers = [invite(browser, f"person{number}@harbour.example") for number in range(3)]
    assert [answer.page for answer in answers[:2]] == ["organisation-invited"] * 2
    assert (answers[2].status, answers[2].refused) == (422, "too-many")
    assert answers[2].form_values()["email"] == "person2@harbour.example"
    assert len(rows_of(app, Account)) == 3
    other = administrator(app, "second@harbour.example")
    assert invite(other, "person3@harbour.example").page == "organisation-invited"
    clock.advance(seconds=timedelta(minutes=25).total_seconds())
    browser.get("/account")
    clock.advance(seconds=timedelta(minutes=25).total_seconds())
    browser.get("/account")
    clock.advance(seconds=timedelta(minutes=11).total_seconds())
    assert invite(browser, "person2@harbour.example").page == "organisation-invited"


@pytest.mark.parametrize("role", ["reader", "editor"])
def test_who_is_no_administrator_finds_nothing(app: Flask, role: str) -> None:
    browser = signed_in(app, "sana@harbour.example", office=NIGER, role=role)
    browser.get("/account")
    before = tables(app, BESIDES)
    assert browser.get(INVITE).status == 404
    assert browser.post(INVITE, GOOD, csrf=True).status == 404
    assert tables(app, BESIDES) == before
