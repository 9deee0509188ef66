"""How an agent gets from the signed-in home to the console, and nobody else does."""

from __future__ import annotations

from flask import Flask

from tests.helpdesk.conftest import Desk
from tests.support.page_client import PageClient
from tests.support.people import completed, sign_in

TO_THE_CONSOLE = "a[href='/helpdesk']"


def test_the_home_of_an_agent_leads_to_the_console(agent: Desk) -> None:
    assert agent.browser.get("/account").open("Helpdesk").page == "helpdesk-people"


def test_the_home_of_anybody_else_does_not_name_it(app: Flask) -> None:
    browser = PageClient(app)
    sign_in(browser, completed(app, "amina.keita"))
    assert not browser.get("/account").has(TO_THE_CONSOLE)
