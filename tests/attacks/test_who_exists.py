"""Whoever asks learns nothing about which names exist (SEC-28, ASVS 5.0 6.3.8)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask import Flask

from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, disable, invite, mailed_button
from tests.support.rows import beside, rows_of
from tests.support.smtp import SmtpServer
from wizard.adapters.mail import SmtpTransport
from wizard.models import OutboxMail
from wizard.services import outbox

NOBODY, NO_NAME = "nadia.sow", "no name <at> all"
KEPT_HEADERS = ("Cache-Control", "Content-Type", "Location", "Retry-After", "Vary")


def everybody(app: Flask) -> list[str]:
    """A name of each kind: nobody's, impossible, complete, disabled, invited, never invited."""
    names = [NOBODY, NO_NAME, completed(app).username]
    closed = completed(app, "bilal.aden", email="bilal@people.example")
    disable(app, closed)
    invite(app, "chidi.obi", email="chidi@people.example")
    beside(app, lambda: add_account("dalia.haddad", email="dalia@people.example"))
    return [*names, closed.username, "chidi.obi", "dalia.haddad"]


def as_seen(page: Page, name: str) -> tuple[object, ...]:
    """An answer without what differs at every request: the name itself, nonces, form secrets, help code."""
    html = page.html.replace(name, "NAME").replace(name.replace("<", "&lt;").replace(">", "&gt;"), "NAME")
    html = re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"|data-help-code>[^<]+|%20code%20[A-Z0-9-]+', "", html)
    cookies = sorted(re.sub("=[^;]*", "", cookie, count=1) for cookie in page.headers.getlist("Set-Cookie"))
    return page.status, page.path, [page.headers.get(name) for name in KEPT_HEADERS], cookies, html


def seen_by_each(app: Flask, walk: Callable[[PageClient, str], list[Page]]) -> dict[str, list[tuple[object, ...]]]:
    return {name: [as_seen(page, name) for page in walk(PageClient(app), name)] for name in everybody(app)}


def all_alike(seen: dict[str, list[tuple[object, ...]]]) -> bool:
    first = seen[NOBODY]
    for name, pages in seen.items():
        assert pages == first, name
    return len(first) > 1


@pytest.mark.settings(password_tries=3)
@pytest.mark.parametrize("journey", ["sign-in", "first-connection"])
def test_wrong_passwords_up_to_the_pause_look_alike_for_every_name(app: Flask, journey: str) -> None:
    """Django CVE-2024-39329: accounts without a password of their own told themselves apart."""

    def walk(client: PageClient, name: str) -> list[Page]:
        page = client.get(f"/{journey}", follow=True)
        page = page.press() if page.step == "prepare" else page
        pages = [page.press(username=name)]
        for number in range(4):
            pages.append(pages[-1].press(password=f"Wrong one, number {number}"))
        return [*pages, client.get(f"/{journey}/enter-password")]

    assert all_alike(seen_by_each(app, walk))


@pytest.mark.parametrize("minutes", [0, 11])
def test_asking_for_a_code_looks_alike_for_every_name_while_the_mail_waits(
    app: Flask, clock: MovableClock, minutes: int
) -> None:
    """Django CVE-2024-45231: what became of the mail could be seen in the answer."""
    names, clients = everybody(app), {}
    for name in names:
        clients[name] = PageClient(app)
        clients[name].get("/forgotten-password", follow=True).press(username=name)
    clock.advance(minutes=minutes)
    assert all_alike({name: after_asking(clients[name], name) for name in names})


def test_asking_for_a_code_looks_alike_after_the_mail_has_left(
    app: Flask, clock: MovableClock, smtp: SmtpServer, start_transport: SmtpTransport
) -> None:
    """Django CVE-2024-45231, with a mail server that answers some minutes late."""
    names, clients = everybody(app), {}
    for name in names:
        clients[name] = PageClient(app)
        clients[name].get("/forgotten-password", follow=True).press(username=name)
    clock.advance(minutes=3)
    assert beside(app, lambda: outbox.deliver_due(start_transport)).handed_over > 0
    clock.advance(minutes=8)
    assert all_alike({name: after_asking(clients[name], name) for name in names})


@pytest.fixture
def start_transport(app: Flask, smtp: SmtpServer) -> SmtpTransport:
    """Hands over to the mail server of the test."""
    return SmtpTransport(dataclasses.replace(app.extensions["perron"].settings, mail_port=smtp.port))


def after_asking(client: PageClient, name: str) -> list[tuple[object, ...]]:
    page = client.get("/forgotten-password", follow=True)
    answers = [page, page.press(code="000000"), client.get("/forgotten-password/verify-email")]
    for _ in range(4):
        answers.append(client.post("/forgotten-password/verify-email", {"choice": "resend"}, follow=True))
    for number in range(6):
        answers.append(client.post("/forgotten-password/verify-email", {"code": f"00000{number}"}, follow=True))
    return [as_seen(answer, name) for answer in answers]


def test_asking_writes_a_mail_for_every_name_and_sends_it_only_to_who_exists(app: Flask) -> None:
    names = everybody(app)
    before = len(rows_of(app, OutboxMail, kind="mailed_code"))
    for name in names:
        PageClient(app).get("/forgotten-password", follow=True).press(username=name)
    rows = rows_of(app, OutboxMail, kind="mailed_code")[before:]
    assert len(rows) == len(names)
    sent = {row.recipient for row in rows if row.state == "waiting"}
    assert sent == {"amina.keita@people.example", "chidi@people.example", "dalia@people.example"}
    assert all(row.message is None for row in rows if row.recipient is None)


def test_a_mail_goes_to_the_stored_address_whatever_was_typed(app: Flask, mailbox: Mailbox) -> None:
    """Django CVE-2019-19844: a look-alike of the name or address led the mail to whoever had typed it."""
    completed(app)
    for typed in (
        "AMINA.KEITA",
        "ａｍｉｎａ.ｋｅｉｔａ",
        "amina.ke\u0131ta",
        "аmina.keita",
        "amina.keita@people.example",
    ):
        PageClient(app).get("/forgotten-password", follow=True).press(username=typed)
    assert {mail.to for mail in mailbox.all("mailed_code")} == {"amina.keita@people.example"}


def test_a_wrong_password_costs_one_hash_for_nobody_as_for_somebody(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django CVE-2024-39329: no hash was computed for accounts that could have none, and the time told so.

    The times themselves are measured by `python -m tests.benchmarks.likeness`.
    """
    computed: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, stored: str, password: bytes) -> bool:
        computed.append(stored.rpartition("$")[0].rpartition("$")[0])  # the cost, without salt and hash
        return bool(verify(hasher, stored, password))

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for name in everybody(app):
        page = PageClient(app).get("/sign-in", follow=True).press(username=name)
        computed.clear()
        assert page.press(password="Wrong one").refused == "wrong-password"
        assert (name, len(computed)) == (name, 1)
        assert computed == ["$argon2id$v=19$m=64,t=1,p=1"], name


def test_the_button_of_a_closed_account_leads_where_an_invented_one_does(app: Flask) -> None:
    person = invite(app)
    PageClient(app).get("/forgotten-password", follow=True).press(username=person.username)
    buttons = [person.button, mailed_button(app, person)]
    disable(app, person)
    answers = [PageClient(app).get(path) for path in [*buttons, "/i/" + "A" * 43]]
    assert {(answer.status, answer.problem, person.username in answer.html) for answer in answers} == {
        (404, "link-unknown", False)
    }
