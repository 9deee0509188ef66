"""Two phones of one account are asked at once: the first answer counts, and “It is not me” on the other one still does (SEC-15)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, place_at, sign_out
from tests.support.phones import (
    Linked,
    Phone,
    PhoneWalk,
    another,
    ask_again,
    asking,
    linked,
    number_on,
    place_with_phone,
    sign_in_by_phone,
)
from tests.support.rows import change, row_of, rows_of
from wizard.models import Account, ApprovalRequest, AuditEvent, Authenticator, Session


@dataclass
class Both:
    """Somebody with two phones, an hour after the second one was linked."""

    someone: Linked
    second: Phone

    @property
    def first(self) -> Phone:
        return self.someone.phone


@pytest.fixture
def both(app: Flask, clock: MovableClock) -> Both:
    """Somebody who has linked a second phone beside the first."""
    someone, second = linked(app), Phone(app)
    clock.advance(minutes=20)
    browser = someone.computer
    page = browser.get("/account/ways/add", follow=True)
    someone.phone.say(number_on(page))
    done = PhoneWalk(browser, second, someone.person).until(page.press(), "finish")
    assert done.step == "finish"
    assert {row.ended_at for row in rows_of(app, Authenticator)} == {None}
    clock.advance(hours=1)
    return Both(someone, second)


def confirmed(app: Flask, both: Both) -> tuple[Page, Page]:
    """The first phone has said yes; the computer's page, not pressed yet, and the page that the second phone has open."""
    page = asking(app, both.someone)
    open_on_second = both.second.asked()
    assert both.first.say(number_on(page)).status == 200
    return page, open_on_second


def test_a_no_of_the_second_phone_comes_before_the_computer_has_gone_on(
    app: Flask, both: Both, mailbox: Mailbox
) -> None:
    page, open_on_second = confirmed(app, both)
    said = both.second.refuse(open_on_second)
    assert (said.status, said.title.partition(" – ")[0]) == (200, "The sign-in was ended")
    assert "Nobody got in." in said.text
    told = page.press()
    assert (told.status, told.problem) == (403, "not-me")
    assert row_of(app, Account).password_hash is None
    assert mailbox.newest("said_not_me").to == mailbox.newest("password_ended").to == both.someone.person.email
    assert row_of(app, ApprovalRequest, answer="not-me").claimed_at is None


def test_a_no_of_the_second_phone_ends_a_session_that_is_in_already(
    app: Flask, both: Both, mailbox: Mailbox, clock: MovableClock, each_database: str
) -> None:
    page, open_on_second = confirmed(app, both)
    inside = page.press()
    assert inside.signed_in
    clock.advance(minutes=20)
    said = both.second.refuse(open_on_second)
    assert said.status == 200
    assert said.title.startswith("The session was ended")
    assert "Somebody was in from 10:20 on." in said.text
    assert said.open("Choose a new password").step == "enter-username"
    assert not inside.client.get("/account", follow=True).signed_in
    request = row_of(app, ApprovalRequest, answer="not-me")
    assert row_of(app, Session, id=request.session_id).revoked_reason == "not-me"
    assert row_of(app, Account).password_hash is None
    assert mailbox.count("said_not_me") == mailbox.count("password_ended") == 1
    assert "from 10:20 on" in mailbox.newest("said_not_me").plain
    page = place_at(PageClient(app), "sign-in", "enter-password", both.someone.person)
    assert page.press(password=both.someone.person.password).refused == "wrong-password"


def test_the_second_phone_reads_that_the_other_has_said_yes_and_may_still_say_no(app: Flask, both: Both) -> None:
    page, open_on_second = confirmed(app, both)
    again = both.second.get(open_on_second.path)
    assert (again.status, again.choices(), again.has("[name=number]")) == (200, ["not-me"], False)
    assert "Another of your phones said “yes” at 10:20." in again.text
    assert both.second.refuse(again).status == 200
    assert page.press().problem == "not-me"


def test_a_yes_of_the_second_phone_comes_too_late_and_changes_nothing(app: Flask, both: Both) -> None:
    page, open_on_second = confirmed(app, both)
    said = both.second.say(number_on(page), open_on_second)
    assert (said.status, said.problem) == (410, "request-answered")
    assert "The answer was “yes”." in said.text
    assert page.press().signed_in


