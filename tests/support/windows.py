"""Windows of one browser, for races of what it sends twice."""

from __future__ import annotations

from tests.support.page_client import PageClient


def window_of(browser: PageClient) -> PageClient:
    """Another window of the same browser: the same cookies, the same page."""
    window = PageClient(browser.app)
    name = browser.app.config["SESSION_COOKIE_NAME"]
    cookie = browser.raw.get_cookie(name, domain="localhost")
    assert cookie is not None, "The browser has no cookie yet."
    window.raw.set_cookie(name, cookie.value, domain="localhost")
    window.page = browser.page
    return window


def cookie_of(browser: PageClient) -> str:
    """The session cookie's value, "" when there is none."""
    cookie = browser.raw.get_cookie(browser.app.config["SESSION_COOKIE_NAME"], domain="localhost")
    return cookie.value if cookie is not None else ""
