"""Every page and file that somebody signed in gets: kept by no cache, framed by nobody, told to no other site."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import Desk
from tests.organisations.colleagues import LIST, administrator, invite
from tests.support.databases import close
from tests.support.page_client import PageClient
from tests.support.people import completed, place_at, sign_in
from tests.support.people import invite as invited_person
from tests.support.phones import asking, link_on, linked, place_with_phone
from tests.support.rows import row_of, rows_of
from tests.support.settings import make_settings
from wizard import create_app
from wizard.models import ApprovalRequest, Membership, Office

new_agent = desks.new_agent
agent = desks.agent


def raw(browser: PageClient, path: str) -> TestResponse:
    answer = browser.raw.get(path, base_url=browser.home)
    answer.close()
    return answer


def faults_of(answer: TestResponse, path: str) -> list[str]:
    """What is missing in the headers of an answer that was made for one person."""
    headers, found = answer.headers, []
    if headers.get("Cache-Control") != "no-store":
        found.append(f"{path}: Cache-Control {headers.get('Cache-Control')}")
    if "Cookie" not in headers.get("Vary", ""):
        found.append(f"{path}: Vary {headers.get('Vary')}")
    found += [
        f"{path}: {name}" for name in ("ETag", "Last-Modified", "Expires", "Server", "X-Powered-By") if name in headers
    ]
    if headers.get("X-Content-Type-Options") != "nosniff":
        found.append(f"{path}: may be sniffed")
    policy = headers.get("Content-Security-Policy", "")
    if not re.search(r"default-src 'none'", policy) or "frame-ancestors" not in policy or "unsafe-eval" in policy:
        found.append(f"{path}: {policy}")
    if headers.get("Access-Control-Allow-Origin"):
        found.append(f"{path}: other sites may read it")
    for cookie in headers.getlist("Set-Cookie"):
        if "HttpOnly" not in cookie or "SameSite=Lax" not in cookie or "Path=/" not in cookie or "Domain" in cookie:
            found.append(f"{path}: {cookie}")
    return found


def without_ids(app: Flask, ids: dict[str, str]) -> list[str]:
    """Every address that can be looked at, with these values for what stands between angle brackets; polls left out."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static" or rule.endpoint.endswith(".wait"):
            continue
        path = re.sub(r"<([^>]+)>", lambda name: ids.get(name[1], "x" * 20), rule.rule)
        found.append(path)
    return sorted(found)


def test_what_an_agent_sees(app: Flask, agent: Desk) -> None:
    person = completed(app, "lea.morel")
    ids = {"account_id": person.account_id, "act": "reset-step", "name": "sign-in"}
    paths = without_ids(app, ids)
    assert f"/helpdesk/people/{person.account_id}" in paths
    answers = [(path, raw(agent.browser, path)) for path in paths]
    assert len([1 for _path, answer in answers if answer.status_code == 200]) > 10
    assert [fault for path, answer in answers for fault in faults_of(answer, path)] == []


def test_what_an_administrator_sees(app: Flask) -> None:
    browser = administrator(app)
    invite(browser)
    ids = {"office_id": rows_of(app, Office)[0].id, "membership_id": rows_of(app, Membership)[-1].id}
    answers = [(path, raw(browser, path)) for path in without_ids(app, ids)]
    assert f"{LIST}/{ids['membership_id']}" in [path for path, answer in answers if answer.status_code == 200]
    assert [fault for path, answer in answers for fault in faults_of(answer, path)] == []


def test_what_a_phone_sees(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    request_id = row_of(app, ApprovalRequest, ended_at=None).id
    page = place_with_phone(
        PageClient(app), someone.phone, "first-connection", "scan-qr", invited_person(app, "lea.morel")
    )
    link = link_on(page)
    for path in ("/phone", f"/phone/requests/{request_id}", f"/phone/requests/{request_id}?t=x", link):
        answer = raw(someone.phone, path)
        assert answer.status_code == 200
        assert faults_of(answer, path) == []


def test_files_with_secrets_are_kept_by_nobody(app: Flask, client: PageClient) -> None:
    """The picture of the code app's secret, and the recovery codes as a text."""
    page = place_at(client, "first-connection", "enter-code", invited_person(app))
    picture = raw(client, "/first-connection/enter-code/qr.png")
    assert (picture.status_code, faults_of(picture, "picture")) == (200, [])
    other = PageClient(app)
    page = place_at(other, "first-connection", "keep-recovery-codes", invited_person(app, "lea.morel"))
    assert page.step == "keep-recovery-codes"
    codes = raw(other, "/first-connection/keep-recovery-codes/codes.txt")
    assert (codes.status_code, codes.mimetype) == (200, "text/plain")
    assert codes.headers["Content-Disposition"].startswith("attachment")
    assert faults_of(codes, "codes") == []
    assert raw(PageClient(app), "/first-connection/keep-recovery-codes/codes.txt").status_code == 303


@pytest.mark.parametrize("url", ["http://localhost", "https://access.tamaris.example"])
def test_every_cookie_of_a_sign_in_is_bound_as_its_address_allows(app: Flask, url: str) -> None:
    """ASVS 5.0 3.3: on https `__Host-` and Secure, on http (this machine only) neither, or the browser would drop them."""
    decided = app.extensions["perron"].settings
    other = create_app(make_settings(decided.instance.parent, public_url=url, database_url=decided.database_url))
    other.extensions["perron"].clock = app.extensions["perron"].clock
    browser = PageClient(other)
    sign_in(browser, completed(other))
    cookies = list(browser.raw._cookies.values())  # type: ignore[union-attr]
    assert {cookie.key.removeprefix("__Host-") for cookie in cookies} == {"perron", "perron-known"}
    for cookie in cookies:
        assert cookie.key.startswith("__Host-") is (url[:5] == "https")
        assert cookie.secure is (url[:5] == "https")
        assert (cookie.http_only, cookie.same_site, cookie.path, cookie.origin_only) == (True, "Lax", "/", True)
    session = next(cookie for cookie in cookies if not cookie.key.endswith("known"))
    assert (session.max_age, session.expires) == (None, None)
    close(other)
