"""`/account/ways`: another phone or code app beside one just proven, for this very purpose; taking one away, never the last (SEC-19)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import code_of, secret_of
from tests.support.phones import Linked, Phone, PhoneWalk, asking, linked, number_on, sign_in_by_phone
from tests.support.rows import row_of, rows_of
from wizard.models import Authenticator, Proof, RecoveryCodeSet, Session

ADD = "/account/ways/add"


def stepped_up(someone: Linked, browser: PageClient, address: str = ADD) -> Page:
    """Open a page that wants a fresh second step, and give it."""
    page = browser.get(address, follow=True)
    assert (page.journey, page.step) == ("sign-in", "match-number")
    someone.phone.say(number_on(page))
    return page.press()


def added(app: Flask, someone: Linked, browser: PageClient, phone: Phone) -> Page:
    """Link `phone` beside the one that there is."""
    page = stepped_up(someone, browser)
    assert (page.journey, page.step) == ("replace-phone", "choose-authenticator")
    return PhoneWalk(browser, phone, someone.person).until(page, "finish")


def signed_in_later(app: Flask, someone: Linked, clock: MovableClock) -> PageClient:
    """Somebody whose first connection is an hour ago, signed in by the phone a moment ago."""
    clock.advance(hours=1)
    return sign_in_by_phone(app, someone)


def remove(browser: PageClient, row: Authenticator) -> Page:
    page = browser.get("/account")
    return page.press(in_form=f"form[action='/account/ways/{row.id}/remove']")


def test_the_phone_names_what_is_asked_for(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    browser.get(ADD, follow=True)
    assert "how sign-ins to your account are confirmed" in someone.phone.asked().text


def test_another_phone_beside_the_first_ends_nothing(app: Flask, clock: MovableClock, mailbox: Mailbox) -> None:
    someone = linked(app)
    elsewhere = sign_in_by_phone(app, someone)
    clock.advance(minutes=20)
    browser = sign_in_by_phone(app, someone)
    second = Phone(app)
    assert added(app, someone, browser, second).step == "finish"
    assert [row.ended_at for row in rows_of(app, Authenticator)] == [None, None]
    assert row_of(app, RecoveryCodeSet).ended_at is None
    assert elsewhere.get("/account").signed_in
    assert mailbox.count("phone_linked") == 2
    for phone in (someone.phone, second):
        page = asking(app, someone)
        phone.say(number_on(page))
        assert page.press().signed_in


def test_a_code_app_beside_the_phone_and_taken_away_again(app: Flask, clock: MovableClock, mailbox: Mailbox) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    page = stepped_up(someone, browser).press("code-app")
    assert page.step == "enter-code"
    clock.advance(seconds=1)
    page = page.press(code=code_of(secret_of(app, someone.person), clock))
    assert page.step == "finish"
    assert [row.kind for row in rows_of(app, Authenticator, ended_at=None)] == ["phone", "code-app"]
    assert row_of(app, RecoveryCodeSet).ended_at is None
    assert remove(browser, row_of(app, Authenticator, kind="code-app")).page == "account"
    assert mailbox.newest("code_app_removed").to == someone.person.email
    assert mailbox.count("phone_removed") == 0


def test_the_same_phone_linked_again_takes_its_own_place(app: Flask, clock: MovableClock, mailbox: Mailbox) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    assert added(app, someone, browser, someone.phone).step == "finish"
    older, newer = rows_of(app, Authenticator)
    assert (older.ended_reason, newer.ended_at) == ("replaced", None)
    assert older.device_id == newer.device_id
    assert mailbox.count("phone_removed") == 0
    assert sign_in_by_phone(app, someone).get("/account").signed_in


def test_a_fresh_sign_in_is_not_enough_and_what_was_asked_for_is_kept(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    assert browser.get(ADD).location == "/sign-in"
    assert stepped_up(someone, browser).step == "choose-authenticator"
    assert rows_of(app, Proof, purpose="ways", ended_at=None)


def test_a_fresh_proof_for_it_lasts_five_minutes(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    stepped_up(someone, browser)
    clock.advance(minutes=5, seconds=1)
    page = browser.get(ADD, follow=True)
    assert (page.journey, page.step) == ("sign-in", "match-number")


def test_nobody_adds_a_way_without_being_signed_in(app: Flask) -> None:
    linked(app)
    stranger = PageClient(app)
    assert stranger.get(ADD).location == "/sign-in"
    stranger.get("/sign-in", follow=True)
    answer = stranger.post(f"/account/ways/{row_of(app, Authenticator).id}/remove")
    assert answer.location == "/sign-in"
    assert row_of(app, Authenticator).ended_at is None


def test_one_of_two_is_taken_away_by_a_fresh_proof_and_told(app: Flask, clock: MovableClock, mailbox: Mailbox) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    second = Phone(app)
    added(app, someone, browser, second)
    first, other = rows_of(app, Authenticator)
    assert remove(browser, first).page == "account"
    assert row_of(app, Authenticator, id=first.id).ended_reason == "removed"
    assert mailbox.newest("phone_removed").to == someone.person.email
    assert "amina" not in someone.phone.get("/phone").html
    assert rows_of(app, Proof, authenticator_id=first.id, ended_at=None) == []
    page = asking(app, Linked(someone.person, second, browser))
    second.say(number_on(page))
    assert page.press().signed_in
    assert row_of(app, Authenticator, id=other.id).ended_at is None


def with_a_second_phone(app: Flask, clock: MovableClock) -> tuple[Linked, PageClient, Authenticator]:
    """Somebody signed in by the first of two phones, and the row of the second."""
    someone = linked(app)
    added(app, someone, signed_in_later(app, someone, clock), Phone(app))
    clock.advance(minutes=20)
    return someone, sign_in_by_phone(app, someone), rows_of(app, Authenticator)[1]


def test_a_number_matched_for_signing_in_takes_nothing_away(app: Flask, clock: MovableClock) -> None:
    someone, browser, row = with_a_second_phone(app, clock)
    page = remove(browser, row)
    assert (page.journey, page.step) == ("sign-in", "match-number")
    assert row_of(app, Authenticator, id=row.id).ended_at is None
    someone.phone.say(number_on(page))
    assert page.press().page == "account"
    remove(browser, row)
    assert row_of(app, Authenticator, id=row.id).ended_reason == "removed"


def test_what_is_asked_again_says_why_and_comes_back_to_it(app: Flask, clock: MovableClock) -> None:
    someone, browser, row = with_a_second_phone(app, clock)
    page = remove(browser, row)
    assert "Before you add or remove a phone or code app" in page.text
    someone.phone.say(number_on(page))
    page = page.press()
    assert "Nothing has been removed yet" in page.text
    page = page.press(in_form=f"form[action='/account/ways/{row.id}/remove']")
    assert row_of(app, Authenticator, id=row.id).ended_reason == "removed"
    assert "Nothing has been removed yet" not in page.text


@pytest.mark.parametrize("named", ["nothing", "the last one", "without a proof"])
def test_nothing_is_said_to_be_confirmed_that_is_not(app: Flask, clock: MovableClock, named: str) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    if named == "without a proof":
        added(app, someone, browser, Phone(app))
        clock.advance(minutes=6)
    wanted = "nothing" if named == "nothing" else rows_of(app, Authenticator)[0].id
    page = browser.get(f"/account?remove={wanted}")
    assert page.page == "account"
    assert "Nothing has been removed yet" not in page.text


def test_a_sign_in_gives_no_such_reason(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    assert "Before you" in browser.get(ADD, follow=True).text
    assert "Before you" not in asking(app, someone).text


def test_the_last_one_stays(app: Flask) -> None:
    someone = linked(app)
    browser = someone.computer
    row = row_of(app, Authenticator)
    page = browser.get("/account")
    assert not page.has(f"form[action='/account/ways/{row.id}/remove']")
    browser.post(f"/account/ways/{row.id}/remove")
    assert row_of(app, Authenticator).ended_at is None


def test_somebody_elses_way_is_not_there(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    foreign = row_of(app, Authenticator, account_id=other.person.account_id)
    someone.computer.get("/account")
    for target in (foreign.id, "nothing", "x" * 200):
        assert someone.computer.post(f"/account/ways/{target}/remove").status == 404
    assert row_of(app, Authenticator, id=foreign.id).ended_at is None


def test_a_way_is_taken_away_by_a_press_of_our_own_page_only(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    added(app, someone, browser, Phone(app))
    address = f"/account/ways/{rows_of(app, Authenticator)[0].id}/remove"
    assert browser.get(address).status == 405
    assert browser.post(address, csrf=False).status == 403
    assert all(row.ended_at is None for row in rows_of(app, Authenticator))


def test_replacing_ends_the_older_one_the_codes_and_all_other_sessions(app: Flask) -> None:
    someone = linked(app)
    elsewhere = someone.computer
    browser = PageClient(app)
    new = Phone(app)
    page = browser.get("/without-phone").press(reason="new")
    done = PhoneWalk(browser, new, someone.person, code=someone.codes[0]).until(page, "finish")
    assert done.step == "finish"
    assert [row.ended_reason for row in rows_of(app, Authenticator)] == ["replaced", None]
    assert row_of(app, RecoveryCodeSet).ended_reason == "authenticator-bound"
    assert elsewhere.get("/account").location == "/sign-in"
    assert {row.revoked_reason for row in rows_of(app, Session)} >= {"authenticator-bound", None}
    assert "amina" not in someone.phone.get("/phone").html


@pytest.mark.parametrize("kind", ["old phone", "new phone"])
def test_while_a_second_phone_is_being_linked_only_the_new_one_binds_it(
    app: Flask, clock: MovableClock, kind: str
) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    second = Phone(app)
    page = PhoneWalk(browser, second, someone.person).until(stepped_up(someone, browser), "match-number")
    phone = someone.phone if kind == "old phone" else second
    phone.say(number_on(page))
    page = page.press()
    bound = [row for row in rows_of(app, Authenticator, ended_at=None) if row.proven_at is not None]
    assert (page.step == "finish") == (kind == "new phone") == (len(bound) == 2)


def test_the_home_lists_what_is_bound(app: Flask) -> None:
    someone = linked(app)
    page = someone.computer.get("/account")
    assert attribute(page.find("a[href='/account/ways/add']"), "href") == ADD
    assert "Phone" in page.text


def test_a_code_app_is_named_by_kind_and_date_and_not_by_the_person(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    browser = signed_in_later(app, someone, clock)
    stepped_up(someone, browser).press("code-app")
    clock.advance(seconds=1)
    browser.get("/replace-phone/enter-code").press(code=code_of(secret_of(app, someone.person), clock))
    page = browser.get("/account")
    app_row = row_of(app, Authenticator, kind="code-app")
    way = page.find(f"li:has(form[action='/account/ways/{app_row.id}/remove'])")
    assert [found.get_text() for found in way.select("strong")] == ["Code app"]
    assert way.select("button")[0].get_text() == "Remove the code app added on Friday 20 November, 10:00"
    assert f"Tamaris Relief: {app_row.label}." in " ".join(way.get_text().split())
