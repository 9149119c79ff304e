"""Small worlds to plan in: builders with defaults, and Hypothesis strategies over them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from cloudcrate.core import naming, quality, rows
from cloudcrate.core.model import (
    Availability,
    CatalogInfo,
    Field,
    Intent,
    KnownPlaylist,
    Listing,
    Memory,
    Page,
    PageId,
    Playlist,
    PlaylistId,
    Protocol,
    StoredFile,
    Stream,
    Track,
    TrackId,
)
from cloudcrate.core.snapshot import Snapshot, Wishes

NAME = "Night Bus"
CATALOG = CatalogInfo(id="memory:catalog", name="Music Tracks", fields=frozenset(Field))
ORIGINAL = Stream(
    url="https://api-v2.soundcloud.com/tracks/1/download", preset="original", protocol=Protocol.PROGRESSIVE, mime=""
)
AAC = Stream(url="https://api-v2.soundcloud.com/m/2", preset="aac_160k", protocol=Protocol.HLS, mime="audio/mp4")
OPUS = Stream(url="https://api-v2.soundcloud.com/m/3", preset="opus_0_0", protocol=Protocol.HLS, mime="audio/ogg")
MP3 = Stream(
    url="https://api-v2.soundcloud.com/m/1",
    preset="mp3_1_0",
    protocol=Protocol.PROGRESSIVE,
    mime="audio/mpeg",
)


def make_track(
    number: int,
    *,
    title: str = "",
    artist: str = "Ada",
    availability: Availability = Availability.FULL,
    duration_ms: int | None = None,
    streams: Sequence[Stream] = (MP3,),
    **more: object,
) -> Track:
    """A track whose texts follow from its number."""
    return Track(
        id=TrackId(number),
        title=title or f"Song {number}",
        artist=artist,
        uploader=artist.lower(),
        url=f"https://soundcloud.com/{artist.lower().replace(' ', '-')}/song-{number}",
        duration_ms=180_000 + number * 5_000 if duration_ms is None else duration_ms,
        availability=availability,
        streams=tuple(streams) if availability in (Availability.FULL, Availability.ORIGINAL) else (),
        **more,  # type: ignore[arg-type]  # the tests name real fields
    )


def make_listing(
    tracks: Sequence[Track],
    *,
    entries: Sequence[int] | None = None,
    absent: Mapping[TrackId, Availability] | None = None,
    complete: bool = True,
) -> Listing:
    """A playlist of these tracks, in this order unless ``entries`` says another."""
    ids = entries if entries is not None else [*(t.id for t in tracks), *(absent or {})]
    return Listing(
        playlist=Playlist(
            id=PlaylistId("playlists:1"),
            title=NAME,
            owner="Ada",
            url="https://soundcloud.com/ada/sets/night-bus",
            entries=tuple(TrackId(i) for i in ids),
        ),
        tracks={t.id: t for t in tracks},
        absent=absent or {},
        complete=complete,
    )


def make_file(track: Track, stem: str | None = None) -> StoredFile:
    """The file a track would have."""
    path = f"{stem or naming.stem(track)}.mp3"
    return StoredFile(path=path, size=1000, sha256="0" * 64, format="mp3", bitrate=128_000, seconds=track.seconds)


def make_page(track: Track, *, page: str = "", file: StoredFile | None = None, trashed: bool = False) -> Page:
    """The row a track would have."""
    cells = rows.wanted_cells(track, NAME, CATALOG.fields, file)
    return Page(id=PageId(page or f"page-{track.id}"), cells=cells, trashed=trashed)


def make_snapshot(
    listing: Listing,
    *,
    memory: Mapping[TrackId, Memory] | None = None,
    pages: Sequence[Page] = (),
    present: Mapping[TrackId, StoredFile] | None = None,
    catalog: CatalogInfo = CATALOG,
    playlist_lines: tuple[str, ...] | None = None,
    known: KnownPlaylist | None = None,
    wishes: Wishes | None = None,
) -> Snapshot:
    """A snapshot; what is not given is empty."""
    remembered = {i: Memory(track_id=i) for i in listing.playlist.entries} | dict(memory or {})
    return Snapshot(
        listing=listing,
        name=NAME,
        catalog=catalog,
        has_playlist_page=False,
        playlist_page_lacks=(),
        pages=tuple(pages),
        memory=remembered,
        page_owners={m.page_id: i for i, m in remembered.items() if m.page_id is not None},
        present=present or {},
        taken={naming.path_key(m.file.path.rsplit(".", 1)[0]): i for i, m in remembered.items() if m.file is not None},
        playlist_file=f"{NAME}.m3u8",
        playlist_lines=playlist_lines,
        known=known,
        wishes=wishes or Wishes(),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Any snapshot: repeated, absent, known, removed, half-done and look-alike tracks."""
    numbers = draw(st.lists(st.integers(1, 40), min_size=0, max_size=12, unique=True))
    tracks: list[Track] = []
    absent: dict[TrackId, Availability] = {}
    memory: dict[TrackId, Memory] = {}
    pages: list[Page] = []
    present: dict[TrackId, StoredFile] = {}
    for number in numbers:
        if draw(st.integers(0, 9)) == 0:
            absent[TrackId(number)] = draw(st.sampled_from([Availability.GONE, Availability.PRIVATE]))
            continue
        track = make_track(
            number,
            title=draw(st.sampled_from(["", "Same", "same", "Sáme", "Other (Ben Remix)"])),
            artist=draw(st.sampled_from(["Ada", "ada", "Ben"])),
            availability=draw(st.sampled_from(list(Availability)[:5])),
            duration_ms=draw(st.sampled_from([180_000, 181_000, 240_000])),
            streams=draw(st.sampled_from([(MP3,), (AAC, MP3), (ORIGINAL, AAC), (OPUS,)])),
        )
        tracks.append(track)
        memory[track.id] = _draw_memory(draw, track, pages, present)
    entries = draw(st.permutations(numbers)) if numbers else []
    entries += draw(st.lists(st.sampled_from(numbers), max_size=4)) if numbers else []
    return make_snapshot(
        make_listing(tracks, entries=entries, absent=absent, complete=draw(st.booleans())),
        memory=memory,
        pages=pages,
        present=present,
        wishes=Wishes(
            download=draw(st.booleans()),
            restore=draw(st.booleans()),
            recreate=draw(st.booleans()),
            recheck=draw(st.booleans()),
            upgrade=draw(st.booleans()),
            prefer=draw(st.sampled_from([quality.PREFERRED, ("mp3",), ("mp3", "aac"), ("opus",)])),
            convert=draw(st.sampled_from(["", "aiff"])),
            template=draw(st.sampled_from([naming.TEMPLATE, "{title}", "{genre}/{artist}/{title} {id}"])),
            playlist_folder=draw(st.sampled_from(["", "links"])),
        ),
    )


