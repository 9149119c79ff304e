"""Empty libraries to hold against the contract of ``ports.Store``: a folder, an object store, and the fake."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from fake_store import MemoryStore
from library_bench import MP3, PROGRESSIVE, SECONDS, Bench, Page, audio, mp3
from s3_server import hands, s3_environment
from worlds import ORIGINAL, make_track

from cloudcrate.adapters.library import tag
from cloudcrate.adapters.library.objects.store import open_objects
from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.core.tagging import Tags, tags_of
from cloudcrate.errors import StreamGoneError
from cloudcrate.ports.library import FoundFile, PlaylistFiles, Recipe, StagedFile, Store
from cloudcrate.ports.world import Media

STEM = "Ada/Ada - Song"
LIST = "Night Bus.m3u8"
ORIGINAL_STREAM = ORIGINAL
"""A WAV in these worlds; ``MP3`` is an MP3."""


@dataclass(frozen=True, kw_only=True)
class StoreWorld:
    """An empty library, and the hands of its user and of the service."""

    store: Store
    playlists: PlaylistFiles
    put: Callable[[str], None]  # a foreign file
    move: Callable[[str, str], None]
    delete: Callable[[str], None]
    damage: Callable[[str], None]  # its sound is not whole any more
    leave_inside: Callable[[str, float], None]  # an MP3 of so many seconds, with nobody's id
    leave_outside: Callable[[Track, float], FoundFile]  # the same out of the library; its tags name the track
    files: Callable[[], list[str]]
    withdraw: Callable[[TrackId], None]  # the next fetch of this track finds its stream gone
    staged: Callable[[], int]

    def fetch(self, track: Track, recipe: Recipe | None = None, stream: Stream = MP3) -> StagedFile:
        url = f"{PROGRESSIVE}?t={track.id}&as={stream.preset}"
        recipe = recipe or Recipe(tags=tags_of(track))
        return self.store.fetch(track, stream, lambda: Media(url=url, stream=stream), recipe)

    def stored(self, track: Track, stem: str = STEM) -> StoredFile:
        return self.store.place(self.fetch(track), stem)


def track(number: int) -> Track:
    return make_track(number, duration_ms=SECONDS * 1000)


def outside_answers(broken: dict[str, Page]) -> Callable[[httpx.Request], httpx.Response]:
    """SoundCloud's delivery hosts: a sound for every track but those that are withdrawn, for once."""

    def page(track_id: str, preset: str) -> Page:
        return broken.pop(track_id, None) or Page(body=audio("wav") if preset == "original" else mp3())

    return lambda request: page(request.url.params.get("t", ""), request.url.params.get("as", "")).response()


def folder_world(root: Path) -> StoreWorld:
    bench = Bench(root)
    broken: dict[str, Page] = {}
    mine = root.parent / "mine"

    def put(path: str, content: bytes = b"mine") -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)

    def move(old: str, new: str) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)

    def damage(path: str) -> None:
        content = (root / path).read_bytes()
        (root / path).write_bytes(content[: len(content) * 2 // 3])

    def leave_outside(track: Track, seconds: float) -> FoundFile:
        path = mine / f"{track.title}.mp3"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(mp3(seconds))
        tag.write(path, "mp3", Tags(title=track.title, artist=track.artist), None)
        return FoundFile(path=str(path), seconds=round(tag.seconds(path) or 0.0, 3), tags=tag.read(path))

    def withdraw(track_id: TrackId) -> None:
        broken[str(track_id)] = Page(body=b"{}", status=404)

    bench.wire.answer = outside_answers(broken)
    return StoreWorld(
        store=bench.store,
        playlists=bench.store,
        put=put,
        move=move,
        delete=lambda path: (root / path).unlink(),
        damage=damage,
        leave_inside=lambda path, seconds: put(path, mp3(seconds)),
        leave_outside=leave_outside,
        files=lambda: bench.files,
        withdraw=withdraw,
        staged=lambda: len(bench.staging),
    )


@contextmanager
def objects_world(folder: Path) -> Iterator[StoreWorld]:
    """A library in a new bucket of an S3 service on loopback."""
    bench, name = Bench(folder / "unused"), f"library-{secrets.token_hex(6)}"
    outside, broken = folder_world(folder / "disk"), dict[str, Page]()
    with s3_environment(), hands() as client:
        client.create_bucket(Bucket=name)
        store = open_objects(f"s3://{name}/music", bench.door, staging=folder / "staging")
        bench.wire.answer = outside_answers(broken)

        def put(path: str, content: bytes = b"mine") -> None:
            client.put_object(Bucket=name, Key=f"music/{path}", Body=content)

        def move(old: str, new: str) -> None:
            client.copy_object(Bucket=name, Key=f"music/{new}", CopySource={"Bucket": name, "Key": f"music/{old}"})
            delete(old)

        def delete(path: str) -> None:
            client.delete_object(Bucket=name, Key=f"music/{path}")

        def damage(path: str) -> None:
            content = client.get_object(Bucket=name, Key=f"music/{path}")["Body"].read()
            put(path, content[: len(content) * 2 // 3])

        def files() -> list[str]:
            found = client.list_objects_v2(Bucket=name, Prefix="music/").get("Contents", [])
            keys = sorted(each["Key"].removeprefix("music/") for each in found)
            return [key for key in keys if not key.startswith(".cloudcrate/")]

        try:
            yield StoreWorld(
                store=store,
                playlists=store,
                put=put,
                move=move,
                delete=delete,
                damage=damage,
                leave_inside=lambda path, seconds: put(path, mp3(seconds)),
                leave_outside=outside.leave_outside,
                files=files,
                withdraw=lambda track_id: broken.update({str(track_id): Page(body=b"{}", status=404)}),
                staged=lambda: len(list((folder / "staging/files").glob("*"))),
            )
        finally:
            store.close()


def memory_world() -> StoreWorld:
    store = MemoryStore()

    def leave_outside(track: Track, seconds: float) -> FoundFile:
        tags = Tags(title=track.title, artist=track.artist)
        found = FoundFile(path=f"/mine/{track.title}.mp3", seconds=seconds, tags=tags)
        store.outside[found.path] = found
        return found

    def leave_inside(path: str, seconds: float) -> None:
        store.put(path)
        store.files[path] = replace(store.files[path], seconds=seconds)

    def withdraw(track_id: TrackId) -> None:
        store.fetch_failures[track_id] = [StreamGoneError("The stream is gone.")]

    return StoreWorld(
        store=store,
        playlists=store,
        put=store.put,
        move=store.rename,
        delete=store.delete,
        damage=store.damaged.add,
        leave_inside=leave_inside,
        leave_outside=leave_outside,
        files=lambda: sorted([*store.files, *store.playlists]),
        withdraw=withdraw,
        staged=lambda: store.staged,
    )


class InFolder:
    @pytest.fixture
    def world(self, tmp_path: Path) -> StoreWorld:
        return folder_world(tmp_path / "library")


class InMemory:
    @pytest.fixture
    def world(self) -> StoreWorld:
        return memory_world()


class InObjects:
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[StoreWorld]:
        with objects_world(tmp_path) as world:
            yield world
