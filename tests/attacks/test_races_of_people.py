"""Two acts at the same instant that only one may win: offers, names, roles, passes, the last way to confirm."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.organisations.colleagues import LIST, administrator, membership_of
from tests.organisations.test_offers import OFFERS, offered
from tests.organisations.test_people_names import correct
from tests.steps.test_use_temporary_pass import at_pass, made, without_app
from tests.support.moved import HEADQUARTERS, arrived
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import clock_of, code_of, completed, next_code, sign_in
from tests.support.races import at_once
from tests.support.rows import row_of, rows_of
from tests.support.windows import window_of
from wizard.models import AuditEvent, Authenticator, Membership, Proof

pytestmark = pytest.mark.usefixtures("each_database")
MANY = 12


def test_an_offer_is_taken_or_left_and_never_both(app: Flask) -> None:
    person, _browser, offer = offered(app)
    person.get("/account")
    windows = [window_of(person) for _ in range(MANY)]
    posts = [(window, {"choice": "yes" if number % 2 else "no"}) for number, window in enumerate(windows)]

    answers = at_once([lambda post=post: post[0].post(f"{OFFERS}/{offer.id}", post[1]) for post in posts])

    assert {answer.status for answer in answers} == {303}
    row = row_of(app, Membership, id=offer.id)
    assert (row.accepted_at is None) is (row.ended_at is not None)
    told = rows_of(app, AuditEvent, kind="membership-accepted") + [
        event for event in rows_of(app, AuditEvent, kind="membership-ended") if event.account_id == offer.account_id
    ]
    assert len(told) == 1


def test_a_corrected_name_is_settled_once(app: Flask) -> None:
    person = arrived(app, "sana@harbour.example")
    correction = correct(app, person)
    browsers = [administrator(app), administrator(app, "second@harbour.example")]
    for browser in browsers:
        browser.get(LIST)
    posts = [(window_of(browsers[number % 2]), "yes" if number % 3 else "no") for number in range(MANY)]

    answers = at_once(
        [lambda post=post: post[0].post(f"{LIST}/names/{correction}", {"choice": post[1]}) for post in posts]
    )

    assert {answer.status for answer in answers} == {303}
    settled = rows_of(app, AuditEvent, kind="name-correction-settled")
    assert len(settled) == 1
    assert Mailbox(app).count("name_corrected") == int(settled[0].payload["accepted"])


def test_two_administrators_who_lower_each_other_leave_one(app: Flask) -> None:
    """Whoever was lowered a moment ago lowers nobody: the right is read again under the lock (SEC-57)."""
    names = ("amina.keita@harbour.example", "second@harbour.example")
    browsers = [administrator(app, name) for name in names]
    ids = [membership_of(app, name).id for name in names]
    for browser in browsers:
        browser.get(LIST)

    at_once([
        lambda: browsers[0].post(f"{LIST}/{ids[1]}/role", {"role": "reader"}),
        lambda: browsers[1].post(f"{LIST}/{ids[0]}/role", {"role": "reader"}),
    ])  # fmt: skip

    roles = sorted(row.role for row in rows_of(app, Membership, office_id=membership_of(app, names[0]).office_id))
    assert roles == ["administrator", "reader"]
    assert len(rows_of(app, AuditEvent, kind="role-changed")) == 1


def test_two_administrators_who_end_each_other_leave_one(app: Flask) -> None:
    names = ("amina.keita@harbour.example", "second@harbour.example")
    browsers = [administrator(app, name, office=HEADQUARTERS) for name in names]
    ids = [membership_of(app, name).id for name in names]
    for browser in browsers:
        browser.get(LIST)

    at_once([
        lambda: browsers[0].post(f"{LIST}/{ids[1]}/end", {}),
        lambda: browsers[1].post(f"{LIST}/{ids[0]}/end", {}),
    ])  # fmt: skip

    assert len([row for row in rows_of(app, Membership) if row.ended_at is None]) == 1


def test_of_many_browsers_one_uses_a_temporary_pass(app: Flask) -> None:
    person = without_app(app)
    text = made(app, person)
    pages = [at_pass(app, person) for _ in range(MANY)]

    answers = at_once([lambda page=page: page.press(follow=False, **{"pass": text}) for page in pages])

    # A loser is told that the pass is wrong, or, with no pass left, whom to call.
    assert {answer.status for answer in answers} <= {303, 403, 422}
    assert len(rows_of(app, Proof, method="temporary-pass")) == 1
    inside = [page.client.get("/replace-phone/choose-authenticator").status == 200 for page in pages]
    assert inside.count(True) == 1
    assert len(rows_of(app, AuditEvent, kind="temporary-pass-used")) == 1


def test_of_two_ways_that_are_taken_away_at_once_one_stays(app: Flask, client: PageClient) -> None:
    """One always stays: who has none left is led by the mailbox, which is weaker."""
    person = completed(app)
    sign_in(client, person)
    add_another_code_app(app, client, person.secret or "")
    bound = rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)
    assert len(bound) == 2
    client.get("/account")
    windows = [(window_of(client), bound[number % 2].id) for number in range(MANY)]

    at_once([lambda each=each: each[0].post(f"/account/ways/{each[1]}/remove", {}) for each in windows])

    assert len(rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)) == 1


def add_another_code_app(app: Flask, client: PageClient, secret: str) -> None:
    """By a fresh code of the one that is bound; the new one is bound beside it."""
    page = client.get("/account/ways/add", follow=True)
    if page.journey == "sign-in":
        page = page.press(code=next_code(secret, clock_of(app)))
    page = page.press("code-app")
    shown = page.said("[data-secret]").replace(" ", "")
    client.secrets[shown] = ("enter-code",)
    page.press(code=code_of(shown, clock_of(app)))
