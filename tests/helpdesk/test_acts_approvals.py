"""Acts that need a second agent: asked, approved, refused, run out; the pass and the address that come of it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act, open_act, press_act
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import Completed, completed, place_at, sign_in
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, Authenticator, DeskAct, TemporaryPass, write
from wizard.services import desk_act_undo, staff

HOSTILE = "=1+1 <script>alert(1)</script> ${7*7} '\""


@pytest.fixture
def second(new_agent: MakeAgent) -> Desk:
    """Another agent with the right to approve."""
    return new_agent("moussa.diop", role="approve")


@pytest.fixture
def assistant(new_agent: MakeAgent) -> Desk:
    """The agent who answers the telephone."""
    return new_agent("ines.kouma", role="reset", given_name="Ines", family_name="Kouma")


def approval(desk: Desk, row: DeskAct) -> Page:
    return desk.browser.get(f"/helpdesk/approvals/{row.id}")


def approve(desk: Desk, row: DeskAct) -> Page:
    return approval(desk, row).press("yes")


def by_time(app: Flask) -> int:
    return beside(app, desk_act_undo.settle_due)


def test_the_last_way_to_confirm_waits_for_a_second_agent(
    app: Flask, client: PageClient, assistant: Desk, second: Desk, mailbox: Mailbox
) -> None:
    person = completed(app)
    sign_in(client, person)
    card = do_act(assistant, person, "reset-step", "choose-authenticator", reason="other", note=HOSTILE)
    (row,) = acts_of(app, person)
    assert row.state == "waiting"
    assert "A second agent must approve it until 10:" in card.text
    assert row_of(app, Authenticator, account_id=person.account_id).ended_at is None
    assert client.get("/account").location is None

    listed = second.card(person).open("Approvals 1")
    assert "Reset the second step" in listed.text
    page = approval(second, row)
    assert HOSTILE in page.text
    assert "I know the caller in person" in page.text
    assert "These ways to confirm end: amina.keita." in page.text
    after = page.press("yes")
    assert (after.path, "Approved: Reset the second step." in after.text) == (f"/helpdesk/approvals?did={row.id}", True)

    (row,) = acts_of(app, person)
    assert (row.state, row.approver_id) == ("done", second.account_id)
    assert row_of(app, Authenticator, account_id=person.account_id).ended_reason == "reset"
    assert client.get("/account").location == "/sign-in"
    assert "set up a new way" in mailbox.newest("desk_act", to=person.email).plain
    turns = [event.payload["turn"] for event in rows_of(app, AuditEvent, kind="desk-act")]
    assert turns == ["asked", "approved", "done"]


def waiting_for(desk: Desk, path: str = "/helpdesk/people") -> str | None:
    """What the bar of the console says beside "Approvals"; None when the agent has no such link."""
    page = desk.browser.get(path)
    return page.said("[data-approvals]") if page.has("[data-approvals]") else None


def test_every_page_of_the_console_counts_what_waits_for_this_agent(
    app: Flask, new_agent: MakeAgent, assistant: Desk, second: Desk, clock: MovableClock
) -> None:
    person, peer = completed(app), new_agent("tomas.lind", role="approve")
    asking, other = new_agent("lea.morel"), new_agent("omar.ba")
    assert waiting_for(second) == ""
    do_act(assistant, person, "temporary-pass")
    clock.advance(seconds=1)
    do_act(second, person, "reset-step", "choose-authenticator")
    clock.advance(seconds=1)
    do_act(asking, peer.person, "reset-step", "choose-authenticator")
    card = f"/helpdesk/people/{person.account_id}"
    for path in ("/helpdesk/people", "/helpdesk/queue", "/helpdesk/funnel", "/helpdesk/approvals", card):
        counts = [waiting_for(desk, path) for desk in (second, peer, asking, other)]
        assert counts == ["1", "2", "2", "3"], f"{path}: not their own acts, none on themselves or a peer."
    assert waiting_for(assistant) is None
    assert second.browser.get(f"{card}/state").json["approvals"] == 1
    assert assistant.browser.get(f"{card}/state").json["approvals"] == 0

    approval(second, acts_of(app, person)[0]).press("no")
    assert (waiting_for(second), waiting_for(peer)) == ("", "1")
    clock.advance(hours=1)
    sign_in(peer.browser, peer.person)
    assert waiting_for(peer) == ""


def test_an_agent_of_a_part_counts_what_waits_there(app: Flask, new_agent: MakeAgent, assistant: Desk) -> None:
    new_agent("moussa.diop", role="approve")
    narrow = new_agent("tomas.lind", role="approve", only_language="fr")
    for username, language in (("omar.ba", "en"), ("awa.sy", "fr")):
        do_act(assistant, completed(app, username, language=language), "temporary-pass")
    assert waiting_for(narrow) == "1"


def test_nobody_approves_their_own_act_and_takes_it_back(app: Flask, new_agent: MakeAgent, second: Desk) -> None:
    asking, person = new_agent("ines.kouma", role="approve"), completed(app)
    do_act(asking, person, "temporary-pass")
    (row,) = acts_of(app, person)
    assert approval(asking, row).status == 404
    asking.browser.get("/helpdesk/approvals")
    assert asking.browser.post(f"/helpdesk/approvals/{row.id}", {"choice": "yes"}).status == 404
    withdrawn = asking.card(person).press(in_form=f"form[action='/helpdesk/acts/{row.id}/withdraw']")
    assert "Not done: Give a temporary pass." in withdrawn.text
    assert approval(second, row).status == 404


def test_who_has_too_little_right_neither_sees_nor_approves(app: Flask, assistant: Desk, second: Desk) -> None:
    person = completed(app)
    do_act(assistant, person, "temporary-pass")
    assert assistant.browser.get("/helpdesk/approvals").status == 404
    second.card(person)
    assert second.browser.post(f"/helpdesk/acts/{acts_of(app, person)[0].id}/withdraw").status == 404
    assert acts_of(app, person)[0].state == "waiting"


def test_without_another_approver_the_page_says_so(app: Flask, assistant: Desk) -> None:
    page = open_act(assistant, completed(app), "temporary-pass")
    assert "No other agent may approve this" in page.said("[data-not-possible]")
    assert not page.has("main form[novalidate]")


def test_what_is_refused_or_asked_by_somebody_dismissed_is_not_done(app: Flask, assistant: Desk, second: Desk) -> None:
    one, another = completed(app), completed(app, "lea.morel")
    do_act(assistant, one, "reset-step", "choose-authenticator")
    do_act(assistant, another, "reset-step", "choose-authenticator")
    refused = approval(second, acts_of(app, one)[0]).press("no")
    assert "Refused: Reset the second step." in refused.text

    def dismiss() -> None:
        with write():
            staff.dismiss(assistant.account_id, "operator")

    page = approval(second, acts_of(app, another)[0])
    beside(app, dismiss)
    assert "Refused: Reset the second step." in page.press("yes").text
    for person in (one, another):
        assert acts_of(app, person)[0].state == "refused"
        assert row_of(app, Authenticator, account_id=person.account_id).ended_at is None


def test_after_an_hour_nothing_is_approved_any_more(
    app: Flask, assistant: Desk, second: Desk, clock: MovableClock
) -> None:
    person = completed(app)
    do_act(assistant, person, "temporary-pass")
    clock.advance(minutes=61)
    sign_in(second.browser, second.person)
    assert approval(second, acts_of(app, person)[0]).status == 404
    assert by_time(app) == 1
    assert acts_of(app, person)[0].state == "run-out"


def test_what_has_changed_since_is_shown_to_the_second_agent_again(app: Flask, assistant: Desk, second: Desk) -> None:
    person = completed(app)
    do_act(assistant, person, "reset-step", "choose-authenticator")
    page = approval(second, acts_of(app, person)[0])

    def end() -> None:
        from wizard.services import resets

        resets.reset(person.account_id, "choose-authenticator", by="operator")

    beside(app, end)
    refused = page.press("yes")
    assert (refused.status, refused.refused) == (422, "not-possible")
    assert acts_of(app, person)[0].state == "waiting"


def test_the_pass_is_shown_once_to_who_asked_and_opens_the_second_step(
    app: Flask, client: PageClient, assistant: Desk, second: Desk, mailbox: Mailbox
) -> None:
    person = completed(app)
    page = place_at(client, "replace-phone", "enter-password", person).press(password=person.password)
    do_act(assistant, person, "temporary-pass")
    (row,) = acts_of(app, person)
    show = f"form[action='/helpdesk/acts/{row.id}/pass']"
    assert not assistant.card(person).has(show)
    approve(second, row)
    assert not rows_of(app, TemporaryPass, account_id=person.account_id)
    assert not second.card(person).has(show)
    second.card(person)
    assert second.browser.post(f"/helpdesk/acts/{row.id}/pass").status == 404

    card = assistant.card(person)
    shown = card.press(in_form=show)
    text = shown.said("[data-pass]")
    assert (shown.status, shown.headers["Cache-Control"]) == (200, "no-store")
    again = card.press(in_form=show)
    assert text not in again.html
    assert "shown once already" in again.text
    assistant.browser.secrets[text] = ()
    assert assistant.card(person).status == 200
    assert assistant.browser.get(f"/helpdesk/acts/{row.id}/pass").location == f"/helpdesk/people/{person.account_id}"
    assert text not in mailbox.newest("desk_act", to=person.email).plain
    assert len(rows_of(app, TemporaryPass, account_id=person.account_id)) == 1

    page = client.get("/replace-phone/use-temporary-pass")
    assert page.press(**{"pass": text}).step == "choose-authenticator"


def test_a_pass_needs_a_second_step_to_stand_in_for(app: Flask, assistant: Desk, second: Desk) -> None:
    from tests.support.people import invite

    assert "no second step yet" in open_act(assistant, invite(app), "temporary-pass").said("[data-not-possible]")


def approved_pass(app: Flask, asking: Desk, second: Desk, person: Completed) -> DeskAct:
    do_act(asking, person, "temporary-pass")
    (row,) = acts_of(app, person)
    approve(second, row)
    return row


def test_an_approved_pass_can_be_withdrawn_before_anybody_sees_it(
    app: Flask, assistant: Desk, second: Desk, mailbox: Mailbox
) -> None:
    person = completed(app)
    row = approved_pass(app, assistant, second, person)
    card = assistant.card(person)
    page = card.open("Withdraw the pass")
    assert "has not been shown is withdrawn" in page.text
    assert "Done: Withdraw the pass." in press_act(page).text
    assert row_of(app, DeskAct, id=row.id).state == "undone"
    assert not assistant.card(person).has(f"form[action='/helpdesk/acts/{row.id}/pass']")
    late = assistant.browser.post(f"/helpdesk/acts/{row.id}/pass")
    assert not late.has("[data-pass]")
    assert not rows_of(app, TemporaryPass, account_id=person.account_id)
    assert "has withdrawn the temporary pass" in mailbox.newest("desk_act", to=person.email).plain
    told = rows_of(app, AuditEvent, kind="desk-act")[-1]
    assert (told.actor, told.payload["act"], told.payload["turn"]) == (
        "Ines Kouma", "withdraw-pass", "done",
    )  # fmt: skip


def test_a_pass_that_was_read_out_is_withdrawn_by_any_agent_with_the_right(
    app: Flask, client: PageClient, assistant: Desk, second: Desk, new_agent: MakeAgent
) -> None:
    person = completed(app)
    place_at(client, "replace-phone", "enter-password", person).press(password=person.password)
    row = approved_pass(app, assistant, second, person)
    text = assistant.card(person).press(in_form=f"form[action='/helpdesk/acts/{row.id}/pass']").said("[data-pass]")
    colleague = new_agent("tomas.lind", role="reset")
    do_act(colleague, person, "withdraw-pass")
    page = client.get("/replace-phone/use-temporary-pass")
    assert page.step != "use-temporary-pass" or page.press(**{"pass": text}).status == 422
    assert row_of(app, TemporaryPass, account_id=person.account_id).ended_at is not None
    assert "No temporary pass is approved or open" in open_act(colleague, person, "withdraw-pass").text


NEW = "amina@new.example"


def test_an_address_changes_after_approval_and_a_day_and_the_old_one_is_told(
    app: Flask, client: PageClient, assistant: Desk, second: Desk, clock: MovableClock, mailbox: Mailbox
) -> None:
    person = completed(app)
    do_act(assistant, person, "change-address", address=NEW)
    assert not mailbox.all("desk_address_changes")
    page = approval(second, acts_of(app, person)[0])
    assert NEW in page.text
    page.press("yes")
    told = mailbox.newest("desk_address_changes", to=person.email)
    words = " ".join(told.plain.split())
    assert "another email address from Saturday 21 November" in words
    assert words.count("Saturday 21 November") == 1
    assert "+41 22 555 01 23" in told.plain
    assert NEW not in told.plain
    assert "Counts from" in assistant.card(person).text

    clock.advance(hours=23)
    assert by_time(app) == 0
    assert row_of(app, Account, id=person.account_id).email == person.email
    clock.advance(hours=1, minutes=1)
    assert by_time(app) == 1
    assert by_time(app) == 0
    row = row_of(app, Account, id=person.account_id)
    assert (row.email, row.email_key, row.email_domain, row.match_key) == (NEW, NEW, "new.example", NEW)
    assert acts_of(app, person)[0].state == "done"
    assert len(mailbox.all("desk_address_changed", to=NEW)) == 1


def test_an_address_that_waits_can_be_taken_back_until_it_counts(
    app: Flask, assistant: Desk, second: Desk, clock: MovableClock
) -> None:
    person = completed(app)
    do_act(assistant, person, "change-address", address=NEW)
    (row,) = acts_of(app, person)
    approve(second, row)
    assert "on its way already" in open_act(assistant, person, "change-address").said("[data-not-possible]")
    undo = f"form[action='/helpdesk/acts/{row.id}/undo']"
    assert "Taken back: Change the email address." in assistant.card(person).press(in_form=undo).text
    clock.advance(hours=25)
    assert by_time(app) == 0
    assert row_of(app, Account, id=person.account_id).email == person.email


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter an email address"),
        ("x\u202e@new.example", "Enter an email address"),
        ("amina.keita@people.example", "that the account has"),
    ],
)
def test_an_address_that_cannot_be_taken(app: Flask, assistant: Desk, second: Desk, typed: str, words: str) -> None:
    page = open_act(assistant, completed(app), "change-address")
    refused = press_act(page, address=typed, checked_how="known")
    assert (refused.status, words in refused.errors["address"]) == (422, True)


def test_what_speaks_against_an_address_is_shown_before_it_is_taken(app: Flask, assistant: Desk, second: Desk) -> None:
    person = completed(app)
    completed(app, "lea.morel")
    page = open_act(assistant, person, "change-address")
    told = press_act(page, address="lea.morel@people.example", checked_how="known")
    assert (told.refused, "Another account has this address" in told.errors["address"]) == ("doubted", True)
    other = press_act(told, address="info@people.example")
    assert "Several people may read this mailbox" in other.errors["address"]
    assert press_act(other).page == "helpdesk-person"
    assert acts_of(app, person)[0].details["address"] == "info@people.example"


def test_the_second_agent_reads_what_speaks_against_the_address(app: Flask, assistant: Desk, second: Desk) -> None:
    """Also what has come up since it was asked for: the approval is given for the address as it is now."""
    person, other = completed(app), completed(app, "omar.ba")
    page = open_act(assistant, person, "change-address")
    press_act(press_act(page, address="info@new.example", checked_how="known"))
    do_act(assistant, other, "change-address", address=NEW)
    doubted, plain = acts_of(app, person)[0], acts_of(app, other)[0]
    assert "Several people may read this mailbox" in approval(second, doubted).said("[data-doubt]")
    assert not approval(second, plain).has("[data-doubt]")
    completed(app, "lea.morel", email=NEW)
    asked = approval(second, plain)
    assert "Another account has this address already" in asked.said("[data-doubt]")
    assert "Approved" in asked.press("yes").text


@pytest.mark.settings(second_factor="offered")
def test_the_second_step_is_switched_off_and_on_again_by_taking_it_back(app: Flask, new_agent: MakeAgent) -> None:
    asking, other = new_agent("ines.kouma", role="reset"), new_agent("moussa.diop", role="approve")
    person = completed(app)
    do_act(asking, person, "switch-off-second-step")
    (row,) = acts_of(app, person)
    approve(other, row)
    signed_in = place_at(PageClient(app), "sign-in", "enter-password", person).press(password=person.password)
    assert signed_in.signed_in
    undo = f"form[action='/helpdesk/acts/{row.id}/undo']"
    assert "Taken back" in asking.card(person).press(in_form=undo).text
    asked = place_at(PageClient(app), "sign-in", "enter-password", person).press(password=person.password)
    assert asked.step == "enter-code"


def test_reported_abuse_takes_back_what_waits(app: Flask, assistant: Desk, second: Desk, clock: MovableClock) -> None:
    person = completed(app)
    do_act(assistant, person, "change-address", address=NEW)
    approve(second, acts_of(app, person)[0])
    clock.advance(seconds=1)
    do_act(assistant, person, "report-abuse")
    clock.advance(hours=25)
    assert by_time(app) == 0
    assert row_of(app, Account, id=person.account_id).email == person.email


def test_where_everybody_needs_a_second_step_it_is_not_switched_off(app: Flask, assistant: Desk, second: Desk) -> None:
    page = open_act(assistant, completed(app), "switch-off-second-step")
    assert "asks everybody for a second step" in page.said("[data-not-possible]")
