"""A request on the phone: who asks, from where, when; one try; the number is on the computer only (SEC-13 … SEC-15)."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import disable
from tests.support.phones import (
    Phone,
    another,
    asking,
    linked,
    number_on,
    path_of,
    scan_address_on,
)
from tests.support.rows import change, row_of, rows_of, tables
from wizard.models import Account, ApprovalRequest, AuditEvent, Authenticator
from wizard.services.devices import PHONE

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


def test_the_phone_says_who_asks_from_where_and_when(app: Flask) -> None:
    someone = linked(app)
    someone_asks = PageClient(app)
    someone_asks.raw.environ_base["HTTP_USER_AGENT"] = CHROME
    asking(app, someone, someone_asks)
    page = someone.phone.asked()
    assert page.page == "phone-request"
    for said in ("amina.keita", "Chrome", "another network", "Tamaris Relief", "9:00"):
        assert said in page.text
    assert page.choices() == ["yes", "not-me"]


def test_the_same_network_is_said(app: Flask) -> None:
    someone = linked(app, phone=Phone(app, address="127.0.0.1"))
    asking(app, someone)
    assert "the same network" in someone.phone.asked().text


@pytest.mark.settings(number_digits=6)
def test_the_number_is_on_the_computer_only(
    app: Flask, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    someone = linked(app)
    number = number_on(page := asking(app, someone))
    token = scan_address_on(page).split("?t=")[1]
    seen = [someone.phone.get("/phone"), someone.phone.get("/phone/wait"), someone.phone.asked()]
    wrong = someone.phone.asked().press("yes", number=another(number))
    seen += [wrong, someone.phone.get("/phone")]
    said = "".join(str(page.headers) + page.body.decode() for page in seen) + caplog.text + "".join(capfd.readouterr())
    assert number not in said
    assert token not in said
    stored = repr(tables(app))
    assert number not in stored
    assert token not in stored


@pytest.mark.parametrize(
    "written",
    [lambda n: f" {n[0]} {n[1]} ", lambda n: n.translate(ARABIC), lambda n: "\u200f" + n, lambda n: f"{n[0]}-{n[1]}"],
    ids=["blanks", "arabic digits", "bidi mark", "dash"],
)
def test_a_number_is_taken_however_it_is_typed(app: Flask, written: object) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    assert callable(written)
    said = asked.press("yes", number=written(number), signature=someone.phone.sign(asked, number))
    assert (said.status, said.page) == (200, "phone-request")
    assert page.press().signed_in


@pytest.mark.parametrize("typed", ["", "   ", "\u200f", "4" * 65, "4" * 30_000])
def test_what_is_no_number_at_all_is_asked_again_and_is_no_try(app: Flask, typed: str) -> None:
    someone = linked(app)
    page = asking(app, someone)
    said = someone.phone.asked().press("yes", number=typed, signature="x")
    assert (said.status, said.refused, list(said.errors)) == (422, "missing", ["number"])
    someone.phone.say(number_on(page))
    assert page.press().signed_in


def test_ten_megabytes_are_too_much(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    assert someone.phone.asked().press("yes", number="4" * 10_000_000).status == 413
    someone.phone.say(number_on(page))
    assert page.press().signed_in


@pytest.mark.parametrize(
    "wrong", [another, lambda n: n + "0", lambda n: n[:1], lambda n: "x" + n[1:], lambda n: n[::-1] + "1"]
)
def test_one_wrong_number_ends_the_request(app: Flask, wrong: object) -> None:
    someone = linked(app)
    page = asking(app, someone)
    assert callable(wrong)
    said = someone.phone.say(wrong(number_on(page)))
    assert (said.status, said.problem) == (422, "number-differs")
    request = row_of(app, ApprovalRequest, answer="wrong")
    assert request.ended_at is not None
    right = someone.phone.get(f"/phone/requests/{request.id}")
    assert (right.status, right.problem) == (410, "number-differs")
    assert page.press().refused == "number-differs"
    assert not page.client.get("/sign-in/match-number").has("[data-number]")


def test_an_answer_is_taken_once(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    fields = asked.form_values() | someone.phone.proof(asked, number) | {"choice": "yes", "number": number}
    assert someone.phone.post(asked.path, fields).status == 200
    again = someone.phone.post(asked.path, fields)
    assert (again.status, again.problem) == (410, "request-answered")
    assert len(rows_of(app, AuditEvent, kind="approval-answered")) == 2  # the first connection, and this one
    assert page.press().signed_in


def test_an_answer_after_five_minutes_is_too_late(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked = someone.phone.asked()
    clock.advance(minutes=5)
    said = someone.phone.say(number_on(page), asked)
    assert (said.status, said.problem) == (410, "request-expired")
    assert not someone.phone.get("/phone").has("a[data-request]")
    assert page.press().refused == "expired"


def test_a_newer_request_ends_the_older_one(app: Flask) -> None:
    someone = linked(app)
    older = asking(app, someone)
    asked = someone.phone.asked()
    newer = asking(app, someone)
    said = someone.phone.say(number_on(older), asked)
    assert (said.status, said.problem) == (410, "request-replaced")
    assert older.press().refused == "replaced"
    someone.phone.say(number_on(newer))
    assert newer.press().signed_in


def test_another_account_neither_sees_nor_answers_it(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    page = asking(app, someone)
    path, foreign = someone.phone.asked().path, other.phone
    assert not foreign.get("/phone").has("a[data-request]")
    assert foreign.get(path).status == 404
    assert foreign.get(path_of(scan_address_on(page))).status == 404
    foreign.get("/sign-in", follow=True)
    assert foreign.post(path, {"choice": "yes", "number": number_on(page)}).status == 404
    assert foreign.post(path, {"choice": "not-me"}).status == 404
    assert row_of(app, ApprovalRequest, claimed_at=None).answer is None


def test_a_browser_that_is_no_phone_is_told_so(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    stranger = PageClient(app)
    page = stranger.get(someone.phone.asked().path)
    assert (page.page, page.has("a[href='/phone']")) == ("phone-home", True)
    assert "amina" not in page.html
    assert stranger.get("/phone/requests/nothing").status == 404


def test_a_phone_that_was_taken_away_answers_nothing(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked = someone.phone.asked()
    change(app, Authenticator, row_of(app, Authenticator, kind=PHONE).id, ended_at=clock.now(), ended_reason="lost")
    assert someone.phone.say(number_on(page), asked).status == 404
    assert row_of(app, ApprovalRequest, claimed_at=None).answer is None


def test_a_disabled_account_gets_no_answer(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked = someone.phone.asked()
    disable(app, someone.person)
    assert someone.phone.say(number_on(page), asked).status == 410
    assert page.press().step == "enter-password"


@pytest.mark.parametrize("sent", [{"choice": ["yes", "not-me"]}, {"choice": "again"}, {"number": ["47", "48"]}])
def test_an_answer_that_the_page_does_not_offer_is_malformed(app: Flask, sent: dict[str, object]) -> None:
    someone = linked(app)
    asking(app, someone)
    asked = someone.phone.asked()
    assert someone.phone.post(asked.path, asked.form_values() | {"choice": "yes", "number": "47"} | sent).status == 400
    assert row_of(app, ApprovalRequest, claimed_at=None).answer is None


def test_an_answer_sent_from_elsewhere_is_refused(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    fields = someone.phone.proof(asked, number) | {"choice": "yes", "number": number}
    assert someone.phone.post(asked.path, fields, csrf=False).status == 403
    assert someone.phone.post(asked.path, fields, headers={"Origin": "https://evil.example"}).status == 403
    assert row_of(app, ApprovalRequest, claimed_at=None).answer is None


def test_the_second_qr_stands_for_the_number_and_asks_about_the_screen(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    scanned = someone.phone.get(path_of(scan_address_on(page)))
    assert not scanned.has("[name=number]")
    assert "screen in front of you" in scanned.text
    assert someone.phone.say_scanned(scan_address_on(page)).status == 200
    assert page.press().signed_in


def test_a_scan_token_of_another_request_is_a_wrong_number(app: Flask) -> None:
    someone = linked(app)
    first = scan_address_on(asking(app, someone)).split("?t=")[1]
    page = asking(app, someone)
    mixed = scan_address_on(page).split("?t=")[0] + "?t=" + first
    assert someone.phone.say_scanned(mixed).problem == "number-differs"
    assert page.press().refused == "number-differs"


@pytest.mark.settings(number_match="typed")
def test_where_the_number_is_to_be_typed_nothing_can_be_scanned(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    assert not page.has(".second-qr")
    request = row_of(app, ApprovalRequest, claimed_at=None)
    asked = someone.phone.get(f"/phone/requests/{request.id}?t=whatever")
    assert asked.has("[name=number]")
    assert json.loads(attribute(asked.form(), "data-phone-answer"))["number"] is None
    someone.phone.say(number_on(page), asked)
    assert page.press().signed_in


@pytest.mark.parametrize("digits", [pytest.param(n, marks=pytest.mark.settings(number_digits=n)) for n in (2, 3, 6)])
def test_the_number_has_as_many_digits_as_the_setting_says(app: Flask, digits: int) -> None:
    someone = linked(app)
    page = asking(app, someone)
    assert len(number_on(page)) == digits
    someone.phone.say(number_on(page))
    assert page.press().signed_in


def test_who_has_no_user_name_is_told_of_the_address(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    assert "Somebody is signing in with your user name." in someone.phone.asked().text
    change(app, Account, someone.person.account_id, username=None, username_key=None)
    assert "Somebody is signing in with your email address." in someone.phone.asked().text
