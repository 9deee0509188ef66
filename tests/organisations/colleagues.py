"""Administrators and their colleagues for tests of the pages about people."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.support.kept import kept, same_browser
from tests.support.moved import HEADQUARTERS, arrived
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import sign_in
from tests.support.rows import row_of
from wizard.models import Account, Membership

LIST = "/organisation/people"
INVITE = f"{LIST}/invite"
ADDRESS = "ibrahim.sow@harbour.example"


def administrator(app: Flask, email: str = "amina.keita@harbour.example", **facts: Any) -> PageClient:
    """A browser in which an administrator is signed in: of the headquarters unless told otherwise."""
    return signed_in(app, email, **{"office": HEADQUARTERS, "role": "administrator", **facts})


def signed_in(app: Flask, email: str, **facts: Any) -> PageClient:
    """A browser in which somebody who has arrived is signed in."""

    def make() -> PageClient:
        browser = PageClient(app)
        sign_in(browser, arrived(app, email, **facts))
        return browser

    return kept(app, ("colleague", email, facts), make, same_browser)


def invite(browser: PageClient, email: str = ADDRESS, *, office: str | None = None, **fields: Any) -> Page:
    """Fill in the form and send it. `office` is the words of a choice; the first one when None."""
    page = browser.get(INVITE)
    filled = {"given_name": "Ibrahim", "family_name": "Sow", "role": "reader", **fields}
    if page.has("select[name=office]"):
        filled["office"] = office_value(page, office)
    return page.press(email=email, **filled)


def office_value(page: Page, words: str | None = None) -> str:
    """What the form posts for the office of these words."""
    found = {o.get_text(): str(o["value"]) for o in page.soup.select("select[name=office] option") if o["value"]}
    return found[words] if words else next(iter(found.values()))


def membership_of(app: Flask, email: str = ADDRESS, **columns: Any) -> Membership:
    """The only membership, not ended unless told otherwise, of the account with this address."""
    account = row_of(app, Account, email_key=email)
    return row_of(app, Membership, account_id=account.id, **{"ended_at": None, **columns})


def row(page: Page, app: Flask, email: str = ADDRESS) -> str:
    """What the list says of the person."""
    return page.said(f"[data-colleague='{membership_of(app, email).id}']")


def act(browser: PageClient, membership_id: str, what: str) -> Page:
    """Press the button of one colleague in the list."""
    return browser.get(LIST).press(in_form=f"form[action='{LIST}/{membership_id}/{what}']")
