"""What no page can send, and what two processes bring about: the services refuse or settle it themselves."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from tests.support.clock import START
from tests.support.moved import HEADQUARTERS, NIGER, add_moved, add_office
from wizard.domain.secrets_made import new_id
from wizard.models import Account, Membership, db
from wizard.services import colleague_invitations, colleague_list, colleague_withdrawals, colleagues, memberships
from wizard.services.colleague_invitations import Wanted
from wizard.services.colleagues import NotAllowed, OutOfReach

pytestmark = pytest.mark.usefixtures("app_context")


def administrator(office: str = HEADQUARTERS) -> str:
    return add_moved("amina@harbour.example", office, "administrator", last_sign_in_at=START).account_id


def wanted(office_id: str, role: str = "reader") -> Wanted:
    return Wanted("sana@harbour.example", "Sana", "Diop", role, office_id, "en")


@pytest.mark.parametrize("role", ["owner", ""])
def test_a_role_that_there_is_not_is_not_given(role: str) -> None:
    actor, office = administrator(), add_office(NIGER)
    with pytest.raises(NotAllowed):
        colleague_invitations.invite(actor, wanted(office.id, role))
    assert db.session.query(Account).count() == 1


def test_an_office_out_of_reach_is_no_office() -> None:
    actor, office = administrator(NIGER), add_office(HEADQUARTERS)
    for office_id in (office.id, add_office(NIGER, "River Trust").id, new_id()):
        with pytest.raises(OutOfReach):
            colleague_invitations.invite(actor, wanted(office_id))
    assert db.session.query(Membership).count() == 1


def test_who_lost_the_right_a_moment_ago_does_nothing_any_more() -> None:
    actor, office = administrator(), add_office(NIGER)
    other = add_moved("sana@harbour.example", last_sign_in_at=START).membership_id
    db.session.query(Membership).filter_by(account_id=actor).update({"role": "editor"})
    db.session.commit()
    for act in (
        lambda: colleague_invitations.invite(actor, wanted(office.id)),
        lambda: colleague_invitations.resend(actor, other),
        lambda: colleague_withdrawals.withdraw(actor, other),
        lambda: colleagues.change_role(actor, other, "editor"),
        lambda: colleagues.end_membership(actor, other),
    ):
        with pytest.raises(OutOfReach):
            act()
    assert db.session.get_one(Membership, other).ended_at is None


@pytest.mark.parametrize(
    "act", [colleagues.end_membership, colleague_withdrawals.withdraw, colleague_invitations.resend]
)
def test_a_membership_that_there_is_not_is_out_of_reach(act: Any) -> None:
    with pytest.raises(OutOfReach):
        act(administrator(), new_id())


def test_an_import_at_the_same_moment_is_found_at_the_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    actor, office = administrator(), add_office(NIGER)
    real, refused = memberships.add, []

    def add_once_refused(*arguments: Any, **options: Any) -> Membership:
        if not refused:
            refused.append(True)
            raise IntegrityError("INSERT", {}, ValueError("unique"))
        return real(*arguments, **options)

    monkeypatch.setattr(memberships, "add", add_once_refused)
    membership_id = colleague_invitations.invite(actor, wanted(office.id))
    assert db.session.query(Account).filter_by(email="sana@harbour.example").count() == 1
    assert db.session.get_one(Membership, membership_id).ended_at is None


def test_a_long_list_takes_no_query_for_each_person() -> None:
    actor = administrator()
    for number in range(3):
        add_moved(f"person{number}@harbour.example")
    few = queries_of(lambda: colleague_list.everyone(actor))
    for number in range(3, 30):
        add_moved(f"person{number}@harbour.example")
        add_moved(f"arrived{number}@harbour.example", last_sign_in_at=START)
    assert queries_of(lambda: colleague_list.everyone(actor)) == few


def queries_of(act: Any) -> int:
    """How many statements `act` sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        sent.append(statement)

    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)
