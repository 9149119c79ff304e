"""The delivery hosts: audio, playlists, segments and pictures, by signed links."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from cloudcrate.sandbox.soundcloud import audio, fmp4, objects, originals, pictures, signing
from cloudcrate.sandbox.soundcloud.world import SandboxTrack, World
from cloudcrate.sandbox.wire import Request, Response

PROGRESSIVE = "cf-media.sndcdn.com"
HLS_MP3 = "cf-hls-media.sndcdn.com"
HLS_AAC = "playback.media-streaming.soundcloud.cloud"
PREVIEWS = "cf-preview-media.sndcdn.com"
PICTURES = frozenset({"i1.sndcdn.com", "i2.sndcdn.com", "i3.sndcdn.com", "i4.sndcdn.com"})
ORIGINALS = "cf-original-media.sndcdn.com"
HOSTS = frozenset({PROGRESSIVE, HLS_MP3, HLS_AAC, PREVIEWS, ORIGINALS}) | PICTURES
NOTHING: Mapping[str, str] = {}
AAC_SEGMENT = 431  # frames: 10.0078 s
_SCRAMBLED = bytes(255 - byte for byte in range(256))  # what plays as an encrypted frame: nothing decodes it
MP3_RAMP = (2, 3, 4, 5, 6, 7, 8, 9, 10)  # seconds of the first segments, then all 10


def played_seconds(track: SandboxTrack) -> float:
    """How long the streams of a track play."""
    return objects.short_length(track) / 1000 if track.kind == "preview" else track.seconds


class Cdn:
    """Signs links and answers them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def link(self, track: SandboxTrack, preset: str, protocol: str, now: float) -> str:
        """The signed link of a stream, as a media call answers it."""
        expires = now + played_seconds(track) + signing.GRACE
        key = _key(track)
        if preset.startswith("aac") or "encrypted" in protocol:
            path = f"{key}/{preset}/{objects.stream_uuid(track, preset)}"
            return signing.signed(f"https://{HLS_AAC}/{path}/playlist.m3u8", f"*://{HLS_AAC}/{path}/*", expires)
        if protocol == "hls":
            url = f"https://{HLS_MP3}/playlist/{key}.128.mp3/playlist.m3u8"
            return signing.signed(url, f"*://{HLS_MP3}/*/{key}.128.mp3*", expires)
        if track.kind == "preview":
            return signing.signed(f"https://{PREVIEWS}/preview/0/30/{key}.128.mp3", f"*://{PREVIEWS}/*{key}*", expires)
        return signing.signed(f"https://{PROGRESSIVE}/{key}.128.mp3", f"*://{PROGRESSIVE}/{key}.128.mp3*", expires)

    def original(self, track: SandboxTrack, now: float) -> str:
        """The signed link of the uploader's file."""
        name = f"{_key(track)}.{originals.ending(track)}"
        return signing.signed(f"https://{ORIGINALS}/{name}", f"*://{ORIGINALS}/{name}*", now + 3600)

    def answer(self, request: Request, now: float) -> Response:
        """Answers a delivery host."""
        if request.host in PICTURES:
            return self._picture(request)
        found = re.search(r"(?:^|/)t([0-9a-f]{11})(?=[./])", request.path)
        track = self._world.tracks.get(int(found.group(1), 16)) if found else None
        if track is None:
            return Response(status=404)
        if not signing.is_valid(f"https://{request.host}{request.path}", request.query, now):
            return Response(
                status=403, headers={"content-type": "application/xml"}, body=b"<Error>AccessDenied</Error>"
            )
        return self._media(request, track)

    def _media(self, request: Request, track: SandboxTrack) -> Response:
        path, query = request.path, request.query
        match request.host:
            case "cf-hls-media.sndcdn.com" if path.startswith("/playlist/"):
                return _text(_mp3_playlist(track, query))
            case "cf-hls-media.sndcdn.com":
                return _mp3_segment(request, track)
            case "playback.media-streaming.soundcloud.cloud":
                return self._aac(request, track)
            case "cf-original-media.sndcdn.com":
                file = originals.original(track)
                return _ranged(request, file.data, file.mime, track, {"content-disposition": file.disposition})
            case _:
                return _ranged(request, audio.mp3(track.id, played_seconds(track)), "audio/mpeg", track)

    def _aac(self, request: Request, track: SandboxTrack) -> Response:
        name = request.path.rsplit("/", 1)[1]
        if name == "playlist.m3u8":
            return _text(_aac_playlist(track, request.query))
        if name == "init.mp4":
            return _ranged(request, fmp4.init_segment(), "audio/mp4", track)
        found = re.fullmatch(r"data(\d+)\.m4s", name)
        number = int(found.group(1)) if found else 0
        first = number * AAC_SEGMENT
        frames = audio.aac_frames(track.id, track.seconds, first, first + AAC_SEGMENT)
        if not frames:
            return Response(status=404)
        if track.kind == "protected":
            frames = [frame.translate(_SCRAMBLED) for frame in frames]
        return _ranged(request, fmp4.media_segment(number + 1, first, frames), "audio/mp4", track)

    def _picture(self, request: Request) -> Response:
        found = re.fullmatch(r"/(?:artworks|avatars)-(\d+)-([a-z0-9]+)\.(jpg|png)", request.path)
        if found is None or found.group(2) == "original":
            return Response(status=404)
        picture = pictures.jpeg(int(found.group(1)))
        return Response(status=200, headers={"content-type": "image/jpeg"}, body=picture)


