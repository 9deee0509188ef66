"""The card's last events: an agent's reset is one of them, in words that name step, agent and reason."""

from __future__ import annotations

from flask import Flask

from tests.helpdesk.conftest import Desk
from tests.helpdesk.test_acts import do_act
from tests.helpdesk.test_acts_undo import take_back
from tests.helpdesk.test_card import events
from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import completed, place_at, reset


def resets_in(lines: list[str]) -> list[str]:
    """The lines that speak of a reset, without the clock time in front."""
    return [line.split(" ", 1)[1] for line in lines if "reset" in line.lower()]


def test_a_reset_is_one_event_that_names_step_agent_and_reason(app: Flask, agent: Desk) -> None:
    person = completed(app)
    do_act(agent, person, "reset-step", "change-password", reason="forgotten")
    said = resets_in(events(agent.card(person)))
    assert said == ["“New password” was reset by Ines Kouma: the password is forgotten."]


def test_two_resets_of_different_steps_are_two_events(app: Flask, agent: Desk) -> None:
    person = completed(app)
    do_act(agent, person, "reset-step", "keep-recovery-codes", reason="asked")
    do_act(agent, person, "reset-step", "change-password", reason="forgotten")
    said = resets_in(events(agent.card(person)))
    assert said == [
        "“New password” was reset by Ines Kouma: the password is forgotten.",
        "“Recovery codes” was reset by Ines Kouma: the person asked for it.",
    ]


def test_a_reset_that_is_taken_back_names_the_step_too(app: Flask, agent: Desk, clock: MovableClock) -> None:
    person = completed(app)
    clock.advance(minutes=1)
    do_act(agent, person, "reset-step", "change-password", reason="forgotten")
    newest = resets_in(events(take_back(agent, person)))[0]
    assert newest == "An agent’s act was undone: “New password” reset. Ines Kouma"


def test_the_operators_reset_names_the_step(app: Flask, agent: Desk) -> None:
    person = completed(app)
    reset(app, person, "change-password")
    assert resets_in(events(agent.card(person))) == ["“New password” was reset by desk."]


def test_refusals_on_end_are_one_line(app: Flask, agent: Desk, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    clock.advance(minutes=1)
    page = place_at(client, "sign-in", "enter-password", person)
    for number in range(6):
        clock.advance(minutes=1)
        page = page.press(password=f"guess number {number}")
    told = events(agent.card(person))
    assert told[0] == "9:07 Was refused at “Password”: wrong password. 6 times since 9:02"
    assert told[1] == "9:01 Finished “User name”."
    assert len(told) > 2, "What was before is still there."


def test_what_happens_in_between_parts_the_line(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    clock.advance(minutes=1)
    page = place_at(client, "sign-in", "enter-password", person).press(password="guess number 1")
    clock.advance(minutes=1)
    do_act(agent, person, "send-guide")
    clock.advance(minutes=1)
    page.press(password="guess number 2")
    told = [line.split(" ", 1)[1] for line in events(agent.card(person))[:3]]
    wrong = "Was refused at “Password”: wrong password."
    assert told == [wrong, "An agent acted: the guide sent. Ines Kouma", wrong]
