"""The trail: declared, sealed in order, and every alteration found."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from tests.support.page_client import PageClient
from tests.support.people import complete, invite
from tests.support.races import at_once
from tests.support.rows import beside, rows_of
from wizard.models import AuditEvent, db, write
from wizard.services import audit


def record(app: Flask, count: int = 3) -> list[int]:
    """Some events; returns their ids."""

    def act() -> None:
        for number in range(count):
            with write():
                audit.record("step-reset", account_id=None, actor="desk", step=f"step-{number}")

    beside(app, act)
    return [row.id for row in events(app)]


def events(app: Flask) -> list[AuditEvent]:
    return sorted(rows_of(app, AuditEvent), key=lambda row: row.id)


def seal(app: Flask, limit: int = 500) -> int:
    return beside(app, lambda: audit.seal_due(limit))


def alter(app: Flask, event_id: int, **values: Any) -> None:
    def act() -> None:
        with write() as session:
            session.execute(update(AuditEvent).where(AuditEvent.id == event_id).values(**values))

    beside(app, act)


def first_broken(app: Flask) -> int | None:
    return beside(app, audit.first_broken)


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("step-reset", {}),
        ("step-reset", {"step": "enter-code", "password": "hunter2"}),
        ("signed-out", {"note": "x"}),
        ("unheard-of", {}),
    ],
)
def test_only_what_is_declared_may_be_written(app_context: Flask, event: str, payload: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=event), write():
        audit.record(event, account_id=None, actor="system", **payload)
    assert list(db.session.scalars(select(AuditEvent))) == []


def test_an_event_stands_or_falls_with_the_change_that_it_tells_of(app_context: Flask) -> None:
    with suppress(ZeroDivisionError), write():
        audit.record("signed-out", account_id=None, actor="person")
        db.session.flush()
        raise ZeroDivisionError
    assert list(db.session.scalars(select(AuditEvent))) == []


def test_a_whole_first_connection_leaves_its_trail_in_order_and_no_secret_in_it(
    each_database: str, app: Flask, client: PageClient
) -> None:
    person = complete(client, invite(app), app)
    kinds = [row.kind for row in events(app) if row.account_id == person.account_id]
    expected = [
        "invited",
        "password-proven",
        "enrolment-begun",
        "authenticator-bound",
        "factor-proven",
        "password-set",
        "signed-in",
        "codes-skipped",
    ]
    assert [kind for kind in kinds if kind in expected] == expected
    told = repr([row.payload for row in events(app)])
    for secret in (
        person.password,
        person.secret,
        person.person.temporary_password,
        person.person.button.split("/")[-1],
    ):
        assert secret is not None
        assert secret not in told
    assert seal(app) == len(events(app))
    assert first_broken(app) is None


def test_events_are_sealed_in_order_and_each_once(each_database: str, app: Flask) -> None:
    ids = record(app, 5)
    assert [seal(app, limit=2), seal(app, limit=2), seal(app), seal(app)] == [2, 2, 1, 0]
    assert [row.sealed_order for row in events(app)] == [1, 2, 3, 4, 5]
    assert len({row.seal for row in events(app)}) == len(ids)
    assert first_broken(app) is None


def test_an_event_that_is_committed_late_under_a_lower_number_is_sealed_next(app: Flask) -> None:
    ids = record(app, 3)
    alter(app, ids[0], at=events(app)[0].at, seal="held back")  # as if its transaction were still open
    assert seal(app) == 2
    alter(app, ids[0], seal=None)
    assert seal(app) == 1
    assert [row.sealed_order for row in events(app)] == [3, 1, 2]


@pytest.mark.parametrize(
    "altered",
    [
        {"payload": {"step": "another"}},
        {"kind": "signed-out"},
        {"actor": "somebody-else"},
        {"account_id": "another"},
        {"session_id": "another"},
        {"digest": "0" * 64},
        {"seal": "0" * 64},
    ],
)
def test_an_altered_event_is_found(app: Flask, altered: dict[str, Any]) -> None:
    ids = record(app)
    seal(app)
    alter(app, ids[1], **altered)
    assert first_broken(app) == ids[1]


def test_an_event_with_another_time_is_found(app: Flask) -> None:
    ids = record(app)
    seal(app)
    alter(app, ids[1], at=events(app)[1].at + timedelta(seconds=1))
    assert first_broken(app) == ids[1]


def test_a_removed_event_is_found_at_the_one_after_it(app: Flask) -> None:
    ids = record(app)
    seal(app)

    def remove() -> None:
        with write() as session:
            session.execute(delete(AuditEvent).where(AuditEvent.id == ids[1]))

    beside(app, remove)
    assert first_broken(app) == ids[2]


def test_two_events_that_change_places_are_found(app: Flask) -> None:
    ids = record(app)
    seal(app)
    alter(app, ids[0], sealed_order=99)
    alter(app, ids[1], sealed_order=1)
    assert first_broken(app) == ids[1]


def test_an_erased_payload_keeps_the_seal(app: Flask) -> None:
    ids = record(app)
    seal(app)
    alter(app, ids[1], payload=None, salt=None)
    assert first_broken(app) is None


def test_equal_payloads_cannot_be_told_apart_by_their_digests(app: Flask) -> None:
    record(app, 1)
    record(app, 1)
    assert len({row.digest for row in events(app)}) == 2


def test_of_several_sealers_at_once_each_event_is_sealed_once(each_database: str, app: Flask) -> None:
    record(app, 20)

    def try_to_seal() -> int:
        try:
            return audit.seal_due()
        except (audit.TwoSealers, IntegrityError):
            return 0

    sealed = at_once([lambda: beside(app, try_to_seal) for _ in range(8)])
    assert sorted(sealed) == [0] * 7 + [20]
    assert [row.sealed_order for row in events(app)] == list(range(1, 21))
    assert first_broken(app) is None
