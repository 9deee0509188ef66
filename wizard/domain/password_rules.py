"""What a password that a person chooses must be like: two sets of rules (DESIGN section 5, S-69 … S-73).

`classic` is the printed guide's; `modern` follows NIST SP 800-63B-4, 3.1.1.2. Capital and small letters differ
(S-72): a password is compared and hashed as typed, only in normal form C, and never cut (SEC-29).
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from wizard.domain.common_passwords import is_common

ASCII_SYMBOLS = "@#$%^&*-_!+=[]{}|\\:',.?/`~\"();<>"
"""The symbols that pages name, in the order of S-70. Any other character that is no letter or digit counts as well."""

LONGEST = 256
LONGEST_BYTES = 1024
"""More bytes than any password of LONGEST characters has; a longer text is refused before any work is done on it."""
KINDS_NEEDED = 3
_SHORTEST_NAME = 3
"""Characters from which on a user name or a word of an organisation's name is looked for in a password."""

RuleSet = Literal["classic", "modern"]
Kind = Literal["capital", "small", "digit", "symbol"]
KINDS: tuple[Kind, ...] = ("capital", "small", "digit", "symbol")


class PasswordTooLong(ValueError):
    """The text has more than LONGEST_BYTES bytes: it is no password of anybody here."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One line of the list beside the field.

    `kinds`: the kinds of characters that it counts, else empty. `checked_later`: only the server can tell. `minimum`: the fewest
    characters, of the length rule only.
    """

    id: str
    text: LazyString
    kinds: tuple[Kind, ...] = ()
    checked_later: bool = False
    minimum: int | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """One reason why a password is refused, and what to do."""

    id: str
    message: LazyString


@dataclass(frozen=True)
class PasswordContext:
    """What a password is judged against.

    `same_as_temporary` and `same_as_last` are answers of the caller, who alone can compare with what is stored.
    `shortest` (characters) stands for the set's own number when the installation sets one.
    """

    rules: RuleSet
    has_second_factor: bool
    username: str = ""
    organisation_words: tuple[str, ...] = ()
    same_as_temporary: bool = False
    same_as_last: bool = False
    shortest: int | None = None
    longest: int = LONGEST


def shortest_length(rules: RuleSet, *, has_second_factor: bool) -> int:
    """Return the fewest characters: 8, but 15 where by the modern rules the password stands alone."""
    return 15 if rules == "modern" and not has_second_factor else 8


def rules_for(
    name: RuleSet, *, has_second_factor: bool, organisation_words: tuple[str, ...] = (), shortest: int | None = None
) -> tuple[Rule, ...]:
    """Return the rules as a page lists them; `shortest` (characters) stands for the set's own number."""
    fewest = shortest or shortest_length(name, has_second_factor=has_second_factor)
    length = Rule("length", _l("Use %(least)s characters or more.", least=fewest), minimum=fewest)
    kinds = Rule(
        "kinds",
        _l(
            "Use at least %(needed)s of these %(kinds)s kinds: capital letters, small letters, digits, symbols.",
            needed=KINDS_NEEDED,
            kinds=len(KINDS),
        ),
        kinds=KINDS,
    )
    no_username = Rule("no-username", _l("Leave out your user name."))
    if name == "modern" and organisation_words:
        no_username = Rule("no-username", _l("Leave out your user name and the name of your organisation."))
    not_common = Rule("not-common", _l("Use one that is not on the lists of common passwords."), checked_later=True)
    not_same = Rule("not-same", _l("Use a new one, not your temporary or your last password."), checked_later=True)
    if name == "modern":
        return (length, no_username, not_common, not_same)
    return (length, kinds, no_username, not_common, not_same)


