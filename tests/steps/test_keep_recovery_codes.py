"""Keeping recovery codes: shown until they are kept, the same on every look, and good for nothing before that (SEC-17)."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.phones import Phone, codes_on, linked, place_with_phone
from tests.support.rows import row_of, rows_of, tables
from tests.support.windows import window_of
from wizard.models import Account, AuditEvent, RecoveryCode, RecoveryCodeSet

HERE = "/first-connection/keep-recovery-codes"


def keeping(app: Flask, client: PageClient) -> tuple[Page, tuple[str, ...]]:
    page = place_with_phone(client, Phone(app), "first-connection", "keep-recovery-codes", invite(app))
    return page, codes_on(page)


def test_ten_codes_are_shown_and_none_is_in_the_database(app: Flask, client: PageClient) -> None:
    _, codes = keeping(app, client)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", code) for code in codes)
    assert len(rows_of(app, RecoveryCode)) == 10
    stored = repr(tables(app))
    for code in codes:
        assert code not in stored
        assert code.replace("-", "") not in stored


def test_every_look_shows_the_same_codes_and_writes_nothing(app: Flask, client: PageClient) -> None:
    _, codes = keeping(app, client)
    before = tables(app)
    assert codes_on(client.get(HERE)) == codes
    assert codes_on(window_of(client).get(HERE)) == codes
    assert tables(app) == before


def test_the_file_has_the_codes_and_says_whose_they_are(app: Flask, client: PageClient) -> None:
    page, codes = keeping(app, client)
    answer = client.get(page.link("Download"))
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    lines = answer.body.decode().split("\r\n")
    assert lines == ["Tamaris Relief", "amina.keita", "", *codes, ""]


def test_kept_they_are_good_and_never_shown_again(app: Flask, client: PageClient) -> None:
    page, _ = keeping(app, client)
    assert page.press().step == "finish"
    made = row_of(app, RecoveryCodeSet)
    assert made.kept_at is not None
    assert made.shown is None
    assert client.get(HERE).location == "/first-connection/finish"
    assert client.get(HERE + "/codes.txt").location == "/first-connection/finish"
    assert len(rows_of(app, AuditEvent, kind="codes-kept")) == 1


def test_nothing_opens_before_they_are_kept(app: Flask, client: PageClient) -> None:
    _, codes = keeping(app, client)
    person = row_of(app, Account)
    other = PageClient(app)
    page = other.get("/sign-in", follow=True).press(username=person.username)
    page = page.press(password="Rabot et 3 copeaux")
    assert page.step == "match-number"
    assert not page.has("[value='use-recovery-code']")
    assert other.post("/sign-in/use-recovery-code", {"code": codes[0]}).location == "/sign-in/match-number"
    assert [row.used_at for row in rows_of(app, RecoveryCode)] == [None] * 10


def test_left_for_later_they_are_gone_and_offered_again_at_home(app: Flask, client: PageClient) -> None:
    page, _ = keeping(app, client)
    assert page.press("skip").step == "finish"
    made = row_of(app, RecoveryCodeSet)
    assert (made.kept_at, made.ended_reason, made.shown) == (None, "skipped", None)
    assert row_of(app, Account).codes_skipped_at is not None
    assert client.get("/account").has("a[href='/account/recovery-codes']")
    assert len(rows_of(app, AuditEvent, kind="codes-skipped")) == 1


def test_the_step_is_no_stair_and_can_be_left_out(app: Flask, client: PageClient) -> None:
    page, _ = keeping(app, client)
    assert page.progress is not None
    assert page.progress.endswith("/7")


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_there_are_no_codes(app: Flask, client: PageClient) -> None:
    page = place_with_phone(client, Phone(app), "first-connection", "finish", invite(app))
    assert page.step == "finish"
    assert rows_of(app, RecoveryCodeSet) == []


@pytest.mark.settings(second_factor="offered")
def test_who_has_left_the_second_step_out_is_shown_none(app: Flask, client: PageClient) -> None:
    page = place_with_phone(client, Phone(app), "first-connection", "choose-authenticator", invite(app)).press("skip")
    assert page.press(new_password="Rabot et 3 copeaux").step == "finish"
    assert rows_of(app, RecoveryCodeSet) == []


def test_another_browser_of_the_same_person_is_not_shown_them(app: Flask, client: PageClient) -> None:
    _, codes = keeping(app, client)
    other = PageClient(app)
    other.secrets |= dict.fromkeys(codes, ())
    assert other.get(HERE).location == "/first-connection/prepare"
    assert other.get(HERE + "/codes.txt").location == "/first-connection/prepare"


def test_nobody_gets_codes_by_a_post_out_of_turn(app: Flask, client: PageClient) -> None:
    place_with_phone(client, Phone(app), "first-connection", "choose-authenticator", invite(app))
    assert client.post(HERE, {"choice": "continue"}).location == "/first-connection/choose-authenticator"
    assert rows_of(app, RecoveryCodeSet) == []


def test_a_choice_that_is_not_offered_is_malformed(app: Flask, client: PageClient) -> None:
    keeping(app, client)
    assert client.post(HERE, {"choice": "yes"}).status == 400
    assert row_of(app, RecoveryCodeSet).kept_at is None


def test_who_was_interrupted_is_not_held_up_by_it(app: Flask, client: PageClient) -> None:
    keeping(app, client)
    someone = linked(app, "lea.morel", keeps=False)
    assert someone.computer.get("/account").signed_in
    assert someone.computer.get("/first-connection", follow=True).step == "finish"
