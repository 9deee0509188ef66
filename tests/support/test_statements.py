"""What is compiled for one database serves every other of its kind, with each one's own rows and values, and none of another kind."""

from __future__ import annotations

import uuid
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, literal, select

from tests.support.accounts import add_account
from tests.support.databases import close
from tests.support.rows import beside, rows_of
from tests.support.settings import make_settings
from tests.support.statements import COMPILED, Postgresql, Sqlite
from wizard import create_app
from wizard.models import Account


def test_a_second_database_answers_with_its_own_rows(app: Flask, tmp_path: Path, sqlite_template: Path) -> None:
    file = tmp_path / "second.sqlite3"
    file.write_bytes(sqlite_template.read_bytes())
    second = create_app(make_settings(tmp_path / "second", database_url=f"sqlite:///{file}"))
    try:
        for installation, username in ((app, "amina.keita"), (second, "noor.haddad")):
            beside(installation, lambda username=username: add_account(username))
        found = [[row.username for row in rows_of(one, Account)] for one in (app, second)]
    finally:
        close(second)
    assert found == [["amina.keita"], ["noor.haddad"]]


def test_a_statement_is_compiled_for_the_first_engine_and_serves_the_next() -> None:
    name = f"asked_by_{uuid.uuid4().hex}"
    counts = [len(COMPILED)]
    for value in ("a value", "another value"):
        engine = create_engine("sqlite://")
        with engine.connect() as connection:
            assert connection.scalar(select(literal(value).label(name))) == value
        engine.dispose()
        counts.append(len(COMPILED))
    assert counts[0] < counts[1] == counts[2]


def test_two_kinds_of_database_are_told_apart() -> None:
    assert Sqlite() == Sqlite()
    assert Postgresql() == Postgresql()
    assert Sqlite() != Postgresql()
