"""The number on the computer: asked once by itself, claimed once, by the session that asked, while it is fresh (SEC-14)."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import clock_of, invite, sign_out
from tests.support.phones import (
    PasskeyPhone,
    Phone,
    another,
    ask_again,
    asking,
    linked,
    number_on,
    place_with_phone,
    scan_address_on,
)
from tests.support.rows import change, row_of, rows_of, tables
from tests.support.windows import window_of
from wizard.models import Account, ApprovalRequest, AuditEvent, Authenticator, Proof, Session
from wizard.services import waiting
from wizard.services.devices import PHONE

HERE = "/sign-in/match-number"
WAIT = HERE + "/wait"


def open_request(app: Flask) -> ApprovalRequest:
    return row_of(app, ApprovalRequest, ended_at=None)


def test_arriving_asks_the_phone_once_and_reloading_shows_the_same(app: Flask) -> None:
    page = asking(app, linked(app))
    number, scan = number_on(page), scan_address_on(page)
    before = tables(app)
    again = page.client.get(HERE)
    assert (number_on(again), scan_address_on(again)) == (number, scan)
    assert tables(app) == before


def test_before_the_phone_has_answered_a_press_goes_nowhere(app: Flask) -> None:
    page = asking(app, linked(app))
    answer = page.press()
    assert (answer.status, answer.refused) == (422, "not-yet")
    assert number_on(answer) == number_on(page)


def test_the_answer_alone_signs_nobody_in(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    request = open_request(app)
    assert (request.answer, request.claimed_at) == ("yes", None)
    assert page.client.get("/account").location == "/sign-in"
    assert len(rows_of(app, Proof, method="number", ended_at=None)) == 1  # of the first connection


def test_the_next_post_claims_it(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    assert page.press().signed_in
    proof = rows_of(app, Proof, method="number")[-1]
    assert (proof.purpose, proof.authenticator_id) == ("sign-in", row_of(app, Authenticator, kind=PHONE).id)
    request = rows_of(app, ApprovalRequest)[-1]
    assert (request.claimed_at, request.ended_reason, request.shown) == (clock.now(), "claimed", None)


def test_once_answered_the_number_is_shown_no_more(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    assert not page.client.get(HERE).has("[data-number]")
    assert open_request(app).shown is None


def test_another_session_that_has_the_password_claims_nothing(app: Flask) -> None:
    someone = linked(app)
    attacker = place_with_phone(PageClient(app), someone.phone, "sign-in", "match-number", someone.person)
    page = asking(app, someone)  # the newest one wins
    someone.phone.say(number_on(page))
    assert attacker.press().refused == "replaced"
    assert attacker.client.get("/account").location == "/sign-in"
    assert page.press().signed_in


def test_who_asks_anew_after_the_answer_has_not_got_it(app: Flask) -> None:
    someone = linked(app)
    victim = asking(app, someone)
    someone.phone.say(number_on(victim))
    attacker = asking(app, someone)
    assert attacker.press().refused == "not-yet"
    assert victim.press().refused == "replaced"


def test_an_answer_is_claimed_within_two_minutes(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    clock.advance(minutes=2)
    assert page.press().refused == "expired"
    assert page.client.get("/account").location == "/sign-in"
    assert rows_of(app, ApprovalRequest)[-1].claimed_at is None


def test_an_answer_is_good_until_just_before_two_minutes(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    clock.advance(minutes=4, seconds=59)
    someone.phone.say(number_on(page))
    clock.advance(minutes=1, seconds=59)
    assert page.press().signed_in


def test_a_phone_that_is_taken_away_before_the_claim_confirms_nothing(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    change(app, Authenticator, row_of(app, Authenticator, kind=PHONE).id, ended_at=clock.now(), ended_reason="removed")
    answer = page.press()
    assert not answer.signed_in
    assert page.client.get("/account").location != "/account"
    assert rows_of(app, ApprovalRequest)[-1].claimed_at is None


def test_a_session_that_ends_while_the_phone_answers_gets_nothing(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    page.client.post("/sign-out")
    after = page.client.post(HERE, {"choice": "continue"}, follow=True)
    assert (after.step, after.signed_in) == ("enter-username", False)
    assert rows_of(app, ApprovalRequest)[-1].claimed_at is None


def test_a_claim_is_made_once(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    window = window_of(page.client)
    fields = page.form_values() | {"choice": "continue"}
    assert page.press().signed_in
    window.post(HERE, fields, follow=True)
    assert len(rows_of(app, Proof, method="number", purpose="sign-in")) == 1
    assert len(rows_of(app, AuditEvent, kind="signed-in")) == 2  # the first connection, and this one


def test_a_new_number_needs_a_press(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    clock.advance(minutes=5)
    shown = page.client.get(HERE)
    assert not shown.has("[data-number]")
    assert len(rows_of(app, ApprovalRequest, purpose="sign-in")) == 1
    fresh = shown.press("again")
    someone.phone.say(number_on(fresh))
    assert fresh.press().signed_in


def test_after_a_wrong_number_a_new_one_can_be_asked_for(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(another(number_on(page)))
    page = page.press()
    assert page.refused == "number-differs"
    page = ask_again(page)
    someone.phone.say(number_on(page))
    assert page.press().signed_in


def test_two_computers_the_newest_wins_and_the_older_is_told(app: Flask) -> None:
    someone = linked(app)
    first, second = asking(app, someone), asking(app, someone)
    assert first.client.get(WAIT).json == {"state": "ended"}
    assert not first.client.get(HERE).has("[data-number]")
    assert first.press().refused == "replaced"
    assert len(someone.phone.get("/phone").soup.select("a[data-request]")) == 1
    someone.phone.say(number_on(second))
    assert second.press().signed_in


def test_the_phone_that_signs_in_itself_has_a_button_of_its_own(app: Flask) -> None:
    phone = PasskeyPhone(app)
    someone = linked(app, phone=phone)
    page = asking(app, someone, phone)
    assert not page.has("[data-number]")
    assert not page.has(".second-qr")
    asked = phone.asked()
    assert page.link("Confirm on this phone") == asked.path
    assert "Ask for a new number" not in page.text
    assert not asked.has("[name=number]")
    number = json.loads(attribute(asked.form(), "data-phone-answer"))["number"]
    done = asked.press("yes", **phone.proof(asked, number))
    assert done.press().signed_in


def test_somebody_elses_screen_is_never_read_out_on_the_phone(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    asked = someone.phone.asked()
    assert asked.has("[name=number]")
    assert '"number": null' in asked.html.replace("&#34;", '"')


def test_the_poll_says_waiting_answered_and_ended(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    someone = linked(app)
    page = asking(app, someone)
    assert page.client.get(WAIT).status == 204
    someone.phone.say(number_on(page))
    answer = page.client.get(WAIT)
    assert (answer.status, answer.json) == (200, {"state": "answered"})
    assert number_on(page) not in answer.body.decode()
    page.press()
    assert page.client.get(WAIT).json == {"state": "ended"}
    sign_out(page.client)
    assert page.client.get(WAIT).status == 401


def test_a_refusal_ends_the_waiting(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.refuse()
    answer = page.client.get(WAIT)
    assert (answer.status, answer.json) == (401, {"state": "ended"})
    assert row_of(app, Session, revoked_reason="not-me").account_id == someone.person.account_id


def test_a_number_for_signing_in_enrols_nothing_and_makes_no_codes(app: Flask) -> None:
    someone = linked(app, keeps=False)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    browser = page.press().client
    clock_of(app).advance(seconds=1)
    for place in ("/account/ways/add", "/account/recovery-codes"):
        asked = browser.get(place, follow=True)
        assert (asked.journey, asked.step) == ("sign-in", "match-number")
    assert len(rows_of(app, Authenticator)) == 1
    assert browser.get("/replace-phone/choose-authenticator", follow=True).step != "choose-authenticator"


def test_a_phone_of_another_kind_of_person_has_no_such_page(app: Flask) -> None:
    assert PageClient(app).get(HERE).location == "/sign-in/enter-username"
    assert Phone(app).get(WAIT).status == 401


def test_the_first_number_binds_the_phone_and_tells_the_person(app: Flask, mailbox: Mailbox) -> None:
    phone, browser, person = Phone(app), PageClient(app), invite(app)
    page = place_with_phone(browser, phone, "first-connection", "match-number", person)
    assert "confirm your sign-ins from now on" in phone.asked().text
    assert mailbox.count("phone_linked") == 0
    phone.say(number_on(page))
    assert row_of(app, Authenticator).proven_at is None
    assert page.press().step == "change-password"
    bound = row_of(app, Authenticator)
    assert bound.proven_at is not None
    assert row_of(app, Account).factor_since == bound.proven_at
    assert mailbox.newest("phone_linked").to == person.email
    assert row_of(app, Proof, method="number").purpose == "first-connection"
    assert browser.get("/account").location == "/first-connection"
