"""Phones for tests: a second browser with a key of its own, which links itself and answers as the phone's script does.

The key is a P-256 one and signs like WebCrypto. `linked` gives somebody whose first connection was confirmed by a phone.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from PIL import Image, ImageDraw

from tests.support.chromium import decode_qr
from tests.support.kept import kept, same_browser
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, Completed, InvitedPerson, Person, Walk, clock_of, invite
from tests.support.soft_authenticator import SoftAuthenticator
from tests.support.walked import walked
from wizard.adapters.phone_keys import decoded, encoded

ELSEWHERE = "198.51.100.7"
LONGEST_WALK = 20
NUMBER_LINE, DECISION_LINE = 3, 4
CODES_BELONG = ("keep-recovery-codes", "account")


class Phone(PageClient):
    """A phone's browser. `key` is what it signs by; None leaves it with its cookie alone."""

    def __init__(self, app: Flask, *, address: str = ELSEWHERE, has_key: bool = True) -> None:
        super().__init__(app, address=address)
        self.key = ec.generate_private_key(ec.SECP256R1()) if has_key else None

    @property
    def public_key(self) -> str:
        """What is sent when the phone is linked: SubjectPublicKeyInfo, base64url."""
        assert self.key is not None
        return encoded(self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def key_fields(self, page: Page) -> dict[str, str]:
        """The key that is made on the link page, in the form's fields."""
        return {"key_kind": "webcrypto", "public_key": self.public_key} if self.key else {"key_kind": "cookie"}

    def proof(self, page: Page, number: str, decision: str = "yes") -> dict[str, str]:
        """What the key says to an answer, in the form's fields."""
        return {"signature": self.sign(page, number, decision)} if self.key else {}

    def link(self, address: str) -> Page:
        """Scan a link QR and press "Use this phone"; a phone that may keep its key keeps it."""
        page = self.get(path_of(address))
        if json.loads(attribute(page.form(), "data-phone-link"))["keeps"]:
            return page.press("link")
        return page.press("link", **self.key_fields(page))

    def asked(self) -> Page:
        """Open the request that waits on the phone's home."""
        found = self.get("/phone").find("a[data-request]")
        return self.get(attribute(found, "href"))

    def sign(self, page: Page, number: str, decision: str = "yes", **lines: str) -> str:
        """The signature over an answer to the request on `page`; `lines` are numbers of lines that are altered, as `l6="…"`."""
        return self.signed(self.message(page, number, decision, **lines))

    def message(self, page: Page, number: str, decision: str, **lines: str) -> str:
        said = json.loads(attribute(page.form(), "data-phone-answer"))["lines"]
        said[NUMBER_LINE], said[DECISION_LINE] = number, decision
        for name, value in lines.items():
            said[int(name[1:])] = value
        return "\n".join(["perron approval 1", *said])

    def signed(self, message: str) -> str:
        """A signature as WebCrypto gives it: r and s, 32 bytes each."""
        assert self.key is not None
        r, s = decode_dss_signature(self.key.sign(message.encode(), ec.ECDSA(SHA256())))
        return encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def say(self, number: str, page: Page | None = None) -> Page:
        """Type `number`, as it is, into the request that waits (or the one on `page`) and say yes."""
        page = page or self.asked()
        return page.press("yes", number=number, **self.proof(page, number))

    def say_scanned(self, address: str) -> Page:
        """Scan the computer's second QR and say yes."""
        page = self.get(path_of(address))
        token = json.loads(attribute(page.form(), "data-phone-answer"))["number"]
        return page.press("yes", **self.proof(page, token))

    def refuse(self, page: Page | None = None) -> Page:
        """ "It is not me"."""
        page = page or self.asked()
        return page.press("not-me", **self.proof(page, "", "not-me"))


class PasskeyPhone(Phone):
    """A phone whose key is a WebAuthn credential that asks for finger, face or PIN; it outlives the cookies."""

    def __init__(self, app: Flask, *, address: str = ELSEWHERE) -> None:
        super().__init__(app, address=address, has_key=False)
        self.authenticator = SoftAuthenticator(self.home)

    def key_fields(self, page: Page) -> dict[str, str]:
        options = json.loads(attribute(page.form(), "data-phone-link"))["create"]
        return {"key_kind": "webauthn", "credential": self.authenticator.create(decoded(options["challenge"]))}

    def proof(self, page: Page, number: str, decision: str = "yes") -> dict[str, str]:
        message = self.message(page, number, decision)
        return {"assertion": self.authenticator.get(hashlib.sha256(message.encode()).digest())}

    def is_mine(self) -> Page:
        """ "This is my phone", on the page of a phone that has lost its cookie."""
        page = self.get("/phone")
        options = json.loads(attribute(page.form(), "data-phone-mine"))
        return page.press(assertion=self.authenticator.get(decoded(options["challenge"])))


def path_of(address: str) -> str:
    """Path and query of an absolute address."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def number_on(page: Page) -> str:
    """The number that the computer shows."""
    return page.said("[data-number]")


def link_on(page: Page) -> str:
    """The path of the address in the link QR, read off its picture; the address beside it says the same."""
    address = attribute(page.find("[data-qr-link]"), "href")
    assert scanned(page, ".plate svg") == address
    return path_of(address)


def scan_address_on(page: Page) -> str:
    """The address in the computer's second QR, read off its picture."""
    return scanned(page, ".second-qr svg")


def scanned(page: Page, selector: str, module: int = 6) -> str:
    """What a camera reads from the drawing: each `M x y h length` is a dark run."""
    drawing = page.find(selector)
    size = int(re.findall(r"\d+", attribute(drawing, "viewbox") or attribute(drawing, "viewBox"))[2])
    picture = Image.new("L", (size * module, size * module), 255)
    draw = ImageDraw.Draw(picture)
    runs = str(drawing.find_all("path")[1]["d"])
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", runs):
        left, top = int(x) * module, int(y) * module
        draw.rectangle((left, top, left + int(length) * module - 1, top + module - 1), fill=0)
    out = io.BytesIO()
    picture.save(out, "PNG")
    read = decode_qr(out.getvalue())
    assert read is not None, f"No camera could read {selector!r} of {page!r}."
    return read


def another(number: str) -> str:
    """A number of as many digits that is not this one."""
    return str((int(number) + 1 - 10 ** (len(number) - 1)) % (9 * 10 ** (len(number) - 1)) + 10 ** (len(number) - 1))


def altered(signature: str) -> str:
    """The signature with one bit turned."""
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[-1] ^= 1
    return encoded(bytes(raw))


@dataclass
class Linked:
    """Somebody whose sign-ins a phone confirms. `computer` is where the first connection was finished; `codes` were kept."""

    person: Completed
    phone: Phone
    computer: PageClient
    codes: tuple[str, ...] = ()


@dataclass
class PhoneWalk:
    """Answers whatever page comes, as `person` would with `phone` in the hand. `keeps` says what becomes of the codes."""

    client: PageClient
    phone: Phone
    person: Person
    keeps: bool = True
    new_password: str = ""
    code: str = ""
    codes: tuple[str, ...] = field(default=())

    def answer(self, page: Page) -> Page:
        answers: dict[str | None, Any] = {
            "choose-authenticator": lambda page: page.press("phone"),
            "scan-qr": self._scan,
            "match-number": self._match,
            "keep-recovery-codes": self._keep,
            "use-recovery-code": lambda page: page.press(code=self.code),
        }
        act = answers.get(page.step) or Walk(self.client, self.person, self.new_password).answer
        answered: Page = act(page)
        taken = answered.status == 200 or answered.location is not None
        assert taken, f"{page!r} did not take the answer: {answered!r} {answered.refused}."
        return answered

    def until(self, page: Page, step: str) -> Page:
        """Answer page after page until the page of `step` is open, or the journey is left when `step` is ""."""
        journey = page.journey
        for _ in range(LONGEST_WALK):
            if (page.step == step and page.journey == journey) or (not step and page.journey != journey):
                return page
            page = self.answer(page)
        raise AssertionError(f"{LONGEST_WALK} pages and no {step or 'end'}: the last one is {page!r}.")

    def _scan(self, page: Page) -> Page:
        if page.has("[data-qr-link]"):
            self.phone.link(link_on(page))
        return page.press()

    def _match(self, page: Page) -> Page:
        clock_of(self.client.app).advance(seconds=1)  # no two proofs are given at the same instant
        said = self.phone.say(number_on(page))
        assert said.status == 200, f"The phone's answer was not taken: {said!r} {said.refused or said.problem}."
        return page.press()

    def _keep(self, page: Page) -> Page:
        self.codes = codes_on(page)
        return page.press("continue" if self.keeps else "skip")


def codes_on(page: Page) -> tuple[str, ...]:
    """The recovery codes that the page shows; from now on they belong on such pages only."""
    found = tuple(item.get_text() for item in page.soup.select("#codes code"))
    page.client.secrets |= dict.fromkeys(found, CODES_BELONG)
    return found


def place_with_phone(client: PageClient, phone: Phone, journey: str, step: str, person: Person, **choices: Any) -> Page:
    """Walk `journey` with `phone` in the hand until the page of `step` (a slug) is open."""
    return PhoneWalk(client, phone, person, **choices).until(client.get(f"/{journey}", follow=True), step)


def link_first(
    app: Flask, person: InvitedPerson, phone: Phone, computer: PageClient | None = None, *, keeps: bool = True
) -> Linked:
    """The whole first connection of `person` with `phone`."""
    computer = computer or PageClient(app)
    walk = PhoneWalk(computer, phone, person, keeps)
    walk.until(computer.get("/first-connection", follow=True), "")
    page = computer.get("/account", follow=True)
    assert page.signed_in, f"The first connection of {person.username} has ended at {page!r}."
    return Linked(Completed(person, PASSWORD, None), phone, computer, walk.codes if keeps else ())


def linked(
    app: Flask, username: str = "amina.keita", phone: Phone | None = None, *, keeps: bool = True, **fields: Any
) -> Linked:
    """Somebody who has finished the first connection with `phone`, by default one of their own with a key of WebCrypto."""
    if phone is None and not fields:

        def make() -> Linked:
            return link_first(app, invite(app, username), Phone(app), keeps=keeps)

        return kept(app, ("linked", username, keeps), make, _twin)
    return link_first(app, invite(app, username, **fields), phone or Phone(app), keeps=keeps)


def _twin(someone: Linked, app: Flask) -> Linked:
    return replace(someone, phone=same_browser(someone.phone, app), computer=same_browser(someone.computer, app))


def asking(app: Flask, someone: Linked, client: PageClient | None = None) -> Page:
    """A computer's page that shows a number: user name and password are typed, the phone is asked."""
    clock_of(app).advance(seconds=1)  # no two requests are asked at the same instant
    client = client or PageClient(app)

    def ask() -> Page:  # the phone itself has no part in it before the number is there
        return place_with_phone(client, someone.phone, "sign-in", "match-number", someone.person)

    return walked(client, ("asking", someone.person), ask)


def ask_again(page: Page) -> Page:
    """Press "Ask for a new number", a moment later."""
    clock_of(page.client.app).advance(seconds=1)
    return page.press("again")


def sign_in_by_phone(app: Flask, someone: Linked, client: PageClient | None = None) -> PageClient:
    """The short way in, confirmed by the phone; returns the browser that is signed in."""
    page = asking(app, someone, client)
    someone.phone.say(number_on(page))
    after = page.press()
    assert after.signed_in, f"{someone.person.username} could not sign in: {after!r}."
    return page.client
