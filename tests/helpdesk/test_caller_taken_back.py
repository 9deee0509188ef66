"""A caller’s phone that has said yes and then something else: only its newest word counts, for form, act and second agent (SEC-56)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, open_act, press_act
from tests.helpdesk.test_acts_approvals import approval
from tests.helpdesk.test_caller import ASKS, ask, caller_page
from tests.helpdesk.test_card import events
from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.phones import Linked, another, linked, number_on

RESET = ("reset-step", "change-password")
PASS = ("temporary-pass", "")
TYPED = "The caller has typed the number on the linked phone"
NO_LONGER = "Not checked any more: a linked phone has warned since then, or was asked again and has not said yes"
TOLD = "tell the agent who asked to check the caller once more"


@pytest.fixture
def someone(app: Flask) -> Linked:
    """Somebody whose phone is linked."""
    return linked(app)


@pytest.fixture
def second(new_agent: MakeAgent) -> Desk:
    """Another agent with the right to approve."""
    return new_agent("moussa.diop", role="approve")


def say(someone: Linked, asked: Page, word: str) -> None:
    """Answer on the phone: "right", "wrong", "called-me" or "not-me"; "nothing" leaves the question open."""
    number = number_on(asked)
    if word in {"right", "wrong"}:
        someone.phone.say(number if word == "right" else another(number))
    elif word != "nothing":
        page = someone.phone.asked()
        assert page.press(word, **someone.phone.proof(page, "", word)).title == "The helpdesk was warned"


def is_allowed(page: Page) -> bool:
    """Whether the act's page says that the phone has allowed it, and offers that as the check."""
    said, offered = page.has("[data-phone-allowed]"), page.has("[name=checked_how][value=phone]")
    assert said == offered
    return said


@pytest.mark.usefixtures("second")
@pytest.mark.parametrize("other", [RESET, PASS])
@pytest.mark.parametrize("word", ["nothing", "wrong", "called-me", "not-me"])
def test_a_newer_question_or_answer_takes_an_earlier_yes_back(
    app: Flask, agent: Desk, someone: Linked, clock: MovableClock, other: tuple[str, str], word: str
) -> None:
    asking = {act: open_act(agent, someone.person, *act) for act in (RESET, other)}
    say(someone, asking[RESET].press(in_form=ASKS), "right")
    before = open_act(agent, someone.person, *RESET)
    assert is_allowed(before)
    clock.advance(seconds=5)
    say(someone, asking[other].press(in_form=ASKS), word)

    assert not is_allowed(open_act(agent, someone.person, *RESET))
    late = press_act(before, checked_how="phone")
    assert (late.status, late.refused) == (422, "not-checked")
    assert not acts_of(app, someone.person)


def test_another_agents_question_takes_the_yes_back_and_the_number_can_be_asked_anew(
    app: Flask, agent: Desk, second: Desk, someone: Linked, clock: MovableClock
) -> None:
    say(someone, ask(agent, someone, *RESET), "right")
    before = open_act(agent, someone.person, *RESET)
    clock.advance(seconds=5)
    ask(second, someone, *RESET)
    assert press_act(before, checked_how="phone").refused == "not-checked"
    assert caller_page(agent, someone).main["data-state"] == "none"
    clock.advance(seconds=5)
    say(someone, ask(agent, someone, *RESET), "right")
    press_act(open_act(agent, someone.person, *RESET))
    assert acts_of(app, someone.person)[0].checked_how == "phone"


