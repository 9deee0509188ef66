"""Acts of the helpdesk as an attacker would bend them: other people's ids, an undo that gives a thief the phone back, borrowed names."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.attacks.test_console_stolen import OF_SESSIONS
from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act, open_act, press_act
from tests.helpdesk.test_acts_approvals import approval, approve, by_time
from tests.support.clock import MovableClock
from tests.support.moved import arrived
from tests.support.people import completed, disable
from tests.support.phones import Phone, PhoneWalk, linked, number_on, sign_in_by_phone
from tests.support.rows import beside, change, row_of, rows_of, tables
from wizard.domain.desk_rights import ACTS, REASONS
from wizard.domain.secrets_made import new_id
from wizard.models import Account, AuditEvent, Authenticator, DeskAct, StaffMember, TemporaryPass, write
from wizard.services import audit, caller_checks, staff
from wizard.services.desk_act_events import FLAGGED
from wizard.services.staff import Scope

new_agent = desks.new_agent
agent = desks.agent


@pytest.fixture
def second(new_agent: MakeAgent) -> Desk:
    """Another agent with the right to approve."""
    return new_agent("moussa.diop", role="approve")


def rules_of(app: Flask, method: str) -> list[Rule]:
    """The console's addresses that name a person or an act."""
    found = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/helpdesk/")]
    return [rule for rule in found if {"account_id", "act_id"} & rule.arguments and method in (rule.methods or ())]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_address_of_the_console_answers_for_people_of_another_scope(
    app: Flask, agent: Desk, new_agent: MakeAgent, second: Desk, method: str
) -> None:
    person = completed(app, language="en")
    do_act(agent, person, "temporary-pass")
    (act,) = acts_of(app, person)
    narrow = new_agent("tomas.lind", only_language="fr")
    narrow.browser.get("/helpdesk/people")
    rules = rules_of(app, method)
    assert len(rules) > 2
    for rule in rules:
        words = {"account_id": person.account_id, "act_id": act.id, "act": "disable", "what": "undo"}
        path = app.url_map.bind("localhost").build(rule.endpoint, {name: words[name] for name in rule.arguments})
        path = "/" + path.split("/", 3)[-1].lstrip("/") if "//" in path else path
        query = "?act=reset-step&step=change-password" if path.endswith("/caller") else ""
        data = {"choice": "no"} if "approvals" in path else {}
        answer = narrow.browser.get(path + query) if method == "GET" else narrow.browser.post(path + query, data)
        assert answer.status == 404, f"{method} {path} answers {answer.status}."
    assert acts_of(app, person)[0].state == "waiting"


def fields_of(act: str, form_id: str = "") -> dict[str, str]:
    """What the form of `act` sends, as somebody writes it who has never seen the page."""
    reason = REASONS[act][0]  # type: ignore[index]
    checked = {"checked_how": "known"} if ACTS[act].checks_caller else {}  # type: ignore[index]
    return {"form_id": form_id or new_id(), "seen": "", "reason": reason, "address": "mine@attacker.example"} | checked


def test_no_act_is_done_by_who_was_lowered_a_second_ago(app: Flask, agent: Desk, second: Desk) -> None:
    person = completed(app)
    do_act(agent, person, "temporary-pass")
    approve(second, acts_of(app, person)[0])
    agent.card(person)
    change(app, StaffMember, agent.account_id, role="view")
    before = tables(app, OF_SESSIONS)
    for act in ACTS:
        answer = agent.browser.post(f"/helpdesk/people/{person.account_id}/acts/{act}", fields_of(act))
        assert answer.status == 404, f"{act} answers {answer.status}."
    for what in ("undo", "withdraw", "pass"):
        assert agent.browser.post(f"/helpdesk/acts/{acts_of(app, person)[0].id}/{what}").status == 404
    assert tables(app, OF_SESSIONS) == before


def test_no_act_is_done_to_oneself_a_peer_or_somebody_of_another_scope(
    app: Flask, agent: Desk, new_agent: MakeAgent
) -> None:
    narrow, peer = new_agent("tomas.lind", only_language="fr"), completed(app, language="fr")
    foreign = completed(app, "omar.ba", language="en")

    def appoint() -> None:
        with write():
            staff.appoint(peer.account_id, "supervise", Scope(language="fr"), "operator")

    beside(app, appoint)
    narrow.browser.get("/helpdesk/people")
    before = tables(app, OF_SESSIONS)
    for person in (narrow.person, peer, foreign):
        for act in ACTS:
            answer = narrow.browser.post(f"/helpdesk/people/{person.account_id}/acts/{act}", fields_of(act))
            assert answer.status == 404, f"{act} on {person.username} answers {answer.status}."
    assert tables(app, OF_SESSIONS) == before


def test_a_form_that_was_taken_back_does_nothing_when_it_is_sent_again(app: Flask, agent: Desk) -> None:
    person = completed(app)
    page = open_act(agent, person, "disable")
    press_act(page)
    (row,) = acts_of(app, person)
    agent.card(person).press(in_form=f"form[action='/helpdesk/acts/{row.id}/undo']")
    press_act(page)
    assert row_of(app, Account, id=person.account_id).disabled_at is None
    assert [each.state for each in acts_of(app, person)] == ["undone"]


def test_the_id_of_somebody_elses_act_is_no_form_of_mine(app: Flask, agent: Desk, new_agent: MakeAgent) -> None:
    """An agent who knows an act's id from the card's address sends it as the id of a form."""
    person, other = completed(app), completed(app, "omar.ba")
    do_act(agent, person, "send-guide")
    (row,) = acts_of(app, person)
    colleague = new_agent("tomas.lind", role="reset")
    for target in (person, other):
        colleague.card(target)
        path = f"/helpdesk/people/{target.account_id}/acts/send-guide"
        seen = open_act(colleague, target, "send-guide").soup.select_one("[name=seen]")
        assert seen is not None
        data = fields_of("send-guide", row.id) | {"seen": str(seen["value"])}
        assert colleague.browser.post(path, data).status == 400
    assert not acts_of(app, other)
    assert row_of(app, DeskAct).agent_id == agent.account_id


