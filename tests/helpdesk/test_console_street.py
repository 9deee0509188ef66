"""The foot of the console's pages: for agents, who are the help."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk
from tests.support.moved import add_moved
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at
from tests.support.phones import linked
from tests.support.rows import beside


def guide(page: Page) -> str:
    """Where the foot's link to the guide leads."""
    return str(page.find("footer a[href^='/guide/']")["href"])


@pytest.mark.parametrize("path", ["people", "queue", "funnel", "approvals", "bulk"])
def test_the_desks_own_number_and_address_are_not_said_to_agents(agent: Desk, path: str) -> None:
    page = agent.browser.get(f"/helpdesk/{path}")
    assert not page.has("a[href^='tel:'], footer a[href^='mailto:']")
    assert guide(page) == "/guide/first-connection"


def test_everybody_else_finds_them_on_every_page(client: PageClient) -> None:
    assert client.get("/sign-in", follow=True).has("footer a[href^='tel:']")


def test_on_a_card_the_guide_is_that_of_the_persons_journey(app: Flask, agent: Desk) -> None:
    moved = beside(app, lambda: add_moved("x@y.example", organisation="Harbour Aid"))
    assert guide(agent.card(moved)) == "/guide/migrated-account"
    forgetful = completed(app, "ben.ali")
    place_at(PageClient(app), "forgotten-password", "verify-email", forgetful)
    assert guide(agent.card(forgetful)) == "/guide/forgotten-password"
    assert guide(agent.card(invite(app))) == "/guide/first-connection"


def test_a_phone_without_a_name_of_its_own_is_called_a_phone_once(app: Flask, agent: Desk) -> None:
    way = agent.card(linked(app).person).soup.find("b", string="Phone").parent
    assert not way.select("bdi:not([data-help-code])")