def normalised(password: str) -> str:
    """Return a password in the form in which it is hashed and compared: normal form C, nothing cut or folded.

    Raises PasswordTooLong for more than LONGEST_BYTES bytes, before any work is done on them.
    """
    if len(password) > LONGEST_BYTES or len(password.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        raise PasswordTooLong
    return unicodedata.normalize("NFC", password)


def problems(password: str, context: PasswordContext) -> tuple[Problem, ...]:
    """Return every reason why a password is refused, in the order of the rules; none when it is good."""
    if not password:
        return (Problem("empty", _l("Enter a password.")),)
    try:
        composed = normalised(password)
    except PasswordTooLong:
        return (_too_long(len(password), context),)
    found = (check(composed, context) for check in _CHECKS)
    return tuple(problem for problem in found if problem is not None)


def kinds_in(password: str) -> frozenset[Kind]:
    """Return the kinds of characters in a password.

    A letter that has no capital form (Arabic, Chinese …) counts as a small one: nobody has to leave their script.
    """
    return frozenset(_kind(character) for character in password)


def _kind(character: str) -> Kind:
    category = unicodedata.category(character)
    if category in {"Lu", "Lt"}:
        return "capital"
    if category.startswith("L"):
        return "small"
    return "digit" if category == "Nd" else "symbol"


def _length(password: str, context: PasswordContext) -> Problem | None:
    has = len(password)
    fewest = context.shortest or shortest_length(context.rules, has_second_factor=context.has_second_factor)
    if has < fewest:
        return Problem("too-short", _l("Use %(least)s characters or more. This has %(has)s.", least=fewest, has=has))
    return _too_long(has, context) if has > context.longest else None


def _too_long(has: int, context: PasswordContext) -> Problem:
    return Problem("too-long", _l("Use %(most)s characters or fewer. This has %(has)s.", most=context.longest, has=has))


def _kinds(password: str, context: PasswordContext) -> Problem | None:
    if context.rules != "classic":
        return None
    present = kinds_in(password)
    return Problem("too-few-kinds", _ADD_A_KIND[present]) if len(present) < KINDS_NEEDED else None


def _username(password: str, context: PasswordContext) -> Problem | None:
    if not _contains(password, context.username):
        return None
    return Problem("contains-username", _l("Leave out your user name, %(username)s.", username=context.username))


def _organisation(password: str, context: PasswordContext) -> Problem | None:
    if context.rules != "modern":
        return None
    word = next((word for word in context.organisation_words if _contains(password, word)), None)
    if word is None:
        return None
    return Problem("contains-organisation", _l("Leave out the name of your organisation: %(word)s.", word=word))


def _common(password: str, _context: PasswordContext) -> Problem | None:
    if not is_common(password):
        return None
    return Problem("common", _l("Use another one. This one is on lists of common passwords."))


def _temporary(_password: str, context: PasswordContext) -> Problem | None:
    if not context.same_as_temporary:
        return None
    return Problem("same-as-temporary", _l("Use a new password. This is your temporary password."))


def _last(_password: str, context: PasswordContext) -> Problem | None:
    if not context.same_as_last:
        return None
    return Problem("same-as-last", _l("Use a new password. This is the one you had before."))


def _contains(password: str, name: str) -> bool:
    folded = _caseless(name.strip())
    return len(folded) >= _SHORTEST_NAME and folded in _caseless(password)


def _caseless(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


_CHECKS: tuple[Callable[[str, PasswordContext], Problem | None], ...] = (
    _length,
    _kinds,
    _username,
    _organisation,
    _common,
    _temporary,
    _last,
)

# Whole sentences, one for each set of kinds that is there: a sentence glued from its parts cannot be translated.
_ADD_A_KIND: dict[frozenset[Kind], LazyString] = {
    frozenset({"capital"}): _l(
        "Add two of these: a small letter, a digit, a symbol. 1 of the 3 kinds needed is there."
    ),
    frozenset({"small"}): _l(
        "Add two of these: a capital letter, a digit, a symbol. 1 of the 3 kinds needed is there."
    ),
    frozenset({"digit"}): _l(
        "Add two of these: a capital letter, a small letter, a symbol. 1 of the 3 kinds needed is there."
    ),
    frozenset({"symbol"}): _l(
        "Add two of these: a capital letter, a small letter, a digit. 1 of the 3 kinds needed is there."
    ),
    frozenset({"capital", "small"}): _l("Add a digit or a symbol: 2 of the 3 kinds needed are there."),
    frozenset({"capital", "digit"}): _l("Add a small letter or a symbol: 2 of the 3 kinds needed are there."),
    frozenset({"capital", "symbol"}): _l("Add a small letter or a digit: 2 of the 3 kinds needed are there."),
    frozenset({"small", "digit"}): _l("Add a capital letter or a symbol: 2 of the 3 kinds needed are there."),
    frozenset({"small", "symbol"}): _l("Add a capital letter or a digit: 2 of the 3 kinds needed are there."),
    frozenset({"digit", "symbol"}): _l("Add a capital or a small letter: 2 of the 3 kinds needed are there."),
}
