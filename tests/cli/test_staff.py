"""`perron staff`: agents are made by the operator, at the command line."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from tests.support.moved import add_office
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import InvitedPerson, Walk, completed
from tests.support.rows import beside, row_of, rows_of
from wizard.cli.staff import staff
from wizard.models import Account, AuditEvent, Organisation, StaffMember


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = beside(app, lambda: app.test_cli_runner().invoke(staff, list(arguments)))
    return result.exit_code, result.output


def test_the_printed_address_leads_a_new_agent_into_the_console(app: Flask) -> None:
    status, told = run(app, "add", "ines.kouma", "ines@tamaris.example", "--role", "reset", "--given-name", "Ines")
    assert status == 0
    address = told.strip().splitlines()[-1]
    client = PageClient(app)
    page = client.get(address.removeprefix(client.home)).press("yes", follow=True)
    account = row_of(app, Account, username="ines.kouma")
    walk = Walk(client, invited_like(app, account))
    while page.step != "finish":
        page = walk.answer(page)
    assert client.get("/helpdesk", follow=True).page == "helpdesk-people"
    assert row_of(app, StaffMember).role == "reset"
    assert row_of(app, AuditEvent, kind="staff-appointed").payload == {"role": "reset"}


def invited_like(app: Flask, account: Account) -> InvitedPerson:
    return InvitedPerson(account.id, str(account.username), None, "", account.email)


def test_no_mail_carries_the_address(app: Flask) -> None:
    run(app, "add", "ines.kouma", "ines@tamaris.example", "--role", "view")
    assert not Mailbox(app).all(to="ines@tamaris.example")


def test_somebody_with_a_password_becomes_an_agent_and_loses_the_open_sessions(app: Flask) -> None:
    person = completed(app)
    status, told = run(app, "add", person.username, person.email, "--role", "supervise")
    assert (status, "http" in told) == (0, False)
    assert row_of(app, StaffMember).account_id == person.account_id


def test_a_name_of_somebody_else_is_refused(app: Flask) -> None:
    person = completed(app)
    status, told = run(app, "add", person.username, "other@tamaris.example", "--role", "view")
    assert status == 1
    assert "somebody else" in told
    assert not rows_of(app, StaffMember)


@pytest.mark.parametrize(
    "arguments",
    [
        ("ines", "ines@tamaris.example", "--role", "chief"),
        ("ines", "no address", "--role", "view"),
        ("ines", "ines@tamaris.example"),
        ("ines", "ines@tamaris.example", "--role", "view", "--organisation", "Nobody"),
        ("ines", "ines@tamaris.example", "--role", "view", "--language", "tlh"),
    ],
    ids=["role", "address", "no role", "organisation", "language"],
)
def test_what_cannot_be_is_said_and_changes_nothing(app: Flask, arguments: tuple[str, ...]) -> None:
    assert run(app, "add", *arguments)[0] == 2
    assert not rows_of(app, StaffMember)
    assert not rows_of(app, Account)


def test_an_agent_can_be_narrowed_and_listed(app: Flask) -> None:
    beside(app, lambda: add_office().id)
    run(
        app, "add", "ines", "ines@tamaris.example", "--role", "view", "--organisation", "harbour aid", "--country", "ne"
    )
    row = row_of(app, StaffMember)
    assert row.organisation_id == row_of(app, Organisation).id
    assert row.country == "NE"
    listed = json.loads(run(app, "list", "--json")[1])
    assert [(each["username"], each["role"], each["organisation"]) for each in listed] == [
        ("ines", "view", "Harbour Aid")
    ]


def test_a_removed_agent_is_none_any_more(app: Flask) -> None:
    run(app, "add", "ines", "ines@tamaris.example", "--role", "view")
    assert "no agent any more" in run(app, "remove", "ines")[1]
    assert "Nothing changed" in run(app, "remove", "ines")[1]
    assert json.loads(run(app, "list", "--json")[1]) == []
    assert run(app, "remove", "nobody")[0] == 1