def test_what_the_operator_closes_after_the_helpdesk_is_not_opened_by_it(
    app: Flask, agent: Desk, clock: MovableClock
) -> None:
    """An agent who closes an account first would otherwise keep the key to it: by opening, and by taking back."""
    person = completed(app)
    do_act(agent, person, "disable")
    (row,) = acts_of(app, person)
    clock.advance(minutes=1)
    disable(app, person)
    agent.card(person)
    agent.browser.post(f"/helpdesk/acts/{row.id}/undo")
    assert (
        agent.browser.post(f"/helpdesk/people/{person.account_id}/acts/enable", fields_of("enable")).refused
        == "not-possible"
    )
    assert row_of(app, Account, id=person.account_id).disabled_at == clock.now()


def test_a_phone_that_is_called_lost_afterwards_does_not_come_back(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    """The caller remembers a minute later that the phone was stolen: taking the reset back would arm the thief."""
    someone = linked(app)
    clock.advance(minutes=20)
    browser = sign_in_by_phone(app, someone)
    page = browser.get("/account/ways/add", follow=True)
    someone.phone.say(number_on(page))
    PhoneWalk(browser, Phone(app), someone.person).until(page.press(), "finish")
    first, _other = rows_of(app, Authenticator, account_id=someone.person.account_id, ended_at=None)
    desk = new_agent()
    do_act(desk, someone.person, "reset-step", f"way-{first.id}", reason="phone-new")
    clock.advance(minutes=1)
    do_act(desk, someone.person, "report-abuse", reason="phone-lost")
    reset_id = acts_of(app, someone.person)[0].id
    desk.card(someone.person)
    after = desk.browser.post(f"/helpdesk/acts/{reset_id}/undo", follow=True)
    assert "Something new was bound or set meanwhile" in after.text
    assert row_of(app, Authenticator, id=first.id).ended_at is not None


@pytest.mark.parametrize("name", ["person", "System", "operator"])
def test_an_agents_name_does_not_hide_who_did_it(app: Flask, agent: Desk, name: str) -> None:
    """Everybody may choose how the portal shows their name; the trail's own words for nobody's act are not names."""
    change(app, Account, agent.account_id, display_name=name)
    person = completed(app)
    do_act(agent, person, "disable")
    event = row_of(app, AuditEvent, kind="desk-act")
    assert event.actor == agent.person.email


def test_a_pass_is_shown_to_one_post_only_and_never_to_the_second_agent(app: Flask, agent: Desk, second: Desk) -> None:
    person = completed(app)
    do_act(agent, person, "temporary-pass")
    (act,) = acts_of(app, person)
    approve(second, act)
    second.card(person)
    assert second.browser.post(f"/helpdesk/acts/{act.id}/pass").status == 404
    agent.card(person)
    shown = agent.browser.post(f"/helpdesk/acts/{act.id}/pass")
    secret = shown.soup.select_one("[data-pass]")
    again = agent.browser.post(f"/helpdesk/acts/{act.id}/pass")
    assert secret is not None
    assert secret.get_text().strip() not in again.html
    assert shown.headers["Cache-Control"] == "no-store"


def test_whose_right_ends_in_the_waiting_time_changes_no_address(
    app: Flask, agent: Desk, second: Desk, clock: MovableClock
) -> None:
    """Two of them were found out within the day: neither is an agent any more, and what they began does not go on."""
    person = arrived(app)
    do_act(agent, person, "change-address", address="mine@attacker.example")
    approve(second, acts_of(app, person)[0])
    assert acts_of(app, person)[0].approved_at is not None

    def dismiss() -> None:
        with write():
            staff.dismiss(agent.account_id, "operator")
            staff.dismiss(second.account_id, "operator")

    beside(app, dismiss)
    clock.advance(hours=25)
    by_time(app)
    assert row_of(app, Account, id=person.account_id).email == person.email


def test_an_act_that_is_approved_is_not_approved_by_who_was_lowered(app: Flask, agent: Desk, second: Desk) -> None:
    person = completed(app)
    do_act(agent, person, "temporary-pass")
    page = approval(second, acts_of(app, person)[0])
    change(app, StaffMember, second.account_id, role="reset")
    assert page.press("yes").status == 404
    assert acts_of(app, person)[0].approved_at is None


@pytest.mark.parametrize("act", ["temporary-pass", "change-address"])
def test_who_says_they_called_me_after_the_approval_is_heard(
    app: Flask, agent: Desk, second: Desk, clock: MovableClock, act: str
) -> None:
    """Both agents were talked into it. What has not happened yet does not happen any more."""
    person = arrived(app)
    fields = {"address": "mine@attacker.example"} if act == "change-address" else {}
    do_act(agent, person, act, **fields)
    (row,) = acts_of(app, person)
    approve(second, row)
    clock.advance(minutes=2)

    def flag() -> None:
        with write():
            audit.record(
                FLAGGED, account_id=person.account_id, actor="person", request="r", answer=caller_checks.CALLED_ME
            )

    beside(app, flag)
    agent.card(person)
    if act == "temporary-pass":
        assert agent.browser.post(f"/helpdesk/acts/{row.id}/pass").status == 422
        assert not rows_of(app, TemporaryPass, account_id=person.account_id)
    clock.advance(hours=25)
    by_time(app)
    assert row_of(app, Account, id=person.account_id).email == person.email
    assert acts_of(app, person)[0].state in {"refused", "run-out"}
