"""Names: the keys under which they are looked up, and what a name may not carry.

A key is only for finding and for being unique. Mail always goes to the address as stored, never to what was typed and
never to a key (SEC-47, CVE-2019-19844).
"""

import re
import unicodedata
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

LONGEST_TYPED = 320
"""Characters looked at: the longest address by RFC 5321 (64 + 1 + 255). Checked before anything is normalised."""
LONGEST_DISPLAY_NAME = 100


class Reason(StrEnum):
    """What is wrong with a name."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    NEWLINE = "newline"
    CONTROL = "control"
    BIDI = "bidi"
    CHARACTER = "character"
    MIXED_SCRIPTS = "mixed-scripts"
    ADDRESS = "address"
    LINK = "link"


class NameRefused(ValueError):
    """The text cannot be a name of this kind. `reason` says why; the text itself is not repeated."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NEWLINES = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_USERNAME_MARKS = frozenset("._-@+")
_NEEDED_BY_WRITING = frozenset("\u200c\u200d")  # the joiners that Persian and Indic names are spelled with

# Scripts that one writing system mixes, as UTS 39 lists them for its level "highly restrictive", but without Latin.
_WRITTEN_TOGETHER = (
    frozenset({"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"CJK", "IDEOGRAPHIC", "BOPOMOFO"}),
    frozenset({"CJK", "IDEOGRAPHIC", "HANGUL"}),
)

_LINK = re.compile(
    r"""://                                   # any scheme
      | \bwww\s?[.]                           # the beginning that mail programs turn into a link
      | [\w-]{2,}[.](?:com|net|org|info|biz|io|co|app|dev|xyz|online|site|shop|store|top|club|link|click|live|
                       page|web|me|ly|gg|tk|ru|cn|eu|uk|fr|de|es|int|gov|edu)(?![\w-])
      | [\w-][.][\w-]{2,}/                    # a host and a path
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DOT_INSIDE = re.compile(r"(?<=\w)[.\u2024\u3002\uff0e\uff61](?=\w)")


def canonical_username(text: str) -> str:
    """Return the key of a user name: NFKC, case-folded, digits as 0-9, without blanks at its ends.

    Letters, marks and digits of any script and `. _ - @ +` are allowed. All letters must be of one script (Japanese,
    Chinese and Korean mix those of their writing), so that a Cyrillic letter among Latin ones cannot imitate another
    name; the script is the first word of a letter's Unicode name. Raises NameRefused.
    Two names that look alike with all letters of another script stay two names: each has its own key.
    """
    key = _folded(text)
    if not all(_may_be_in_username(character) for character in key):
        raise NameRefused(Reason.CHARACTER)
    if not _is_of_one_script(key):
        raise NameRefused(Reason.MIXED_SCRIPTS)
    return "".join(_as_ascii_digit(character) for character in key)


def canonical_email(text: str) -> str:
    """Return the key of an address: normalised first, validated afterwards, case-folded, its domain in IDNA's ASCII.

    What follows a plus sign is kept: it is part of the address. No name server is asked. Raises NameRefused.
    """
    folded = _folded(text)
    if "=?" in folded:  # an encoded word (RFC 2047), which mail programs decode, line ends included
        raise NameRefused(Reason.ADDRESS)
    try:
        address = validate_email(folded, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise NameRefused(Reason.ADDRESS) from error
    # The validator composes what it returns; folding that again keeps the key of a key the same key.
    return f"{_caseless(address.local_part)}@{address.ascii_domain.lower()}"


def display_name_problem(text: str) -> Reason | None:
    """Say why a person's or an organisation's name cannot be kept as it is, or None (SEC-46).

    Letters are never limited. Refused are control characters, new lines, marks that turn the direction of text, more
    than LONGEST_DISPLAY_NAME characters, and what looks like a web address. An empty name is no problem of this kind.
    """
    if len(text) > LONGEST_DISPLAY_NAME:
        return Reason.TOO_LONG
    problem = _unseen_problem(text, allowed=_NEEDED_BY_WRITING)
    if problem is None and _LINK.search(unicodedata.normalize("NFKC", text)):
        return Reason.LINK
    return problem


def mailbox_safe(text: str) -> str:
    """Return a name for a mail in which no mail program finds a link and which stays on one line (SEC-46, SEC-48).

    A blank goes behind each dot between letters (`Y.Li` becomes `Y. Li`, `example.com` becomes `example. com`) and
    behind the colon of `://`; what cannot be seen is dropped; at most LONGEST_DISPLAY_NAME characters are kept.
    """
    visible = (
        " " if character in _NEWLINES or character == "\t" else character
        for character in text[:LONGEST_DISPLAY_NAME]
        if character in _NEWLINES or character == "\t" or _unseen_problem(character, allowed=_NEEDED_BY_WRITING) is None
    )
    one_line = " ".join("".join(visible).split())
    return _DOT_INSIDE.sub(". ", one_line).replace("://", ": //")[:LONGEST_DISPLAY_NAME].rstrip()


def _folded(text: str) -> str:
    """Check size, fold, then look at what is there: in this order nothing slips in by folding (CVE-2023-46695)."""
    if len(text) > LONGEST_TYPED:
        raise NameRefused(Reason.TOO_LONG)
    folded = _caseless(unicodedata.normalize("NFKC", text).strip(" "))
    problem = _unseen_problem(folded, allowed=frozenset())
    if problem is not None:
        raise NameRefused(problem)
    if not folded:
        raise NameRefused(Reason.EMPTY)
    if len(folded) > LONGEST_TYPED:
        raise NameRefused(Reason.TOO_LONG)
    return folded


def _caseless(text: str) -> str:
    """NFKC case folding; done until nothing changes, which is twice at most but for a few old Greek letters."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return folded if folded == text else _caseless(folded)


def _unseen_problem(text: str, *, allowed: frozenset[str]) -> Reason | None:
    """Return why the first character that cannot be seen may not stand in a name."""
    for character in text:
        if character in allowed:
            continue
        if character in _NEWLINES:
            return Reason.NEWLINE
        if character in _BIDI:
            return Reason.BIDI
        if unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs"}:
            return Reason.CONTROL
    return None


def _may_be_in_username(character: str) -> bool:
    category = unicodedata.category(character)
    return character in _USERNAME_MARKS or category[0] in "LM" or category == "Nd"


def _is_of_one_script(text: str) -> bool:
    scripts = {_script(character) for character in text if unicodedata.category(character).startswith("L")}
    return len(scripts) <= 1 or any(scripts <= together for together in _WRITTEN_TOGETHER)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNNAMED").split(" ", 1)[0]


def _as_ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
