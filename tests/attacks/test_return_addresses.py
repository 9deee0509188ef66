"""Where somebody is sent after signing in: the address is a stranger's link, and it is kept until then."""

from __future__ import annotations

import random
import string

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import completed, next_code, sign_in
from tests.support.windows import cookie_of
from wizard.domain.return_paths import LONGEST_KEPT, may_be_kept
from wizard.services.visits import RETURN_TO

MOST = 4096  # bytes of a cookie that a browser keeps


def noise(length: int) -> str:
    """A text that no packing makes shorter by much, the same at each run."""
    letters = random.Random(7)
    return "".join(letters.choice(string.ascii_letters + string.digits) for _ in range(length))


@pytest.mark.parametrize(
    "address",
    ["/helpdesk/people/{}", "/helpdesk/people?q={}", "/organisation/offices/{}/x", "/organisation/people/{}", "/helpdesk/sessions/{}"],
)  # fmt: skip
def test_a_link_as_long_as_a_cookie_keeps_nobody_from_signing_in(app: Flask, client: PageClient, address: str) -> None:
    """A browser drops a cookie beyond 4096 bytes: one look at such a link, and nothing typed afterwards was remembered."""
    person = completed(app)
    for length in (2400, 3200, 3600, 20_000):
        assert client.get(address.format(noise(length))).status == 303
        assert len(cookie_of(client)) < MOST / 4
        assert RETURN_TO not in client.cookie()
    assert sign_in(client, person).path == "/account"


def test_a_link_that_is_too_long_replaces_the_one_before(app: Flask, client: PageClient) -> None:
    """Nobody is sent somewhere else than where they wanted to go last."""
    client.get("/account/password")
    client.get("/helpdesk/people/" + noise(3000))
    assert sign_in(client, completed(app)).path == "/account"


def test_our_own_addresses_are_kept(app: Flask, client: PageClient) -> None:
    """The longest of them names two ids."""
    assert max(len(rule.rule) for rule in app.url_map.iter_rules()) + 2 * 40 < LONGEST_KEPT
    client.get("/account/password")
    assert sign_in(client, completed(app)).path == "/account/password"


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/" + "a" * LONGEST_KEPT, "", "account"],
)
def test_what_leads_away_is_not_kept(path: str) -> None:
    assert not may_be_kept(path)


@pytest.mark.parametrize(
    "path",
    ["/helpdesk/people/%0d%0aLocation:%20https:%2f%2fevil.example", "/helpdesk/people/%5c%5cevil.example", "/helpdesk/people/..%5c..",
     "/helpdesk/people/@evil.example", "/helpdesk/people?q=%0d%0aSet-Cookie:a=b", "/organisation/people/%E2%80%A8"],
)  # fmt: skip
def test_an_odd_link_leads_nowhere_else(app: Flask, client: PageClient, path: str) -> None:
    """SEC-38: whatever stands in it, after signing in the browser is on this site, and no header is made of it."""
    client.raw.get(path, base_url=client.home)
    page = client.get("/sign-in", follow=True)
    person = completed(app)
    page = page.press(username=person.username).press(password=person.password)
    answer = page.press(code=next_code(person.secret or "", app.extensions["perron"].clock), follow=False)
    place = answer.headers["Location"]
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))
    assert not set("\r\n\u2028") & set(place)
    assert len(answer.headers.getlist("Location")) == 1
