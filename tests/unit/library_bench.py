"""A library on a bench: real audio, SoundCloud's delivery hosts as a table of answers, and a folder."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx
from notion_fakes import FakeBudgets, FakeClock, Wire
from worlds import make_track

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.library.disk import Disk
from cloudcrate.adapters.library.ffmpeg import executable
from cloudcrate.adapters.library.store import FolderStore
from cloudcrate.adapters.library.verify import frame_length
from cloudcrate.core.model import Protocol, Stream, Track
from cloudcrate.core.tagging import tags_of
from cloudcrate.ports.library import Recipe, StagedFile
from cloudcrate.ports.world import Media

SECONDS = 6
PROGRESSIVE = "https://cf-media.sndcdn.com/aBcD.128.mp3"
PLAYLIST = "https://cf-hls-media.sndcdn.com/playlist/aBcD.128.mp3/playlist.m3u8"
SEGMENTS = "https://cf-hls-media.sndcdn.com/media"
ARTWORK = "https://i1.sndcdn.com/artworks-1-t500x500.jpg"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 200 + b"\xff\xd9"
MP3 = Stream(url="https://api/1", preset="mp3_1_0", protocol=Protocol.PROGRESSIVE, mime="audio/mpeg")
MP3_HLS = Stream(url="https://api/2", preset="mp3_1_0", protocol=Protocol.HLS, mime="audio/mpeg")
ORIGINAL = Stream(url="https://api/4", preset="original", protocol=Protocol.PROGRESSIVE, mime="")
AAC_HLS = Stream(url="https://api/3", preset="aac_160k", protocol=Protocol.HLS, mime="audio/mp4")


def run_ffmpeg(*words: str) -> bytes:
    command = [str(executable()), "-nostdin", "-v", "error", *words]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


@cache
def mp3(seconds: float = SECONDS, tone: int = 440) -> bytes:
    """Frames and nothing else, as SoundCloud sends them: 64 kbit/s, no Xing header, no tags."""
    source = ["-f", "lavfi", "-i", f"sine={tone}:d={seconds}:r=44100"]
    plain = ["-write_xing", "0", "-id3v2_version", "0", "-bitexact", "-f", "mp3", "-"]
    return run_ffmpeg(*source, "-c:a", "libmp3lame", "-b:a", "64k", *plain)


def mp3_pieces(sound: bytes, *, frames: int = 38) -> list[tuple[float, bytes]]:
    """Cuts at frames, about a second each; with the seconds of every piece."""
    pieces: list[tuple[float, bytes]] = []
    start = at = count = 0
    while at < len(sound):
        at += frame_length(sound[at : at + 4])
        count += 1
        if count == frames or at >= len(sound):
            pieces.append((count * 1152 / 44100, sound[start:at]))
            start, count = at, 0
    return pieces


@cache
def fmp4() -> tuple[bytes, tuple[tuple[float, bytes], ...]]:
    """An initialisation segment, and AAC in fragmented MP4, about a second each."""
    with tempfile.TemporaryDirectory() as folder:
        source = ["-f", "lavfi", "-i", f"sine=440:d={SECONDS}:r=44100", "-c:a", "aac", "-b:a", "64k"]
        form = ["-f", "hls", "-hls_time", "1", "-hls_segment_type", "fmp4", "-hls_list_size", "0"]
        run_ffmpeg(*source, *form, "-hls_playlist_type", "vod", f"{folder}/list.m3u8")
        lines = Path(folder, "list.m3u8").read_text().splitlines()
        seconds = [float(line[8:].rstrip(",")) for line in lines if line.startswith("#EXTINF:")]
        names = [line for line in lines if not line.startswith("#")]
        pieces = [Path(folder, name).read_bytes() for name in names]
        return Path(folder, "init.mp4").read_bytes(), tuple(zip(seconds, pieces, strict=True))


CODECS: dict[str, dict[int, tuple[str, ...]]] = {
    "mp3": {16: ("-c:a", "libmp3lame", "-b:a", "128k", "-id3v2_version", "0", "-f", "mp3")},
    "m4a": {16: ("-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "ipod")},
    "opus": {16: ("-c:a", "libopus", "-b:a", "96k", "-f", "opus")},
    "alac": {
        16: ("-c:a", "alac", "-sample_fmt", "s16p", "-f", "ipod"),
        24: ("-c:a", "alac", "-sample_fmt", "s32p", "-f", "ipod"),
    },
    "flac": {
        16: ("-c:a", "flac", "-sample_fmt", "s16", "-f", "flac"),
        24: ("-c:a", "flac", "-sample_fmt", "s32", "-f", "flac"),
    },
    "wav": {
        8: ("-c:a", "pcm_u8", "-f", "wav"),
        16: ("-c:a", "pcm_s16le", "-f", "wav"),
        24: ("-c:a", "pcm_s24le", "-f", "wav"),
        32: ("-c:a", "pcm_f32le", "-f", "wav"),
    },
    "aiff": {
        16: ("-c:a", "pcm_s16be", "-f", "aiff"),
        24: ("-c:a", "pcm_s24be", "-f", "aiff"),
        32: ("-c:a", "pcm_f32be", "-f", "aiff"),
    },
}
"""How a file of each format and depth is made; 32 is floating point."""


@cache
def audio(
    form: str,
    *,
    bits: int = 16,
    seconds: float = SECONDS,
    rate: int = 44100,
    channels: int = 2,
    extra: tuple[str, ...] = (),
) -> bytes:
    """A file of ``form`` (a key of ``CODECS``): tones with noise on them, different in every channel."""
    voices = "|".join(f"0.3*sin({330 + 110 * n}*2*PI*t)+0.05*random({n})" for n in range(channels))
    source = ["-f", "lavfi", "-i", f"aevalsrc={voices}:d={seconds}:s={rate}"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made")
        run_ffmpeg(*source, *CODECS[form][bits], *extra, f"file:{path}")
        return path.read_bytes()


def opus_pieces(sound: bytes) -> list[tuple[float, bytes]]:
    """Cuts an Ogg Opus stream at the pages of its sound, about a second each; the first holds both headers, too,
    and the last a little more: less than the tolerance would not be missed.

    A page says at its bytes 6 to 13 how many samples (of 48,000 a second) there are up to its end (RFC 7845).
    """
    pieces: list[tuple[float, bytes]] = []
    start = at = samples = 0
    while at < len(sound):
        lengths = sound[at + 27 : at + 27 + sound[at + 26]]
        end = int.from_bytes(sound[at + 6 : at + 14], "little")
        at += 27 + len(lengths) + sum(lengths)
        if (end - samples > 24000 and len(sound) - at > 2000) or at == len(sound):
            pieces.append(((end - samples) / 48000, sound[start:at]))
            start, samples = at, end
    return pieces


def id3v2(picture: bytes) -> bytes:
    """An ID3v2.4 tag of somebody's with a title and a front cover (APIC)."""
    frames = b""
    for name, content in ((b"TIT2", b"\x03Mine"), (b"APIC", b"\x00image/jpeg\x00\x03\x00" + picture)):
        frames += name + _synchsafe(len(content)) + b"\0\0" + content
    return b"ID3\x04\0\0" + _synchsafe(len(frames)) + frames


