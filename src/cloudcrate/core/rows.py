"""What a row should hold, and which of its cells may be written.

The user's cells are the user's: a cell is filled when it is empty and was never written, and rewritten
only while it still holds what cloudcrate last wrote.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from cloudcrate.core import text
from cloudcrate.core.model import (
    Availability,
    Cells,
    CellValue,
    Field,
    Listing,
    PlaylistFacts,
    PlaylistState,
    StoredFile,
    Track,
)

FILE_FIELDS = (Field.DOWNLOADED, Field.FILE_PATH, Field.AVAILABILITY)
"""What only the download can tell."""

LONGEST_NAME = 100
"""UTF-16 units of a playlist's name that every catalog keeps; an option's name in Notion has no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Cells to write, and cells that need none: they hold it already, or the user has put something else.

    The cell of playlists may be in both: ``settled`` names only those that cloudcrate has ever linked, so
    that a name of the user's is never taken for one of ours, nor one that the user took off for a new one.
    """

    write: Cells
    settled: Cells


def wanted_cells(
    track: Track,
    playlist: str,
    fields: AbstractSet[Field],
    file: StoredFile | None,
    availability: Availability | None = None,
) -> dict[Field, CellValue]:
    """The cells a track's row should hold, as far as the catalog has ``fields`` for them.

    ``availability``: learnt at a download; else the one that the track's metadata says.
    """
    cells: dict[Field, CellValue | None] = {
        Field.TITLE: text.clean(track.title) or f"SoundCloud {track.id}",
        Field.ARTIST: text.clean(track.artist),
        Field.URL: track.url,
        Field.SOUNDCLOUD_ID: int(track.id),
        Field.PLAYLISTS: (text.clean(playlist),),
        Field.DURATION: round(track.seconds),
        Field.GENRE: text.clean(track.genre or ""),
        Field.LABEL: text.clean(track.label or ""),
        Field.ISRC: text.clean(track.isrc or ""),
        Field.RELEASED: track.released,
        Field.POSTED: track.posted,
        Field.AVAILABILITY: (availability or track.availability).value,
        **(file_cells(file.path) if file else {}),
    }
    return {name: value for name, value in cells.items() if name in fields and value not in (None, "", ())}


def file_cells(path: str) -> dict[Field, CellValue]:
    """What a row says about the file at ``path``."""
    return {Field.DOWNLOADED: True, Field.FILE_PATH: path}


def outcome_cells(path: str | None, unobtainable: str | None) -> dict[Field, CellValue]:
    """What a row learns of a download: where its file is, or why there is none."""
    told: dict[Field, CellValue] = file_cells(path) if path is not None else {}
    return told | ({Field.AVAILABILITY: unobtainable} if unobtainable is not None else {})


def playlists_of(cells: Cells) -> tuple[str, ...]:
    """The names of the playlists that a row is linked to."""
    return _names(cells.get(Field.PLAYLISTS))


def name_key(playlist: str) -> str:
    """What the spellings of a playlist's name in a cell have in common: options hold no commas and are cut."""
    units = " ".join(playlist.replace(",", " ").split()).encode("utf-16-le", "replace")
    return text.fold(units[: 2 * LONGEST_NAME].decode("utf-16-le", "ignore"))


def without(cells: Cells, playlist: str) -> tuple[str, ...]:
    """The names of a row's playlists other than this one."""
    return tuple(name for name in playlists_of(cells) if name_key(name) != name_key(playlist))


def unlinked(now: Cells, playlist: str) -> Change:
    """The row of a track that left the playlist: its other playlists stay."""
    kept = without(now, playlist)
    if kept == playlists_of(now):
        return Change(write={}, settled={Field.PLAYLISTS: kept})
    return Change(write={Field.PLAYLISTS: kept}, settled={})


def playlist_facts(
    listing: Listing, *, state: PlaylistState | None, synced_at: str | None, order: bool
) -> PlaylistFacts:
    """What the playlist's page should say. A reading in part tells neither how many tracks there are nor their order.

    A playlist of a secret link has no public link: its own is not written down.
    """
    playlist, whole = listing.playlist, listing.complete
    known = [listing.tracks.get(track_id) for track_id in playlist.entries]
    return PlaylistFacts(
        url=playlist.url,
        owner=text.clean(playlist.owner) or None,
        artwork_url=playlist.artwork_url,
        tracks=len(set(playlist.entries)) if whole else None,
        state=state,
        synced_at=synced_at,
        order=tuple(label(track) if track else "(no longer there)" for track in known) if whole and order else None,
    )


def label(track: Track) -> str:
    """A track's name for people."""
    return f"{text.clean(track.artist)} - {text.clean(track.title)}"


def differs(wanted: Cells, offered: Cells) -> bool:
    """Says whether a row may need writing, judged by memory alone."""
    return any(_missing(name, value, offered.get(name)) for name, value in wanted.items())


def changes(wanted: Cells, now: Cells, written: Cells, offered: Cells) -> Change:
    """Compares what a row should hold with what it holds, what was written there and what was offered."""
    write: dict[Field, CellValue] = {}
    settled: dict[Field, CellValue] = {}
    for name, value in wanted.items():
        if not _missing(name, value, offered.get(name)):
            continue
        if name is Field.PLAYLISTS:
            settled[name] = (*_names(offered.get(name)), *_names(value))
            if _missing(name, value, now.get(name)):
                write[name] = (*_names(now.get(name)), *_names(value))
        elif not _missing(name, value, now.get(name)):
            settled[name] = value
        elif _ours(name, now.get(name), written.get(name)):
            write[name] = value
        else:
            settled[name] = value
    return Change(write=write, settled=settled)


def _ours(name: Field, now: CellValue | None, written: CellValue | None) -> bool:
    """A cell may be written: never filled by anybody, or still as cloudcrate left it."""
    untouched = now is None or (name is Field.DOWNLOADED and now is False)  # an unticked box is an empty one
    return now == written or (untouched and written is None)


def _missing(name: Field, wanted: CellValue, held: CellValue | None) -> bool:
    if name is Field.PLAYLISTS:
        return not {name_key(n) for n in _names(wanted)} <= {name_key(n) for n in _names(held)}
    return wanted != held


def _names(value: CellValue | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
