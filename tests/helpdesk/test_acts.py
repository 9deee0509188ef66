"""One act by its page: what it ends is shown first, then reason, check, one button; card, mail, trail; reload and Back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    Person,
    completed,
    invite,
    mailed_code,
    place_at,
    press_button,
    sign_in,
)
from tests.support.phones import linked
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, Authenticator, DeskAct, Issue, PhoneLink, Session, write
from wizard.services import people, staff
from wizard.services.staff import Scope

HOSTILE = '=HYPERLINK("http://x") <script>alert(1)</script> {{ 7*7 }} \u202e\''


def act_path(person: Person, act: str, step: str = "") -> str:
    return f"/helpdesk/people/{person.account_id}/acts/{act}" + (f"?step={step}" if step else "")


def open_act(desk: Desk, person: Person, act: str, step: str = "") -> Page:
    return desk.browser.get(act_path(person, act, step))


def press_act(page: Page, **fields: Any) -> Page:
    """Press the act's one button."""
    return page.press(in_form="main form[novalidate]", **fields)


def do_act(desk: Desk, person: Person, act: str, step: str = "", **fields: Any) -> Page:
    """The whole act by its page; `checked_how` is the agent's own knowledge where the act asks for a check."""
    page = open_act(desk, person, act, step)
    assert page.status == 200
    assert page.page == "helpdesk-act"
    if page.has("[name=checked_how]"):
        fields = {"checked_how": "known"} | fields
    return press_act(page, **fields)


def acts_of(app: Flask, person: Person) -> list[DeskAct]:
    return rows_of(app, DeskAct, account_id=person.account_id)


def test_only_what_the_helpdesk_has_closed_is_opened_by_the_helpdesk(app: Flask, agent: Desk) -> None:
    person = completed(app)
    do_act(agent, person, "disable")
    card = agent.card(person)
    assert card.said("[data-closed-by]") == "Closed by the helpdesk."
    do_act(agent, person, "enable")
    assert row_of(app, Account, id=person.account_id).disabled_at is None
    assert not agent.card(person).has("[data-closed-by]")


def test_what_the_operator_has_closed_stays_closed_at_the_helpdesk(
    app: Flask, agent: Desk, clock: MovableClock
) -> None:
    """Also when the helpdesk had closed and opened it before, and when the form was open by then."""
    person = completed(app)
    do_act(agent, person, "disable")
    page = open_act(agent, person, "enable")
    clock.advance(minutes=1)
    beside(app, lambda: _by_operator(person, clock))
    refused = press_act(page, checked_how="known")
    assert (refused.status, refused.refused) == (422, "not-possible")
    assert row_of(app, Account, id=person.account_id).disabled_at is not None
    card = agent.card(person)
    assert card.said("[data-closed-by]") == "Closed by the operator. Only the operator opens it again."
    assert not card.has("[data-act=enable]")
    assert (
        agent.browser.get(act_path(person, "enable")).said("[data-not-possible]").startswith("Closed by the operator")
    )


def _by_operator(person: Person, clock: MovableClock) -> None:
    with write():
        people.enable(person.account_id)
        people.disable(person.account_id, clock.now())


def test_no_mail_is_offered_again_to_somebody_who_needs_none(app: Flask, agent: Desk, mailbox: Mailbox) -> None:
    """A notice that has not left yet is no reason to offer it: nothing would be sent again."""
    person = completed(app)
    do_act(agent, person, "send-guide")
    before = len(mailbox.all())
    card = agent.card(person)
    assert not card.has("[data-act=resend]")
    page = open_act(agent, person, "resend")
    assert "has an own password, so no invitation is sent" in page.said("[data-not-possible]")
    assert len(mailbox.all()) == before


def is_signed_in(client: PageClient) -> bool:
    return client.get("/account").location is None


def appoint(app: Flask, person: Person, role: str) -> None:
    def act() -> None:
        with write():
            staff.appoint(person.account_id, role, Scope(), "operator")

    beside(app, act)