def _synchsafe(number: int) -> bytes:
    """Four bytes of seven bits each."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


class Body(httpx.SyncByteStream):
    """A body that comes in pieces and is not touched by the client's own accounting."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._content), 10_000):
            yield self._content[start : start + 10_000]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer; ``length`` is what Content-Length says, None leaves it out, -1 the truth."""

    body: bytes
    status: int = 200
    length: int | None = -1
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> httpx.Response:
        length = len(self.body) if self.length == -1 else self.length
        headers = {**self.headers} | ({} if length is None else {"content-length": str(length)})
        return httpx.Response(self.status, headers=headers, stream=Body(self.body))


class Site:
    """Answers by link without its query; several answers to one link come one after the other."""

    def __init__(self) -> None:
        self.pages: dict[str, list[Page]] = {}

    def put(self, url: str, *pages: Page) -> None:
        self.pages[url] = list(pages)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        pages = self.pages.get(str(request.url.copy_with(query=None)))
        if not pages:
            return Page(body=b"", status=404).response()
        return (pages.pop(0) if len(pages) > 1 else pages[0]).response()


def playlist(
    pieces: list[tuple[float, bytes]], *, tags: str = "", names: Mapping[int, str] | None = None, end: bool = True
) -> Page:
    """A media playlist of pieces that lie at ``SEGMENTS/<number>``."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-TARGETDURATION:10", "#EXT-X-MEDIA-SEQUENCE:0"]
    lines += [line for line in tags.splitlines() if line]
    for number, (seconds, _) in enumerate(pieces):
        lines += [f"#EXTINF:{seconds:.6f},", (names or {}).get(number, f"{SEGMENTS}/{number}?Signature=s")]
    return Page(body="\n".join([*lines, *(["#EXT-X-ENDLIST"] if end else [])]).encode())


