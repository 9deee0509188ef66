"""Somebody else of the same organisation, whose phone is rightly linked to an account of their own."""

from __future__ import annotations

from tests.journeys.random_people.keys import BrowserKey
from tests.support.accounts import add_account
from wizard.adapters.phone_keys import WEBCRYPTO
from wizard.domain.secrets_made import new_id, new_token
from wizard.extensions import tools
from wizard.models import Authenticator, Device, DeviceKey, Session, write
from wizard.services import devices

USERNAME = "luc.vial"


def add_stranger(key: BrowserKey) -> dict[str, str]:
    """Add the account with its phone, as linking leaves them; returns the phone's cookies."""
    account_id, now, token = add_account(USERNAME).id, tools().clock.now(), new_token()
    browser = Session(id=new_id(), account_id=account_id, token_hash=new_id(), created_at=now, last_seen_at=now)
    browser.revoked_at, browser.revoked_reason = now, "sign-out"
    device = Device(
        id=new_id(),
        token_hash=tools().keyring.digest("device", token),
        browser="Firefox",
        created_at=now,
        last_seen_at=now,
    )
    with write() as session:
        session.add_all([browser, device])
        session.flush()
        session.add(DeviceKey(id=new_id(), device_id=device.id, kind=WEBCRYPTO, public_key=key.public, created_at=now))
        session.add(
            Authenticator(
                id=new_id(),
                account_id=account_id,
                session_id=browser.id,
                kind=devices.PHONE,
                label="Firefox",
                device_id=device.id,
                created_at=now,
                proven_at=now,
            )
        )
    return {devices.cookie_name(): token}
