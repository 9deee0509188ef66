"""Windows of one browser: for what it sends twice, and for an installation that has started again."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask

from tests.support.page_client import PageClient


def window_of(browser: PageClient, app: Flask | None = None) -> PageClient:
    """Another window of the same browser: the same cookies, the same page. `app` is the installation started anew."""
    window = PageClient(app or browser.app, language=browser.language)
    host = urlsplit(browser.home).hostname or "localhost"
    for cookie in browser.raw._cookies.values():  # type: ignore[union-attr]
        window.raw.set_cookie(cookie.key, cookie.value, domain=host)
    window.page = browser.page
    return window


def cookie_of(browser: PageClient) -> str:
    """The session cookie's value, "" when there is none."""
    cookie = browser.raw.get_cookie(browser.app.config["SESSION_COOKIE_NAME"], domain="localhost")
    return cookie.value if cookie is not None else ""
