"""Counters of tries, as pure functions over a stored row.

A try is counted before its secret is checked (SEC-26), under the lock of the counter's row; what is allowed is then
checked, and a right try begins a new `Counter()`. So fifty tries at once cannot all be checked before the first is counted.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter's row: tries of one account and authenticator, one address, one browser or one source.

    `fingerprints` are keyed digests of the tries already counted, newest last. Times are aware, in UTC.
    """

    count: int = 0
    last_at: datetime | None = None
    paused_until: datetime | None = None
    fingerprints: tuple[str, ...] = ()
    window_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be done with this try.

    Allowed: `left` tries remain after it, and `paused_until` is the end of the pause that begins unless it succeeds.
    Not allowed: it was not counted and must not be checked before `paused_until`.
    """

    allowed: bool
    paused_until: datetime | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Backoff:
    """Wrong passwords: at the `limit`-th a pause of `first` seconds, doubled by each further one up to `longest`.

    The count is forgotten after `fade` seconds without a try; the same wrong one again counts once (DESIGN section 5).
    """

    limit: int = 10
    first: float = 60
    longest: float = 900
    fade: float = 43_200

    def __post_init__(self) -> None:
        _refuse_senseless(self.limit, self.first, self.longest, self.fade)


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` tries in `seconds`, counted from the first one; with `pause`, the last one begins a pause.

    With `pause` it counts wrong codes and a success takes the count back; without, it is a rate (of mails, of one
    source) that a success does not change. Two neighbouring windows together allow twice the limit.
    """

    limit: int
    seconds: float
    pause: float | None = None

    def __post_init__(self) -> None:
        _refuse_senseless(self.limit, self.seconds, *(() if self.pause is None else (self.pause,)))


Rule = Backoff | Window


def attempt(counter: Counter, rule: Rule, now: datetime, fingerprint: str | None = None) -> tuple[Counter, Verdict]:
    """Count a try and judge it; the new counter is stored before the secret is checked.

    `now` is aware, in UTC (else ValueError); `fingerprint` is a keyed digest of what was typed.
    """
    _refuse_naive(now)
    if counter.paused_until is not None and now < counter.paused_until:
        return counter, Verdict(allowed=False, paused_until=counter.paused_until, left=0)
    if isinstance(rule, Backoff):
        return _attempt_with_backoff(counter, rule, now, fingerprint)
    return _attempt_in_window(counter, rule, now)


def book(
    counter: Counter, limit: int, seconds: float, horizon: float, now: datetime
) -> tuple[Counter, datetime | None]:
    """Give the moment from which one more may happen, so that there are `limit` in `seconds` at most in the long run.

    The first `limit` may happen at once, further ones in even distances (the generic cell rate algorithm). One that would have to wait
    longer than `horizon` (seconds) is not booked: None. `now` is aware, in UTC (else ValueError).
    """
    _refuse_naive(now)
    _refuse_senseless(limit, seconds)
    distance = timedelta(seconds=seconds / limit)
    booked_until = max(counter.window_start or now, now) + distance
    may_begin = max(now, booked_until - limit * distance)
    if may_begin - now > timedelta(seconds=horizon):
        return counter, None
    return Counter(count=counter.count + 1, last_at=now, window_start=booked_until), may_begin


def _attempt_with_backoff(
    counter: Counter, rule: Backoff, now: datetime, fingerprint: str | None
) -> tuple[Counter, Verdict]:
    if counter.last_at is not None and now - counter.last_at >= timedelta(seconds=rule.fade):
        counter = Counter()
    if fingerprint is not None and fingerprint in counter.fingerprints:
        # A mail program that keeps sending an old password must not lock its owner out.
        counted = replace(counter, last_at=now, paused_until=None)
        return counted, Verdict(allowed=True, paused_until=None, left=max(0, rule.limit - counter.count))
    count = counter.count + 1
    paused_until = now + _pause_after(count, rule) if count >= rule.limit else None
    known = (*counter.fingerprints, fingerprint)[-rule.limit :] if fingerprint is not None else counter.fingerprints
    return (
        Counter(count=count, last_at=now, paused_until=paused_until, fingerprints=known),
        Verdict(allowed=True, paused_until=paused_until, left=max(0, rule.limit - count)),
    )


def _attempt_in_window(counter: Counter, rule: Window, now: datetime) -> tuple[Counter, Verdict]:
    length = timedelta(seconds=rule.seconds)
    start = counter.window_start
    if start is None or now - start >= length or counter.paused_until is not None:
        # A pause that is over ends its window too: after it all tries are there again.
        counter, start = Counter(), now
    if counter.count >= rule.limit:
        return counter, Verdict(allowed=False, paused_until=start + length, left=0)
    count = counter.count + 1
    full = count >= rule.limit
    paused_until = now + timedelta(seconds=rule.pause) if full and rule.pause is not None else None
    return (
        Counter(count=count, last_at=now, paused_until=paused_until, window_start=start),
        Verdict(
            allowed=True,
            paused_until=paused_until or (start + length if full else None),
            left=rule.limit - count,
        ),
    )


def _pause_after(count: int, rule: Backoff) -> timedelta:
    doublings = min(count - rule.limit, 64)  # enough for any pause, and no number grows without end
    return timedelta(seconds=min(rule.first * 2**doublings, rule.longest))


def _refuse_senseless(limit: int, *seconds: float) -> None:
    if limit < 1 or any(number <= 0 for number in seconds):
        raise ValueError("A limit is 1 or more and a time is more than 0 seconds.")


def _refuse_naive(now: datetime) -> None:
    if now.utcoffset() != timedelta(0):
        raise ValueError("Times of counters are aware and in UTC.")
