"""What people choose is stored as a peppered Argon2id hash, and a check costs the same for anybody."""

from __future__ import annotations

import dataclasses
import threading
import time

import pytest
from flask import Flask

from tests.support.rows import beside
from wizard.adapters.keyring import Keyring
from wizard.extensions import tools
from wizard.services import hashing

pytestmark = pytest.mark.usefixtures("app_context")
OTHER = "another-master-secret-0123456789-0123456789"


def test_the_right_password_fits_and_no_other() -> None:
    stored = hashing.make_hash("Rabot et 3 copeaux")
    assert hashing.check("Rabot et 3 copeaux", stored) == hashing.Checked(fits=True)
    for wrong in ("Rabot et 3 copeau", "rabot et 3 copeaux", "Rabot et 3 copeaux ", ""):
        assert not hashing.check(wrong, stored).fits


def test_two_hashes_of_one_password_differ_and_neither_holds_it() -> None:
    first, second = hashing.make_hash("Rabot et 3 copeaux"), hashing.make_hash("Rabot et 3 copeaux")
    assert first != second
    assert "Rabot" not in first
    assert "$argon2id$" in first


def test_an_accent_fits_however_the_keyboard_composes_it() -> None:
    assert hashing.check("e\u0301te\u0301", hashing.make_hash("\u00e9t\u00e9")).fits


@pytest.mark.parametrize("length", [73, 256, 5000])
def test_nothing_is_cut_off(length: int) -> None:
    stored = hashing.make_hash("x" * length)
    assert hashing.check("x" * length, stored).fits
    assert not hashing.check("x" * (length - 1), stored).fits


@pytest.mark.parametrize("stored", [None, "", "nonsense", "k!$argon2id$v=19$m=8,t=1,p=1$broken", "!", "a!b!c"])
def test_without_a_hash_that_can_be_read_nothing_fits(stored: str | None) -> None:
    assert hashing.check("", stored) == hashing.Checked(fits=False)
    assert hashing.check("anything", stored) == hashing.Checked(fits=False)


@pytest.mark.settings(argon2="16384,3,1")
def test_a_check_of_nobody_takes_as_long_as_one_of_somebody() -> None:
    """One computation each; their times are near each other where none would be a thousand times faster."""
    stored = hashing.make_hash("Rabot et 3 copeaux")

    def fastest(against: str | None) -> float:
        times = []
        for _ in range(5):
            began = time.thread_time()
            hashing.check("wrong", against)
            times.append(time.thread_time() - began)
        return min(times)

    assert fastest(None) > fastest(stored) / 2


def test_a_dearer_cost_renews_the_hash_at_the_next_right_password(app: Flask) -> None:
    stored = hashing.make_hash("Rabot et 3 copeaux")
    tools().settings = dataclasses.replace(tools().settings, argon2="128,1,1")
    assert hashing.check("wrong", stored).renewed is None
    renewed = hashing.check("Rabot et 3 copeaux", stored).renewed
    assert renewed is not None
    assert "m=128" in renewed
    assert hashing.check("Rabot et 3 copeaux", renewed) == hashing.Checked(fits=True)


def test_a_stolen_table_is_worth_nothing_without_the_master_secret() -> None:
    stored = hashing.make_hash("Rabot et 3 copeaux")
    tools().keyring = Keyring(OTHER)
    assert not hashing.check("Rabot et 3 copeaux", stored).fits


def test_after_a_rotation_the_old_pepper_fits_and_is_renewed() -> None:
    secret = tools().settings.secret_key
    stored = hashing.make_hash("Rabot et 3 copeaux")
    tools().keyring = Keyring(OTHER, (secret,))
    renewed = hashing.check("Rabot et 3 copeaux", stored).renewed
    assert renewed is not None
    tools().keyring = Keyring(OTHER)
    assert hashing.check("Rabot et 3 copeaux", renewed) == hashing.Checked(fits=True)


def test_above_the_queue_people_are_told_at_once_instead_of_waiting(app: Flask) -> None:
    """Every place is taken by somebody whose turn does not come; the next one is sent away, and later all is as before."""
    taken = 0
    while hashing._places.acquire(blocking=False):
        taken += 1
    assert taken == hashing.QUEUE_LENGTH
    began = time.monotonic()
    try:
        with pytest.raises(hashing.HashingBusy):
            hashing.make_hash("Rabot et 3 copeaux")
    finally:
        for _ in range(taken):
            hashing._places.release()
    assert time.monotonic() - began < 1
    assert hashing.make_hash("Rabot et 3 copeaux")


def test_as_many_hashes_run_as_there_are_cores(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_cores", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "QUEUE_PATIENCE", 0.05)
    assert hashing._cores.acquire(blocking=False)
    with pytest.raises(hashing.HashingBusy):
        beside(app, lambda: hashing.make_hash("x"))
    hashing._cores.release()
    assert beside(app, lambda: hashing.make_hash("x"))
