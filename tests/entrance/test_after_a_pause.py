"""Somebody stops, and comes back after the session has run out: nothing is asked twice, and the page says what counts no more."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.entrance.test_without_phone import all_codes_but_one_are_used, last_code, left, unused
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, completed, place_at, reset
from tests.support.phones import Linked, Phone, PhoneWalk, asking, linked, number_on
from tests.support.rows import beside, rows_of
from wizard.models import Authenticator

SET = "Your new password is set. Sign in with it to go on."
STOP = "You can stop here and go on later: sign in with the new password."
NOT_KEPT = "A new password that you typed was not kept."
SPENT = "The recovery code that you used no longer counts."
LAST = "This is your last code."
MADE_UP = pytest.mark.settings(placeholder_domains=("people.example",))
CLOSE = "You can close this page and go on when you have your phone"


def almost_done(app: Flask, someone: Linked) -> Page:
    """The end of the new password, with codes left and a phone that is to be replaced."""
    return left(app, someone).press(reason="new").press(code=someone.codes[0]).press(new_password=NEW_PASSWORD)


@pytest.mark.parametrize("pressed", [True, False], ids=["pressed", "loaded again"])
def test_a_password_that_is_set_is_not_asked_for_anew(
    app: Flask, clock: MovableClock, mailbox: Mailbox, pressed: bool
) -> None:
    someone = linked(app)
    page = almost_done(app, someone)
    assert STOP in page.text
    mails = mailbox.count("mailed_code")
    clock.advance(minutes=40)
    back = page.press("portal") if pressed else page.client.get(page.path, follow=True)
    assert (back.journey, back.step) == ("sign-in", "enter-password")
    assert SET in back.said("main .notice")
    assert mailbox.count("mailed_code") == mails
    page = back.press(password=NEW_PASSWORD)
    assert (page.journey, page.step) == ("sign-in", "use-recovery-code")
    page = page.press(code=someone.codes[1])
    assert (page.journey, page.step) == ("replace-phone", "choose-authenticator")


def test_after_the_last_code_the_new_password_leads_to_the_new_phone(app: Flask, clock: MovableClock) -> None:
    someone, new = linked(app), Phone(app)
    page = unused(app, someone, last_code(app, someone, "forgotten-password", "new")).press(new_password=NEW_PASSWORD)
    assert STOP in page.text
    assert "The old one confirms nothing any more." in page.text
    clock.advance(minutes=40)
    page = page.press("portal")
    assert (page.journey, page.step, SET in page.text) == ("sign-in", "enter-password", True)
    page = page.press(password=NEW_PASSWORD)
    assert (page.journey, page.step) == ("replace-phone", "verify-email")
    done = PhoneWalk(page.client, new, someone.person).until(page, "finish")
    assert done.press("portal").page == "account"


def test_a_new_phone_that_works_is_not_replaced_once_more(app: Flask, clock: MovableClock) -> None:
    person = completed(app)
    reset(app, person, "enter-code")
    client = PageClient(app)
    page = place_at(client, "replace-phone", "finish", person)
    clock.advance(minutes=40)
    page = page.press("portal")
    assert (page.journey, page.step, SET in page.text) == ("sign-in", "enter-password", False)


def test_who_has_forgotten_it_once_more_gets_a_new_email(app: Flask, clock: MovableClock) -> None:
    page = almost_done(app, linked(app))
    clock.advance(minutes=40)
    again = page.client.get("/forgotten-password", follow=True)
    assert (again.journey, again.step, NOT_KEPT in again.text) == ("forgotten-password", "verify-email", False)


def test_the_line_is_for_the_name_whose_password_it_is_and_for_a_day_of_work(app: Flask, clock: MovableClock) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    page = almost_done(app, someone)
    clock.advance(minutes=40)
    page = page.press("portal")
    assert SET in page.text
    page.client.post("/sign-in/enter-username", {"username": other.person.username})
    assert SET not in page.client.get(page.path).text
    page.client.post("/sign-in/enter-username", {"username": someone.person.username})
    assert SET in page.client.get(page.path).text
    clock.advance(hours=24)
    assert SET not in page.client.get(page.path).text


@pytest.mark.parametrize("by_code", [True, False], ids=["by a code", "by the phone"])
def test_a_pause_at_the_new_password_says_what_was_not_kept(app: Flask, clock: MovableClock, by_code: bool) -> None:
    someone = linked(app)
    page = left(app, someone)
    if by_code:
        page = page.press(reason="new").press(code=someone.codes[0])
    else:
        page = page.client.get("/forgotten-password", follow=True)
        someone.phone.say(number_on(page))
        page = page.press()
    assert page.step == "change-password"
    clock.advance(minutes=40)
    back = page.press(new_password=NEW_PASSWORD)
    assert (back.journey, back.step) == ("forgotten-password", "verify-email")
    assert NOT_KEPT in back.said("main .notice")
    assert (SPENT in back.text) == by_code


def test_the_empty_mark_is_for_what_comes_and_the_rest_waits_for_the_end(app: Flask) -> None:
    someone = linked(app)
    page = almost_done(app, someone)
    assert "Next:" not in page.said(".rules > .done")
    assert "Next:" in page.said(".rules > li:not(.done)")
    assert not page.has(".ticks")
    assert "Print the guide" not in page.text
    assert "Keep the sign-in page among your favourites" not in page.text
    done = PhoneWalk(page.client, Phone(app), someone.person).until(page.press("portal"), "finish")
    assert done.has(".ticks")
    assert "Print the guide" in done.text
    assert STOP not in done.text


@MADE_UP
def test_where_a_pause_closes_the_way_no_page_says_that_one_may_stop(app: Flask) -> None:
    someone = linked(app)
    page = unused(app, someone, last_code(app, someone, "sign-in", "new"))
    assert (page.step, CLOSE in page.text) == ("choose-authenticator", False)
    assert "If you have no such device, call" in page.text


@MADE_UP
def test_where_a_pause_closes_the_way_the_new_password_is_not_said_to_be_enough(app: Flask) -> None:
    someone = linked(app)
    page = unused(app, someone, last_code(app, someone, "forgotten-password", "new")).press(new_password=NEW_PASSWORD)
    assert (page.step, STOP in page.text) == ("finish", False)


def test_where_the_email_opens_the_way_again_one_may_stop(app: Flask) -> None:
    someone = linked(app)
    assert CLOSE in unused(app, someone, last_code(app, someone, "sign-in", "new")).text


def test_with_codes_left_stopping_would_take_another_one(app: Flask) -> None:
    someone = linked(app)
    page = left(app, someone, "sign-in").press(reason="new").press(code=someone.codes[0])
    assert (page.step, CLOSE in page.text) == ("choose-authenticator", False)


def test_the_last_code_ends_nothing_where_nothing_is_bound(app: Flask) -> None:
    someone = linked(app)
    reset(app, someone.person, "choose-authenticator")
    beside(app, all_codes_but_one_are_used)
    page = place_at(PageClient(app), "replace-phone", "use-recovery-code", someone.person)
    assert (page.step, LAST in page.text) == ("use-recovery-code", False)


def test_the_last_code_ends_two_phones(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    add_phone(app, someone, clock)
    page = last_code(app, someone, "sign-in", "new")
    assert "It ends your old phones and code apps at once." in page.text
    unused(app, someone, page)
    assert not rows_of(app, Authenticator, ended_at=None)


def add_phone(app: Flask, someone: Linked, clock: MovableClock) -> None:
    """Another phone beside the first one."""
    clock.advance(minutes=20)
    page = someone.computer.get("/account/ways/add", follow=True)
    someone.phone.say(number_on(page))
    PhoneWalk(someone.computer, Phone(app), someone.person).until(page.press(), "finish")


@pytest.mark.parametrize("reason", ["new", "lost"])
def test_the_mail_says_that_the_new_phone_is_still_to_come(app: Flask, mailbox: Mailbox, reason: str) -> None:
    someone = linked(app)
    unused(app, someone, last_code(app, someone, "sign-in", reason))
    mail = mailbox.newest("phone_removed")
    assert "If it was you, set up a new phone or code app: open localhost and sign in." in mail.plain
    assert "there is nothing to do" not in mail.plain + mail.html


def test_with_the_new_phone_at_work_the_mail_asks_for_nothing(app: Flask, mailbox: Mailbox) -> None:
    someone = linked(app)
    page = left(app, someone, "sign-in").press(reason="new").press(code=someone.codes[0])
    PhoneWalk(page.client, Phone(app), someone.person).until(page, "finish")
    assert "If it was you, there is nothing to do." in mailbox.newest("phone_removed").plain
    assert mailbox.newest("phone_removed").to == someone.person.email


def test_after_the_right_password_the_page_says_why_an_email_comes(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = unused(app, someone, last_code(app, someone, "sign-in", "new"))
    clock.advance(minutes=40)
    page = place_at(page.client, "sign-in", "enter-password", someone.person).press(password=someone.person.password)
    assert (page.journey, page.step) == ("replace-phone", "verify-email")
    assert "Your old phone or code app confirms nothing any more. First comes a code by email" in page.text
    assert "If we know this user name" not in page.text


def test_nothing_is_told_of_an_account_before_its_password(app: Flask, client: PageClient) -> None:
    page = place_at(client, "forgotten-password", "verify-email", completed(app))
    assert "If we know this user name" in page.text
    assert "confirms nothing any more" not in page.text


def test_who_was_thrown_out_by_a_phone_is_told_so(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.refuse()
    back = page.client.get("/account", follow=True)
    assert (back.journey, back.step) == ("sign-in", "enter-password")
    assert "On the phone it was answered that it is not you." in back.said("main .notice")
    stranger = place_at(PageClient(app), "sign-in", "enter-password", someone.person)
    assert "it was answered" not in stranger.text
