"""The schema: one way up, one way back, and a copy of what was there before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import inspect, select, text, update

from tests.support.clock import START
from tests.support.databases import close
from tests.support.moved import NIGER, add_moved
from tests.support.postgresql import PostgresqlServer
from tests.support.settings import make_settings
from wizard import extensions
from wizard.extensions import MIGRATIONS
from wizard.models import Account, Outcome, SearchEntry, db, search_index, write
from wizard.services import database_upgrade, people_search
from wizard.services.staff import Agent, Scope


@pytest.fixture
def empty(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application on a database without any table."""
    url, drop = f"sqlite:///{tmp_path / 'fresh.sqlite3'}", None
    if database_kind == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        name = server.create()
        url, drop = server.url(name), lambda: server.drop(name)
    app = Flask("wizard")
    extensions.init_app(app, make_settings(tmp_path, database_url=url))
    with app.app_context():
        yield app
    close(app)
    if drop:
        drop()


def tables_there() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "user_module_prefix": "base.",
                "include_name": search_index.is_of_the_models,
            },
        )
        return list(compare_metadata(context, db.metadata))


def test_the_migrations_lead_to_what_the_models_say(each_database: str, empty: Flask) -> None:
    assert not database_upgrade.is_current()
    assert database_upgrade.upgrade(START) is None
    assert database_upgrade.is_current()
    assert differences() == []


def test_a_difference_would_be_found(each_database: str, empty: Flask) -> None:
    database_upgrade.upgrade(START)
    with db.engine.connect().execution_options(perron_write=5.0) as connection:
        connection.execute(text("DROP TABLE throttles"))
        connection.commit()
    assert len(differences()) == 1


def test_the_way_back_leads_to_nothing(each_database: str, empty: Flask) -> None:
    database_upgrade.upgrade(START)
    downgrade(directory=str(MIGRATIONS), revision="base")
    assert tables_there() == {"alembic_version"}
    database_upgrade.upgrade(START)
    assert differences() == []


def test_people_of_an_older_release_are_found_by_their_place_and_in_the_queue(each_database: str, empty: Flask) -> None:
    database_upgrade.upgrade(START)
    here, arrived = (add_moved(f"{name}@one.example", NIGER, organisation="One") for name in ("here", "arrived"))
    with write() as session:
        session.execute(update(Account).where(Account.id == arrived.account_id).values(last_sign_in_at=START))
        for account_id in (here.account_id, arrived.account_id):
            row = {"journey": "migrated-account", "step": "create-password", "result": "refused", "help_code": "K7-42Q"}
            session.add(Outcome(at=START, account_id=account_id, **row))
        people_search.refresh([here.account_id])
        session.execute(update(SearchEntry).values(marks=" "))
    downgrade(directory=str(MIGRATIONS), revision="0003")
    database_upgrade.upgrade(START)
    db.session.rollback()
    assert db.session.scalars(select(Account.id).where(Account.under_way_since == START)).all() == [here.account_id]
    scope = Scope(organisation_id=here.organisation_id, country="NE")
    found = people_search.find(Agent("agent", "Agent", "agent", scope), "here").rows
    assert [row.account_id for row in found] == [here.account_id]


def test_an_empty_database_needs_no_copy_and_a_current_one_no_upgrade(empty: Flask, tmp_path: Path) -> None:
    assert database_upgrade.upgrade(START) is None
    assert database_upgrade.upgrade(START) is None
    assert list(tmp_path.glob("*-before-*")) == []


def test_what_was_there_is_copied_before_it_is_changed(empty: Flask, tmp_path: Path) -> None:
    database_upgrade.upgrade(START)
    with db.engine.connect().execution_options(perron_write=5.0) as connection:
        connection.execute(
            text("INSERT INTO installation (name, value, at) VALUES ('kept', 'yes', '2026-11-20 09:00:00')")
        )
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        connection.execute(text("CREATE TABLE older (name TEXT)"))
        connection.commit()
    with pytest.raises(SystemExit):  # there is no such release; the copy comes first all the same
        database_upgrade.upgrade(START)
    (copy,) = tmp_path.glob("fresh-before-20261120-090000.sqlite3")
    with closing(sqlite3.connect(copy)) as there:
        assert there.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert there.execute("SELECT value FROM installation").fetchall() == [("yes",)]
        assert there.execute("SELECT count(*) FROM older").fetchone() == (0,)
