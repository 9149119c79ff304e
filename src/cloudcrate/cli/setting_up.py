"""Runs ``init``: the interview, then the files it leaves behind, then what to do next."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from cloudcrate import bootstrap, settings, settings_file, tokens
from cloudcrate.app.setup import Agreed, Setup
from cloudcrate.cli.interview import Found, Interview, Known, Terminal, Wanted, parse_columns
from cloudcrate.core import codec
from cloudcrate.core.model import Field
from cloudcrate.core.text import visible
from cloudcrate.settings_keys import Origin

NEXT = "cloudcrate sync https://soundcloud.com/artist/sets/name"
CHOSEN = ("TRACKS_DB_ID", "PLAYLISTS_DB_ID", "CLOUDCRATE_COLUMNS")

Opener = Callable[[settings.Settings, tokens.Secret], AbstractContextManager[Setup]]
"""Opens what a token reaches, under these settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command's options, as click reads them."""

    token_file: Path | None
    database: str | None
    data_source: str | None
    new: bool
    parent: str | None
    playlists_database: str | None
    columns: tuple[str, ...]
    yes: bool
    add_missing: bool
    state: str | None
    dry_run: bool
    as_json: bool


def run(
    options: Options,
    *,
    on_terminal: bool,
    opener: Opener = bootstrap.setup,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Carries the command out. Raises: CloudcrateError."""
    env = os.environ if environment is None else environment
    path = settings.place(env)
    loaded = _loaded(options, env)
    as_json, look_only = options.as_json, options.dry_run
    interview = Interview(
        _wanted(options, env),
        _known(loaded, path),
        opener=partial(opener, loaded),
        terminal=Terminal() if on_terminal else None,
        say=partial(click.echo, err=as_json),
        before_making=partial(settings_file.prove_writable, path),
    )
    found = interview.run()
    token_file = options.token_file and options.token_file.expanduser().absolute()
    written = [] if look_only else _write(path, found, token_file)
    notes = _notes(found, options, env)
    if as_json:
        click.echo(_json(found, path, written, notes, look_only=look_only))
        return
    for file in written:
        click.echo(f"Written: {visible(str(file))}")
    if not written:
        click.echo("Nothing was changed." if look_only else f"Nothing to change in {visible(str(path))}.")
    for note in notes:
        click.echo(f"Note: {note}")
    click.echo("Next: the same command without --dry-run" if look_only else f"Next: {NEXT}")


def _loaded(options: Options, env: Mapping[str, str]) -> settings.Settings:
    """The settings without what the environment chooses: to this command those are options."""
    flags = {"state": options.state, "notion_token_file": options.token_file}
    return settings.load(flags, {k: v for k, v in env.items() if k not in CHOSEN}, may_be_new=True)


def _wanted(options: Options, env: Mapping[str, str]) -> Wanted:
    return Wanted(
        database=options.database or None,
        data_source=options.data_source or None,
        playlists_database=options.playlists_database or None,
        new=options.new,
        parent=options.parent or None,
        columns=parse_columns(options.columns) if options.columns else _columns(env),
        yes=options.yes,
        add_missing=options.add_missing,
        look_only=options.dry_run,
    )


def _columns(env: Mapping[str, str]) -> dict[Field, str]:
    """The columns that a variable chooses. Raises: UsageError."""
    if not env.get("CLOUDCRATE_COLUMNS"):
        return {}
    chosen = settings.load({}, env, may_be_new=True, with_tokens=False).columns
    return {field: column.id or column.name for field, column in chosen.items()}


def _known(loaded: settings.Settings, path: Path) -> Known:
    return Known(
        token=loaded.notion_token,
        replaceable=loaded.token_source == str(path.parent / tokens.KEPT_IN),
        database=loaded.database,
        playlists_database=loaded.playlists_database,
        columns=loaded.columns,
    )


def _write(path: Path, found: Found, token_file: Path | None) -> list[Path]:
    """Writes what was found out; answers the files that changed."""
    written = []
    if found.token is not None:
        settings_file.write_token(path.parent / tokens.KEPT_IN, found.token.reveal())
        written.append(path.parent / tokens.KEPT_IN)
    changes = settings_file.Changes(
        database=found.table.id if found.table else None,
        playlists_database=found.playlists.id if found.playlists else "",
        notion_token_file=None if token_file is None else str(token_file),
        columns=found.agreement.columns if found.agreement else None,
    )
    if settings_file.write(path, changes):
        written.append(path)
    return written


def _notes(found: Found, options: Options, env: Mapping[str, str]) -> list[str]:
    """What says otherwise and goes before what this command writes: the environment, and ``.env``.

    The keyring does not: a token's file that the settings name goes before it, and with a keyring nothing else is
    written.
    """
    survey = settings.survey({}, env, with_tokens=False)
    tables = (
        ("database", found.table, options.database),
        ("playlists_database", found.playlists, options.playlists_database),
    )
    other = []
    elsewhere = bool(options.data_source) or found.made  # whether they lead to another table than was found
    for name, table, option in tables:
        given = survey.given.get(name)
        if given is None or given.origin not in (Origin.VARIABLE, Origin.DOTENV):
            continue
        value = str(given.value)
        follows = option == value or (not option and given.origin is Origin.DOTENV)
        elsewhere = elsewhere or (name == "database" and not follows)
        if (elsewhere or not follows) and (table is None or _digits(value) != _digits(table.id)):
            other.append(given.where)
    if options.token_file is not None or found.token is not None:
        other += [name for name in (*tokens.TOKEN_VARIABLES, "NOTION_TOKEN_FILE") if env.get(name)]
        dotenv = survey.places.dotenv
        other += [f"{name} in {dotenv.path}" for name in tokens.TOKEN_VARIABLES if dotenv.values.get(name)]
    if found.agreement is not None and env.get("CLOUDCRATE_COLUMNS"):
        other.append("CLOUDCRATE_COLUMNS")
    return [f"{visible(name)} is set, and goes before the settings file." for name in other]


def _json(found: Found, path: Path, written: list[Path], notes: list[str], *, look_only: bool) -> str:
    agreed = found.agreement
    document = {
        "workspace": found.workspace,
        "database": found.table,
        "playlists_database": found.playlists,
        "made": found.made,
        "columns": [_column(a) for a in agreed.fields] if agreed else [],
        "missing": agreed.missing if agreed else [],
        "added": found.added,
        "settings_file": str(path),
        "written": [str(file) for file in written],
        "notes": notes,
        "next_step": "" if look_only else NEXT,
    }
    whole = {"schema_version": codec.SCHEMA_VERSION, **codec.plain({"init": document})}
    return json.dumps(whole, ensure_ascii=True, indent=2)


def _column(agreed: Agreed) -> dict[str, str]:
    column = agreed.column
    return {
        "field": agreed.field.value,
        "column": column.name,
        "id": column.id,
        "type": column.type,
        "standing": agreed.standing.value,
        "reason": agreed.reason,
    }


def _digits(given: str) -> str:
    return given.replace("-", "").strip().lower()
