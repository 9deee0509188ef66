"""migrated-account, from an address to "this is your organisation"."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import (
    HEADQUARTERS,
    MovedPerson,
    arrived,
    as_arrived,
    ask_for_code,
    button_for,
    code_for,
    mails_to,
    moved,
    prove_address,
    walk_migrated,
)
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, Walk, completed, invite, place_at, press_button, sign_in, walk_through
from tests.support.phones import Phone, PhoneWalk
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, Outcome, Session
from wizard.services import invitations

HERE = "/migrated-account"
STEPS = [
    "enter-email", "verify-email", "create-password", "check-details", "choose-authenticator", "enter-code",
    "keep-recovery-codes", "finish",
]  # fmt: skip


def walked(client: PageClient, person: MovedPerson, factor: str = "code-app") -> list[Page]:
    """Every page from the first to the last."""
    page = client.get(HERE, follow=True)
    pages, walk = [page], Walk(client, person, PASSWORD, factor)
    while page.step != "finish":
        page = walk.answer(page)
        pages.append(page)
    return pages


def test_a_country_office_reader_walks_from_the_address_to_the_organisation(app: Flask, client: PageClient) -> None:
    person = moved(app)
    page = walk_migrated(client, person)
    assert page.step == "finish"
    assert "This is your organisation" in page.text
    assert "You see this office only: Niger." in page.text
    assert "The one of the old portal no longer works." in page.text
    assert "email address, password, then a code from the app." in page.text
    page = page.press("portal")
    assert client.get("/account").signed_in


def test_headquarters_see_all_offices(app: Flask, client: PageClient) -> None:
    page = walk_migrated(client, moved(app, office=HEADQUARTERS, role="administrator"))
    assert "You see headquarters and all country offices." in page.text


def test_each_page_stands_on_its_tread_and_is_written_down_once(app: Flask, client: PageClient) -> None:
    pages = walked(client, moved(app))
    assert [page.step for page in pages] == STEPS
    assert [page.progress for page in pages] == ["1/7", "2/7", "3/7", "4/7", "5/7", "7/7", "7/7", "7/7"]
    done = [row.step for row in rows_of(app, Outcome, journey="migrated-account", result="done")]
    assert sorted(done) == sorted(STEPS[:-1])
    kinds = [row.kind for row in rows_of(app, AuditEvent)]
    for kind in ("address-proven", "password-set", "details-confirmed", "signed-in"):
        assert kinds.count(kind) == 1, kind


def test_afterwards_the_short_way_in_is_the_address(app: Flask, client: PageClient) -> None:
    person = moved(app)
    walk_migrated(client, person)
    assert sign_in(PageClient(app), as_arrived(app, person)).signed_in
    page = PageClient(app).get("/sign-in", follow=True).press(username="AMINA.keita@harbour.example")
    assert page.press(password=PASSWORD).step == "enter-code"


def test_with_a_phone_the_journey_ends_in_the_same_place(app: Flask, client: PageClient) -> None:
    person = moved(app)
    walk = PhoneWalk(client, Phone(app), person, new_password=PASSWORD)
    page = walk.until(client.get(HERE, follow=True), "finish")
    assert "email address, password, then a number on the phone." in page.text
    assert "This is your organisation" in page.text
    page.press("portal")
    assert client.get("/account").signed_in


@pytest.mark.settings(second_factor="offered")
@pytest.mark.parametrize("factor", ["skip", "code-app"])
def test_where_a_second_step_is_offered_it_may_be_left_out(app: Flask, client: PageClient, factor: str) -> None:
    page = walk_migrated(client, moved(app), factor)
    assert ("then a code from the app" in page.text) is (factor == "code-app")
    page.press("portal")
    assert client.get("/account").signed_in


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_the_details_are_the_last_thing(app: Flask, client: PageClient) -> None:
    person = moved(app)
    pages = walked(client, person)
    assert [page.step for page in pages] == [*STEPS[:4], "finish"]
    assert "email address and password." in pages[-1].text
    other = PageClient(app).get("/sign-in", follow=True).press(username=person.email)
    assert other.press(password=PASSWORD).signed_in


@pytest.mark.settings(portal_url="https://portal.tamaris.example/start")
def test_the_end_leads_to_the_portal(app: Flask, client: PageClient) -> None:
    page = walk_migrated(client, moved(app))
    client.leaves_to.add("https://portal.tamaris.example")
    assert page.press("portal").location == "https://portal.tamaris.example/start"


def test_a_new_session_at_the_end_signs_out(app: Flask, client: PageClient) -> None:
    page = walk_migrated(client, moved(app)).press("new-session")
    assert (page.journey, page.signed_in) == ("sign-in", False)
    assert not rows_of(app, Session, revoked_at=None)


@pytest.mark.parametrize("step", STEPS[1:])
def test_closing_and_coming_back_with_another_device_goes_on_where_it_stood(
    app: Flask, client: PageClient, clock: MovableClock, step: str
) -> None:
    """S-23: whatever is lasting is kept; only this browser's proofs are given again."""
    person = moved(app)
    place_at(client, "migrated-account", step, person)
    clock.advance(minutes=16)
    other = PageClient(app, address="198.51.100.7")
    page, asked = other.get(HERE, follow=True), []
    walk = Walk(other, as_arrived(app, person) if "enter-code" in STEPS[: STEPS.index(step)] else person, PASSWORD)
    while page.step != "finish":
        asked.append(page.step)
        if page.step == "enter-password":
            page = page.press(password=PASSWORD)
            continue
        page = walk.answer(page)
    assert page.press("portal").page == "account"
    kept = {"create-password", "check-details", "choose-authenticator"} & set(STEPS[: STEPS.index(step)])
    if "enter-code" not in STEPS[: STEPS.index(step)]:
        kept.discard("choose-authenticator")
    assert not kept & set(asked)
    assert ("enter-password" in asked) is ("create-password" in kept)


