"""The `perron` command: one file per noun; `output` and `importing` are what they share.

Exit status 0 done, 1 failure, 2 usage, 3 some rows refused.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click
from flask import Flask
from flask.cli import FlaskGroup

from wizard.cli.database import init, prepare_secret
from wizard.cli.doctor import doctor
from wizard.cli.invitations import invitations
from wizard.cli.journey import journey
from wizard.cli.mail import mail
from wizard.cli.organisations import organisations
from wizard.cli.people import people
from wizard.cli.serve import serve
from wizard.cli.staff import staff
from wizard.cli.translations import translations
from wizard.settings import SettingsError


def _create_app() -> Flask:
    from wizard import create_app

    try:
        return create_app()
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


cli = FlaskGroup(
    name="perron", create_app=_create_app, add_default_commands=False, add_version_option=False, load_dotenv=False
)
cli.help = "Perron: first connection and sign-in."
for command in (doctor, init, invitations, journey, mail, organisations, people, serve, staff, translations):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    words = list(arguments) if arguments is not None else sys.argv[1:]
    if words[:1] == ["init"]:
        prepare_secret(os.environ)
    cli.main(args=list(arguments) if arguments is not None else None, prog_name="perron")
