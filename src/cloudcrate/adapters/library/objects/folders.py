"""A playlist's folder in an object store: copies of its tracks' objects under numbered names, made by the store.

The manifest is that of ``playlist_folder`` and is written as there: before names are added, naming what comes
besides what is there, and again when all is done.
"""

from collections.abc import Sequence

from cloudcrate.adapters.library import scan
from cloudcrate.adapters.library.objects import notes
from cloudcrate.adapters.library.objects.address import require_inside
from cloudcrate.adapters.library.objects.bucket import Bucket, Held, digests_of, verify_copy, verify_upload
from cloudcrate.adapters.library.playlist_folder import (
    COPIES,
    DIGITS,
    LINKS,
    MAX_MANIFEST,
    NOTHING,
    Entry,
    Manifest,
    names,
    parsed,
    rendered,
)
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile
from cloudcrate.errors import DiskError, NotFoundError, UsageError


def read(bucket: Bucket, path: str, how: str = "") -> tuple[str, ...] | None:
    """See ``ports.PlaylistFiles.read_folder``. One small object and one listing; sizes are compared."""
    try:
        require_inside(path, bucket.url)
    except DiskError:
        return None
    manifest = _manifest(bucket, path)
    if not manifest.done or how not in ("", manifest.how):
        return None
    there = {listed.key: listed.size for listed in bucket.list()}
    whole = all(there.get(f"{path}/{entry.name}") == entry.size == there.get(entry.path) for entry in manifest.entries)
    return tuple(entry.path for entry in manifest.entries) if whole else None


def write(bucket: Bucket, path: str, how: str, files: Sequence[StoredFile]) -> None:
    """See ``ports.PlaylistFiles.write_folder``.

    A name that the user's own object has gets a number. What the user changed of ours is the user's from then on.
    Raises: UsageError for ``links``.
    """
    require_inside(path, bucket.url)
    if how == LINKS:
        raise UsageError(
            f"{bucket.url} cannot hold links: an object has one name.",
            hint="Set playlist_folders to copies (the store makes them; each takes its room), or to none.",
        )
    _Rewriting(bucket, path, files).run()


class _Rewriting:
    """One rewriting of a folder."""

    def __init__(self, bucket: Bucket, path: str, files: Sequence[StoredFile]) -> None:
        self._bucket = bucket
        self._path = path
        self._files = files
        self._there = {listed.key: listed for listed in bucket.list()}
        self._old = _manifest(bucket, path)
        self._ours = {entry.name: entry for entry in self._old.entries if self._is_likely_ours(entry)}

    def run(self) -> None:
        """Brings the folder to hold the files, in order."""
        wanted = self._wanted()
        fitting = {entry.name for entry in wanted if self._ours.get(entry.name) == entry}
        missing = [entry for entry in wanted if entry.name not in fitting]
        surplus = sorted(self._ours.keys() - fitting)
        settled = Manifest(how=COPIES, done=True, entries=tuple(wanted))
        if not missing and not surplus and settled == self._old:
            return
        self._record(Manifest(how=COPIES, done=False, entries=(*self._old.entries, *missing)))
        for name in surplus:
            self._take_away(self._ours[name])
        for entry in missing:
            self._make(entry)
        self._record(settled)

    def _wanted(self) -> list[Entry]:
        """The entries that are to be there. Raises: DiskError when a file of the library is not."""
        theirs = {
            naming.path_key(listed.key[len(self._path) + 1 :])
            for listed in self._there.values()
            if listed.key.startswith(f"{self._path}/") and listed.key[len(self._path) + 1 :] not in self._ours
        }
        width, wanted = max(DIGITS, len(str(len(self._files)))), []
        for number, file in enumerate(self._files, 1):
            listed = self._there.get(file.path)
            if listed is None:
                raise DiskError(f"{file.path} is not in the library.", hint="Run the same command again.")
            name = next(n for n in names(f"{number:0{width}}", file) if naming.path_key(n) not in theirs)
            wanted.append(Entry(name=name, path=file.path, size=listed.size, sha256=file.sha256, link=False))
        return wanted

    def _is_likely_ours(self, entry: Entry) -> bool:
        """Says whether what bears an entry's name has its size; whether it is ours is asked before it goes."""
        listed = self._there.get(f"{self._path}/{entry.name}")
        return listed is not None and listed.size == entry.size

    def _take_away(self, entry: Entry) -> None:
        """Removes a copy of ours; what the user put in its place is left."""
        held = self._bucket.head(f"{self._path}/{entry.name}")
        if held is not None and _is_copy(held, entry):
            self._bucket.delete(held.key, etag=held.etag)

    def _make(self, entry: Entry) -> None:
        source = self._bucket.head(entry.path)
        if source is None:
            raise DiskError(f"{entry.path} is not in the library.", hint="Run the same command again.")
        key = f"{self._path}/{entry.name}"
        if not self._bucket.copy(source, key, _metadata(entry), over=""):
            raise DiskError(f"{key} is taken by another object.", hint="Run the same command again.")
        verify_copy(self._bucket, source, key)

    def _record(self, manifest: Manifest) -> None:
        data, key = rendered(manifest), f"{self._path}/{scan.MANIFEST}"
        digests = digests_of([data])
        self._bucket.put(key, data, digests, {}, over=None, kind="application/json")
        verify_upload(self._bucket, key, digests)


def _metadata(entry: Entry) -> dict[str, str]:
    """Of a copy: without the id, so that it is never taken for the track's own file."""
    return {notes.SHA256: entry.sha256, notes.COPY: "1"}


def _is_copy(held: Held, entry: Entry) -> bool:
    told = dict(held.metadata)
    return all(told.get(name) == text for name, text in _metadata(entry).items())


def _manifest(bucket: Bucket, path: str) -> Manifest:
    """What a folder's manifest says; nothing when there is none, or one that is damaged."""
    data, key = b"", f"{path}/{scan.MANIFEST}"
    try:
        for piece in bucket.read(key):
            data += piece
            if len(data) > MAX_MANIFEST:
                return NOTHING
    except NotFoundError:
        return NOTHING
    return parsed(data, lambda inside: _can_be_key(inside, bucket.url))


def _can_be_key(path: str, url: str) -> bool:
    try:
        require_inside(path, url)
    except DiskError:
        return False
    return True
