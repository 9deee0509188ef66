"""The code of the code app: set up and proven, used once, paused after five wrong ones, with advice for a wrong clock."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import (
    code_of,
    completed,
    invite,
    next_code,
    place_at,
    secret_of,
    sign_in,
    wrong_code,
)
from tests.support.rows import row_of, rows_of
from wizard.models import Authenticator, Proof

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def at_code(app: Flask, client: PageClient) -> tuple[Page, str]:
    """The page of a sign-in that asks for a code, and the app's secret, with no code of now used."""
    person = completed(app)
    assert person.secret is not None
    app.extensions["perron"].clock.advance(minutes=30)
    return place_at(client, "sign-in", "enter-code", person), person.secret


def test_setting_up_shows_the_same_secret_in_every_form(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "enter-code", person)
    secret = secret_of(app, person)
    assert page.said("[data-secret]").replace(" ", "") == secret
    uri = attribute(page.find("a[data-provisioning-uri]"), "href")
    assert uri.startswith("otpauth://totp/Tamaris%20Relief:amina.keita?")
    assert f"secret={secret}" in uri
    assert "issuer=Tamaris%20Relief" in uri
    assert page.has("svg")


def test_the_right_code_binds_the_app_and_proves_it_at_once(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "enter-code", person)
    assert page.press(code=code_of(secret_of(app, person), clock)).step == "change-password"
    bound = row_of(app, Authenticator)
    assert bound.proven_at == clock.now()
    proof = row_of(app, Proof, kind="factor", ended_at=None)
    assert (proof.method, proof.authenticator_id) == ("totp", bound.id)


def test_once_bound_the_secret_is_shown_nowhere(app: Flask, client: PageClient) -> None:
    page, secret = at_code(app, client)
    assert not page.has("[data-secret]")
    assert not page.has("a[data-provisioning-uri]")
    client.secrets[secret] = ()
    assert client.get("/sign-in/enter-code").status == 200


@pytest.mark.parametrize(
    "written",
    [
        lambda code: f" {code[:3]} {code[3:]} ",
        lambda code: f"{code[:3]}-{code[3:]}",
        lambda code: code.translate(ARABIC),
        lambda code: code.translate(FULL_WIDTH),
        lambda code: "\u200f" + code + "\u200e",
        "\u00a0".join,
    ],
    ids=["blanks", "dash", "arabic digits", "full-width digits", "bidi marks", "spread"],
)
def test_a_code_is_taken_however_it_is_written(
    app: Flask, client: PageClient, clock: MovableClock, written: object
) -> None:
    page, secret = at_code(app, client)
    assert callable(written)
    assert page.press(code=written(code_of(secret, clock))).signed_in


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_clock_half_a_minute_off_is_no_matter(
    app: Flask, client: PageClient, clock: MovableClock, offset: int
) -> None:
    page, secret = at_code(app, client)
    assert page.press(code=code_of(secret, clock, offset)).signed_in


@pytest.mark.parametrize(
    ("offset", "minutes", "word"), [(2, "1", "ahead"), (10, "5", "ahead"), (-2, "1", "behind"), (-19, "10", "behind")]
)
def test_a_clock_that_is_further_off_is_told(
    app: Flask, client: PageClient, clock: MovableClock, offset: int, minutes: str, word: str
) -> None:
    page, secret = at_code(app, client)
    page = page.press(code=code_of(secret, clock, offset))
    assert (page.status, page.refused) == (422, "clock")
    assert minutes in page.errors["code"]
    assert word in page.errors["code"]
    assert not page.signed_in


