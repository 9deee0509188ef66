"""Counters of tries: pauses that grow and fade, windows, and what stays true whatever is tried."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.throttle import Backoff, Counter, Rule, Verdict, Window, attempt, book

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PASSWORDS = Backoff()
CODES = Window(limit=5, seconds=300, pause=300)
MAILS = Window(limit=3, seconds=900)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def tried(rule: Rule, times: int, counter: Counter | None = None, at: datetime = NOW) -> tuple[Counter, Verdict]:
    """Make so many different wrong tries at one moment; returns the last answer."""
    counter = counter or Counter()
    verdict = Verdict(allowed=False, paused_until=None, left=None)
    for number in range(times):
        counter, verdict = attempt(counter, rule, at, fingerprint=f"{at}-{number}")
    return counter, verdict


def test_nine_wrong_passwords_leave_one_and_no_pause() -> None:
    _, verdict = tried(PASSWORDS, 9)
    assert verdict == Verdict(allowed=True, paused_until=None, left=1)


def test_the_tenth_is_still_checked_and_begins_a_pause_of_a_minute() -> None:
    counter, verdict = tried(PASSWORDS, 10)
    assert verdict == Verdict(allowed=True, paused_until=later(60), left=0)
    assert attempt(counter, PASSWORDS, later(59.9))[1] == Verdict(allowed=False, paused_until=later(60), left=0)
    assert attempt(counter, PASSWORDS, later(60))[1].allowed


def test_each_further_wrong_password_doubles_the_pause_up_to_fifteen_minutes() -> None:
    counter, now, pauses = tried(PASSWORDS, 9)[0], NOW, []
    for number in range(8):
        counter, verdict = attempt(counter, PASSWORDS, now, fingerprint=f"other {number}")
        assert verdict.paused_until is not None
        pauses.append((verdict.paused_until - now).total_seconds())
        now = verdict.paused_until
    assert pauses == [60, 120, 240, 480, 900, 900, 900, 900]


def test_nothing_is_counted_in_a_pause() -> None:
    paused, _ = tried(PASSWORDS, 10)
    assert tried(PASSWORDS, 50, paused, later(30))[0] == paused


def test_after_twelve_quiet_hours_the_count_is_forgotten() -> None:
    counter, _ = tried(PASSWORDS, 10)
    assert attempt(counter, PASSWORDS, later(43_199), fingerprint="new")[1].left == 0
    assert attempt(counter, PASSWORDS, later(43_200), fingerprint="new")[1] == Verdict(
        allowed=True, paused_until=None, left=9
    )


def test_the_same_wrong_password_again_counts_once() -> None:
    counter = Counter()
    for second in range(30):
        counter, verdict = attempt(counter, PASSWORDS, later(second), fingerprint="the old password")
        assert verdict == Verdict(allowed=True, paused_until=None, left=9)
    assert counter.count == 1


def test_a_repeated_wrong_password_keeps_the_count_from_fading_and_ends_a_past_pause() -> None:
    counter, _ = tried(PASSWORDS, 10)
    counter, verdict = attempt(counter, PASSWORDS, later(43_000), fingerprint=counter.fingerprints[0])
    assert (verdict.allowed, counter.paused_until, counter.last_at) == (True, None, later(43_000))
    assert attempt(counter, PASSWORDS, later(50_000), fingerprint="new")[1].paused_until == later(50_120)


def test_tries_without_a_fingerprint_all_count() -> None:
    counter = Counter()
    for _ in range(10):
        counter, verdict = attempt(counter, PASSWORDS, NOW)
    assert verdict.paused_until == later(60)


def test_the_row_does_not_grow_without_end() -> None:
    counter, now = Counter(), NOW
    for number in range(200):
        counter, verdict = attempt(counter, PASSWORDS, now, fingerprint=str(number))
        now = verdict.paused_until or now
    assert len(counter.fingerprints) == PASSWORDS.limit
    assert counter.fingerprints[-1] == "199"


def test_a_pause_stays_finite_after_very_many_tries() -> None:
    counter = Counter(count=1_000_000, last_at=NOW)
    assert attempt(counter, PASSWORDS, NOW)[1].paused_until == later(900)


def test_five_wrong_codes_begin_a_pause_and_afterwards_there_are_five_again() -> None:
    counter, verdict = tried(CODES, 5)
    assert verdict == Verdict(allowed=True, paused_until=later(300), left=0)
    assert not attempt(counter, CODES, later(299))[1].allowed
    assert attempt(counter, CODES, later(300))[1] == Verdict(allowed=True, paused_until=None, left=4)


def test_a_pause_that_ends_within_the_window_ends_the_window_too() -> None:
    rule = Window(limit=2, seconds=86_400, pause=60)
    counter, _ = tried(rule, 2)
    assert attempt(counter, rule, later(60))[1] == Verdict(allowed=True, paused_until=None, left=1)


def test_the_fourth_mail_waits_for_the_end_of_the_quarter_of_an_hour() -> None:
    counter, third = tried(MAILS, 3)
    assert third == Verdict(allowed=True, paused_until=later(900), left=0)
    same, fourth = attempt(counter, MAILS, later(899))
    assert (same, fourth) == (counter, Verdict(allowed=False, paused_until=later(900), left=0))
    assert attempt(counter, MAILS, later(900))[1] == Verdict(allowed=True, paused_until=None, left=2)


def test_in_a_window_the_same_thing_again_counts_again() -> None:
    counter = Counter()
    for _ in range(3):
        counter, _ = attempt(counter, MAILS, NOW, fingerprint="same")
    assert counter.count == 3


@pytest.mark.parametrize("now", [NOW.replace(tzinfo=None), NOW.astimezone(timezone(timedelta(hours=1)))])
def test_times_that_are_not_in_utc_are_refused(now: datetime) -> None:
    with pytest.raises(ValueError, match="UTC"):
        attempt(Counter(), PASSWORDS, now)


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"first": 0}, {"longest": -1}, {"fade": 0}])
def test_a_backoff_that_makes_no_sense_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="limit"):
        Backoff(**arguments)


def test_a_window_that_makes_no_sense_is_refused() -> None:
    for arguments in ((0, 60, None), (1, 0, None), (1, 60, 0)):
        with pytest.raises(ValueError, match="limit"):
            Window(*arguments)


backoffs = st.builds(
    Backoff, limit=st.integers(1, 6), first=st.integers(1, 30), longest=st.integers(30, 100), fade=st.integers(200, 900)
)
windows = st.builds(Window, limit=st.integers(1, 6), seconds=st.integers(1, 60), pause=st.none() | st.integers(1, 60))
gaps = st.lists(st.integers(0, 40), max_size=80)


def played(rule: Rule, seconds: list[int]) -> list[tuple[datetime, Verdict, Counter]]:
    counter, now, story = Counter(), NOW, []
    for number, gap in enumerate(seconds):
        now += timedelta(seconds=gap)
        counter, verdict = attempt(counter, rule, now, fingerprint=str(number))
        story.append((now, verdict, counter))
    return story


@given(backoffs, gaps)
def test_no_wrong_password_is_checked_in_a_pause_and_one_at_most_after_each(rule: Backoff, seconds: list[int]) -> None:
    free, pause_ends = rule.limit - 1, None
    for now, verdict, _ in played(rule, seconds):
        if pause_ends is not None and now < pause_ends:
            assert not verdict.allowed
            continue
        assert verdict.allowed
        if verdict.paused_until is None:
            free -= 1
            assert free >= 0
        else:
            assert verdict.paused_until - now >= timedelta(seconds=min(rule.first, rule.longest))
            pause_ends = verdict.paused_until


@given(backoffs, st.integers(1, 200))
def test_of_tries_at_one_moment_no_more_than_the_limit_is_checked(rule: Backoff, tries: int) -> None:
    assert sum(verdict.allowed for _, verdict, _ in played(rule, [0] * tries)) == min(tries, rule.limit)


@given(windows, gaps)
def test_a_window_never_allows_more_than_its_limit(rule: Window, seconds: list[int]) -> None:
    per_window: dict[datetime | None, int] = {}
    for _, verdict, counter in played(rule, seconds):
        if verdict.allowed:
            per_window[counter.window_start] = per_window.get(counter.window_start, 0) + 1
    assert all(allowed <= rule.limit for allowed in per_window.values())
    starts = sorted(start for start in per_window if start is not None)
    shortest = timedelta(seconds=min(rule.seconds, rule.pause or rule.seconds))
    assert all(b - a >= shortest for a, b in pairwise(starts))


@given(st.one_of(backoffs, windows), gaps)
def test_a_refusal_says_when_it_ends_and_then_it_has_ended(rule: Rule, seconds: list[int]) -> None:
    for now, verdict, counter in played(rule, seconds):
        if not verdict.allowed:
            assert verdict.paused_until is not None
            assert verdict.paused_until > now
            assert attempt(counter, rule, verdict.paused_until, fingerprint="new")[1].allowed


@given(st.one_of(backoffs, windows), gaps)
def test_the_tries_left_are_never_promised_too_many(rule: Rule, seconds: list[int]) -> None:
    for now, verdict, counter in played(rule, seconds):
        if verdict.allowed and verdict.left:
            again, at_once = attempt(counter, rule, now, fingerprint="one more")
            assert at_once.allowed
            assert at_once.left == verdict.left - 1
            assert again.count == counter.count + 1


HOUR = 3600.0


def booked(times: int, counter: Counter | None = None, limit: int = 10) -> tuple[Counter, list[float | None]]:
    """Book so many at one moment; returns in how many seconds each may happen."""
    counter, waits = counter or Counter(), []
    for _ in range(times):
        counter, moment = book(counter, limit, HOUR, HOUR, NOW)
        waits.append(None if moment is None else (moment - NOW).total_seconds())
    return counter, waits


def test_ten_happen_at_once_and_further_ones_in_even_distances() -> None:
    _, waits = booked(14)
    assert waits == [0] * 10 + [360, 720, 1080, 1440]


def test_what_would_have_to_wait_longer_than_the_horizon_is_not_booked() -> None:
    counter, waits = booked(25)
    assert waits[:20] == [0] * 10 + [360.0 * n for n in range(1, 11)]
    assert waits[20:] == [None] * 5
    assert booked(100, counter)[0] == counter


def test_after_the_hour_all_are_there_again() -> None:
    counter, _ = booked(10)
    assert book(counter, 10, HOUR, HOUR, later(359))[1] == later(360)
    assert book(counter, 10, HOUR, HOUR, later(360))[1] == later(360)
    fresh, moments = counter, []
    for _ in range(10):
        fresh, moment = book(fresh, 10, HOUR, HOUR, later(HOUR))
        moments.append(moment)
    assert moments == [later(HOUR)] * 10


def test_without_a_horizon_one_a_week_is_one_a_week() -> None:
    week = 7 * 86400.0
    counter, moment = book(Counter(), 1, week, 0, NOW)
    assert moment == NOW
    assert book(counter, 1, week, 0, NOW) == (counter, None)
    assert book(counter, 1, week, 0, later(week - 1)) == (counter, None)
    assert book(counter, 1, week, 0, later(week))[1] == later(week)


@pytest.mark.parametrize(("limit", "seconds"), [(0, HOUR), (-1, HOUR), (1, 0.0), (1, -1.0)])
def test_a_senseless_booking_is_refused(limit: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        book(Counter(), limit, seconds, HOUR, NOW)


def test_a_booking_wants_a_time_in_utc() -> None:
    for moment in (NOW.replace(tzinfo=None), NOW.astimezone(timezone(timedelta(hours=1)))):
        with pytest.raises(ValueError, match="UTC"):
            book(Counter(), 1, HOUR, HOUR, moment)


@given(st.integers(1, 20), gaps)
def test_however_they_are_booked_no_hour_holds_more_than_twice_the_limit(limit: int, seconds: list[int]) -> None:
    counter, now, moments = Counter(), NOW, []
    for gap in seconds:
        now += timedelta(seconds=gap)
        counter, moment = book(counter, limit, HOUR, HOUR, now)
        if moment is not None:
            assert now <= moment <= now + timedelta(seconds=HOUR)
            moments.append(moment)
    for first in moments:
        assert sum(first <= moment < first + timedelta(seconds=HOUR) for moment in moments) <= 2 * limit
