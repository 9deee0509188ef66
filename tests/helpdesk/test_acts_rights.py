"""Who may do which act to whom, cell by cell from the table of the code; and the moment at which a right is gone (SEC-56, SEC-57)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import act_path, acts_of, appoint, open_act, press_act
from tests.support.people import Person, completed
from tests.support.rows import beside, row_of
from wizard.domain.desk_rights import ACTS, RIGHTS, may_act_on
from wizard.models import Account, write
from wizard.services import staff

NEEDED = {
    "assist": {"resend", "new-code", "unlock", "send-guide", "end-sessions", "report-abuse"},
    "reset": {
        "reset-step", "disable", "enable", "change-address", "temporary-pass", "withdraw-pass", "switch-off-second-step",
    },
}  # fmt: skip


def test_the_table_names_the_right_of_every_act() -> None:
    assert {act: right for right, acts in NEEDED.items() for act in acts} == {
        name: act.right for name, act in ACTS.items()
    }


@pytest.mark.parametrize("role", RIGHTS)
def test_each_role_opens_exactly_its_acts(app: Flask, new_agent: MakeAgent, role: str) -> None:
    desk, person = new_agent(role=role), completed(app)
    rank = RIGHTS.index(role)  # type: ignore[arg-type]
    for name, act in ACTS.items():
        allowed = rank >= RIGHTS.index(act.right)
        assert open_act(desk, person, name).status == (200 if allowed else 404), (role, name)
        desk.browser.get(desk.card(person).path)
        posted = desk.browser.post(act_path(person, name), {"form_id": "a" * 26})
        assert posted.status == (422 if allowed else 404), (role, name)
    assert not acts_of(app, person)


def test_nobody_acts_on_themselves(app: Flask, agent: Desk) -> None:
    for name in ACTS:
        assert open_act(agent, agent.person, name).status == 404
    assert "This is you" in agent.card(agent.person).text


@pytest.mark.parametrize("own", RIGHTS)
@pytest.mark.parametrize("theirs", RIGHTS)
def test_the_rule_of_ranks(own: str, theirs: str) -> None:
    lower = RIGHTS.index(theirs) < RIGHTS.index(own)  # type: ignore[arg-type]
    assert may_act_on(own, theirs, is_self=False) is lower
    assert may_act_on(own, None, is_self=True) is False


@pytest.mark.parametrize(("theirs", "status"), [("approve", 200), ("supervise", 404)])
def test_nobody_acts_on_peers_or_higher(app: Flask, agent: Desk, theirs: str, status: int) -> None:
    other = completed(app, "moussa.diop")
    appoint(app, other, theirs)
    for name in ("reset-step", "disable", "end-sessions"):
        assert open_act(agent, other, name).status == status


def test_a_person_of_another_scope_is_not_there(app: Flask, new_agent: MakeAgent) -> None:
    desk, person = new_agent(only_language="fr"), completed(app, language="en")
    desk.browser.get("/helpdesk/people")
    for name in ACTS:
        assert open_act(desk, person, name).status == 404
        assert desk.browser.post(act_path(person, name), {"form_id": "a" * 26}).status == 404
    assert desk.browser.get(f"/helpdesk/people/{person.account_id}/caller?act=reset-step").status == 404


def _dismiss(app: Flask, person: Person) -> None:
    def act() -> None:
        with write():
            staff.dismiss(person.account_id, "operator")

    beside(app, act)


def _lower(app: Flask, person: Person) -> None:
    """The role alone is lowered, behind the back of the session: its end is not what the act relies on."""

    def act() -> None:
        from wizard.models import StaffMember, db

        with write():
            db.session.get_one(StaffMember, person.account_id).role = "view"

    beside(app, act)


def test_a_right_that_was_withdrawn_a_second_ago_does_nothing(app: Flask, new_agent: MakeAgent) -> None:
    person = completed(app)
    lowered, dismissed = new_agent(), new_agent("moussa.diop")
    pages = [open_act(desk, person, "disable") for desk in (lowered, dismissed)]
    _lower(app, lowered.person)
    _dismiss(app, dismissed.person)
    assert press_act(pages[0]).status == 404
    gone = pages[1].press(in_form="main form[novalidate]", follow=False)
    assert gone.location == "/sign-in"
    assert row_of(app, Account, id=person.account_id).disabled_at is None
    assert not acts_of(app, person)


def test_who_moved_up_meanwhile_is_out_of_reach(app: Flask, agent: Desk) -> None:
    person = completed(app)
    page = open_act(agent, person, "disable")
    appoint(app, person, "supervise")
    assert press_act(page).status == 404
    assert row_of(app, Account, id=person.account_id).disabled_at is None
