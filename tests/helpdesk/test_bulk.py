"""Many people at once: a file is looked at before anything changes, and each bad file is said so."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.moved import add_office
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import invite, place_at, press_button, sign_in
from tests.support.rows import beside, rows_of, tables
from wizard.models import Account, BulkJob
from wizard.services import bulk_jobs

CSV = b"username,email\nnew.one,new.one@people.example\nnew.two,new.two@people.example\n"


@pytest.fixture
def desk(new_agent: MakeAgent) -> Desk:
    return new_agent()


def uploaded(desk: Desk, content: bytes, name: str = "people.csv", **fields: str) -> Any:
    """The answer to an upload, sent as a browser sends a file."""
    page = desk.browser.get("/helpdesk/bulk")
    token = page.soup.select_one("main [name=csrf_token]")
    assert token is not None
    data = {"csrf_token": token["value"], "journey": "first-connection", "file": (io.BytesIO(content), name)} | fields
    headers = {"Referer": f"{desk.browser.home}/helpdesk/bulk"}
    return desk.browser.raw.post(
        "/helpdesk/bulk", data=data, base_url=desk.browser.home, headers=headers, content_type="multipart/form-data"
    )


def work(app: Flask) -> None:
    beside(app, bulk_jobs.work)


def looked_at(app: Flask, desk: Desk, content: bytes, name: str = "people.csv", **fields: str) -> Page:
    """The job's page after the file was read."""
    answer = uploaded(desk, content, name, **fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    work(app)
    return desk.browser.get(answer.headers["Location"])


def test_first_it_is_shown_what_would_happen_and_nothing_changes(app: Flask, desk: Desk) -> None:
    before = len(rows_of(app, Account))
    page = looked_at(app, desk, CSV)
    assert page.soup.select_one("main")["data-state"] == "checked"  # type: ignore[index]
    cells = [cell.get_text() for cell in page.soup.select("tbody tr")[0].select("td")]
    assert cells == ["2", "2", "0", "0", "0", "0"]
    assert len(rows_of(app, Account)) == before


def test_a_press_imports_it_once_and_invites(app: Flask, desk: Desk) -> None:
    page = looked_at(app, desk, CSV)
    page.press(invite="y")
    page.press(invite="y")
    work(app)
    work(app)
    done = desk.browser.get(page.path)
    assert done.soup.select_one("main")["data-state"] == "done"  # type: ignore[index]
    assert sorted(str(row.username) for row in rows_of(app, Account) if str(row.username).startswith("new.")) == [
        "new.one",
        "new.two",
    ]
    assert len([mail for mail in Mailbox(app).all("invitation") if mail.to.startswith("new.")]) == 2
    report = desk.browser.raw.get(f"{page.path}/report.csv", base_url=desk.browser.home)
    assert report.get_data(as_text=True).splitlines()[0] == "line,key,result,column,reason"
    report.close()


def test_what_differs_is_listed_and_changed_only_when_asked(app: Flask, desk: Desk) -> None:
    looked_at(app, desk, CSV).press()
    work(app)
    other = CSV.replace(b"new.one@people", b"another@people")
    page = looked_at(app, desk, other)
    assert [row["data-result"] for row in page.soup.select("[data-result]")] == ["conflict"]
    page.press()
    work(app)
    assert not rows_of(app, Account, email="another@people.example")
    looked_at(app, desk, other).press(update="y")
    work(app)
    assert len(rows_of(app, Account, email="another@people.example")) == 1


def test_moved_people_come_with_their_organisations(app: Flask, desk: Desk) -> None:
    beside(app, lambda: add_office("Niger").id)
    content = b"email,organisation,office,role\nnew@harbour.example,Harbour Aid,Niger,reader\n"
    page = looked_at(app, desk, content, journey="migrated-account")
    assert page.soup.select_one("main")["data-state"] == "checked"  # type: ignore[index]
    page.press()
    work(app)
    assert rows_of(app, Account, email="new@harbour.example")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "people.csv"),
        (b"\x00\x01\x02", "people.csv"),
        (b"PK\x03\x04 no zip", "people.xlsx"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "people.xlsx"),
        (b"colour,size\nred,1\n", "people.csv"),
    ],
    ids=["empty", "binary", "broken zip", "with a password", "no header"],
)
def test_a_file_that_is_none_is_said_so_and_leaves_nothing(app: Flask, desk: Desk, content: bytes, name: str) -> None:
    page = looked_at(app, desk, content, name)
    assert page.soup.select_one("main")["data-state"] == "refused"  # type: ignore[index]
    assert page.soup.select_one(".error") is not None
    assert not page.has("form[method=post] .check")


