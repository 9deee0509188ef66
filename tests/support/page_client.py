"""A browser without a window: keeps cookies, presses buttons, and audits every page it is given.

Each client is one browser. Requests run in a context of their own, so a test may hold an application context open
beside them.
"""

from __future__ import annotations

import contextvars
import html as entities
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData
from werkzeug.test import TestResponse

from tests.support.page import REDIRECTS, Fields, Page
from tests.support.page_audit import audit_page

SECRET_FIELDS = {"password", "new_password", "current_password", "pass"}
LONGEST_CHAIN = 10
Anywhere: tuple[str, ...] = ()


class PageClient:
    """One browser of `app`.

    `language` is sent as Accept-Language, `address` is where the browser stands in the network. `secrets` maps each
    secret that this test knows to the steps or pages that may show it; passwords typed by `Page.press` are added by
    themselves and belong nowhere. `leaves_to` names the origins that a redirect may lead to besides this
    installation.
    """

    def __init__(self, app: Flask, *, language: str = "en", address: str = "127.0.0.1") -> None:
        self.app = app
        self.home: str = app.extensions["perron"].settings.public_url
        self.language = language
        self.address = address
        self.secrets: dict[str, tuple[str, ...]] = {}
        self.leaves_to: set[str] = set()
        self.page: Page | None = None
        self.raw = app.test_client()

    def get(
        self, path: str, *, follow: bool = False, referrer: str | None = None, headers: Fields | None = None
    ) -> Page:
        """Open `path` (or an absolute address of this installation)."""
        page = self._open(path, "GET", None, referrer, headers)
        return self._last(page) if follow else page

    def post(
        self,
        path: str,
        data: Fields | None = None,
        *,
        follow: bool = False,
        csrf: bool = True,
        headers: Fields | None = None,
        **options: Any,
    ) -> Page:
        """Post `data` raw, past any form. The last page's csrf_token goes along unless `csrf` is false or `data` has
        its own.
        """
        data = dict(data or {})
        if csrf and "csrf_token" not in data:
            data["csrf_token"] = self.csrf_token()
        page = self._open(path, "POST", data, self.page.url if self.page else None, headers, **options)
        return self._last(page) if follow else page

    def submit(self, page: Page, url: str, values: Fields, *, follow: bool) -> Page:
        """Send a form of `page`; `Page.press` is what tests call."""
        for name in SECRET_FIELDS & values.keys():
            typed = str(values[name])
            # What the page says already (the user name, say, typed as a password) is no secret of its own.
            if len(typed) >= 8 and typed not in page.html:
                self.secrets.setdefault(typed, Anywhere)
        answer = self._open(url, "POST", values, page.url, None)
        return self._last(answer) if follow else answer

    def csrf_token(self) -> str:
        """The token of the page last seen."""
        assert self.page is not None, "Open a page first: its csrf_token is needed for a post (or say csrf=False)."
        field = self.page.soup.find("input", attrs={"name": "csrf_token"})
        assert field is not None, f"{self.page!r} has no form with a csrf_token. Open one that has, or say csrf=False."
        return str(field.get("value"))  # type: ignore[union-attr]

    def cookie(self) -> dict[str, Any]:
        """What the signed session cookie holds, as anybody who has the cookie can read it."""
        name = self.app.config["SESSION_COOKIE_NAME"]
        kept = self.raw.get_cookie(name, domain=urlsplit(self.home).hostname or "localhost")
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        if kept is None or signer is None:
            return {}
        try:
            return dict(signer.loads(kept.value))
        except BadData:
            return {}

    def forget(self) -> None:
        """Close the browser and lose its cookies."""
        self.raw = self.app.test_client()
        self.page = None

    def _open(
        self, path: str, method: str, data: Fields | None, referrer: str | None, headers: Fields | None, **options: Any
    ) -> Page:
        url = urljoin(referrer or self.home, path) if not path.startswith("/") else self.home + path
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == self.home, (
            f"{url} is outside of {self.home}: a test stays on its installation."
        )
        sent: Fields = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": self.language}
        if referrer:
            sent["Referer"] = referrer
        if method == "POST":
            sent["Origin"] = self.home
        sent["Sec-Fetch-Site"] = "same-origin" if referrer else "none"
        response: TestResponse = contextvars.Context().run(
            self.raw.open,
            parts.path,
            method=method,
            base_url=self.home,
            query_string=parts.query,
            data=data,
            headers={**sent, **(headers or {})},
            environ_overrides={"REMOTE_ADDR": self.address},
            **options,
        )
        page = Page(self, url, response)
        self._audit(page, method)
        if page.is_html and page.status not in REDIRECTS:
            self.page = page
        return page

    def _last(self, page: Page) -> Page:
        """Follow redirects within this installation, each with a GET, to the page that a person would look at."""
        for _ in range(LONGEST_CHAIN):
            if page.location is None or not page.location.startswith("/"):
                return page
            page = self._open(page.location, "GET", None, page.url, None)
        raise AssertionError(f"{LONGEST_CHAIN} redirects and no page: the last one is {page!r}.")

    def _audit(self, page: Page, method: str) -> None:
        faults = []
        if page.is_html and page.status not in REDIRECTS:
            faults += audit_page(page.url, page.status, page.headers, page.html, lambda: page.parsed)
        if page.status in REDIRECTS:
            faults += self._faults_of_redirect(page, method)
        faults += self._secrets_told(page)
        if faults:
            listed = "\n".join(f"  - {fault}" for fault in faults)
            raise AssertionError(
                f"{method} {page.path} answered {page.status} with a page that is not right:\n{listed}"
            )

    def _faults_of_redirect(self, page: Page, method: str) -> list[str]:
        faults = []
        if method == "POST" and page.status != 303:
            faults.append(f"After a post the browser is sent on with 303, not {page.status}.")
        target = page.location or ""
        origin = "://".join(urlsplit(target)[:2])
        if not target.startswith("/") and origin not in self.leaves_to:
            faults.append(
                f"The redirect leads outside, to {target!r}. If that is meant, add {origin!r} to client.leaves_to."
            )
        return faults

    def _secrets_told(self, page: Page) -> list[str]:
        if not self.secrets:
            return []
        faults = []
        read = page.html + entities.unescape(page.html)
        cookie = repr(self.cookie())
        for secret, allowed in self.secrets.items():
            shown = f"{secret[:3]}…"
            if secret in read and not (page.is_html and {page.step, page.page} & set(allowed)):
                faults.append(f"The page tells the secret {shown}, which belongs {' and '.join(allowed) or 'nowhere'}.")
            if secret in (page.headers.get("Location") or ""):
                faults.append(f"The redirect's address tells the secret {shown}.")
            if secret in cookie:
                faults.append(f"The session cookie tells the secret {shown}: it is signed, not secret.")
        return faults
