"""`perron invitations`: as an operator runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from tests.support.accounts import add_account
from wizard.cli.invitations import invitations


@pytest.fixture
def people(app: Flask) -> Flask:
    """The application with three people, of whom one has an own password."""
    with app.app_context():
        add_account("ann"), add_account("ben"), add_account("settled", password_hash="hash")
    return app


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(invitations, ["send", *arguments])


def test_everybody_who_waits_is_invited_and_the_number_said(people: Flask, mailbox: Any) -> None:
    result = run(people)
    assert (result.exit_code, result.output) == (0, "Invitations written to the outbox: 2.\n")
    assert sorted(mail.to for mail in mailbox.all("invitation")) == ["ann@people.example", "ben@people.example"]


def test_a_second_run_sends_nothing_and_again_sends_all(people: Flask, mailbox: Any) -> None:
    run(people)
    assert "outbox: 0." in run(people).output
    assert "outbox: 2." in run(people, "--again").output
    assert mailbox.count("invitation") == 4


def test_a_limit_is_kept(people: Flask, mailbox: Any) -> None:
    assert "outbox: 1." in run(people, "--limit", "1").output
    assert mailbox.count("invitation") == 1


def test_named_people_are_invited_and_who_cannot_be_is_named_with_the_reason(people: Flask, mailbox: Any) -> None:
    result = run(people, "ann", "settled", "nobody")
    assert result.exit_code == 3
    assert "settled: this person has chosen an own password" in result.output
    assert "nobody: nobody has this name." in result.output
    assert [mail.to for mail in mailbox.all()] == ["ann@people.example"]


def test_programs_read_the_summary_as_json(people: Flask) -> None:
    result = run(people, "ann", "nobody", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == {"sent": 1, "refused": [{"name": "nobody", "reason": "unknown"}]}


def test_an_announcement_is_refused_in_words(people: Flask, mailbox: Any) -> None:
    result = run(people, "--kind", "announcement")
    assert result.exit_code == 2
    assert "accounts that were moved from an old system" in result.output
    assert mailbox.count() == 0


@pytest.mark.parametrize("arguments", [("--limit", "0"), ("--kind", "letter"), ("--loop",)])
def test_wrong_usage_ends_with_two(people: Flask, mailbox: Any, arguments: tuple[str, ...]) -> None:
    assert run(people, *arguments).exit_code == 2
    assert mailbox.count() == 0
