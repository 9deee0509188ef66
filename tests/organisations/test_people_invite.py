"""Inviting: what the form takes, what the person gets, and that nothing tells which addresses have an account."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.organisations.colleagues import ADDRESS, INVITE, LIST, administrator, invite, membership_of, row
from tests.support.moved import NIGER, SENEGAL, add_office, arrived, moved
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import disable
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, Issue, Membership


def test_a_new_colleague_gets_an_account_and_a_button(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app)
    beside(app, lambda: add_office(NIGER))
    page = invite(browser, office=NIGER, role="editor", language="fr")
    assert page.page == "organisation-invited"
    assert ADDRESS in page.text
    account = row_of(app, Account, email=ADDRESS)
    assert (account.journey, account.username, account.given_name, account.language) == (
        "migrated-account", None, "Ibrahim", "fr",
    )  # fmt: skip
    assert account.password_hash is None
    row_ = membership_of(app)
    assert (row_.role, row_.accepted_at is None, row_.invited_by is None) == ("editor", False, False)
    assert row_of(app, Issue).password_hash is None
    mail = mailbox.newest(to=ADDRESS)
    assert (mail.kind, mail.language, mail.temporary_password) == ("colleague_invitation", "fr", None)
    assert mail.button_path is not None
    for fact in ("Harbour Aid", NIGER, "Amina Keita"):
        assert fact in mail.plain
        assert fact in mail.html
    event = row_of(app, AuditEvent, kind="colleague-invited")
    assert event.account_id == account.id
    assert "Sow" not in repr(event.payload)


def test_the_button_leads_into_the_journey(app: Flask, mailbox: Mailbox) -> None:
    invite(administrator(app))
    person = PageClient(app)
    page = person.get(mailbox.newest(to=ADDRESS).button_path or "").press("yes")
    assert (page.journey, page.step) == ("migrated-account", "create-password")


def test_a_member_of_the_organisation_is_named(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app)
    moved(app, ADDRESS, office=NIGER, role="reader")
    before = mailbox.count()
    page = invite(browser, ADDRESS.upper())
    assert (page.status, page.refused) == (422, "already-here")
    assert page.errors["email"] == "This address already has access (Niger, Reader)."
    assert page.form_values()["given_name"] == "Ibrahim"
    assert mailbox.count() == before
    assert len(rows_of(app, Membership)) == 2


def test_somebody_invited_before_is_named_too(app: Flask) -> None:
    browser = administrator(app)
    invite(browser)
    assert invite(browser).refused == "already-here"
    assert len(rows_of(app, Account, email_key=ADDRESS)) == 1


def test_an_account_elsewhere_is_offered_a_membership(app: Flask, mailbox: Mailbox) -> None:
    arrived(app, ADDRESS, organisation="River Trust", office=NIGER, given_name="Ibou")
    browser = administrator(app)
    page = invite(browser)
    assert page.page == "organisation-invited"
    assert len(rows_of(app, Account, email_key=ADDRESS)) == 1
    offered = row_of(app, Membership, accepted_at=None)
    mail = mailbox.newest(to=ADDRESS)
    assert mail.kind == "membership_offered"
    assert (mail.button, mail.temporary_password, mail.code) == (None, None, None)
    assert row_of(app, Account, email_key=ADDRESS).given_name == "Ibou"
    assert row_of(app, AuditEvent, kind="membership-offered").payload["membership"] == offered.id  # type: ignore[index]


def test_no_page_tells_which_addresses_have_an_account(app: Flask) -> None:
    known, unknown = "sana.diop@river.example", "sana.diol@river.example"
    arrived(app, "Sana.Diop@River.example", organisation="River Trust", given_name="Zoé")
    browser = administrator(app)
    pages = {}
    for address in (known, unknown):
        sent = invite(browser, address)
        listed = browser.get(LIST)
        found = membership_of(app, address, **({"accepted_at": None} if address == known else {}))
        one = browser.get(f"{LIST}/{found.id}")
        item = str(listed.find(f"[data-colleague='{found.id}']"))
        shown = [sent.text, item, one.text, repr(sorted(one.form_values().keys()))]
        pages[address] = [
            part.replace(found.id, "ID").replace(browser.csrf_token(), "T").replace(address, "A") for part in shown
        ]
    assert pages[known] == pages[unknown]


@pytest.mark.settings(placeholder_domains=("old.example",))
@pytest.mark.parametrize(
    "address", ["info@harbour.example", "noreply@harbour.example", "sow@example.com", "sow@old.example"]
)
def test_an_address_of_several_people_or_none_is_refused(app: Flask, address: str) -> None:
    page = invite(administrator(app), address)
    assert page.refused == "not-one-person"
    assert "helpdesk" in page.errors["email"]
    assert rows_of(app, Account, email_key=address) == []


def test_an_address_of_several_accounts_is_refused(app: Flask) -> None:
    for name in ("one", "two"):
        moved(app, ADDRESS, organisation="River Trust", username=name, username_key=name)
    page = invite(administrator(app))
    assert page.refused == "not-one-person"
    assert rows_of(app, Membership, accepted_at=None) == []


def test_an_account_that_the_operator_closed_is_not_opened(app: Flask) -> None:
    person = moved(app, ADDRESS, organisation="River Trust")
    browser = administrator(app)
    disable(app, person)
    assert invite(browser).refused == "not-one-person"
    assert row_of(app, Account, email=ADDRESS).disabled_at is not None


def test_the_administrator_of_a_country_office_invites_into_it_only(app: Flask) -> None:
    foreign = beside(app, lambda: add_office(SENEGAL).id)
    browser = administrator(app, office=NIGER)
    page = browser.get(INVITE)
    assert not page.has("select[name=office]")
    fields = page.form_values() | {"email": ADDRESS, "given_name": "I", "role": "reader"}
    assert browser.post(INVITE, fields | {"office": foreign}).status == 404
    assert page.press(email=ADDRESS, given_name="I", role="reader").page == "organisation-invited"
    assert membership_of(app).office_id == fields["office"]


def test_the_list_shows_the_invitation(app: Flask) -> None:
    browser = administrator(app)
    invite(browser)
    page = browser.get(LIST)
    assert page.page == "organisation-people"
    assert "Invited on" in row(page, app)
    assert "Ibrahim" not in page.text
