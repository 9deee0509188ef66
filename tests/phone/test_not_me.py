"""“It is not me”: request, asking session and a password that was known end; everybody else goes on (SEC-15)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import invite, place_at, press_button
from tests.support.phones import (
    Phone,
    ask_again,
    asking,
    link_first,
    linked,
    number_on,
    place_with_phone,
    scan_address_on,
    sign_in_by_phone,
)
from tests.support.rows import change, row_of, rows_of
from wizard.models import Account, ApprovalRequest, AuditEvent, OutboxMail, Session

NEW_PASSWORD = "Quatre 4 bateaux bleus"


def test_a_known_password_ends_with_the_session_that_asked(app: Flask, mailbox: Mailbox) -> None:
    someone = linked(app)
    page = asking(app, someone)
    said = someone.phone.refuse()
    assert (said.status, said.page) == (200, "phone-request")
    request = row_of(app, ApprovalRequest, answer="not-me")
    assert request.ended_at is not None
    assert row_of(app, Session, id=request.session_id).revoked_reason == "not-me"
    account = row_of(app, Account)
    assert account.password_hash is None
    assert account.password_ended_at is not None
    assert mailbox.newest("said_not_me").to == mailbox.newest("password_ended").to == someone.person.email
    assert len(rows_of(app, AuditEvent, kind="password-ended")) == 1
    told = page.press()
    assert (told.status, told.problem) == (403, "not-me")
    assert told.open("Choose a new password").step == "verify-email"


def test_the_old_password_opens_nothing_and_the_person_gets_in_alone(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    attacker = asking(app, someone).client
    someone.phone.refuse()
    page = place_at(attacker, "sign-in", "enter-password", someone.person)
    assert page.press(password=someone.person.password).refused == "wrong-password"
    clock.advance(minutes=11)
    own = PageClient(app)
    page = place_with_phone(
        own, someone.phone, "forgotten-password", "finish", someone.person, new_password=NEW_PASSWORD
    )
    assert page.step == "finish"
    assert own.get("/account").signed_in


def test_a_password_that_was_never_typed_stays(app: Flask, mailbox: Mailbox) -> None:
    someone = linked(app)
    page = place_with_phone(PageClient(app), someone.phone, "forgotten-password", "match-number", someone.person)
    someone.phone.refuse()
    assert row_of(app, Account).password_hash is not None
    assert mailbox.count("password_ended") == 0
    assert mailbox.count("said_not_me") == 1
    told = page.press()
    assert told.problem == "not-me"
    assert told.open("Begin again").step == "verify-email"
    assert sign_in_by_phone(app, someone).get("/account").signed_in


def test_sessions_that_have_not_asked_go_on_when_the_password_was_not_known(app: Flask) -> None:
    someone = linked(app)
    place_with_phone(PageClient(app), someone.phone, "forgotten-password", "match-number", someone.person)
    someone.phone.refuse()
    assert someone.computer.get("/account").signed_in


def test_it_locks_nobody_out(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    asking(app, someone)
    someone.phone.refuse()
    assert row_of(app, Account, id=someone.person.account_id).disabled_at is None
    assert someone.phone.get("/phone").status == 200
    assert sign_in_by_phone(app, other).get("/account").signed_in


def test_before_the_first_own_password_it_ends_the_session_and_keeps_the_invitation(app: Flask) -> None:
    person, phone = invite(app), Phone(app)
    place_with_phone(PageClient(app), phone, "first-connection", "match-number", person)
    phone.refuse()
    assert [row.revoked_reason for row in rows_of(app, Session)] == ["not-me"]
    assert row_of(app, Account).password_ended_at is None
    assert link_first(app, person, Phone(app)).person.username == person.username


def test_a_scanned_request_can_be_refused_as_well(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    scanned = someone.phone.get(scan_address_on(page).removeprefix(someone.phone.home))
    assert someone.phone.refuse(scanned).status == 200
    told = page.press()
    assert (told.status, told.problem) == (403, "not-me")
    assert told.open("Choose a new password").step == "verify-email"


def test_a_no_cannot_be_followed_by_a_yes(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    someone.phone.refuse(asked)
    assert someone.phone.say(number, asked).problem == "request-answered"
    assert row_of(app, ApprovalRequest, answer="not-me").claimed_at is None


def test_a_yes_can_be_followed_by_no_no(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked = someone.phone.asked()
    someone.phone.say(number_on(page), asked)
    assert someone.phone.refuse(asked).problem == "request-answered"
    assert page.press().signed_in


@pytest.mark.parametrize("how", ["sign-out", "another person", "new password"])
def test_a_request_ends_with_the_session_that_asked(app: Flask, how: str) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    if how == "sign-out":
        page.client.post("/sign-out")
    elif how == "another person":
        press_button(page.client, invite(app, "lea.morel"))
    else:
        form = someone.computer.get("/account/password")
        form.press(current_password=someone.person.password, new_password=NEW_PASSWORD)
    said = someone.phone.say(number, asked)
    assert (said.status, said.problem) == (410, "request-expired")
    assert not someone.phone.get("/phone").has("a[data-request]")


def test_a_number_asked_for_anew_ends_the_request_before(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    fresh = ask_again(page)
    assert someone.phone.say(number, asked).problem == "request-replaced"
    someone.phone.say(number_on(fresh))
    assert fresh.press().signed_in
    assert rows_of(app, OutboxMail, kind="said_not_me") == []


def test_the_computer_is_told_once_and_then_begins_again(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.refuse()
    told = page.client.get(page.path)
    assert (told.status, told.problem) == (403, "not-me")
    assert "answered that it is not you" in told.text
    assert page.client.get(page.path, follow=True).step == "enter-password"


def test_at_a_first_connection_the_invitation_is_still_good(app: Flask, client: PageClient) -> None:
    phone, person = Phone(app), invite(app)
    page = place_with_phone(client, phone, "first-connection", "match-number", person)
    phone.refuse()
    told = page.press()
    assert told.problem == "not-me"
    assert told.open("Begin again").journey == "first-connection"
    assert link_first(app, person, Phone(app), client).computer.get("/account").signed_in


@pytest.mark.parametrize("reason", ["sign-out", "another-account", "authenticator-bound"])
def test_a_session_that_has_ended_otherwise_is_told_nothing_of_it(app: Flask, reason: str) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked = row_of(app, ApprovalRequest, ended_at=None).session_id
    change(app, Session, asked, revoked_at=row_of(app, Session, id=asked).created_at, revoked_reason=reason)
    assert page.client.get(page.path).location == "/sign-in/enter-password"


def test_a_browser_that_never_asked_is_told_nothing(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.refuse()
    assert PageClient(app).get(page.path).location == "/sign-in/enter-username"