@pytest.mark.parametrize("step", ["check-details", "choose-authenticator", "enter-code"])
def test_signing_in_in_between_leads_back_to_what_is_owed(
    app: Flask, client: PageClient, clock: MovableClock, step: str
) -> None:
    person = moved(app)
    place_at(client, "migrated-account", step, person)
    other = PageClient(app)
    page = other.get("/sign-in", follow=True).press(username=person.email).press(password=PASSWORD)
    stands = "check-details" if step == "check-details" else "choose-authenticator"
    assert (page.journey, page.step) == ("migrated-account", stands)
    assert other.get("/account", follow=True).step == stands
    assert not page.signed_in


def test_before_the_own_password_signing_in_is_no_way(app: Flask, client: PageClient) -> None:
    person = moved(app)
    place_at(client, "migrated-account", "create-password", person)
    page = PageClient(app).get("/sign-in", follow=True).press(username=person.email)
    assert page.press(password=PASSWORD).refused == "wrong-password"


@pytest.mark.parametrize("step", ["check-details", "choose-authenticator", "enter-code"])
def test_a_session_that_ran_out_after_the_password_was_made(
    app: Flask, client: PageClient, clock: MovableClock, step: str
) -> None:
    person = moved(app)
    place_at(client, "migrated-account", step, person)
    clock.advance(minutes=31)
    page = client.get(HERE, follow=True)
    assert (page.step, person.email in page.text) == ("verify-email", True)
    page = page.press(code=code_for(app, person.email))
    assert page.step == "enter-password"
    assert "Enter the password that you have chosen here." in page.text
    page = page.press(password=PASSWORD)
    assert page.step == ("check-details" if step == "check-details" else "choose-authenticator")
    assert len(mails_to(app)) == 2


