"""Commits that fail: the disk said no, and nothing of the transaction is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session


class Disk:
    """`failed` says whether the commit that was to fail has come."""

    failed = False


@contextmanager
def failing_commit(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[Disk]:
    """Inside the block the `number`-th commit (from 1) fails, whoever makes it; every other one works."""
    disk, commit, seen = Disk(), Session.commit, [0]

    def commit_or_fail(session: Session) -> None:
        seen[0] += 1
        if seen[0] == number:
            disk.failed = True
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))
        commit(session)

    with monkeypatch.context() as patched:
        patched.setattr(Session, "commit", commit_or_fail)
        yield disk
