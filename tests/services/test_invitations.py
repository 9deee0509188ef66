"""Inviting people: who gets a mail, who does not, and that nobody gets two by accident."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.accounts import add_account
from tests.support.mails import Mail
from tests.support.races import at_once
from wizard.models import Account, AuditEvent, Issue, Office, Organisation, OutboxMail, db, write
from wizard.services import invitations, issues, memberships, outbox, people

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


def test_only_people_who_never_had_an_own_password_are_invited(clock: Any) -> None:
    add_account("new")
    add_account("staff", journey="helpdesk")
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
    add_account("staff", journey="helpdesk")
    add_account("twin1", email="shared@people.example"), add_account("twin2", email="shared@people.example")
    names = ["nobody", "settled", "ended", "left", "staff", "shared@people.example", "bad\nname"]
    summary = invitations.send(names)
    assert summary.sent == 0
    assert refused(summary) == {
        "nobody": "unknown",
        "settled": "own-password",
        "ended": "own-password",
        "left": "disabled",
        "staff": "other-journey",
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


def move(username: str, **facts: Any) -> Account:
    """Somebody whose account was moved."""
    return add_account(username, journey="migrated-account", **facts)


def kinds() -> dict[str, str]:
    """The kinds of mails in the outbox by recipient."""
    db.session.rollback()
    return {str(mail.recipient): mail.kind for mail in db.session.scalars(select(OutboxMail))}


def test_each_journey_has_its_mail_and_moved_people_get_no_temporary_password() -> None:
    add_account("new"), move("moved")
    assert invitations.send(journey="migrated-account").sent == 1
    assert kinds() == {"moved@people.example": "migrated_invitation"}
    assert db.session.scalars(select(Issue)).one().password_hash is None
    assert invitations.send().sent == 1
    assert kinds()["new@people.example"] == "invitation"


def test_mails_of_one_command_are_one_sending_and_single_ones_are_none() -> None:
    ann = add_account("ann").id
    invitations.send_to([ann])
    for number in range(invitations.BATCH + 1):
        add_account(f"person{number}")
    summary = invitations.send()
    told = Counter(db.session.scalars(select(OutboxMail.sending_id)))
    assert told == {None: 1, summary.sending: invitations.BATCH + 1}
    assert invitations.send().sending is None, "Nothing was sent, so there is nothing to pause."


def test_an_address_that_names_nobody_is_passed_over_until_it_is_confirmed(clock: Any) -> None:
    move("shared", email="info@people.example"), move("nowhere", email="x@noemail.com")
    move("twin1", email="twin@people.example"), move("twin2", email="twin@people.example")
    move("once", email="old@people.example"), move("gone", email="old@people.example", disabled_at=clock.now())
    add_account("first", email="info@firm.example")
    expected = {"shared-mailbox": 1, "placeholder": 1, "several-accounts": 2}
    for kind, sent in (("announcement", 1), ("invitation", 2), ("announcement", 0), ("invitation", 0)):
        summary = invitations.send(kind=kind)
        assert (summary.sent, summary.passed_over) == (sent, expected)
    assert refused(invitations.send(["shared", "twin1"])) == {"shared": "shared-mailbox", "twin1": "several-accounts"}
    with write() as session:
        for each in session.scalars(select(Account).where(Account.username_key.in_(["shared", "twin1"]))):
            people.confirm_address(each.id, clock.now())
    assert invitations.send().sent == 2
    assert {"info@people.example", "twin@people.example"} <= set(kinds())


def test_those_passed_over_do_not_use_up_the_limit() -> None:
    for number in range(5):
        move(f"a{number}", id=f"a{number}", email=f"office@firm{number}.example")
    move("z", id="z")
    summary = invitations.send(limit=1)
    assert (summary.sent, summary.passed_over) == (1, {"shared-mailbox": 5})


def test_an_announcement_goes_once_and_only_to_moved_people_who_have_not_begun(clock: Any) -> None:
    add_account("new"), move("moved"), move("settled", password_hash="hash")
    move("ended", password_ended_at=clock.now()), move("left", disabled_at=clock.now())
    invited = move("invited").id
    invitations.send_to([invited])
    summary = invitations.send(kind="announcement")
    assert (summary.sent, invitations.send(kind="announcement").sent) == (1, 0)
    assert kinds() == {"invited@people.example": "migrated_invitation", "moved@people.example": "announcement"}
    moved = db.session.scalars(select(Account).where(Account.username == "moved")).one()
    assert moved.announced_at == clock.now()
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "announced")).one()
    assert told.account_id == moved.id
    assert invitations.send().sent == 2, "Announced, then invited; the one of first-connection too."
    assert refused(invitations.send(["new", "settled"], kind="announcement")) == {
        "new": "other-journey", "settled": "own-password",
    }  # fmt: skip


def test_an_announcement_and_its_mark_stand_or_fall_together(monkeypatch: pytest.MonkeyPatch) -> None:
    move("moved")

    def broken(*_arguments: Any) -> None:
        raise RuntimeError("the mail cannot be written")

    monkeypatch.setattr(invitations.mails, "announcement", broken)
    with pytest.raises(RuntimeError):
        invitations.send(kind="announcement")
    db.session.rollback()
    assert [row.announced_at for row in db.session.scalars(select(Account))] == [None]
    monkeypatch.undo()
    assert invitations.send(kind="announcement").sent == 1


def test_whom_a_colleague_has_invited_was_never_moved(clock: Any) -> None:
    inviter, invited, both = move("inviter").id, move("invited").id, move("both").id
    with write() as session:
        session.add(Organisation(id="o", name="Osier", name_key="osier", kind="company", created_at=clock.now()))
        session.add(Organisation(id="p", name="Poplar", name_key="poplar", kind="company", created_at=clock.now()))
        session.flush()
        offices = [
            Office(id=of, organisation_id=of, name="Main", name_key="main", kind="headquarters", created_at=clock.now())
            for of in ("o", "p")
        ]
        session.add_all(offices)
        session.flush()
        memberships.add(inviter, offices[0], "administrator", clock.now())
        memberships.add(both, offices[0], "reader", clock.now())
        memberships.add(invited, offices[0], "reader", clock.now(), invited_by=inviter)
        memberships.add(both, offices[1], "reader", clock.now(), invited_by=inviter)
    assert invitations.send(kind="announcement").sent == 2
    assert invitations.send().sent == 2
    assert "invited@people.example" not in kinds()
    assert refused(invitations.send(["invited"])) == {"invited": "colleague"}


def test_two_announcers_at_once_announce_to_each_person_once(each_database: str, app: Flask) -> None:
    for number in range(10):
        move(f"person{number}")
    db.session.rollback()

    def send() -> int:
        with app.app_context():
            return invitations.send(kind="announcement").sent

    assert sum(at_once([send] * 3)) == 10
    assert len(mailed()) == len(set(mailed())) == 10
