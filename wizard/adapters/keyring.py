"""Purpose keys derived from the master secret, for signing, hashing and encrypting, with rotation.

Every purpose has a key of its own (HKDF-SHA-256, RFC 5869), so that a value made for one purpose is worthless for another.
The current master secret makes; the current and the old ones verify (SEC-30).
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class Undecipherable(Exception):
    """A stored value was encrypted under a master secret that is not configured any more."""


class Keyring:
    """Keys for named purposes.

    `current` and `old` are master secrets as configured; `old` are accepted when verifying, never used for making.
    """

    def __init__(self, current: str, old: tuple[str, ...] = ()) -> None:
        self._masters = [secret.encode() for secret in (current, *old)]
        self._derived: dict[tuple[int, str], bytes] = {}
        self._fernets: dict[str, MultiFernet] = {}

    def key(self, purpose: str, generation: int = 0) -> bytes:
        """The 32-byte key of `purpose`; `generation` 0 is the current master secret, 1 the youngest old one."""
        found = self._derived.get((generation, purpose))
        if found is None:
            kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=b"perron", info=purpose.encode())
            found = self._derived[generation, purpose] = kdf.derive(self._masters[generation])
        return found

    def keys(self, purpose: str) -> list[bytes]:
        """The keys of `purpose` under every configured master secret, the current one first."""
        return [self.key(purpose, generation) for generation in range(len(self._masters))]

    def digest(self, purpose: str, value: str) -> str:
        """HMAC-SHA-256 of `value`: how secrets that Perron made are stored and how subjects are named in counters."""
        return hmac.new(self.key(purpose), value.encode(), hashlib.sha256).hexdigest()

    def digests(self, purpose: str, value: str) -> list[str]:
        """What `digest` gives or gave under any configured master secret: for looking a stored secret up."""
        return [hmac.new(key, value.encode(), hashlib.sha256).hexdigest() for key in self.keys(purpose)]

    def encrypt(self, purpose: str, value: bytes) -> bytes:
        return self._fernet(purpose).encrypt(value)

    def decrypt(self, purpose: str, value: bytes) -> bytes:
        """Raises `Undecipherable` when no configured master secret fits."""
        try:
            return self._fernet(purpose).decrypt(value)
        except InvalidToken:
            raise Undecipherable(purpose) from None

    def _fernet(self, purpose: str) -> MultiFernet:
        found = self._fernets.get(purpose)
        if found is None:
            keys = self.keys("encrypt:" + purpose)
            found = self._fernets[purpose] = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
        return found
