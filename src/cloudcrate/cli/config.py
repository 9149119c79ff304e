"""``cloudcrate config``: where the settings are, what they are, what is wrong with them, and a way to change them."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudcrate.cli.opening import as_data, as_json_text, echo, places, say

if TYPE_CHECKING:
    from cloudcrate.settings import Survey
    from cloudcrate.settings_check import Shown

FAULTY = 2
"""The exit code when the settings cannot be used as they are."""


CONFIG = """
\b
Examples:
  cloudcrate config edit
  cloudcrate config check
"""

PATH = """
\b
Examples:
  cloudcrate config path
  cloudcrate config path --json
"""

SHOW = """
\b
Examples:
  cloudcrate config show
  cloudcrate config show --library ~/Music/other
"""

CHECK = """
\b
Examples:
  cloudcrate config check
  cloudcrate config check --json
"""

EDIT = """
\b
Examples:
  cloudcrate config edit
  EDITOR=nano cloudcrate config edit
"""


@click.group(epilog=CONFIG)
def config() -> None:
    """Show, change and check the settings.

    Flags go before environment variables, those before .env in the working directory, that before the settings
    file, that before the defaults.
    """


@config.command(epilog=PATH)
@as_data
def path(as_json: bool) -> None:
    """Print where the settings file is, or would be."""
    from cloudcrate import settings

    file = settings.place()
    if as_json:
        click.echo(as_json_text({"path": str(file), "exists": file.is_file()}))
        return
    click.echo(str(file))
    if not file.is_file():
        say("It is not there yet; cloudcrate config edit makes it.")


@config.command(epilog=SHOW)
@places
@as_data
def show(as_json: bool, **options: object) -> None:
    """Print every setting, its value and where it comes from. Secrets only say that they are set."""
    from cloudcrate import settings, settings_check

    survey = settings.survey(options, with_tokens=False)
    rows = settings_check.shown(survey)
    if as_json:
        document = {"file": str(survey.places.path), "settings": [_plain(row) for row in rows]}
        click.echo(as_json_text({"config": document | {"faults": _faults(survey)}}))
    else:
        echo(_rows(rows))
        for fault in _faults(survey):
            say(f"wrong: {fault['message']}\n  {fault['remedy']}")
    if survey.faults:
        raise SystemExit(FAULTY)


@config.command(epilog=CHECK)
@as_data
def check(as_json: bool) -> None:
    """Say all that is wrong with the settings, with a remedy each. Asks no service."""
    from cloudcrate import settings, settings_check

    survey = settings.survey({})
    faults = _faults(survey)
    notes = [{"message": note.message, "remedy": note.remedy} for note in settings_check.notes(survey)]
    if as_json:
        document = {"file": str(survey.places.path), "ok": not faults, "faults": faults, "notes": notes}
        click.echo(as_json_text({"config": document}))
    else:
        echo(_said(survey, faults, notes))
    if faults:
        raise SystemExit(FAULTY)


@config.command(epilog=EDIT)
def edit() -> None:
    """Open the settings file in $VISUAL or $EDITOR, then check it. A new one holds every key in a comment."""
    from cloudcrate.cli import editing

    on_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if not editing.edit(again=partial(click.confirm, default=True, err=True) if on_terminal else None):
        raise SystemExit(FAULTY)


def _plain(row: "Shown") -> dict[str, object]:
    return {
        "key": row.key,
        "value": row.value,
        "set": row.is_set,
        "origin": row.origin.value,
        "where": row.where,
    }


def _rows(rows: "tuple[Shown, ...]") -> list[str]:
    """A line per setting: key, value, origin. Where exactly is said for what is set."""
    wide = max(len(row.key) for row in rows)
    return [f"{row.key:<{wide}}  {row.value or '(empty)'}  [{row.origin.value}{_where(row)}]" for row in rows]


def _where(row: "Shown") -> str:
    return f": {row.where}" if row.is_set and row.where not in row.value else ""


def _faults(survey: "Survey") -> list[dict[str, str]]:
    from cloudcrate.core.text import visible

    return [
        {
            "place": visible(fault.place),
            "message": _one_line(fault.error.message),
            "remedy": _one_line(fault.error.hint or f"Mend it: cloudcrate config edit opens {survey.places.path}"),
            "code": fault.error.code,
        }
        for fault in survey.faults
    ]


def _one_line(text: str) -> str:
    from cloudcrate.core.text import visible

    return visible(" ".join(text.splitlines()))


def _said(survey: "Survey", faults: list[dict[str, str]], notes: list[dict[str, str]]) -> list[str]:
    lines = []
    for kind, found in (("wrong", faults), ("note", notes)):
        for one in found:
            lines += [f"{kind}: {_one_line(one['message'])}", f"  {_one_line(one['remedy'])}"]
    where = _file(survey.places.path)
    if faults:
        return [*lines, f"{len(faults)} {'thing is' if len(faults) == 1 else 'things are'} wrong. The file is {where}."]
    return [*lines, f"The settings are fine. The file is {where}."]


def _file(path: Path) -> str:
    from cloudcrate.core.text import visible

    return visible(str(path)) + ("" if path.is_file() else ", which is not there yet")
