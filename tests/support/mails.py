"""A mail as its reader sees it, with the facts that the contract marks in it."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from tests.support.page_audit import parse, words

ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))


class Mail:
    """One mail. Reading a fact checks that the plain part has it as well: many people read only that one."""

    def __init__(self, message: EmailMessage, *, kind: str = "", state: str = "") -> None:
        self.message = message
        self.kind = kind
        self.state = state

    @classmethod
    def from_bytes(cls, content: bytes) -> Mail:
        return cls(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return f"<Mail {self.kind} to {self.to!r}: {self.subject!r}>"

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def sender(self) -> str:
        return str(self.message["From"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def language(self) -> str:
        return str(self.message["Content-Language"])

    @cached_property
    def plain(self) -> str:
        return self._part("plain")

    @cached_property
    def html(self) -> str:
        return self._part("html")

    @cached_property
    def soup(self) -> BeautifulSoup:
        return parse(self.html)

    @property
    def username(self) -> str | None:
        return self._fact("data-username")

    @property
    def temporary_password(self) -> str | None:
        return self._fact("data-temporary-password")

    @property
    def code(self) -> str | None:
        return self._fact("data-code")

    @property
    def button(self) -> str | None:
        """The button's absolute address; it stands alone on a line of the plain part."""
        found = self.soup.select_one("a[data-button]")
        if found is None:
            return None
        address = str(found["href"])
        lines = [line.translate(ISOLATES).strip() for line in self.plain.splitlines()]
        assert address in lines, f"{self!r}: the plain part has no line with the button's address {address!r} alone."
        return address

    @property
    def button_path(self) -> str | None:
        """The button's address within the installation."""
        return urlsplit(self.button).path if self.button else None

    def _fact(self, name: str) -> str | None:
        found = self.soup.select_one(f"[{name}]")
        if found is None:
            return None
        fact = words(found)
        plain = self.plain.translate(ISOLATES)
        assert fact in plain, f"{self!r}: the plain part lacks what the HTML part says in {name}."
        return fact

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, f"{self!r} has no text/{kind} part."
        return str(part.get_content())