def test_the_phone_that_has_said_yes_cannot_take_it_back(app: Flask, both: Both) -> None:
    page = asking(app, both.someone)
    asked = both.first.asked()
    both.first.say(number_on(page), asked)
    said = both.first.refuse(asked)
    assert (said.status, said.problem) == (410, "request-answered")
    assert "Call the number below." in said.text
    assert page.press().signed_in


def test_the_no_counts_once(app: Flask, both: Both, mailbox: Mailbox) -> None:
    page, open_on_second = confirmed(app, both)
    page.press()
    both.second.refuse(open_on_second)
    said = both.second.refuse(open_on_second)
    assert (said.status, said.problem) == (410, "request-answered")
    assert "The answer was “It is not me”" in said.text
    assert mailbox.count("said_not_me") == 1
    answers = [row.payload["answer"] for row in rows_of(app, AuditEvent, kind="approval-answered") if row.payload]
    assert answers[-2:] == ["yes", "not-me"]


def test_the_no_needs_the_phones_own_key(app: Flask, both: Both) -> None:
    page, open_on_second = confirmed(app, both)
    forged = both.first.sign(open_on_second, "", "not-me")
    said = open_on_second.press("not-me", signature=forged)
    assert (said.status, said.refused) == (422, "key-refused")
    assert page.press().signed_in


def test_the_no_counts_as_long_as_the_session_may_last(app: Flask, both: Both, clock: MovableClock) -> None:
    page, open_on_second = confirmed(app, both)
    page.press()
    clock.advance(hours=11, minutes=59)
    assert both.second.get(open_on_second.path).status == 200
    clock.advance(minutes=1)
    said = both.second.refuse(open_on_second)
    assert (said.status, said.problem) == (410, "request-answered")
    assert row_of(app, Account).password_hash is not None


def test_after_a_wrong_number_on_the_first_phone_the_second_one_still_warns(app: Flask, both: Both) -> None:
    page = asking(app, both.someone)
    open_on_second = both.second.asked()
    assert both.first.say(another(number_on(page))).problem == "number-differs"
    assert "a wrong number was entered at 10:20" in both.second.get(open_on_second.path).text
    said = both.second.refuse(open_on_second)
    assert "Nobody got in." in said.text
    assert row_of(app, Account).password_hash is None
    assert page.press().problem == "not-me"


def test_somebody_who_has_signed_out_again_knows_a_password_that_no_longer_works(app: Flask, both: Both) -> None:
    page, open_on_second = confirmed(app, both)
    sign_out(page.press().client)
    both.second.refuse(open_on_second)
    assert row_of(app, Account).password_hash is None


def test_a_password_that_was_chosen_since_stays(app: Flask, both: Both, clock: MovableClock) -> None:
    page, open_on_second = confirmed(app, both)
    page.press()
    clock.advance(minutes=16)
    own = PageClient(app)
    place_with_phone(own, both.first, "forgotten-password", "finish", both.someone.person, new_password=NEW_PASSWORD)
    both.second.refuse(open_on_second)
    assert row_of(app, Account).password_hash is not None
    assert own.get("/account").signed_in


def test_a_second_phone_that_was_removed_meanwhile_warns_of_nothing(
    app: Flask, both: Both, clock: MovableClock
) -> None:
    page, open_on_second = confirmed(app, both)
    removed = rows_of(app, Authenticator)[-1]
    change(app, Authenticator, removed.id, ended_at=clock.now(), ended_reason="removed")
    assert both.second.refuse(open_on_second).status == 404
    assert page.press().signed_in


def test_a_request_that_a_newer_one_has_replaced_is_not_denied_late(app: Flask, both: Both) -> None:
    page = asking(app, both.someone)
    open_on_second = both.second.asked()
    fresh = ask_again(page)
    assert both.second.refuse(open_on_second).problem == "request-replaced"
    both.first.say(number_on(fresh))
    assert fresh.press().signed_in


