"""`perron people`: bring people in, see where one stands, close an account, end one step."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from wizard.cli import importing, output
from wizard.cli.people_words import import_summary, print_import, print_person
from wizard.domain.journey_names import FIRST_CONNECTION
from wizard.extensions import tools
from wizard.models import Account, write
from wizard.services import import_files, imports, invitations, invitees, people_adding, people_facts, resets
from wizard.services import people as accounts
from wizard.services.import_reports import REFUSED
from wizard.services.import_rows import REQUIRED

people = AppGroup("people", help="Import people, and look after single accounts.")


def _journey(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    if name in REQUIRED:
        return name
    raise click.UsageError(f"No import is known for the journey “{name}”. There is: {', '.join(REQUIRED)}.")


def _found(name: str) -> Account:
    try:
        return accounts.find(name)
    except accounts.NobodyFound as error:
        raise click.ClickException(str(error)) from None


def id_and_name(name: str) -> tuple[str, str]:
    """The account of that name, as `people show` takes it: its id and what it is called. Raises ClickException."""
    account = _found(name)
    return account.id, account.sign_in_name


@people.command("import")
@importing.file_argument
@click.option(
    "--journey",
    required=True,
    callback=_journey,
    help="The journey that they walk: first-connection or migrated-account.",
)
@importing.dry_run_option
@click.option("--update", is_flag=True, help="Apply changed values. A new address ends what was mailed to the old one.")
@click.option("--invite", is_flag=True, help="Send an invitation to everybody of the file who has none.")
@importing.report_option
@output.json_option
def import_(
    file: Path, *, journey: str, dry_run: bool, update: bool, invite: bool, report: Path | None, as_json: bool
) -> None:
    """Import people from a CSV or XLSX file with a header: username, email and, if known, names and language.

    For migrated-account the header names email, organisation, office and role; organisations and offices are made where the file says
    their kind.

    Of an XLSX the first sheet is read; `perron people template` makes an empty one.
    Good rows go in; bad ones are named with line, column and reason. The same file again changes nothing. An empty cell
    says nothing: it changes no value. Exit status 3: some rows were refused.
    """
    order = imports.Order(file, journey, dry_run=dry_run, update=update, invite=invite, report=report)
    with importing.reading(file, report) as tell:
        sheets = import_files.sheet_names(file)
        summary = imports.run(order, on_bytes=tell)
    if as_json:
        output.print_json({**import_summary(summary, dry_run=dry_run), "unused_sheets": sheets[1:]})
    else:
        if sheets[1:]:
            click.echo(f"Only the sheet “{sheets[0]}” is read. Not read: {', '.join(sheets[1:])}.")
        print_import(summary, dry_run=dry_run)
    if summary.counts[REFUSED]:
        sys.exit(output.SOME_REFUSED)


@people.command("template")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--journey", default=FIRST_CONNECTION, callback=_journey, show_default=True)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def template(out: Path, *, journey: str, force: bool) -> None:
    """Write an empty sheet to fill in, for example people.xlsx, with a second sheet that explains the columns."""
    from wizard.services import import_template  # it loads a library that no other command needs

    if out.suffix.lower() != ".xlsx":
        raise click.UsageError("Let the name of the file end in .xlsx.")
    content = import_template.template(journey, tools().settings.languages, tools().clock.now())
    try:
        with out.open("wb" if force else "xb") as file:
            file.write(content)
    except FileExistsError:
        raise click.ClickException(f"{out} is there already. `--force` writes over it.") from None
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror or error}.") from None
    click.echo(f"Written: {out}. Fill in the sheet “{import_template.PEOPLE}” and import the file.")


@people.command("add")
@click.argument("names", nargs=-1, required=True, metavar="[USERNAME] EMAIL")
@click.option("--given-name", default="")
@click.option("--family-name", default="")
@click.option("--display-name", default="")
@click.option("--language", default="", help="A language tag of this installation.")
@click.option(
    "--organisation", default="", help="With --office and --role: where somebody of migrated-account belongs."
)
@click.option("--organisation-kind", default="", help="Needed for an organisation that is not known yet.")
@click.option("--office", default="")
@click.option("--office-kind", default="", help="Needed for an office that is not known yet.")
@click.option("--country", default="", help="The office's country, two letters.")
@click.option("--role", default="", help="reader, editor or administrator.")
@click.option("--journey", default=FIRST_CONNECTION, callback=_journey, show_default=True)
@click.option("--invite", is_flag=True, help="Send the invitation.")
def add(*, names: tuple[str, ...], journey: str, invite: bool, **values: str) -> None:
    """Add one person. Only people of migrated-account may be without a user name."""
    *username, values["email"] = names
    if len(username) > 1 or (not username and "username" in REQUIRED[journey]):
        raise click.UsageError("Give the user name and the address.")
    values["username"] = username[0] if username else ""
    unused = [column for column in imports.unused_columns(journey, tuple(values)) if values[column]]
    if unused:
        raise click.UsageError(f"People of {journey} have no use for: {', '.join(unused)}.")
    try:
        added = people_adding.add(values, journey)
    except people_adding.NotUsable as error:
        raise click.UsageError(str(error)) from None
    except people_adding.AlreadyThere:
        name = "user name" if username else "address"
        raise click.ClickException(f"This {name} is taken. Nothing was added.") from None
    click.echo(f"Added {added.key}.")
    for note in added.notes:
        click.echo(note)
    if invite and invitations.send_to([added.account_id]):
        click.echo(f"The invitation to {values['email']} is in the outbox.")
    elif invite:
        reason = invitees.why_not([_found(added.account_id)], invitees.INVITATION) or "other-journey"
        click.echo(f"No invitation was sent: {invitations.REASONS[reason]}.", err=True)


@people.command("show")
@click.argument("name")
@output.json_option
def show(name: str, *, as_json: bool) -> None:
    """Say where a person stands. NAME is a user name, or an address that only one account has."""
    facts = people_facts.facts(_found(name), tools().clock.now())
    if as_json:
        output.print_json(facts)
    else:
        print_person(facts)


@people.command("list")
@click.option("--journey", help="Only accounts of this journey.")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many.")
@output.json_option
def list_(*, journey: str | None, limit: int | None, as_json: bool) -> None:
    """List the accounts by user name."""
    rows = people_facts.everyone(journey, limit)
    if as_json:
        output.print_json_list(rows)
        return
    for row in rows:
        state = "disabled" if row["disabled_at"] else ""
        click.echo("\t".join((row["username"] or "", row["email"], row["journey"], state)))


@people.command("disable")
@click.argument("name")
@click.option("--enable", is_flag=True, help="Open the account again.")
def disable(name: str, *, enable: bool) -> None:
    """Close an account: all its sessions end at once, and nobody signs in to it."""
    account_id, shown = id_and_name(name)
    with write():
        opened = accounts.enable(account_id) if enable else False
        ended = None if enable else accounts.disable(account_id, tools().clock.now())
    if enable:
        click.echo(f"{shown} is enabled again." if opened else f"{shown} was not disabled. Nothing changed.")
    elif ended is None:
        click.echo(f"{shown} was disabled already. Nothing changed.")
    else:
        click.echo(f"{shown} is disabled. Sessions ended: {ended}.")


@people.command("confirm-address")
@click.argument("name")
@click.option("--withdraw", is_flag=True, help="Take the confirmation back.")
def confirm_address(name: str, *, withdraw: bool) -> None:
    """Note that you have made sure that a person's address is read by nobody else.

    An address that looks shared, or that another account has too, then leads to this account and may be invited.
    """
    account_id, shown = id_and_name(name)
    now = tools().clock.now()
    with write():
        changed = accounts.confirm_address(account_id, None if withdraw else now)
    became, was = ("no longer confirmed", "not confirmed") if withdraw else ("confirmed", "confirmed already")
    click.echo(f"The address of {shown} is {became}." if changed else f"The address was {was}. Nothing changed.")


@people.command("reset")
@click.argument("name")
@click.argument("step")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(name: str, step: str, *, yes: bool) -> None:
    """End one step of one person, for example change-password, so that exactly this step is asked again.

    Check first that you speak with the person whose account it is.
    """
    account_id, shown = id_and_name(name)
    slug = step.replace("_", "-")
    if slug not in resets.RESETS:
        raise click.UsageError(f"“{step}” cannot be reset. These can: {', '.join(sorted(resets.RESETS))}.")
    if not yes:
        click.confirm(f"End {slug} of {shown}?", abort=True, err=True)
    try:
        done = resets.reset(account_id, slug, by=accounts.OPERATOR)
    except resets.NothingToReset:
        raise click.ClickException(f"{slug} is not done for {shown}, so there is nothing to end.") from None
    click.echo(f"Ended: {done.ended}.")
    click.echo(f"Next, {shown} walks {done.owes}." if done.owes else f"{shown} owes nothing and signs in as before.")
