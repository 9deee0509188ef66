"""The database is held by somebody else, full, or away: 503 within six seconds, nothing half done, and afterwards all is well."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from tests.support.clock import MovableClock
from tests.support.databases import close, migrate
from tests.support.held import held_by_another
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, next_code, place_at
from tests.support.postgresql import NoPostgresql, PostgresqlServer, _environment, _start, usable_binaries
from tests.support.processes import ServerProcess, server_folder, unprivileged
from tests.support.races import at_once
from tests.support.rows import NOTES_OF_POSTS, beside, tables
from tests.support.settings import make_settings
from tests.support.windows import cookie_of
from wizard import create_app
from wizard.models import db

PROMISED = 6.0  # seconds until somebody knows that it does not work now (security.md, section 6)


def timed(act: Callable[[], Page]) -> tuple[Page, float]:
    began = time.monotonic()
    return act(), time.monotonic() - began


def assert_away(page: Page) -> None:
    assert (page.status, page.problem, page.headers["Retry-After"]) == (503, "service", "5")


def test_a_locked_database_is_told_in_time_and_everything_is_as_before(app: Flask, database_url: str) -> None:
    people = [completed(app, name) for name in ("amina.keita", "lea.morel", "tomas.lind")]
    browsers = [PageClient(app, language="fr") for _ in people]
    pages = [
        place_at(browser, "sign-in", "enter-password", person) for browser, person in zip(browsers, people, strict=True)
    ]
    before, cookies = tables(app), [cookie_of(browser) for browser in browsers]

    with held_by_another(database_url.removeprefix("sqlite:///")):
        assert PageClient(app).get("/").status == 200  # reading goes on
        answers = at_once(
            [
                lambda page=page, person=person: timed(lambda: page.press(password=person.password, follow=False))
                for page, person in zip(pages, people, strict=True)
            ]
        )

    for page, seconds in answers:
        assert_away(page)
        assert page.find("html")["lang"] == "fr"
        assert seconds < PROMISED
    assert tables(app) == before
    assert [cookie_of(browser) for browser in browsers] == cookies
    assert [page.press(password=person.password).step for page, person in zip(pages, people, strict=True)] == [
        "enter-code"
    ] * 3


def test_a_full_disk_refuses_what_must_be_written_and_recovers_by_itself(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "enter-username", person)
    with full_disk(app):
        answer = page.press(username=person.username)  # leads to the page that writes a mail
        assert_away(answer)
        assert client.get("/").status == 200
        assert client.get("/healthz").status == 200
        before = tables(app, NOTES_OF_POSTS)
        assert_away(client.get("/forgotten-password/verify-email"))
        assert tables(app, NOTES_OF_POSTS) == before
    assert client.get("/forgotten-password/verify-email").step == "verify-email"


class full_disk:
    """Inside the block the database file of `app` may not grow by a single page."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __enter__(self) -> None:
        def fill() -> None:
            pages = db.session.scalar(text("PRAGMA page_count"))
            self.listener = lambda connection, _record: connection.execute(f"PRAGMA max_page_count={pages}")
            event.listen(db.engine, "connect", self.listener)
            db.session.remove()
            db.engine.dispose()

        beside(self.app, fill)

    def __exit__(self, *_: object) -> None:
        def free() -> None:
            event.remove(db.engine, "connect", self.listener)
            db.engine.dispose()

        beside(self.app, free)


@pytest.fixture
def own_postgresql() -> Iterator[tuple[list[ServerProcess], PostgresqlServer]]:
    """A PostgreSQL of this test alone, which it may stop and start."""
    try:
        binaries = usable_binaries()
    except NoPostgresql as reason:
        pytest.skip(str(reason))
    folder = server_folder("perron-own-pg-")
    process, server = _start(binaries, folder)
    holder = [process]
    try:
        yield holder, server
    finally:
        holder[-1].stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_postgresql_that_stops_is_told_and_comes_back(
    own_postgresql: tuple[list[ServerProcess], PostgresqlServer], tmp_path: Path, clock: MovableClock
) -> None:
    holder, server = own_postgresql
    url = server.url(server.create())
    migrate(url, tmp_path)
    app = create_app(make_settings(tmp_path, database_url=url))
    app.testing = True
    app.extensions["perron"].clock = clock
    person = completed(app)
    browser, stranger = PageClient(app), PageClient(app)
    page = place_at(browser, "sign-in", "enter-code", person)
    assert person.secret is not None
    cookie = cookie_of(browser)
    code = next_code(person.secret, clock)

    holder[-1].stop()
    for answer, seconds in (
        timed(lambda: page.press(code=code, follow=False)),
        timed(lambda: browser.get(page.path)),
        timed(lambda: stranger.get(f"/i/{'t' * 43}")),
    ):
        assert_away(answer)
        assert seconds < PROMISED
    assert (browser.get("/healthz").status, browser.get("/readyz").status) == (200, 503)
    assert cookie_of(browser) == cookie

    holder.append(restarted(holder[-1], server))
    assert browser.get("/readyz").status == 200
    assert page.press(code=code).signed_in
    close(app)


def restarted(ended: ServerProcess, server: PostgresqlServer) -> ServerProcess:
    """The same server again, on the same folder."""
    command = list(ended.process.args)  # type: ignore[arg-type]
    process = ServerProcess(
        command, ended.output.parent, env=_environment(), as_user=unprivileged(), stop_signal=signal.SIGINT
    )
    process.wait_until(server.answers)
    return process
