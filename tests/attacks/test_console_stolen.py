"""A console cookie in the wrong hands, or a role that is too low: every post of the console, whichever it is."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.clock import MovableClock
from tests.support.people import Completed, completed, sign_in
from tests.support.rows import NOTES_OF_POSTS, tables

new_agent = desks.new_agent
agent = desks.agent
OF_SESSIONS = NOTES_OF_POSTS | {"sessions", "desk_presences"}


def posts(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/helpdesk") and "POST" in (rule.methods or ())
    ]


def path_of(rule: Rule, person: Completed) -> str:
    path = rule.rule.replace("<account_id>", person.account_id).replace("<act>", "disable")
    return "/".join("x" if part.startswith("<") else part for part in path.split("/"))


def test_every_post_wants_a_fresh_second_step(app: Flask, agent: Desk, clock: MovableClock) -> None:
    """A cookie that was stolen an hour after signing in looks, and does nothing."""
    person = completed(app)
    for _ten in range(2):
        clock.advance(minutes=10)
        agent.browser.get("/helpdesk/people")
    rules, before = posts(app), tables(app, OF_SESSIONS)
    assert len(rules) > 8
    for rule in rules:
        agent.browser.get("/helpdesk/people")
        answer = agent.browser.post(path_of(rule, person))
        assert answer.location == "/sign-in", f"{rule.rule} answers {answer.status}."
    assert tables(app, OF_SESSIONS) == before


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/helpdesk/queue/x/settle", "/helpdesk/queue"),
        ("/helpdesk/funnel.csv", "/helpdesk/funnel"),
        ("/helpdesk/bulk/invite", "/helpdesk/bulk"),
        ("/helpdesk/bulk/resend", "/helpdesk/queue"),
    ],
)
def test_after_it_the_agent_is_back_at_a_page(agent: Desk, clock: MovableClock, path: str, back: str) -> None:
    for _ten in range(2):
        clock.advance(minutes=10)
        agent.browser.get("/helpdesk/people")
    agent.browser.post(path)
    page = sign_in(agent.browser, agent.person)
    assert (page.status, page.path) == (200, back)


def test_who_may_only_look_posts_nothing(app: Flask, new_agent: MakeAgent) -> None:
    person, desk = completed(app), new_agent("tomas.lind", "view")
    desk.browser.get("/helpdesk/people")
    for rule in posts(app):
        answer = desk.browser.post(path_of(rule, person))
        assert answer.status == 404, f"{rule.rule} answers {answer.status}."
