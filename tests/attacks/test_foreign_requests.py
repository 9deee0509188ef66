"""Requests that other sites make or redirect: forged posts, frames, hosts, return addresses, caches."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, mailed_button, place_at, sign_in
from tests.support.rows import row_of, rows_of, tables
from tests.support.windows import cookie_of
from wizard.models import Account, RecoveryCode, RecoveryCodeSet, Session

FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8080"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
POSTS = ("/sign-out", "/language", "/sign-in/enter-username", "/account/password", "/account/recovery-codes")


@pytest.mark.parametrize("path", POSTS)
def test_another_site_posts_nothing(app: Flask, client: PageClient, path: str) -> None:
    """SEC-36: a valid form secret does not help a foreign origin, and our own origin does not help without the secret."""
    sign_in(client, completed(app))
    before = tables(app)
    client.get("/account/password")
    for headers in FOREIGN:
        assert client.post(path, {"language": "fr", "username": "x"}, headers=headers).status == 403, headers
    for token in ("", "x", "ImEi.aaaaaa.bbbb"):
        data = {"csrf_token": token, "language": "fr", "username": "x"}
        answer = client.raw.post(path, base_url=client.home, data=data, headers={"Origin": client.home})
        refused = answer.status_code == 403 or (answer.status_code == 303 and path == "/sign-in/enter-username")
        assert refused, (path, token)
    assert tables(app) == before
    assert client.get("/account").signed_in


def test_a_form_secret_of_another_browser_signs_nobody_in(app: Flask, client: PageClient) -> None:
    """Login CSRF: the attacker's own form secret, sent by the victim's browser."""
    person = completed(app)
    attacker = PageClient(app)
    attacker.get("/sign-in", follow=True)
    client.get("/sign-in", follow=True)
    data = {"csrf_token": attacker.csrf_token(), "username": person.username}
    assert client.post("/sign-in/enter-username", data).status == 403
    assert client.get("/sign-in", follow=True).step == "enter-username"


def test_looking_at_pages_writes_nothing(app: Flask, client: PageClient) -> None:
    """SEC-36: state changes by POST only. Every page that a signed-in person can open.

    The page of recovery codes makes what it shows, once: a set that opens nothing before a POST keeps it.
    """
    person = completed(app)
    sign_in(client, person)
    of_codes = frozenset({RecoveryCodeSet.__tablename__, RecoveryCode.__tablename__})
    before = tables(app, besides=of_codes)
    look_at_every_page(app, client)
    assert tables(app, besides=of_codes) == before
    shown = row_of(app, RecoveryCodeSet)
    own = row_of(app, Session, revoked_at=None)
    assert (shown.session_id, shown.kept_at, shown.ended_at) == (own.id, None, None)
    assert [row.used_at for row in rows_of(app, RecoveryCode, set_id=shown.id)] == [None] * 10
    once = tables(app)
    look_at_every_page(app, client)
    assert tables(app) == once


def look_at_every_page(app: Flask, client: PageClient) -> None:
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and not rule.arguments and "verify-email" not in rule.rule:
            client.raw.get(rule.rule, base_url=client.home).close()
            client.raw.head(rule.rule, base_url=client.home).close()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_other_methods_reach_no_page(app: Flask, client: PageClient, method: str) -> None:
    sign_in(client, completed(app))
    for path in ("/sign-out", "/account", "/sign-in/enter-username"):
        headers = {"X-HTTP-Method-Override": "POST"}
        answer = client.raw.open(path, method=method, base_url=client.home, headers=headers)
        assert answer.status_code in {403, 405}
    assert client.get("/account").signed_in


@pytest.mark.parametrize(
    "place",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "/\t/evil.example", "javascript:alert(1)",
     "http:evil.example", "/%0d%0aLocation:%20https://evil.example/..//evil.example", "///evil.example", " //evil.example",
     "/\u2028/evil.example", "https:/evil.example", ".evil.example", "@evil.example", ""],
)  # fmt: skip
def test_after_choosing_a_language_the_browser_stays_here(app: Flask, client: PageClient, place: str) -> None:
    """better-auth CVE-2025-27143: `//evil` was taken for a path of the own site."""
    client.get("/")
    data = {"csrf_token": client.csrf_token(), "language": "fr", "next": place}
    answer = client.raw.post("/language", base_url=client.home, data=data, headers={"Origin": client.home})
    location = answer.headers["Location"]
    assert answer.status_code == 303
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\n" not in location


@pytest.mark.parametrize("place", ["//evil.example/account", "https://evil.example/", "/account/password"])
def test_no_parameter_says_where_signing_in_leads(app: Flask, client: PageClient, place: str) -> None:
    for name in ("next", "return_to", "r", "redirect", "url"):
        client.get(f"/sign-in?{name}={place}", follow=True)
    assert sign_in(client, completed(app)).path == "/account"


def test_a_path_with_two_slashes_makes_no_link_to_elsewhere(app: Flask, client: PageClient) -> None:
    """The address of the page stands in the page; `//evil.example/` there would lead away."""
    sign_in(client, completed(app))
    for path in ("//evil.example/x", "///evil.example", "/\\evil.example"):
        answer = client.raw.get("/x", base_url=client.home, environ_overrides={"PATH_INFO": path})
        body = answer.get_data(as_text=True)
        assert answer.status_code == 404
        assert 'href="//evil' not in body
        assert 'value="//evil' not in body


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "localhost:8080@evil.example",
        "",
        "[",
        "a b",
        "localhost, evil.example",
    ],
)
def test_another_host_is_not_served(app: Flask, host: str) -> None:
    """couch-auth GHSA-fqh6-6h6c-366m, Hestia GHSA-qwg2-rf9c-v87f: links of mails were made from the Host header."""
    for method in ("get", "post"):
        answer = getattr(app.test_client(), method)(
            "/sign-in", headers={"Host": host}, environ_overrides={"HTTP_HOST": host}
        )
        assert answer.status_code == 400
        assert "evil" not in (answer.headers.get("Location") or "")


def test_mails_lead_to_the_configured_address_whatever_the_request_says(app: Flask, mailbox: Mailbox) -> None:
    person = completed(app)
    client = PageClient(app)
    page = client.get("/forgotten-password", follow=True)
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp", "Forwarded": "host=evil.example"}
    client.post(page.path, {"username": person.username}, headers=headers)
    client.get("/forgotten-password/verify-email", headers=headers)
    mail = mailbox.newest("mailed_code")
    assert mail.button is not None
    assert mail.button.startswith("http://localhost/i/")
    assert "evil" not in mail.plain + mail.html


def test_no_page_is_framed_stored_or_sniffed(app: Flask, client: PageClient) -> None:
    """Clickjacking and shared caches: the refusals and faults carry the same headers as the pages."""
    person = completed(app)
    button = invite(app, "bilal.aden", email="bilal@people.example").button
    sign_in(client, person)
    for path in ("/", "/account", "/account/password", "/nowhere", button, "/guide/sign-in", "/healthz", "/readyz"):
        headers = client.raw.get(path, base_url=client.home).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert headers["Cache-Control"] == "no-store", path
        assert headers["X-Content-Type-Options"] == "nosniff", path


def test_a_stored_file_carries_no_session(app: Flask, client: PageClient) -> None:
    """Flask CVE-2023-30861: a cache kept a cookie. `?language=` on a file that may be stored once sent the session along."""
    sign_in(client, completed(app))
    for path in ("/static/css/perron.css", "/static/css/perron.css?language=fr", "/static/nothing.css?language=fr"):
        with client.raw.get(path, base_url=client.home) as answer:
            answer.get_data()
            assert not answer.headers.getlist("Set-Cookie"), path
    assert client.get("/account").signed_in


def test_the_picture_of_the_code_app_is_for_its_session_only(app: Flask, client: PageClient) -> None:
    place_at(client, "first-connection", "enter-code", invite(app))
    picture = "/first-connection/enter-code/qr.png"
    mine = client.raw.get(picture, base_url=client.home)
    assert (mine.status_code, mine.headers["Cache-Control"]) == (200, "no-store")
    assert PageClient(app).get(picture).status == 303
    other = PageClient(app)
    place_at(other, "sign-in", "enter-code", completed(app, "bilal.aden", email="bilal@people.example"))
    for journey in ("first-connection", "sign-in", "replace-phone"):
        assert other.raw.get(f"/{journey}/enter-code/qr.png", base_url=client.home).status_code in {303, 403, 404}


def test_signing_out_in_one_window_signs_the_browser_out(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    client.get(mailed_button(app, person)).press("yes")
    assert page.step == "verify-email"
    kept = cookie_of(client)
    client.get("/").press(in_form="form[action='/sign-out']")
    copy = PageClient(app)
    copy.raw.set_cookie("perron", kept, domain="localhost")
    assert copy.get("/forgotten-password", follow=True).step in {"enter-username", "verify-email"}
    assert not [row for row in rows_of(app, Session, account_id=row_of(app, Account).id) if not row.revoked_at][1:]
