"""The card's words that need more than a table: a step in bold, a time on the reader's clock, how long somebody waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from flask_babel import format_time, get_locale, ngettext, to_user_timezone
from flask_babel import gettext as _
from markupsafe import Markup, escape

from wizard.domain import desk_words
from wizard.domain.desk_words import said
from wizard.locale import clock, day_clock
from wizard.services.desk_card_facts import Caution, Pause
from wizard.services.desk_card_stair import Tread
from wizard.services.desk_standing import Standing
from wizard.services.memberships import Place

DAY_OF_MINUTES = 24 * 60


def state_words(standing: Standing, now: datetime) -> Markup:
    """Where somebody stands and how long they have waited, in one sentence with the step in bold."""
    step = Markup("<b>{}</b>").format(step_words(standing.step.slug) if standing.step else "")
    since = standing.since if standing.state == "here" else None
    words = desk_words.STATE_WORDS["here-since" if since else standing.state]
    waited = Markup('<span data-time="since">{}</span>').format(waits_words(since, now) if since else "")
    return escape(str(words)).format(step=step, waited=waited)


def waits_words(since: datetime, now: datetime) -> str:
    """How long it is since then, in whole minutes, hours or days."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return str(_("for less than a minute"))
    if minutes < 120:
        return str(ngettext("for %(num)s minute", "for %(num)s minutes", minutes))
    if minutes < 2 * DAY_OF_MINUTES:
        return str(ngettext("for %(num)s hour", "for %(num)s hours", minutes // 60))
    return str(ngettext("for %(num)s day", "for %(num)s days", minutes // DAY_OF_MINUTES))


def there_words(country: str | None, now: datetime) -> str:
    """What time it is in that country (ISO 3166-1 alpha-2); "" where it has several times, or the same as here."""
    zones = get_global("territory_zones").get(country or "", [])
    theirs = [now.astimezone(ZoneInfo(zone)) for zone in zones]
    if not theirs or len({each.utcoffset() for each in theirs}) > 1:
        return ""
    if theirs[0].utcoffset() == to_user_timezone(now).utcoffset():
        return ""
    return str(_("it is %(time)s there", time=format_time(theirs[0], "H:mm", rebase=False)))


def drawn_words(now: datetime) -> str:
    """When the page said what it says."""
    return str(_("As of %(time)s.", time=clock(now)))


def times_of(standing: Standing, places: Sequence[Place], now: datetime) -> dict[str, str]:
    """What goes on with the time while nothing else changes, by the mark `data-time` in the card."""
    since = {"since": waits_words(standing.since, now)} if standing.since is not None else {}
    there = {f"there-{number}": there_words(place.country, now) for number, place in enumerate(places, 1)}
    return {"drawn": drawn_words(now)} | since | {mark: words for mark, words in there.items() if words}


def step_words(slug: str) -> str:
    return str(said(desk_words.STEP_WORDS, slug))


def tread_words(tread: Tread) -> str:
    return str(said(desk_words.TREAD_WORDS if tread.is_choice else desk_words.STEP_WORDS, tread.slug))


def by_words(tread: Tread) -> str:
    return str(said(desk_words.BY_WORDS, tread.by)) if tread.by else ""


def kind_words(kind: str) -> str:
    return str(said(desk_words.KIND_WORDS, kind))


def mail_words(kind: str) -> str:
    return str(desk_words.MAIL_KIND_WORDS.get(kind, desk_words.NOTICE))


def mail_state_words(state: str) -> str:
    return str(said(desk_words.MAIL_STATE_WORDS, state))


def closed_words(closed_by: str) -> str:
    return str(desk_words.CLOSED_WORDS[closed_by])


def pause_words(pause: Pause) -> str:
    return str(desk_words.PAUSE_WORDS[pause.kind]).format(time=clock(pause.until))


def caution_words(caution: Caution) -> str:
    words = str(desk_words.CAUTION_WORDS[caution.kind])
    return words.format(time=day_clock(caution.at), step=step_words(caution.step), agent=caution.agent)


def language_words(tag: str) -> str:
    """The language's name in the reader's language."""
    try:
        return Locale.parse(tag, sep="-" if "-" in tag else "_").get_display_name(get_locale()) or tag
    except (UnknownLocaleError, ValueError):
        return tag


FILTERS = {
    "state_words": state_words,
    "drawn_words": drawn_words,
    "there_words": there_words,
    "desk_step": step_words,
    "tread_words": tread_words,
    "by_words": by_words,
    "way_kind": kind_words,
    "mail_kind": mail_words,
    "mail_state": mail_state_words,
    "closed_words": closed_words,
    "pause_words": pause_words,
    "caution_words": caution_words,
    "language_words": language_words,
}
