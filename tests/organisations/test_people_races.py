"""Two administrators, or an administrator and the person, at the same instant: one account, one membership, one outcome."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.organisations.colleagues import ADDRESS, INVITE, LIST, administrator, invite, signed_in
from tests.support.moved import HEADQUARTERS, arrived
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.races import at_once
from tests.support.rows import row_of, rows_of
from tests.support.windows import window_of
from wizard.models import Account, AuditEvent, Issue, Membership

pytestmark = pytest.mark.usefixtures("each_database")
SECOND = "sana@harbour.example"


def form(browser: PageClient) -> dict[str, object]:
    return browser.get(INVITE).form_values() | {"email": ADDRESS, "given_name": "I", "role": "reader"}


def together(posts: list[tuple[PageClient, str, dict[str, object]]]) -> list[Page]:
    """Send each of these posts from its own window at the same instant."""
    return at_once([lambda post=post: window_of(post[0]).post(post[1], post[2]) for post in posts])


def test_two_administrators_invite_the_same_address(app: Flask, mailbox: Mailbox) -> None:
    browsers = [administrator(app), administrator(app, SECOND)]
    answers = together([(browser, INVITE, form(browser)) for browser in browsers])
    assert sorted(answer.status for answer in answers) == [303, 422]
    assert next(answer for answer in answers if answer.status == 422).refused == "already-here"
    account = row_of(app, Account, email=ADDRESS)
    assert len(rows_of(app, Membership, account_id=account.id)) == 1
    assert len(mailbox.all(to=ADDRESS)) == 1


def test_two_organisations_invite_the_same_address(app: Flask) -> None:
    browsers = [administrator(app), administrator(app, "admin@river.example", organisation="River Trust")]
    answers = together([(browser, INVITE, form(browser)) for browser in browsers])
    assert [answer.status for answer in answers] == [303, 303]
    account = row_of(app, Account, email=ADDRESS)
    found = rows_of(app, Membership, account_id=account.id)
    assert sorted(row.accepted_at is None for row in found) == [False, True]


def test_one_form_pressed_twice_invites_once(app: Flask, mailbox: Mailbox) -> None:
    browser = administrator(app)
    posted = form(browser)
    answers = together([(browser, INVITE, posted)] * 4)
    assert sorted(answer.status for answer in answers) == [303, 422, 422, 422]
    assert len(rows_of(app, Account, email=ADDRESS)) == 1
    assert mailbox.count("colleague_invitation") == 1


def test_sent_again_and_withdrawn_at_once(app: Flask) -> None:
    browsers = [administrator(app), administrator(app, SECOND)]
    invite(browsers[0])
    account = row_of(app, Account, email=ADDRESS)
    found = row_of(app, Membership, account_id=account.id).id
    for browser in browsers:
        browser.get(LIST)
    answers = together([(browsers[0], f"{LIST}/{found}/resend", {}), (browsers[1], f"{LIST}/{found}/withdraw", {})])
    assert {answer.status for answer in answers} == {303}
    # Whoever was first: the withdrawal stands, and no button is left that works.
    assert row_of(app, Membership, id=found).ended_reason == "withdrawn"
    assert [issue.ended_at for issue in rows_of(app, Issue) if issue.ended_at is None] == []
    assert row_of(app, Account, email=ADDRESS).disabled_at is not None


def test_accepted_and_withdrawn_at_once(app: Flask) -> None:
    person = signed_in(app, "ibou@river.example", organisation="River Trust")
    browser = administrator(app)
    invite(browser, "ibou@river.example")
    offer = row_of(app, Membership, accepted_at=None).id
    person.get("/account")
    browser.get(LIST)
    answers = together(
        [
            (person, f"/organisation/offers/{offer}", {"choice": "yes"}),
            (browser, f"{LIST}/{offer}/withdraw", {}),
        ]
    )
    found = row_of(app, Membership, id=offer)
    assert (found.accepted_at is None) != (found.ended_at is None)
    assert [answer.status for answer in answers] == [303, 303]


def test_two_administrators_end_each_other(app: Flask) -> None:
    browsers = [administrator(app), administrator(app, SECOND)]
    arrived(app, "third@harbour.example", office=HEADQUARTERS)
    ids = [
        row_of(app, Membership, account_id=row_of(app, Account, email=email).id).id
        for email in (SECOND, "amina.keita@harbour.example")
    ]
    for browser in browsers:
        browser.get(LIST)
    answers = together(
        [(browser, f"{LIST}/{other}/end", {}) for browser, other in zip(browsers, ids, strict=True)]
    )  # fmt: skip
    assert sorted(answer.status for answer in answers) == [303, 404]
    assert len([row for row in rows_of(app, Membership, role="administrator") if row.ended_at is None]) == 1
    assert len(rows_of(app, AuditEvent, kind="membership-ended")) == 1
