"""Number matching: the number carried from the computer to the phone, and what the phone signs.

The number stands on the computer only. A phone that knows it has been in front of the computer's screen; the phone's key is the real
factor, the number ties the request to the screen (NIST SP 800-63B-4, 3.1.3.3; SEC-12 … SEC-15).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from wizard.domain.digits import fold_digits

YES, NOT_ME, WRONG = "yes", "not-me", "wrong"


def new_number(digits: int) -> str:
    """A number of `digits` digits, each equally likely; it never begins with 0, because people leave that out."""
    lowest = 10 ** (digits - 1)
    return str(lowest + secrets.randbelow(9 * lowest))


def fold_number(typed: str) -> str:
    """What was typed, in ASCII digits without blanks; anything else comes back as it can never match."""
    return fold_digits(typed)


@dataclass(frozen=True)
class Answer:
    """What a phone says to one request: everything that its signature covers."""

    request_id: str
    challenge: str
    purpose: str
    number: str
    decision: str
    account_id: str
    origin: str

    def message(self) -> bytes:
        """The bytes that are signed. The lines cannot be confused: no value holds a line end."""
        parts = (
            self.request_id,
            self.challenge,
            self.purpose,
            self.number,
            self.decision,
            self.account_id,
            self.origin,
        )
        return "\n".join(("perron approval 1", *parts)).encode()

    def digest(self) -> bytes:
        """SHA-256 of the message: the challenge of a WebAuthn assertion."""
        return hashlib.sha256(self.message()).digest()
