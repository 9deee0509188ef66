"""`perron people`: what is printed, what is written, and with which exit status it ends."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.support.clock import MovableClock
from wizard.cli import output
from wizard.cli.people import people
from wizard.domain.secrets_made import new_id
from wizard.models import Account, Issue, OutboxMail, Session, db, write

Perron = Callable[..., Result]
GOOD = "username,email,given_name\nanna,anna@tamaris.example,Anna\nben,ben@tamaris.example,Ben\n"


@pytest.fixture
def perron(app: Flask) -> Perron:
    def run(*arguments: str | Path, status: int = 0, typed: str | None = None) -> Result:
        result = app.test_cli_runner().invoke(people, [str(argument) for argument in arguments], input=typed)
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def rows(app: Flask, table: type[Any]) -> list[Any]:
    with app.app_context():
        found = list(db.session.scalars(select(table)))
        db.session.expunge_all()
        return found


def import_(perron: Perron, file: Path, *options: str | Path, status: int = 0) -> Result:
    return perron("import", file, "--journey", "first-connection", *options, status=status)


def test_importing_prints_what_became_of_the_rows(perron: Perron, app: Flask, file: Path) -> None:
    assert "added 2, unchanged 0, updated 0, conflict 0, refused 0" in import_(perron, file).stdout
    assert "added 0, unchanged 2" in import_(perron, file).stdout
    assert sorted(row.username for row in rows(app, Account)) == ["anna", "ben"]


def test_refused_rows_are_named_and_end_with_status_3(perron: Perron, app: Flask, file: Path) -> None:
    file.write_text(GOOD + "cleo,nowhere,Cleo\n", encoding="utf-8")
    printed = import_(perron, file, status=3).stdout
    assert "Line 4, email: refused. This is not an email address." in printed
    assert "added 2" in printed
    assert len(rows(app, Account)) == 2


def test_a_conflict_is_named_and_applied_only_with_update(perron: Perron, app: Flask, file: Path) -> None:
    import_(perron, file)
    file.write_text(GOOD.replace("Anna\n", "Anne\n"), encoding="utf-8")
    printed = import_(perron, file).stdout
    assert "Line 2, given_name: conflict. It is “Anna” here and “Anne” in the file." in printed
    assert "`--update` applies them" in printed
    assert "updated 1" in import_(perron, file, "--update").stdout
    assert "Anne" in [row.given_name for row in rows(app, Account)]


def test_the_summary_as_json_is_all_that_is_on_standard_output(perron: Perron, file: Path) -> None:
    file.write_text("username,email,role,shoe size\nanna,a@x.example,reader,38\nben,nowhere,,\n", encoding="utf-8")
    told = json.loads(import_(perron, file, "--json", status=3).stdout)
    assert told == {
        "dry_run": False, "rows": 2, "added": 1, "unchanged": 0, "updated": 0, "conflict": 0, "refused": 1,
        "organisations_added": 0, "offices_added": 0, "addresses_to_confirm": 0,
        "invited": 0, "passed_over": {}, "sending": None,
        "unknown_columns": ["shoe size"], "unused_columns": ["role"], "problems_not_listed": 0,
        "problems": [{"line": 3, "key": "ben", "result": "refused", "column": "email",
                      "reason": "This is not an email address. Write it like name@example.org."}],
        "unused_sheets": [],
    }  # fmt: skip


def test_columns_that_are_not_used_are_said_once(perron: Perron, file: Path) -> None:
    content = "username,email,role,shoe size\n" + "".join(f"p{n},p@x.example,reader,38\n" for n in range(3))
    file.write_text(content, encoding="utf-8")
    printed = import_(perron, file).stdout
    assert printed.count("Columns that are not used by this journey: role.") == 1
    assert printed.count("Columns that Perron does not know, not used: shoe size.") == 1


def test_a_dry_run_writes_nothing_but_its_report(perron: Perron, app: Flask, file: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    printed = import_(perron, file, "--dry-run", "--invite", "--report", report).stdout
    assert "nothing has changed" in printed
    assert "added 2" in printed
    assert rows(app, Account) == rows(app, OutboxMail) == []
    assert [row["result"] for row in csv.DictReader(io.StringIO(report.read_text()))] == ["added", "added"]


def test_inviting_writes_the_mails(perron: Perron, app: Flask, file: Path) -> None:
    assert "invited 2" in import_(perron, file, "--invite").stdout
    assert {mail.recipient for mail in rows(app, OutboxMail)} == {"anna@tamaris.example", "ben@tamaris.example"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("people.csv", b"", "The file is empty"),
        ("people.csv", b"username,email\n\xe9,a@x.example\n", "Line 2: This line is not in UTF-8."),
        ("people.csv", b"username\nanna\n", "missing: email"),
        ("people.csv", b"PK\x03\x04", "The name ends in .csv, but this is a spreadsheet"),
        ("people.xlsx", b"PK\x03\x04", "The file is damaged or no XLSX file."),
        ("people.xlsx", GOOD.encode(), "The name ends in .xlsx, but this is no XLSX file."),
    ],
)
def test_a_file_that_cannot_be_imported_ends_with_status_1(
    perron: Perron, app: Flask, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert words in import_(perron, tmp_path / name, status=1).stderr
    assert rows(app, Account) == []


def test_wrong_usage_ends_with_status_2(perron: Perron, app: Flask, file: Path, tmp_path: Path) -> None:
    assert "does not exist" in import_(perron, tmp_path / "nothing.csv", status=2).stderr
    assert "--journey" in perron("import", file, status=2).stderr
    assert (
        "There is: first-connection, migrated-account."
        in perron("import", file, "--journey", "sign-in", status=2).stderr
    )
    assert "no folder to write to" in import_(perron, file, "--report", tmp_path / "no" / "r.csv", status=2).stderr
    assert "would overwrite" in import_(perron, file, "--report", file, status=2).stderr
    assert file.read_text(encoding="utf-8") == GOOD
    assert rows(app, Account) == []


def test_a_terminal_sees_how_far_the_import_is_and_a_file_sees_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with output.progress("Importing", 100, in_bytes=True) as tell:
        tell(100)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with output.progress("Importing", 100, in_bytes=True) as tell:
        tell(100)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Importing" in shown.err
    assert "100" in shown.err


def test_one_person_is_added_and_invited(perron: Perron, app: Flask) -> None:
    printed = perron(
        "add", "anna", "anna@tamaris.example", "--given-name", "Anna", "--language", "fr", "--invite"
    ).stdout
    assert "Added anna." in printed
    (anna,) = rows(app, Account)
    assert (anna.username, anna.name, anna.language, anna.journey) == ("anna", "Anna", "fr", "first-connection")
    assert [mail.kind for mail in rows(app, OutboxMail)] == ["invitation"]


def test_adding_refuses_what_an_import_refuses(perron: Perron, app: Flask) -> None:
    said = perron("add", "an na", "nowhere", "--language", "xx", status=2).stderr
    for column in ("username", "email", "language"):
        assert f"{column}: " in said
    perron("add", "anna", "anna@tamaris.example")
    assert "taken" in perron("add", "ANNA", "other@x.example", status=1).stderr
    assert len(rows(app, Account)) == 1


def test_a_person_is_shown_by_name_or_address(perron: Perron, clock: MovableClock) -> None:
    perron("add", "anna", "anna@tamaris.example", "--invite")
    printed = perron("show", "anna@tamaris.example").stdout
    for words in ("Invited, and has not begun.", "User name: anna", "Address: anna@tamaris.example",
                  "Added: 2026-11-20 09:00 UTC", "  change-password: not done",
                  "Invitation: open, made 2026-11-20 09:00 UTC, ends 2026-11-27 09:00 UTC",
                  "Mail: invitation, waiting, 2026-11-20 09:00 UTC, anna@tamaris.example"):  # fmt: skip
        assert words in printed.splitlines()
    told = json.loads(perron("show", "ANNA", "--json").stdout)
    assert (told["username"], told["state"], told["created_at"]) == ("anna", "invited", "2026-11-20T09:00:00Z")
    assert told["issue"]["ends_at"] == "2026-11-27T09:00:00Z"
    assert "No account has this user name" in perron("show", "nobody", status=1).stderr


def test_showing_tells_no_secret(perron: Perron, app: Flask) -> None:
    perron("add", "anna", "anna@tamaris.example", "--invite")
    (issue,) = rows(app, Issue)
    told = perron("show", "anna").stdout + perron("show", "anna", "--json").stdout
    assert issue.button_hash not in told
    assert issue.password_hash not in told


def test_people_are_listed_in_lines_and_as_json(perron: Perron) -> None:
    assert json.loads(perron("list", "--json").stdout) == []
    for name in ("cleo", "anna", "ben"):
        perron("add", name, f"{name}@tamaris.example")
    perron("disable", "ben")
    assert perron("list").stdout.splitlines() == [
        "anna\tanna@tamaris.example\tfirst-connection\t",
        "ben\tben@tamaris.example\tfirst-connection\tdisabled",
        "cleo\tcleo@tamaris.example\tfirst-connection\t",
    ]
    told = json.loads(perron("list", "--json", "--limit", "2", "--journey", "first-connection").stdout)
    assert [row["username"] for row in told] == ["anna", "ben"]
    assert json.loads(perron("list", "--json", "--journey", "migrated-account").stdout) == []


def add_session(app: Flask, clock: MovableClock) -> None:
    with app.app_context():
        account_id = db.session.scalars(select(Account.id)).one()
        with write() as session:
            seen = {"created_at": clock.now(), "last_seen_at": clock.now()}
            session.add(Session(id=new_id(), account_id=account_id, token_hash=new_id(), **seen))


def test_disabling_ends_the_sessions_and_can_be_taken_back(perron: Perron, app: Flask, clock: MovableClock) -> None:
    perron("add", "anna", "anna@tamaris.example")
    add_session(app, clock)
    assert "anna is disabled. Sessions ended: 1." in perron("disable", "anna").stdout
    assert [row.revoked_at for row in rows(app, Session)] == [clock.now()]
    assert "disabled already" in perron("disable", "anna").stdout
    assert "enabled again" in perron("disable", "anna", "--enable").stdout
    assert "was not disabled" in perron("disable", "anna", "--enable").stdout
    assert [row.disabled_at for row in rows(app, Account)] == [None]


def test_a_reset_asks_first_and_says_what_ended_and_what_comes_next(perron: Perron, app: Flask) -> None:
    perron("add", "anna", "anna@tamaris.example", "--invite")
    assert "End enter-password of anna?" in perron("reset", "anna", "enter-password", typed="n\n", status=1).output
    assert [issue.ended_at for issue in rows(app, Issue)] == [None]
    printed = perron("reset", "anna", "enter-password", typed="y\n").stdout
    assert "Ended: issue." in printed
    assert "Next, anna walks first-connection." in printed
    assert [issue.ended_reason for issue in rows(app, Issue)] == ["reset"]
    assert "nothing to end" in perron("reset", "anna", "enter_password", "--yes", status=1).stderr


def test_a_step_that_cannot_be_reset_ends_with_the_list_of_those_that_can(perron: Perron) -> None:
    perron("add", "anna", "anna@tamaris.example")
    said = perron("reset", "anna", "prepare", "--yes", status=2).stderr
    assert "“prepare” cannot be reset." in said
    assert "change-password" in said
