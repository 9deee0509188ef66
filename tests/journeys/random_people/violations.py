"""What the random people must never see."""

from __future__ import annotations


class Violation(AssertionError):
    """A promise of the application was broken. `promise` is a short, stable name of it."""

    def __init__(self, promise: str, what: str) -> None:
        self.promise = promise
        super().__init__(f"{promise}: {what}")
