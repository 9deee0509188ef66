"""Whether a verified address leads to an account by itself, or to the helpdesk (S-15, S-34; SEC-47).

An address is matched by its canonical key (case, Unicode and the domain's form folded) or, when nobody has exactly that, without what
follows a plus sign. Mail only ever goes to the stored address. Three kinds of records never match by themselves: two that share one
address, a mailbox that several people read, and an address that an old system filled in for want of one (GHSA-cf8f-w2c5-p5jr).
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

SEVERAL: Final = "several-accounts"
SHARED: Final = "shared-mailbox"
PLACEHOLDER: Final = "placeholder"
Doubt = Literal["several-accounts", "shared-mailbox", "placeholder"]

_WORDS = {
    name: frozenset(words.split())
    for name, words in tomllib.loads(
        files("wizard.domain").joinpath("data", "mailboxes.toml").read_text(encoding="utf-8")
    ).items()
}


@dataclass(frozen=True)
class Record:
    """An account as far as matching looks at it. `confirmed`: the helpdesk has confirmed the address as this one person's."""

    id: str
    email_key: str
    confirmed: bool = False


@dataclass(frozen=True)
class Match:
    """What a verified address leads to: one account, or none and, when records were found, why not (`doubt`)."""

    account_id: str | None
    doubt: Doubt | None = None


def match_key(email_key: str) -> str:
    """The canonical address without what follows a plus sign in its local part (RFC 5233). A name that begins with one keeps it."""
    local, _at, domain = email_key.rpartition("@")
    plain = local.partition("+")[0]
    return f"{plain or local}@{domain}"


def match(email_key: str, records: Sequence[Record], placeholder_domains: Collection[str] = ()) -> Match:
    """Judge an address.

    `email_key` is the canonical key of the verified address, `records` every account whose `match_key` equals its own,
    `placeholder_domains` the installation's own besides those that nobody can have. An exact match goes before one without the plus.
    """
    exact = [record for record in records if record.email_key == email_key]
    found = exact or list(records)
    confirmed = [record for record in found if record.confirmed]
    if len(confirmed) == 1:
        return Match(confirmed[0].id)
    if not found:
        return Match(None)
    doubt = SEVERAL if len(found) > 1 else doubt_of(found[0].email_key, placeholder_domains)
    return Match(None, doubt) if doubt else Match(found[0].id)


def doubt_of(email_key: str, placeholder_domains: Collection[str] = ()) -> Doubt | None:
    """Why this address alone names nobody, or None: it is a placeholder, or a mailbox that several people read."""
    local, _at, domain = match_key(email_key).rpartition("@")
    nowhere = domain in _WORDS["placeholder_domains"] or f".{domain}".endswith(tuple(_WORDS["placeholder_ends"]))
    if nowhere or domain in placeholder_domains or local in _WORDS["nobodys"]:
        return PLACEHOLDER
    return SHARED if local in _WORDS["shared"] else None


def is_public_domain(domain: str) -> bool:
    """Whether anybody can have a mailbox at this domain, so that it belongs to no organisation."""
    return domain in _WORDS["public_domains"]
