"""A WebAuthn authenticator without a device (W3C Web Authentication, sections 6 and 7): one discoverable P-256 credential.

What it says can be falsified: another origin, another relying party, no user verification.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from wizard.adapters.phone_keys import encoded

USER_PRESENT, USER_VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


class SoftAuthenticator:
    """One credential for the installation at `origin`. `count` goes up with every use."""

    def __init__(self, origin: str, *, verifies: bool = True, rp_id: str | None = None) -> None:
        self.origin = origin
        self.verifies = verifies
        self.rp_id = rp_id or urlsplit(origin).hostname or ""
        self.credential_id = secrets.token_bytes(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    def create(self, challenge: bytes) -> str:
        """What `credential.toJSON()` gives after navigator.credentials.create()."""
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        length = len(self.credential_id).to_bytes(2, "big")
        data = self._data(HAS_KEY) + bytes(16) + length + self.credential_id + public
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._said(
            clientDataJSON=encoded(self._client("webauthn.create", challenge)),
            attestationObject=encoded(attestation),
            transports=["internal"],
        )

    def get(self, challenge: bytes) -> str:
        """What `credential.toJSON()` gives after navigator.credentials.get()."""
        self.count += 1
        client, data = self._client("webauthn.get", challenge), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._said(
            clientDataJSON=encoded(client),
            authenticatorData=encoded(data),
            signature=encoded(signature),
            userHandle=encoded(b"somebody"),
        )

    def _data(self, flags: int) -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: bytes) -> bytes:
        told = {"type": kind, "challenge": encoded(challenge), "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _said(self, **response: Any) -> str:
        name = encoded(self.credential_id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
                "authenticatorAttachment": "platform",
            }
        )