def test_who_came_in_by_another_number_was_in(app: Flask, both: Both, mailbox: Mailbox) -> None:
    """The no is said of a request that let nobody in; its session was in all the same."""
    page, open_on_second = confirmed(app, both)
    fresh = ask_again(page)
    both.first.say(number_on(fresh))
    assert fresh.press().signed_in
    said = both.second.refuse(open_on_second)
    assert "Somebody was in from 10:20 on." in said.text
    assert "from 10:20 on" in mailbox.newest("said_not_me").plain
    assert not page.client.get("/account", follow=True).signed_in


def test_who_came_in_by_another_way_after_a_wrong_number_was_in(app: Flask, both: Both) -> None:
    page = asking(app, both.someone)
    open_on_second = both.second.asked()
    both.first.say(another(number_on(page)))
    page = page.client.get("/without-phone?from=sign-in").press(reason="not-here").press(code=both.someone.codes[0])
    assert page.signed_in
    assert "Somebody was in from 10:20 on." in both.second.refuse(open_on_second).text


def test_a_phone_that_was_not_linked_yet_has_no_word_in_it(app: Flask, both: Both, clock: MovableClock) -> None:
    page = asking(app, both.someone)
    asked = both.first.asked()
    both.first.say(number_on(page), asked)
    assert page.press().signed_in
    clock.advance(minutes=1)
    third, browser = Phone(app), page.client
    adds = browser.get("/account/ways/add", follow=True)
    both.first.say(number_on(adds))
    assert PhoneWalk(browser, third, both.someone.person).until(adds.press(), "finish").step == "finish"
    assert third.get(asked.path).status == 410
    assert both.second.get(asked.path).status == 200


def test_a_phone_that_is_linked_once_more_is_no_other_phone(app: Flask, both: Both, clock: MovableClock) -> None:
    page = asking(app, both.someone)
    asked = both.first.asked()
    both.first.say(number_on(page), asked)
    browser = page.press().client
    clock.advance(minutes=1)
    adds = browser.get("/account/ways/add", follow=True)
    both.first.say(number_on(adds))
    assert PhoneWalk(browser, both.first, both.someone.person).until(adds.press(), "finish").step == "finish"
    assert both.first.get(asked.path).status == 410
    clock.advance(minutes=1)
    later = asking(app, both.someone)
    answered = both.first.asked()
    both.first.say(number_on(later), answered)
    assert both.first.get(answered.path).status == 410
    assert not both.first.get("/phone").has("a[href^='/phone/requests/']")
    assert both.second.get("/phone").has(f"a[href='{answered.path}']")


def test_the_second_phones_own_page_leads_to_what_the_other_has_said(app: Flask, both: Both) -> None:
    page, open_on_second = confirmed(app, both)
    assert page.press().signed_in
    assert not both.first.get("/phone").has(f"a[href='{open_on_second.path}']")
    home = both.second.get("/phone")
    assert "Another of your phones said “yes” at 10:20." in home.text
    late = home.open("Was it not you?")
    assert (late.path, late.choices()) == (open_on_second.path, ["not-me"])
    assert "If it was you, there is nothing to do." in late.text
    both.second.refuse(late)
    assert "Was it not you?" not in both.second.get("/phone").text
    assert "Another of your phones answered “It is not me”" in both.first.get(open_on_second.path).text


def test_of_a_closed_account_there_is_nothing_to_warn_of(app: Flask, both: Both, clock: MovableClock) -> None:
    _page, open_on_second = confirmed(app, both)
    change(app, Account, both.someone.person.account_id, disabled_at=clock.now())
    assert both.second.get(open_on_second.path).problem == "request-answered"
    assert "Was it not you?" not in both.second.get("/phone").text


def test_a_no_locks_nobody_out(app: Flask, both: Both, clock: MovableClock) -> None:
    page, open_on_second = confirmed(app, both)
    page.press()
    both.second.refuse(open_on_second)
    clock.advance(minutes=16)
    own = PageClient(app)
    person = both.someone.person
    place_with_phone(own, both.second, "forgotten-password", "finish", person, new_password=NEW_PASSWORD)
    assert own.get("/account").signed_in


def test_one_phone_alone_answers_as_before(app: Flask) -> None:
    someone = linked(app)
    assert sign_in_by_phone(app, someone).get("/account").signed_in
