"""The help code: what a person reads to the helpdesk on the phone so that an agent finds this session (`K7-42Q`)."""

import hashlib
import hmac

from wizard.domain.digits import fold_digits

HELP_CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters, 5 bits each: without 0, 1, I and O."""

_LENGTH = 5
_READ_FOR_L = str.maketrans("1I", "LL")


def help_code(nonce: bytes | str, key: bytes) -> str:
    """Return the help code of a session: 25 bits of HMAC-SHA-256 over its nonce.

    The same nonce and purpose key give the same code. It names a session and proves nothing: two sessions may share it.
    """
    message = nonce.encode("utf-8") if isinstance(nonce, str) else nonce
    number = int.from_bytes(hmac.digest(key, b"help code\0" + message, hashlib.sha256)[:4], "big")
    return _grouped("".join(HELP_CODE_LETTERS[number >> 5 * place & 31] for place in range(_LENGTH)))


def fold_help_code(text: str) -> str | None:
    """Return what an agent typed in the form that `help_code` gives, or None when it is no help code.

    Forgives small letters, blanks, other dashes or none, and 1 or I heard for L.
    """
    letters = fold_digits(text).upper().translate(_READ_FOR_L)
    if len(letters) != _LENGTH or any(letter not in HELP_CODE_LETTERS for letter in letters):
        return None
    return _grouped(letters)


def _grouped(letters: str) -> str:
    return f"{letters[:2]}-{letters[2:]}"
