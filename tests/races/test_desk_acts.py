"""Agents' acts at the same instant: one form is one act, and nobody undoes what somebody else has finished."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import Completed, completed, place_at, sign_in
from tests.support.races import at_once
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, DeskAct, OutboxMail, TemporaryPass, write
from wizard.services import staff
from wizard.services.staff import Scope

pytestmark = pytest.mark.usefixtures("each_database")
MANY = 50
FORM = "main form[novalidate]"


def working(app: Flask, username: str, role: str = "supervise") -> tuple[Completed, PageClient]:
    """An agent of this role, and their browser."""
    person, browser = completed(app, username), PageClient(app)

    def appoint() -> None:
        with write():
            staff.appoint(person.account_id, role, Scope(), "operator")

    beside(app, appoint)
    sign_in(browser, person)
    return person, browser


def pages(app: Flask, person: Completed, path: str, browsers: list[PageClient]) -> list[Page]:
    return [browser.get(f"/helpdesk/people/{person.account_id}/acts/{path}") for browser in browsers]


def pressing(page: Page, **fields: str) -> Callable[[], Page]:
    return lambda: page.press(in_form=FORM, follow=False, **fields)


def test_fifty_posts_of_one_form_are_one_act(app: Flask) -> None:
    person, (_agent, browser) = completed(app), working(app, "ines.kouma")
    (page,) = pages(app, person, "reset-step?step=change-password", [browser])
    answers = at_once([pressing(page, checked_how="known")] * MANY)
    (row,) = rows_of(app, DeskAct)
    assert {answer.location for answer in answers} == {f"/helpdesk/people/{person.account_id}?did={row.id}"}
    assert row.state == "done"
    assert len(rows_of(app, AuditEvent, kind="step-reset")) == 1
    assert len(rows_of(app, OutboxMail, kind="password_ended", account_id=person.account_id)) == 1


def test_of_two_agents_who_reset_the_same_step_one_does(app: Flask) -> None:
    person = completed(app)
    browsers = [working(app, name)[1] for name in ("ines.kouma", "moussa.diop")]
    drawn = pages(app, person, "reset-step?step=change-password", browsers)
    answers = at_once([pressing(page, checked_how="known") for page in drawn])
    assert sorted(answer.status for answer in answers) == [303, 422]
    assert len(rows_of(app, DeskAct, state="done")) == 1
    assert len(rows_of(app, AuditEvent, kind="password-ended")) == 1
    assert row_of(app, Account, id=person.account_id).password_ended_at is not None


def test_the_person_finishes_the_step_while_the_agent_resets_it(app: Flask) -> None:
    person, (_agent, browser) = completed(app), working(app, "ines.kouma")
    beside(app, lambda: _end_password(person.account_id))
    client = PageClient(app)
    choosing = place_at(client, "forgotten-password", "change-password", person)
    (page,) = pages(app, person, "reset-step?step=verify-email", [browser])
    answers = at_once(
        [
            lambda: choosing.press(new_password="Quatre 4 bateaux bleus", follow=False),
            pressing(page, checked_how="known"),
        ]
    )
    row = row_of(app, Account, id=person.account_id)
    done = rows_of(app, DeskAct, state="done")
    # Whoever comes first: a password set stays set, and a reset that came first sends the person back to prove the address.
    assert answers[0].status == 303
    assert (row.password_hash is not None) or len(done) == 1
    assert answers[1].status == (303 if done else 422)


def _end_password(account_id: str) -> None:
    from wizard.services import resets

    resets.reset(account_id, "change-password", by="operator")


def test_of_two_second_agents_the_first_word_counts(app: Flask) -> None:
    person, (_agent, asking) = completed(app), working(app, "ines.kouma", "reset")
    (page,) = pages(app, person, "temporary-pass", [asking])
    assert page.has("[data-not-possible]")
    seconds = [working(app, name, "approve")[1] for name in ("moussa.diop", "lea.morel")]
    (page,) = pages(app, person, "temporary-pass", [asking])
    page.press(in_form=FORM, checked_how="known")
    (row,) = rows_of(app, DeskAct)
    drawn = [browser.get(f"/helpdesk/approvals/{row.id}") for browser in seconds]
    words = ("yes", "no")
    at_once([lambda page=page, word=word: page.press(word) for page, word in zip(drawn, words, strict=True)])
    (row,) = rows_of(app, DeskAct)
    turns = [event.payload["turn"] for event in rows_of(app, AuditEvent, kind="desk-act")]
    assert turns in (["asked", "approved"], ["asked", "refused"])
    assert (row.state == "refused") is (turns[-1] == "refused")


def test_an_approved_pass_is_made_once(app: Flask) -> None:
    person = completed(app)
    asking, second = working(app, "ines.kouma", "reset")[1], working(app, "moussa.diop", "approve")[1]
    (page,) = pages(app, person, "temporary-pass", [asking])
    page.press(in_form=FORM, checked_how="known")
    (row,) = rows_of(app, DeskAct)
    second.get(f"/helpdesk/approvals/{row.id}").press("yes")
    card = asking.get(f"/helpdesk/people/{person.account_id}")
    shown = at_once([lambda: card.press(in_form=f"form[action='/helpdesk/acts/{row.id}/pass']")] * MANY)
    assert len([answer for answer in shown if answer.has("[data-pass]")]) == 1
    assert len(rows_of(app, TemporaryPass)) == 1
