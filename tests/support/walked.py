"""Where a walk leads a browser that has been nowhere yet, walked once in a process from each state that tests begin in."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.kept import kept
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.watched import is_watched


@dataclass(frozen=True)
class Stand:
    """Where a browser stood after its walk. `last` is the answer that the walk ended with."""

    cookies: dict[Any, Any]
    secrets: dict[str, tuple[str, ...]]
    leaves_to: frozenset[str]
    page: Page | None
    last: Page

    @classmethod
    def of(cls, client: PageClient, last: Page) -> Stand:
        page = _alone(client.page) if client.page is not None else None
        other = page if last is client.page and page is not None else _alone(last)
        return cls(dict(client.raw._cookies or {}), dict(client.secrets), frozenset(client.leaves_to), page, other)

    def given_to(self, client: PageClient) -> Page:
        client.raw._cookies = dict(self.cookies)
        client.secrets, client.leaves_to = dict(self.secrets), set(self.leaves_to)
        client.page = _alone(self.page, client) if self.page is not None else None
        return client.page if self.last is self.page and client.page is not None else _alone(self.last, client)


def walked(client: PageClient, name: object, walk: Callable[[], Page]) -> Page:
    """The page to which `walk` leads `client`; `name` says by its repr everything that the walk depends on besides."""
    if not _is_new(client) or is_watched(client.app):
        return walk()
    pages: list[Page] = []

    def make() -> Stand:
        pages.append(walk())
        return Stand.of(client, pages[0])

    browser = client.language, client.address, sorted(client.raw.environ_base.items())
    stand = kept(client.app, ("walked", name, browser), make, lambda made, _app: made)
    return pages[0] if pages else stand.given_to(client)


def _is_new(client: PageClient) -> bool:
    if type(client) is not PageClient:  # a phone has a key of its own, a browser over the network is somewhere else
        return False
    return not any((client.page, client.raw._cookies, client.secrets, client.leaves_to))


def _alone(page: Page, client: PageClient | None = None) -> Page:
    """A copy of `page` in the hand of `client`, to be read anew, because a test may cut it up."""
    other = copy.copy(page)
    other.__dict__.pop("parsed", None)
    other.client = client  # type: ignore[assignment]  # nobody's, while it is kept
    return other
