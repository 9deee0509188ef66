"""The funnel's page and file, on outcomes of people who really walked."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.clock import MovableClock
from tests.support.moved import add_moved
from tests.support.page import Page
from tests.support.page_audit import words
from tests.support.page_client import PageClient
from tests.support.people import invite, place_at, walk_through
from tests.support.rows import beside, row_of, rows_of
from wizard.helpdesk.funnel_words import MOST, crowd, span
from wizard.models import AuditEvent, Organisation

FUNNEL = "/helpdesk/funnel"
HOSTILE = '=HYPERLINK("http://x","y")<script>alert(1)</script>'


def figures(page: Page, step: str) -> list[str]:
    """The cells of this step's row."""
    return [words(cell) for cell in page.find(f"[data-tread={step}]").find_all("td")]


def walked(app: Flask) -> None:
    """Three people: one arrives, one stands before the code, one is refused at the password."""
    walk_through(PageClient(app), "first-connection", invite(app, "amina.keita"))
    place_at(PageClient(app), "first-connection", "enter-code", invite(app, "ben.ali"))
    page = place_at(PageClient(app), "first-connection", "enter-password", invite(app, "chen.wu"))
    page.press(password="not-the-right-one")


def test_the_table_says_what_people_did(app: Flask, agent: Desk) -> None:
    walked(app)
    page = agent.browser.get(FUNNEL)
    assert page.page == "helpdesk-funnel"
    assert figures(page, "enter-password")[:4] == ["3", "67%", "1", "0"]
    assert figures(page, "match-number")[:4] == ["2", "50%", "1", "0"]
    assert figures(page, "change-password")[:4] == ["1", "100%", "0", "0"]
    assert figures(page, "enter-password")[6] == "1"
    assert words(page.find("[data-refusal=wrong-password]")).endswith("wrong password1")
    assert "3 people came, 1 inside." in page.said("[data-summary]")


def test_the_picture_is_a_decoration_beside_the_table(app: Flask, agent: Desk) -> None:
    walked(app)
    page = agent.browser.get(FUNNEL)
    stair = page.find("ol.crowded")
    assert stair["aria-hidden"] == "true"
    assert len(stair.find_all("li", recursive=False)) == len(page.soup.select("[data-tread]")) + 1
    assert [len(re.findall("M", path["d"])) for path in stair.select(".crowd path")] == [1, 1]


@pytest.mark.parametrize(
    ("people", "scale", "drawn", "rows"), [(1, 1, 1, 1), (10, 1, 10, 2), (139, 10, 14, 2), (27, 1, MOST, 3)]
)
def test_figures_stand_in_rows(people: int, scale: int, drawn: int, rows: int) -> None:
    found = crowd(people, scale)
    assert (found.path.count("M"), found.height) == (drawn, rows * 26 - 2)


def test_where_nobody_has_come_yet_the_table_says_so(agent: Desk) -> None:
    page = agent.browser.get(f"{FUNNEL}?journey=replace-phone&weeks=57")
    assert figures(page, "enter-username") == ["0", "–", "0", "0", "–", "–", "0", "0", "0"]
    assert not page.has("[data-worst]")
    assert not page.has(".crowd")


def test_who_was_helped_by_a_sentence_alone_is_a_contact(app: Flask, agent: Desk) -> None:
    walked(app)
    person = invite(app, "lea.morel")
    place_at(PageClient(app), "first-connection", "choose-authenticator", person)
    agent.card(person)
    page = agent.browser.get(FUNNEL)
    assert figures(page, "choose-authenticator")[-1] == "1"
    assert "The helpdesk had 1 contact, 25 for every 100 people who came." in page.said("[data-summary]")
    answer = page.press(in_form="form[action*='funnel.csv']", follow=False)
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")))}
    assert (rows["first-connection"]["contacts"], rows["first-connection"]["contacts_per_100"]) == ("1", "25.0")
    assert rows["choose-authenticator"]["contacts"] == "1"


def test_only_whom_the_agent_sees_is_counted(app: Flask, new_agent: MakeAgent) -> None:
    walked(app)
    place_at(PageClient(app), "first-connection", "enter-code", invite(app, "lea.morel", language="fr"))
    page = new_agent("scoped", only_language="fr").browser.get(FUNNEL)
    assert figures(page, "prepare")[0] == "1"
    assert figures(page, "match-number")[2] == "1"
    assert "wrong password" not in page.text
    assert "not counted here" in page.text