def test_an_act_shows_what_it_ends_asks_why_and_how_and_leads_back_to_the_card(
    app: Flask, client: PageClient, agent: Desk, mailbox: Mailbox
) -> None:
    person = completed(app)
    sign_in(client, person)
    page = open_act(agent, person, "reset-step", "change-password")
    assert "The password ends" in page.text
    assert "Browsers that are signed in or on the way: 1." in page.text
    assert "taken back for 15 minutes" in page.text

    unsaid = press_act(page)
    assert (unsaid.status, unsaid.refused) == (422, "missing")
    assert unsaid.errors == {"checked_how": "Select how you checked who is calling."}
    assert is_signed_in(client)

    card = press_act(unsaid, checked_how="known")
    (row,) = acts_of(app, person)
    assert card.path == f"/helpdesk/people/{person.account_id}?did={row.id}"
    assert "Done: Reset the password. The person is told by email." in card.text
    assert (row.state, row.reason, row.checked_how, row.agent_id) == ("done", "asked", "known", agent.account_id)
    assert not is_signed_in(client)
    assert row_of(app, Account, id=person.account_id).password_hash is None
    assert "helpdesk ended it" in mailbox.newest("password_ended", to=person.email).plain
    told = [event.payload for event in rows_of(app, AuditEvent, kind="desk-act")]
    asked = {"act": "reset-step", "step": "change-password", "reason": "asked", "checked": "known", "desk_act": row.id}
    assert told == [asked | {"turn": "done"}]


def test_the_same_form_posted_again_is_the_same_act(app: Flask, agent: Desk) -> None:
    person = completed(app)
    page = open_act(agent, person, "disable")
    first = press_act(page)
    again = press_act(page)
    assert (again.status, again.path) == (first.status, first.path)
    assert len(acts_of(app, person)) == 1
    assert len(rows_of(app, AuditEvent, kind="account-disabled")) == 1
    back = open_act(agent, person, "disable")
    assert back.said("[data-not-possible]") == "The account is closed already."


def test_a_form_of_one_act_does_no_other(app: Flask, agent: Desk) -> None:
    one, another = completed(app), completed(app, "moussa.diop")
    page = open_act(agent, one, "disable")
    press_act(page)
    seen = open_act(agent, another, "disable").find("[name=seen]")["value"]
    fields = {"form_id": acts_of(app, one)[0].id, "seen": seen, "reason": "left"}
    assert agent.browser.post(act_path(another, "disable"), fields).status == 400
    assert row_of(app, Account, id=another.account_id).disabled_at is None


def test_what_has_changed_since_the_page_was_drawn_is_shown_again(app: Flask, agent: Desk) -> None:
    person = completed(app)
    page = open_act(agent, person, "reset-step", "change-password")
    beside(app, lambda: _end_password(person.account_id))
    refused = press_act(page, checked_how="known")
    assert (refused.status, refused.refused) == (422, "not-possible")
    assert "nothing to reset" in refused.text
    assert not acts_of(app, person)


def _end_password(account_id: str) -> None:
    from wizard.services import resets

    resets.reset(account_id, "change-password", by="operator")


def test_another_reason_is_written_and_stays_text(app: Flask, agent: Desk) -> None:
    person = completed(app, display_name="<b>=1+1</b>")
    page = open_act(agent, person, "end-sessions")
    sign_in(PageClient(app), person)
    page = open_act(agent, person, "end-sessions")
    missing = press_act(page, reason="other")
    assert missing.errors == {"note": "Write the reason in a few words."}
    press_act(missing, reason="other", note=HOSTILE)
    assert acts_of(app, person)[0].details == {"note": HOSTILE}
    too_long = press_act(open_act(agent, person, "send-guide"), note="x" * 501)
    assert too_long.refused == "missing"


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": ["left", "abuse"]},
        {"reason": "left", "role": "supervise"},
        {"form_id": "short"},
        {"form_id": "a\0" + "b" * 24},
        {},
    ],
)
def test_what_is_no_form_of_ours_is_refused(app: Flask, agent: Desk, fields: dict[str, Any]) -> None:
    person = completed(app)
    open_act(agent, person, "disable")
    assert agent.browser.post(act_path(person, "disable"), fields).status == 400
    assert agent.browser.post(act_path(person, "disable"), {"form_id": "a" * 26}, csrf=False).status == 403
    assert row_of(app, Account, id=person.account_id).disabled_at is None


