"""What every Source must do, on the direct way, on yt-dlp, and on the fake."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from memory import MemoryLedger, SimulatedClock
from pretend import LINK, MemorySource
from sandboxed import SCENARIO, soundcloud
from sandboxes import running_sandbox
from worlds import make_listing, make_track

from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door
from cloudcrate.adapters.soundcloud.source import SoundCloudSource
from cloudcrate.adapters.soundcloud_ytdlp import YtDlpSource
from cloudcrate.core.link import Link, LinkKind, parse_link
from cloudcrate.core.model import Availability, TrackId
from cloudcrate.errors import NotFoundError, StreamGoneError
from cloudcrate.ports.world import Source
from cloudcrate.sandbox.soundcloud.world import World
from cloudcrate.tokens import Secret

MEDIA = Budget(name="media", limit=10_000, window=600.0)
URL = "https://soundcloud.com/ada/sets/mix"
TOKEN = Secret("2-290123-7-sandbox")


@dataclass(frozen=True, kw_only=True)
class SourceWorld:
    """A source, a link to a playlist, and the truth about it."""

    source: Source
    link: Link
    entries: tuple[int, ...]
    gone: frozenset[int]
    dead: TrackId  # looks whole, and has no stream
    nowhere: Link | None  # leads nowhere


def truth(source: Source) -> SourceWorld:
    """The sandbox's playlist."""
    world = World.from_dict(SCENARIO)
    kinds = {track.id: track.kind for track in world.tracks.values()}
    link = parse_link(URL)
    assert link is not None
    return SourceWorld(
        source=source,
        link=link,
        entries=tuple(world.playlists[0].tracks),
        gone=frozenset(i for i, kind in kinds.items() if kind == "gone"),
        dead=TrackId(next(i for i, kind in kinds.items() if kind == "protected_late")),
        nowhere=Link(kind=LinkKind.SET, url="https://soundcloud.com/ada/sets/nowhere"),
    )


@pytest.fixture
def direct(tmp_path: Path) -> SourceWorld:
    _, door = soundcloud(SCENARIO)
    return truth(SoundCloudSource(door, cache_dir=tmp_path, media_budget=MEDIA))


@pytest.fixture
def signed_in(tmp_path: Path) -> SourceWorld:
    service, door = soundcloud(SCENARIO, oauth_tokens=[TOKEN.reveal()])
    original = next(t for t in service.world.tracks.values() if t.kind == "full")
    original.kind = "original"
    return truth(SoundCloudSource(door, cache_dir=tmp_path, media_budget=MEDIA, oauth_token=TOKEN))


@pytest.fixture
def through_ytdlp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceWorld]:
    with running_sandbox({"seed": 1, "soundcloud": {**SCENARIO, "media_per_10_minutes": 10_000}}) as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        clock = SimulatedClock()
        door = Door(clock=clock, budgets=MemoryLedger(clock))
        yield truth(YtDlpSource(door, cache_dir=tmp_path, media_budget=MEDIA))
        door.close()


@pytest.fixture
def in_memory() -> SourceWorld:
    tracks = [make_track(n) for n in (1, 2, 4)]
    source = MemorySource(make_listing(tracks, entries=[2, 1, 3, 4, 2], absent={TrackId(3): Availability.GONE}))
    source.dead = {TrackId(4)}
    return SourceWorld(
        source=source, link=LINK, entries=(2, 1, 3, 4, 2), gone=frozenset({3}), dead=TrackId(4), nowhere=None
    )


@pytest.fixture(params=["direct", "signed_in", "through_ytdlp", "in_memory"])
def world(request: pytest.FixtureRequest) -> SourceWorld:
    found: SourceWorld = request.getfixturevalue(request.param)
    return found


def test_a_playlist_is_read_whole_in_order_with_repetitions_and_names_what_is_absent(world: SourceWorld) -> None:
    listing = world.source.read(world.link, limit=None, known={})
    assert listing.playlist.entries == world.entries
    assert listing.complete
    assert set(listing.absent) == world.gone
    assert set(listing.tracks) == set(world.entries) - world.gone
    assert all(track.id == i and track.title and track.duration_ms > 0 for i, track in listing.tracks.items())


def test_a_limit_reads_the_first_and_is_not_complete(world: SourceWorld) -> None:
    listing = world.source.read(world.link, limit=3, known={})
    assert listing.playlist.entries == world.entries[:3]
    assert not listing.complete
    assert set(listing.tracks) | set(listing.absent) == set(world.entries[:3])


def test_known_tracks_are_taken_as_they_are(world: SourceWorld) -> None:
    first = world.source.read(world.link, limit=3, known={})
    again = world.source.read(world.link, limit=3, known=first.tracks)
    assert again.tracks == first.tracks


def test_a_stream_has_a_link_and_a_dead_one_says_so(world: SourceWorld) -> None:
    listing = world.source.read(world.link, limit=None, known={})
    whole = next(t for t in listing.tracks.values() if t.streams and t.id != world.dead)
    media = world.source.media(whole, whole.streams[0])
    assert MEDIA_HOSTS.allows(media.url)
    assert media.stream == whole.streams[0]
    dead = listing.tracks[world.dead]
    for stream in dead.streams:
        with pytest.raises(StreamGoneError):
            world.source.media(dead, stream)


def test_what_is_not_there_is_not_found(world: SourceWorld) -> None:
    if world.nowhere is not None:
        with pytest.raises(NotFoundError):
            world.source.read(world.nowhere, limit=None, known={})


def test_the_uploaders_own_file_is_offered_to_who_is_signed_in_and_can_be_fetched(signed_in: SourceWorld) -> None:
    tracks = signed_in.source.read(signed_in.link, limit=None, known={}).tracks.values()
    offered = [track for track in tracks if track.availability is Availability.ORIGINAL]
    assert [[s.preset for s in track.streams].index("original") for track in offered] == [0]
    media = signed_in.source.media(offered[0], offered[0].streams[0])
    assert MEDIA_HOSTS.allows(media.url)
    other = next(track for track in tracks if track.streams and track not in offered)
    not_offered = replace(media.stream, url=f"https://api-v2.soundcloud.com/tracks/{other.id}/download")
    with pytest.raises(StreamGoneError):
        signed_in.source.media(other, not_offered)
