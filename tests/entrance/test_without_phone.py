""" "I cannot use my phone": what happened decides the way on, and the journey that was left for it is kept."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, completed, invite, place_at
from tests.support.phones import Linked, Phone, PhoneWalk, asking, codes_on, linked, number_on, place_with_phone
from tests.support.rows import beside, change, row_of, rows_of
from wizard.extensions import tools
from wizard.models import Account, Authenticator, RecoveryCode, Throttle, db, write

REASONS = ["not-here", "new", "broken", "lost"]


def left(app: Flask, someone: Linked, journey: str = "forgotten-password") -> Page:
    """The page behind "I cannot use my phone", opened where the number is shown."""
    page = place_with_phone(PageClient(app), someone.phone, journey, "match-number", someone.person)
    return page.open("I cannot use my phone")


@pytest.mark.parametrize("journey", ["sign-in", "forgotten-password"])
def test_back_leads_to_where_one_was(app: Flask, journey: str) -> None:
    page = left(app, linked(app), journey)
    assert page.page == "without-phone"
    back = page.open("Back")
    assert (back.journey, back.step) == (journey, "match-number")


def test_who_came_from_nowhere_goes_back_to_the_front_page(client: PageClient) -> None:
    assert client.get("/without-phone").open("Back").page == "front"


@pytest.mark.parametrize("reason", REASONS)
def test_a_forgotten_password_is_still_chosen(app: Flask, reason: str) -> None:
    someone = linked(app)
    page = left(app, someone).press(reason=reason)
    assert (page.journey, page.step) == ("forgotten-password", "use-recovery-code")
    page = page.press(code=someone.codes[0])
    assert page.step == "change-password"
    assert page.press(new_password=NEW_PASSWORD).step == "finish"


@pytest.mark.parametrize("reason", ["new", "broken", "lost"])
def test_after_the_password_the_phone_is_replaced(app: Flask, reason: str) -> None:
    someone, new = linked(app), Phone(app)
    page = left(app, someone).press(reason=reason).press(code=someone.codes[0]).press(new_password=NEW_PASSWORD)
    page = page.press("portal")
    assert (page.journey, page.step) == ("replace-phone", "choose-authenticator")
    done = PhoneWalk(page.client, new, someone.person).until(page, "finish")
    assert done.press("portal").page == "account"
    old, bound = rows_of(app, Authenticator)
    assert (old.ended_at is not None, bound.ended_at) == (True, None)


def test_a_phone_that_is_only_not_here_is_still_linked_after_the_new_password(app: Flask) -> None:
    someone = linked(app)
    page = left(app, someone).press(reason="not-here").press(code=someone.codes[0])
    done = page.press(new_password=NEW_PASSWORD)
    assert done.step == "finish"
    assert row_of(app, Authenticator).ended_at is None


@pytest.mark.parametrize("reason", REASONS)
def test_without_codes_only_the_helpdesk_helps_with_the_forgotten_password(app: Flask, reason: str) -> None:
    page = left(app, linked(app, keeps=False)).press(reason=reason)
    assert (page.status, page.problem) == (403, "no-way-on")
    assert row_of(app, Authenticator).ended_at is None


def test_a_phone_that_is_not_here_and_no_code_leads_to_the_helpdesk_too(app: Flask) -> None:
    page = left(app, linked(app, keeps=False), "sign-in").press(reason="not-here")
    assert (page.status, page.problem) == (403, "no-way-on")


@pytest.mark.parametrize("came_from", ["first-connection", "/evil", "//evil.example", "account"])
def test_it_leads_back_to_journeys_that_ask_for_a_phone_only(app: Flask, client: PageClient, came_from: str) -> None:
    asking(app, linked(app))
    assert client.get(f"/without-phone?from={came_from}").status == 400
    client.get("/without-phone")
    assert client.post("/without-phone", {"reason": "not-here", "from": came_from}).status == 400


def test_a_lost_phone_ends_with_the_code_also_where_the_password_was_forgotten(app: Flask, mailbox: Mailbox) -> None:
    someone = linked(app)
    page = left(app, someone).press(reason="lost").press(code=someone.codes[0])
    assert row_of(app, Authenticator).ended_reason == "lost"
    assert mailbox.newest("phone_removed").to == someone.person.email
    page = page.press(new_password=NEW_PASSWORD)
    assert "a number on the phone" not in page.text
    page = place_at(PageClient(app), "sign-in", "enter-password", someone.person).press(password=NEW_PASSWORD)
    assert page.journey == "replace-phone"


def test_who_says_after_all_that_it_is_only_not_here_keeps_the_phone(app: Flask) -> None:
    someone = linked(app)
    lost = left(app, someone).press(reason="lost")
    page = lost.client.get("/without-phone?from=forgotten-password").press(reason="not-here")
    assert page.press(code=someone.codes[0]).step == "change-password"
    assert row_of(app, Authenticator).ended_at is None


def test_what_was_said_of_a_lost_phone_is_for_the_one_who_said_it(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    page = PageClient(app).get("/without-phone").press(reason="lost").press(username=someone.person.username)
    page = page.client.get("/replace-phone/enter-username").press(username=other.person.username)
    page = page.press(password=other.person.password).press(code=other.codes[0])
    assert page.step == "choose-authenticator"
    assert {row.ended_at for row in rows_of(app, Authenticator)} == {None}


def test_who_has_just_proven_it_needs_no_code_to_say_that_the_phone_is_lost(
    app: Flask, clock: MovableClock, mailbox: Mailbox
) -> None:
    someone = linked(app)
    clock.advance(minutes=1)
    someone.computer.get("/without-phone").press(reason="lost")
    assert row_of(app, Authenticator).ended_reason == "lost"
    assert mailbox.count("phone_removed") == 1


def test_who_is_signed_in_by_an_older_proof_does(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    clock.advance(minutes=20)
    someone.computer.get("/without-phone").press(reason="lost")
    assert row_of(app, Authenticator).ended_at is None


@pytest.mark.parametrize("journey", ["sign-in", "forgotten-password"])
@pytest.mark.parametrize(("reason", "words"), [("lost", "still confirms"), ("broken", "no other way open")])
def test_the_code_app_of_a_forgotten_password_is_asked_about_too(
    app: Flask, client: PageClient, journey: str, reason: str, words: str
) -> None:
    page = place_at(client, journey, "enter-code", completed(app)).open("I cannot use my code app")
    assert page.page == "without-phone"
    assert "code app" in page.title
    assert "You have no recovery codes" in page.text
    page = page.press(reason=reason)
    assert (page.status, page.problem) == (403, "no-way-on")
    assert words in page.text
    assert "Write to us: we answer" in page.text


def test_a_lost_code_app_and_a_forgotten_password_are_no_circle(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_at(PageClient(app), "first-connection", "keep-recovery-codes", person)
    codes = codes_on(page)
    page.press("continue")
    page = place_at(client, "forgotten-password", "enter-code", person).open("I cannot use my code app")
    page = page.press(reason="lost").press(code=codes[0])
    assert row_of(app, Authenticator).ended_reason == "lost"
    page = page.press(new_password=NEW_PASSWORD).press("portal")
    assert (page.journey, page.step) == ("replace-phone", "choose-authenticator")
    done = PhoneWalk(client, Phone(app), person).until(page, "finish")
    assert done.press("portal").page == "account"


def test_a_phone_that_is_not_here_is_waited_for(app: Flask) -> None:
    page = left(app, linked(app, keeps=False), "sign-in")
    assert "You wait until it is here again" in page.text
    page = page.press(reason="not-here")
    assert "Go on when you have your phone" in page.title
    page = page.open("Back")
    assert (page.journey, page.step) == ("sign-in", "match-number")


def test_nothing_is_said_of_codes_that_somebody_has_or_to_who_has_proven_nothing(
    app: Flask, client: PageClient
) -> None:
    assert "You have no recovery codes" not in left(app, linked(app)).text
    assert "You have no recovery codes" not in client.get("/without-phone?from=sign-in").text


def test_a_pause_names_another_way_only_where_there_is_one(app: Flask) -> None:
    for someone, words in ((linked(app), "Use another way."), (linked(app, "lea.morel", keeps=False), "Wait until")):
        for _ in range(3):
            asking(app, someone)
        page = place_at(PageClient(app), "sign-in", "match-number", someone.person)
        assert words in page.text


def all_codes_but_one_are_used() -> None:
    with write():
        for row in db.session.scalars(select(RecoveryCode)).all()[1:]:
            row.used_at = tools().clock.now()


@pytest.mark.settings(session_idle=20 * 60)
def test_before_the_last_code_is_used_up_it_is_said_for_how_long_it_counts(app: Flask) -> None:
    someone = linked(app)
    page = left(app, someone).press(reason="new")
    assert "This is your last code" not in page.text
    assert page.has("details")
    beside(app, all_codes_but_one_are_used)
    said = page.client.get(page.path).text
    assert "Choose your new password right after it: after a pause of 20 minutes the code no longer counts." in said
    assert "call the number below and say the code that stands beside it." in said


def last_code(app: Flask, someone: Linked, journey: str, reason: str) -> Page:
    """The page that asks for the last code that is left."""
    beside(app, all_codes_but_one_are_used)
    page = left(app, someone, journey).press(reason=reason)
    assert page.step == "use-recovery-code"
    return page


def unused(app: Flask, someone: Linked, page: Page) -> Page:
    """Enter the one code that is left, whichever it is."""
    for code in someone.codes:
        answer = page.press(code=code)
        if answer.step != "use-recovery-code":
            return answer
        beside(app, no_pause)
    raise AssertionError("None of the codes was taken.")


def no_pause() -> None:
    with write():
        for row in db.session.scalars(select(Throttle)).all():
            row.count, row.paused_until = 0, None


@pytest.mark.parametrize("reason", ["new", "broken", "lost"])
def test_a_long_pause_after_the_last_code_is_no_dead_end(
    app: Flask, clock: MovableClock, mailbox: Mailbox, reason: str
) -> None:
    someone, new = linked(app), Phone(app)
    page = last_code(app, someone, "sign-in", reason)
    assert "It ends your old phone or code app at once." in page.text
    page = unused(app, someone, page)
    assert (page.step, "You can change this later." in page.text) == ("choose-authenticator", True)
    assert row_of(app, Authenticator).ended_reason == ("lost" if reason == "lost" else "replaced")
    assert mailbox.count("phone_removed") == 1
    clock.advance(hours=1)
    page = place_at(page.client, "sign-in", "enter-password", someone.person).press(password=someone.person.password)
    assert (page.journey, page.step) == ("replace-phone", "verify-email")
    done = PhoneWalk(page.client, new, someone.person).until(page, "finish")
    assert done.press("portal").page == "account"
    assert mailbox.count("phone_removed") == 1


def test_with_codes_left_the_old_phone_ends_only_when_the_new_one_works(app: Flask) -> None:
    someone = linked(app)
    page = left(app, someone, "sign-in").press(reason="new").press(code=someone.codes[0])
    assert page.step == "choose-authenticator"
    assert row_of(app, Authenticator).ended_at is None


@pytest.mark.parametrize("reason", ["new", "broken"])
def test_a_long_pause_after_the_new_password_is_no_dead_end_either(
    app: Flask, clock: MovableClock, reason: str
) -> None:
    someone, new = linked(app), Phone(app)
    page = unused(app, someone, last_code(app, someone, "forgotten-password", reason))
    assert row_of(app, Authenticator).ended_at is None
    assert page.press(new_password=NEW_PASSWORD).step == "finish"
    clock.advance(hours=1)
    page = place_at(page.client, "sign-in", "enter-password", someone.person).press(password=NEW_PASSWORD)
    assert (page.journey, page.step) == ("replace-phone", "verify-email")
    done = PhoneWalk(page.client, new, someone.person).until(page, "finish")
    assert "a number on the phone." in done.text
    assert done.press("portal").page == "account"


def test_the_last_code_leads_from_the_new_password_to_the_new_phone_and_no_further(app: Flask) -> None:
    someone, new = linked(app), Phone(app)
    page = unused(app, someone, last_code(app, someone, "forgotten-password", "new")).press(new_password=NEW_PASSWORD)
    assert "Next: a new way to confirm that it is you." in page.text
    page = page.press("portal")
    assert (page.journey, page.step) == ("replace-phone", "choose-authenticator")
    done = PhoneWalk(page.client, new, someone.person).until(page, "finish")
    assert "a number on the phone." in done.text
    assert done.press("portal").page == "account"


def test_where_no_mail_can_arrive_the_old_phone_stays_and_the_helpdesk_is_named(
    app: Flask, clock: MovableClock
) -> None:
    someone = linked(app)
    change(app, Account, someone.person.account_id, email="nobody@people.invalid", email_key="nobody@people.invalid")
    page = last_code(app, someone, "sign-in", "new")
    assert "after a pause of 30 minutes the code no longer counts." in page.text
    assert "call the number below and say the code that stands beside it." in page.text
    assert unused(app, someone, page).step == "choose-authenticator"
    assert row_of(app, Authenticator).ended_at is None


def test_who_confirms_with_the_phone_after_all_keeps_it(app: Flask) -> None:
    someone = linked(app)
    beside(app, all_codes_but_one_are_used)
    page = left(app, someone).press(reason="new")
    page = page.press(in_form="form.way:has([value='match-number'])")
    someone.phone.say(number_on(page))
    done = page.press().press(new_password=NEW_PASSWORD)
    assert done.step == "finish"
    assert row_of(app, Authenticator).ended_at is None


def test_who_says_after_all_that_it_is_only_not_here_is_not_sent_to_replace_it(app: Flask) -> None:
    someone = linked(app)
    new = left(app, someone).press(reason="new")
    page = new.client.get("/without-phone?from=forgotten-password").press(reason="not-here")
    page = page.press(code=someone.codes[0]).press(new_password=NEW_PASSWORD)
    assert "a number on the phone" in page.text
    assert page.press("portal").page == "account"
