"""``cloudcrate repair``: what is left of a damaged state, and a sound one in its place."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_json_text, echo, places, say, stoppable

if TYPE_CHECKING:
    from cloudcrate.app.repair import Look, Repaired

EXAMPLES = """
\b
Examples:
  cloudcrate repair          says what is damaged and what it would do, and asks
  cloudcrate repair --yes    does it
"""

SENTENCE = "Nothing was changed: to repair it, say so with --yes."


@click.command(epilog=EXAMPLES)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--no-wait", is_flag=True, help="Exit 8 when another run holds the state.")
@click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")
@places
def repair(yes: bool, no_wait: bool, as_json: bool, **options: object) -> None:
    """Repair what cloudcrate remembers, when it is damaged.

    Takes over every row that is sound, those that are not from the newest backup, and finds the rest again
    by the ids in the library's files and in the catalog's rows. The damaged file is kept.
    """
    from cloudcrate import bootstrap, settings

    loaded = settings.load({key: options.get(key) for key in ("library", "state", "database", "jobs")})
    with stoppable() as stop, bootstrap.repairing(loaded, say=say, wait=not no_wait, stop=stop) as repairing:
        looks = repairing.look()
        if not any(look.needs_repair for look in looks):
            click.echo(as_json_text({"state": looks})) if as_json else echo(_look_lines(looks))
            return
        if not yes:
            _ask(looks, as_json=as_json)
        done = repairing.carry_out()
    click.echo(as_json_text({"repaired": done})) if as_json else echo(_done_lines(done))


def _ask(looks: "tuple[Look, ...]", *, as_json: bool) -> None:
    """Says what is left and what would be done. Raises: UsageError unless the user agrees."""
    click.echo(as_json_text({"state": looks})) if as_json else echo((*_look_lines(looks), *_plan_lines(looks)))
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not as_json
    if not (asks and click.confirm("Repair it?", err=True)):
        raise errors.UsageError(SENTENCE)


def _look_lines(looks: "tuple[Look, ...]") -> Iterator[str]:
    for look in looks:
        if look.state == "absent":
            continue
        yield f"{look.name}: {look.state}  {look.path}" + (f" ({look.flaw})" if look.flaw else "")
        for table in look.tables if look.state != "missing" else ():
            more = "" if table.whole else ", and what could not be read"
            if table.sound or table.damaged or more:
                yield f"  {table.name}: {table.sound} rows sound, {table.damaged} damaged{more}"
    if all(look.state == "absent" for look in looks):
        yield "Nothing is remembered yet: there is nothing to repair."
    elif not any(look.needs_repair for look in looks):
        yield "Nothing is damaged."


def _plan_lines(looks: "tuple[Look, ...]") -> Iterator[str]:
    yield "A repair would:"
    for look in looks:
        if not look.needs_repair:
            continue
        if look.state == "damaged":
            yield f"  keep the damaged {look.name} in the folder damaged, and take over every row that is sound"
        else:
            yield f"  begin a new {look.name}"
        if look.backup:
            yield f"  take what is lost of the {look.name} from the backup {look.backup}"
    yield "  look for files and rows that are not remembered any more, by their ids"


def _done_lines(done: "Repaired") -> Iterator[str]:
    for look in done.files:
        if not look.needs_repair:
            continue
        yield f"{look.name}: repaired  {look.path}"
        for table in look.tables:
            if table.sound or table.damaged or table.regained:
                yield f"  {table.name}: {table.sound} rows taken over, {table.regained} from the backup"
        if look.moved_to:
            yield f"  the damaged one: {look.moved_to}"
    yield f"found again: {done.found.files} files by their tags, {done.found.rows} rows by their ids"
    yield from (f"note: {note}" for note in done.found.notes)
