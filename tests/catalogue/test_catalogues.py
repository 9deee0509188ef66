"""Every language says everything, says it whole, and nothing in its catalogue is left from an older release."""

from __future__ import annotations

import ast

import polib
import pytest

from tests.catalogue.catalogues import (
    BANNED,
    ROOT,
    TRANSLATIONS,
    catalogue,
    faults,
    is_own_name,
    key,
    languages,
    living,
    messages_of_source,
)
from wizard.settings import Settings

SOURCE_LANGUAGE = "en"
MARKS = {"_", "_l", "_n", "gettext", "ngettext", "lazy_gettext", "lazy_ngettext"}


def test_each_language_of_the_settings_has_a_catalogue() -> None:
    offered = {tag.replace("-", "_") for tag in Settings().languages} - {SOURCE_LANGUAGE}
    assert offered, "An installation offers more than one language."
    assert offered <= set(languages())


def test_the_folders_are_named_as_the_locales_are() -> None:
    folders = [path.name for path in TRANSLATIONS.iterdir() if path.is_dir()]
    assert [name for name in folders if not is_own_name(name)] == []


def test_the_catalogues_have_exactly_the_messages_of_the_source() -> None:
    source = set(messages_of_source())
    assert len(source) > 100, "Too few messages were found in the source."
    for language in languages():
        known = {key(entry) for entry in living(language)}
        missing = sorted(f"{text!r} ({messages_of_source()[context, text][1]})" for context, text in source - known)
        stale = sorted(repr(text) for _, text in known - source)
        assert (missing, stale) == ([], []), f"The catalogue of {language} is not the source's: extract and update it."


def test_the_plurals_are_those_of_the_source() -> None:
    wrong = [
        f"{language}: {entry.msgid!r}"
        for language in languages()
        for entry in living(language)
        if (entry.msgid_plural or None) != messages_of_source().get(key(entry), (None, ""))[0]
    ]
    assert not wrong


def test_every_message_is_translated_whole() -> None:
    wrong = [
        f"{language}: {entry.msgid!r} {fault}"
        for language in languages()
        for entry in living(language)
        for fault in faults(entry, language)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_catalogue_keeps_obsolete_messages() -> None:
    assert {language: len(catalogue(language).obsolete_entries()) for language in languages()} == dict.fromkeys(
        languages(), 0
    )


def test_no_text_is_marked_where_no_extraction_finds_it() -> None:
    """Within an f-string a text is called and never found: it would stay English."""
    calls = (
        (path, call)
        for path in (ROOT / "wizard").rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS
    )
    assert [f"{path}:{call.lineno}" for path, call in calls] == []


def test_the_english_words_are_ours() -> None:
    texts = {text: place for (_, one), (many, place) in messages_of_source().items() for text in (one, many) if text}
    said = [f"{place}: {BANNED.findall(text)} in {text!r}" for text, place in texts.items() if BANNED.search(text)]
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (polib.POEntry(msgid="Continue", msgstr=""), "is not translated"),
        (polib.POEntry(msgid="Continue", msgstr="Continuer", flags=["fuzzy"]), "fuzzy"),
        (polib.POEntry(msgid="Good until %(time)s.", msgstr="Valable jusqu’à %(heure)s."), "placeholders"),
        (polib.POEntry(msgid="Good until %(time)s.", msgstr="Valable."), "placeholders"),
        (polib.POEntry(msgid="Slowest tenth", msgstr="Les 10 % les plus lents"), "begins no placeholder"),
        (polib.POEntry(msgid="Call <b>us</b>.", msgstr="Appelez-nous."), "HTML tags"),
        (polib.POEntry(msgid="Continue", msgstr="Continuer "), "white space"),
        (polib.POEntry(msgid="one", msgid_plural="%(num)d", msgstr_plural={0: "un"}), "plural forms"),
    ],
)
def test_a_faulty_translation_is_found(entry: polib.POEntry, said: str) -> None:
    assert any(said in fault for fault in faults(entry, "fr"))


def test_a_good_translation_has_no_faults() -> None:
    one = polib.POEntry(msgid="Call <b>%(who)s</b>.", msgstr="Appelez <b>%(who)s</b>.")
    many = polib.POEntry(
        msgid="One code", msgid_plural="%(num)d codes", msgstr_plural={0: "Un code", 1: "%(num)d codes"}
    )
    assert [*faults(one, "fr"), *faults(many, "fr")] == []
