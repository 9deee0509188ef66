"""The one gate: from every place, every other step answers with a redirect and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.support.moved import moved, prove_address
from tests.support.page_client import PageClient
from tests.support.people import Completed, Person, completed, invite, place_at, reset
from tests.support.phones import Phone, linked, place_with_phone
from tests.support.rows import Tables, beside, rows_of, tables
from wizard.journeys import JOURNEYS
from wizard.models import Account, Authenticator, Proof, db, write
from wizard.services import temporary_passes

OPEN_AGAIN = {
    ("first-connection", "enter-username"): {"prepare"},
    ("first-connection", "enter-password"): {"prepare", "enter-username"},
    ("first-connection", "scan-qr"): {"choose-authenticator"},
    ("first-connection", "match-number"): {"choose-authenticator", "scan-qr"},
    ("first-connection", "enter-code"): {"choose-authenticator"},
    ("migrated-account", "verify-email"): {"enter-email"},
    ("migrated-account", "scan-qr"): {"choose-authenticator"},
    ("migrated-account", "match-number"): {"choose-authenticator", "scan-qr"},
    ("migrated-account", "enter-code"): {"choose-authenticator"},
    ("sign-in", "enter-password"): {"enter-username"},
    ("forgotten-password", "verify-email"): {"enter-username"},
    ("replace-phone", "enter-password"): {"enter-username"},
    ("replace-phone", "scan-qr"): {"choose-authenticator"},
    ("replace-phone", "match-number"): {"choose-authenticator", "scan-qr"},
    ("replace-phone", "enter-code"): {"choose-authenticator"},
}
"""Which earlier steps may be opened again from where: only those that proved nothing and whose work can be undone."""

FIELDS = {
    "prepare": {},
    "enter-username": {"username": "somebody.else"},
    "enter-email": {"email": "somebody.else@people.example"},
    "no-account": {"organisation_kind": "company"},
    "create-password": {"new_password": "Quatre 4 bateaux bleus"},
    "check-details": {"display_name": "Somebody Else"},
    "enter-password": {"password": "Rabot et 3 copeaux"},
    "choose-authenticator": {"choice": "code-app"},
    "scan-qr": {"choice": "code-app"},
    "match-number": {"choice": "again"},
    "enter-code": {"code": "123456"},
    "use-recovery-code": {"code": "aaaa-bbbb-cccc-dddd"},
    "use-temporary-pass": {"pass": "AAAA-BBBB"},
    "verify-email": {"code": "123456"},
    "change-password": {"new_password": "Quatre 4 bateaux bleus"},
    "keep-recovery-codes": {"choice": "skip"},
    "finish": {"choice": "new-session"},
}
BY_PHONE = frozenset({"scan-qr", "match-number", "use-recovery-code"})
"""Where somebody with a phone stands; everywhere else it is somebody with a code app."""
JUST_PROVEN = frozenset({("forgotten-password", "finish")})
"""Where somebody signed in has just proven the code app: another one may be begun beside it (SEC-19), begun is not bound."""
MAY_SET_IT = frozenset({("migrated-account", "create-password")})
"""Where somebody has proven the address of an account that never had a password: they may choose one, by whichever page."""
TWINS = frozenset({"first-connection", "migrated-account"})
SAME_WORK = frozenset({"choose-authenticator", "scan-qr", "keep-recovery-codes"})
"""What both journeys of a new account let the same person begin, by the same page."""
NOBODY = "nobody@elsewhere.example"
IN_PLACE = "form.way:has([value='use-recovery-code'])"
NOT_AT_STAKE = frozenset({"outcomes", "throttles", "sessions", "outbox", "mailed_codes", "audit_events"})

PLACES = [(journey.name, step.slug) for journey in JOURNEYS.values() for step in journey.steps]


def somebody_in(app: Flask, journey: str, step: str = "") -> Person:
    """Who walks `journey` with a code app: somebody new, somebody complete, somebody whose app an agent has ended."""
    if journey == "migrated-account" and step != "enter-password":
        return moved(app)
    if journey == "first-connection":
        return invite(app)
    person = completed(app)
    if journey == "replace-phone":
        reset(app, person, "enter-code")
    return person


def somebody_with_pass(app: Flask) -> Person:
    """Somebody whose second step an agent has ended, and who was given a temporary pass."""
    person = completed(app)
    reset(app, person, "choose-authenticator")

    def act() -> None:
        with write():
            temporary_passes.make(db.session.get_one(Account, person.account_id), by="desk")
        db.session.remove()

    beside(app, act)
    return person


def stand_at(app: Flask, client: PageClient, journey: str, step: str) -> Person:
    if step in BY_PHONE:
        return stand_with_phone(app, client, journey, step)
    if step == "no-account":
        assert prove_address(client, NOBODY).step == step
        return completed(app)
    person = somebody_with_pass(app) if step == "use-temporary-pass" else somebody_in(app, journey, step)
    page = place_at(client, journey, step, person)
    assert page.has("input[name=csrf_token]")
    return person


def stand_with_phone(app: Flask, client: PageClient, journey: str, step: str) -> Person:
    """As `stand_at`, with a phone: one that is being linked, or one that was, recovery codes beside it."""
    binds = journey in {"first-connection", "migrated-account", "replace-phone"} and step != "use-recovery-code"
    if binds:
        person, phone = somebody_in(app, journey), Phone(app)
    else:
        someone = linked(app)
        person, phone = someone.person, someone.phone
    in_place = step == "use-recovery-code" and journey != "replace-phone"
    page = place_with_phone(client, phone, journey, "match-number" if in_place else step, person)
    if in_place:
        page = page.press(in_form=IN_PLACE)
    assert (page.journey, page.step) == (journey, step)
    assert page.has("input[name=csrf_token]")
    return person


@pytest.mark.parametrize(("journey", "step"), PLACES)
def test_no_step_but_those_at_hand_can_be_opened_or_does_anything(
    app: Flask, client: PageClient, journey: str, step: str
) -> None:
    person = stand_at(app, client, journey, step)
    token = client.csrf_token()
    nothing_of_this_journey(app, client, journey, step, token)
    nothing_of_the_others(app, client, person, (journey, step), token)


def nothing_of_this_journey(app: Flask, client: PageClient, journey: str, step: str, token: str) -> None:
    """Every other step sends the person back to where they stand, and no row changes."""
    here = f"/{journey}/{step}"
    open_again = OPEN_AGAIN.get((journey, step), set())
    for other in JOURNEYS[journey].steps:
        address = f"/{journey}/{other.slug}"
        if other.slug == step or other.slug in open_again:
            assert client.get(address).status == 200, address
            continue
        before = tables(app)
        assert client.get(address).location == here
        posted = client.post(address, {**FIELDS[other.slug], "csrf_token": token})
        assert (posted.status, posted.location) == (303, here)
        assert tables(app) == before, f"{address} has changed something for somebody who stands at {here}."


def nothing_of_the_others(app: Flask, client: PageClient, person: Person, place: tuple[str, str], token: str) -> None:
    """No step of another journey sets, binds or proves anything by what somebody could guess."""
    guesses: dict[str, dict[str, Any]] = {
        **FIELDS,
        "enter-username": {"username": person.username},
        "enter-email": {"email": person.email},
        "enter-password": {"password": "not the password"},
        "match-number": {"choice": "continue"},
        "finish": {"choice": "portal"},
    }
    before = at_stake(app, place)
    for other in JOURNEYS.values():
        for target in other.steps:
            may_set_it = place in MAY_SET_IT and target.slug == "change-password"
            same_work = {other.name, place[0]} == TWINS and target.slug in SAME_WORK
            if other.name != place[0] and not (may_set_it or same_work):
                answer = client.post(f"/{other.name}/{target.slug}", {**guesses[target.slug], "csrf_token": token})
                assert answer.status in {303, 403, 422}, answer
                assert at_stake(app, place) == before, f"{target.slug} of {other.name}"
    if place in JUST_PROVEN:
        assert [row.kind for row in rows_of(app, Authenticator, proven_at=None)] == ["code-app"]


def at_stake(app: Flask, place: tuple[str, str]) -> Tables:
    """What no guess may change; who has just proven the code app may begin another one, so there it is the bound ones."""
    found = tables(app, besides=NOT_AT_STAKE)
    if place in JUST_PROVEN:
        proven_at = Authenticator.__table__.c.keys().index("proven_at")
        found["authenticators"] = [row for row in found["authenticators"] if row[proven_at] is not None]
    if place[1] == "no-account":
        # An address that nobody has is for this journey only: typing a user name elsewhere ends its proof.
        account_id = Proof.__table__.c.keys().index("account_id")
        found["proofs"] = [row for row in found["proofs"] if row[account_id] is not None]
    return found


@pytest.mark.parametrize(("journey", "step"), PLACES)
def test_a_browser_that_knows_nothing_is_led_to_the_first_step(
    app: Flask, client: PageClient, journey: str, step: str
) -> None:
    first = JOURNEYS[journey].steps[0].slug
    page = client.get(f"/{journey}/{step}", follow=True)
    assert (page.journey, page.step) == (journey, first)
    before = tables(app)
    if step != first:
        answer = client.post(f"/{journey}/{step}", FIELDS[step])
        assert answer.location == f"/{journey}/{first}"
    assert tables(app) == before


def test_a_post_out_of_turn_is_sent_on_whatever_token_it_carries(app: Flask, client: PageClient) -> None:
    stand_at(app, client, "first-connection", "choose-authenticator")
    answer = client.post("/first-connection/change-password", {"new_password": "x", "csrf_token": "made up"})
    assert answer.location == "/first-connection/choose-authenticator"


def test_the_picture_of_the_qr_code_stands_behind_the_same_gate(app: Flask, client: PageClient) -> None:
    person = somebody_in(app, "first-connection")
    place_at(client, "first-connection", "enter-code", person)
    picture = client.get("/first-connection/enter-code/qr.png")
    assert (picture.status, picture.headers["Content-Type"]) == (200, "image/png")
    assert picture.body.startswith(b"\x89PNG")
    place_at(client, "first-connection", "change-password", person)
    assert client.get("/first-connection/enter-code/qr.png").location == "/first-connection/change-password"
    assert PageClient(app).get("/first-connection/enter-code/qr.png").location == "/first-connection/prepare"


def test_a_bound_app_has_no_picture_any_more(app: Flask, client: PageClient) -> None:
    person = somebody_in(app, "sign-in")
    assert isinstance(person, Completed)
    place_at(client, "sign-in", "enter-code", person)
    answer = client.get("/sign-in/enter-code/qr.png")
    assert (answer.status, answer.problem) == (404, "not-found")
