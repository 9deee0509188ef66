"""Argon2id for what people choose: bounded, and always exactly one computation for anybody (SEC-28, SEC-30).

At most one hash per core runs; a short queue waits, then `HashingBusy` (503). The password is peppered with a purpose key before
it is hashed, so that a stolen table alone is worth nothing.
"""

from __future__ import annotations

import base64
import hmac
import os
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from wizard.extensions import tools

QUEUE_PATIENCE = 4.0  # seconds
QUEUE_LENGTH = 64
_cores = threading.BoundedSemaphore(os.cpu_count() or 1)
_places = threading.BoundedSemaphore(QUEUE_LENGTH)


class HashingBusy(Exception):
    """More passwords are waiting to be checked than this machine can check soon."""


@dataclass(frozen=True)
class Checked:
    """The result of one check; `renewed` is a new hash to store when key or cost have changed since."""

    fits: bool
    renewed: str | None = None


def make_hash(password: str) -> str:
    """Hash `password` (NFC) for storing, with the name of the key that peppers it, so that rotation finds the right one."""
    with _turn():
        return f"{_key_name(0)}!{_hasher(tools().settings.argon2).hash(_peppered(password, 0))}"


def check(password: str, stored: str | None) -> Checked:
    """Compare `password` with `stored`; without one a hash of nothing is computed, so that the time tells nothing."""
    hasher = _hasher(tools().settings.argon2)
    generation = 0
    if stored:
        name, _, stored = stored.rpartition("!")
        generation = _generation_of(name)
    with _turn():
        try:
            hasher.verify(stored or _nobodys_hash(tools().settings.argon2), _peppered(password, generation))
        except (VerificationError, InvalidHashError):
            return Checked(fits=False)
    if not stored:
        return Checked(fits=False)
    if generation or hasher.check_needs_rehash(stored):
        return Checked(fits=True, renewed=make_hash(password))
    return Checked(fits=True)


def _key_name(generation: int) -> str:
    return hmac.digest(tools().keyring.key("password-pepper", generation), b"name", "sha256").hex()[:8]


def _generation_of(name: str) -> int:
    for generation in range(len(tools().keyring.keys("password-pepper"))):
        if _key_name(generation) == name:
            return generation
    return 0


def _peppered(password: str, generation: int) -> bytes:
    normal = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hmac.digest(tools().keyring.key("password-pepper", generation), normal, "sha256"))


@lru_cache(maxsize=4)
def _hasher(cost: str) -> PasswordHasher:
    memory, passes, lanes = (int(part) for part in cost.split(","))
    return PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=lanes)


@lru_cache(maxsize=4)
def _nobodys_hash(cost: str) -> str:
    return _hasher(cost).hash(os.urandom(32))


@contextmanager
def _turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise HashingBusy
    try:
        if not _cores.acquire(timeout=QUEUE_PATIENCE):
            raise HashingBusy
        try:
            yield
        finally:
            _cores.release()
    finally:
        _places.release()
