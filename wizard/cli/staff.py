"""`perron staff`: who works at the helpdesk. The first administrator is made here and nowhere else (SEC-08)."""

from __future__ import annotations

from dataclasses import asdict

import click
from flask.cli import with_appcontext

from wizard.cli import output
from wizard.cli.people import id_and_name
from wizard.domain.desk_rights import RIGHTS
from wizard.domain.journey_names import FIRST_CONNECTION
from wizard.extensions import tools
from wizard.models import Account, write
from wizard.services import issues, mails, organisations, people, people_search
from wizard.services import staff as services
from wizard.services.people import NameTaken
from wizard.services.staff import Scope


@click.group()
def staff() -> None:
    """Agents of the helpdesk."""


@staff.command("add")
@click.argument("username")
@click.argument("email")
@click.option("--role", type=click.Choice(RIGHTS), required=True, help="Each role has the rights of those before it.")
@click.option("--organisation", help="Only members of this organisation.")
@click.option("--country", help="Only members of offices in this country (two letters).")
@click.option("--language", help="Only people whose language this is.")
@click.option("--given-name", default="")
@click.option("--family-name", default="")
@with_appcontext
def add(username: str, email: str, *, role: str, **said: str) -> None:
    """Make somebody an agent and print a one-time address at which they set up password and second step.

    For an account that has its password already, only role and scope are set, and no address is printed.
    """
    scope = _scope(said)
    account = _account(username, email, said)
    with write():
        services.appoint(account.id, role, scope, people.OPERATOR)
    if account.password_hash is not None or account.password_ended_at is not None:
        click.echo(f"{username} is an agent now ({role}), and signs in as before.")
        return
    with write() as session:
        secrets = issues.issue(session.get_one(Account, account.id), with_password=False)
    click.echo(
        f"{username} is an agent now ({role}). Give this address to nobody else; it works until the password is set:"
    )
    click.echo(mails.button_address(secrets.button_token))


@staff.command("list")
@output.json_option
@with_appcontext
def list_(*, as_json: bool) -> None:
    """List the agents."""
    found = services.everyone()
    if as_json:
        output.print_json([asdict(each) for each in found])
        return
    for each in found:
        narrowed = ", ".join(filter(None, (each.organisation, each.country, each.language)))
        click.echo("\t".join([each.username or each.email, each.role, narrowed]))


@staff.command("remove")
@click.argument("name")
@with_appcontext
def remove(name: str) -> None:
    """Take the right to the helpdesk away; the agent's sessions end at once."""
    account_id, shown = id_and_name(name)
    with write():
        gone = services.dismiss(account_id, people.OPERATOR)
    click.echo(f"{shown} is no agent any more." if gone else f"{shown} is no agent. Nothing changed.")


def _scope(said: dict[str, str]) -> Scope:
    organisation_id = None
    if said["organisation"]:
        organisation_id = _organisation_id(said["organisation"])
    country = (said["country"] or "").upper() or None
    language = said["language"] or None
    if language and language not in tools().settings.languages:
        raise click.UsageError(f"This is not a language of this installation: {language}.")
    return Scope(organisation_id, country, language)


def _organisation_id(name: str) -> str:
    found = organisations.id_of(name)
    if found is None:
        raise click.UsageError(f"No organisation has this name: {name}.")
    return found


def _account(username: str, email: str, said: dict[str, str]) -> Account:
    """The account of that user name with that address, made when there is none."""
    settings = tools().settings
    values = {
        "username": username,
        "email": email,
        "given_name": said["given_name"],
        "family_name": said["family_name"],
    }
    _key, person, problems = people.read_person(values, settings.languages)
    if person is None:
        raise click.UsageError("\n".join(f"{problem.column}: {problem.reason}" for problem in problems))
    row = people.new_account(person, journey=FIRST_CONNECTION, language=settings.languages[0], now=tools().clock.now())
    try:
        with write():
            people.add([row], source="staff")
            people_search.refresh([row["id"]])
    except NameTaken:
        account = people.find(username)
        if account.email_key != person.email_key:
            raise click.ClickException("This user name is somebody else's: the address is another one.") from None
        return account
    return people.find(username)