@pytest.mark.parametrize("step", ["%00", "..", "x" * 61, "way-../../x"])
def test_a_step_that_is_none_is_refused(app: Flask, agent: Desk, step: str) -> None:
    assert open_act(agent, completed(app), "reset-step", step).status == 400


def test_a_step_of_nobody_and_a_way_of_somebody_else_have_nothing_to_reset(app: Flask, agent: Desk) -> None:
    person, other = completed(app), completed(app, "moussa.diop")
    foreign = row_of(app, Authenticator, account_id=other.account_id).id
    for step in ("finish", f"way-{foreign}"):
        assert open_act(agent, person, "reset-step", step).has("[data-not-possible]")


def test_the_invitation_is_sent_again_and_the_older_one_ends(app: Flask, agent: Desk, mailbox: Mailbox) -> None:
    person = invite(app)
    do_act(agent, person, "resend")
    assert len(mailbox.all("invitation", to=person.email)) == 2
    assert [row.ended_reason for row in rows_of(app, Issue, account_id=person.account_id)] == ["replaced", None]
    assert PageClient(app).get(person.button).problem == "link-replaced"
    assert not rows_of(app, AuditEvent, kind="desk-act")[0].payload["step"]


def test_a_mail_is_sent_again_five_times_an_hour(
    app: Flask, agent: Desk, clock: MovableClock, mailbox: Mailbox
) -> None:
    person = invite(app)
    for _ in range(5):
        do_act(agent, person, "resend")
    refused = do_act(agent, person, "resend")
    assert refused.refused == "not-possible"
    assert "sent 5 times this hour" in refused.said("[data-error-summary]")
    assert len(mailbox.all("invitation", to=person.email)) == 6
    clock.advance(minutes=61)
    sign_in(agent.browser, agent.person)
    do_act(agent, person, "resend")
    assert len(mailbox.all("invitation", to=person.email)) == 7


def test_a_new_code_is_allowed_again(app: Flask, client: PageClient, agent: Desk, mailbox: Mailbox) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    assert open_act(agent, person, "new-code").has("[data-not-possible]")
    for _ in range(2):
        page = page.press("resend")
    assert not page.has("[value=resend]")
    do_act(agent, person, "new-code")
    page = client.get("/forgotten-password/verify-email").press("resend")
    assert mailbox.count("mailed_code") == 4
    assert page.press(code=mailed_code(app, person)).step != "verify-email"


def test_a_pause_ends(app: Flask, client: PageClient, agent: Desk, mailbox: Mailbox) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person)
    for number in range(10):
        page = page.press(password=f"wrong password {number}")
    assert page.press(password=person.password).refused == "paused"
    do_act(agent, person, "unlock")
    assert client.get("/sign-in/enter-password").press(password=person.password).step == "enter-code"
    assert "ended the pause" in mailbox.newest("desk_act", to=person.email).plain


def test_abuse_ends_everything_open_and_leaves_a_caution(app: Flask, client: PageClient, agent: Desk) -> None:
    person = completed(app)
    sign_in(client, person)
    place_at(PageClient(app), "forgotten-password", "verify-email", person)
    card = do_act(agent, person, "report-abuse")
    assert card.has("[data-caution=abuse]")
    assert not is_signed_in(client)
    assert all(row.revoked_at for row in rows_of(app, Session, account_id=person.account_id))
    assert row_of(app, Account, id=person.account_id).password_hash is not None


