"""How many tries a minute come from one place."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import invite, place_at
from wizard.services import sources


@pytest.mark.settings(source_limit=3)
@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("198.51.100.1", "198.51.100.1", True),
        ("198.51.100.1", "198.51.100.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),  # one household, one /64
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:198.51.100.1", "198.51.100.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("", None, True),
        ("not an address", "", True),
    ],
)
def test_tries_are_counted_by_network(app_context: Flask, first: str, second: str | None, together: bool) -> None:
    assert all(sources.count(first).allowed for _ in range(3))
    assert sources.count(second).allowed is not together


@pytest.mark.settings(source_limit=2, shared_source_limit=4, shared_sources="192.0.2.0/24,2001:db8::/32")
@pytest.mark.parametrize(
    ("address", "allowed"),
    [("192.0.2.7", 4), ("::ffff:192.0.2.7", 4), ("2001:db8::9", 4), ("198.51.100.1", 2), ("", 2), ("garbage", 2)],
)
def test_where_many_come_from_one_address_more_tries_are_allowed(
    app_context: Flask, address: str, allowed: int
) -> None:
    assert [sources.count(address).allowed for _ in range(5)] == [True] * allowed + [False] * (5 - allowed)


@pytest.mark.settings(source_limit=3)
def test_above_the_limit_the_page_says_until_when_and_a_minute_later_it_goes_on(
    app: Flask, clock: MovableClock
) -> None:
    page = place_at(PageClient(app), "sign-in", "enter-password", invite(app))
    answers = [page.press(password=f"wrong {number}") for number in range(4)]
    assert [answer.status for answer in answers] == [422, 422, 422, 429]
    assert answers[-1].problem == "too-many-requests"
    assert answers[-1].headers["Retry-After"]
    clock.advance(seconds=61)
    assert page.press(password="wrong again").status == 422


@pytest.mark.settings(source_limit=2)
def test_elsewhere_people_go_on(app: Flask) -> None:
    person = invite(app)
    page = place_at(PageClient(app, address="198.51.100.1"), "sign-in", "enter-password", person)
    for number in range(3):
        page.press(password=f"wrong {number}")
    other = place_at(PageClient(app, address="198.51.100.2"), "sign-in", "enter-password", person)
    assert other.press(password="wrong too").status == 422


@pytest.mark.settings(source_limit=1)
def test_reading_pages_counts_no_tries(app: Flask, client: PageClient) -> None:
    page = place_at(client, "sign-in", "enter-password", invite(app))
    for _ in range(5):
        client.get(page.path)
    assert page.press(password="the first try").status == 422
