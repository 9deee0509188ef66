"""Back, Reload, a second tab, a second browser, an old page, a form pressed twice."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    Walk,
    code_of,
    completed,
    invite,
    next_code,
    place_at,
    press_button,
    secret_of,
    walk_through,
)
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Authenticator, Issue, Proof, Session


def token_in(client: PageClient) -> str:
    """The cookie as the browser would send it."""
    found = client.raw.get_cookie("perron", domain="localhost")
    assert found is not None
    return found.value


def with_token(client: PageClient, token: str) -> PageClient:
    client.raw.set_cookie("perron", token, domain="localhost")
    return client


def test_back_from_the_code_offers_the_choice_again_and_drops_what_was_begun(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "enter-code", person)
    begun = row_of(app, Authenticator)
    page = page.open("Back")
    assert page.step == "choose-authenticator"
    assert row_of(app, Authenticator).ended_at is None
    page = page.press("code-app")
    assert page.step == "enter-code"
    dropped, new = rows_of(app, Authenticator)
    assert (dropped.id, dropped.ended_reason, dropped.secret) == (begun.id, "dropped", None)
    assert new.ended_at is None


def test_the_code_of_a_dropped_secret_binds_nothing(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = invite(app)
    first_tab = place_at(client, "first-connection", "enter-code", person)
    old = secret_of(app, person)
    client.get("/first-connection/choose-authenticator").press("code-app")
    refused = first_tab.press(code=code_of(old, clock))
    assert (refused.status, refused.refused) == (422, "wrong-code")
    assert not [row for row in rows_of(app, Authenticator) if row.proven_at]


@pytest.mark.parametrize("step", ["enter-username", "enter-password"])
def test_back_before_any_proof_leads_one_step_up(app: Flask, client: PageClient, step: str) -> None:
    page = place_at(client, "first-connection", step, invite(app)).open("Back")
    assert page.step == {"enter-username": "prepare", "enter-password": "enter-username"}[step]


@pytest.mark.parametrize("step", ["prepare", "choose-authenticator", "change-password", "finish"])
def test_where_nothing_can_be_undone_there_is_no_back(app: Flask, client: PageClient, step: str) -> None:
    assert not place_at(client, "first-connection", step, invite(app)).has("a.back")


@pytest.mark.parametrize("journey", ["first-connection", "forgotten-password"])
def test_loading_a_page_again_repeats_nothing(app: Flask, client: PageClient, journey: str) -> None:
    person = invite(app) if journey == "first-connection" else completed(app)
    walk = Walk(client, person)
    page = client.get(f"/{journey}", follow=True)
    while page.step != "finish":
        before = tables(app)
        again = client.get(page.path)
        assert again.text == page.text
        assert tables(app) == before
        page = walk.answer(page)


def test_a_form_sent_again_after_its_work_is_done_changes_nothing(app: Flask, client: PageClient) -> None:
    person = invite(app)
    walk = Walk(client, person)
    pages: list[Page] = [client.get("/first-connection", follow=True)]
    while pages[-1].step != "finish":
        pages.append(walk.answer(pages[-1]))
    before = tables(app)
    for page in pages[:-1]:
        answer = client.post(page.path, {"password": person.temporary_password, "code": "123456", "new_password": "x"})
        assert answer.location == "/first-connection/finish"
    assert tables(app) == before


def test_two_tabs_show_the_same_secret(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = invite(app)
    first = place_at(client, "first-connection", "enter-code", person)
    second = client.get("/first-connection", follow=True)
    assert first.said("[data-secret]") == second.said("[data-secret]")
    code = code_of(secret_of(app, person), clock)
    assert second.press(code=code).step == "change-password"
    assert first.press(code=code).step == "change-password"
    assert len(rows_of(app, Authenticator)) == 1


def test_a_second_browser_goes_on_where_the_first_has_stopped(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "change-password", person)
    other = PageClient(app)
    page = place_at(other, "first-connection", "enter-password", person).press(password=person.temporary_password)
    assert page.step == "enter-code"
    assert not page.has("[data-secret]")
    page = Walk(other, person).answer(page)
    assert page.step == "change-password"


def test_a_pending_code_app_stays_with_the_browser_that_began_it(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "enter-code", person)
    begun = secret_of(app, person)
    other = PageClient(app)
    page = place_at(other, "first-connection", "enter-password", person).press(password=person.temporary_password)
    assert page.step == "choose-authenticator"
    page = page.press("code-app")
    assert begun not in page.said("[data-secret]").replace(" ", "")


def test_a_second_browser_takes_the_invitation_over(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    first = row_of(app, Session)
    other = PageClient(app)
    assert other.get(person.button).has(".notice")
    assert press_button(other, person).step == "prepare"
    ended = row_of(app, Session, id=first.id)
    assert ended.revoked_reason == "issue-taken-over"
    assert not rows_of(app, Proof, session_id=first.id, ended_at=None)
    assert row_of(app, Issue).session_id == row_of(app, Session, revoked_at=None).id
    assert mailbox.newest("issue_taken_over").to == person.email
    page = client.get("/first-connection", follow=True)
    assert page.step == "enter-password"
    assert page.said(".notice").startswith("You went on in another browser at 9:00.")
    assert client.post("/first-connection/choose-authenticator", {"choice": "code-app"}).status == 303
    assert walk_through(other, "first-connection", person).signed_in


def test_the_same_browser_takes_nothing_over_from_itself(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    assert not client.get(person.button).has(".notice")
    assert press_button(client, person).step == "choose-authenticator"
    assert not mailbox.all("issue_taken_over")
    assert len(rows_of(app, Session, revoked_at=None)) == 1


def test_the_same_browser_is_no_other_one_after_its_session_has_run_out(
    app: Flask, client: PageClient, clock: MovableClock, mailbox: Mailbox
) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    clock.advance(hours=1)
    assert not client.get(person.button).has(".notice")
    assert press_button(client, person).step == "choose-authenticator"
    assert not mailbox.all("issue_taken_over")


def test_only_the_name_that_was_taken_over_is_said_to_be_elsewhere(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    press_button(PageClient(app), person)
    page = client.get("/first-connection", follow=True)
    assert page.has(".notice")
    page = client.get("/first-connection/enter-username").press(username="nobody.here")
    assert page.step == "enter-password"
    assert not page.has(".notice")


def test_the_token_is_new_after_every_rise_and_never_stored(app: Flask, client: PageClient) -> None:
    person = invite(app)
    tokens = []
    for step in ("choose-authenticator", "change-password", "finish"):
        place_at(client, "first-connection", step, person)
        tokens.append(client.cookie()["t"])
    assert len(set(tokens)) == 3
    kept = str(tables(app)["sessions"])
    assert not [token for token in tokens if token in kept]
    assert len(rows_of(app, Session)) == 1


def test_a_replaced_token_is_sent_on_and_then_has_no_session(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    old = token_in(client)
    Walk(client, person).answer(page)
    thief = with_token(PageClient(app), old)
    before = tables(app)
    answer = thief.get("/account")
    assert (answer.status, answer.location) == (303, "/account?again=1")
    assert not thief.get("/account?again=1", follow=True).signed_in
    assert tables(app) == before
    assert client.get("/account").signed_in


def test_after_half_a_minute_a_replaced_token_is_any_other(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    old = token_in(client)
    Walk(client, person).answer(page)
    clock.advance(seconds=31)
    assert with_token(PageClient(app), old).get("/account").location == "/sign-in"


def test_a_form_pressed_twice_gets_the_new_token_too(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    assert person.secret is not None
    page = place_at(client, "sign-in", "enter-code", person)
    old, fields = token_in(client), {**page.form_values(), "code": next_code(person.secret, clock)}
    client.post(page.path, fields, follow=True)
    before = tables(app)
    answer = with_token(client, old).post(page.path, fields)
    assert answer.status == 303
    assert client.get("/account", follow=True).signed_in
    assert tables(app) == before


def test_another_form_with_the_replaced_token_gets_nothing(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    old, fields = token_in(client), page.form_values()
    Walk(client, person).answer(page)
    thief = with_token(PageClient(app), old)
    answer = thief.post(page.path, {**fields, "code": "123456"})
    assert answer.status == 303
    assert not thief.get("/account", follow=True).signed_in
