"""What a phone signs by. A key is one thing however often the memory around it is copied."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.soft_authenticator import SoftAuthenticator
from wizard.adapters.phone_keys import decoded, encoded


class Key(Protocol):
    """`link_fields` answers the challenge of a link's page, `proof` signs the lines of an answer."""

    def link_fields(self, challenge: str) -> dict[str, str]: ...

    def proof(self, message: bytes) -> dict[str, str]: ...


class BrowserKey:
    """A key of WebCrypto: P-256, not extractable."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def __deepcopy__(self, _memo: Any) -> BrowserKey:
        return self

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def link_fields(self, challenge: str) -> dict[str, str]:
        return {"key_kind": "webcrypto", "public_key": encoded(self.public)}

    def proof(self, message: bytes) -> dict[str, str]:
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(SHA256())))
        return {"signature": encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}


class PasskeyKey:
    """A WebAuthn credential that asks for finger, face or PIN. Its counter only ever grows, in whichever copy."""

    def __init__(self, origin: str) -> None:
        self._authenticator = SoftAuthenticator(origin)

    def __deepcopy__(self, _memo: Any) -> PasskeyKey:
        return self

    def link_fields(self, challenge: str) -> dict[str, str]:
        return {"key_kind": "webauthn", "credential": self._authenticator.create(decoded(challenge))}

    def proof(self, message: bytes) -> dict[str, str]:
        return {"assertion": self._authenticator.get(hashlib.sha256(message).digest())}
