"""How queue and funnel say numbers and times, and what the picture of the funnel shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel import Locale
from babel.units import format_unit
from flask_babel import format_datetime, format_decimal, format_percent, format_timedelta, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain.desk_words import TREAD_WORDS, said
from wizard.domain.desk_words_events import REASON_WORDS
from wizard.services.funnel_figures import Funnel

PERIODS: dict[str, LazyString] = {"1": _l("This week"), "4": _l("4 weeks"), "57": _l("13 months")}
"""By the number of weeks."""

IN_A_ROW = 9  # figures
MOST = 3 * IN_A_ROW
STEP_X, STEP_Y = 15, 26  # pixels from one figure to the next
_SCALES = (1, 2, 5)


@dataclass(frozen=True)
class Crowd:
    """The figures on one tread: `path` draws them in a box of `width` by `height` pixels; "" for nobody."""

    path: str = ""
    width: int = 0
    height: int = 0


def scale_of(funnel: Funnel) -> int:
    """How many people one figure stands for, so that at most three rows of them stand on a tread: 1, 2, 5, 10, 20, 50 …"""
    most, tens = max((tread.here for tread in funnel.treads), default=0), 1
    while True:
        for scale in _SCALES:
            if most <= scale * tens * MOST:
                return scale * tens
        tens *= 10


def crowd(people: int, scale: int) -> Crowd:
    """`people` as figures of `scale` people each, begun ones drawn whole, in rows from below."""
    count = -(-people // scale)
    if not count:
        return Crowd()
    rows = -(-count // IN_A_ROW)
    drawn = [
        f"M{number % IN_A_ROW * STEP_X + 6.5} {(rows - 1 - number // IN_A_ROW) * STEP_Y + 1}"
        "a3.5 3.5 0 1 0 .01 0zm-6 22v-8a6 6 0 0 1 12 0v8z"
        for number in range(count)
    ]
    # As wide as a full row, so that where they are drawn smaller all crowds are.
    return Crowd("".join(drawn), IN_A_ROW * STEP_X - 2, rows * STEP_Y - 2)


def step_word(slug: str) -> LazyString | str:
    """The short word for a tread; what has none is said by its own name."""
    return said(TREAD_WORDS, slug)


def reason_word(reason: str) -> LazyString | str:
    return REASON_WORDS.get(reason, reason)


def number(value: float) -> str:
    return str(format_decimal(value))


def percent(value: int | None) -> str:
    return "–" if value is None else str(format_percent(value / 100))


def span(seconds: int | None) -> str:
    """A time such as "1 min 10 sec"; a dash when it is not known."""
    if seconds is None:
        return "–"
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return str(_("%(hours)s %(minutes)s", hours=_short(hours, "hour"), minutes=_short(minutes, "minute")))
    if not minutes:
        return _short(rest, "second")
    if not rest:
        return _short(minutes, "minute")
    return str(_("%(minutes)s %(seconds)s", minutes=_short(minutes, "minute"), seconds=_short(rest, "second")))


def _short(value: int, unit: str) -> str:
    return format_unit(value, f"duration-{unit}", length="short", locale=get_locale())


def waiting(time: timedelta) -> str:
    """How long somebody waits: "14 minutes", "30 hours", "3 days"."""
    return str(format_timedelta(time, granularity="minute", threshold=2))


def day(moment: datetime) -> str:
    """A day without its year: "26 October", in Spanish "26 de octubre"."""
    locale = get_locale()
    # CLDR's plain English is the American one, which puts the month first.
    pattern = "d MMMM" if locale.language == "en" else str(locale.datetime_skeletons["MMMMd"].pattern)
    return str(format_datetime(moment, pattern))


def language_name(tag: str) -> str:
    """A language in the reader's own words."""
    return Locale.parse(tag.replace("-", "_")).get_display_name(get_locale()) or tag


WORDS = (step_word, reason_word, number, percent, span, waiting, language_name, crowd)
