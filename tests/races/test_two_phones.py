"""A “no” on the second phone and the computer that goes on by the first one's “yes”, at the same instant: the no counts (SEC-15)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.phones import Phone, PhoneWalk, asking, linked, number_on
from tests.support.races import at_once
from tests.support.rows import row_of, rows_of
from tests.support.windows import window_of
from wizard.models import Account, ApprovalRequest, OutboxMail, Session

pytestmark = pytest.mark.usefixtures("each_database")
EACH = 20


def test_whichever_comes_first_nobody_stays_in(app: Flask, clock: MovableClock) -> None:
    someone, second = linked(app), Phone(app)
    clock.advance(seconds=1)
    added = someone.computer.get("/account/ways/add", follow=True)
    assert PhoneWalk(someone.computer, second, someone.person).until(added, "finish").step == "finish"
    page = asking(app, someone)
    asked, number = second.asked(), number_on(page)
    someone.phone.say(number)
    goes_on = page.form_values() | {"choice": "continue"}
    says_no = asked.form_values() | second.proof(asked, "", "not-me") | {"choice": "not-me"}
    computers, phones = [window_of(page.client) for _ in range(EACH)], [window_of(second) for _ in range(EACH)]

    answers = at_once(
        [lambda window=window: window.post(page.path, goes_on) for window in computers]
        + [lambda window=window: window.post(asked.path, says_no) for window in phones]
    )

    assert sorted(answer.status for answer in answers[EACH:]) == [200] + [410] * (EACH - 1)
    request = rows_of(app, ApprovalRequest)[-1]
    assert (request.answer, row_of(app, Account).password_hash) == ("not-me", None)
    assert row_of(app, Session, id=request.session_id).revoked_reason == "not-me"
    assert len(rows_of(app, OutboxMail, kind="said_not_me")) == 1
    assert not page.client.get("/account", follow=True).signed_in