@pytest.mark.settings(upload_size=2000)
def test_a_file_that_is_too_large_is_not_kept(app: Flask, desk: Desk) -> None:
    answer = uploaded(desk, CSV + b"x,y@people.example\n" * 1000)
    assert answer.status_code == 413
    assert not rows_of(app, BulkJob)
    assert not list((app.extensions["perron"].settings.instance / "uploads").iterdir())


@pytest.mark.settings(upload_rows=1)
def test_a_file_of_too_many_rows_is_for_the_command(app: Flask, desk: Desk) -> None:
    assert looked_at(app, desk, CSV).soup.select_one("main")["data-state"] == "refused"  # type: ignore[index]


def test_without_a_file_nothing_begins(app: Flask, desk: Desk) -> None:
    assert uploaded(desk, b"", name="").status_code == 422
    assert uploaded(desk, CSV, journey="sign-in").status_code == 400
    assert not rows_of(app, BulkJob)


def test_a_hostile_name_is_text(app: Flask, desk: Desk) -> None:
    page = looked_at(app, desk, CSV, "<script>alert(1)</script>.csv")
    assert "<script>alert" not in page.html
    assert "../" not in {path.name for path in (app.extensions["perron"].settings.instance / "uploads").iterdir()}


def test_an_upload_without_the_forms_token_is_refused(app: Flask, desk: Desk) -> None:
    data = {"journey": "first-connection", "file": (io.BytesIO(CSV), "people.csv")}
    answer = desk.browser.raw.post(
        "/helpdesk/bulk", data=data, base_url=desk.browser.home, content_type="multipart/form-data"
    )
    assert answer.status_code == 403
    assert not rows_of(app, BulkJob)


def test_mails_are_written_in_batches(app: Flask, desk: Desk) -> None:
    looked_at(app, desk, CSV).press()
    work(app)
    page = desk.browser.get("/helpdesk/bulk")
    answer = page.press(in_form="form[action='/helpdesk/bulk/invite']", kind="invitation", limit="1", per_minute="")
    assert answer.query == "sent=1" if hasattr(answer, "query") else "1" in answer.text
    assert len([mail for mail in Mailbox(app).all("invitation") if mail.to.startswith("new.")]) == 1


@pytest.mark.parametrize("limit", ["0", "", "many", "100000"])
def test_a_batch_has_a_sensible_number(app: Flask, desk: Desk, limit: str) -> None:
    before = tables(app)["outbox"]
    page = desk.browser.get("/helpdesk/bulk")
    answer = page.press(in_form="form[action='/helpdesk/bulk/invite']", kind="invitation", limit=limit, per_minute="")
    assert answer.status == 422
    assert tables(app)["outbox"] == before


@pytest.mark.parametrize("role", ["view", "assist", "reset", "approve"])
def test_lower_roles_do_not_find_the_page(new_agent: MakeAgent, role: str) -> None:
    desk = new_agent("tomas.lind", role)
    assert desk.browser.get("/helpdesk/bulk").status == 404


def test_who_sees_only_a_part_brings_nobody_in(new_agent: MakeAgent) -> None:
    desk = new_agent("tomas.lind", "supervise", only_language="fr")
    assert desk.browser.get("/helpdesk/bulk").status == 404


def test_all_who_are_stuck_at_a_step_get_the_invitation_again(app: Flask, new_agent: MakeAgent, clock: Any) -> None:
    stuck, gone_on = invite(app), invite(app, "lea.morel")
    press_button(PageClient(app), stuck)
    place_at(PageClient(app), "first-connection", "enter-code", gone_on)
    clock.advance(days=1, minutes=1)
    desk = new_agent()
    page = desk.browser.get("/helpdesk/queue?step=choose-authenticator&reads=en")
    answer = page.press(in_form="form[action^='/helpdesk/bulk/resend']")
    assert "1 mail was written" in answer.text
    assert not answer.has("[data-left-alone]")
    again = [mail.to for mail in Mailbox(app).all("invitation")]
    assert (again.count(stuck.email), again.count(gone_on.email)) == (2, 1)
    assert answer.link("Back to who is waiting") == "/helpdesk/queue?step=choose-authenticator&reads=en"


def test_who_was_on_the_way_within_a_day_is_left_where_they_are(app: Flask, new_agent: MakeAgent, clock: Any) -> None:
    """Their session may have run out meanwhile: they come back with the mail that they have."""
    long_gone, here, browser = invite(app), invite(app, "lea.morel"), PageClient(app)
    press_button(PageClient(app), long_gone)
    clock.advance(days=1)
    press_button(browser, here)
    clock.advance(minutes=40)
    desk = new_agent()
    answer = desk.browser.get("/helpdesk/queue?step=choose-authenticator").press(
        in_form="form[action^='/helpdesk/bulk/resend']"
    )
    assert "1 mail was written" in answer.text
    assert answer.said("[data-left-alone]").startswith("1 person got none: they were on their way in")
    sent = [mail.to for mail in Mailbox(app).all("invitation")]
    assert (sent.count(long_gone.email), sent.count(here.email)) == (2, 1)
    assert press_button(browser, here).journey == "first-connection"