def test_who_has_chosen_the_password_before_the_pause_needs_no_other_mail(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = moved(app)
    place_at(client, "migrated-account", "check-details", person)
    clock.advance(hours=1)
    page = client.get(HERE, follow=True)
    assert page.step == "verify-email"
    page = page.open("I have already chosen my password").press(username=person.email).press(password=PASSWORD)
    assert (page.journey, page.step) == ("migrated-account", "check-details")


def test_a_password_proof_that_has_grown_old_is_asked_again_before_a_second_step(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page = place_at(client, "migrated-account", "check-details", moved(app))
    clock.advance(minutes=16)
    assert page.press().step == "enter-password"
    page = client.get(HERE, follow=True).press(password=PASSWORD)
    assert page.step == "check-details"
    assert page.press().step == "choose-authenticator"


def test_who_was_given_a_user_name_may_come_by_the_address_too(app: Flask, client: PageClient) -> None:
    """Of first-connection, and not yet begun: the address proves as well, and no details are owed."""
    person = invite(app)
    page = prove_address(client, person.email)
    assert (page.step, page.title.partition(" – ")[0]) == ("create-password", "Create your password")
    page = page.press(new_password=PASSWORD)
    assert page.step == "choose-authenticator"
    walk = Walk(client, person, PASSWORD)
    while page.step != "finish":
        page = walk.answer(page)
    assert "user name, password, then a code from the app." in page.text
    assert "old portal" not in page.text
    assert page.press("portal").signed_in


def test_who_has_an_own_password_is_asked_for_it(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = prove_address(client, person.email)
    assert page.step == "enter-password"
    assert page.press(password="Wrong one 22").refused == "wrong-password"
    page = page.press(password=person.password)
    assert page.step == "enter-code"
    assert Walk(client, person).answer(page).step == "finish"


def test_who_has_arrived_already_is_only_asked_for_the_short_way(app: Flask, client: PageClient) -> None:
    person = arrived(app)
    page = place_at(client, "migrated-account", "finish", person)
    assert page.step == "finish"
    assert sorted({row.step for row in rows_of(app, Outcome, result="done")}) == [
        "enter-code", "enter-email", "enter-password", "verify-email",
    ]  # fmt: skip


def test_the_mails_button_walks_the_whole_journey_in_another_browser(app: Flask, client: PageClient) -> None:
    person = moved(app)
    ask_for_code(client, person.email)
    other = PageClient(app, address="198.51.100.7")
    page = other.get(button_for(app, person.email))
    assert (page.page, "Harbour Aid" in page.text, person.email in page.text) == ("invitation", True, True)
    page = page.press("yes")
    walk = Walk(other, person, PASSWORD)
    while page.step != "finish":
        page = walk.answer(page)
    assert page.press("portal").signed_in
    assert "You went on in another window" in client.get(HERE, follow=True).text
    assert Mailbox(app).count("mailed_code") == 1


def test_the_invitations_button_in_another_browser_says_so_in_the_first_window(app: Flask, client: PageClient) -> None:
    person = moved(app)
    assert beside(app, lambda: invitations.send_to([person.account_id])) == 1
    button = Mailbox(app).newest(to=person.email).button_path
    assert button is not None
    assert client.get(button).press("yes").step == "create-password"
    assert PageClient(app).get(button).press("yes").step == "create-password"
    page = client.get(HERE, follow=True)
    assert (page.step, page.choices()) == ("verify-email", ["resend"])
    assert "You went on in another window or on another device at 9:00" in page.said("[role=status]")
    assert Mailbox(app).count("mailed_code") == 0
    assert page.press("resend").press(code=code_for(app, person.email)).step == "create-password"


def test_whoever_chose_the_first_password_by_forgotten_password_is_told_what_comes_next(
    app: Flask, client: PageClient
) -> None:
    person = moved(app)
    page = place_at(client, "forgotten-password", "change-password", person).press(new_password=PASSWORD)
    assert (page.step, page.title.partition(" – ")[0]) == ("finish", "Almost done")
    assert "The one of the old portal no longer works." in page.text
    assert page.press("portal").journey == "migrated-account"


def test_forgetting_the_password_right_after_is_the_usual_way(app: Flask, client: PageClient) -> None:
    person = moved(app)
    walk_migrated(PageClient(app), person)
    page = walk_through(client, "forgotten-password", as_arrived(app, person), new_password="Trois 3 petits cochons")
    assert page.signed_in
    assert row_of(app, Account).journey == "migrated-account"


def test_someone_elses_invitation_in_the_same_browser_starts_with_that_one(app: Flask, client: PageClient) -> None:
    person = moved(app)
    place_at(client, "migrated-account", "check-details", person)
    page = press_button(client, invite(app, "bilal.aden", email="bilal@people.example"))
    assert page.journey == "first-connection"
    assert "Harbour Aid" not in page.html
    assert client.get("/migrated-account/check-details", follow=True).step != "check-details"


@pytest.mark.parametrize("language", ["fr", "es"])
def test_it_is_walked_in_each_language(app: Flask, language: str) -> None:
    client = PageClient(app, language=language)
    pages = walked(client, moved(app, language=language))
    assert [page.step for page in pages] == STEPS
    assert {page.soup.html["lang"] for page in pages if page.soup.html} == {language}


def test_an_address_without_account_is_told_so_after_it_was_verified(client: PageClient) -> None:
    page = prove_address(client, "nobody@elsewhere.example")
    assert page.step == "no-account"
