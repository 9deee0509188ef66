"""migrated-account, from an address to "this is your organisation"."""

from __future__ import annotations

from flask import Flask

from tests.support.moved import HEADQUARTERS, moved, prove_address, walk_migrated
from tests.support.page_client import PageClient


def test_a_country_office_reader_walks_from_the_address_to_the_organisation(app: Flask, client: PageClient) -> None:
    person = moved(app)
    page = walk_migrated(client, person)
    assert page.step == "finish"
    assert "You see this office only: Niger." in page.text
    page = page.press("portal")
    assert client.get("/account").signed_in


def test_headquarters_see_all_offices(app: Flask, client: PageClient) -> None:
    page = walk_migrated(client, moved(app, office=HEADQUARTERS, role="administrator"))
    assert "You see headquarters and all country offices." in page.text


def test_an_address_without_account_is_told_so_after_it_was_verified(client: PageClient) -> None:
    page = prove_address(client, "nobody@elsewhere.example")
    assert page.step == "no-account"
