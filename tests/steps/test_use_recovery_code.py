"""A recovery code in place of the phone: once, of this account only, counted like any code, told by mail (SEC-17)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import place_at
from tests.support.phones import Linked, Phone, PhoneWalk, asking, linked, number_on, place_with_phone
from tests.support.rows import row_of, rows_of
from wizard.models import ApprovalRequest, AuditEvent, Authenticator, OutboxMail, Proof, RecoveryCode, RecoveryCodeSet

WRONG = "aaaa-bbbb-cccc-dddd"
IN_PLACE = "form.way:has([value='use-recovery-code'])"


def using(app: Flask, someone: Linked, client: PageClient | None = None) -> Page:
    """The sign-in page that asks for a recovery code."""
    page = asking(app, someone, client).press(in_form=IN_PLACE)
    assert page.step == "use-recovery-code"
    return page


def test_a_code_signs_in_and_the_mail_says_how_many_are_left(app: Flask, mailbox: Mailbox) -> None:
    someone = linked(app)
    page = using(app, someone).press(code=someone.codes[3])
    assert page.signed_in
    proof = row_of(app, Proof, method="recovery-code")
    assert (proof.kind, proof.authenticator_id) == ("factor", None)
    mail = mailbox.newest("recovery_code_used")
    assert mail.to == someone.person.email
    assert "9" in mail.plain
    assert row_of(app, AuditEvent, kind="recovery-code-used").payload == {"left": 9, "journey": "sign-in"}


def test_each_code_works_once_in_whichever_browser(app: Flask) -> None:
    someone = linked(app)
    assert using(app, someone).press(code=someone.codes[0]).signed_in
    page = using(app, someone).press(code=someone.codes[0])
    assert (page.status, page.refused, list(page.errors)) == (422, "wrong-code", ["code"])
    assert page.press(code=someone.codes[1]).signed_in


def test_ten_codes_open_ten_times_and_then_the_way_is_closed(app: Flask, mailbox: Mailbox) -> None:
    someone = linked(app)
    for number, code in enumerate(someone.codes):
        page = place_at(PageClient(app, address=f"203.0.113.{number}"), "sign-in", "match-number", someone.person)
        assert page.press(in_form=IN_PLACE).press(code=code).signed_in
    last = place_at(PageClient(app, address="203.0.113.99"), "sign-in", "match-number", someone.person)
    assert not last.has(IN_PLACE)
    lefts = [row.payload["left"] for row in rows_of(app, AuditEvent, kind="recovery-code-used") if row.payload]
    assert lefts == list(range(9, -1, -1))
    assert mailbox.count("recovery_code_used") == 10


@pytest.mark.parametrize(
    "written",
    [str.upper, lambda c: c.replace("-", ""), lambda c: f"  {c.replace('-', ' ')} ", lambda c: c.replace("o", "0")],
    ids=["capitals", "no dashes", "blanks", "0 for o"],
)
def test_a_code_is_taken_however_it_is_written(app: Flask, written: object) -> None:
    someone = linked(app)
    assert callable(written)
    code = next((c for c in someone.codes if "o" in c), someone.codes[0])
    assert using(app, someone).press(code=written(code)).signed_in


def test_somebody_elses_code_opens_nothing_and_stays_good(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    page = using(app, someone).press(code=other.codes[0])
    assert (page.refused, page.signed_in) == ("wrong-code", False)
    assert using(app, other).press(code=other.codes[0]).signed_in


@pytest.mark.parametrize("typed", ["", "  ", "47", WRONG[:-1], WRONG + "a", "é" * 16, "a" * 30_000])
def test_what_is_no_whole_code_is_said_and_not_counted(app: Flask, typed: str) -> None:
    someone = linked(app)
    page = using(app, someone)
    for _ in range(6):
        page = page.press(code=typed)
        assert (page.status, list(page.errors)) == (422, ["code"])
        assert page.refused in {"wrong-code", "missing", "not-understood"}
    assert page.press(code=someone.codes[0]).signed_in


def test_five_wrong_codes_pause_and_the_phone_goes_on(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = using(app, someone)
    for _ in range(5):
        page = page.press(code=WRONG)
        assert page.refused == "wrong-code"
    page = page.press(code=someone.codes[0])
    assert (page.refused, page.signed_in) == ("paused", False)
    assert page.has("time[data-ends]") or ":" in page.errors["code"]
    phone = asking(app, someone)
    someone.phone.say(number_on(phone))
    assert phone.press().signed_in
    clock.advance(minutes=5)
    assert page.press(code=someone.codes[0]).signed_in


def test_a_refused_code_is_not_shown_again(app: Flask) -> None:
    page = using(app, linked(app)).press(code=WRONG)
    assert not page.find("[name=code]").get("value")


def test_a_code_without_the_password_is_worth_nothing(app: Flask) -> None:
    someone = linked(app)
    page = place_at(PageClient(app), "sign-in", "enter-password", someone.person)
    answer = page.client.post("/sign-in/use-recovery-code", {"code": someone.codes[0]})
    assert answer.location == "/sign-in/enter-password"
    assert {row.used_at for row in rows_of(app, RecoveryCode)} == {None}


def test_in_forgotten_password_it_stands_for_the_phone(app: Flask) -> None:
    someone = linked(app)
    client = PageClient(app)
    page = place_with_phone(client, someone.phone, "forgotten-password", "match-number", someone.person)
    page = page.press(in_form=IN_PLACE).press(code=someone.codes[0])
    assert page.step == "change-password"
    assert page.press(new_password="Quatre 4 bateaux bleus").step == "finish"


def test_a_code_makes_no_codes(app: Flask) -> None:
    someone = linked(app)
    client = using(app, someone).press(code=someone.codes[0]).client
    page = client.get("/account/recovery-codes", follow=True)
    assert (page.journey, page.step) == ("sign-in", "match-number")
    assert len(rows_of(app, RecoveryCodeSet)) == 1


def lost(app: Flask, someone: Linked, reason: str) -> Page:
    """Somebody says at the entrance what has happened to the phone, and comes to the page for a code."""
    client = PageClient(app)
    page = client.get("/without-phone").press(reason=reason)
    while page.step in {"enter-username", "enter-password"}:
        typed = {
            "enter-username": {"username": someone.person.username},
            "enter-password": {"password": someone.person.password},
        }
        page = page.press(**typed[str(page.step)])
    return page


def test_a_lost_phone_confirms_nothing_from_the_moment_of_the_code(app: Flask, mailbox: Mailbox) -> None:
    someone = linked(app)
    waiting = asking(app, someone)
    asked = someone.phone.asked()
    page = lost(app, someone, "lost")
    assert page.step == "use-recovery-code"
    assert row_of(app, Authenticator).ended_at is None
    page = page.press(code=someone.codes[0])
    assert page.step == "choose-authenticator"
    assert row_of(app, Authenticator).ended_reason == "lost"
    assert mailbox.newest("phone_removed").to == someone.person.email
    assert someone.phone.say(number_on(waiting), asked).status == 404
    assert "amina" not in someone.phone.get("/phone").html
    assert len(rows_of(app, ApprovalRequest, answer=None)) >= 1


@pytest.mark.parametrize("reason", ["new", "broken"])
def test_any_other_phone_ends_when_the_new_one_is_bound(app: Flask, mailbox: Mailbox, reason: str) -> None:
    someone = linked(app)
    new = Phone(app)
    page = lost(app, someone, reason).press(code=someone.codes[0])
    assert "your old one and your recovery codes end." in page.text
    assert (
        "The codes that are left end when the new phone or code app works."
        in mailbox.newest("recovery_code_used").plain
    )
    old = row_of(app, Authenticator)
    assert old.ended_at is None
    done = PhoneWalk(page.client, new, someone.person).until(page, "finish")
    assert done.step == "finish"
    assert [row.ended_reason for row in rows_of(app, Authenticator)] == ["replaced", None]
    assert row_of(app, RecoveryCodeSet).ended_reason == "authenticator-bound"
    assert mailbox.count("phone_linked") == 2
    assert mailbox.count("phone_removed") == 1
    assert someone.computer.get("/account").location == "/sign-in"
    assert rows_of(app, OutboxMail, kind="recovery_code_used")


def test_a_phone_that_is_only_not_here_stays(app: Flask) -> None:
    someone = linked(app)
    page = lost(app, someone, "not-here")
    assert (page.journey, page.step) == ("sign-in", "use-recovery-code")
    assert page.press(code=someone.codes[0]).signed_in
    assert row_of(app, Authenticator).ended_at is None


def test_saying_lost_without_a_code_ends_nothing(app: Flask) -> None:
    someone = linked(app, keeps=False)
    page = lost(app, someone, "lost")
    assert page.problem == "no-way-on"
    assert page.status == 403
    assert row_of(app, Authenticator).ended_at is None


@pytest.mark.parametrize("sent", [{}, {"reason": "stolen"}, {"reason": ["lost", "new"]}])
def test_a_reason_that_is_not_offered_is_malformed(app: Flask, client: PageClient, sent: dict[str, object]) -> None:
    client.get("/without-phone")
    assert client.post("/without-phone", sent).status == 400


def test_what_a_page_asked_for_is_forgotten_when_the_session_has_run_out(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    browser = someone.computer
    clock.advance(minutes=16)
    assert browser.get("/account/recovery-codes", follow=True).journey == "sign-in"
    clock.advance(minutes=31)
    page = using(app, someone, browser)
    assert rows_of(app, ApprovalRequest)[-1].purpose == "sign-in"
    assert page.press(code=someone.codes[0]).status in {200, 303}
    assert browser.get("/account").signed_in