def test_where_all_are_on_the_way_nothing_is_sent_and_the_page_says_so(
    app: Flask, new_agent: MakeAgent, clock: Any
) -> None:
    here = invite(app)
    press_button(PageClient(app), here)
    clock.advance(minutes=11)
    page = new_agent().browser.get("/helpdesk/queue?step=choose-authenticator")
    answer = page.press(in_form="form[action^='/helpdesk/bulk/resend']")
    assert (answer.title, answer.has(".notice")) == ("No invitation was sent", False)
    assert answer.said("[data-left-alone]").startswith("1 person got none")
    assert len(Mailbox(app).all("invitation", to=here.email)) == 1


@pytest.mark.parametrize("role", ["view", "approve"])
def test_what_came_of_it_is_for_those_who_may_send(new_agent: MakeAgent, role: str) -> None:
    assert new_agent("tomas.lind", role).browser.get("/helpdesk/bulk/resend?sent=1").status == 404


@pytest.mark.parametrize(
    "query", ["", "sent=1", "sent=-1&left_alone=0", f"sent={'9' * 3000}&left_alone=0", "sent=x&left_alone=1"]
)
def test_what_came_of_it_is_no_page_for_other_figures(desk: Desk, query: str) -> None:
    assert desk.browser.get(f"/helpdesk/bulk/resend?{query}").status == 400


@pytest.mark.parametrize("query", ["", "?step=nowhere"])
def test_only_a_step_that_there_is_is_sent_to(app: Flask, desk: Desk, query: str) -> None:
    assert desk.browser.post(f"/helpdesk/bulk/resend{query}").status == 400


def test_a_job_whose_process_died_is_taken_up_again(app: Flask, desk: Desk, clock: Any) -> None:
    answer = uploaded(desk, CSV)
    assert beside(app, bulk_jobs._take) is not None
    assert beside(app, bulk_jobs.work) is False
    clock.advance(minutes=31)
    assert beside(app, bulk_jobs.work) is True
    [job] = rows_of(app, BulkJob)
    assert (job.state, answer.status_code) == ("checked", 303)


def later(desk: Desk, clock: Any) -> None:
    """The second step grows older than an act wants it, and the agent stays signed in."""
    for _half in range(2):
        clock.advance(minutes=8)
        desk.browser.raw.get("/helpdesk/people", base_url=desk.browser.home)


def test_the_second_step_is_asked_for_before_a_file_is_chosen(desk: Desk, clock: Any) -> None:
    later(desk, clock)
    assert desk.browser.get("/helpdesk/bulk").location == "/sign-in"
    assert sign_in(desk.browser, desk.person).page == "helpdesk-bulk"


def test_a_file_that_was_sent_too_late_is_asked_for_once_more(app: Flask, desk: Desk, clock: Any) -> None:
    page = desk.browser.get("/helpdesk/bulk")
    token = page.form_values("main form")["csrf_token"]
    later(desk, clock)
    data = {"csrf_token": token, "journey": "first-connection", "file": (io.BytesIO(CSV * 2000), "people.csv")}
    answer = desk.browser.raw.post(
        "/helpdesk/bulk", data=data, base_url=desk.browser.home, content_type="multipart/form-data"
    )
    assert answer.headers["Location"] == "/sign-in"
    again = sign_in(desk.browser, desk.person)
    assert again.said("[data-not-taken]").startswith("Choose the file once more.")
    assert not rows_of(app, BulkJob)
    assert looked_at(app, desk, CSV).main["data-state"] == "checked"


def test_what_was_chosen_is_there_again_after_the_second_step(app: Flask, desk: Desk, clock: Any) -> None:
    batches = "form[action='/helpdesk/bulk/invite']"
    page = desk.browser.get("/helpdesk/bulk")
    later(desk, clock)
    page.press(in_form=batches, kind="announcement", limit="30", per_minute="5", follow=False)
    again = sign_in(desk.browser, desk.person)
    values = again.form_values(batches)
    assert (values["kind"], values["limit"], values["per_minute"]) == ("announcement", "30", "5")
    wrong = again.press(in_form=batches, limit="many")
    assert wrong.form_values(batches)["limit"] == "many"
    assert desk.browser.get("/helpdesk/bulk").form_values(batches)["kind"] == "invitation"

    job = looked_at(app, desk, CSV)
    later(desk, clock)
    job.press(invite="y", follow=False)
    job = sign_in(desk.browser, desk.person)
    assert (job.has("#invite[checked]"), job.has("#update[checked]")) == (True, False)
    job.press()
    work(app)
    assert len([mail for mail in Mailbox(app).all("invitation") if mail.to.startswith("new.")]) == 2
