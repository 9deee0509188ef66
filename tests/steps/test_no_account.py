"""No account for a verified address: said at once, and a message passed on, once a week (S-36)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import (
    HEADQUARTERS,
    SENEGAL,
    arrived,
    ask_for_code,
    button_for,
    code_for,
    moved,
    prove_address,
)
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import disable
from tests.support.rows import NOTES_OF_POSTS, change, row_of, rows_of, tables
from wizard.models import AuditEvent, DeskRequest, Membership, Proof, Session

HERE = "/migrated-account/no-account"
STRANGER = "nadia.sow@harbour.example"


def standing(client: PageClient, email: str = STRANGER) -> Page:
    page = prove_address(client, email)
    assert page.step == "no-account"
    return page


def message(page: Page, kind: str = "international-ngo") -> Page:
    return page.press("continue", organisation_kind=kind)


def told(app: Flask) -> list[str]:
    return sorted(mail.to for mail in Mailbox(app).all("access_wanted"))


def test_it_comes_before_a_password_is_made_and_says_whose_address_it_is(app: Flask, client: PageClient) -> None:
    moved(app)
    page = standing(client)
    assert f"{STRANGER} is your address, and it is in no account here." in page.text
    assert "Harbour Aid" not in page.html
    assert not page.has("[name=new_password]")
    assert [row.account_id for row in rows_of(app, Session, revoked_at=None)] == [None]
    assert (row_of(app, Proof).target, row_of(app, Proof).account_id) == (STRANGER, None)
    assert not page.signed_in


def test_the_message_goes_to_the_helpdesk_with_what_it_needs(app: Flask, client: PageClient) -> None:
    page = standing(client, "Nadia.SOW@elsewhere.example")
    code = page.said("[data-help-code]")
    page = message(page, "company")
    assert "Your message went out on" in page.text
    assert "Ask the person who keeps your company’s access: they can invite you." in page.text
    row = row_of(app, DeskRequest)
    assert (row.kind, row.address, row.address_key) == (
        "no-account", "Nadia.SOW@elsewhere.example", "nadia.sow@elsewhere.example",
    )  # fmt: skip
    assert (row.organisation_kind, row.language, row.help_code, row.told_administrators) == ("company", "en", code, 0)
    assert row_of(app, AuditEvent, kind="access-requested").payload == {"kind": "no-account", "told": 0}
    assert told(app) == []


@pytest.mark.parametrize(
    ("kind", "contact"),
    [
        ("national-ngo", "Ask an administrator of your organisation"),
        ("international-ngo", "Ask the administrator at the headquarters of your organisation"),
        ("company", "Ask the person who keeps your company’s access"),
    ],
)
def test_the_page_says_whom_to_ask_in_the_meantime(client: PageClient, kind: str, contact: str) -> None:
    assert contact in message(standing(client), kind).text


@pytest.mark.parametrize("kind", ["", "church", "NATIONAL-NGO", None])
def test_the_kind_of_organisation_is_one_of_three(app: Flask, client: PageClient, kind: str | None) -> None:
    standing(client)
    before = tables(app, NOTES_OF_POSTS)
    page = client.post(HERE, {"choice": "continue"} | ({} if kind is None else {"organisation_kind": kind}))
    assert (page.status, page.refused, list(page.errors)) == (422, "missing", ["organisation_kind"])
    assert tables(app, NOTES_OF_POSTS) == before
    assert message(client.get(HERE)).has("[role=status]")


def test_once_sent_there_is_nothing_to_send_for_a_week(app: Flask, client: PageClient, clock: MovableClock) -> None:
    page = message(standing(client))
    assert not page.has("[name=organisation_kind]")
    again = client.post(HERE, {"choice": "continue", "organisation_kind": "company"})
    assert (again.status, again.refused) == (422, "too-many-mails")
    assert "The helpdesk has your message already." in again.text
    for days in (3, 3.9):
        clock.advance(days=days)
        other = PageClient(app)
        assert not standing(other).has("[name=organisation_kind]")
        assert other.post(HERE, {"organisation_kind": "company"}).refused == "too-many-mails"
    assert len(rows_of(app, DeskRequest)) == 1
    clock.advance(days=0.2)
    assert message(standing(PageClient(app))).has("[role=status]")
    assert len(rows_of(app, DeskRequest)) == 2


def test_each_address_has_its_own_week(app: Flask, client: PageClient) -> None:
    page = message(standing(client)).press("other")
    assert page.step == "enter-email"
    message(standing(client, "omar.ba@harbour.example"))
    assert [row.address for row in rows_of(app, DeskRequest)] == [STRANGER, "omar.ba@harbour.example"]


def test_a_message_that_was_refused_does_not_use_up_the_week(app: Flask, client: PageClient) -> None:
    standing(client)
    assert client.post(HERE, {"organisation_kind": "church"}).status == 422
    assert client.post(HERE, {"organisation_kind": "company"}).status == 303
    assert len(rows_of(app, DeskRequest)) == 1


def test_another_address_ends_what_was_proven(app: Flask, client: PageClient) -> None:
    page = standing(client).press("other")
    assert (page.step, page.find("[name=email]").get("value", "")) == ("enter-email", "")
    assert rows_of(app, Session, revoked_at=None) == []
    assert rows_of(app, Proof, ended_at=None) == []
    assert client.get(HERE).location == "/migrated-account/enter-email"
    person = moved(app)
    assert prove_address(client, person.email).step == "create-password"


def test_the_administrators_of_the_only_organisation_there_are_written_to(app: Flask, client: PageClient) -> None:
    one = arrived(app, role="administrator")
    arrived(app, "bilal@harbour.example", office=SENEGAL, role="administrator")
    arrived(app, "chidi@harbour.example", role="editor")
    moved(app, "dalia@harbour.example", role="administrator")
    page = message(standing(client))
    assert told(app) == [one.email, "bilal@harbour.example"]
    assert row_of(app, DeskRequest).told_administrators == 2
    mail = Mailbox(app).newest("access_wanted", to=one.email)
    assert STRANGER in mail.plain
    assert "the helpdesk has the message too" in mail.plain
    # Nothing of it is on the page: it would tell which organisations there are.
    assert "Harbour Aid" not in page.html
    assert one.email not in page.html + page.text
    assert page.text.count("administrator") == 1


def test_those_of_the_headquarters_go_first(app: Flask, client: PageClient) -> None:
    arrived(app, role="administrator")
    arrived(app, "head@harbour.example", office=HEADQUARTERS, role="administrator")
    message(standing(client))
    assert told(app) == ["head@harbour.example"]


def test_who_has_left_or_was_closed_is_not_written_to(app: Flask, client: PageClient, clock: MovableClock) -> None:
    left = arrived(app, role="administrator")
    closed = arrived(app, "bilal@harbour.example", role="administrator")
    arrived(app, "chidi@harbour.example", role="administrator")
    membership = row_of(app, Membership, account_id=left.account_id)
    change(app, Membership, membership.id, ended_at=clock.now(), ended_reason="ended")
    disable(app, closed)
    message(standing(client))
    assert told(app) == ["chidi@harbour.example"]


def test_five_administrators_at_most_are_written_to(app: Flask, client: PageClient) -> None:
    for number in range(7):
        arrived(app, f"person{number}@harbour.example", role="administrator")
    message(standing(client))
    assert len(told(app)) == 5


def test_two_organisations_at_one_domain_are_written_to_by_nobody(app: Flask, client: PageClient) -> None:
    arrived(app, role="administrator")
    arrived(app, "bilal@harbour.example", organisation="Northern Light", role="administrator")
    message(standing(client))
    assert (told(app), row_of(app, DeskRequest).told_administrators) == ([], 0)


@pytest.mark.parametrize("domain", ["gmx.net", "gmail.com", "laposte.net"])
def test_a_domain_of_everybody_belongs_to_no_organisation(app: Flask, client: PageClient, domain: str) -> None:
    arrived(app, f"amina@{domain}", role="administrator")
    message(standing(client, f"nadia@{domain}"))
    assert (told(app), row_of(app, DeskRequest).told_administrators) == ([], 0)


@pytest.mark.parametrize("domain", ["sub.harbour.example", "harbour.example.org.example", "other.example"])
def test_another_domain_is_another_organisations(app: Flask, client: PageClient, domain: str) -> None:
    arrived(app, role="administrator")
    message(standing(client, f"nadia@{domain}"))
    assert told(app) == []


@pytest.mark.settings(placeholder_domains=("noaddress.example",))
@pytest.mark.parametrize(
    ("email", "times", "kind"),
    [
        ("info@harbour.example", 1, "shared-mailbox"),
        ("two@harbour.example", 2, "several-accounts"),
        ("amina@noaddress.example", 1, "placeholder"),
        ("noreply@harbour.example", 1, "placeholder"),
    ],
)
def test_an_address_that_says_too_little_goes_to_the_helpdesk_only(
    app: Flask, client: PageClient, email: str, times: int, kind: str
) -> None:
    arrived(app, f"head@{email.partition('@')[2]}", office=HEADQUARTERS, role="administrator")
    for _ in range(times):
        moved(app, email, given_name="Amina", family_name="Keita-Traoré")
    page = standing(client, email)
    assert page.title.startswith("A person must look at this address")
    assert "Keita" not in page.html
    page = message(page)
    assert (row_of(app, DeskRequest).kind, row_of(app, DeskRequest).told_administrators) == (kind, 0)
    assert told(app) == []
    assert rows_of(app, Proof, kind="password") == []


def test_an_account_that_came_meanwhile_is_reached_by_a_new_code(app: Flask, client: PageClient) -> None:
    """Decision 0009: what was proven while nobody had the address proves nothing of the account that has it now."""
    page = standing(client)
    for_nobody = page.text
    person = moved(app, STRANGER)
    page = client.get(HERE)
    assert page.text == for_nobody, "Whether there is an account now is said to who verifies the address again."
    page = page.press("resend")
    assert page.step == "verify-email"
    assert f"An email is on its way to {STRANGER}." in page.text
    assert "Harbour Aid" not in page.html
    page = page.press(code=code_for(app, STRANGER))
    assert (page.step, "Harbour Aid" in page.text) == ("create-password", True)
    assert [row.account_id for row in rows_of(app, Session, revoked_at=None)] == [person.account_id]


def test_without_an_account_a_new_code_leads_back_here(app: Flask, client: PageClient) -> None:
    page = message(standing(client)).press("resend")
    assert page.step == "verify-email"
    assert (client.get(HERE).location, rows_of(app, Proof, ended_at=None)) == ("/migrated-account/verify-email", [])
    page = page.press(code=code_for(app, STRANGER))
    assert (page.step, page.has("[role=status]")) == ("no-account", True)


def test_who_came_by_the_button_need_not_type_the_address(app: Flask, client: PageClient) -> None:
    ask_for_code(client, STRANGER)
    page = PageClient(app).get(button_for(app, STRANGER)).press("yes")
    moved(app, STRANGER)
    page = page.press("resend")
    assert f"An email is on its way to {STRANGER}." in page.text
    assert page.press(code=code_for(app, STRANGER)).step == "create-password"


def test_what_is_proven_is_kept_while_no_mail_may_leave(app: Flask, client: PageClient, clock: MovableClock) -> None:
    page = standing(client)
    for _ in range(2):
        page = page.press("resend").press(code=code_for(app, STRANGER))
    page = page.press("resend")
    assert (page.status, page.refused, page.step) == (422, "too-many-mails", "no-account")
    assert "Ask for a new one at 9:15." in page.said("[data-error-summary]")
    assert len(rows_of(app, Proof, ended_at=None)) == 1
    clock.advance(minutes=15)
    assert page.press("resend").step == "verify-email"


def test_nobody_gets_here_without_a_proof(app: Flask, client: PageClient) -> None:
    for _ in range(2):
        assert client.get(HERE, follow=True).step != "no-account"
        client.post(HERE, {"organisation_kind": "company"}, csrf=False)
        ask_for_code(client, STRANGER) if client.get("/migrated-account", follow=True).step == "enter-email" else None
    assert rows_of(app, DeskRequest) == []


def test_the_address_is_shown_as_text_in_its_own_direction(client: PageClient) -> None:
    page = standing(client, "o'brien&sons#{7*7}@elsewhere.example")
    assert page.said("bdi[dir=ltr] strong") == "o'brien&sons#{7*7}@elsewhere.example"


def test_it_stands_on_no_stair_of_its_own(client: PageClient) -> None:
    assert standing(client).progress == "2/7"


def test_loading_again_and_coming_back_change_nothing(app: Flask, client: PageClient, clock: MovableClock) -> None:
    message(standing(client))
    before = tables(app)
    for _ in range(3):
        assert client.get("/migrated-account", follow=True).has("[role=status]")
    assert tables(app) == before
    clock.advance(minutes=31)
    assert client.get(HERE, follow=True).step == "verify-email"
