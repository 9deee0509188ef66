"""The QR for the phone's camera: one link shown, the same on every reload, until a phone has claimed it (S-62)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.phones import Phone, link_on, linked, number_on, place_with_phone
from tests.support.rows import row_of, rows_of, tables
from tests.support.windows import window_of
from wizard.models import Authenticator, PhoneLink
from wizard.services import waiting

HERE = "/first-connection/scan-qr"
WAIT = HERE + "/wait"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
COMPUTER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
FOLDED = "form details:not([open])"


def scanning(app: Flask, client: PageClient) -> Page:
    return place_with_phone(client, Phone(app), "first-connection", "scan-qr", invite(app))


def test_the_page_shows_picture_address_and_end(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    assert link_on(page).startswith("/phone/link/")
    assert attribute(page.find("[data-qr-link]"), "href").startswith(client.home)
    assert attribute(page.find("figure time[data-ends], .figure time[data-ends]"), "datetime").startswith(
        "2026-11-20T09:10"
    )
    assert page.choices()[0] == "continue"
    assert {"phone", "code-app"} <= set(page.choices())


def test_reloading_shows_the_same_code_and_writes_nothing(app: Flask, client: PageClient) -> None:
    address = link_on(scanning(app, client))
    before = tables(app)
    assert link_on(client.get(HERE)) == address
    assert link_on(window_of(client).get(HERE)) == address
    assert tables(app) == before


def test_pressing_before_a_phone_has_come_goes_nowhere(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    answer = page.press()
    assert (answer.status, answer.refused, answer.step) == (422, "not-yet", "scan-qr")
    assert link_on(answer) == link_on(page)


def test_a_code_that_has_run_out_is_replaced_on_the_next_look(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    older = link_on(scanning(app, client))
    clock.advance(minutes=10)
    assert client.get(WAIT).json == {"state": "ended"}
    assert link_on(client.get(HERE)) != older
    assert [row.ended_reason for row in rows_of(app, PhoneLink)] == ["replaced", None]


def test_a_claimed_code_is_shown_no_more_and_the_next_page_shows_a_number(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    Phone(app).link(link_on(page))
    shown = client.get(HERE)
    assert not shown.has("[data-qr-link]")
    assert not shown.has("svg.qr, .plate svg")
    assert number_on(shown.press())


def test_who_goes_back_sees_that_a_phone_has_come_and_may_take_another(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    first, second = Phone(app), Phone(app)
    first.link(link_on(page))
    number_on(page.press())
    page = client.get(HERE).press("again")
    assert page.step == "scan-qr"
    assert not first.get("/phone").has("a[data-request]")
    second.link(link_on(page))
    page = page.press()
    if not page.has("[data-number]"):
        page = page.press("again")
    assert second.say(number_on(page)).status == 200
    assert page.press().step == "change-password"
    assert "amina" not in first.get("/phone").html


def test_a_code_app_may_be_taken_in_its_place(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    address = link_on(page)
    page = page.press("code-app")
    assert page.step == "enter-code"
    assert [(row.kind, row.ended_reason) for row in rows_of(app, Authenticator)] == [
        ("phone", "dropped"),
        ("code-app", None),
    ]
    late = Phone(app).link(address)
    assert (late.status, late.problem) == (410, "link-used")
    assert rows_of(app, Authenticator, kind="phone")[0].device_id is None


def test_the_phone_that_is_the_only_device_opens_the_address_itself(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    address = link_on(page)
    answer = page.press("phone", follow=False)
    assert (answer.status, str(answer.location).split("?")[0]) == (303, address)
    assert answer.follow().page == "phone-link"


@pytest.mark.parametrize("browser", [IPHONE, ANDROID])
def test_a_phone_is_offered_itself_first(app: Flask, client: PageClient, browser: str) -> None:
    """Its camera cannot point at its own screen: the QR code is folded away, for another phone."""
    scanning(app, client)
    page = client.get(HERE, headers={"User-Agent": browser})
    assert page.find("h1").get_text() == "Use this phone"
    assert page.choices()[0] == "phone"
    assert page.has(f"{FOLDED} [data-qr-link]")
    assert page.has(f"{FOLDED} .actions")
    assert page.has(f"{FOLDED} button[value=continue]")
    answer = client.post(HERE, {"choice": "continue"}, headers={"User-Agent": browser})
    assert answer.refused == "not-yet"
    assert answer.has("form details[open] [data-qr-link]")


def test_a_phone_that_another_one_has_answered_goes_on_as_a_computer_does(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    Phone(app).link(link_on(page))
    page = client.get(HERE, headers={"User-Agent": ANDROID})
    assert page.choices()[0] == "continue"
    assert not page.has("main details")


def test_a_computer_is_shown_the_code_at_once(app: Flask, client: PageClient) -> None:
    scanning(app, client)
    page = client.get(HERE, headers={"User-Agent": COMPUTER})
    assert page.title.startswith("Scan the QR code with your phone")
    assert page.choices()[0] == "continue"
    assert page.has("aside.figure [data-qr-link]")
    assert not page.has("main details")


def test_choosing_the_second_step_again_drops_the_phone(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    phone = Phone(app)
    phone.link(link_on(page))
    page = client.get("/first-connection/choose-authenticator").press("phone")
    assert page.step == "scan-qr"
    assert [row.ended_reason for row in rows_of(app, Authenticator)] == ["dropped", None]
    assert not page.press().signed_in


@pytest.mark.parametrize("choice", ["yes", "skip", "another-way"])
def test_a_choice_that_is_not_offered_is_malformed(app: Flask, client: PageClient, choice: str) -> None:
    scanning(app, client)
    assert client.post(HERE, {"choice": choice}).status == 400


def test_nobody_gets_here_out_of_turn(app: Flask, client: PageClient) -> None:
    before = tables(app)
    for answer in (client.get(HERE), client.post(HERE, {"choice": "continue"}, csrf=False)):
        assert answer.location == "/first-connection/prepare"
    assert tables(app) == before


def test_the_window_for_a_second_person_is_offered_in_the_demonstration_only(app: Flask, client: PageClient) -> None:
    assert not scanning(app, client).has("a[target=_blank]")


def test_the_poll_waits_then_says_nothing_new(app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    page = scanning(app, client)
    assert (client.get(WAIT).status, client.get(WAIT).body) == (204, b"")
    Phone(app).link(link_on(page))
    assert client.get(WAIT).json == {"state": "answered"}


def test_the_poll_is_over_without_a_session(app: Flask, client: PageClient) -> None:
    scanning(app, client)
    client.post("/sign-out")
    answer = client.get(WAIT)
    assert (answer.status, answer.json) == (401, {"state": "ended"})
    assert PageClient(app).get(WAIT).status == 401


def test_the_poll_is_over_when_the_phone_was_bound(app: Flask) -> None:
    someone = linked(app)
    assert someone.computer.get(WAIT).json == {"state": "ended"}


def test_a_poll_changes_nothing(app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    scanning(app, client)
    before = tables(app)
    client.get(WAIT)
    assert tables(app) == before


def test_the_only_row_is_this_sessions(app: Flask, client: PageClient) -> None:
    scanning(app, client)
    link, pending = row_of(app, PhoneLink), row_of(app, Authenticator)
    assert link.session_id == pending.session_id
    assert link.account_id == pending.account_id
