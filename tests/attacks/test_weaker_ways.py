"""Another way round: restarts, other journeys, half proofs. None of them asks less (SEC-01, SEC-03, SEC-05)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    Completed,
    completed,
    disable,
    invite,
    mailed_button,
    mailed_code,
    next_code,
    place_at,
    reset,
    sign_in,
)
from tests.support.rows import NOTES_OF_POSTS, change, row_of, rows_of, tables
from wizard.models import Account, Authenticator, Session

STEPS = {
    "first-connection": ["choose-authenticator", "enter-code", "change-password", "finish"],
    "sign-in": ["enter-code"],
    "forgotten-password": ["enter-code", "change-password", "finish"],
    "replace-phone": ["verify-email", "choose-authenticator", "enter-code", "finish"],
}
ALL_STEPS = [(journey, step) for journey, steps in STEPS.items() for step in steps]
ANSWERS = {"choice": "code-app", "code": "123456", "new_password": NEW_PASSWORD}


@pytest.mark.parametrize(("journey", "step"), ALL_STEPS)
def test_a_post_out_of_turn_does_nothing(app: Flask, client: PageClient, journey: str, step: str) -> None:
    """Keycloak CVE-2026-18963: a step counted as done because another was. The attacker has typed the name and nothing else."""
    person = completed(app)
    client.get("/sign-in", follow=True).press(username=person.username)
    before = tables(app)
    for data in ({}, ANSWERS, {"choice": "skip"}, {"choice": "portal"}):
        answer = client.post(f"/{journey}/{step}", data)
        assert answer.status == 303
        assert answer.location != f"/{journey}/{step}"
    assert tables(app) == before


@pytest.mark.parametrize("journey", sorted(STEPS))
def test_the_password_alone_opens_nothing_by_any_journey(app: Flask, client: PageClient, journey: str) -> None:
    """Firefly III GHSA-4gm4, GLPI CVE-2026-52848: an alternative pathway without the second step."""
    person = completed(app)
    place_at(client, "sign-in", "enter-code", person)
    client.get(f"/{journey}", follow=True)
    accounts, bound = rows_of(app, Account), rows_of(app, Authenticator)
    for step in STEPS[journey]:
        if step != "enter-code":
            client.post(f"/{journey}/{step}", ANSWERS)
    assert not client.get("/account", follow=True).signed_in
    assert [row.password_hash for row in rows_of(app, Account)] == [row.password_hash for row in accounts]
    assert [row.id for row in rows_of(app, Authenticator)] == [row.id for row in bound]


def test_the_mailbox_alone_takes_over_nothing(app: Flask, client: PageClient) -> None:
    """Vantage6 CVE-2024-27928, Keycloak issues 12759 and 16442: the mailbox reset the password and then the second step."""
    person = completed(app)
    before = row_of(app, Account)
    place_at(client, "forgotten-password", "enter-code", person)
    for journey, step in ALL_STEPS:
        if step != "enter-code":
            client.post(f"/{journey}/{step}", ANSWERS)
    after = row_of(app, Account)
    assert (after.password_hash, after.factor_since) == (before.password_hash, before.factor_since)
    assert len(rows_of(app, Authenticator)) == 1
    assert not client.get("/account", follow=True).signed_in


def test_starting_over_never_lowers_what_is_required(app: Flask, client: PageClient) -> None:
    """Keycloak CVE-2026-94218: the restart address forgot that a second step was to be set up."""
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    for path in ("/first-connection", "/sign-in", "/?language=fr", "/first-connection/prepare", "/forgotten-password"):
        client.get(path, follow=True)
    client.post("/first-connection/change-password", {"new_password": NEW_PASSWORD})
    client.get("/first-connection?language=en", follow=True)
    assert client.get("/first-connection", follow=True).step == "choose-authenticator"
    assert row_of(app, Account).password_hash is None


@pytest.mark.settings(second_factor="offered")
def test_skipping_does_not_outlive_the_choice_of_the_organisation(app: Flask, client: PageClient) -> None:
    """Ory Kratos CVE-2024-45042: what is required is judged live, not as it was stored."""
    person = invite(app)
    page = place_at(client, "first-connection", "choose-authenticator", person).press("skip")
    assert page.press(new_password=NEW_PASSWORD).press("portal").signed_in
    object.__setattr__(app.extensions["perron"].settings, "second_factor", "required")
    page = client.get("/account", follow=True)
    assert not page.signed_in
    assert client.post("/first-connection/choose-authenticator", {"choice": "skip"}).refused == "not-allowed"


@pytest.mark.settings(second_factor="offered")
def test_who_has_a_second_step_cannot_skip_it(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "sign-in", "enter-code", person)
    for journey in ("first-connection", "replace-phone"):
        client.post(f"/{journey}/choose-authenticator", {"choice": "skip"})
    assert row_of(app, Account).factor_skipped_at is None
    assert not client.get("/account", follow=True).signed_in


def test_a_temporary_password_is_worth_nothing_once_an_own_one_is_set(app: Flask, client: PageClient) -> None:
    """SEC-10, Telekom CVE-2025-69614: what the first mail carried stayed good."""
    person = completed(app)
    assert client.get(person.person.button).problem == "link-used"
    assert client.post(person.person.button, {"choice": "yes"}).status == 410
    page = place_at(client, "sign-in", "enter-password", person)
    temporary = person.person.temporary_password or ""
    for typed in (temporary, temporary.replace("-", ""), temporary.upper()):
        assert page.press(password=typed).refused == "wrong-password"


@pytest.mark.settings(second_factor="off")
def test_the_temporary_password_cannot_be_kept(app: Flask, client: PageClient) -> None:
    """ASVS 5.0 6.4.1, in whatever way it is typed."""
    person = invite(app)
    page = place_at(client, "first-connection", "change-password", person)
    temporary = person.temporary_password or ""
    for typed in (temporary, temporary.upper(), temporary.replace("-", " - ")):
        assert page.press(new_password=typed).status == 422
    assert row_of(app, Account).password_hash is None


def test_an_invitation_ends_at_its_time_with_nothing_running(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    """authentik CVE-2025-64708: expiry was left to a clean-up job."""
    person = invite(app)
    clock.advance(days=7)
    assert client.get(person.button).problem == "link-expired"
    assert client.post(person.button, {"choice": "yes"}).status == 410
    page = place_at(client, "first-connection", "enter-password", person)
    assert page.press(password=person.temporary_password).refused == "wrong-password"
    assert not rows_of(app, Session)


@pytest.mark.parametrize("step", ["choose-authenticator", "enter-code", "change-password"])
def test_a_half_finished_journey_of_a_closed_account_ends_at_once(app: Flask, client: PageClient, step: str) -> None:
    """Vaultwarden CVE-2026-95814: who was revoked kept access."""
    person = invite(app)
    page = place_at(client, "first-connection", step, person)
    disable(app, person)
    before = tables(app, NOTES_OF_POSTS)
    answer = client.post(page.path, ANSWERS)
    assert answer.status == 303
    assert client.get("/account", follow=True).step in {"enter-username", "enter-password"}
    assert tables(app, NOTES_OF_POSTS) == before


@pytest.mark.parametrize("proof", ["code", "button"])
def test_a_mail_sent_before_the_account_was_closed_proves_nothing(app: Flask, client: PageClient, proof: str) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code, button = mailed_code(app, person), mailed_button(app, person)
    disable(app, person)
    sessions = len(rows_of(app, Session))
    if proof == "code":
        assert page.press(code=code).status == 422
    else:
        assert client.get(button).status == 404
        assert client.post(button, {"choice": "yes"}).status == 404
    assert len(rows_of(app, Session)) == sessions


def test_an_ended_second_step_proves_nothing_in_a_session_that_used_it(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    """Devolutions CVE-2026-9047: the old factor's state outlived its replacement."""
    person: Completed = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    reset(app, person, "enter-code")
    answer = page.press(code=next_code(person.secret or "", clock))
    assert not answer.signed_in
    assert answer.step != "enter-code"


