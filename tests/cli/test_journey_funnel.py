"""`perron journey funnel`: the figures of a journey, for reading and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from tests.support.moved import add_moved
from tests.support.page_client import PageClient
from tests.support.people import invite, place_at, walk_through
from tests.support.rows import beside
from wizard.cli.journey import journey
from wizard.models import write
from wizard.services import audit

Perron = Callable[..., Result]


@pytest.fixture
def perron(app: Flask) -> Perron:
    def run(*arguments: str, status: int = 0) -> Result:
        result = app.test_cli_runner().invoke(journey, ["funnel", *arguments])
        assert result.exit_code == status, result.output
        return result

    return run


def test_the_tables_say_who_came_how_far(app: Flask, perron: Perron) -> None:
    walk_through(PageClient(app), "first-connection", invite(app))
    place_at(PageClient(app), "first-connection", "enter-password", invite(app, "ben.ali")).press(password="wrong")
    printed = perron().stdout
    assert "first-connection since 2026-10-26: 2 came, 1 inside." in printed
    rows = {line.split()[0]: line.split() for line in reversed(printed.splitlines()) if line}
    assert rows["enter-username"][1:6] == ["2", "100", "%", "0", "0"]
    assert rows["enter-password"][1:6] == ["2", "50", "%", "1", "0"]
    assert rows["2026-11-16"][1:] == ["2", "1", "1", "0"]
    assert any(line.split() == ["enter-password", "1", "wrong-password"] for line in printed.splitlines())


def test_json_holds_the_same_for_programs(app: Flask, perron: Perron) -> None:
    walk_through(PageClient(app), "first-connection", invite(app))
    told = json.loads(perron("first-connection", "--weeks", "1", "--json").stdout)
    assert (told["came"], told["inside"], told["since"]) == (1, 1, "2026-11-16T00:00:00Z")
    steps = {row["name"]: row for row in told["rows"] if row["kind"] == "step"}
    assert (steps["change-password"]["came"], steps["change-password"]["went_on"]) == (1, 1)


def test_contacts_with_the_helpdesk_are_said_for_every_hundred(app: Flask, perron: Perron) -> None:
    person = invite(app)
    place_at(PageClient(app), "first-connection", "choose-authenticator", person)
    place_at(PageClient(app), "first-connection", "enter-username", invite(app, "ben.ali"))

    def opened() -> None:
        with write():
            audit.record("card-opened", account_id=person.account_id, actor="Ines", agent="agent")

    beside(app, opened)
    assert "The helpdesk had 1 contacts, 50.0 for every 100 who came." in perron().stdout
    told = json.loads(perron("--json").stdout)
    assert (told["contacts"], told["contacts_per_100"]) == (1, 50.0)
    steps = {row["name"]: row for row in told["rows"] if row["kind"] == "step"}
    assert steps["choose-authenticator"]["contacts"] == 1


def test_nobody_yet_is_no_failure(perron: Perron) -> None:
    assert "0 came, 0 inside." in perron("sign-in").stdout


def test_a_name_cannot_move_the_terminals_cursor(app: Flask, perron: Perron) -> None:
    person = beside(app, lambda: add_moved("x@y.example", organisation="Harbour \x1b[2J Aid"))
    place_at(PageClient(app), "migrated-account", "create-password", person)
    printed = perron("migrated-account").stdout
    assert "\x1b" not in printed
    assert "Harbour [2J Aid" in printed


def test_an_unknown_journey_and_no_weeks_are_mistakes_of_use(perron: Perron) -> None:
    assert "sign-in" in perron("sideways", status=2).output
    perron("sign-in", "--weeks", "0", status=2)
