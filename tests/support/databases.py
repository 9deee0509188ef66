"""Fixtures for databases: migrated once a run, copied for every test.

A test that asks for `each_database` runs on SQLite and on PostgreSQL; every other test runs on SQLite.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.clock import START
from tests.support.postgresql import NoPostgresql, PostgresqlServer, postgresql_server
from tests.support.redis import NoRedis, redis_server
from tests.support.settings import make_settings
from wizard import extensions
from wizard.models import db
from wizard.services import database_upgrade


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "each_database" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return getattr(request, "param", "sqlite")


@pytest.fixture
def each_database(database_kind: str) -> str:
    """Runs the test on both databases; the value is "sqlite" or "postgresql"."""
    return database_kind


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database of this test alone."""
    if database_kind == "sqlite":
        target = tmp_path / "instance" / "perron.sqlite3"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(request.getfixturevalue("sqlite_template"), target)
        yield f"sqlite:///{target}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    name = server.create(template=request.getfixturevalue("postgresql_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlite-template")
    template = folder / "template.sqlite3"
    migrate(f"sqlite:///{template}", folder)
    return template


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A real PostgreSQL server; without one the test is skipped with the reason, or fails under --require-all."""
    try:
        with postgresql_server() as server:
            yield server
    except NoPostgresql as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    name = postgresql.create()
    migrate(postgresql.url(name), tmp_path_factory.mktemp("postgresql-template"))
    yield name
    postgresql.drop(name)


@pytest.fixture
def redis_url() -> Iterator[str]:
    """The address of a real, empty Redis of this test alone."""
    try:
        with redis_server() as url:
            yield url
    except NoRedis as reason:
        pytest.skip(str(reason))


def migrate(url: str, folder: Path) -> None:
    """Bring the database at `url` to the newest schema, the way an installation does."""
    app = Flask("wizard")
    extensions.init_app(app, make_settings(folder, database_url=url))
    try:
        with app.app_context():
            database_upgrade.upgrade(START)
            assert database_upgrade.is_current(), "The migrations do not lead to the newest schema."
    finally:
        close(app)


def close(app: Flask) -> None:
    """Give back every connection of `app`, so that its database can be copied or dropped."""
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
