"""The own password: each rule with its reason, in both sets, and what setting it ends."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.moved import moved
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    PASSWORD,
    Completed,
    Person,
    Walk,
    completed,
    invite,
    place_at,
    reset,
    sign_in,
)
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Account, AuditEvent, Issue, Proof


def choosing(app: Flask, client: PageClient) -> Page:
    return place_at(client, "first-connection", "change-password", invite(app))


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("Kurz 1!", "too-short"),
        ("Rabot 3 " * 33, "too-long"),
        ("x" * 5000, "too-long"),
        ("rabotetcopeaux", "too-few-kinds"),
        ("rabot et copeaux", "too-few-kinds"),
        ("RABOT3COPEAUX", "too-few-kinds"),
        ("3 Amina.KEITA", "contains-username"),
        ("Password1", "common"),
    ],
)
def test_each_classic_rule_has_its_reason(app: Flask, client: PageClient, typed: str, reason: str) -> None:
    page = choosing(app, client).press(new_password=typed)
    assert (page.status, page.refused, list(page.errors)) == (422, reason, ["new_password"])
    assert row_of(app, Account).password_hash is None


@pytest.mark.settings(password_rules="modern")
@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("short 1", "too-short"),
        ("x" * 300, "too-long"),
        ("my amina.keita is long", "contains-username"),
        ("gate of tamaris at night", "contains-organisation"),
        ("password123", "common"),
    ],
)
def test_each_modern_rule_has_its_reason(app: Flask, client: PageClient, typed: str, reason: str) -> None:
    page = choosing(app, client).press(new_password=typed)
    assert (page.status, page.refused, list(page.errors)) == (422, reason, ["new_password"])
    assert row_of(app, Account).password_hash is None


@pytest.mark.settings(password_rules="modern", second_factor="off")
def test_by_the_modern_rules_a_password_that_stands_alone_is_longer(app: Flask, client: PageClient) -> None:
    page = choosing(app, client)
    assert page.press(new_password="fourteen signs").refused == "too-short"
    assert page.press(new_password="fifteen signs !").step == "finish"


def test_an_earlier_password_is_named_only_where_there_was_one(app: Flask) -> None:
    people: tuple[tuple[Person, bool], ...] = (
        (moved(app), False),
        (invite(app), True),
        (completed(app, "lea.morel"), True),
    )
    for person, is_named in people:
        page = place_at(PageClient(app), "forgotten-password", "change-password", person)
        assert page.has("[data-rule=not-same]") is is_named


@pytest.mark.settings(password_rules="modern")
def test_the_modern_rules_ask_for_no_kinds(app: Flask, client: PageClient) -> None:
    page = choosing(app, client)
    assert not page.has("[data-rule=kinds]")
    assert page.press(new_password="rabotons").step == "keep-recovery-codes"


@pytest.mark.settings(password_rules="modern")
def test_the_temporary_password_is_no_new_one_however_it_is_written(app: Flask, client: PageClient) -> None:
    person = invite(app)
    assert person.temporary_password is not None
    page = place_at(client, "first-connection", "change-password", person)
    known = person.temporary_password
    for typed in (known, known.upper(), known.capitalize(), known.replace("-", ""), known.replace("-", " ")):
        assert page.press(new_password=typed).refused == "same-as-temporary"


@pytest.mark.parametrize("ended", [False, True])
def test_the_last_password_is_no_new_one(app: Flask, client: PageClient, ended: bool) -> None:
    person = completed(app)
    if ended:
        reset(app, person, "change-password")
    page = place_at(client, "forgotten-password", "change-password", person)
    answer = page.press(new_password=person.password)
    assert (answer.status, answer.refused) == (422, "same-as-last")
    assert page.press(new_password=NEW_PASSWORD).step == "finish"


@pytest.mark.parametrize(
    "chosen",
    [
        "Rabot et 3 copeaux",
        "  Blanks at both ends 1  ",
        "Пароль длиной 12",
        "كلمة السر ١٢ طويلة",
        "Clef 🔑 de la maison",
        "Marks <b>&amp; 'quotes' \" 1A",
        "Tab\tand\x00null 1",
        "e\u0301te\u0301 Long 22",
        "Z" * 254 + "a1",
    ],
)
def test_whatever_keeps_the_rules_is_taken_and_signs_in_as_typed(app: Flask, client: PageClient, chosen: str) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "change-password", person).press(new_password=chosen)
    assert page.step == "keep-recovery-codes"
    assert sign_in(PageClient(app), Completed(person, chosen, None)).signed_in


def test_a_password_typed_in_another_form_of_its_accents_is_the_same(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "change-password", person).press(new_password="Été 22 longs")
    assert sign_in(PageClient(app), Completed(person, "E\u0301te\u0301 22 longs", None)).signed_in


def test_setting_it_is_a_proof_of_it_and_ends_the_issue(app: Flask, client: PageClient) -> None:
    choosing(app, client).press(new_password=PASSWORD)
    issue = row_of(app, Issue)
    assert issue.ended_reason == "used"
    proofs = rows_of(app, Proof, kind="password", ended_at=None)
    assert [proof.method for proof in proofs] == ["own"]
    assert not rows_of(app, Proof, issue_id=issue.id, ended_at=None)
    assert row_of(app, AuditEvent, kind="password-set").account_id == row_of(app, Account).id


def test_the_password_is_kept_only_as_a_peppered_hash(app: Flask, client: PageClient) -> None:
    choosing(app, client).press(new_password=PASSWORD)
    kept = str(row_of(app, Account).password_hash)
    assert "!$argon2id$" in kept
    assert PASSWORD not in repr(tables(app))


def test_the_page_lists_the_rules_and_the_name_for_password_managers(app: Flask, client: PageClient) -> None:
    page = choosing(app, client)
    assert [rule["data-rule"] for rule in page.soup.select("[data-rule]")] == [
        "length",
        "kinds",
        "no-username",
        "not-common",
        "not-same",
    ]
    assert page.find("[name=new_password]")["autocomplete"] == "new-password"
    assert page.find("input[autocomplete=username]")["value"] == "amina.keita"
    refused = page.press(new_password="Kurz")
    assert not refused.find("[name=new_password]").get("value")


def test_it_is_asked_for_once(app: Flask, client: PageClient) -> None:
    choosing(app, client).press(new_password=PASSWORD)
    answer = client.post("/first-connection/change-password", {"new_password": NEW_PASSWORD})
    assert answer.location == "/first-connection/keep-recovery-codes"
    assert len(rows_of(app, AuditEvent, kind="password-set")) == 1


def test_of_two_browsers_the_second_chooses_no_other_one(app: Flask) -> None:
    person = completed(app)
    first, second = PageClient(app), PageClient(app)
    early = place_at(first, "forgotten-password", "change-password", person)
    late = place_at(second, "forgotten-password", "change-password", person)
    assert late.press(new_password=NEW_PASSWORD).step == "finish"
    answer = early.press(new_password="Trois 3 petits cochons")
    assert (answer.journey, answer.step) == ("forgotten-password", "verify-email")
    assert sign_in(PageClient(app), Completed(person.person, NEW_PASSWORD, person.secret)).signed_in
    assert Walk(second, person).answer(second.get("/forgotten-password/finish")).signed_in
