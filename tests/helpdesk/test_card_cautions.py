"""Cautions on the card: what a takeover looks like is among them, and what was taken back is not."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act, open_act
from tests.helpdesk.test_acts_approvals import NEW, approve, by_time
from tests.helpdesk.test_acts_undo import take_back
from tests.helpdesk.test_caller import ask
from tests.helpdesk.test_card import events
from tests.helpdesk.test_card_mails import filled
from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.people import completed, reset, sign_in
from tests.support.phones import linked
from tests.support.rows import beside
from wizard.models import write
from wizard.services import audit

QUIET = "there was no reset, no refused request and no alarm"


@pytest.fixture
def second(new_agent: MakeAgent) -> Desk:
    """Another agent with the right to approve."""
    return new_agent("moussa.diop", role="approve", given_name="Moussa", family_name="Diop")


def cautions(card: Page) -> list[str]:
    """The kinds of the cautions in the list, the newest first."""
    return [str(item["data-caution"]) for item in card.soup.select(".cautions [data-caution]")]


def everywhere(card: Page) -> list[str]:
    """The same of all cautions that the card tells, those before the acts too."""
    return [str(item["data-caution"]) for item in card.soup.select("[data-caution]")]


def test_reported_abuse_is_a_caution(app: Flask, agent: Desk) -> None:
    person = completed(app)
    assert QUIET in agent.card(person).text
    do_act(agent, person, "report-abuse")
    card = agent.card(person)
    assert everywhere(card) == ["abuse"]
    told = card.said("[data-urgent] [data-caution='abuse']")
    assert "Abuse was reported on Friday 20 November, 9:0" in told
    assert told.endswith("by Ines Kouma.")
    assert QUIET not in card.text
    assert (filled(card), "First I check that it is you." in card.said(".say")) == ([], True)
    assert told == open_act(agent, person, "end-sessions").said("[data-caution='abuse']")


def test_of_two_reports_the_newest_stands_before_the_acts(
    app: Flask, agent: Desk, second: Desk, clock: MovableClock
) -> None:
    person = completed(app)
    do_act(agent, person, "report-abuse")
    clock.advance(minutes=1)
    do_act(second, person, "report-abuse")
    card = agent.card(person)
    assert everywhere(card) == ["abuse", "abuse"]
    assert card.said("[data-urgent] [data-caution='abuse']").endswith("by Moussa Diop.")
    assert card.said(".cautions [data-caution='abuse']").endswith("by Ines Kouma.")


def test_after_a_day_the_flag_of_a_call_is_a_caution_among_the_others(
    app: Flask, agent: Desk, clock: MovableClock
) -> None:
    """It stands before the acts as long as they need a second agent for it."""
    someone = linked(app)
    ask(agent, someone)
    page = someone.phone.asked()
    page.press("called-me", **someone.phone.proof(page, "", "called-me"))
    assert "Change nothing in that call, and end it." in agent.card(someone.person).said(
        "[data-urgent] [data-caution='flagged']"
    )
    assert cautions(agent.card(someone.person)) == []
    clock.advance(hours=25)
    sign_in(agent.browser, agent.person)
    card = agent.card(someone.person)
    assert (cautions(card), everywhere(card)) == (["flagged"], ["flagged"])


def test_a_new_address_is_a_caution_and_one_event_says_who_did_it(
    app: Flask, agent: Desk, second: Desk, clock: MovableClock
) -> None:
    person = completed(app)
    do_act(agent, person, "change-address", address=NEW)
    approve(second, acts_of(app, person)[0])
    assert cautions(agent.card(person)) == []
    clock.advance(hours=25)
    assert by_time(app) == 1
    sign_in(agent.browser, agent.person)
    card = agent.card(person)
    assert "The email address was changed on Saturday 21 November, 10:0" in card.said("[data-caution='address']")
    told = [line for line in events(card) if "address" in line or "Data" in line]
    assert ["the address changed" in line for line in told] == [True, True, True], told
    assert "An agent acted: the address changed." in told[0]
    assert "Moussa Diop" in told[1]
    assert "Ines Kouma" in told[2]


@pytest.mark.settings(second_factor="offered")
def test_a_second_step_that_was_switched_off_is_a_caution_until_it_is_taken_back(
    app: Flask, agent: Desk, second: Desk
) -> None:
    person = completed(app)
    do_act(agent, person, "switch-off-second-step")
    approve(second, acts_of(app, person)[0])
    assert cautions(agent.card(person)) == ["second-step-off"]
    take_back(agent, person)
    assert cautions(agent.card(person)) == []


def test_a_reset_that_was_taken_back_is_no_caution(app: Flask, agent: Desk, clock: MovableClock) -> None:
    person = completed(app)
    clock.advance(minutes=1)
    do_act(agent, person, "reset-step", "change-password", reason="forgotten")
    assert cautions(agent.card(person)) == ["reset"]
    clock.advance(seconds=10)
    take_back(agent, person)
    card = agent.card(person)
    assert cautions(card) == []
    assert QUIET in card.text


def test_of_two_resets_the_one_that_stands_stays_a_caution(app: Flask, agent: Desk, clock: MovableClock) -> None:
    person = completed(app)
    do_act(agent, person, "reset-step", "keep-recovery-codes")
    clock.advance(seconds=10)
    do_act(agent, person, "reset-step", "change-password", reason="forgotten")
    clock.advance(seconds=10)
    take_back(agent, person)
    card = agent.card(person)
    assert "Recovery codes was reset" in card.said("[data-caution='reset']")
    assert cautions(card) == ["reset"]


def test_the_operators_reset_stays_a_caution(app: Flask, agent: Desk) -> None:
    person = completed(app)
    reset(app, person, "change-password")
    assert cautions(agent.card(person)) == ["reset"]


def test_a_new_address_is_a_caution_whoever_gave_it(app: Flask, agent: Desk) -> None:
    person = completed(app)

    def correct() -> None:
        with write():
            audit.record("account-changed", account_id=person.account_id, actor="operator", fields=["email", "name"])

    beside(app, correct)
    card = agent.card(person)
    assert "The email address was changed on" in card.said("[data-caution='address']")
    assert any("among them the email address" in line for line in events(card))
