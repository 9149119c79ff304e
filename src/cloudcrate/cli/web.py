"""``cloudcrate web``: the dashboard, for a browser on this machine."""

import os
import stat
import sys
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import click

from cloudcrate import errors
from cloudcrate.cli.opening import places, say, settings_of, stoppable

PASSWORD = "CLOUDCRATE_WEB_PASSWORD"  # noqa: S105 - the name of a variable

EXTRA = ("starlette", "jinja2", "uvicorn", "python_multipart")

EXAMPLES = """
\b
Examples:
  cloudcrate web                     prints a link that only you have
  cloudcrate web --port 9000 --no-open
  cloudcrate web --host 192.168.1.5 --password-file ~/.cloudcrate-password
"""


@click.command(epilog=EXAMPLES)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Where to listen.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="[8137, or the next that is free]")
@click.option("--open/--no-open", "browse", default=None, help="Open a browser. [on a terminal with a screen]")
@click.option("--password-file", type=click.Path(path_type=Path), metavar="PATH", help=f"Ask for it. [{PASSWORD}]")
@places
def web(host: str, port: int | None, browse: bool | None, password_file: Path | None, **options: object) -> None:
    """Show playlists, runs, problems and history in a browser, and sync from there.

    Only this machine reaches it, and only who has the printed link is let in. Another --host needs a password;
    what is sent is not encrypted then, so use it in a network that you trust. It stays in the foreground until it
    is asked to stop (Ctrl-C, SIGTERM). Runs are asked to stop then, too; the next sync goes on with them.
    """
    if not all(map(find_spec, EXTRA)):
        raise errors.missing_extra("The dashboard", "web")
    from cloudcrate import bootstrap
    from cloudcrate.web.app import application
    from cloudcrate.web.entrance import Bind, Entrance, require_password
    from cloudcrate.web.server import PORT, listening, serving

    password = _password(password_file)
    require_password(Bind(host=host, port=port or PORT), password)
    entrance = Entrance(time.monotonic, password=password)
    settings_of(options)  # what is wrong with the settings is said here, not on the first page
    with (
        closing(listening(host, port)) as listener,
        stoppable() as stop,
        bootstrap.desk(lambda: settings_of(options)) as desk,
    ):
        bind = Bind(host=host, port=listener.getsockname()[1])
        app = application(desk, bind=bind, entrance=entrance, now=time.time, stop=stop)
        with serving(app, listener) as thread:
            click.echo(f"{bind.url}/" + (f"?token={entrance.token}" if entrance.token else ""))
            say(_said(bind.host, loopback=bind.loopback))
            if _has_screen() if browse is None else browse:
                _browse(f"{bind.url}/" + (f"?token={entrance.ticket()}" if entrance.token else ""))
            while thread.is_alive() and not stop.wait(1.0):
                pass
            for job in desk.jobs():
                desk.stop(job.id)  # before the server ends, so that both end at once
    if not stop.is_set():
        raise errors.UnavailableError("The dashboard ended by itself.", hint="Start it again.")


def _said(host: str, *, loopback: bool) -> str:
    if loopback:
        return "Open this link. It works until this command ends (Ctrl-C); whoever has it can do what you can."
    return (
        f"Anyone who reaches {host} can ask for this page, and is asked for the password. Nothing is encrypted on "
        "the way: use it in a network that you trust. Ctrl-C ends it."
    )


def _has_screen() -> bool:
    """Says whether a browser that opens is seen, and does not take the terminal."""
    screen = sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return screen and sys.stdout.isatty()


def _browse(link: str) -> None:
    import webbrowser

    try:
        opened = webbrowser.open(link)
    except (OSError, webbrowser.Error):
        opened = False
    if not opened:
        say("No browser could be opened: open the link yourself.")


def _password(path: Path | None) -> str:
    """The password; empty when there is none. Raises: UsageError, CredentialsError; neither repeats it."""
    if path is None:
        return os.environ.get(PASSWORD, "")
    try:
        with path.expanduser().open("rb") as file:
            shared = os.name != "nt" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077
            text = file.read(8192)
    except OSError as error:
        raise errors.UsageError(f"--password-file {path} cannot be read: {error.strerror}.") from error
    if shared:
        raise errors.CredentialsError(f"Others may read {path}.", hint=f"Make it yours alone: chmod 600 {path}")
    try:
        password = text.decode().strip()
    except UnicodeDecodeError:
        password = ""
    if not password:
        raise errors.UsageError(f"--password-file {path} holds no password.")
    return password