def test_a_code_that_was_told_to_be_ahead_never_becomes_good(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page, secret = at_code(app, client)
    early = code_of(secret, clock, 4)
    assert page.press(code=early).refused == "clock"
    clock.advance(minutes=2)
    assert code_of(secret, clock) == early
    answer = page.press(code=early)
    assert (answer.refused, answer.signed_in) == ("code-used", False)
    assert answer.press(code=next_code(secret, clock)).signed_in


def test_a_code_of_a_clock_further_off_than_ten_minutes_is_wrong(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page, secret = at_code(app, client)
    assert page.press(code=code_of(secret, clock, -30)).refused == "wrong-code"


def test_a_code_works_once_in_whichever_browser(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    sign_in(client, person)
    assert person.secret is not None
    page = place_at(PageClient(app), "sign-in", "enter-code", person)
    used = code_of(person.secret, clock)
    assert page.press(code=used).refused == "code-used"
    clock.advance(seconds=30)
    assert page.press(code=used).refused == "code-used"
    assert page.press(code=code_of(person.secret, clock)).signed_in


def test_a_code_before_the_last_used_one_is_used_too(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    assert person.secret is not None
    clock.advance(minutes=1)
    place_at(client, "sign-in", "enter-code", person).press(code=code_of(person.secret, clock, 1))
    page = place_at(PageClient(app), "sign-in", "enter-code", person)
    assert page.press(code=code_of(person.secret, clock)).refused == "code-used"


def test_five_wrong_codes_pause_for_five_minutes_and_the_right_one_too(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page, secret = at_code(app, client)
    for _ in range(5):
        page = page.press(code=wrong_code(secret, clock))
        assert page.refused == "wrong-code"
    shown = client.get("/sign-in/enter-code")
    assert shown.has("time[data-ends]")
    page = page.press(code=code_of(secret, clock))
    assert (page.refused, page.signed_in) == ("paused", False)
    clock.advance(minutes=5)
    assert not client.get("/sign-in/enter-code").has("time[data-ends]")
    assert page.press(code=code_of(secret, clock)).signed_in


def test_the_pause_is_the_accounts_in_every_browser(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    assert person.secret is not None
    clock.advance(minutes=1)
    page = place_at(client, "sign-in", "enter-code", person)
    for _ in range(5):
        page = page.press(code=wrong_code(person.secret, clock))
    other = place_at(PageClient(app), "sign-in", "enter-code", person)
    assert other.press(code=code_of(person.secret, clock)).refused == "paused"


def test_a_right_code_takes_the_count_back(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    assert person.secret is not None
    for _ in range(2):
        clock.advance(minutes=1)
        client.forget()
        page = place_at(client, "sign-in", "enter-code", person)
        for _ in range(4):
            page = page.press(code=wrong_code(person.secret, clock))
        assert page.press(code=code_of(person.secret, clock)).signed_in


@pytest.mark.parametrize("typed", ["12345", "1234567", "12a456", "", "      ", "0x1234", "½23456", "1" * 100])
def test_what_is_no_code_is_said_and_not_counted(app: Flask, client: PageClient, typed: str) -> None:
    page, secret = at_code(app, client)
    for _ in range(6):
        page = page.press(code=typed)
        assert (page.status, list(page.errors)) == (422, ["code"])
        assert page.refused in {"wrong-code", "missing"}
    assert page.press(code=code_of(secret, app.extensions["perron"].clock)).signed_in


def test_a_refused_code_is_not_shown_again(app: Flask, client: PageClient) -> None:
    page, _ = at_code(app, client)
    assert not page.press(code="000000").find("[name=code]").get("value")


def test_an_interrupted_set_up_locks_nobody_out(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "enter-code", person)
    client.forget()
    page = place_at(client, "first-connection", "choose-authenticator", person)
    assert page.press("code-app").step == "enter-code"
    assert [row.proven_at for row in rows_of(app, Authenticator)] == [None, None]


NEW = "This QR code is new."


def test_after_a_pause_the_page_says_that_its_picture_is_new(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "enter-code", person)
    before = page.said("[data-secret]")
    assert NEW not in page.text
    assert client.get(page.path).said("[data-secret]") == before
    clock.advance(hours=1)
    page = place_at(client, "first-connection", "enter-code", person)
    secret = page.said("[data-secret]").replace(" ", "")
    assert secret != before.replace(" ", "")
    assert NEW in page.text
    refused = page.press(code=wrong_code(secret, clock))
    assert (refused.refused, NEW in refused.text) == ("wrong-code", True)
    assert "The new entry is called “amina.keita (2)”." in refused.text
    assert "Enter the code of “amina.keita (2)”." in refused.errors["code"]
    assert "Wait for the next one" not in refused.text
    assert refused.press(code=code_of(secret, clock)).step == "change-password"


def test_going_back_to_the_choice_makes_a_new_picture_and_says_so(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "enter-code", person)
    page = client.get("/first-connection/choose-authenticator").press("code-app")
    assert (page.step, NEW in page.text) == ("enter-code", True)


def test_a_set_up_that_was_left_before_the_last_one_that_worked_is_forgotten(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    place_at(client, "first-connection", "enter-code", person)
    clock.advance(hours=1)
    page = place_at(client, "first-connection", "enter-code", person)
    page.press(code=code_of(secret_of(app, person), clock))
    clock.advance(seconds=30)
    client.get("/account/ways/add", follow=True)
    page = client.get("/replace-phone/choose-authenticator").press("code-app")
    assert (page.step, page.has("[data-secret]"), NEW in page.text) == ("enter-code", True, False)
