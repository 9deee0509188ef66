"""Inviting people: who gets a mail, who does not, and that nobody gets two by accident."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.accounts import add_account
from tests.support.mails import Mail
from tests.support.races import at_once
from wizard.models import Account, AuditEvent, Issue, OutboxMail, db, write
from wizard.services import invitations, issues, outbox

pytestmark = pytest.mark.usefixtures("app_context")


def mailed() -> list[str]:
    """Whom the outbox has an invitation for, in the alphabet's order."""
    db.session.rollback()
    return sorted(
        str(address).split("@", maxsplit=1)[0] for address in db.session.scalars(select(OutboxMail.recipient))
    )


def refused(summary: invitations.Summary) -> dict[str, str]:
    return {each.name: each.reason for each in summary.refused}


def test_everybody_without_an_invitation_gets_one_once() -> None:
    add_account("ann"), add_account("ben")
    assert invitations.send().sent == 2
    assert invitations.send().sent == 0
    assert mailed() == ["ann", "ben"]
    assert db.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == "invited")) == 2


def test_only_people_of_first_connection_who_never_had_an_own_password_are_invited(clock: Any) -> None:
    add_account("new")
    add_account("moved", journey="migrated-account")
    add_account("left", disabled_at=clock.now())
    add_account("settled", password_hash="hash")
    add_account("ended", password_ended_at=clock.now())
    assert invitations.count() == 1
    assert invitations.send(again=True).sent == 1
    assert mailed() == ["new"]


def test_an_invitation_sent_again_ends_the_older_one(clock: Any) -> None:
    add_account("ann")
    invitations.send()
    clock.advance(days=1)
    assert invitations.send(again=True).sent == 1
    rows = list(db.session.scalars(select(Issue).order_by(Issue.created_at)))
    assert [issues.state(row, clock.now()) for row in rows] == ["replaced", "open"]
    newest = db.session.scalars(select(OutboxMail).order_by(OutboxMail.created_at.desc())).first()
    assert newest is not None
    password = Mail(outbox.read_message(newest)).temporary_password
    assert password is not None
    assert [issues.fits(row, password) for row in rows] == [False, True]


def test_a_limit_leaves_the_rest_for_the_next_time() -> None:
    for number in range(5):
        add_account(f"person{number}")
    assert [invitations.send(limit=2).sent for _ in range(4)] == [2, 2, 1, 0]
    assert len(set(mailed())) == 5


def test_more_people_than_one_batch_are_all_invited_and_counted() -> None:
    with write() as session:
        for number in range(invitations.BATCH + 3):
            name = f"p{number:03d}"
            session.add(
                Account(
                    id=name, username=name, username_key=name, email=f"{name}@people.example", language="en",
                    email_key=f"{name}@people.example", journey="first-connection", created_at=outbox.tools().clock.now(),
                )
            )  # fmt: skip
    told: list[int] = []
    assert invitations.count() == invitations.BATCH + 3
    assert invitations.send(advance=told.append).sent == invitations.BATCH + 3
    assert told == [invitations.BATCH, invitations.BATCH + 3]
    assert len(mailed()) == invitations.BATCH + 3


def test_people_can_be_named_by_user_name_or_address() -> None:
    add_account("ann"), add_account("ben"), add_account("cleo")
    summary = invitations.send(["ANN", "ben@people.example", "ann"])
    assert (summary.sent, refused(summary)) == (2, {})
    assert mailed() == ["ann", "ben"]
    assert invitations.send(["ann"]).sent == 1, "Who is named is invited again."


def test_who_is_named_and_cannot_be_invited_is_told_with_a_reason(clock: Any) -> None:
    add_account("settled", password_hash="hash")
    add_account("ended", password_ended_at=clock.now())
    add_account("left", disabled_at=clock.now())
    add_account("moved", journey="migrated-account")
    add_account("twin1", email="shared@people.example"), add_account("twin2", email="shared@people.example")
    names = ["nobody", "settled", "ended", "left", "moved", "shared@people.example", "bad\nname"]
    summary = invitations.send(names)
    assert summary.sent == 0
    assert refused(summary) == {
        "nobody": "unknown",
        "settled": "own-password",
        "ended": "own-password",
        "left": "disabled",
        "moved": "other-journey",
        "shared@people.example": "ambiguous",
        "bad\nname": "unknown",
    }
    assert set(refused(summary).values()) <= set(invitations.REASONS)
    assert mailed() == []


def test_who_set_a_password_since_being_chosen_is_passed_over() -> None:
    ann, ben = add_account("ann").id, add_account("ben", password_hash="hash").id
    assert invitations.send_to([ann, ben, "unknown"]) == 1
    assert mailed() == ["ann"]


def test_two_senders_at_once_invite_each_person_once(each_database: str, app: Flask) -> None:
    ids = [add_account(f"person{number}").id for number in range(10)]
    db.session.rollback()

    def send() -> int:
        with app.app_context():
            return invitations.send_to(ids)

    assert sum(at_once([send] * 3)) == 10
    assert len(mailed()) == len(set(mailed())) == 10