def _key(track: SandboxTrack) -> str:
    """A track's name on the delivery hosts: twelve characters, as there."""
    return f"t{track.id:011x}"


def _mp3_segments(count: int) -> list[tuple[int, int]]:
    """Frames of each segment, from and to: short ones first."""
    segments: list[tuple[int, int]] = []
    at = 0
    while at < count:
        seconds = MP3_RAMP[min(len(segments), len(MP3_RAMP) - 1)]
        frames = max(1, int(seconds * audio.RATE / audio.MP3_SAMPLES))
        segments.append((at, min(at + frames, count)))
        at += frames
    return segments


def _mp3_segment(request: Request, track: SandboxTrack) -> Response:
    """The frames that ``/media/FROM/TO/…`` names."""
    found = re.match(r"/media/(\d+)/(\d+)/", request.path)
    if found is None:
        return Response(status=404)
    start, end = map(int, found.groups())
    return _ranged(request, audio.mp3(track.id, played_seconds(track), start, end), "audio/mpeg", track)


@lru_cache(maxsize=64)
def _mp3_lines(key: int, count: int) -> tuple[tuple[float, str], ...]:
    name = f"t{key:011x}"
    return tuple(
        ((end - start) * audio.MP3_SAMPLES / audio.RATE, f"https://{HLS_MP3}/media/{start}/{end}/{name}.128.mp3")
        for start, end in _mp3_segments(count)
    )


def _mp3_playlist(track: SandboxTrack, query: str) -> str:
    lines = _mp3_lines(track.id, audio.mp3_frame_count(played_seconds(track)))
    body = "".join(f"#EXTINF:{seconds:.6f},\n{url}?{query}\n" for seconds, url in lines)
    head = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
    return f"{head}{body}#EXT-X-ENDLIST\n"


def _aac_playlist(track: SandboxTrack, query: str) -> str:
    count = audio.aac_frame_count(track.seconds)
    lengths = [
        min(AAC_SEGMENT, count - first) * audio.AAC_SAMPLES / audio.RATE for first in range(0, count, AAC_SEGMENT)
    ]
    body = "".join(f"#EXTINF:{seconds:.6f},\ndata{n:06}.m4s?{query}\n" for n, seconds in enumerate(lengths))
    head = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:11\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    if track.kind == "protected":
        head += '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://sandbox"\n'
    return f'{head}#EXT-X-MAP:URI="init.mp4?{query}"\n{body}#EXT-X-ENDLIST\n'


def _text(playlist: str) -> Response:
    return Response(status=200, headers={"content-type": "application/vnd.apple.mpegurl"}, body=playlist.encode())


def _ranged(
    request: Request, data: bytes, kind: str, track: SandboxTrack, more: Mapping[str, str] = NOTHING
) -> Response:
    """The whole file, or the range that was asked for while its ETag or its date still matches."""
    etag, changed = f'"{track.id:x}-{len(data):x}"', _last_modified(track)
    headers = {"content-type": kind, "accept-ranges": "bytes", "etag": etag, "last-modified": changed, **more}
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", etag) not in (etag, changed) or not any(found.groups()):
        return Response(status=200, headers=headers, body=data)
    first, last = found.groups()
    start = int(first) if first else max(0, len(data) - int(last))
    end = min(int(last), len(data) - 1) if first and last else len(data) - 1
    if start > end:
        return Response(status=416, headers={**headers, "content-range": f"bytes */{len(data)}"})
    headers["content-range"] = f"bytes {start}-{end}/{len(data)}"
    return Response(status=206, headers=headers, body=data[start : end + 1])


def _last_modified(track: SandboxTrack) -> str:
    """When a track's files were made: on some day of 2025, as an HTTP date."""
    return format_datetime(datetime(2025, 1 + track.id % 12, 1 + track.id % 28, 12, 30, tzinfo=UTC), usegmt=True)
