"""The phone's side: which device this browser is, which key it holds, and what it is linked to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, after_this_request, g, request
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from wizard.adapters import phone_keys
from wizard.adapters.phone_keys import COOKIE, WEBAUTHN, WEBCRYPTO, KeyRefused, NewKey
from wizard.domain.browsers import browser_name
from wizard.domain.number_match import Answer
from wizard.domain.secrets_made import new_id, new_token
from wizard.extensions import tools
from wizard.models import Account, Authenticator, Device, DeviceKey, db
from wizard.models.database import rows_changed
from wizard.services import attempts

PHONE = "phone"
CHALLENGE = "passkey-challenge"
CHALLENGE_LIFETIME = 300  # seconds, SEC-18
COOKIE_LIFETIME = 400 * 86400  # seconds: the longest that browsers keep


def cookie_name() -> str:
    return "__Host-perron-phone" if tools().settings.https else "perron-phone"


def current_device() -> Device | None:
    """The device that this browser's cookie names; it proves nothing without the device's key."""
    if "device" not in g:
        token = request.cookies.get(cookie_name(), "")
        digests = tools().keyring.digests("device", token) if token else []
        g.device = (
            db.session.scalar(select(Device).where(Device.token_hash.in_(digests), Device.ended_at.is_(None)))
            if digests
            else None
        )
    return g.device  # type: ignore[no-any-return]


def key_of(device: Device) -> DeviceKey | None:
    """The key that the device holds now."""
    return db.session.scalar(select(DeviceKey).where(DeviceKey.device_id == device.id, DeviceKey.ended_at.is_(None)))


def accepts_cookie_alone() -> bool:
    """Whether a phone without any key may be linked (PHONE_KEY=any, and the demonstration)."""
    settings = tools().settings
    return settings.phone_key == "any" or settings.demo


def accepts(kind: str) -> bool:
    if kind == COOKIE:
        return accepts_cookie_alone()
    return kind == WEBAUTHN or (kind == WEBCRYPTO and tools().settings.phone_key != "webauthn")


def new_device(now: datetime) -> tuple[Device, str]:
    """A device for this browser, in the open transaction, and the token for its cookie, which is set when it is committed."""
    token = new_token()
    device = Device(
        id=new_id(),
        token_hash=tools().keyring.digest("device", token),
        browser=browser_name(request.user_agent.string or ""),
        created_at=now,
        last_seen_at=now,
    )
    db.session.add(device)
    db.session.flush()
    return device, token


def set_cookie(token: str) -> None:
    secure, name = tools().settings.https, cookie_name()

    @after_this_request
    def give(response: Response) -> Response:
        response.set_cookie(
            name, token, max_age=COOKIE_LIFETIME, secure=secure, httponly=True, samesite="Lax", path="/"
        )
        return response


def takes_another_key(device: Device) -> bool:
    """Whether this device may be given a key: only while its cookie is all that it needs.

    A cookie without its key must not become an approver by bringing a key of its own (SEC-12): that is another device.
    """
    held = key_of(device)
    return held is not None and held.kind == COOKIE and accepts_cookie_alone()


def give_key(device: Device, key: NewKey, now: datetime) -> None:
    """The device holds this key from now on; the one before ends. In the open transaction.

    Raises `KeyRefused` for a passkey of the name of another one: anybody can claim a name, and names are told apart by nothing else.
    """
    rows_changed(
        update(DeviceKey).where(DeviceKey.device_id == device.id, DeviceKey.ended_at.is_(None)).values(ended_at=now)
    )
    row = DeviceKey(
        id=new_id(),
        device_id=device.id,
        kind=key.kind,
        credential_id=key.credential_id,
        public_key=key.public_key,
        sign_count=key.sign_count,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise KeyRefused("the name of another passkey") from None


def links_of(device: Device) -> list[Authenticator]:
    """The phone authenticators that this device stands for: proven, or claimed and about to be."""
    statement = select(Authenticator).where(
        Authenticator.device_id == device.id, Authenticator.kind == PHONE, Authenticator.ended_at.is_(None)
    )
    return list(db.session.scalars(statement))


def link_to(device: Device, account: Account, asked_by: str | None = None) -> Authenticator | None:
    """The link between this device and this account, None when there is none (any more).

    A phone that is linked once more stands for the link that the session `asked_by` is making.
    """
    rows = [row for row in links_of(device) if row.account_id == account.id]
    new = [row for row in rows if row.proven_at is None and row.session_id == asked_by]
    proven = [row for row in rows if row.proven_at is not None]
    return next(iter([*new, *proven, *rows]), None)


@dataclass(frozen=True)
class Signed:
    """What the phone's page sends beside the answer: a WebAuthn assertion (JSON) or a WebCrypto signature (base64url)."""

    assertion: str = ""
    signature: str = ""


def check_answer(device: Device, answer: Answer, signed: Signed) -> int | None:
    """Whether the device's own key signed `answer`; returns a new signature counter to store. Raises `KeyRefused`.

    A cookie without its key never approves: what was linked with a key is asked for it for ever (SEC-12).
    """
    key = key_of(device)
    if key is None:
        raise KeyRefused("no key")
    if key.kind == COOKIE:
        if not accepts_cookie_alone():
            raise KeyRefused("the cookie alone is not accepted any more")
        return None
    assert key.public_key is not None
    if key.kind == WEBCRYPTO:
        phone_keys.check_signature(key.public_key, signed.signature, answer.message())
        return None
    holder = phone_keys.Holder(key.credential_id or "", key.public_key, key.sign_count)
    return phone_keys.check_assertion(tools().settings.public_url, signed.assertion, answer.digest(), holder)


def recognise(assertion: str, challenge: bytes, now: datetime) -> str:
    """The new cookie's token of the device whose WebAuthn key answers `challenge`, once. In the open transaction. Raises `KeyRefused`."""
    named = select(DeviceKey).where(
        DeviceKey.credential_id == phone_keys.credential_id_of(assertion), DeviceKey.ended_at.is_(None)
    )
    key = db.session.scalar(named.with_for_update())
    device = db.session.get(Device, key.device_id) if key is not None else None
    if key is None or device is None or device.ended_at is not None or key.public_key is None:
        raise KeyRefused("unknown credential")
    holder = phone_keys.Holder(key.credential_id or "", key.public_key, key.sign_count)
    key.sign_count = phone_keys.check_assertion(tools().settings.public_url, assertion, challenge, holder)
    # The browser holds the challenge and may bring it again; many passkeys do not count their answers.
    if attempts.book([(CHALLENGE, phone_keys.encoded(challenge), 1, CHALLENGE_LIFETIME)], horizon=0) is None:
        raise KeyRefused("an answer that was given before")
    token = new_token()
    device.token_hash, device.last_seen_at = tools().keyring.digest("device", token), now
    return token


def note_use(device: Device, sign_count: int | None, now: datetime) -> None:
    device.last_seen_at = now
    if sign_count is not None:
        held = (DeviceKey.device_id == device.id, DeviceKey.ended_at.is_(None))
        rows_changed(update(DeviceKey).where(*held).values(sign_count=sign_count))
