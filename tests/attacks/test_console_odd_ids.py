"""Ids, questions and file names with characters that a database does not take: never a fault, whichever database."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import Desk
from tests.organisations.colleagues import administrator
from tests.support.page_client import PageClient
from tests.support.rows import rows_of
from wizard.models import BulkJob

pytestmark = pytest.mark.usefixtures("each_database")
ODD = ("%00", "a%00b", "%ED%A0%80", "%F0%9F%98%80" * 40, "x" * 300)

new_agent = desks.new_agent
agent = desks.agent


def answers(app: Flask, browser: PageClient, prefix: str) -> list[tuple[str, int]]:
    """What each address under `prefix` says to odd ids: read, and posted to with a form's token."""
    token = browser.csrf_token()
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(prefix) or not rule.arguments:
            continue
        for odd in ODD:
            parts = [odd if part.startswith("<") else part for part in rule.rule.split("/")]
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                data = {"csrf_token": token} if method == "POST" else None
                path, headers = "/".join(parts), {"Referer": browser.home, "Origin": browser.home}
                answer = browser.raw.open(path, method=method, base_url=browser.home, data=data, headers=headers)
                found.append((f"{method} {path[:80]}", answer.status_code))
                answer.close()
    return found


def test_odd_ids_in_the_console_are_not_found(app: Flask, agent: Desk) -> None:
    agent.browser.get("/helpdesk/people")
    found = answers(app, agent.browser, "/helpdesk")
    assert len(found) > 50
    assert [each for each in found if each[1] not in {303, 400, 404}] == []


def test_odd_ids_in_an_organisation_are_not_found(app: Flask) -> None:
    browser = administrator(app)
    browser.get("/organisation/people/invite")
    found = answers(app, browser, "/organisation")
    assert len(found) > 20
    assert [each for each in found if each[1] not in {400, 404}] == []


@pytest.mark.parametrize(
    "path",
    [
        "/helpdesk/people?q=",
        "/helpdesk/queue?organisation=",
        "/helpdesk/funnel?organisation=",
        "/helpdesk/queue?step=",
        "/helpdesk/approvals?did=",
    ],
)
def test_odd_questions_find_nobody(agent: Desk, path: str) -> None:
    for odd in ODD[:4]:
        answer = agent.browser.raw.get(path + odd, base_url=agent.browser.home)
        assert answer.status_code in {200, 303, 400, 404, 422}


@pytest.mark.parametrize("name", ["a\0b.csv", "\ud800.csv", "../../../etc/passwd", "x" * 5000 + ".csv", "CON.xlsx"])
def test_odd_file_names_are_taken_as_names_only(app: Flask, agent: Desk, name: str) -> None:
    page = agent.browser.get("/helpdesk/bulk")
    token = page.soup.select_one("main [name=csrf_token]")
    assert token is not None
    start = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token["value"]}\r\n'
    start += '--b\r\nContent-Disposition: form-data; name="journey"\r\n\r\nfirst-connection\r\n'
    start += f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    body = start.encode("utf-8", "surrogatepass") + b"username,email\r\n\r\n--b--\r\n"
    answer = agent.browser.raw.post(
        "/helpdesk/bulk",
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type="multipart/form-data; boundary=b",
        base_url=agent.browser.home,
        headers={"Referer": agent.browser.home},
    )
    assert answer.status_code in {303, 400, 403, 422}  # 403: with so long a header there is no form, and no token
    folder = app.extensions["perron"].settings.instance / "uploads"
    kept = [path.name for path in folder.iterdir()] if folder.exists() else []
    assert len(kept) == len(rows_of(app, BulkJob))
    assert {name.rpartition(".")[2] for name in kept} <= {"csv", "xlsx"}
    assert agent.browser.get("/helpdesk/bulk").status == 200
