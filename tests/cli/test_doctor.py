"""`perron doctor`: what is well, and what needs somebody's hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.clock import MovableClock
from tests.support.moved import moved
from tests.support.people import completed, invite
from tests.support.rows import beside
from wizard.cli.doctor import doctor
from wizard.models import write
from wizard.services import audit, people_search
from wizard.services.staff import Agent, Scope


def look(app: Flask, *arguments: str) -> tuple[int, dict[str, bool]]:
    result = beside(app, lambda: app.test_cli_runner().invoke(doctor, ["--json", *arguments]))
    return result.exit_code, {each["name"]: each["well"] for each in json.loads(result.stdout)}


def test_a_new_installation_is_well(app: Flask, each_database: str) -> None:
    assert each_database
    status, found = look(app)
    assert (status, set(found.values())) == (0, {True})


def test_a_changed_trail_is_found(app: Flask) -> None:
    completed(app)

    def change() -> None:
        audit.seal_due()
        with write() as session:
            session.execute(text("UPDATE audit_events SET actor = 'nobody' WHERE id = 1"))

    beside(app, change)
    status, found = look(app)
    assert (status, found["audit trail"]) == (1, False)


def test_a_mail_that_waits_too_long_is_found(app: Flask, clock: MovableClock) -> None:
    invite(app)
    clock.advance(minutes=6)
    status, found = look(app)
    assert (status, found["mail"]) == (1, False)


@pytest.mark.parametrize("rules", ["classic", "modern"])
def test_the_password_rules_are_named(app: Flask, rules: str) -> None:
    app.extensions["perron"].settings = replace(app.extensions["perron"].settings, password_rules=rules)
    result = beside(app, lambda: app.test_cli_runner().invoke(doctor, []))
    assert f"Password rules: {rules}" in result.output


def test_the_index_can_be_written_anew(app: Flask) -> None:
    person = moved(app, family_name="Keïta")

    def find() -> list[str]:
        return [row.account_id for row in people_search.find(Agent("agent", "Agent", "agent", Scope()), "keita").rows]

    assert beside(app, find) == []
    look(app, "--rebuild-search")
    assert beside(app, find) == [person.account_id]
