"""`/account/recovery-codes`: a new set by a fresh proof of the phone for this purpose; the older one ends when it is kept (SEC-17)."""

from __future__ import annotations

from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import place_at
from tests.support.phones import Linked, asking, codes_on, linked, number_on, sign_in_by_phone
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Account, RecoveryCode, RecoveryCodeSet

HERE = "/account/recovery-codes"
IN_PLACE = "form.way:has([value='use-recovery-code'])"


def making(app: Flask, someone: Linked, clock: MovableClock) -> Page:
    """The page with a new set: signed in an hour after the first connection, and proven for this purpose."""
    clock.advance(hours=1)
    browser = sign_in_by_phone(app, someone)
    page = browser.get(HERE, follow=True)
    while page.step == "enter-password":
        page = page.press(password=someone.person.password)
    assert (page.journey, page.step) == ("sign-in", "match-number")
    assert "recovery codes" in someone.phone.asked().text
    someone.phone.say(number_on(page))
    page = page.press()
    assert (page.page, page.path) == ("account", HERE)
    return page


def opens(app: Flask, someone: Linked, code: str, address: str = "127.0.0.1") -> bool:
    page = place_at(PageClient(app, address=address), "sign-in", "match-number", someone.person)
    return page.press(in_form=IN_PLACE).press(code=code).signed_in


def test_a_new_set_is_shown_the_same_on_every_look(app: Flask, clock: MovableClock) -> None:
    page = making(app, linked(app), clock)
    codes = codes_on(page)
    assert len(set(codes)) == 10
    before = tables(app)
    assert codes_on(page.client.get(HERE)) == codes
    assert tables(app) == before
    lines = page.client.get(HERE + "/codes.txt").body.decode().split("\r\n")
    assert tuple(lines[3:-1]) == codes


def test_the_older_codes_work_until_the_new_ones_are_kept_and_then_no_more(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = making(app, someone, clock)
    new = codes_on(page)
    clock.advance(minutes=1)
    assert opens(app, someone, someone.codes[0], "203.0.113.1")
    assert not opens(app, someone, new[0], "203.0.113.2")
    assert page.press().page == "account"
    assert [row.ended_reason for row in rows_of(app, RecoveryCodeSet)] == ["replaced", None]
    assert not opens(app, someone, someone.codes[1], "203.0.113.3")
    assert opens(app, someone, new[0], "203.0.113.4")


def test_left_for_later_the_older_codes_stay(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = making(app, someone, clock)
    new = codes_on(page)
    assert page.press("skip").page == "account"
    assert [row.ended_reason for row in rows_of(app, RecoveryCodeSet)] == [None, "skipped"]
    assert not opens(app, someone, new[0])
    assert opens(app, someone, someone.codes[0])


def test_a_sign_in_by_a_number_makes_none(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    clock.advance(hours=1)
    browser = sign_in_by_phone(app, someone)
    assert browser.get(HERE).location == "/sign-in"
    assert browser.post(HERE, {"choice": "continue"}, csrf=False).status == 403
    browser.get("/account")
    assert browser.post(HERE, {"choice": "continue"}).location == "/sign-in"
    assert len(rows_of(app, RecoveryCodeSet)) == 1


def test_an_old_password_is_asked_again(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    browser = sign_in_by_phone(app, someone)
    clock.advance(minutes=16)
    page = browser.get(HERE, follow=True)
    assert (page.journey, page.step) == ("sign-in", "enter-password")
    page = page.press(password=someone.person.password)
    assert page.step == "match-number"
    someone.phone.say(number_on(page))
    assert page.press().path == HERE


def test_only_who_is_signed_in_gets_here(app: Flask) -> None:
    someone = linked(app)
    stranger = asking(app, someone).client
    for address in (HERE, HERE + "/codes.txt"):
        assert stranger.get(address).location == "/sign-in"
    assert stranger.post(HERE, {"choice": "continue"}).location == "/sign-in"
    assert len(rows_of(app, RecoveryCodeSet)) == 1


def test_the_file_is_there_only_while_codes_are_shown(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    assert someone.computer.get(HERE + "/codes.txt").status == 404
    page = making(app, someone, clock)
    codes_on(page)
    page.press()
    assert page.client.get(HERE + "/codes.txt").status == 404


def test_a_choice_that_is_not_offered_keeps_nothing(app: Flask, clock: MovableClock) -> None:
    page = making(app, linked(app), clock)
    codes_on(page)
    assert page.client.post(HERE, {"choice": "yes"}).status == 400
    assert rows_of(app, RecoveryCodeSet)[-1].kept_at is None


def test_the_home_says_how_many_are_left(app: Flask) -> None:
    someone = linked(app)
    assert "10 codes are left" in someone.computer.get("/account").text
    assert opens(app, someone, someone.codes[0])
    assert "9 codes are left" in someone.computer.get("/account").text
    assert [row.used_at is None for row in rows_of(app, RecoveryCode)].count(True) == 9


def test_keeping_takes_back_that_they_were_put_off(app: Flask, clock: MovableClock) -> None:
    someone = linked(app, keeps=False)
    assert row_of(app, Account).codes_skipped_at is not None
    page = making(app, someone, clock)
    codes_on(page)
    page.press()
    assert row_of(app, Account).codes_skipped_at is None
