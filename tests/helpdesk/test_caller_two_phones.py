"""“They called me” on the second phone, after the first has allowed the helpdesk to act: the warning is not lost (SEC-56)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, open_act, press_act
from tests.helpdesk.test_acts_approvals import approval
from tests.helpdesk.test_caller import ask, caller_page
from tests.helpdesk.test_card_mails import filled
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.people import sign_in
from tests.support.phones import Linked, Phone, PhoneWalk, linked, number_on
from tests.support.rows import change, rows_of
from wizard.models import ApprovalRequest, AuditEvent, Authenticator

RESET = ("reset-step", "change-password")


@pytest.fixture
def someone(app: Flask, clock: MovableClock) -> tuple[Linked, Phone]:
    """Somebody with two phones; the second one was linked beside the first."""
    found, second = linked(app), Phone(app)
    clock.advance(seconds=1)
    page = found.computer.get("/account/ways/add", follow=True)
    assert PhoneWalk(found.computer, second, found.person).until(page, "finish").step == "finish"
    return found, second


def allowed(agent: Desk, someone: tuple[Linked, Phone]) -> Page:
    """The first phone has allowed the act; the page that the second one has open."""
    person, second = someone
    number = number_on(ask(agent, person))
    open_on_second = second.asked()
    assert person.phone.say(number).title == "The helpdesk may go on"
    return open_on_second


def warn(phone: Phone, page: Page, word: str) -> Page:
    return page.press(word, **phone.proof(page, "", word))


@pytest.mark.parametrize("word", ["called-me", "not-me"])
def test_a_warning_takes_the_others_yes_back(
    app: Flask, agent: Desk, someone: tuple[Linked, Phone], mailbox: Mailbox, word: str
) -> None:
    person, second = someone
    open_on_second = allowed(agent, someone)
    form = open_act(agent, person.person, *RESET)
    said = warn(second, open_on_second, word)
    assert (said.status, said.title) == (200, "The helpdesk was warned")
    assert "Nothing was changed." in said.text
    assert caller_page(agent, person).main["data-state"] == word
    assert [row.payload["answer"] for row in rows_of(app, AuditEvent, kind="caller-flagged")] == [word]
    assert len(mailbox.all("desk_caller_flagged", to=person.person.email)) == 1
    late = press_act(form, checked_how="phone")
    assert late.refused == "not-checked"
    assert "it was answered meanwhile that the call is not theirs. Nothing was done." in late.said(
        "[data-error-summary]"
    )
    assert "for a day a second agent must approve" in late.said("[data-caution='flagged']")
    assert not acts_of(app, person.person)


def test_who_is_on_the_telephone_with_a_false_caller_is_told_one_thing_only(
    app: Flask, agent: Desk, someone: tuple[Linked, Phone], clock: MovableClock
) -> None:
    """To change nothing and to end the call; what helps a caller on is not said, and no act is suggested, as long as it is fresh."""
    person, second = someone
    assert filled(agent.card(person.person)) == ["send-guide"]
    before = agent.digest(person.person)
    warn(second, allowed(agent, someone), "called-me")

    page = caller_page(agent, person)
    assert "Change nothing, and end the call." in page.said("main .notice")
    assert "will name what you ask" not in page.text
    assert "in another way" not in page.text

    card = agent.card(person.person)
    shown = [tag.has_attr("data-urgent") for tag in card.main.select("[data-urgent], .say")]
    assert shown == [True, False], "The caution stands before what is said."
    assert "I end this call now." in card.said(".say .sentence")
    assert filled(card) == []
    assert len({before, agent.digest(person.person)}) == 2

    digest = agent.digest(person.person)
    clock.advance(minutes=16)
    sign_in(agent.browser, agent.person)
    card = agent.card(person.person)
    assert "First I check that it is you." in card.said(".say .sentence")
    assert filled(card) == []
    assert card.main["data-card-digest"] != digest, "Time alone makes this another card."
    clock.advance(hours=24)
    sign_in(agent.browser, agent.person)
    card = agent.card(person.person)
    assert "Open the sign-in page" in card.said(".say .sentence")
    assert not card.has("[data-urgent]")


def test_of_two_phones_with_one_name_the_card_says_which_is_reset(
    app: Flask, agent: Desk, someone: tuple[Linked, Phone], clock: MovableClock
) -> None:
    person, _second = someone
    older = min(rows_of(app, Authenticator, account_id=person.person.account_id), key=lambda row: row.created_at)
    change(app, Authenticator, older.id, proven_at=clock.now() - timedelta(days=3))
    card = agent.card(person.person)
    resets = [link for link in card.soup.select("a[data-act='reset-step']") if "Phone" in link.text]
    assert len({link.text for link in resets}) == len(resets) == 2
    page = agent.browser.get(attribute(resets[0], "href"))
    assert page.title == resets[0].text
    assert page.title == "Reset “Phone”, set up on Tuesday 17 November, 9:00"


def test_a_warning_after_the_act_is_not_lost_and_says_that_it_was_done(
    app: Flask, agent: Desk, someone: tuple[Linked, Phone]
) -> None:
    person, second = someone
    open_on_second = allowed(agent, someone)
    press_act(open_act(agent, person.person, *RESET))
    said = warn(second, open_on_second, "called-me")
    assert said.title == "The helpdesk was warned"
    assert "the helpdesk took it as your word at 9:00" in said.text
    assert [row.payload["answer"] for row in rows_of(app, AuditEvent, kind="caller-flagged")] == ["called-me"]


@pytest.mark.parametrize("earlier", [0, 1], ids=["at-the-same-time", "a-second-earlier"])
def test_a_warning_that_raced_with_the_act_still_keeps_it_from_being_approved(
    app: Flask, agent: Desk, new_agent: MakeAgent, someone: tuple[Linked, Phone], clock: MovableClock, earlier: int
) -> None:
    """The phone's request began before the agent's, and got the account after it."""
    person, phone = someone
    second = new_agent("moussa.diop", role="approve")
    number = number_on(ask(agent, person, "temporary-pass", ""))
    open_on_second = phone.asked()
    person.phone.say(number)
    clock.advance(seconds=5)
    press_act(open_act(agent, person.person, "temporary-pass", ""))
    (row,) = acts_of(app, person.person)
    assert row.state == "waiting"
    warn(phone, open_on_second, "called-me")
    (warned,) = rows_of(app, ApprovalRequest, answer="called-me")
    change(app, ApprovalRequest, warned.id, answered_at=warned.answered_at - timedelta(seconds=earlier))
    clock.advance(seconds=2)
    assert approval(second, row).choices("main form") == ["no"]


def test_the_second_phone_reads_that_the_other_has_allowed_it(agent: Desk, someone: tuple[Linked, Phone]) -> None:
    _person, second = someone
    again = second.get(allowed(agent, someone).path)
    assert (again.status, again.choices(), again.has("[name=number]")) == (200, ["called-me", "not-me"], False)
    assert "Another of your phones said “yes” at 9:00." in again.text


def test_the_end_of_the_agents_session_does_not_silence_it(
    app: Flask, agent: Desk, someone: tuple[Linked, Phone]
) -> None:
    _person, second = someone
    open_on_second = allowed(agent, someone)
    agent.browser.get("/account").press(in_form="form[action='/sign-out']")
    assert warn(second, open_on_second, "called-me").title == "The helpdesk was warned"
    assert len(rows_of(app, AuditEvent, kind="caller-flagged")) == 1


def test_who_is_told_a_second_time_reads_that_the_helpdesk_was_warned(
    agent: Desk, someone: tuple[Linked, Phone]
) -> None:
    _person, second = someone
    open_on_second = allowed(agent, someone)
    warn(second, open_on_second, "called-me")
    said = warn(second, open_on_second, "not-me")
    assert (said.status, said.problem) == (410, "request-answered")
    assert "The helpdesk was warned." in said.text
