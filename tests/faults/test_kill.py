"""Killed at any moment, the application comes back and the person goes on where the last answer left them."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask

from tests.support.far_client import FarClient, Unanswered
from tests.support.page import Page
from tests.support.people import PASSWORD, InvitedPerson, invite
from tests.support.processes import free_port
from tests.support.rows import rows_of
from tests.support.served import Served
from tests.support.settings import INSTALLATION
from tests.support.smtp import SmtpServer
from wizard.adapters.clock import SystemClock
from wizard.models import Account, AuditEvent, Authenticator

ORDER = [
    "prepare",
    "enter-username",
    "enter-password",
    "choose-authenticator",
    "enter-code",
    "change-password",
    "keep-recovery-codes",
    "finish",
]
KILLS = 8
SEED = 20261120


def test_a_person_walks_through_eight_kills(
    app: Flask, serve: Callable[..., Served], database_url: str, smtp: SmtpServer, tmp_path: Path
) -> None:
    app.extensions["perron"].clock = SystemClock()
    person = invite(app)
    port = free_port()
    settings: dict[str, Any] = INSTALLATION | {
        "public_url": f"http://localhost:{port}", "database_url": database_url, "mail_port": smtp.port, "argon2": "8192,2,1",
    }  # fmt: skip
    dice = random.Random(SEED)
    site = serve(port=port, **settings)
    browser = FarClient(site.base_url)
    page = browser.get("/first-connection", follow=True)
    kills = 0
    for _ in range(60):
        if page.step == "finish":
            break
        before = str(page.step)
        if kills < KILLS:
            acknowledged = press_and_kill(page, person, site, dice.uniform(0, 0.12))
            kills += 1
            site = serve(port=port, **settings)
        else:
            acknowledged = answer(page, person).status == 303
        page = browser.get("/first-connection", follow=True)
        assert ORDER.index(str(page.step)) - ORDER.index(before) in ({1} if acknowledged else {0, 1})
    assert page.step == "finish"
    assert kills == KILLS
    assert_once(app, person)


def press_and_kill(page: Page, person: InvitedPerson, site: Served, after: float) -> bool:
    """Press, and kill the server `after` seconds; says whether the press was acknowledged."""
    answers: list[Page] = []

    def press() -> None:
        try:
            answers.append(answer(page, person))
        except Unanswered:
            return

    presser = threading.Thread(target=press)
    presser.start()
    presser.join(after)
    kill(site)
    presser.join(20)
    assert not presser.is_alive()
    return bool(answers) and answers[0].status == 303


def kill(site: Served) -> None:
    """kill -9 for the server and its workers, by their process ids."""
    parent = site.process.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    for pid in [parent, *map(int, children)]:
        signal_quietly(pid)
    site.process.process.wait(10)


def signal_quietly(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended with its parent


def answer(page: Page, person: InvitedPerson) -> Page:
    fields: dict[str, Any] = {
        "enter-username": {"username": person.username},
        "enter-password": {"password": person.temporary_password},
        "change-password": {"new_password": PASSWORD},
    }.get(str(page.step), {})
    if page.step == "enter-code":
        secret = page.said("[data-secret]").replace(" ", "")
        page.client.secrets[secret] = ("enter-code",)
        fields = {"code": pyotp.TOTP(secret).now()}
    choice = "code-app" if page.step == "choose-authenticator" else None
    return page.press(choice, follow=False, **fields)


def assert_once(app: Flask, person: InvitedPerson) -> None:
    """Every step was done once, however often it was sent."""
    account = rows_of(app, Account, id=person.account_id)[0]
    assert account.password_hash is not None
    assert len(rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)) == 1
    for kind in ("authenticator-bound", "password-set", "signed-in"):
        assert len(rows_of(app, AuditEvent, kind=kind)) == 1, kind
