"""Agents of the helpdesk for tests: signed in with a code app, in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.support.kept import kept, same_browser
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import Completed, Person, completed, sign_in
from tests.support.rows import beside
from wizard.models import write
from wizard.services import staff
from wizard.services.staff import Scope


@dataclass(frozen=True)
class Desk:
    """An agent at work. `browser` is signed in with the second step."""

    person: Completed
    browser: PageClient

    @property
    def account_id(self) -> str:
        return self.person.account_id

    def card(self, person: Person, query: str = "") -> Page:
        """The card of this person."""
        return self.browser.get(f"/helpdesk/people/{person.account_id}{query}")

    def sees(self, person: Person, language: str = "en") -> Page:
        """The page that this person has open, as the card's frame draws it. It is no page of its own, so it is not audited as one."""
        path = f"/helpdesk/people/{person.account_id}/sees"
        answer = self.browser.raw.get(path, query_string={"sees": language}, base_url=self.browser.home)
        return Page(self.browser, self.browser.home + path, answer)

    def digest(self, person: Person) -> str:
        """What the card's script is told."""
        found = self.browser.get(f"/helpdesk/people/{person.account_id}/state").json["digest"]
        assert found
        return str(found)


MakeAgent = Callable[..., Desk]


@pytest.fixture
def new_agent(app: Flask) -> MakeAgent:
    """Makes an agent with a role and a scope, signed in."""

    def make(username: str = "ines.kouma", role: str = "supervise", **fields: Any) -> Desk:
        return kept(app, ("agent", username, role, fields), lambda: at_work(username, role, **fields), _twin)

    def at_work(username: str, role: str, **fields: Any) -> Desk:
        scope = Scope(**{name: fields.pop(name) for name in ("organisation_id", "country") if name in fields})
        scope = Scope(scope.organisation_id, scope.country, fields.pop("only_language", None))
        person = completed(app, username, **fields)

        def appoint() -> None:
            with write():
                staff.appoint(person.account_id, role, scope, "operator")

        beside(app, appoint)
        browser = PageClient(app)
        sign_in(browser, person)
        return Desk(person, browser)

    return make


def _twin(desk: Desk, app: Flask) -> Desk:
    return Desk(desk.person, same_browser(desk.browser, app))


@pytest.fixture
def agent(new_agent: MakeAgent) -> Desk:
    """An agent with all rights who sees everybody."""
    return new_agent(given_name="Ines", family_name="Kouma")
