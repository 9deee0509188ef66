"""A file of people is no way round the console's acts: not to another agent's account, not to an address in use, not unnamed."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from tests.support.moved import moved
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, press_button, reset
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, Membership, write
from wizard.services import bulk_jobs, staff
from wizard.services.staff import Scope

MINE = "mine@attacker.example"

new_agent = desks.new_agent


@pytest.fixture
def desk(new_agent: MakeAgent) -> Desk:
    """An agent with the highest role, alone."""
    return new_agent()


def imported(app: Flask, desk: Desk, content: str, journey: str = "first-connection") -> Page:
    """The page of a file that was looked at and then imported with everything that the form offers."""
    page = desk.browser.get("/helpdesk/bulk")
    token = page.soup.select_one("main [name=csrf_token]")
    assert token is not None
    answer = desk.browser.raw.post(
        "/helpdesk/bulk",
        data={"csrf_token": token["value"], "journey": journey, "file": (io.BytesIO(content.encode()), "people.csv")},
        base_url=desk.browser.home,
        headers={"Referer": f"{desk.browser.home}/helpdesk/bulk"},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    beside(app, bulk_jobs.work)
    page = desk.browser.get(answer.headers["Location"])
    assert page.soup.select_one("main")["data-state"] == "checked"  # type: ignore[index]
    page.press(update="y", invite="y")
    beside(app, bulk_jobs.work)
    return desk.browser.get(page.path)


def appointed(app: Flask, account_id: str, role: str) -> None:
    def act() -> None:
        with write():
            staff.appoint(account_id, role, Scope(), "operator")

    beside(app, act)


@pytest.mark.parametrize("role", ["view", "supervise"])
def test_one_agent_does_not_become_two_by_redirecting_a_new_one(app: Flask, desk: Desk, role: str) -> None:
    """The account of an agent who has not come yet, redirected and invited again, would be the second agent of every act."""
    peer = beside(app, lambda: add_account("moussa.diop").id)
    appointed(app, peer, role)
    done = imported(app, desk, f"username,email\nmoussa.diop,{MINE}\n")
    assert row_of(app, Account, id=peer).email == "moussa.diop@people.example"
    assert not [mail for mail in Mailbox(app).all() if mail.to == MINE]
    assert done.soup.select_one("[data-result=refused]") is not None


def test_agents_do_not_change_themselves_by_a_file(app: Flask, desk: Desk) -> None:
    imported(app, desk, f"username,email,display_name\n{desk.person.username},{MINE},The Other One\n")
    row = row_of(app, Account, id=desk.account_id)
    assert (row.email, row.display_name) == (desk.person.email, "")


def test_agents_give_themselves_no_role_in_an_organisation(app: Flask, desk: Desk) -> None:
    me = moved(app, "me@harbour.example", role="reader")
    appointed(app, me.account_id, "supervise")
    row = "me@harbour.example,Harbour Aid,Niger,administrator"
    imported(app, desk, f"email,organisation,office,role\n{row}\n", "migrated-account")
    assert row_of(app, Membership, account_id=me.account_id, ended_at=None).role == "reader"


@pytest.mark.parametrize("stage", ["own password", "password reset"])
def test_an_address_in_use_is_changed_by_two_agents_and_not_by_a_file(app: Flask, desk: Desk, stage: str) -> None:
    """Whoever uses an account has its address changed by the act: a second agent, a notice, a waiting time (SEC-19, SEC-56)."""
    person = completed(app)
    if stage == "password reset":
        reset(app, person, "change-password")
    done = imported(app, desk, f"username,email,language\n{person.username},{MINE},fr\n")
    row = row_of(app, Account, id=person.account_id)
    assert (row.email, row.language) == (person.email, "fr")
    listed = done.soup.select_one("[data-result=conflict]")
    assert listed is not None
    assert "second agent" in listed.get_text()


def test_who_has_sent_invitations_is_written_down(app: Flask, desk: Desk) -> None:
    beside(app, lambda: add_account("new.one"))
    page = desk.browser.get("/helpdesk/bulk")
    page.press(in_form="form[action='/helpdesk/bulk/invite']", kind="invitation", limit="5", per_minute="")
    assert [event.kind for event in rows_of(app, AuditEvent, actor=desk.account_id)] == ["mails-sent"]


def test_a_resend_to_all_counts_for_each_of_them(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    """Nobody's mailbox is filled, and no button that was just sent is ended, by pressing one more time."""
    stuck = invite(app)
    press_button(PageClient(app), stuck)
    clock.advance(minutes=11)
    desk = new_agent()
    for _press in range(7):
        page = desk.browser.get("/helpdesk/queue?step=choose-authenticator")
        page.press(in_form="form[action^='/helpdesk/bulk/resend']")
    assert [mail.to for mail in Mailbox(app).all("invitation")].count(
        stuck.email
    ) == 6  # the first one, and five an hour