class Bench:
    """A library in ``root`` behind a door that leads to ``site``."""

    def __init__(self, root: Path, *, disk: Disk | None = None) -> None:
        self.root = root
        self.site = Site()
        self.wire = Wire(self.site)
        self.clock = FakeClock()
        self.door = Door(clock=self.clock, budgets=FakeBudgets(), transport=self.wire)
        self.store = FolderStore(root, self.door, disk=disk)
        self.track = make_track(7, title="Song", duration_ms=SECONDS * 1000)
        self.media_calls = 0

    def media(self, stream: Stream) -> Media:
        self.media_calls += 1
        url = PROGRESSIVE if stream.protocol is Protocol.PROGRESSIVE else PLAYLIST
        return Media(url=f"{url}?Policy=p&Signature=secret{self.media_calls}", stream=stream)

    def fetch(self, stream: Stream = MP3, track: Track | None = None, recipe: Recipe | None = None) -> StagedFile:
        track = track or self.track
        return self.store.fetch(track, stream, lambda: self.media(stream), recipe or Recipe(tags=tags_of(track)))

    def fetched(self, track: Track | None = None) -> StagedFile:
        """A good one."""
        self.site.put(PROGRESSIVE, Page(body=mp3()))
        return self.fetch(track=track)

    def serve_mp3_segments(self, sound: bytes | None = None) -> list[tuple[float, bytes]]:
        pieces = mp3_pieces(sound or mp3())
        self.site.put(PLAYLIST, playlist(pieces))
        for number, (_, body) in enumerate(pieces):
            self.site.put(f"{SEGMENTS}/{number}", Page(body=body))
        return pieces

    def serve_fmp4(
        self, *, map_tag: str = f'#EXT-X-MAP:URI="{SEGMENTS}/init?Signature=s"'
    ) -> list[tuple[float, bytes]]:
        init, pieces = fmp4()
        self.site.put(PLAYLIST, playlist(list(pieces), tags=map_tag))
        self.site.put(f"{SEGMENTS}/init", Page(body=init))
        for number, (_, body) in enumerate(pieces):
            self.site.put(f"{SEGMENTS}/{number}", Page(body=body))
        return list(pieces)

    @property
    def staging(self) -> list[str]:
        """What lies in staging."""
        folder = self.root / ".cloudcrate" / "staging"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    @property
    def files(self) -> list[str]:
        """The library's files as its user sees them."""
        found = (path.relative_to(self.root) for path in self.root.rglob("*") if not path.is_dir())
        return sorted(path.as_posix() for path in found if path.parts[0] != ".cloudcrate")

    def staged_path(self, staged: StagedFile) -> Path:
        return self.root / ".cloudcrate" / "staging" / staged.token
