"""A file of people is no way round the console's acts: not to another agent's account, not to an address in use, not unnamed."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from tests.support.moved import add_office, moved
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, press_button, reset, sign_in
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, Membership, Office, write
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
    page = _checked(app, desk, content, journey)
    page.press(update="y", invite="y")
    beside(app, bulk_jobs.work)
    return desk.browser.get(page.path)


def _checked(app: Flask, desk: Desk, content: str, journey: str = "first-connection") -> Page:
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
    return page


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


HEADER = "email,organisation,office,role\n"


@pytest.mark.parametrize(
    ("had", "said"), [("reader", "administrator"), ("editor", "administrator"), ("reader", "editor")]
)
def test_nobodys_role_is_raised_by_one_agents_file(app: Flask, desk: Desk, had: str, said: str) -> None:
    person = moved(app, "friend@harbour.example", role=had)
    done = imported(app, desk, f"{HEADER}friend@harbour.example,Harbour Aid,Niger,{said}\n", "migrated-account")
    assert row_of(app, Membership, account_id=person.account_id, ended_at=None).role == had
    refused = done.soup.select_one("[data-result=refused]")
    assert refused is not None
    assert "raised by an administrator of the organisation" in refused.get_text()


def test_a_role_is_lowered_and_an_office_changed_by_a_file(app: Flask, desk: Desk) -> None:
    person = moved(app, "friend@harbour.example", role="editor")
    beside(app, lambda: add_office("Senegal").id)
    imported(app, desk, f"{HEADER}friend@harbour.example,Harbour Aid,Senegal,reader\n", "migrated-account")
    assert row_of(app, Membership, account_id=person.account_id, ended_at=None).role == "reader"


def test_nobody_becomes_administrator_elsewhere_by_a_file(app: Flask, desk: Desk, clock: MovableClock) -> None:
    """A friend who is administrator of an organisation of their own does not become one of another that has its own."""
    moved(app, "chief@harbour.example", role="administrator")
    friend = moved(app, "friend@tiny.example", organisation="Tiny Aid", role="administrator")
    clock.advance(minutes=1)
    sign_in(desk.browser, desk.person)
    rows = "friend@tiny.example,Harbour Aid,Niger,administrator\nnew@tiny.example,Harbour Aid,Niger,administrator\n"
    imported(app, desk, HEADER + rows, "migrated-account")
    kept = row_of(app, Membership, account_id=friend.account_id, ended_at=None)
    assert kept.id == friend.membership_id
    assert not rows_of(app, Account, email="new@tiny.example")


def test_an_administrators_reach_is_not_widened_by_a_file(app: Flask, desk: Desk, clock: MovableClock) -> None:
    """At the headquarters an administrator invites for all offices: by moving there, or by a country office becoming one."""
    moved(app, "chief@harbour.example", office="Headquarters", role="administrator")
    friend = moved(app, "friend@harbour.example", role="administrator")
    clock.advance(minutes=1)
    sign_in(desk.browser, desk.person)
    imported(app, desk, f"{HEADER}friend@harbour.example,Harbour Aid,Headquarters,administrator\n", "migrated-account")
    assert row_of(app, Membership, account_id=friend.account_id, ended_at=None).id == friend.membership_id
    header = "email,organisation,office,office_kind,role\n"
    rows = "friend@harbour.example,Harbour Aid,Niger,headquarters,administrator\n"
    done = imported(app, desk, header + rows, "migrated-account")
    assert row_of(app, Office, id=friend.office_id).kind == "country-office"
    listed = done.soup.select_one("[data-result=conflict]")
    assert listed is not None
    assert "Only the operator’s command changes the kind of an office" in listed.get_text()


def test_a_new_organisation_comes_with_its_administrators(app: Flask, desk: Desk) -> None:
    header = "email,organisation,organisation_kind,office,office_kind,role\n"
    rows = [f"{name}@new.example,New Aid,national-ngo,Head,headquarters,administrator\n" for name in ("one", "two")]
    imported(app, desk, header + "".join(rows), "migrated-account")
    assert [row.role for row in rows_of(app, Membership, ended_at=None)] == ["administrator", "administrator"]


def test_what_a_file_has_done_is_told_of_the_agent_who_ordered_it(app: Flask, new_agent: MakeAgent) -> None:
    desk = new_agent("nora.li", given_name="Nora", family_name="Li")
    known = moved(app, "known@harbour.example", role="editor")
    beside(app, lambda: add_office("Senegal").id)
    rows = "known@harbour.example,Harbour Aid,Senegal,reader\nnew@harbour.example,Harbour Aid,Niger,reader\n"
    imported(app, desk, HEADER + rows, "migrated-account")
    new = row_of(app, Account, email="new@harbour.example")
    of_the_file = {"account-added", "membership-added", "membership-moved", "invited"}
    told = [event for event in rows_of(app, AuditEvent) if event.account_id in {known.account_id, new.id}]
    by = {event.kind: event.actor for event in told if event.kind in of_the_file}
    assert by == dict.fromkeys(of_the_file, "Nora Li")
    card = desk.browser.get(f"/helpdesk/people/{new.id}")
    assert "Nora Li" in card.said(".events")


def test_who_is_dismissed_meanwhile_imports_nothing(app: Flask, desk: Desk, new_agent: MakeAgent) -> None:
    """The press was in time, the work was not: a right is asked for when it is used."""
    other = new_agent("tomas.lind")
    page = _checked(app, desk, "username,email\nnew.one,new.one@people.example\n")
    page.press(update="y", invite="y")

    def dismiss() -> None:
        with write():
            staff.dismiss(desk.account_id, "operator")

    beside(app, dismiss)
    beside(app, bulk_jobs.work)
    assert not rows_of(app, Account, username="new.one")
    job = other.browser.get(page.path)
    assert job.soup.select_one("main")["data-state"] == "stopped"  # type: ignore[index]


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


@pytest.mark.parametrize(("role", "is_redirected"), [("reader", True), ("editor", False), ("administrator", False)])
def test_a_role_that_nobody_has_come_for_is_not_redirected_by_a_file(
    app: Flask, desk: Desk, role: str, is_redirected: bool
) -> None:
    """A mistyped address of a new reader is mended by one agent; the mailbox of an administrator to be is a prize."""
    person = moved(app, "chief@harbour.example", role=role, username="chief", username_key="chief")
    rows = f"chief,{MINE},Harbour Aid,Niger,{role}\n"
    done = imported(app, desk, f"username,{HEADER}{rows}", "migrated-account")
    assert (row_of(app, Account, id=person.account_id).email == MINE) is is_redirected
    assert (done.soup.select_one("[data-result=conflict]") is None) is is_redirected
    assert bool([mail for mail in Mailbox(app).all() if mail.to == MINE]) is is_redirected


def test_who_has_sent_invitations_is_written_down(app: Flask, desk: Desk) -> None:
    beside(app, lambda: add_account("new.one"))
    page = desk.browser.get("/helpdesk/bulk")
    page.press(in_form="form[action='/helpdesk/bulk/invite']", kind="invitation", limit="5", per_minute="")
    assert [event.kind for event in rows_of(app, AuditEvent, actor=desk.account_id)] == ["mails-sent"]


def test_a_resend_to_all_counts_for_each_of_them(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    """Nobody's mailbox is filled, and no button that was just sent is ended, by pressing one more time."""
    stuck = invite(app)
    press_button(PageClient(app), stuck)
    clock.advance(days=1, minutes=1)  # who was here within a day is passed over
    desk = new_agent()
    for _press in range(7):
        page = desk.browser.get("/helpdesk/queue?step=choose-authenticator")
        page.press(in_form="form[action^='/helpdesk/bulk/resend']")
    assert [mail.to for mail in Mailbox(app).all("invitation")].count(
        stuck.email
    ) == 6  # the first one, and five an hour