def _draw_memory(draw: st.DrawFn, track: Track, pages: list[Page], present: dict[TrackId, StoredFile]) -> Memory:
    made = make_file(track)
    ours = replace(made, stem=naming.stem(track), preset=draw(st.sampled_from(["", "mp3_1_0", "aac_160k", "original"])))
    quarantined = replace(ours, path=f"{naming.quarantined(ours.path)}.mp3")
    file = draw(st.sampled_from([None, None, made, ours, quarantined]))
    if file is not None and draw(st.booleans()):
        present[track.id] = file
    row = draw(st.sampled_from(["none", "none", "stranger", "known", "trashed", "intent", "edited"]))
    page = make_page(track, file=file if draw(st.booleans()) else None)
    if row == "none":
        return Memory(track_id=track.id, file=file)
    if row == "intent":
        intent = Intent(track_id=track.id, sent_at=1.0, digest="d")
        return Memory(track_id=track.id, file=file, intent=intent)
    if row == "stranger":
        pages.append(page)
        return Memory(track_id=track.id, file=file)
    now = dict(page.cells) | ({Field.GENRE: "mine", Field.TITLE: "Mine"} if row == "edited" else {})
    pages.append(Page(id=page.id, cells=now, trashed=row == "trashed"))
    return Memory(track_id=track.id, page_id=page.id, written=page.cells, offered=page.cells, file=file)
