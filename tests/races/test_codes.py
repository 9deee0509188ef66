"""One code in many hands at the same instant: it works once."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import completed, mailed_code, next_code, place_at
from tests.support.races import at_once
from tests.support.rows import rows_of
from tests.support.windows import window_of
from wizard.models import AuditEvent, MailedCode, Outcome, Proof

pytestmark = pytest.mark.usefixtures("each_database")
MANY = 50


@pytest.mark.settings(code_tries=MANY)
def test_of_fifty_sessions_one_may_use_a_code_of_the_app(app: Flask, clock: MovableClock) -> None:
    person = completed(app)
    pages = [place_at(PageClient(app), "sign-in", "enter-code", person) for _ in range(MANY)]
    assert person.secret is not None
    code = next_code(person.secret, clock)

    answers = at_once([lambda page=page: page.press(code=code, follow=False) for page in pages])

    # The last one that may try begins the pause; the winner ends it. So a loser sees the one or the other.
    assert sorted(answer.status for answer in answers) == [303] + [422] * (MANY - 1)
    assert {answer.refused for answer in answers if answer.status == 422} <= {"code-used", "paused"}
    assert len([row for row in rows_of(app, Proof, kind="factor") if row.at == clock.now()]) == 1
    assert len([page for page in (answer.client.get("/account") for answer in answers) if page.status == 200]) == 1


def test_of_fifty_posts_of_one_browser_one_uses_the_mailed_code(app: Flask) -> None:
    person = completed(app)
    browser = PageClient(app)
    page = place_at(browser, "forgotten-password", "verify-email", person)
    fields = page.form_values() | {"code": mailed_code(app, person), "choice": "continue"}
    windows = [window_of(browser) for _ in range(MANY)]

    answers = at_once([lambda window=window: window.post(page.path, fields) for window in windows])

    assert {answer.status for answer in answers} <= {303, 422}
    assert len([row for row in rows_of(app, MailedCode) if row.used_at is not None]) == 1
    assert len(rows_of(app, Proof, kind="address", method="mailed-code")) == 1
    assert len(rows_of(app, AuditEvent, kind="address-proven")) == 1
    assert len(rows_of(app, Outcome, step="verify-email", result="done")) == 1
