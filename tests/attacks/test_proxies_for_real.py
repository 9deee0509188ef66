"""`perron serve` as a stranger on the line, or behind a proxy, meets it: headers that other servers believe."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.support.processes import free_port
from tests.support.served import Served
from tests.support.settings import INSTALLATION


@pytest.fixture
def site(serve: Callable[..., Served], database_url: str) -> Served:
    """Real service for https://access.tamaris.example, behind a proxy at an address that is not this machine's."""
    settings = INSTALLATION | {"public_url": "https://access.tamaris.example", "trusted_proxies": "10.0.0.1"}
    return serve(port=free_port(), database_url=database_url, **settings)


def ask(site: Served, path: str, **headers: str) -> http.client.HTTPResponse:
    parts = urlsplit(site.base_url)
    line = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=10)
    try:
        line.request("GET", path, headers={"Host": "access.tamaris.example", **headers})
        answer = line.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        return answer
    finally:
        line.close()


def say(site: Served, text: bytes) -> bytes:
    """Send these bytes as they are; what comes back until the line is closed."""
    with socket.create_connection(("127.0.0.1", urlsplit(site.base_url).port or 80), timeout=10) as line:
        line.sendall(text)
        line.shutdown(socket.SHUT_WR)
        found = b""
        while chunk := line.recv(65536):
            found += chunk
    return found


HOME = b"Host: access.tamaris.example\r\n"
REFUSED = {b"400", b"403", b"411", b"413", b"414", b"431", b"501"}
ELSEWHERE = (
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n",
    b"GET / HTTP/1.1\r\nHost: evil.example\r\n",
    b"GET / HTTP/1.1\r\nHost: access.tamaris.example.evil.example\r\n",
    b"GET / HTTP/1.1\r\nHost: access.tamaris.example@evil.example\r\n",
    b"GET / HTTP/1.1\r\nHost: access.tamaris.example\r\nHost: evil.example\r\n",
    b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: access.tamaris.example\r\n",
    b"GET / HTTP/1.0\r\n",
    b"GET / HTTP/1.1\r\nHost:\r\n",
)
AMBIGUOUS = (
    b"POST /sign-out HTTP/1.1\r\n" + HOME + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
    b"POST /sign-out HTTP/1.1\r\n" + HOME + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"POST /sign-out HTTP/1.1\r\n" + HOME + b"Content-Length: +5\r\n\r\nabcde",
    b"POST /sign-out HTTP/1.1\r\n" + HOME + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOME + b"X: a\0b\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOME + b"X" * 70_000 + b": a\r\n\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOME + b"\r\n",
)


def test_no_header_changes_scheme_host_or_path(site: Served) -> None:
    """Cookies stay secure and addresses our own, whatever is forwarded (SEC-39)."""
    forged = {
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "80",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=127.0.0.1;host=evil.example;proto=http",
        "X-Original-URL": "/mailbox",
        "X-Rewrite-URL": "/mailbox",
        "Script-Name": "/evil",
        "X-Script-Name": "/evil",
    }
    for name, value in forged.items():
        answer = ask(site, "/sign-in/enter-username", **{name: value})
        assert (answer.status, name) == (200, name)
        body = answer.body.decode()  # type: ignore[attr-defined]
        assert "evil" not in body
        assert 'data-step="enter-username"' in body
        cookies = answer.headers.get_all("Set-Cookie") or []
        assert cookies
        assert all("__Host-" in cookie and "Secure" in cookie for cookie in cookies)
        assert ask(site, "/account", **{name: value}).getheader("Location") == "/sign-in"


def test_names_with_underscores_are_not_taken_for_others(site: Served) -> None:
    """`X_Forwarded_For` becomes the same variable as `X-Forwarded-For`; gunicorn drops it, and so must whoever serves."""
    for line in (b"Script_Name: /evil\r\n", b"Remote_Addr: 10.0.0.1\r\n", b"X_Forwarded_For: 10.0.0.1\r\n"):
        said = say(site, b"GET /healthz HTTP/1.1\r\n" + HOME + line + b"Connection: close\r\n\r\n")
        assert said.split(b" ")[1] in {b"200", b"400"}
        assert b"evil" not in said


def test_another_host_gets_no_page(site: Served) -> None:
    for request_line in ELSEWHERE:
        said = say(site, request_line + b"Connection: close\r\n\r\n")
        assert said.split(b" ")[1] == b"400", request_line
        assert b"evil.example" not in said
        assert b"Traceback" not in said


def test_a_message_that_can_be_read_in_two_ways_is_answered_once(site: Served) -> None:
    """Request smuggling: what a proxy takes for the body of one request must not be the next one here."""
    for message in AMBIGUOUS:
        said = say(site, message)
        assert said.count(b"HTTP/1.1 ") <= 1, message[:80]
        assert said == b"" or said.split(b" ")[1] in REFUSED, message[:80]
        assert b"Traceback" not in said
    assert ask(site, "/healthz").status == 200


def test_nobody_learns_by_what_it_is_served(site: Served) -> None:
    for path in ("/", "/nowhere", "/healthz", "/static/css/perron.css"):
        answer = ask(site, path)
        told = str(answer.headers).lower() + answer.body.decode("utf-8", "replace").lower()  # type: ignore[attr-defined]
        assert "werkzeug" not in told
        assert "python" not in told
        assert "traceback" not in told
