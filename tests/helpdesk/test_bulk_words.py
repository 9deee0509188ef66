"""What is said about a file is said in the language of the agent who sent it; a command speaks English."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.helpdesk.conftest import MakeAgent
from tests.helpdesk.test_bulk import looked_at
from wizard.cli import cli

WRONG = b"username,email,language\n,new.one@people.example,fr\nnew.two,nobody,fr\n"
SAID = {
    "fr": ["C’est vide, et c’est nécessaire.", "Ce n’est pas une adresse e-mail. Écrivez-la comme nom@example.org."],
    "es": ["Está vacío y es necesario.", "No es una dirección de correo. Escríbala como nombre@example.org."],
}


@pytest.mark.settings(languages="en,fr,es")
@pytest.mark.parametrize("language", SAID)
def test_the_rows_are_explained_in_the_agents_language(app: Flask, new_agent: MakeAgent, language: str) -> None:
    page = looked_at(app, new_agent(language=language), WRONG)
    assert [row.select("td")[-1].get_text() for row in page.soup.select("[data-result]")] == SAID[language]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "people.csv", "Le fichier est vide, ou sa première ligne l’est. La première ligne nomme les colonnes"),
        (b"username,email\n\xe9,a@x.example\n", "people.csv", "Ligne 2 : Cette ligne n’est pas en UTF-8."),
        (b"PK\x03\x04 no zip", "people.xlsx", "Le fichier est abîmé ou n’est pas un XLSX."),
    ],
    ids=["empty", "another encoding", "broken zip"],
)
def test_a_file_is_refused_in_the_agents_language(
    app: Flask, new_agent: MakeAgent, content: bytes, name: str, said: str
) -> None:
    page = looked_at(app, new_agent(language="fr"), content, name)
    assert said in page.said(".error")


@pytest.mark.settings(languages="fr,en")
def test_a_command_speaks_english_wherever_it_runs(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(WRONG)
    printed = app.test_cli_runner().invoke(cli, ["people", "import", str(file), "--journey", "first-connection"]).output
    assert "Line 2, username: refused. This is empty. It is needed." in printed
