"""`perron people` for people whose account was moved: import, add, show, template, confirm-address."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from tests.support.clock import MovableClock
from wizard.cli.people import people
from wizard.models import Account, AuditEvent, Membership, Office, Organisation, OutboxMail, db

Perron = Callable[..., Result]
MOVED = ("--journey", "migrated-account")
HEADER = "email,organisation,organisation_kind,office,office_kind,country,role\n"
ANNA = "anna@tamaris.example,Tamaris Relief,international-ngo,Niamey,country-office,NE,editor\n"
OF_TAMARIS = ("--organisation", "tamaris relief", "--office", "NIAMEY", "--role", "reader")


@pytest.fixture
def perron(app: Flask) -> Perron:
    def run(*arguments: str | Path, status: int = 0) -> Result:
        result = app.test_cli_runner().invoke(people, [str(argument) for argument in arguments])
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(HEADER + ANNA, encoding="utf-8")
    return path


def rows(app: Flask, table: type[Any]) -> list[Any]:
    with app.app_context():
        found = list(db.session.scalars(select(table)))
        db.session.expunge_all()
        return found


def test_importing_says_what_is_new_and_what_the_desk_must_confirm(perron: Perron, app: Flask, file: Path) -> None:
    file.write_text(
        HEADER
        + ANNA
        + "info@tamaris.example,Tamaris Relief,,Niamey,,,reader\nben@tamaris.example,Tamaris Relief,,Niamei,,,reader\n"
    )
    printed = perron("import", file, *MOVED, "--invite", status=3).stdout
    assert "added 2, unchanged 0, updated 0, conflict 0, refused 1; invited 1." in printed
    assert "New organisations: 1. New offices: 1." in printed
    assert "Added with an address that the helpdesk must confirm first: 1." in printed
    assert "Not invited: 1, because several people may read this mailbox" in printed
    assert (
        "Line 4, office: refused. The office “Niamei” is not known at “Tamaris Relief”. Did you mean “Niamey”?"
        in printed
    )
    (mail,) = rows(app, OutboxMail)
    assert (mail.kind, mail.recipient) == ("migrated_invitation", "anna@tamaris.example")
    assert f"Sending: {mail.sending_id}" in printed


def test_programs_read_the_same(perron: Perron, app: Flask, file: Path) -> None:
    told = json.loads(perron("import", file, *MOVED, "--invite", "--json").stdout)
    assert (told["added"], told["organisations_added"], told["offices_added"], told["invited"]) == (1, 1, 1, 1)
    assert (told["passed_over"], told["addresses_to_confirm"]) == ({}, 0)
    assert told["sending"] == rows(app, OutboxMail)[0].sending_id


def test_a_missing_column_is_named(perron: Perron, app: Flask, file: Path) -> None:
    file.write_text("email,organisation,office\n", encoding="utf-8")
    assert "These columns are missing: role." in perron("import", file, *MOVED, status=1).stderr


def test_one_person_is_added_with_a_place(perron: Perron, app: Flask, file: Path) -> None:
    perron("import", file, *MOVED)
    printed = perron("add", "ben@tamaris.example", *MOVED, *OF_TAMARIS, "--invite").stdout
    assert printed.splitlines() == [
        "Added ben@tamaris.example.", "The invitation to ben@tamaris.example is in the outbox.",
    ]  # fmt: skip
    assert [row.name for row in rows(app, Organisation)] == ["Tamaris Relief"]
    assert sorted(row.role for row in rows(app, Membership)) == ["editor", "reader"]
    sources = {str(row.payload["source"]) for row in rows(app, AuditEvent) if row.kind == "account-added"}
    assert sources == {"import", "command"}
    assert "This address is taken." in perron("add", "ben@tamaris.example", *MOVED, *OF_TAMARIS, status=1).stderr
    assert "Added ben." in perron("add", "ben", "ben@tamaris.example", *MOVED, *OF_TAMARIS).stdout
    assert "This user name is taken." in perron("add", "BEN", "x@t.example", *MOVED, *OF_TAMARIS, status=1).stderr
    assert len(rows(app, Account)) == 3


def test_a_place_that_is_not_known_is_made_only_when_it_is_described(perron: Perron, app: Flask, file: Path) -> None:
    perron("import", file, *MOVED)
    to_osier = ("add", "cleo@osier.example", *MOVED, "--organisation", "Osier", "--office", "Lyon", "--role", "reader")
    assert "organisation_kind: “Osier” is not known here." in perron(*to_osier, status=2).stderr
    wrong = (
        "add",
        "cleo@osier.example",
        *MOVED,
        "--organisation",
        "Tamaris Relief",
        "--office",
        "Niamei",
        "--role",
        "reader",
    )
    assert (
        "office: The office “Niamei” is not known at “Tamaris Relief”. Did you mean" in perron(*wrong, status=2).stderr
    )
    assert len(rows(app, Account)) == len(rows(app, Office)) == 1
    perron(*to_osier, "--organisation-kind", "company")
    assert [(row.name, row.kind) for row in rows(app, Office) if row.name == "Lyon"] == [("Lyon", "headquarters")]


def test_adding_says_when_the_desk_must_confirm_the_address_first(perron: Perron, app: Flask, file: Path) -> None:
    perron("import", file, *MOVED)
    result = perron("add", "info@tamaris.example", *MOVED, *OF_TAMARIS, "--invite")
    assert "Several people may read this mailbox, so it is not matched by its address alone" in result.stdout
    assert "No invitation was sent: several people may read this mailbox" in result.stderr
    assert rows(app, OutboxMail) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("anna@t.example",), "Give the user name and the address."),
        (("a", "b", "c@t.example"), "Give the user name and the address."),
        (("anna", "anna@t.example", "--role", "reader"), "have no use for: role."),
        (("anna@t.example", *MOVED), "organisation: This is empty."),
        (("nowhere", *MOVED, *OF_TAMARIS), "email: This is not an email address."),
        (("a@t.example", *MOVED, *OF_TAMARIS, "--country", "Niger"), "country: Write the country with its two letters"),
    ],
)
def test_adding_names_what_is_wrong(perron: Perron, app: Flask, arguments: tuple[str, ...], words: str) -> None:
    assert words in perron("add", *arguments, status=2).stderr
    assert rows(app, Account) == rows(app, Organisation) == []


def test_showing_names_the_place_and_the_steps_of_the_journey(perron: Perron, file: Path) -> None:
    perron("import", file, *MOVED)
    printed = perron("show", "anna@tamaris.example").stdout.splitlines()
    assert "Membership: Tamaris Relief (international-ngo), Niamey, country-office, NE: editor" in printed
    assert {"  create-password: not done", "  check-details: not done"} <= set(printed)
    assert not any(line.startswith("User name:") for line in printed)
    told = json.loads(perron("show", "anna@tamaris.example", "--json").stdout)
    assert told["username"] is None
    assert told["memberships"] == [
        {"organisation": "Tamaris Relief", "organisation_kind": "international-ngo", "office": "Niamey",
         "office_kind": "country-office", "country": "NE", "role": "editor"},
    ]  # fmt: skip


def test_people_without_a_user_name_are_listed_by_their_address(perron: Perron, file: Path) -> None:
    perron("import", file, *MOVED)
    perron("add", "zoe", "a@x.example"), perron("add", "abe", "z@x.example")
    assert [line.split("\t")[:2] for line in perron("list").stdout.splitlines()] == [
        ["abe", "z@x.example"], ["", "anna@tamaris.example"], ["zoe", "a@x.example"],
    ]  # fmt: skip


def test_confirming_an_address_is_noted_and_can_be_taken_back(
    perron: Perron, app: Flask, file: Path, clock: MovableClock
) -> None:
    perron("import", file, *MOVED)
    name = "anna@tamaris.example"
    assert f"The address of {name} is confirmed." in perron("confirm-address", name).stdout
    assert [row.address_confirmed_at for row in rows(app, Account)] == [clock.now()]
    assert "Address confirmed: 2026-11-20 09:00 UTC" in perron("show", name).stdout
    assert "confirmed already. Nothing changed." in perron("confirm-address", name).stdout
    assert f"The address of {name} is no longer confirmed." in perron("confirm-address", name, "--withdraw").stdout
    assert "was not confirmed. Nothing changed." in perron("confirm-address", name, "--withdraw").stdout
    assert [row.address_confirmed_at for row in rows(app, Account)] == [None]
    told = [row.kind for row in rows(app, AuditEvent) if row.kind.startswith("address-")]
    assert told == ["address-confirmed", "address-confirmation-withdrawn"]
    assert "No account has this user name" in perron("confirm-address", "nobody", status=1).stderr


def test_the_template_of_moved_people_can_be_filled_in_and_imported(perron: Perron, app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "people.xlsx"
    perron("template", out, *MOVED)
    book = load_workbook(out)
    *_others, header, example = [
        [str(cell) for cell in row if cell] for row in book["Help"].iter_rows(values_only=True)
    ]
    assert header[:4] == ["email", "organisation", "office", "role"]
    sheet = book["People"]
    assert [cell.value for cell in sheet[1]] == header
    sheet.append(example)
    book.save(out)
    assert "added 1" in perron("import", out, *MOVED).stdout
    assert [row.name for row in rows(app, Office)] == ["Niamey"]
