"""Taking an act back: exactly what it ended comes back, for a while, and only while nothing new was made."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act
from tests.helpdesk.test_acts_approvals import approve, by_time
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    Completed,
    completed,
    invite,
    place_at,
    press_button,
    sign_in,
    walk_through,
)
from tests.support.phones import Phone, PhoneWalk, linked, number_on, sign_in_by_phone
from tests.support.rows import change, row_of, rows_of
from wizard.models import Account, AuditEvent, Authenticator, Issue, RecoveryCodeSet, Session


def take_back(desk: Desk, person: Completed) -> Page:
    """Press "Take back" on the card, for the act that is offered first."""
    return desk.card(person).press(in_form="form[action$='/undo']")


def test_a_password_comes_back_and_the_sessions_do_not(
    app: Flask, client: PageClient, agent: Desk, mailbox: Mailbox
) -> None:
    person = completed(app)
    sign_in(client, person)
    before = row_of(app, Account, id=person.account_id).password_hash
    do_act(agent, person, "reset-step", "change-password")
    card = take_back(agent, person)
    assert "Taken back: Reset the password." in card.text
    row = row_of(app, Account, id=person.account_id)
    assert (row.password_hash, row.password_ended_at) == (before, None)
    assert client.get("/account").location == "/sign-in"
    assert sign_in(PageClient(app), person).signed_in
    (told,) = mailbox.all("desk_undone", to=person.email)
    assert "has taken this back: “Reset the password”." in " ".join(told.plain.split())
    assert [event.payload["turn"] for event in rows_of(app, AuditEvent, kind="desk-act")] == ["done", "undone"]
    assert not card.has("form[action$='/undo']")


def test_a_password_that_was_chosen_meanwhile_stays(app: Flask, agent: Desk) -> None:
    person = completed(app)
    do_act(agent, person, "reset-step", "change-password")
    walk_through(PageClient(app), "forgotten-password", person)
    chosen = row_of(app, Account, id=person.account_id).password_hash
    card = take_back(agent, person)
    assert "Something new was bound or set meanwhile" in card.text
    assert row_of(app, Account, id=person.account_id).password_hash == chosen
    assert acts_of(app, person)[0].state == "done"
    assert sign_in(PageClient(app), Completed(person.person, NEW_PASSWORD, person.secret)).signed_in


def test_after_its_time_nothing_comes_back_and_the_key_is_wiped(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    asking, other = new_agent("ines.kouma", role="reset"), new_agent("moussa.diop", role="approve")
    person = completed(app)
    do_act(asking, person, "reset-step", "choose-authenticator")
    (row,) = acts_of(app, person)
    approve(other, row)
    assert row_of(app, Authenticator, account_id=person.account_id).secret is not None
    clock.advance(minutes=16)
    sign_in(asking.browser, asking.person)
    asking.card(person)
    late = asking.browser.post(f"/helpdesk/acts/{row.id}/undo", follow=True)
    assert "The time for taking this back is over" in late.text
    assert not asking.card(person).has("form[action$='/undo']")
    assert by_time(app) == 1
    assert row_of(app, Authenticator, account_id=person.account_id).secret is None
    assert by_time(app) == 0


def test_a_code_app_comes_back_with_its_key(app: Flask, client: PageClient, new_agent: MakeAgent) -> None:
    asking, other = new_agent("ines.kouma", role="reset"), new_agent("moussa.diop", role="approve")
    person = completed(app)
    do_act(asking, person, "reset-step", "choose-authenticator")
    approve(other, acts_of(app, person)[0])
    begun = place_at(client, "replace-phone", "verify-email", person)
    assert begun.status == 200
    take_back(asking, person)
    assert sign_in(PageClient(app), person).signed_in


def test_what_was_bound_meanwhile_keeps_the_old_one_away(app: Flask, new_agent: MakeAgent) -> None:
    asking, other = new_agent("ines.kouma", role="reset"), new_agent("moussa.diop", role="approve")
    person = completed(app)
    do_act(asking, person, "reset-step", "choose-authenticator")
    approve(other, acts_of(app, person)[0])
    walk_through(PageClient(app), "replace-phone", person)
    assert "Something new was bound or set meanwhile" in take_back(asking, person).text
    alive = rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)
    assert len(alive) == 1
    assert alive[0].secret is not None


def test_a_phone_that_was_called_lost_never_comes_back(app: Flask, new_agent: MakeAgent) -> None:
    asking, other = new_agent("ines.kouma", role="reset"), new_agent("moussa.diop", role="approve")
    someone = linked(app)
    do_act(asking, someone.person, "reset-step", "choose-authenticator", reason="phone-lost")
    approve(other, acts_of(app, someone.person)[0])
    assert not asking.card(someone.person).has("form[action$='/undo']")
    assert row_of(app, Authenticator, account_id=someone.person.account_id).ended_reason == "lost"


def test_recovery_codes_come_back(app: Flask, agent: Desk, clock: MovableClock) -> None:
    someone = linked(app)
    clock.advance(seconds=1)  # nothing is bound at the very instant of a reset
    do_act(agent, someone.person, "reset-step", "keep-recovery-codes")
    kept = row_of(app, RecoveryCodeSet, account_id=someone.person.account_id)
    assert kept.ended_reason == "reset"
    take_back(agent, someone.person)
    assert row_of(app, RecoveryCodeSet, id=kept.id).ended_at is None
    assert row_of(app, Authenticator, account_id=someone.person.account_id).ended_at is None


def test_the_invitation_that_was_mailed_never_comes_back(app: Flask, client: PageClient, agent: Desk) -> None:
    person = invite(app)
    press_button(client, person)
    card = do_act(agent, person, "reset-step", "enter-password")
    assert not card.has("form[action$='/undo']")
    assert row_of(app, Issue, account_id=person.account_id).ended_reason == "reset"


def test_a_closed_account_is_opened_again(app: Flask, client: PageClient, agent: Desk) -> None:
    person = completed(app)
    sign_in(client, person)
    do_act(agent, person, "disable")
    take_back(agent, person)
    assert row_of(app, Account, id=person.account_id).disabled_at is None
    assert all(row.revoked_at for row in rows_of(app, Session, account_id=person.account_id))


def test_closed_by_somebody_else_since_stays_closed(app: Flask, agent: Desk, clock: MovableClock) -> None:
    person = completed(app)
    do_act(agent, person, "disable")
    change(app, Account, person.account_id, disabled_at=clock.advance(seconds=30))
    assert "Nothing has changed" in take_back(agent, person).text
    assert row_of(app, Account, id=person.account_id).disabled_at is not None


@pytest.mark.parametrize("role", ["view", "assist"])
def test_who_may_not_do_an_act_takes_none_back(app: Flask, agent: Desk, new_agent: MakeAgent, role: str) -> None:
    person, less = completed(app), new_agent("moussa.diop", role=role)
    do_act(agent, person, "disable")
    assert not less.card(person).has("form[action$='/undo']")
    assert less.browser.post(f"/helpdesk/acts/{acts_of(app, person)[0].id}/undo").status == 404
    assert row_of(app, Account, id=person.account_id).disabled_at is not None


def test_back_and_reload_after_taking_back_lead_to_the_card(app: Flask, agent: Desk) -> None:
    person = completed(app)
    do_act(agent, person, "disable")
    card = agent.card(person)
    card.press(in_form="form[action$='/undo']")
    twice = card.press(in_form="form[action$='/undo']")
    assert "taken back already" in twice.text
    act_id = acts_of(app, person)[0].id
    assert agent.browser.get(f"/helpdesk/acts/{act_id}/undo").location == f"/helpdesk/people/{person.account_id}"


def test_recovery_codes_stay_away_once_a_new_way_was_bound(app: Flask, agent: Desk, clock: MovableClock) -> None:
    someone = linked(app)
    clock.advance(minutes=20)
    sign_in(agent.browser, agent.person)
    do_act(agent, someone.person, "reset-step", "keep-recovery-codes")
    browser = sign_in_by_phone(app, someone)
    page = browser.get("/account/ways/add", follow=True)
    someone.phone.say(number_on(page))
    PhoneWalk(browser, Phone(app), someone.person).until(page.press(), "finish")
    assert "Something new was bound or set meanwhile" in take_back(agent, someone.person).text
    assert row_of(app, RecoveryCodeSet, account_id=someone.person.account_id, ended_reason="reset").ended_at
