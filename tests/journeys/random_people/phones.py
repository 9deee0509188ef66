"""A phone in somebody's hand: a browser of its own with a key, which links itself and answers as the phone's script does."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.journeys.random_people.browser import Answer, Browser
from tests.journeys.random_people.memory import Saying, Sending

if TYPE_CHECKING:
    from tests.journeys.random_people.keys import Key

YES, NOT_ME = "yes", "not-me"
KEPT_SAYINGS = 3
_NUMBER_LINE, _DECISION_LINE = 3, 4
_NO_LINES = [""] * 7  # what somebody signs who was not shown the request
_REQUEST = re.compile(r'data-request="([^"]+)"')


class Phone:
    """`browser` holds the device's cookie, `key` signs."""

    def __init__(self, browser: Browser, key: Key) -> None:
        self.browser = browser
        self.world = browser.world
        self.key = key

    @property
    def device(self) -> str | None:
        """The device that this phone's cookie names."""
        return self.world.device_of(self.browser)

    def open_link(self, address: str) -> Answer:
        """Open the address of a link QR and press "Use this phone"; a phone that may keep its key keeps it."""
        path = urlsplit(address).path
        asked = self.browser.get(path).data("data-phone-link")
        if asked is None:
            return self.browser.post(path, {"choice": "link"} | self.key.link_fields(""), Sending())
        fields = {} if asked["keeps"] else self.key.link_fields(asked["create"]["challenge"])
        return self.browser.post(path, {"choice": "link"} | fields, Sending())

    def waiting(self) -> list[str]:
        """The requests that stand on the phone's home."""
        return _REQUEST.findall(self.browser.get("/phone").text)

    def say(self, request_id: str, number: str = "", decision: str = YES, *, scan: str = "") -> Answer:
        """Open a request and answer it: `number` as typed, or `scan`, the token in the computer's second QR."""
        path = f"/phone/requests/{request_id}" + (f"?t={scan}" if scan else "")
        asked = self.browser.get(path).data("data-phone-answer")
        lines = list(asked["lines"]) if asked else list(_NO_LINES)
        lines[_NUMBER_LINE], lines[_DECISION_LINE] = scan or number, decision
        message = "\n".join(["perron approval 1", *lines]).encode()
        fields = {"choice": decision} | ({"number": number} if number else {}) | self.key.proof(message)
        return self.send(Saying(request_id, path, fields), known=scan or number)

    def send(self, saying: Saying, *, known: str = "") -> Answer:
        """Send what was signed, also what another phone has signed. `known` is the number or token in it."""
        memory, shown = self.world.memory, self.world.shown(saying.request_id)
        rightly = saying.fields["choice"] == YES and shown is not None and known in shown
        if self.browser.owner == self.world.honest.name:
            memory.sayings = [*memory.sayings, saying][-KEPT_SAYINGS:]
        return self.browser.post(saying.path, saying.fields, Sending(confirms=saying.request_id if rightly else None))


def aimed_at(saying: Saying, request_id: str) -> Saying:
    """The same answer, signature and all, sent to another request."""
    return replace(saying, request_id=request_id, path=f"/phone/requests/{request_id}")
