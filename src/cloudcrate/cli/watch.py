"""``cloudcrate watch``: keeps playlists synced, in the foreground or as a service of the user; ``cloudcrate runs``."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_data, as_json_text, echo, opened, places, say, settings_of, stoppable

if TYPE_CHECKING:
    from cloudcrate.app.watch import Teller, Tried
    from cloudcrate.cli.units import Job
    from cloudcrate.core.timetable import Upcoming
    from cloudcrate.settings import Settings

WATCH = """
\b
Examples:
  cloudcrate watch                      until Ctrl-C
  cloudcrate watch --dry-run            when is what due?
  cloudcrate watch --once               what is due now, then end
  cloudcrate watch --json               a line of JSON for each run, for programs
  cloudcrate watch --install --print    a systemd unit or a launchd agent

\b
In config.toml:
  [watch]
  every = "6h"
  quiet = "23:00-07:00"
  [watch.playlists]
  "Night Bus" = "every 2h"
  "Archive" = "0 6 * * 1"
"""


@click.command(epilog=WATCH)
@click.option("--once", is_flag=True, help="Sync what is due now and end; 3 when something is left to do.")
@click.option("--dry-run", is_flag=True, help="Print when what is due, and stop.")
@as_data
@click.option("--install", is_flag=True, help="Write a systemd unit or a launchd agent; starts nothing.")
@click.option("--print", "only_print", is_flag=True, help="With --install: print it instead.")
@click.option("--kind", type=click.Choice(("systemd", "launchd")), help="With --install. [by the system]")
@places
def watch(
    once: bool,
    dry_run: bool,
    as_json: bool,
    install: bool,
    only_print: bool,
    kind: str | None,
    **options: object,
) -> None:
    """Keep the playlists that were synced before, or are named in the settings, synced on their schedules.

    Stays in the foreground until it is asked to stop (Ctrl-C, SIGTERM), and ends with 0 then. An error of
    one playlist is told, and it is tried again at its next time. With --json each line is a document of its own.
    """
    if (only_print or kind) and not install:
        raise errors.UsageError("--print and --kind belong to --install.")
    if install:
        _install(settings_of(options, with_tokens=False), options, kind, only_print=only_print, as_json=as_json)
    elif dry_run:
        _preview(options, as_json=as_json)
    else:
        _watch(options, once=once, as_json=as_json)


RUNS = """
\b
Examples:
  cloudcrate runs
  cloudcrate runs --limit 50 --json
