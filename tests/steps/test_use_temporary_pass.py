"""A temporary pass, read out by an agent: once, of this account only, for a while, never in place of the password (SEC-56)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, Completed, Walk, completed, mailed_code, place_at, reset, sign_in
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, Authenticator, Proof, TemporaryPass, db, write
from wizard.services import temporary_passes

WRONG = "aaaa-bbbbb-ccccc"
IN_PLACE = "form.way:has([value='use-temporary-pass'])"


def made(app: Flask, person: Completed) -> str:
    """The text of a new pass."""

    def act() -> str:
        with write():
            text = temporary_passes.make(db.session.get_one(Account, person.account_id), by="desk").text
        db.session.remove()
        return text

    return beside(app, act)


def at_pass(app: Flask, person: Completed, journey: str = "replace-phone") -> Page:
    """The page that asks for the pass, for somebody whose code app an agent has ended."""
    return place_at(PageClient(app), journey, "use-temporary-pass", person)


def without_app(app: Flask, username: str = "amina.keita") -> Completed:
    person = completed(app, username)
    reset(app, person, "choose-authenticator")
    return person


def test_a_pass_opens_a_new_second_step(app: Flask, mailbox: Mailbox) -> None:
    person = without_app(app)
    text = made(app, person)
    client = PageClient(app)
    page = place_at(client, "replace-phone", "use-temporary-pass", person).press(**{"pass": text})
    assert page.step == "choose-authenticator"
    walk = Walk(client, person)
    while page.step != "finish":
        page = walk.answer(page)
    assert client.get("/account").signed_in
    assert mailbox.newest("temporary_pass_used").to == person.email
    assert row_of(app, TemporaryPass, account_id=person.account_id).used_at is not None
    assert row_of(app, AuditEvent, kind="temporary-pass-used").payload == {"journey": "replace-phone"}


def test_who_lost_password_and_every_second_step_gets_in_with_the_mailbox_and_a_pass(app: Flask) -> None:
    person = completed(app)
    reset(app, person, "change-password")
    reset(app, person, "choose-authenticator")
    text = made(app, person)
    client = PageClient(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    page = page.press(code=mailed_code(app, person))
    assert page.step == "use-temporary-pass"
    page = page.press(**{"pass": text}).press(new_password=NEW_PASSWORD)
    assert page.step == "finish"
    page = page.press("portal")
    assert page.journey == "replace-phone"
    walk = Walk(client, Completed(person.person, NEW_PASSWORD, None))
    while page.step != "finish":
        page = walk.answer(page)
    assert client.get("/account").signed_in


def test_a_pass_works_once(app: Flask) -> None:
    person = without_app(app)
    text = made(app, person)
    first, second = at_pass(app, person), at_pass(app, person)
    assert first.press(**{"pass": text}).step == "choose-authenticator"
    page = second.press(**{"pass": text})
    assert page.step != "choose-authenticator"
    proofs = rows_of(app, Proof, account_id=person.account_id, method="temporary-pass")
    assert len(proofs) == 1


def test_a_newer_pass_ends_the_older_one(app: Flask) -> None:
    person = without_app(app)
    older, newer = made(app, person), made(app, person)
    page = at_pass(app, person).press(**{"pass": older})
    assert (page.status, page.refused, list(page.errors)) == (422, "wrong-pass", ["pass"])
    assert page.press(**{"pass": newer}).step == "choose-authenticator"


def test_a_pass_runs_out(app: Flask, clock: MovableClock) -> None:
    person = without_app(app)
    text = made(app, person)
    page = at_pass(app, person)
    clock.advance(minutes=20)
    page.client.get("/replace-phone")
    clock.advance(minutes=20)
    page.client.get("/replace-phone")
    clock.advance(minutes=21)
    client = PageClient(app)
    assert place_at(client, "replace-phone", "verify-email", person).step == "verify-email"
    assert client.post("/replace-phone/use-temporary-pass", {"pass": text}).status == 303
    assert row_of(app, TemporaryPass, account_id=person.account_id).used_at is None


@pytest.mark.parametrize(
    "written",
    [str.upper, lambda text: text.replace("-", ""), lambda text: f" {text.replace('-', ' ')} "],
    ids=["capitals", "no dashes", "blanks"],
)
def test_a_pass_is_taken_however_it_is_written(app: Flask, written: object) -> None:
    person = without_app(app)
    assert callable(written)
    text = written(made(app, person))
    assert at_pass(app, person).press(**{"pass": text}).step == "choose-authenticator"


def test_somebody_elses_pass_opens_nothing_and_stays_good(app: Flask) -> None:
    person, other = without_app(app), without_app(app, "lea.morel")
    made(app, person)
    text = made(app, other)
    assert at_pass(app, person).press(**{"pass": text}).refused == "wrong-pass"
    assert at_pass(app, other).press(**{"pass": text}).step == "choose-authenticator"


@pytest.mark.parametrize("typed", ["", "   ", WRONG, "é" * 14, "1" * 30_000, "<b>x</b>"])
def test_what_does_not_fit_is_refused_and_nothing_is_lost(app: Flask, typed: str) -> None:
    person = without_app(app)
    text = made(app, person)
    page = at_pass(app, person).press(**{"pass": typed})
    assert (page.status, list(page.errors)) == (422, ["pass"])
    assert page.press(**{"pass": text}).step == "choose-authenticator"


def test_five_wrong_ones_begin_a_pause_and_the_right_one_waits(app: Flask, clock: MovableClock) -> None:
    person = without_app(app)
    text = made(app, person)
    page = at_pass(app, person)
    for _ in range(5):
        page = page.press(**{"pass": WRONG})
    assert page.press(**{"pass": text}).refused == "paused"
    clock.advance(minutes=6)
    assert page.press(**{"pass": text}).step == "choose-authenticator"


def test_it_does_not_stand_for_the_password_nor_sign_in(app: Flask) -> None:
    person = without_app(app)
    text = made(app, person)
    client = PageClient(app)
    place_at(client, "replace-phone", "enter-password", person)
    assert client.post("/replace-phone/use-temporary-pass", {"pass": text}).status == 303
    assert not rows_of(app, Proof, method="temporary-pass")
    signing = place_at(PageClient(app), "sign-in", "enter-password", person)
    assert signing.press(password=text).refused == "wrong-password"


def test_without_a_pass_nobody_is_asked_for_one(app: Flask) -> None:
    person = without_app(app)
    page = place_at(PageClient(app), "replace-phone", "verify-email", person)
    assert not page.has(IN_PLACE)


def test_signing_in_never_takes_a_pass(app: Flask) -> None:
    person = completed(app)
    made(app, person)
    page = place_at(PageClient(app), "sign-in", "enter-code", person)
    assert not page.has(IN_PLACE)
    assert sign_in(PageClient(app), person).signed_in
    assert rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)
