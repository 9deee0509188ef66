"""Killed between a phone's answer and its claim, the installation comes back and the computer that asked still claims it, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from tests.faults.test_kill import kill
from tests.support.clock import MovableClock
from tests.support.far_client import FarClient
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.people import place_at
from tests.support.phones import Linked, linked, number_on
from tests.support.processes import free_port
from tests.support.rows import row_of, rows_of
from tests.support.served import Served
from tests.support.settings import INSTALLATION
from tests.support.smtp import SmtpServer
from wizard.adapters.clock import SystemClock
from wizard.models import ApprovalRequest, AuditEvent, Proof

PHONE_COOKIE = "perron-phone"


def test_an_acknowledged_yes_survives_a_kill_and_is_claimed_once(
    app: Flask, serve: Callable[..., Served], database_url: str, smtp: SmtpServer
) -> None:
    someone = linked_an_hour_ago(app)
    port = free_port()
    settings: dict[str, Any] = INSTALLATION | {
        "public_url": f"http://localhost:{port}", "database_url": database_url, "mail_port": smtp.port,
    }  # fmt: skip
    site = serve(port=port, **settings)
    computer, phone = FarClient(site.base_url), FarClient(site.base_url)
    shown = place_at(computer, "sign-in", "match-number", someone.person)
    assert say_yes(phone, someone, number_on(shown)).status == 200

    kill(site)
    serve(port=port, **settings)
    fields = shown.form_values() | {"choice": "continue"}
    claimed = computer.post(shown.path, fields)
    later = computer.post(shown.path, fields)

    assert (claimed.status, later.status) == (303, 303)
    assert computer.get("/account").signed_in
    request = row_of(app, ApprovalRequest, purpose="sign-in")
    assert (request.answer, request.ended_reason) == ("yes", "claimed")
    assert len(rows_of(app, Proof, method="number", purpose="sign-in")) == 1
    assert len(rows_of(app, AuditEvent, kind="signed-in", session_id=request.session_id)) == 1
    assert stranger_with(site, shown).location == "/sign-in"


def linked_an_hour_ago(app: Flask) -> Linked:
    """Somebody who has linked a phone before the server is started, which runs by the real time."""
    app.extensions["perron"].clock = MovableClock(SystemClock().now() - timedelta(hours=1))
    return linked(app)


def say_yes(phone: FarClient, someone: Linked, number: str) -> Page:
    """Answer over the network, by the cookie and the key of the linked phone."""
    cookie = someone.phone.raw.get_cookie(PHONE_COOKIE)
    assert cookie is not None
    phone.cookies[PHONE_COOKIE] = cookie.value
    asked = phone.get(attribute(phone.get("/phone").find("a[data-request]"), "href"))
    return asked.press("yes", number=number, **someone.phone.proof(asked, number))


def stranger_with(site: Served, shown: Page) -> Page:
    """Another browser that sends the same claim, and then wants in."""
    stranger = FarClient(site.base_url)
    stranger.get("/sign-in", follow=True)
    stranger.post(shown.path, {"choice": "continue"})
    return stranger.get("/account")
