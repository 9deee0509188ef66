"""Which language, which direction, which clock.

Precedence of the language: `?language=` of this request, what the person chose (cookie), the account's language, the browser's
Accept-Language, the installation's first language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from babel import Locale
from flask import Flask, g, has_request_context, request, session
from flask_babel import format_datetime, format_time, get_locale, to_user_timezone

from wizard.extensions import babel, tools
from wizard.services import catalogues
from wizard.words import Words

LANGUAGE_KEY = "language"
SOURCE = "en"


@dataclass(frozen=True)
class LocaleInfo:
    """What `<html lang dir>` needs."""

    tag: str
    direction: str


def init_app(app: Flask) -> None:
    settings = app.extensions["perron"].settings
    compiled = settings.instance / "translations"
    catalogues.compile_into(compiled)
    babel.init_app(
        app,
        default_locale=settings.languages[0],
        default_timezone=settings.time_zone,
        default_translation_directories=str(compiled),
        locale_selector=chosen_language,
    )
    app.context_processor(_in_templates)
    app.add_template_filter(clock)
    app.add_template_filter(day_clock)
    app.add_template_filter(iso)
    app.add_template_filter(in_words)
    app.add_template_filter(whole_minutes)


def chosen_language() -> str:
    """The language tag of this request, one of LANGUAGES. Outside a request English, which is what commands speak."""
    if not has_request_context():
        return SOURCE
    languages = tools().settings.languages
    asked = request.args.get(LANGUAGE_KEY, "")
    if asked in languages:
        return asked
    kept = session.get(LANGUAGE_KEY, "")
    if kept in languages:
        return str(kept)
    account = getattr(g, "account_language", None)
    if account in languages:
        return str(account)
    return request.accept_languages.best_match(languages) or languages[0]


def language_names() -> list[tuple[str, str]]:
    """The installation's languages, each with its own name: the menu."""
    return [(tag, _own_name(tag)) for tag in tools().settings.languages]


def _own_name(tag: str) -> str:
    locale = Locale.parse(tag, sep="-" if "-" in tag else "_")
    name = locale.get_language_name(tag.split("-", maxsplit=1)[0].split("_", maxsplit=1)[0]) or tag
    return name[:1].upper() + name[1:]


def locale_info() -> LocaleInfo:
    locale = get_locale()
    assert locale is not None
    return LocaleInfo(str(locale).replace("_", "-"), locale.text_direction)


def _in_templates() -> dict[str, object]:
    return {"locale": locale_info(), "languages": language_names()}


def clock(moment: datetime) -> str:
    """The local clock time, "10:57", with the day before it when it is not today's.

    With 24 hours in every language, because a phone or a letter is read by many.
    """
    today = to_user_timezone(tools().clock.now()).date() == to_user_timezone(moment).date()
    return str(format_time(moment, "H:mm")) if today else day_clock(moment)


def day_clock(moment: datetime) -> str:
    """Day and clock time in words: "Thursday 27 November, 9:02", in Spanish "jueves 27 de noviembre, 9:02"."""
    locale = get_locale()
    assert locale is not None
    # CLDR's plain English is the American one, which puts the month first.
    day = "d MMMM" if locale.language == "en" else str(locale.datetime_skeletons["MMMMd"].pattern)
    return str(format_datetime(moment, f"EEEE {day}, H:mm"))


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def whole_minutes(seconds: int) -> int:
    """A time of the settings, in seconds, as a sentence tells it: in whole minutes, and at least one."""
    return max(1, seconds // 60)


def in_words(words: Words) -> str:
    """The operator's text in the reader's language."""
    return words.in_language(locale_info().tag)
