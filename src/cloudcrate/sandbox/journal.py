"""The request log: what was asked, what was answered, what went wrong, with secrets blanked."""

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from typing import IO
from urllib.parse import parse_qsl, urlencode

_SECRET_KEYS = frozenset(
    {
        "client_id",
        "oauth_token",
        "access_token",
        "token",
        "secret_token",
        "playlistsecrettoken",
        "track_authorization",
        "policy",
        "signature",
        "key-pair-id",
        "sig",
    }
)
_SECRET_SEGMENT = re.compile(r"((?:/|%2[Ff])s-)[A-Za-z0-9]+")
_TOKEN = re.compile(r"(?<![\w-])(ntn_|secret_|2-\d+-\d+-)[A-Za-z0-9_-]+")
_ID_SEGMENT = re.compile(
    r"\d+|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]+(?::|%3A)[a-z-]+(?::|%3A).+",
    re.IGNORECASE,
)
_MEDIA_HOSTS = ("*-media.sndcdn.com", "*.media-streaming.soundcloud.cloud")
_FILE_HOSTS = ("i?.sndcdn.com", "wave.sndcdn.com", "a-v2.sndcdn.com")
_PAGE_HOSTS = ("soundcloud.com", "www.soundcloud.com", "m.soundcloud.com", "on.soundcloud.com")
_READING_POSTS = re.compile(r"/query$|^/v1/search$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request as the journal keeps it.

    ``service`` is None for a host that is not played. ``status`` is None when no status line was sent.
    ``bytes`` counts what went out of the body: planned at first, actual once sent. ``committed`` says that
    the service handled the request, at once or late. ``seconds`` is how long the client was there after it had
    asked: until the answer was out, or until it went away; None while that lasts.
    """

    index: int
    time: float
    service: str | None
    host: str
    method: str
    path: str
    query: str
    endpoint: str
    status: int | None
    bytes: int
    fault: str | None
    committed: bool
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a journal entry is made of before it has a place: the request's side, unredacted."""

    time: float
    service: str | None
    host: str
    method: str
    path: str
    query: str


def is_media(host: str) -> bool:
    """Says whether ``host`` serves audio."""
    return any(fnmatchcase(host, glob) for glob in _MEDIA_HOSTS)


def redacted_query(query: str) -> str:
    """``query`` with the values of secret parameters, and secret link segments inside values, blanked."""
    if not query:
        return ""
    pairs = [
        (
            key,
            "***" if key.lower() in _SECRET_KEYS or key.lower().startswith("x-amz-") else redacted_path(value),
        )
        for key, value in parse_qsl(query, keep_blank_values=True)
    ]
    return urlencode(pairs, safe="*:/,")


def redacted_path(path: str) -> str:
    """``path`` with private-link segments and tokens blanked."""
    return _TOKEN.sub(r"\1***", _SECRET_SEGMENT.sub(r"\1***", path))


def endpoint(method: str, host: str, path: str) -> str:
    """The request's template, such as ``PATCH api.notion.com/v1/pages/{id}``."""
    if is_media(host) or any(fnmatchcase(host, glob) for glob in _FILE_HOSTS):
        return f"{method} {host}/{{file}}"
    name_everything = host in _PAGE_HOSTS
    segments = [_template(segment, named=name_everything) for segment in path.split("/")]
    return f"{method} {host}{'/'.join(segments)}"


def _template(segment: str, *, named: bool) -> str:
    if _ID_SEGMENT.fullmatch(segment):
        return "{id}"
    return "{name}" if named and segment not in {"", "sets"} else segment


class Journal:
    """The entries in order of arrival, and counts over them. Thread-safe.

    With ``file``, each entry is also appended to it as one JSON line, flushed, before its answer is sent; a
    request that is handled late adds a line ``{"event": "late_commit", "index": …, "time": …}``.
    """

    def __init__(self, file: IO[str] | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._file = file
        self._mark = 0

    def add(self, call: Call, *, status: int | None, size: int, fault: str | None, committed: bool) -> int:
        """Appends an entry and gives its index."""
        with self._lock:
            entry = Entry(
                index=len(self._entries),
                time=call.time,
                service=call.service,
                host=call.host,
                method=call.method,
                path=redacted_path(call.path),
                query=redacted_query(call.query),
                endpoint=endpoint(call.method, call.host, redacted_path(call.path)),
                status=status,
                bytes=size,
                fault=fault,
                committed=committed,
            )
            self._entries.append(entry)
            self._write(asdict(entry))
            return entry.index

    def sent(self, index: int, size: int | None, seconds: float) -> None:
        """Notes how many bytes really went out (None: as many as planned, at most), and how long that took."""
        with self._lock:
            entry = self._entries[index]
            self._entries[index] = replace(entry, bytes=entry.bytes if size is None else size, seconds=seconds)

    def committed_late(self, index: int, time: float) -> None:
        """Notes that a request was handled after its client had been let down."""
        with self._lock:
            self._entries[index] = replace(self._entries[index], committed=True)
            self._write({"event": "late_commit", "index": index, "time": time})

    def mark(self) -> int:
        """Sets the mark that ``counts(since_mark=True)`` starts from, and gives it."""
        with self._lock:
            self._mark = len(self._entries)
            return self._mark

    def entries(self, since: int = 0) -> list[Entry]:
        """The entries from index ``since`` on."""
        with self._lock:
            return self._entries[since:]

    def counts(self, since: int | None = None) -> dict[str, object]:
        """Counts over the entries from ``since`` (default: from the mark) on."""
        with self._lock:
            entries = self._entries[self._mark if since is None else since :]
        return count(entries)

    def _write(self, value: Mapping[str, object]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(value, ensure_ascii=False) + "\n")
            self._file.flush()


def count(entries: Sequence[Entry]) -> dict[str, object]:
    """Sums up entries: totals, by host, endpoint, status and fault; Notion reads and writes; media bytes."""
    notion = [entry for entry in entries if entry.service == "notion"]
    writes = sum(1 for entry in notion if _writes(entry))
    return {
        "requests": len(entries),
        "committed": sum(1 for entry in entries if entry.committed),
        "outside": sum(1 for entry in entries if entry.service is None),
        "hosts": dict(Counter(entry.host for entry in entries)),
        "endpoints": dict(Counter(entry.endpoint for entry in entries)),
        "statuses": dict(Counter(str(entry.status or "none") for entry in entries)),
        "faults": dict(Counter(entry.fault for entry in entries if entry.fault)),
        "notion_reads": len(notion) - writes,
        "notion_writes": writes,
        "media_requests": sum(1 for entry in entries if is_media(entry.host)),
        "media_bytes": sum(entry.bytes for entry in entries if is_media(entry.host)),
    }


def _writes(entry: Entry) -> bool:
    return entry.method in {"PATCH", "DELETE", "PUT"} or (
        entry.method == "POST" and not _READING_POSTS.search(entry.path)
    )