def test_a_qr_code_that_was_scanned_long_ago_does_not_end_any_more(app: Flask, agent: Desk) -> None:
    someone, waiting = linked(app), invite(app, "lea.morel")
    assert "QR codes that wait" not in open_act(agent, someone.person, "report-abuse").text
    place_at(PageClient(app), "first-connection", "scan-qr", waiting, factor="phone")
    assert "QR codes that wait for a phone end." in open_act(agent, waiting, "report-abuse").text
    do_act(agent, waiting, "report-abuse")
    assert row_of(app, PhoneLink, account_id=waiting.account_id).ended_reason == "abuse"


def test_an_account_is_closed_and_opened_again(app: Flask, client: PageClient, agent: Desk) -> None:
    person = completed(app)
    sign_in(client, person)
    do_act(agent, person, "disable")
    assert not is_signed_in(client)
    do_act(agent, person, "enable")
    assert sign_in(PageClient(app), person).signed_in


def test_an_agent_is_asked_for_the_second_step_again_before_an_act(
    app: Flask, agent: Desk, clock: MovableClock
) -> None:
    person = completed(app)
    for _ in range(2):
        clock.advance(minutes=8)
        assert agent.card(person).status == 200
    assert open_act(agent, person, "disable").location == "/sign-in"


def test_what_was_typed_is_there_again_after_the_second_step(app: Flask, agent: Desk, clock: MovableClock) -> None:
    """But how the caller was checked: that is said anew."""
    note = 'À voix haute : <b>"oui"</b> & l\'autre'
    person, other = completed(app), completed(app, "lea.morel")
    clock.advance(minutes=8)
    page = open_act(agent, person, "reset-step", "change-password")
    clock.advance(minutes=8)
    late = page.press(in_form="main form[novalidate]", reason="forgotten", note=note, checked_how="known", follow=False)
    assert late.location == "/sign-in"
    again = sign_in(agent.browser, agent.person)
    assert again.path == act_path(person, "reset-step", "change-password")
    values = again.form_values("main form[novalidate]")
    assert (values["reason"], values["note"], values.get("checked_how")) == ("forgotten", note, None)

    elsewhere = open_act(agent, other, "reset-step", "change-password")
    assert elsewhere.form_values("main form[novalidate]")["note"] == ""
    press_act(again, checked_how="known")
    (row,) = acts_of(app, person)
    assert (row.reason, row.details["note"]) == ("forgotten", note)


def test_a_new_address_is_there_again_after_the_second_step(
    app: Flask, new_agent: MakeAgent, agent: Desk, clock: MovableClock
) -> None:
    new_agent("moussa.diop", role="approve")
    person = completed(app)
    clock.advance(minutes=8)
    page = open_act(agent, person, "change-address")
    clock.advance(minutes=8)
    page.press(in_form="main form[novalidate]", address="new@people.example", follow=False)
    again = sign_in(agent.browser, agent.person)
    assert again.form_values("main form[novalidate]")["address"] == "new@people.example"
    assert press_act(again).refused == "missing"
    anew = open_act(agent, person, "change-address")
    assert anew.form_values("main form[novalidate]")["address"] == ""


def test_nobody_acts_on_a_person_who_is_not_there(app: Flask, agent: Desk) -> None:
    assert agent.browser.get("/helpdesk/people/nobody/acts/disable").status == 404
    assert open_act(agent, completed(app), "erase-everything").status == 404


def test_the_card_offers_no_act_to_who_only_looks(app: Flask, new_agent: MakeAgent) -> None:
    person, viewer = completed(app), new_agent(role="view")
    card = viewer.card(person)
    assert not card.has("a[data-act]")
    assert "Your role lets you look" in card.text


def test_an_invited_person_gives_the_acts_that_fit(app: Flask, client: PageClient, agent: Desk) -> None:
    person = invite(app)
    press_button(client, person)
    card = agent.card(person)
    offered = {tag["data-act"] for tag in card.soup.select("a[data-act]")}
    assert {"resend", "reset-step", "send-guide", "report-abuse", "disable", "change-address"} <= offered
    assert not {"temporary-pass", "enable", "unlock", "new-code"} & offered
    assert {tag["data-step"] for tag in card.soup.select("a[data-step]")} >= {"enter-password"}
