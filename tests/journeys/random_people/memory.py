"""What the people of one example know and what has happened to them: copied whole when a kept moment is taken up."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.journeys.random_people.keys import Key
from tests.journeys.random_people.mail import Letter

Spent = tuple[str, ...]
CODE_APP, PHONE = "code-app", "phone"
BY_NUMBER, BY_SCAN, WRONGLY, NOT_AT_ALL = "number", "scan", "wrong number", "nothing"


@dataclass(frozen=True)
class UsedCode:
    """A code of a code app that was accepted; anybody may have looked over the shoulder."""

    secret: str
    step: int
    code: str


@dataclass(frozen=True)
class Sending:
    """What a form carries, in words that the ledger understands.

    `spends` names the one-time secret in it, `code` that secret when it is a code app's, `new_password` the password
    it chooses, `secret` the code app's secret and `codes` the recovery codes that the page showed, `current` that the current
    password is in it, `confirms` the approval request whose very number a phone says.
    """

    spends: Spent | None = None
    code: UsedCode | None = None
    new_password: str | None = None
    secret: str | None = None
    current: bool = False
    codes: tuple[str, ...] = ()
    confirms: str | None = None


@dataclass(frozen=True)
class Saying:
    """A phone's signed answer to a request, as it was sent."""

    request_id: str
    path: str
    fields: dict[str, str]


@dataclass
class Pocket:
    """One of the honest person's phones: its key, and its cookies when a moment is kept."""

    key: Key
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stolen:
    """Copied cookies of the honest person: of which session, and how far all proofs had come by then."""

    cookies: dict[str, str]
    session_id: str | None
    last_number: int


@dataclass
class Memory:
    """`password` is the own one set last, `app` the secret in the honest person's code app, `codes` the recovery
    codes on the honest person's paper. `way` is what they choose to be linked, `hand` the phone that they take first, `manner`
    how they answer the next request. `devices` are the devices that their phones were linked as.

    `stood`: an honest own password and an honest proven authenticator were in force at one moment. `ever`: a proven
    authenticator existed, and no agent has made the account as new since. `spent` are one-time secrets that have worked.
    `links` are addresses of link QR codes that were on their screen, `sayings` what their phones have sent, `confirmed` the requests
    that their phones have rightly confirmed.
    """

    password: str | None = None
    forgotten: bool = False
    app: str | None = None
    codes: tuple[str, ...] = ()
    stood: bool = False
    ever: bool = False
    letters: list[Letter] = field(default_factory=list)
    last_letter: int = 0
    used_codes: list[UsedCode] = field(default_factory=list)
    spent: set[Spent] = field(default_factory=set)
    passwords_made: int = 0
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    stolen: list[Stolen] = field(default_factory=list)
    phones: list[Pocket] = field(default_factory=list)
    way: str = CODE_APP
    hand: int = 0
    manner: str = BY_NUMBER
    devices: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    sayings: list[Saying] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)