def test_an_organisation_is_found_by_how_its_name_begins(app: Flask, agent: Desk) -> None:
    for name in ("Harbour Aid", "Harbour Light"):
        beside(app, lambda name=name: add_moved(f"x@{name.split()[1].lower()}.example", organisation=name).account_id)
    assert agent.browser.get(f"{FUNNEL}?organisation=harbour+a").find("#organisation")["value"] == "Harbour Aid"
    page = agent.browser.get(f"{FUNNEL}?organisation=Harbour")
    assert (page.status, page.refused) == (422, "no-organisation")
    assert "Harbour Aid, Harbour Light" in page.said("[data-error-for=organisation]")
    assert agent.browser.get(f"{FUNNEL}?organisation=Nowhere").status == 422


def test_the_name_of_a_foreign_organisation_is_not_told(app: Flask, new_agent: MakeAgent) -> None:
    for name in ("Harbour Aid", "Harbour Light"):
        beside(app, lambda name=name: add_moved(f"x@{name.split()[1].lower()}.example", organisation=name).account_id)
    mine = row_of(app, Organisation, name="Harbour Aid").id
    browser = new_agent("scoped", organisation_id=mine).browser
    assert browser.get(f"{FUNNEL}?organisation=Harbour").status == 200
    assert "Harbour Light" not in browser.get(f"{FUNNEL}?organisation=Harbour+L").text.replace("harbour l", "")


@pytest.mark.parametrize(
    "query",
    [
        "journey=sideways",
        "weeks=3",
        "weeks=x",
        "reads=xx",
        "organisation=a&organisation=b",
        "organisation=" + "a" * 201,
    ],
)
def test_a_question_that_the_page_does_not_offer_is_malformed(agent: Desk, query: str) -> None:
    assert agent.browser.get(f"{FUNNEL}?{query}").status == 400


def test_the_file_holds_the_same_and_no_formula(app: Flask, agent: Desk) -> None:
    walked(app)
    person = beside(app, lambda: add_moved("x@y.example", organisation=HOSTILE))
    place_at(PageClient(app), "migrated-account", "verify-email", person)
    page = agent.browser.get(f"{FUNNEL}?journey=migrated-account").press(
        in_form="form[action*='funnel.csv']", follow=False
    )
    assert page.headers["Content-Type"].startswith("text/csv")
    assert page.headers["Content-Disposition"] == 'attachment; filename="funnel-migrated-account.csv"'
    rows = list(csv.reader(io.StringIO(page.body.decode("utf-8-sig"))))
    assert rows[1][:3] == ["step", "enter-email", "1"]
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]
    written = row_of(app, AuditEvent, kind="funnel-exported")
    assert (written.actor, written.payload) == (agent.account_id, {"journey": "migrated-account", "weeks": 4})


def test_a_hostile_name_of_an_organisation_stays_text(app: Flask, agent: Desk) -> None:
    person = beside(app, lambda: add_moved("x@y.example", organisation=HOSTILE))
    browser = PageClient(app)
    page = place_at(browser, "migrated-account", "create-password", person)
    page.press(new_password="Rabot et 3 copeaux")
    shown = agent.browser.get(f"{FUNNEL}?journey=migrated-account")
    assert HOSTILE in shown.text
    assert "<script>alert" not in shown.html
    answer = shown.press(in_form="form[action*='funnel.csv']", follow=False)
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert ["organisation", "'" + HOSTILE] in [row[:2] for row in rows]


@pytest.mark.parametrize("role", ["view", "assist", "reset", "approve"])
def test_only_who_supervises_may_take_the_file(app: Flask, new_agent: MakeAgent, role: str) -> None:
    browser = new_agent("junior", role=role).browser
    page = browser.get(FUNNEL)
    assert page.status == 200
    assert not page.has("form[action*='funnel.csv']")
    browser.get("/account")
    assert browser.post(f"{FUNNEL}.csv").status == 404
    assert rows_of(app, AuditEvent, kind="funnel-exported") == []


def test_who_is_no_agent_finds_nothing(app: Flask, client: PageClient) -> None:
    assert client.get(FUNNEL).location == "/sign-in"


def test_the_figures_hold_for_a_minute(app: Flask, agent: Desk, clock: MovableClock) -> None:
    place_at(PageClient(app), "first-connection", "enter-username", invite(app))
    assert figures(agent.browser.get(FUNNEL), "prepare")[0] == "1"
    place_at(PageClient(app), "first-connection", "enter-username", invite(app, "ben.ali"))
    assert figures(agent.browser.get(FUNNEL), "prepare")[0] == "1"
    clock.advance(seconds=61)
    assert figures(agent.browser.get(FUNNEL), "prepare")[0] == "2"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (0, "0 sec"),
        (59, "59 sec"),
        (60, "1 min"),
        (290, "4 min 50 sec"),
        (3600, "1 hr 0 min"),
        (7290, "2 hr 1 min"),
    ],
)
def test_times_are_said_in_two_units_at_most(app: Flask, seconds: int | None, said: str) -> None:
    with app.test_request_context("/"):
        assert span(seconds) == said
