"""Figures in texts are those that count: of the settings, or of the constants of the code."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask

from tests.catalogue.catalogues import messages_of_source
from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import open_act
from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, mailed_code, place_at, sign_in
from tests.support.phones import Phone, link_on, place_with_phone
from tests.support.rows import beside
from wizard.cli.doctor import doctor

new_agent = desks.new_agent
agent = desks.agent

CANNOT_CHANGE = (
    r"\b6 digits\b.*\bapp\b|\bapp\b.*\b6 digits\b|every 30 seconds",  # code apps know nothing else (RFC 6238)
    r"kinds needed (is|are) there",  # each sentence of the table is one of three kinds needed
    r"15 digits of a number",  # what spreadsheets keep
    r"UTF-(8|16)|ISO 3166",  # names
    r"for example|from 1 to|for every 100 people",
    r"^(4 weeks|13 months)$",  # beside their number of weeks in one table
)


def test_no_text_writes_out_a_figure_that_can_change() -> None:
    texts = {text for (_context, one), (many, _place) in messages_of_source().items() for text in (one, many or "")}
    written = {text for text in texts if re.search(r"\d", re.sub(r"%\(\w+\)s", "", text))}
    assert len(texts) > 1000
    assert [text for text in sorted(written) if not any(re.search(known, text) for known in CANNOT_CHANGE)] == []


@pytest.mark.settings(password_tries=7, mailed_code_lifetime=20 * 60)
def test_the_guide_tells_the_figures_of_the_installation(client: PageClient) -> None:
    assert "After 7 wrong passwords sign-in is paused; the page says until when." in client.get("/guide/sign-in").text
    assert "The code is good for 20 minutes, and only" in client.get("/guide/migrated-account").text


@pytest.mark.settings(password_tries=1, mailed_code_lifetime=119)
def test_one_is_said_as_one(client: PageClient) -> None:
    assert "After 1 wrong password sign-in is paused" in client.get("/guide/sign-in").text
    assert "The code is good for 1 minute, and only" in client.get("/guide/migrated-account").text


@pytest.mark.settings(phone_link_lifetime=4 * 60)
def test_a_qr_code_that_has_run_out_says_for_how_long_one_is_good(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    address = link_on(place_with_phone(client, Phone(app), "first-connection", "scan-qr", invite(app)))
    clock.advance(minutes=4)
    page = Phone(app).get(address)
    assert (page.problem, "A QR code is good for 4 minutes." in page.text) == ("link-expired", True)


@pytest.mark.settings(mailed_code_lifetime=20 * 60)
def test_person_and_agent_read_for_how_long_a_mailed_code_is_good(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    clock.advance(minutes=61)
    page = page.press(code=code)
    assert page.refused == "code-expired"
    assert "its code is good for 20 minutes." in page.errors["code"]
    sign_in(agent.browser, agent.person)
    assert page.errors["code"] in agent.card(person).text


@pytest.mark.settings(undo_time=60, temporary_pass_lifetime=1200, address_waiting=3600)
def test_an_act_says_its_times_as_they_are_set(app: Flask, new_agent: MakeAgent) -> None:
    desk, person = new_agent(), completed(app)
    new_agent("moussa.diop", role="approve")
    assert "taken back for 1 minute, but" in open_act(desk, person, "reset-step", "change-password").text
    page = open_act(desk, person, "temporary-pass")
    assert "works for 20 minutes." in page.text
    assert "A second agent must approve this within 1 hour." in page.text
    assert "counts 1 hour after the approval." in open_act(desk, person, "change-address").text


@pytest.mark.parametrize(
    ("rules", "says"),
    [("classic", "classic (12 characters, 3 of 4 kinds)"), ("modern", "modern (15 characters, 12 with a second step)")],
)
def test_the_operator_reads_the_length_that_counts(app: Flask, rules: str, says: str) -> None:
    tools = app.extensions["perron"]
    tools.settings = replace(tools.settings, password_rules=rules, password_shortest=12)
    result = beside(app, lambda: app.test_cli_runner().invoke(doctor, []))
    assert f"Password rules: {says}" in result.output