@pytest.mark.parametrize(
    ("other", "word", "reads"),
    [
        (PASS, "nothing", NO_LONGER),
        (PASS, "wrong", NO_LONGER),
        (PASS, "right", TYPED),
        (RESET, "nothing", TYPED),
        (RESET, "right", TYPED),
        (RESET, "wrong", NO_LONGER),
        (RESET, "called-me", NO_LONGER),
        (RESET, "not-me", NO_LONGER),
    ],
)
def test_the_second_agent_reads_the_newest_word_of_the_phone(
    app: Flask,
    agent: Desk,
    second: Desk,
    someone: Linked,
    clock: MovableClock,
    other: tuple[str, str],
    word: str,
    reads: str,
) -> None:
    """A question about another act, while it is open, says nothing about this one."""
    say(someone, ask(agent, someone, *PASS), "right")
    clock.advance(seconds=5)
    press_act(open_act(agent, someone.person, *PASS))
    (row,) = acts_of(app, someone.person)
    assert TYPED in approval(second, row).text
    clock.advance(seconds=5)
    say(someone, ask(agent, someone, *other), word)
    text = approval(second, row).text
    assert [words for words in (TYPED, NO_LONGER) if words in text] == [reads]


@pytest.mark.parametrize(
    ("act", "word"),
    [(("temporary-pass", ""), "wrong"), (("reset-step", "choose-authenticator"), "nothing"), (("change-address", ""), "wrong")],
    ids=["a pass", "the last way to confirm", "another address"],
)  # fmt: skip
def test_what_rests_on_a_yes_that_was_taken_back_is_not_approved(
    app: Flask, agent: Desk, second: Desk, someone: Linked, clock: MovableClock, act: tuple[str, str], word: str
) -> None:
    """Neither by the page as it is now nor by one that was opened before; the act waits for being refused, or asked anew."""
    say(someone, ask(agent, someone, *act), "right")
    clock.advance(seconds=5)
    address = {"address": "amina@new.example"} if act[0] == "change-address" else {}
    press_act(open_act(agent, someone.person, *act), **address)
    (row,) = acts_of(app, someone.person)
    before = approval(second, row)
    assert before.choices("main form") == ["yes", "no"]
    clock.advance(seconds=5)
    say(someone, ask(agent, someone, *act), word)

    card = agent.card(someone.person)
    assert "Withdraw it, and ask anew." in card.said(".recent [data-taken-back]")
    assert "Waits for a second agent" not in card.text
    assert second.browser.get("/helpdesk/approvals").has("[data-taken-back]")
    now = approval(second, row)
    assert now.choices("main form") == ["no"]
    assert "Approve only" not in now.text
    assert TOLD in now.said("[data-not-possible]")
    refused = before.press("yes")
    assert (refused.status, refused.refused) == (422, "not-possible")
    assert TOLD in refused.said("[data-error-summary]")
    assert TOLD not in refused.text, "It is said once."
    (row,) = acts_of(app, someone.person)
    assert (row.state, row.approver_id) == ("waiting", None)
    assert "Refused" in refused.press("no").text


def test_another_way_of_checking_is_not_taken_back_by_the_phone(
    app: Flask, agent: Desk, second: Desk, someone: Linked, clock: MovableClock
) -> None:
    """Who was called back is checked, whatever the phone says to a number; what it flags as abuse stands on the page."""
    press_act(open_act(agent, someone.person, *PASS), checked_how="called-back")
    clock.advance(seconds=5)
    say(someone, ask(agent, someone, *PASS), "wrong")
    assert "Approved" in approval(second, acts_of(app, someone.person)[0]).press("yes").text


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("right", "The phone answered an agent’s question with yes, and with the right number."),
        ("wrong", "The phone answered an agent’s question with another number."),
        ("called-me", "On the phone somebody said that the caller had called them."),
        ("not-me", "On the phone somebody said that they are in no call."),
    ],
)
def test_the_events_name_question_and_answer(agent: Desk, someone: Linked, word: str, told: str) -> None:
    say(someone, ask(agent, someone, *RESET), word)
    lines = [line for line in events(agent.card(someone.person)) if "agent" in line or "On the phone" in line]
    assert [told in lines[0], "for this: “New password” reset." in lines[1]] == [True, True], lines
    assert len(lines) == 2, "A warning is one event."
