"""One answer, one link, one recovery code in fifty hands at the same instant: each works once (SEC-25)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import invite, place_at
from tests.support.phones import Linked, Phone, asking, codes_on, link_on, linked, number_on, place_with_phone
from tests.support.races import at_once
from tests.support.rows import row_of, rows_of
from tests.support.windows import window_of
from wizard.models import (
    ApprovalRequest,
    AuditEvent,
    Authenticator,
    Device,
    DeviceKey,
    OutboxMail,
    PhoneLink,
    Proof,
    RecoveryCode,
    RecoveryCodeSet,
)

pytestmark = pytest.mark.usefixtures("each_database")
MANY = 50
IN_PLACE = "form.way:has([value='use-recovery-code'])"


def test_of_fifty_claims_of_one_answer_one_proves_the_phone(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    fields = page.form_values() | {"choice": "continue"}
    windows = [window_of(page.client) for _ in range(MANY)]

    answers = at_once([lambda window=window: window.post(page.path, fields) for window in windows])

    assert {answer.status for answer in answers} == {303}
    assert len(rows_of(app, Proof, method="number", purpose="sign-in")) == 1
    assert len(rows_of(app, AuditEvent, kind="factor-proven")) == len(rows_of(app, AuditEvent, kind="signed-in")) == 2
    assert [row.ended_reason for row in rows_of(app, ApprovalRequest)] == ["claimed", "claimed"]


def test_of_fifty_sessions_that_want_one_answer_none_but_the_asking_one_has_it(app: Flask) -> None:
    someone = linked(app)
    others = [place_at(PageClient(app), "sign-in", "enter-password", someone.person) for _ in range(9)]
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    passwords = [other.press(password=someone.person.password, follow=False) for other in others]
    posts = [(one.client, {"choice": "continue", "csrf_token": page.client.csrf_token()}) for one in passwords]

    at_once([lambda client=client, fields=fields: client.post(page.path, fields) for client, fields in posts])

    assert [client.get("/account").status for client, _ in posts] == [303] * len(posts)
    assert page.press().signed_in


def test_of_fifty_phones_one_takes_a_link(app: Flask) -> None:
    page = place_with_phone(PageClient(app), Phone(app), "first-connection", "scan-qr", invite(app))
    address = link_on(page)
    phones = [Phone(app) for _ in range(MANY)]
    opened = [phone.get(address) for phone in phones]

    answers = at_once(
        [
            lambda phone=phone, form=form: form.press("link", follow=False, **phone.key_fields(form))
            for phone, form in zip(phones, opened, strict=True)
        ]
    )

    assert sorted(answer.status for answer in answers) == [303] + [410] * (MANY - 1)
    assert {answer.problem for answer in answers if answer.status == 410} == {"link-used"}
    (winner,) = [answer.client for answer in answers if answer.status == 303]
    assert [phone for phone in phones if phone.raw.get_cookie("perron-phone")] == [winner]
    assert len(rows_of(app, Device)) == len(rows_of(app, DeviceKey)) == 1
    assert row_of(app, PhoneLink).device_id == row_of(app, Authenticator).device_id == row_of(app, Device).id
    assert len(rows_of(app, AuditEvent, kind="phone-claimed")) == 1
    assert page.client.get("/first-connection", follow=True).has("[data-opened-again]")


def test_of_fifty_sessions_one_may_use_a_recovery_code(app: Flask) -> None:
    someone = linked(app)
    pages = [using(app, someone, number) for number in range(MANY)]

    answers = at_once([lambda page=page: page.press(code=someone.codes[0], follow=False) for page in pages])

    # The fifth that tries begins the pause; the winner ends it. So a loser sees the one or the other.
    assert sorted(answer.status for answer in answers) == [303] + [422] * (MANY - 1)
    assert {answer.refused for answer in answers if answer.status == 422} <= {"wrong-code", "paused"}
    assert len(rows_of(app, Proof, method="recovery-code")) == 1
    assert len([row for row in rows_of(app, RecoveryCode) if row.used_at is not None]) == 1
    assert len(rows_of(app, OutboxMail, kind="recovery_code_used")) == 1
    inside = [page for page in (answer.client.get("/account") for answer in answers) if page.status == 200]
    assert len(inside) == 1


def using(app: Flask, someone: Linked, number: int) -> Page:
    """The page for a code, in a browser of its own; each stands elsewhere, so that no source is paused."""
    client = PageClient(app, address=f"203.0.{number // 200}.{number % 200 + 1}")
    return place_at(client, "sign-in", "match-number", someone.person).press(in_form=IN_PLACE)


def test_of_fifty_answers_of_one_phone_one_is_taken(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    fields = asked.form_values() | someone.phone.proof(asked, number) | {"choice": "yes", "number": number}
    windows = [window_of(someone.phone) for _ in range(MANY)]

    answers = at_once([lambda window=window: window.post(asked.path, fields) for window in windows])

    assert sorted(answer.status for answer in answers) == [200] + [410] * (MANY - 1)
    assert len(rows_of(app, AuditEvent, kind="approval-answered")) == 2
    assert page.press().signed_in


def test_of_a_yes_and_a_no_at_once_one_counts(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    yes = asked.form_values() | someone.phone.proof(asked, number) | {"choice": "yes", "number": number}
    no = asked.form_values() | someone.phone.proof(asked, "", "not-me") | {"choice": "not-me"}
    windows = [window_of(someone.phone) for _ in range(MANY)]

    answers = at_once(
        [lambda window=window, n=n: window.post(asked.path, no if n % 2 else yes) for n, window in enumerate(windows)]
    )

    assert [answer.status for answer in answers].count(200) == 1
    request = rows_of(app, ApprovalRequest)[-1]
    assert page.press().signed_in is (request.answer == "yes")


def test_of_two_computers_that_ask_at_once_one_request_is_open(app: Flask) -> None:
    someone = linked(app)
    pages = [
        place_at(PageClient(app, address=f"203.0.113.{n}"), "sign-in", "enter-password", someone.person)
        for n in range(10)
    ]

    shown = at_once([lambda page=page: page.press(password=someone.person.password) for page in pages])

    assert {page.step for page in shown} == {"match-number"}
    open_ones = rows_of(app, ApprovalRequest, ended_at=None)
    assert len(open_ones) == 1
    assert len(someone.phone.get("/phone").soup.select("a[data-request]")) == 1


def test_of_fifty_looks_at_the_codes_all_show_the_same(app: Flask) -> None:
    browser = PageClient(app)
    page = place_with_phone(browser, Phone(app), "first-connection", "change-password", invite(app))
    answer = page.press(new_password="Rabot et 3 copeaux", follow=False)
    assert answer.location is not None
    windows = [window_of(browser) for _ in range(MANY)]

    shown = at_once([lambda window=window: window.get(str(answer.location)) for window in windows])

    assert len({codes_on(each) for each in shown}) == 1
    assert len(rows_of(app, RecoveryCodeSet)) == 1
    assert len(rows_of(app, RecoveryCode)) == 10
