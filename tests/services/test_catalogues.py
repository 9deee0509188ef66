"""The catalogues: what is wrong with one is said, and what people read is compiled from it."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest

from wizard.services import catalogues

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
SOURCE = (
    '_("Continue")\n_("Good until %(time)s.", time=1)\n_("<b>One</b>")\nngettext("%(num)s try", "%(num)s tries", 2)\n'
)
COMPLETE = (
    'msgid "Continue"\nmsgstr "Continuer"\n\n'
    'msgid "Good until %(time)s."\nmsgstr "Valable jusqu’à %(time)s."\n\n'
    'msgid "<b>One</b>"\nmsgstr "<b>Un</b>"\n\n'
    'msgid "%(num)s try"\nmsgid_plural "%(num)s tries"\nmsgstr[0] "%(num)s essai"\nmsgstr[1] "%(num)s essais"\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source of four texts, and a place for catalogues beside it."""
    (tmp_path / "wizard").mkdir()
    (tmp_path / "wizard" / "texts.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path / "translations")
    return tmp_path


def write(folder: Path, content: str, tag: str = "fr") -> Path:
    path = folder / "translations" / tag / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + content, encoding="utf-8")
    return path


def test_a_complete_catalogue_has_no_problem(folder: Path) -> None:
    write(folder, COMPLETE)
    assert catalogues.problems() == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('msgstr "Continuer"', 'msgstr ""', "'Continue' is not translated"),
        ('msgid "Continue"\nmsgstr "Continuer"\n\n', "", "'Continue' is missing"),
        ('msgid "Continue"', '#, fuzzy\nmsgid "Continue"', "is marked fuzzy"),
        ('msgid "Continue"\n', 'msgid "Old"\nmsgstr "Vieux"\n\nmsgid "Continue"\n', "'Old' is not in the source any more"),
        ("%(time)s.\"\n\nmsgid \"<b>", "%(heure)s.\"\n\nmsgid \"<b>", "other placeholders"),
        ("jusqu’à %(time)s", "toujours", "other placeholders"),
        ('msgstr "Continuer"', 'msgstr "100 % prêt"', "begins no placeholder"),
        ("<b>Un</b>", "<i>Un</i>", "other tags"),
        ('msgstr "Continuer"', 'msgstr "Continuer "', "other white space"),
        ('msgstr[1] "%(num)s essais"', 'msgstr[1] ""', "is not translated"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(folder: Path, right: str, wrong: str, said: str) -> None:
    assert right in COMPLETE
    write(folder, COMPLETE.replace(right, wrong))
    found = catalogues.problems()
    assert any(problem.startswith("fr: ") and said in problem for problem in found), found


def test_a_folder_with_another_name_than_the_locale_is_found(folder: Path) -> None:
    write(folder, COMPLETE, tag="FR")
    assert any("not named as the locale is" in problem for problem in catalogues.problems())


def test_an_update_adds_what_is_new_and_drops_what_is_gone(folder: Path) -> None:
    path = write(folder, COMPLETE.replace('msgid "Continue"\nmsgstr "Continuer"', 'msgid "Old"\nmsgstr "Vieux"'))
    assert catalogues.update() == {"fr": 1}
    written = path.read_text(encoding="utf-8")
    assert "Vieux" not in written
    assert 'msgid "Continue"' in written
    assert "essais" in written
    assert catalogues.update() == {"fr": 1}
    assert path.read_text(encoding="utf-8").split("\n\n", 1)[1] == written.split("\n\n", 1)[1]


def test_what_is_compiled_says_the_translation(folder: Path) -> None:
    write(folder, COMPLETE)
    target = folder / "instance"
    assert catalogues.compile_into(target) == ["fr"]
    with (target / "fr" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        spoken = gettext.GNUTranslations(file)
    assert spoken.gettext("Continue") == "Continuer"
    assert spoken.ngettext("%(num)s try", "%(num)s tries", 2) == "%(num)s essais"


def test_only_what_has_changed_is_compiled_again(folder: Path) -> None:
    path, target = write(folder, COMPLETE), folder / "instance"
    catalogues.compile_into(target)
    assert catalogues.compile_into(target) == []
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 60))
    assert catalogues.compile_into(target) == ["fr"]
    assert [found.name for found in (target / "fr" / "LC_MESSAGES").iterdir()] == ["messages.mo"]
