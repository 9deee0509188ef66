"""A browser with nothing but cookies: random people send thousands of requests, so pages are read by their marks only."""

from __future__ import annotations

import contextvars
import html
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.journeys.random_people.memory import Sending
from tests.journeys.random_people.violations import Violation

if TYPE_CHECKING:
    from tests.journeys.random_people.world import World

HOME = "http://localhost"
HERE = "127.0.0.1"
LONGEST_CHAIN = 8
_CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_SECRET = re.compile(r"<code[^>]*\bdata-secret>([^<]+)<")
_CODES = re.compile(r'<ol class="codes".*?</ol>', re.DOTALL)
_CODE = re.compile(r"<code>([^<]+)</code>")
_LINK = re.compile(r'<a data-qr-link href="([^"]+)"')
_NUMBER = re.compile(r"<output[^>]*\bdata-number>(\d+)<")
_MAIN = re.compile(r"<main\b[^>]*>")
_BODY = re.compile(r"<body\b[^>]*>")
_MARK = re.compile(r'\b(data-[a-z]+)(?:="([^"]*)")?')


@dataclass(frozen=True)
class Answer:
    """What came back: status, where it leads, and the marks of the page."""

    path: str
    status: int
    location: str
    text: str = field(repr=False, default="")

    @property
    def marks(self) -> dict[str, str]:
        found = _MAIN.search(self.text)
        return dict(_MARK.findall(found.group())) if found else {}

    @property
    def step(self) -> str:
        return self.marks.get("data-step", "")

    @property
    def journey(self) -> str:
        return self.marks.get("data-journey", "")

    @property
    def signed_in(self) -> bool:
        body = _BODY.search(self.text)
        return self.status == 200 and body is not None and "data-signed-in" in body.group()

    @property
    def secret(self) -> str | None:
        """The secret of a code app that the page shows."""
        found = _SECRET.search(self.text)
        return html.unescape(found.group(1)).replace(" ", "") if found else None

    @property
    def codes(self) -> tuple[str, ...]:
        """The recovery codes that the page shows."""
        found = _CODES.search(self.text)
        return tuple(_CODE.findall(found.group())) if found else ()

    @property
    def link(self) -> str | None:
        """The address in the link QR that the page shows."""
        found = _LINK.search(self.text)
        return html.unescape(found.group(1)) if found else None

    @property
    def number(self) -> str | None:
        """The number that the page shows, to be carried to the phone."""
        found = _NUMBER.search(self.text)
        return found.group(1) if found else None

    def offers(self, choice: str) -> bool:
        """Whether the page has a button of this value."""
        return f'value="{choice}"' in self.text

    def data(self, name: str) -> dict[str, Any] | None:
        """What an attribute tells the page's script, None when it is not there."""
        found = re.search(rf'\b{name}="([^"]*)"', self.text)
        return dict(json.loads(html.unescape(found.group(1)))) if found else None

    @property
    def tells_a_secret(self) -> bool:
        shown = "otpauth:" in self.text or "data-qr-link" in self.text or self.secret is not None or bool(self.codes)
        return shown or (self.path.endswith((".png", ".txt")) and self.status == 200)


class Browser:
    """One browser in the hands of `owner`, who is what violations name; `address` is where it connects from."""

    def __init__(self, world: World, owner: str, cookies: dict[str, str] | None = None, *, address: str = HERE) -> None:
        self.world = world
        self.owner = owner
        self.address = address
        self.cookies = dict(cookies or {})
        self.csrf = ""
        self.key = f"{owner} {id(self)}"
        self.secret_shown: str | None = None
        self.codes_shown: tuple[str, ...] = ()
        self.has_acted = True
        self.raw = world.app.test_client(use_cookies=False)

    def get(self, path: str) -> Answer:
        answer = self._open(path, "GET", None)
        self.world.seen(self, answer, Sending())
        return answer

    def follow(self, path: str) -> Answer:
        """Open `path` and go where it leads, as long as that is within this installation."""
        answer = self.get(path)
        for _ in range(LONGEST_CHAIN):
            if not answer.location:
                return answer
            answer = self.get(answer.location)
        raise Violation("redirects without end", f"{self.owner} opened {path}, the last answer was {answer}")

    def post(self, path: str, fields: dict[str, str], sending: Sending) -> Answer:
        """Send a form, which carries what `sending` says; once more when its csrf_token has been renewed meanwhile."""
        if not self.csrf:
            self.get("/")
        answer = self._open(path, "POST", fields | {"csrf_token": self.csrf})
        if answer.status == 403 and answer.marks.get("data-problem") == "form-expired":
            self.get("/")
            answer = self._open(path, "POST", fields | {"csrf_token": self.csrf})
        self.world.seen(self, answer, sending)
        return answer

    def send(self, path: str) -> Answer:
        """Send a form with nothing in it."""
        return self.post(path, {}, Sending())

    def is_signed_in(self) -> bool:
        """Whether `/account` opens. Asked with a copy of the cookies, so that asking changes nothing here."""
        probe = Browser(self.world, self.owner, self.cookies, address=self.address)
        return probe._open("/account", "GET", None, tick=False).signed_in

    def _open(self, path: str, method: str, fields: dict[str, str] | None, *, tick: bool = True) -> Answer:
        if tick:
            self.world.tick()
        self.has_acted = True
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method == "POST":
            headers["Origin"] = HOME
        self.world.requests += 1
        try:
            response = contextvars.Context().run(
                self.raw.open,
                path,
                method=method,
                base_url=HOME,
                data=fields,
                headers=headers,
                environ_overrides={"REMOTE_ADDR": self.address},
            )
        except AssertionError as fault:
            # With the gate open steps are asked for what they rely on the gate to have seen to: that is an answer too.
            if isinstance(fault, Violation) or not self.world.gate_open:
                raise
            return Answer(path, 500, "")
        for line in response.headers.getlist("Set-Cookie"):
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        if response.status_code >= 500:
            raise Violation("a fault of the application", f"{method} {path} answered {response.status_code}")
        text = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        tokens = _CSRF.search(text)
        if tokens:
            self.csrf = tokens.group(1)
        location = response.headers.get("Location", "").removeprefix(HOME) if response.status_code == 303 else ""
        return Answer(path.partition("?")[0], response.status_code, location, text)
