"""What administrators do with one colleague: send again, withdraw, change the role, end; live, at once, and never above themselves."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.organisations.colleagues import ADDRESS, LIST, act, administrator, invite, membership_of, row, signed_in
from tests.support.clock import MovableClock
from tests.support.moved import HEADQUARTERS, NIGER, MovedPerson, add_office, arrived, moved
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, Walk
from tests.support.rows import NOTES_OF_POSTS, beside, change, row_of, rows_of, tables
from wizard.domain.organisation_rights import roles_to_give
from wizard.models import Account, AuditEvent, Issue, Membership, OutboxMail
from wizard.services import colleagues

OTHER = "sana@harbour.example"


def test_sent_again_the_newer_button_counts(app: Flask, mailbox: Mailbox, clock: MovableClock) -> None:
    browser = administrator(app)
    invite(browser)
    first = mailbox.newest(to=ADDRESS).button_path
    clock.advance(minutes=20)
    page = act(browser, membership_of(app).id, "resend")
    assert page.page == "organisation-invited"
    second = mailbox.newest(to=ADDRESS).button_path
    person = PageClient(app)
    assert person.get(first or "").problem == "link-replaced"
    assert person.get(second or "").page == "invitation"
    assert [mail.state for mail in rows_of(app, OutboxMail, recipient=ADDRESS)] == ["given-up", "waiting"]


def test_three_times_a_day(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app)
    invite(browser)
    found = membership_of(app).id
    answers = [act(browser, found, "resend") for _ in range(4)]
    assert [answer.page for answer in answers[:3]] == ["organisation-invited"] * 3
    assert (answers[3].status, answers[3].refused, answers[3].page) == (422, "too-many", "organisation-people")
    assert mailbox.count("colleague_invitation") == 4


def test_the_list_tells_where_a_colleague_stands(app: Flask, mailbox: Mailbox, clock: MovableClock) -> None:
    browser = administrator(app)
    invite(browser, given_name="Ibou")
    assert "has not begun yet" in row(browser.get(LIST), app)
    person = PageClient(app)
    page = person.get(mailbox.newest(to=ADDRESS).button_path or "").press("yes")
    walk = Walk(person, MovedPerson(membership_of(app).account_id, ADDRESS, None, "", ADDRESS), PASSWORD)
    for step in ("create-password", "check-details", "choose-authenticator"):
        assert page.step == step
        listed = row(browser.get(LIST), app)
        assert f"“{page.title}”" in listed
        assert "Ibou" in listed
        page = walk.answer(page)
    while page.step != "finish":
        page = walk.answer(page)
    listed = row(browser.get(LIST), app)
    assert "Has arrived." in listed
    assert "Change access" in listed


def test_an_invitation_ends(app: Flask, clock: MovableClock) -> None:
    invite(administrator(app))
    clock.advance(days=8)
    browser = administrator(app, OTHER)
    assert "has ended" in row(browser.get(LIST), app)
    act(browser, membership_of(app).id, "resend")
    assert "has not begun yet" in row(browser.get(LIST), app)


def test_withdrawing_closes_the_account_that_was_made_for_it(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app)
    invite(browser)
    button = mailbox.newest(to=ADDRESS).button_path
    found = membership_of(app).id
    person = PageClient(app)
    assert person.get(button or "").press("yes").step == "create-password"
    page = act(browser, found, "withdraw")
    assert page.page == "organisation-people"
    assert not page.has(f"[data-colleague='{found}']")
    account = row_of(app, Account, email=ADDRESS)
    assert account.disabled_at == row_of(app, Membership, id=found).ended_at
    assert row_of(app, Issue).ended_at is not None
    assert row_of(app, OutboxMail, kind="colleague_invitation").state == "given-up"
    assert PageClient(app).get(button or "").problem == "link-unknown"
    assert person.get("/migrated-account/create-password", follow=True).step == "verify-email"


def test_who_was_withdrawn_can_be_invited_anew(app: Flask) -> None:
    browser = administrator(app)
    invite(browser)
    act(browser, membership_of(app).id, "withdraw")
    assert invite(browser, given_name="Ibou", role="editor").page == "organisation-invited"
    account = row_of(app, Account, email=ADDRESS)
    assert (account.disabled_at, account.given_name) == (None, "Ibou")
    assert membership_of(app).role == "editor"


def test_withdrawing_an_offer_leaves_the_account_and_its_invitation_alone(app: Flask, mailbox: Mailbox) -> None:
    """Else any administrator could close the account of somebody who has not come yet."""
    invite(administrator(app, "admin@river.example", organisation="River Trust"))
    button = mailbox.newest(to=ADDRESS).button_path
    browser = administrator(app)
    invite(browser)
    offer = row_of(app, Membership, accepted_at=None)
    act(browser, offer.id, "withdraw")
    assert row_of(app, Membership, id=offer.id).ended_reason == "withdrawn"
    assert row_of(app, Account, email=ADDRESS).disabled_at is None
    assert PageClient(app).get(button or "").press("yes").step == "create-password"


def test_an_account_that_belongs_elsewhere_stays_open(app: Flask) -> None:
    browser = administrator(app)
    invite(browser)
    invite(administrator(app, "admin@river.example", organisation="River Trust"))
    mine = row_of(app, Membership, account_id=row_of(app, Account, email=ADDRESS).id, role="reader", accepted_at=None)
    first = next(each for each in rows_of(app, Membership, account_id=mine.account_id) if each.id != mine.id)
    act(browser, first.id, "withdraw")
    assert row_of(app, Account, email=ADDRESS).disabled_at is None
    assert row_of(app, Membership, id=mine.id).ended_at is None


def test_a_role_is_changed_at_once(app: Flask, mailbox: Mailbox) -> None:
    reader = signed_in(app, OTHER, office=NIGER)
    browser = administrator(app)
    assert reader.get(LIST).status == 404
    found = membership_of(app, OTHER)
    before = mailbox.count()
    page = browser.get(LIST).open("Change access")
    assert page.page == "organisation-colleague"
    page = page.press(role="administrator")
    assert "Administrator" in row(page, app, OTHER)
    assert reader.get(LIST).status == 200
    assert mailbox.count() == before
    event = row_of(app, AuditEvent, kind="role-changed")
    assert event.payload is not None
    assert (event.payload["before"], event.payload["after"]) == ("reader", "administrator")
    assert row_of(app, Membership, id=found.id).role == "administrator"


def test_an_ended_access_is_gone_at_once(app: Flask, mailbox: Mailbox) -> None:
    colleague = administrator(app, OTHER)
    browser = administrator(app)
    found, before = membership_of(app, OTHER), mailbox.count()
    assert colleague.get(LIST).status == 200
    page = browser.get(f"{LIST}/{found.id}").press(in_form="form[action$='/end']")
    assert not page.has(f"[data-colleague='{found.id}']")
    assert colleague.get(LIST).status == 404
    assert colleague.get("/account").signed_in
    assert row_of(app, Membership, id=found.id).ended_reason == "ended-by-administrator"
    assert mailbox.count() == before


def test_pressed_twice_it_is_done_once(app: Flask) -> None:
    browser = administrator(app)
    arrived(app, OTHER, office=NIGER)
    found = membership_of(app, OTHER).id
    for _ in range(2):
        assert browser.post(f"{LIST}/{found}/end").location == LIST
    assert len(rows_of(app, AuditEvent, kind="membership-ended")) == 1


@pytest.mark.parametrize("what", ["resend", "withdraw", "role", "end"])
def test_nobody_acts_on_themselves(app: Flask, what: str) -> None:
    browser = administrator(app)
    found = row_of(app, Membership).id
    page = browser.get(LIST)
    assert "This is you." in row(page, app, "amina.keita@harbour.example")
    assert not page.has(f"[href$='{found}']")
    before = tables(app, NOTES_OF_POSTS)
    browser.get(f"{LIST}/{found}")
    assert browser.post(f"{LIST}/{found}/{what}", {"role": "reader"} if what == "role" else {}).status == 400
    assert tables(app, NOTES_OF_POSTS) == before


@pytest.mark.parametrize("what", ["role", "end"])
def test_who_has_not_arrived_is_withdrawn_and_not_changed(app: Flask, what: str) -> None:
    browser = administrator(app)
    invite(browser)
    found = membership_of(app).id
    assert browser.post(f"{LIST}/{found}/{what}", {"role": "editor"} if what == "role" else {}).status == 400
    assert (membership_of(app).role, membership_of(app).ended_at) == ("reader", None)


def test_who_has_arrived_is_not_withdrawn_nor_invited(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app)
    arrived(app, OTHER, office=NIGER)
    found, before = membership_of(app, OTHER).id, mailbox.count()
    browser.get(LIST)
    assert browser.post(f"{LIST}/{found}/withdraw").location == LIST
    assert browser.post(f"{LIST}/{found}/resend").location == LIST
    assert membership_of(app, OTHER).ended_at is None
    assert mailbox.count() == before


@pytest.mark.parametrize("role", ["owner", "", ["reader", "editor"]])
def test_a_role_that_is_not_offered_is_malformed(app: Flask, role: object) -> None:
    browser = administrator(app)
    arrived(app, OTHER, office=NIGER)
    found = membership_of(app, OTHER).id
    browser.get(LIST)
    assert browser.post(f"{LIST}/{found}/role", {"role": role}).status == 400
    assert membership_of(app, OTHER).role == "reader"


def test_a_role_above_ones_own_cannot_be_touched(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only administrators have the right today; the rule holds for whatever role gets it later."""
    from wizard.services import colleague_list

    browser = administrator(app)
    arrived(app, OTHER, office=HEADQUARTERS, role="administrator")
    found = membership_of(app, OTHER).id
    browser.get(LIST)
    for module in (colleagues, colleague_list):
        monkeypatch.setattr(module, "roles_to_give", lambda _role: roles_to_give("editor"))
    assert f"{LIST}/{found}" not in browser.get(LIST).html
    assert browser.post(f"{LIST}/{found}/end").status == 400
    assert browser.post(f"{LIST}/{found}/role", {"role": "reader"}).status == 400
    assert membership_of(app, OTHER).role == "administrator"


def test_an_imported_colleague_can_be_invited_from_the_list(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app)
    moved(app, OTHER, office=NIGER)
    assert "Has not arrived yet." in row(browser.get(LIST), app, OTHER)
    act(browser, membership_of(app, OTHER).id, "resend")
    assert mailbox.newest(to=OTHER).kind == "colleague_invitation"
    assert "Invited on" in row(browser.get(LIST), app, OTHER)


def test_who_has_a_password_gets_no_further_button(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app)
    invite(browser)
    found = membership_of(app)
    change(app, Account, found.account_id, password_hash="x")
    before = mailbox.count()
    assert not browser.get(LIST).has(f"form[action='{LIST}/{found.id}/resend']")
    assert browser.post(f"{LIST}/{found.id}/resend").location == LIST
    assert mailbox.count() == before
    act(browser, found.id, "withdraw")
    assert row_of(app, Account, email=ADDRESS).disabled_at is None


def test_offices_without_people_are_shown_too(app: Flask) -> None:
    beside(app, lambda: add_office(NIGER))
    page = administrator(app).get(LIST)
    assert [h.get_text() for h in page.main.find_all("h2")] == [HEADQUARTERS, NIGER]
    assert "Nobody yet." in page.text
