"""A library in an object store on a bench: real audio, and a bucket in memory."""

from pathlib import Path

from fake_bucket import MemoryBucket
from library_bench import MP3, SECONDS, Bench, Page, mp3
from worlds import make_track

from cloudcrate.adapters.library.objects.bucket import digests_of
from cloudcrate.adapters.library.objects.store import ObjectStore
from cloudcrate.core.model import StoredFile
from cloudcrate.core.tagging import tags_of
from cloudcrate.ports.library import Recipe, StagedFile
from cloudcrate.ports.world import Media

STEM = "Ada/Ada - Song"


class Crate:
    """An object store's library on a bench."""

    def __init__(self, folder: Path, bucket: MemoryBucket | None = None) -> None:
        bench = Bench(folder / "unused")
        bench.wire.answer = lambda _: Page(body=mp3()).response()
        self.folder = folder
        self.bucket = bucket or MemoryBucket()
        self.store = ObjectStore(self.bucket, bench.door, staging=folder / "staging")

    def staged(self, number: int = 7) -> StagedFile:
        track = make_track(number, duration_ms=SECONDS * 1000)
        media = Media(url=f"https://cf-media.sndcdn.com/{number}.mp3", stream=MP3)
        return self.store.fetch(track, MP3, lambda: media, Recipe(tags=tags_of(track)))

    def stored(self, number: int = 7, stem: str = STEM) -> StoredFile:
        return self.store.place(self.staged(number), stem)

    def foreign(self, key: str, body: bytes = b"mine") -> None:
        self.bucket.put(key, body, digests_of([body]), {}, over=None, kind="")

    @property
    def keys(self) -> list[str]:
        return sorted(self.bucket.facts)

    @property
    def leftovers(self) -> list[str]:
        return [path.name for path in (self.folder / "staging/files").iterdir()]

    def is_whole(self, file: StoredFile) -> bool:
        return digests_of([self.bucket.bodies[file.path]]).sha256 == file.sha256