def test_roles_and_states_cannot_be_sent_along(app: Flask, client: PageClient) -> None:
    """Mass assignment (ASVS 5.0 15.3.3): fields that no form has are not read."""
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person)
    extra = {
        "account_id": "x",
        "method": "own",
        "proven": "1",
        "journey": "first-connection",
        "factor_since": "",
        "shared": "1",
    }
    page = client.post(page.path, {"password": person.password, **extra}, follow=True)
    assert (page.journey, page.step) == ("sign-in", "enter-code")


def test_a_new_address_ends_what_the_old_one_had_proven(app: Flask, client: PageClient) -> None:
    """Keycloak CVE-2026-9087: a proof of an address that was not the one verified."""
    person = completed(app)
    place_at(client, "forgotten-password", "enter-code", person)
    change(app, Account, person.account_id, email="new@people.example", email_key="new@people.example")
    assert client.get("/forgotten-password", follow=True).step == "verify-email"


def test_signing_in_again_is_needed_after_sign_out_even_by_back(app: Flask, client: PageClient) -> None:
    person = completed(app)
    home = sign_in(client, person)
    token = home.form_values("form[action='/sign-out']")["csrf_token"]
    client.post("/sign-out", {"csrf_token": token})
    assert client.get("/account").location == "/sign-in"
    assert client.get("/account/password").location == "/sign-in"
