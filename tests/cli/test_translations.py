"""`perron translations`: complete, or with the status that stops a build."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from wizard.cli.translations import translations
from wizard.services import catalogues


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One text in the source, and one catalogue without it."""
    (tmp_path / "wizard").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "wizard" / "texts.py").write_text('_("Continue")\n', encoding="utf-8")
    path = tmp_path / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n', encoding="utf-8")
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path / "translations")
    return path


def test_a_text_without_a_translation_ends_the_check_with_status_1(catalogue: Path) -> None:
    done = CliRunner().invoke(translations, ["check"])
    assert (done.exit_code, "'Continue' is missing" in done.stdout) == (1, True)


def test_update_adds_the_text_and_a_translation_makes_it_complete(catalogue: Path) -> None:
    done = CliRunner().invoke(translations, ["update"])
    assert "fr: 1 to translate" in done.stdout
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(
        text.replace('msgid "Continue"\nmsgstr ""', 'msgid "Continue"\nmsgstr "Continuer"'), encoding="utf-8"
    )
    done = CliRunner().invoke(translations, ["check"])
    assert (done.exit_code, done.stdout) == (0, "Every catalogue is complete.\n")
