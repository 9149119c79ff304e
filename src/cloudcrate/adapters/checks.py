"""What ``doctor`` looks at."""

import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.request import getproxies

from cloudcrate.app.service import Check
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import CatalogInfo
from cloudcrate.core.text import visible
from cloudcrate.errors import CloudcrateError, NotFoundError
from cloudcrate.ports.catalog import Catalog
from cloudcrate.ports.library import Store
from cloudcrate.ports.world import Source

FAULTY_SQLITE = (3, 7, 0), (3, 51, 3)
"""From the first version with the WAL-reset fault to the first without (SQLite's page on WAL, March 2026)."""

MENDED_SQLITE = ((3, 44, 6), (3, 50, 7))
"""Versions between them that got the repair, with those that follow them in their series (the same page)."""

CLOCKS_APART = 5.0
"""Seconds by which clocks may differ without a word."""

LITTLE_SPACE = 2_000_000_000  # bytes

Look = Callable[[CatalogInfo], Sequence[Check]]
"""Looks at one more thing of a catalog that was opened."""


def python() -> Sequence[Check]:
    """Which Python this is."""
    return [Check(name="Python", state="fine", message=sys.version.split()[0])]


def sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Sequence[Check]:
    """Whether this SQLite has the WAL-reset fault."""
    name = ".".join(map(str, version))
    first, fixed = FAULTY_SQLITE
    mended = any(version[:2] == series[:2] and version >= series for series in MENDED_SQLITE)
    if mended or not first <= version < fixed:
        return [Check(name="SQLite", state="fine", message=name)]
    return [
        Check(
            name="SQLite",
            state="note",
            message=f"{name} has a rare fault when several processes write at once; cloudcrate lets only one.",
            hint="A Python with SQLite 3.51.3 or newer does not have it, nor has one with 3.50.7 or 3.44.6.",
        )
    ]


def settings_file(path: Path | None) -> Sequence[Check]:
    """Which settings file was read."""
    message = "no settings file; flags, environment and defaults are used" if path is None else str(path)
    return [Check(name="settings", state="fine", message=message)]


def token(source: str) -> Sequence[Check]:
    """Where Notion's token comes from, and whether others on this machine can read it there."""
    if not source:
        return [Check(name="token", state="fine", message="none; the local catalog needs none")]
    return [_open_to_others("token", source) or Check(name="token", state="fine", message=f"from {source}")]


def account(source: str, whose: Callable[[], str]) -> Sequence[Check]:
    """Who is signed in to SoundCloud, by which token. Raises: CredentialsError when it is refused."""
    name = "SoundCloud account"
    if not source:
        message = "not signed in: without the uploaders' own files and what only an account may hear"
        return [Check(name=name, state="fine", message=message, hint="To sign in: cloudcrate login")]
    exposed = _open_to_others(name, source)
    signed_in = Check(name=name, state="fine", message=f"signed in as {visible(whose())}, by the token from {source}")
    return [signed_in] if exposed is None else [signed_in, exposed]


def _open_to_others(name: str, source: str) -> Check | None:
    """What is wrong with the file that a token is kept in, when it is a file."""
    path = Path(source)
    if os.name != "posix" or not path.is_absolute():
        return None
    mode = path.stat().st_mode
    if not mode & 0o077:
        return None
    message = f"{source} can be read or written by others (mode {mode & 0o777:o})"
    return Check(name=name, state="note", message=message, hint=f"chmod 600 {shlex.quote(source)}")


def proxies() -> Sequence[Check]:
    """Through what connections go."""
    found = getproxies()
    through = found.get("https") or found.get("all")
    message = f"through the proxy {_without_password(through)}" if through else "direct"
    trust = os.environ.get("SSL_CERT_FILE")
    if trust and not Path(trust).is_file():
        hint = "Unset it, or let it name a file with certificates."
        return [Check(name="network", state="wrong", message=f"SSL_CERT_FILE names {trust}: no such file", hint=hint)]
    return [Check(name="network", state="fine", message=message + (f", trusting {trust}" if trust else ""))]


def folder(path: Path) -> Sequence[Check]:
    """Whether the state folder can be written and has space; one that is not there yet, where it would be made."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        return [Check(name="state", state="wrong", message=f"{path} cannot be written", hint="Choose another: --state")]
    state = "fine" if free > LITTLE_SPACE else "note"
    return [Check(name="state", state=state, message=f"{path}, {free / 1e9:.1f} GB free")]


def library(store: Store) -> Sequence[Check]:
    """Whether the library can be written. Raises: DiskError, and what an object store's refusals mean."""
    store.check()
    if "://" in store.id:
        return [Check(name="library", state="fine", message=f"{store.id} can be written")]
    free = shutil.disk_usage(store.id).free
    state = "fine" if free > LITTLE_SPACE else "note"
    return [Check(name="library", state=state, message=f"{store.id}, {free / 1e9:.1f} GB free")]


def ffmpeg(executable: Path) -> Sequence[Check]:
    """Whether ffmpeg runs."""
    try:
        done = subprocess.run(  # noqa: S603  # an absolute path from the package that brings it
            [str(executable), "-hide_banner", "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        hint = "Install the imageio-ffmpeg package again."
        return [Check(name="ffmpeg", state="wrong", message=f"does not run: {type(error).__name__}", hint=hint)]
    return [Check(name="ffmpeg", state="fine", message=done.stdout.partition("\n")[0])]


def soundcloud(source: Source) -> Sequence[Check]:
    """Whether SoundCloud answers: a link that cannot exist must be said not to exist."""
    nowhere = Link(kind=LinkKind.TRACK, url="https://soundcloud.com/cloudcrate-doctor/no-such-track")
    try:
        source.read(nowhere, limit=1, known={})
    except NotFoundError:
        return [Check(name="SoundCloud", state="fine", message="answers")]
    return [Check(name="SoundCloud", state="note", message="answers, though not as expected")]


def catalog(table: Catalog, further: Mapping[str, Look] | None = None) -> Sequence[Check]:
    """Whether the catalog can be read, and what cannot be kept in it; then what ``further`` finds, by name."""
    info = table.open()
    fields = ", ".join(sorted(field.value for field in info.fields))
    found = [Check(name="catalog", state="fine", message=f"{info.name}; columns for: {fields}")]
    found += [Check(name="catalog", state="note", message=note) for note in info.notes]
    for name, look in (further or {}).items():
        try:
            found += look(info)
        except CloudcrateError as error:
            found.append(Check(name=name, state="wrong", message=error.message, hint=error.hint))
    return found


def _without_password(proxy: str) -> str:
    scheme, separator, rest = proxy.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def database(place: str, ask: Callable[[], float]) -> Sequence[Check]:
    """The database of a shared state answers, and how far its clock is from this machine's. Raises: as ``ask``."""
    began = time.time()
    ahead = ask() - (began + time.time()) / 2
    if abs(ahead) < CLOCKS_APART:
        return [Check(name="state", state="fine", message=f"PostgreSQL at {place} answers")]
    apart = f"{abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} the database's"
    hint = "Everything goes by the database's clock; set this machine's all the same (NTP)."
    return [Check(name="state", state="note", message=f"this machine's clock is {apart} ({place})", hint=hint)]
