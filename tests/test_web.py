"""What every request passes and every answer carries."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, TestResponse

from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, sign_in
from tests.support.rows import rows_of
from wizard.models import Outcome
from wizard.settings import Settings
from wizard.web import TrustedProxies

HTTPS = pytest.mark.settings(public_url="https://access.tamaris.example")
WITH_PROXIES = pytest.mark.settings(trusted_proxies="10.0.0.0/8,192.0.2.7")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ANSWERS = {
    "/": 200,
    "/sign-in": 303,
    "/nowhere": 404,
    "/language": 405,
    "/healthz": 200,
    "/readyz": 200,
    "/static/css/perron.css": 200,
    "/static/nothing.css": 404,
    "/i/unknown": 404,
    "/account": 303,
    "/guide/sign-in": 200,
}


def raw(app: Flask, path: str = "/", method: str = "GET", **options: object) -> TestResponse:
    """An answer without any help: no Origin, no cookie, no audit."""
    options = {"base_url": app.extensions["perron"].settings.public_url, "buffered": True} | options
    return app.test_client().open(path, method=method, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("path", "status"), ANSWERS.items())
def test_every_kind_of_answer_carries_the_headers(app: Flask, path: str, status: int) -> None:
    answer = raw(app, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in answer.headers
    assert "Server" not in answer.headers


@pytest.mark.parametrize("path", [path for path in ANSWERS if path != "/static/css/perron.css"])
def test_what_was_made_for_one_person_is_never_stored(app: Flask, path: str) -> None:
    answer = raw(app, path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers.get("Vary", "")


def test_files_are_stored_for_a_year_under_an_address_that_names_their_content(app: Flask, client: PageClient) -> None:
    sheet = str(client.get("/").find("link[rel=stylesheet]")["href"])
    assert re.search(r"\?v=[0-9a-f]{10}$", sheet)
    answer = raw(app, sheet)
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


@HTTPS
def test_https_is_asked_for_from_then_on(app: Flask) -> None:
    assert raw(app).headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_the_nonce_is_another_one_each_time(app: Flask, client: PageClient) -> None:
    policies = {client.get("/").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5
    assert all(len(re.findall(r"nonce-[\w-]{22}'", policy)) == 2 for policy in policies)


@pytest.mark.settings(portal_url="https://portal.tamaris.example/start?x=1")
def test_forms_may_lead_to_the_portal_and_nowhere_else(app: Flask) -> None:
    policy = raw(app).headers["Content-Security-Policy"]
    assert "form-action 'self' https://portal.tamaris.example;" in policy


@HTTPS
@pytest.mark.parametrize(
    "host", ["evil.example", "access.tamaris.example.evil.example", "access.tamaris.example:8443", "", "[::1"]
)
def test_another_host_is_refused_and_never_repeated(app: Flask, host: str) -> None:
    answer = raw(app, "/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True) + str(answer.headers)


@HTTPS
def test_the_host_may_be_written_in_capitals(app: Flask) -> None:
    assert raw(app, headers={"Host": "ACCESS.Tamaris.Example"}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "localhost:9"])
def test_the_other_names_of_this_machine_lead_to_its_address(app: Flask, host: str) -> None:
    answer = raw(app, "/first-connection?language=fr", headers={"Host": host})
    assert (answer.status_code, answer.location) == (307, "http://localhost/first-connection?language=fr")
    assert raw(app, "/sign-out", "POST", headers={"Host": host}).status_code in {400, 403}


def test_whoever_watches_over_the_service_needs_no_host(app: Flask) -> None:
    assert raw(app, "/healthz", headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-URL"])
@WITH_PROXIES
def test_no_other_forwarded_header_is_believed(app: Flask, header: str) -> None:
    answer = raw(app, "/sign-in", headers={header: "evil.example"}, environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
    assert answer.location == "/sign-in/enter-username"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "https://localhost"}, 403),
        ({"Origin": "http://localhost:8000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, 403),
    ],
)
def test_a_post_comes_from_our_own_pages(app: Flask, client: PageClient, headers: dict[str, str], status: int) -> None:
    page = client.get("/sign-in", follow=True)
    fields = page.form_values() | {"username": "amina.keita", "choice": "continue"}
    answer = client.raw.post(page.path, data=fields, headers=headers, base_url="http://localhost")
    assert answer.status_code == status
    assert len(rows_of(app, Outcome)) == (status == 303)


@pytest.mark.parametrize("token", [None, "", "made-up", "another browser's"])
def test_a_form_without_this_browsers_token_is_refused_and_does_nothing(
    app: Flask, client: PageClient, token: str | None
) -> None:
    page = place_at(client, "first-connection", "enter-password", invite(app))
    if token == "another browser's":
        token = PageClient(app).get("/sign-in", follow=True).form_values()["csrf_token"]
    noted = len(rows_of(app, Outcome))
    answer = client.post(
        page.path, {"password": "x"} | ({"csrf_token": token} if token is not None else {}), csrf=False
    )
    assert (answer.status, answer.problem) == (403, "form-expired")
    assert len(rows_of(app, Outcome)) == noted


@HTTPS
def test_on_https_a_post_names_the_page_that_it_comes_from(app: Flask, client: PageClient) -> None:
    page = client.get("/sign-in", follow=True)
    fields = page.form_values() | {"username": "amina.keita"}
    home = {"base_url": "https://access.tamaris.example"}
    assert client.raw.post(page.path, data=fields, **home).status_code == 403
    evil = {"Referer": "https://evil.example/"}
    assert client.raw.post(page.path, data=fields, headers=evil, **home).status_code == 403
    assert page.press(username="amina.keita", follow=False).status == 303


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # nobody trusted has written it
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # what the caller wrote before it counts for nothing
        ("10.0.0.1", "198.51.100.1, 10.9.9.9, 192.0.2.7", "198.51.100.1"),  # a chain of proxies
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:1234", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", ",,,", "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),  # as a socket for both kinds of addresses says it
        ("", "198.51.100.1", ""),  # a Unix socket that is not listed
        ("garbage", "198.51.100.1", "garbage"),
    ],
)
@WITH_PROXIES
def test_the_caller_is_who_a_trusted_proxy_says(settings: Settings, peer: str, forwarded: str, caller: str) -> None:
    assert seen(settings, peer, forwarded) == caller


@pytest.mark.settings(trusted_proxies="unix")
def test_a_proxy_at_a_unix_socket_is_trusted_when_listed(settings: Settings) -> None:
    assert seen(settings, "", "198.51.100.1") == "198.51.100.1"
    assert seen(settings, "", "1.1.1.1, 198.51.100.1") == "198.51.100.1"


def seen(settings: Settings, peer: str, forwarded: str) -> str:
    environ = EnvironBuilder(headers={"X-Forwarded-For": forwarded} if forwarded else {}).get_environ()
    environ["REMOTE_ADDR"] = peer
    TrustedProxies(lambda _environ, _start: [], settings)(environ, lambda *_: lambda _data: None)
    return str(environ["REMOTE_ADDR"])


@pytest.mark.settings(source_limit=3)
def test_a_header_that_cannot_be_read_never_gives_more_tries(app: Flask) -> None:
    person = invite(app)
    statuses = []
    for number in range(5):
        browser = PageClient(app)
        page = place_at(browser, "sign-in", "enter-password", person)
        fields = page.form_values() | {"password": f"wrong {number}"}
        forged = {"X-Forwarded-For": f"198.51.100.{number}, not-an-address"}
        statuses.append(
            browser.raw.post(page.path, data=fields, headers=forged, base_url="http://localhost").status_code
        )
    assert statuses == [422, 422, 422, 429, 429]


def test_the_signed_in_page_says_so_to_scripts_of_ours_only(app: Flask, client: PageClient) -> None:
    assert not client.get("/").signed_in
    sign_in(client, completed(app))
    assert client.get("/").signed_in
