"""An agent whose session has run out comes back to the page of the form that was sent, with what was typed; nobody else does."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import act_path, acts_of, open_act, press_act
from tests.helpdesk.test_acts_approvals import approval
from tests.helpdesk.test_bulk import CSV, looked_at
from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.people import completed, sign_in, sign_out
from tests.support.rows import beside, rows_of
from wizard.models import BulkJob, write
from wizard.services import kept_forms
from wizard.services.visits import revoke, sessions_of

FORM = "main form[novalidate]"
NOTE = 'À voix haute : <b>"oui"</b> & l\'autre'
RESET = ("reset-step", "change-password")


def sent_late(page: Page, clock: MovableClock, **fields: str) -> Page:
    """Send the act's form after its agent's session has run out."""
    clock.advance(minutes=20)
    late = page.press(in_form=FORM, **({"reason": "forgotten", "note": NOTE} | fields), follow=False)
    assert late.location == "/sign-in"
    return late


def test_what_was_typed_is_there_again_after_signing_in(app: Flask, agent: Desk, clock: MovableClock) -> None:
    """But how the caller was checked: that is said anew. Nobody reads any of it in the cookie meanwhile."""
    person = completed(app)
    sent_late(open_act(agent, person, *RESET), clock, checked_how="known")
    assert "oui" not in str(agent.browser.cookie())
    again = sign_in(agent.browser, agent.person)
    assert again.path == act_path(person, *RESET)
    values = again.form_values(FORM)
    assert (values["reason"], values["note"], values.get("checked_how")) == ("forgotten", NOTE, None)
    assert again.said("[data-came-back]").startswith("Nothing was done yet, because you had to sign in")
    assert not acts_of(app, person)
    assert not press_act(again).has("[data-came-back]")
    press_act(again, checked_how="known")
    (row,) = acts_of(app, person)
    assert (row.reason, row.details["note"]) == ("forgotten", NOTE)
    assert kept_forms.KEPT not in agent.browser.cookie()


def test_an_address_that_was_sent_while_nobody_was_signed_in_is_not_there_again(
    app: Flask, agent: Desk, new_agent: MakeAgent, clock: MovableClock
) -> None:
    """Anybody who passes the computer could have typed it."""
    new_agent("moussa.diop", role="approve")
    person = completed(app)
    page = open_act(agent, person, "change-address")
    clock.advance(minutes=20)
    page.press(in_form=FORM, address="planted@elsewhere.example", reason="wrong-data", follow=False)
    again = sign_in(agent.browser, agent.person)
    values = again.form_values(FORM)
    assert (again.path, values["address"], values["reason"]) == (act_path(person, "change-address"), "", "wrong-data")
    assert "complete it" in again.said("[data-came-back]")


def test_another_agent_at_the_same_computer_finds_nothing_of_it(
    app: Flask, agent: Desk, new_agent: MakeAgent, clock: MovableClock
) -> None:
    person, other = completed(app), new_agent("moussa.diop")
    sent_late(open_act(agent, person, *RESET), clock)
    agent.browser.get("/sign-in/enter-username").press("other").press(username=other.person.username)
    page = sign_in(agent.browser, other.person)
    assert page.path == act_path(person, *RESET)
    assert page.form_values(FORM)["note"] == ""
    assert "oui" not in page.text
    sign_out(agent.browser)
    sign_in(agent.browser, agent.person)
    assert open_act(agent, person, *RESET).form_values(FORM)["note"] == ""


def test_a_session_that_somebody_has_ended_keeps_nothing(app: Flask, agent: Desk, clock: MovableClock) -> None:
    person = completed(app)
    page = open_act(agent, person, *RESET)

    def end() -> None:
        with write():
            revoke(sessions_of(agent.account_id), "abuse", clock.now())

    beside(app, end)
    sent_late(page, clock)
    again = sign_in(agent.browser, agent.person)
    assert again.path == act_path(person, *RESET)
    assert again.form_values(FORM)["note"] == ""


def test_who_approves_comes_back_to_the_act_and_has_approved_nothing(
    app: Flask, agent: Desk, new_agent: MakeAgent, clock: MovableClock
) -> None:
    person, second = completed(app), new_agent("moussa.diop", role="approve")
    press_act(open_act(agent, person, "temporary-pass"), checked_how="known")
    (row,) = acts_of(app, person)
    page = approval(second, row)
    clock.advance(minutes=20)
    assert page.press("yes", follow=False).location == "/sign-in"
    again = sign_in(second.browser, second.person)
    assert again.path == f"/helpdesk/approvals/{row.id}"
    assert again.said("[data-came-back]").endswith("Press the button again if you still approve it.")
    assert acts_of(app, person)[0].approved_at is None
    assert "Approved" in again.press("yes").text


def test_what_was_chosen_for_a_file_and_for_a_batch_is_there_again(
    app: Flask, agent: Desk, clock: MovableClock
) -> None:
    job = looked_at(app, agent, CSV)
    clock.advance(minutes=20)
    job.press(invite="y", follow=False)
    again = sign_in(agent.browser, agent.person)
    assert (again.path, again.has("#invite[checked]"), again.has("#update[checked]")) == (job.path, True, False)

    batches = "form[action='/helpdesk/bulk/invite']"
    page = agent.browser.get("/helpdesk/bulk")
    clock.advance(minutes=20)
    page.press(in_form=batches, kind="announcement", limit="30", follow=False)
    again = sign_in(agent.browser, agent.person)
    values = again.form_values(batches)
    assert (again.path, values["kind"], values["limit"]) == ("/helpdesk/bulk", "announcement", "30")


@pytest.mark.parametrize("rows", [1, 4000], ids=["a small file", "a file larger than other forms may be"])
def test_a_file_is_asked_for_once_more(app: Flask, agent: Desk, clock: MovableClock, rows: int) -> None:
    """It is not read before it is known who sends it."""
    token = agent.browser.get("/helpdesk/bulk").form_values("main form")["csrf_token"]
    clock.advance(minutes=20)
    data = {"csrf_token": token, "journey": "first-connection", "file": (io.BytesIO(CSV * rows), "people.csv")}
    answer = agent.browser.raw.post(
        "/helpdesk/bulk", data=data, base_url=agent.browser.home, content_type="multipart/form-data"
    )
    assert answer.headers["Location"] == "/sign-in"
    again = sign_in(agent.browser, agent.person)
    assert again.said("[data-not-taken]").startswith("Choose the file once more.")
    assert not rows_of(app, BulkJob)
