"""Fixtures for the application of a test: its settings, its clock, a browser and the outbox beside it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from tests.support.addresses import RememberedRule
from tests.support.clock import MovableClock
from tests.support.databases import close
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.served import live
from tests.support.settings import make_settings
from tests.support.watched import watch
from wizard import create_app
from wizard.services import catalogues
from wizard.settings import Settings

# Each test has an application of its own; the templates and the addresses are compiled once for all of them.
COMPILED = FileSystemBytecodeCache()
Flask.url_rule_class = RememberedRule


@pytest.fixture
def clock() -> MovableClock:
    """The time of the test's installation: 20 November 2026, 9:00 UTC, until `clock.advance(minutes=…)`."""
    return MovableClock()


@pytest.fixture
def settings(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Settings:
    """The settings of the test's installation; `@pytest.mark.settings(second_factor="off")` changes some."""
    overrides: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("settings"))):
        overrides |= mark.kwargs
    return make_settings(tmp_path, **{"database_url": database_url, **overrides})


@pytest.fixture(scope="session")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogues, compiled once a run as a start compiles them."""
    folder = tmp_path_factory.mktemp("translations")
    catalogues.compile_into(folder)
    return folder


@pytest.fixture
def app(settings: Settings, clock: MovableClock, translations: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on an empty, migrated database. An exception reaches the test instead of the page for 500."""
    with _application(settings, clock, translations) as made:
        made.testing = True
        watch(made, request.fixturenames)
        yield made


@pytest.fixture
def app_context(app: Flask) -> Iterator[Flask]:
    """The application with its context open, for tests of services. Pages run beside it, in contexts of their own."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> PageClient:
    """One browser, which audits every page. `PageClient(app)` makes another."""
    return PageClient(app)


@pytest.fixture
def mailbox(app: Flask) -> Mailbox:
    """The mails that wait in the outbox."""
    return Mailbox(app)


@dataclass(frozen=True)
class LiveApp:
    """An application served by threads of this process, with the clock that the test moves."""

    app: Flask
    base_url: str
    clock: MovableClock


@pytest.fixture
def live_app(
    tmp_path: Path, database_url: str, clock: MovableClock, translations: Path
) -> Iterator[Callable[..., LiveApp]]:
    """Serves an application with the given settings on a port of its own, for browsers."""
    with ExitStack() as running:

        def start(**overrides: Any) -> LiveApp:
            door = running.enter_context(socket.create_server(("127.0.0.1", 0)))
            base_url = f"http://localhost:{door.getsockname()[1]}"
            settings = make_settings(tmp_path, **{"database_url": database_url, "public_url": base_url, **overrides})
            made = running.enter_context(_application(settings, clock, translations))
            running.enter_context(live(made, door))
            return LiveApp(made, base_url, clock)

        yield start


@contextmanager
def _application(settings: Settings, clock: MovableClock, translations: Path) -> Iterator[Flask]:
    settings.instance.mkdir(parents=True, exist_ok=True)
    compiled = settings.instance / "translations"
    if not compiled.exists():
        compiled.symlink_to(translations)  # found there and not older, so the start does not compile them again
    made = create_app(settings)
    made.jinja_env.bytecode_cache = COMPILED
    made.extensions["perron"].clock = clock
    try:
        yield made
    finally:
        close(made)
