"""Secrets and ids that Perron makes. All come from the operating system's generator (ASVS 5.0, 11.5.1)."""

import base64
import secrets
import unicodedata

from wizard.domain.digits import fold_digits

UNAMBIGUOUS_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 characters, 5 bits each: without l, o, 0 and 1. An i that is read as l or 1 is folded back."""

MAILED_CODE_LENGTH = 6
"""Digits."""

_GROUPS = (4, 5, 5)
TEMPORARY_PASSWORD_LENGTH = sum(_GROUPS)
"""Characters, without the dashes."""

_READ_FOR_I = str.maketrans("l1", "ii")


def new_token() -> str:
    """Make a token of 256 bits for a link or a cookie, in URL-safe base64 (43 characters)."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """Make an id of 128 bits for an address, in lower-case base32 (26 characters)."""
    return base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()


def new_mailed_code() -> str:
    """Make a code of 6 digits, each of the million equally likely."""
    return f"{secrets.randbelow(10**MAILED_CODE_LENGTH):0{MAILED_CODE_LENGTH}d}"


def new_temporary_password() -> str:
    """Make a temporary password of 14 characters, 70 bits, in groups to be read from paper: `tulk-9mora-3vepx`.

    What is stored is the HMAC of its folded form, see `fold_temporary_password`.
    """
    return "-".join("".join(secrets.choice(UNAMBIGUOUS_LETTERS) for _ in range(size)) for size in _GROUPS)


def fold_temporary_password(text: str) -> str:
    """Return the form in which temporary passwords are compared: small letters, no dashes, blanks or invisible marks.

    Forgives capitals, full-width letters, digits of other scripts, and l or 1 read for i. A text that is too long to be
    one comes back empty. Never raises.
    """
    return unicodedata.normalize("NFKC", fold_digits(text)).casefold().translate(_READ_FOR_I)