"""


@click.command(epilog=RUNS)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, metavar="N", help="So many.")
@click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")
@places
def runs(limit: int, as_json: bool, **options: object) -> None:
    """Show how the last runs ended, newest first."""
    from cloudcrate.cli import show

    with opened(options) as service:
        found = service.runs(limit)
    click.echo(as_json_text({"runs": found})) if as_json else echo(show.run_lines(found))


# --- watching -----------------------------------------------------------------------------------


class _Spoken:
    """Prints a line per run, and what is next."""

    def tried(self, tried: "Tried") -> None:
        """See ``app.watch.Teller``."""
        from cloudcrate.cli import show

        echo(show.tried_lines(tried))

    def upcoming(self, upcoming: "Sequence[Upcoming]", strangers: Sequence[str]) -> None:
        """See ``app.watch.Teller``."""
        from cloudcrate.cli import show

        echo(show.upcoming_lines(upcoming, strangers))

    def trouble(self, error: errors.CloudcrateError) -> None:
        """See ``app.watch.Teller``."""
        _say_trouble(error)


class _Lines:
    """Prints a line of JSON per run, and what is next; what keeps everything from being synced goes to stderr."""

    def tried(self, tried: "Tried") -> None:
        """See ``app.watch.Teller``."""
        error = tried.error
        told = {
            "playlist": tried.playlist,
            "report": None if tried.ended is None else tried.ended.report,
            "error": None if error is None else {"code": error.code, "message": error.message, "hint": error.hint},
            "exit_code": tried.exit_code,
        }
        click.echo(as_json_text({"tried": told}, one_line=True))

    def upcoming(self, upcoming: "Sequence[Upcoming]", strangers: Sequence[str]) -> None:
        """See ``app.watch.Teller``."""
        click.echo(as_json_text({"upcoming": upcoming, "strangers": strangers}, one_line=True))

    def trouble(self, error: errors.CloudcrateError) -> None:
        """See ``app.watch.Teller``."""
        _say_trouble(error)


def _say_trouble(error: errors.CloudcrateError) -> None:
    from cloudcrate.core.text import visible

    say(f"error: {visible(error.message)} It is tried again.")


def _preview(options: dict[str, object], *, as_json: bool) -> None:
    from cloudcrate.cli import show

    with opened(options) as service:
        found, strangers = service.agenda.upcoming(), service.agenda.strangers()
    if as_json:
        click.echo(as_json_text({"upcoming": found, "strangers": strangers}))
    else:
        echo(show.upcoming_lines(found, strangers))


def _watch(options: dict[str, object], *, once: bool, as_json: bool) -> None:
    from cloudcrate import bootstrap
    from cloudcrate.ports.running import Silent

    with stoppable() as stop:
        teller: Teller = _Lines() if as_json else _Spoken()
        watching = bootstrap.watch(lambda: settings_of(options), listener=Silent(), say=say, stop=stop, teller=teller)
        if not once:
            watching.run()
            return
        codes = {tried.exit_code for tried in watching.once()} - {0}
    if codes:
        raise SystemExit(codes.pop() if len(codes) == 1 else 3)


# --- installing ---------------------------------------------------------------------------------


def _install(
    settings: "Settings", options: Mapping[str, object], kind: str | None, *, only_print: bool, as_json: bool
) -> None:
    from cloudcrate.cli import units

    kind = kind or {"linux": "systemd", "darwin": "launchd"}.get(sys.platform)
    if kind is None:
        raise errors.UsageError("There is neither systemd nor launchd here.", hint="Run `cloudcrate watch` by hand.")
    job = _job(settings, options)
    home = Path.home()
    if kind == "systemd":
        path = _config_home(home) / "systemd" / "user" / f"{units.LABEL}.service"
        text = units.systemd_unit(job)
        enable = f"systemctl --user daemon-reload && systemctl --user enable --now {units.LABEL}.service"
    else:
        path = home / "Library" / "LaunchAgents" / f"{units.LABEL}.plist"
        text = units.launchd_agent(job, home / "Library" / "Logs" / f"{units.LABEL}.log")
        enable = f'launchctl bootstrap gui/{os.getuid() if hasattr(os, "getuid") else "UID"} "{path}"'
    _warn_of_what_is_left_out(job, kind)
    if not only_print:
        _write(path, text, settings)
    if as_json:
        told = {"kind": kind, "path": str(path), "written": not only_print, "text": text, "next_step": enable}
        click.echo(as_json_text({"service": told}))
    elif only_print:
        click.echo(text, nl=False)
    else:
        click.echo(f"{path} is written; nothing is started. Next:\n  {enable}")
        if kind == "systemd":
            click.echo("To have it run while you are not logged in, too:\n  loginctl enable-linger")


def _job(settings: "Settings", options: Mapping[str, object]) -> "Job":
    """The command, with the variables that say now where things are; options given go before them."""
    from cloudcrate.cli.units import Job
    from cloudcrate.settings import place
    from cloudcrate.settings_known import KEYS

    variables = {
        name: str(Path(value).expanduser().absolute()) if key.kind is Path else value
        for key in KEYS
        for name in key.variables
        if (value := os.environ.get(name))
    }
    if os.environ.get("CLOUDCRATE_CONFIG"):
        variables["CLOUDCRATE_CONFIG"] = str(place())
    for key in KEYS:
        given = options.get(key.name)
        if given is not None:
            variables[key.variables[0]] = str(given)
    variables["CLOUDCRATE_LIBRARY"] = settings.library_url or str(settings.library)
    if settings.state_url is None:
        variables["CLOUDCRATE_STATE"] = str(settings.state)
    elif variables.pop("CLOUDCRATE_STATE", None) is not None:
        say("Note: CLOUDCRATE_STATE may hold a password and is not put into it; put it into the settings file.")
    return Job(
        command=(sys.executable, "-m", "cloudcrate", "watch"),
        environment=variables,
        writes=(settings.library, settings.state),
    )


def _warn_of_what_is_left_out(job: "Job", kind: str) -> None:
    """Says what holds here and not for a service: secrets in the environment, and the ``.env`` of this folder."""
    from cloudcrate.settings import survey
    from cloudcrate.settings_known import KEYS
    from cloudcrate.tokens import NOTION, SOUNDCLOUD

    for token, keeper in ((NOTION, "init"), (SOUNDCLOUD, "login")):
        for name in token.variables:
            if os.environ.get(name):
                say(f"Note: {name} is not put into it; let `cloudcrate {keeper}` keep the token where it is found.")
    for key in KEYS:
        table, _, entry = key.name.rpartition(".")
        for name in key.secret_variables:
            if os.environ.get(name):
                place = f"[{table}] {entry}" if table else f"[{entry}]"
                say(f"Note: {name} may be a secret and is not put into it; let the settings say it: {place}")
    dotenv = survey({}, with_tokens=False).places.dotenv
    if kind == "systemd" and dotenv.path.parent == Path.home():
        return  # the folder in which systemd starts the services of a user
    for name, value in dotenv.values.items():
        if value and name not in job.environment and not os.environ.get(name):
            keeps = name in NOTION.variables
            remedy = "let `cloudcrate init` keep the token" if keeps else "put it into the settings file"
            say(f"Note: a service does not see {name} in {dotenv.path}; {remedy}.")


def _config_home(home: Path) -> Path:
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return named if named.is_absolute() else home / ".config"


def _write(path: Path, text: str, settings: "Settings") -> None:
    """Writes the file whole or not at all; one that says otherwise stays beside it. Makes the folders it names."""
    from cloudcrate import durable

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not settings.library_url:
            settings.library.mkdir(parents=True, exist_ok=True)
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and path.read_text("utf-8", "replace") != text:
            path.replace(path.with_name(f"{path.name}.before"))
        durable.replace(path, text.encode(), 0o644)
    except OSError as error:
        raise errors.DiskError(f"{path} cannot be written: {error.strerror}.") from error
