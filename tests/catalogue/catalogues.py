"""Messages as the source has them and as the catalogues have them, and what may differ between the two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
from babel import Locale
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.plurals import get_plural

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "translations"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "_n": (1, 2),
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
TEMPLATES = {"extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols", "silent": "false"}
SOURCES = (
    ("wizard", "**.py", "python", {}),
    ("templates", "**.html", "jinja2", TEMPLATES),
    ("templates", "**.txt", "jinja2", TEMPLATES),
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
BANNED = re.compile(r"\b(please|sorry|invalid|forbidden|wizard|flow|flows|illegal|abort)\b", re.IGNORECASE)

Key = tuple[str | None, str]  # context, message


@cache
def messages_of_source() -> dict[Key, tuple[str | None, str]]:
    """Every message that the source marks: its key, with its plural (or None) and where it stands."""
    found: dict[Key, tuple[str | None, str]] = {}
    for folder, pattern, method, options in SOURCES:
        for file, line, message, _comments, context in extract_from_dir(
            ROOT / folder, [(pattern, method)], {pattern: options}, keywords=KEYWORDS, strip_comment_tags=True
        ):
            one, many = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
            before = found.get((context, one))
            found[context, one] = (many or (before[0] if before else None), f"{folder}/{file}:{line}")
    return found


@cache
def languages() -> tuple[str, ...]:
    """The tags of the languages that have a catalogue."""
    return tuple(sorted(path.parent.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")))


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"))


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid


def living(language: str) -> list[polib.POEntry]:
    return [entry for entry in catalogue(language) if not entry.obsolete]


def faults(entry: polib.POEntry, language: str) -> Iterator[str]:
    """What is wrong with one translated message, in sentences."""
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if not all(texts):
        yield "is not translated."
        return
    if entry.fuzzy:
        yield "is marked fuzzy: somebody must confirm it."
    if entry.msgid_plural and len(texts) != get_plural(language.replace("-", "_")).num_plurals:
        yield f"has {len(texts)} plural forms; the language has {get_plural(language.replace('-', '_')).num_plurals}."
    sources = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
    allowed = {name for source in sources for name in PLACEHOLDER.findall(source)}
    # "One code is left": a plural form may leave out the number, which its words say already.
    needed = allowed - ({"num", "count", "number"} if entry.msgid_plural else set())
    for text in texts:
        names = set(PLACEHOLDER.findall(text))
        if not needed <= names <= allowed:
            yield f"has the placeholders {sorted(names)}, the source {sorted(allowed)}: {text!r}"
        if "%" in PLACEHOLDER.sub("", text):
            yield f"has a % that begins no placeholder: {text!r}"
        if not any(sorted(TAG.findall(text)) == sorted(TAG.findall(source)) for source in sources):
            yield f"has other HTML tags than the source: {text!r}"
        if _edges(text) != _edges(entry.msgid):
            yield f"begins or ends with other white space than the source: {text!r}"


def _edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def is_own_name(language: str) -> bool:
    """Whether the folder is named as Babel names the locale; another name would fall back to English in silence."""
    return str(Locale.parse(language.replace("-", "_"))) == language
