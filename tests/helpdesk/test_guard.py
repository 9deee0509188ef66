"""Who is let into the console, how long, and whom an agent sees."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.clock import MovableClock
from tests.support.moved import NIGER, SENEGAL, moved
from tests.support.page_client import PageClient
from tests.support.people import completed, place_at, sign_in
from tests.support.rows import beside
from wizard.models import write
from wizard.services import staff

PAGES = ("/helpdesk", "/helpdesk/people", "/helpdesk/queue", "/helpdesk/funnel", "/helpdesk/bulk", "/helpdesk/people/x")


@pytest.mark.parametrize("path", PAGES)
def test_for_people_there_is_no_console(app: Flask, client: PageClient, path: str) -> None:
    sign_in(client, completed(app))
    assert client.get(path).status == 404


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_signs_in_first(client: PageClient, path: str) -> None:
    assert client.get(path).location == "/sign-in"


def test_a_password_alone_is_not_enough(app: Flask, new_agent: MakeAgent) -> None:
    agent = new_agent()
    other = PageClient(app)
    place_at(other, "sign-in", "enter-code", agent.person)
    assert other.get("/helpdesk/people").location == "/sign-in"


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_an_agent_sets_one_up_whatever_the_policy(app: Flask, client: PageClient) -> None:
    person = completed(app)

    def act() -> None:
        with write():
            staff.appoint(person.account_id, "supervise", staff.Scope(), "operator")

    beside(app, act)
    sign_in(client, person)
    assert client.get("/helpdesk/people").location == "/replace-phone"


def test_a_right_that_was_withdrawn_a_second_ago_opens_nothing(app: Flask, agent: Desk) -> None:
    assert agent.browser.get("/helpdesk/people").status == 200

    def act() -> None:
        with write():
            staff.dismiss(agent.account_id, "operator")

    beside(app, act)
    assert agent.browser.get("/helpdesk/people").location == "/sign-in"
    again = PageClient(app)
    sign_in(again, agent.person)
    assert again.get("/helpdesk/people").status == 404


def test_an_agents_session_ends_after_a_quarter_of_an_hour(agent: Desk, clock: MovableClock) -> None:
    clock.advance(minutes=14)
    assert agent.browser.get("/helpdesk/people").status == 200
    clock.advance(minutes=15)
    assert agent.browser.get("/helpdesk/people").location == "/sign-in"


def test_an_agents_session_ends_after_eight_hours_whatever_is_done(agent: Desk, clock: MovableClock) -> None:
    for _ in range(8 * 6 - 1):
        clock.advance(minutes=10)
        assert agent.browser.get("/helpdesk/people").status == 200
    clock.advance(minutes=10)
    assert agent.browser.get("/helpdesk/people").location == "/sign-in"


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ({}, {"ne", "sn", "other"}),
        ({"country": "NE"}, {"ne"}),
        ({"only_language": "fr"}, {"sn"}),
        ({"organisation": True}, {"ne", "sn"}),
    ],
    ids=["everybody", "a country", "a language", "an organisation"],
)
def test_an_agent_sees_the_people_of_the_scope_and_nobody_else(
    app: Flask, new_agent: MakeAgent, scope: dict[str, object], seen: set[str]
) -> None:
    people = {
        "ne": moved(app, "ne@harbour.example", office=NIGER),
        "sn": moved(app, "sn@harbour.example", office=SENEGAL, language="fr"),
        "other": moved(app, "other@river.example", organisation="River", office="Headquarters"),
    }
    if scope.pop("organisation", None):
        scope = {"organisation_id": people["ne"].organisation_id}
    desk = new_agent("tomas.lind", "supervise", **scope)
    found = {
        name
        for name, person in people.items()
        if desk.browser.get(f"/helpdesk/people/{person.account_id}").status == 200
    }
    assert found == seen
