"""Which addresses a person may be sent back to."""

from __future__ import annotations

from urllib.parse import urlsplit

AFTER_THE_PASSWORD = "/without-phone/afterwards"
"""Where somebody goes who said in forgotten-password that the phone is to be replaced: kept until the password is chosen."""
LONGEST = 2000
LONGEST_KEPT = 300  # characters: twice our longest own address, and no burden for a cookie of 4096 bytes


def is_same_site_path(path: str) -> bool:
    """Whether `path` may be returned to: a path on our own origin, without anything that a browser reads otherwise (SEC-38)."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or len(path) > LONGEST:
        return False
    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in path):
        return False
    parts = urlsplit(path)
    return not parts.scheme and not parts.netloc


def may_be_kept(path: str) -> bool:
    """Whether `path` may be kept in the cookie until somebody has signed in.

    A link of a stranger may have any length, and a browser drops a cookie that is too large: nobody could sign in any more.
    """
    return len(path) <= LONGEST_KEPT and is_same_site_path(path)
