"""Recovery codes: 80 bit each (NIST SP 800-63B-4 asks for 64), easy to copy from paper."""

from __future__ import annotations

import base64
import secrets
import unicodedata

from wizard.domain.digits import fold_digits

NUMBER = 10
BYTES = 10
LENGTH = 16
GROUP = 4
_READ = str.maketrans("018", "olb")


def new_codes() -> tuple[str, ...]:
    """Ten codes in groups of four, such as `k7qm-3dpa-x2vn-h6tc`."""
    return tuple(_grouped(base64.b32encode(secrets.token_bytes(BYTES)).decode().lower()) for _ in range(NUMBER))


def fold_recovery_code(text: str) -> str:
    """The form in which codes are compared: small letters, no dashes or blanks, 0, 1 and 8 read as o, l and b. Never raises."""
    return unicodedata.normalize("NFKC", fold_digits(text)).casefold().translate(_READ)


def is_shaped_like_one(folded: str) -> bool:
    return len(folded) == LENGTH and folded.isascii() and folded.isalnum()


def _grouped(code: str) -> str:
    return "-".join(code[i : i + GROUP] for i in range(0, LENGTH, GROUP))
