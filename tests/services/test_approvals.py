"""Approval requests: what the database holds of one, who may claim it, and what survives a restart between answer and claim."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from tests.support.clock import MovableClock
from tests.support.databases import close
from tests.support.page_client import PageClient
from tests.support.phones import Linked, asking, linked, number_on
from tests.support.rows import change, row_of, rows_of
from tests.support.windows import window_of
from wizard import create_app
from wizard.domain.number_match import YES
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, ApprovalRequest, AuditEvent, Authenticator, Device, Session, db, write
from wizard.services import approvals
from wizard.services.devices import Signed
from wizard.services.visits import Visit
from wizard.settings import Settings

Result = TypeVar("Result")


def open_request(app: Flask) -> ApprovalRequest:
    return row_of(app, ApprovalRequest, ended_at=None)


def as_session(app: Flask, session_id: str, act: Callable[[Visit], Result]) -> Result:
    """Run `act` with the visit of a browser that holds this session."""

    def run() -> Result:
        with app.test_request_context("/"):
            visit = Visit()
            visit.session = db.session.get_one(Session, session_id)
            return act(visit)

    return contextvars.Context().run(run)


def claimed(app: Flask, session_id: str, request_id: str) -> bool:
    def act(visit: Visit) -> bool:
        with write():
            visit.session = db.session.get_one(Session, session_id)
            return approvals.claim(visit, db.session.get_one(ApprovalRequest, request_id)) is not None

    return as_session(app, session_id, act)


def state_of(app: Flask) -> str:
    found = rows_of(app, ApprovalRequest)[-1]
    return as_session(app, found.session_id, lambda visit: approvals.state(visit, approvals.newest(visit, "sign-in")))


def test_a_request_holds_digests_and_its_page_encrypted(app: Flask) -> None:
    someone = linked(app)
    number = number_on(asking(app, someone))
    request = open_request(app)
    assert number not in {request.number_hash, request.scan_hash, request.challenge}
    assert request.shown is not None
    assert number.encode() not in request.shown.split(b'"')
    assert len(request.challenge) >= 43
    assert request.ends_at - request.created_at == timedelta(minutes=5)


def test_the_same_number_is_written_differently_in_every_request(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.domain.number_match.new_number", lambda digits: "47")
    someone = linked(app)
    asking(app, someone)
    asking(app, someone)
    assert len({row.number_hash for row in rows_of(app, ApprovalRequest)}) == 3


def test_only_the_session_that_asked_claims(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    request = open_request(app)
    for session in rows_of(app, Session):
        if session.id != request.session_id:
            assert not claimed(app, session.id, request.id)
    assert other.computer.get("/account").signed_in
    assert claimed(app, request.session_id, request.id)
    assert not claimed(app, request.session_id, request.id)


def test_an_answer_is_worth_nothing_when_its_phone_has_ended(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    request = open_request(app)
    change(app, Authenticator, str(request.authenticator_id), ended_at=clock.now())
    assert not claimed(app, request.session_id, request.id)


@pytest.mark.parametrize("late", ["time", "replaced", "phone ended", "device ended", "account closed"])
def test_what_has_ended_between_the_page_and_the_answer_takes_none(app: Flask, clock: MovableClock, late: str) -> None:
    someone = linked(app)
    number = number_on(asking(app, someone))
    request, device = open_request(app), row_of(app, Device)
    if late == "time":
        clock.advance(minutes=5)
    elif late == "replaced":
        change(app, ApprovalRequest, request.id, ended_at=clock.now())
    elif late == "phone ended":
        change(app, Authenticator, row_of(app, Authenticator).id, ended_at=clock.now())
    elif late == "device ended":
        change(app, Device, device.id, ended_at=clock.now())
    else:
        change(app, Account, request.account_id, disabled_at=clock.now())

    def answer(visit: Visit) -> str:
        said = approvals.answer_of(request, number, YES)
        signed = Signed(signature=someone.phone.signed(said.message().decode()))
        return approvals.give_answer(visit, device, request, said, signed)

    assert as_session(app, request.session_id, answer) == "ended"
    assert row_of(app, ApprovalRequest, id=request.id).answer is None


@pytest.mark.settings(number_match="typed")
def test_where_the_number_is_to_be_typed_the_scan_token_is_a_wrong_number(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    request, device = open_request(app), row_of(app, Device)

    def answer(visit: Visit) -> str:
        shown = approvals.shown(request)
        assert shown is not None
        said = approvals.answer_of(request, shown.scan_address.split("?t=")[1], YES)
        return approvals.give_answer(
            visit, device, request, said, Signed(signature=someone.phone.signed(said.message().decode()))
        )

    assert as_session(app, request.session_id, answer) == "number-differs"


def test_what_was_not_answered_yes_is_never_claimed(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    request = open_request(app)
    assert not claimed(app, request.session_id, request.id)
    someone.phone.say("9" * 9)
    assert not claimed(app, request.session_id, request.id)


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (119, True), (120, False), (121, False)])
def test_an_answer_is_fresh_for_two_minutes(app: Flask, clock: MovableClock, seconds: int, good: bool) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    clock.advance(seconds=seconds)
    request = open_request(app)
    assert state_of(app) == ("answered" if good else "expired")
    assert claimed(app, request.session_id, request.id) is good


def test_how_a_request_stands(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    assert state_of(app) == "waiting"
    clock.advance(minutes=5)
    assert state_of(app) == "expired"
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    assert state_of(app) == "answered"
    page.press()
    assert state_of(app) == "none"
    asking(app, someone)
    someone.phone.say("9" * 9)
    assert state_of(app) == "number-differs"
    asking(app, someone)
    someone.phone.refuse()
    assert state_of(app) == "not-me"


def test_the_database_itself_allows_one_open_request_an_account(app: Flask, each_database: str) -> None:
    someone = linked(app)
    asking(app, someone)
    request = open_request(app)

    def second(_visit: Visit) -> None:
        with write() as session:
            kept = {column.name: getattr(request, column.name) for column in ApprovalRequest.__table__.columns}
            session.add(ApprovalRequest(**(kept | {"id": new_id()})))

    with pytest.raises(IntegrityError):
        as_session(app, request.session_id, second)


def test_an_answer_outlives_the_process(app: Flask, settings: Settings, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    restarted = create_app(settings)
    restarted.extensions["perron"].clock = clock
    window = window_of(page.client, restarted)
    assert window.post(page.path, page.form_values() | {"choice": "continue"}, follow=True).signed_in
    close(restarted)


def test_what_was_asked_and_answered_is_in_the_trail_without_the_number(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    number = number_on(page)
    someone.phone.say(number)
    page.press()
    asked, answered = (
        rows_of(app, AuditEvent, kind="approval-asked")[-1],
        rows_of(app, AuditEvent, kind="approval-answered")[-1],
    )
    assert asked.payload == {"purpose": "sign-in"}
    assert answered.payload is not None
    assert answered.payload["answer"] == "yes"
    assert number not in {str(value) for value in [*asked.payload.values(), *answered.payload.values()]}


def test_the_pause_is_counted_by_source_and_account(app: Flask) -> None:
    first, second = linked(app), linked(app, "lea.morel")
    for _ in range(3):
        asking(app, first)

    def paused(account: Linked, address: str) -> bool:
        def run() -> bool:
            with app.test_request_context("/", environ_overrides={"REMOTE_ADDR": address}):
                return approvals.paused_until(account.person.account_id) is not None

        return contextvars.Context().run(run)

    assert paused(first, "127.0.0.1")
    assert not paused(first, "203.0.113.9")
    assert not paused(second, "127.0.0.1")


def test_an_ipv6_site_is_one_source(app: Flask) -> None:
    someone = linked(app)
    for host in (1, 2, 3):
        asking(app, someone, PageClient(app, address=f"2001:db8::{host}"))

    def run(address: str) -> bool:
        with app.test_request_context("/", environ_overrides={"REMOTE_ADDR": address}):
            return approvals.may_ask(someone.person.account_id)

    assert not contextvars.Context().run(run, "2001:db8::ffff")
    assert contextvars.Context().run(run, "2001:db8:0:1::1")


def test_the_times_are_the_settings(app_context: Flask) -> None:
    settings = tools().settings
    assert (settings.approval_lifetime, settings.approval_claim) == (300, 120)
    assert (settings.approvals, settings.approvals_window, settings.approvals_pause) == (3, 600, 900)
    assert settings.approvals_a_day == 10
