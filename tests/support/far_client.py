"""A browser that reaches the application over the network, for tests that end its process."""

from __future__ import annotations

import http.client
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from tests.support.page import REDIRECTS, Fields, Page
from tests.support.page_client import PageClient


class Unanswered(Exception):
    """The connection broke before the answer was complete: nothing was acknowledged."""


class FarClient(PageClient):
    """One browser of whatever answers at `base_url`. It audits pages like `PageClient`; cookies survive a restart."""

    def __init__(self, base_url: str, *, language: str = "en", patience: float = 15) -> None:
        settings = SimpleNamespace(public_url=base_url)
        app: Any = SimpleNamespace(extensions={"perron": SimpleNamespace(settings=settings)}, test_client=lambda: None)
        super().__init__(app, language=language)
        self.cookies: dict[str, str] = {}
        self.patience = patience

    def cookie(self) -> Fields:
        return dict(self.cookies)

    def _open(
        self, path: str, method: str, data: Fields | None, referrer: str | None, headers: Fields | None, **_: Any
    ) -> Page:
        url = urljoin(referrer or self.home, path) if not path.startswith("/") else self.home + path
        parts = urlsplit(url)
        sent = {"Accept": "text/html", "Accept-Language": self.language, "Host": parts.netloc, **(headers or {})}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if referrer:
            sent["Referer"] = referrer
        body = None
        if method == "POST":
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.home}
            body = urlencode(data or {}, doseq=True)
        status, received, content = self._ask(parts.port or 80, method, path_of(url), body, sent)
        self._keep(received)
        page = Page(self, url, Response(content, status, received))  # type: ignore[arg-type]
        self._audit(page, method)
        if page.is_html and page.status not in REDIRECTS:
            self.page = page
        return page

    def _ask(self, port: int, method: str, path: str, body: str | None, headers: Fields) -> tuple[int, Headers, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=self.patience)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, Headers(answer.getheaders()), answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(str(error)) from error
        finally:
            line.close()

    def _keep(self, headers: Headers) -> None:
        for value in headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.value


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
