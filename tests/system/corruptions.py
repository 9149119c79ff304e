"""Corrupt streams, made from a seed: what is done to which track's audio, and how that must end.

A corruption strikes one track and never lets go: every attempt, of every stream that it concerns, meets the same
damage. Where it concerns every stream, the track must fail by name. Where it concerns one, the track must be had
whole from another, or fail by name.

What no reader can know stands apart (``UNSEEN``). HLS and progressive MP3 carry no checksum, and SoundCloud's
answers none either: its API's hold no ETag and no digest (132 recorded), its delivery hosts' were not recorded. So
a bit that turns over inside a frame may decode to other sound without complaint, and another track's segment of
the same number and length looks like this track's.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: fault rules and scenarios are JSON

from cloudcrate.sandbox.soundcloud import audio, objects, signing
from cloudcrate.sandbox.soundcloud.cdn import AAC_SEGMENT, HLS_AAC, HLS_MP3, PROGRESSIVE
from cloudcrate.sandbox.soundcloud.world import SandboxTrack, World

Rule = dict[str, Any]  # Any: as above
Rules = Mapping[str, Sequence[Rule]]
"""By stream. A stream that is not named is not there at all."""

AAC, MP3, SEGMENTED_MP3 = "aac hls", "mp3 progressive", "mp3 hls"
HOSTS = {AAC: HLS_AAC, MP3: PROGRESSIVE, SEGMENTED_MP3: HLS_MP3}
FOREVER = 4_000_000_000.0
PREVIEW_FRAMES = 1148  # 30 s
SLUG, AGAIN = "mix", "again"
URL, AGAIN_URL = (f"https://soundcloud.com/ada/sets/{slug}" for slug in (SLUG, AGAIN))
ENTRY = r"#EXTINF:[^\n]*\n[^\n]*"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A class of corruptions. ``words``: a pattern that its failures' reasons hold."""

    make: Callable[[random.Random, SandboxTrack, SandboxTrack], Rules]  # of a track, with another one at hand
    words: str
    harmless: bool = False  # the audio itself is whole
    curable: bool = False  # a stream in one piece may be had whole all the same
    unseen: bool = False  # no reader can know
    seconds: tuple[float, float] = (11.5, 25.0)


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """What happens to one track. ``whole``: it must be published whole all the same."""

    track_id: int
    kind: str
    rules: tuple[Rule, ...]
    whole: bool

    @property
    def key(self) -> str:
        """The track's name on the delivery hosts."""
        return key_of(self.track_id)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A playlist, what goes wrong with its tracks, and those that are left alone."""

    scenario: Mapping[str, Any]  # Any: as above
    tracks: Mapping[int, SandboxTrack]
    corruptions: tuple[Corruption, ...]
    healthy: tuple[int, ...]

    @property
    def rules(self) -> list[Rule]:
        """All fault rules."""
        return [rule for corruption in self.corruptions for rule in corruption.rules]


def scene(seed: int, kinds: Sequence[str], *, healthy: int = 5) -> Scene:
    """A scene with one corruption of each of ``kinds``, in a seeded order, and some tracks left alone.

    What comes from another track comes from one of those, so that it has no damage of its own.
    """
    dice = random.Random(f"corruptions {seed}")
    wanted: list[str | None] = [*kinds, *(None for _ in range(healthy))]
    dice.shuffle(wanted)
    spans = [KINDS[kind].seconds if kind else (11.5, 25.0) for kind in wanted]
    tracks: list[dict[str, Any]] = [  # Any: as above
        {"id": 2_300_000_000 + 7 * n, "seconds": round(dice.uniform(*span), 2), "artwork": False, "user": "ada"}
        for n, span in enumerate(spans, start=1)
    ]
    ids: list[int] = [track["id"] for track in tracks]
    lists = [{"user": "ada", "slug": slug, "title": slug, "tracks": ids} for slug in (SLUG, AGAIN)]
    soundcloud = {"tracks": tracks, "playlists": lists, "seed": seed}
    found = World.from_dict(soundcloud).tracks
    healthy_ids = tuple(track_id for track_id, kind in zip(ids, wanted, strict=True) if kind is None)
    corruptions = tuple(
        _corruption(dice, kind, found[track_id], found[dice.choice(healthy_ids)])
        for track_id, kind in zip(ids, wanted, strict=True)
        if kind is not None
    )
    return Scene(
        scenario={"soundcloud": {**soundcloud, "media_per_10_minutes": 1_000_000}},
        tracks=found,
        corruptions=corruptions,
        healthy=healthy_ids,
    )


def without_stream(stream: str, tracks: Sequence[SandboxTrack]) -> list[Rule]:
    """Rules that take a stream away from tracks."""
    return [_gone(track, stream) for track in tracks]


def key_of(track_id: int) -> str:
    """A track's name on the delivery hosts."""
    return f"t{track_id:011x}"


def _corruption(dice: random.Random, name: str, track: SandboxTrack, other: SandboxTrack) -> Corruption:
    kind = KINDS[name]
    by_stream = kind.make(dice, track, other)
    everywhere = dice.random() < 0.75 or AAC not in by_stream
    if everywhere:
        rules = [rule for struck in by_stream.values() for rule in struck]
        rules += [_gone(track, stream) for stream in HOSTS if stream not in by_stream]
    else:
        rules = list(by_stream[AAC])
    whole = kind.harmless or not everywhere
    return Corruption(track_id=track.id, kind=name, rules=tuple(rules), whole=whole)


def _gone(track: SandboxTrack, stream: str) -> Rule:
    return _media_call(track, stream, kind="status", status=404, json={})


def _media_call(track: SandboxTrack, stream: str, **fault: Any) -> Rule:  # Any: as above
    return {"host": "api-v2.soundcloud.com", "path": f"^{_media_path(track, stream)}$", **fault}


def _media_path(track: SandboxTrack, stream: str) -> str:
    preset = "aac_160k" if stream == AAC else "mp3_1_0"
    leaf = "progressive" if stream == MP3 else "hls"
    return f"/media/soundcloud:tracks:{track.id}/{objects.stream_uuid(track, preset)}/stream/{leaf}"


# --- where ------------------------------------------------------------------------------------


def _playlist(stream: str, track: SandboxTrack, **fault: Any) -> Rule:  # Any: as above
    return {"host": HOSTS[stream], "path": f"/{key_of(track.id)}[./].*playlist\\.m3u8$", **fault}


def _aac_part(track: SandboxTrack, name: str, **fault: Any) -> Rule:  # Any: as above
    return {"host": HLS_AAC, "path": f"/{key_of(track.id)}/.*/{re.escape(name)}$", **fault}


def _aac_segments(track: SandboxTrack) -> int:
    return -(-audio.aac_frame_count(track.seconds) // AAC_SEGMENT)


def _body(dice: random.Random, stream: str, track: SandboxTrack, **fault: Any) -> Rule:  # Any: as above
    """A fault of the audio itself: of one segment, or of the whole in one."""
    key = key_of(track.id)
    if stream == AAC:
        return _aac_part(track, f"data{dice.randrange(_aac_segments(track)):06}.m4s", **fault)
    if stream == SEGMENTED_MP3:
        return {"host": HLS_MP3, "path": f"^/media/{dice.choice(('0', '[1-9][0-9]*'))}/[0-9]+/{key}", **fault}
    return {"host": PROGRESSIVE, "path": f"^/{key}", **fault}


def _everywhere(draw: Callable[[random.Random], Rule], *, beside: bool = False) -> Callable[..., Rules]:
    """The same kind of fault in the audio of every stream; ``beside``: a playlist or an init segment may have it."""

    def make(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
        made = {stream: [_body(dice, stream, track, **draw(dice))] for stream in HOSTS}
        place = dice.randrange(3) if beside else 0
        if place == 1:
            made |= {stream: [_playlist(stream, track, **draw(dice))] for stream in (AAC, SEGMENTED_MP3)}
        elif place == 2:
            made[AAC] = [_aac_part(track, "init.mp4", **draw(dice))]
        return made

    return make


def _in_segments(draw: Callable[[random.Random], Rule]) -> Callable[..., Rules]:
    """A fault of segments; the stream that has none is not there."""

    def make(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
        return {stream: [_body(dice, stream, track, **draw(dice))] for stream in (AAC, SEGMENTED_MP3)}

    return make


def _listed(aac: Callable[[int], tuple[str, str]], mp3: tuple[str, str]) -> Callable[..., Rules]:
    """Playlists that are rewritten: what to find and what to put, for segment ``n`` and for the first of MP3."""

    def make(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
        number = dice.randrange(_aac_segments(track) - 1)  # never the last, which may be too short to be missed
        return {
            stream: [_playlist(stream, track, kind="rewrite", find=find, put=put)]
            for stream, (find, put) in ((AAC, aac(number)), (SEGMENTED_MP3, mp3))
        }

    return make


# --- what -------------------------------------------------------------------------------------


def _cut(kind: str) -> Callable[[random.Random], Rule]:
    def draw(dice: random.Random) -> Rule:
        near = dice.random() < 0.3  # very near the end, where the length hardly tells
        return {"kind": kind, "fraction": round(dice.uniform(0.97, 0.999) if near else dice.uniform(0.01, 0.97), 4)}

    return draw


def _gzipped(dice: random.Random) -> Rule:
    return {"kind": "gzip_cut", "fraction": dice.choice((1, round(dice.uniform(0.1, 0.9), 3)))}


def _declared_cut(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
    """An origin that holds a short object, and says its length truly."""
    fault = {"kind": "cut", "declared": True}
    return {stream: [_body(dice, stream, track, **fault, fraction=_share(dice))] for stream in HOSTS}


def _share(dice: random.Random) -> float:
    return round(dice.uniform(0.05, 0.9), 3)


def _cut_playlist(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
    fault: Rule = dice.choice(({"kind": "cut_silent"}, {"kind": "cut", "declared": True}))
    return {s: [_playlist(s, track, **fault, fraction=_share(dice))] for s in (AAC, SEGMENTED_MP3)}


def _foreign(dice: random.Random, track: SandboxTrack, other: SandboxTrack, *, twin: bool = False) -> Rules:
    """A segment of another track: with another number or length, or (``twin``) with nothing that tells it."""
    number = dice.randrange(min(_aac_segments(track), _aac_segments(other)) - 1)
    path = f"/{key_of(other.id)}/aac_160k/{objects.stream_uuid(other, 'aac_160k')}"
    query = _query(HLS_AAC, f"{path}/*")
    to_path = f"{path}/data{number if twin else number + 1:06}.m4s"
    aac = _aac_part(track, f"data{number:06}.m4s", kind="foreign", to_path=to_path, to_query=query)
    frames = 76 if twin else 76 + dice.choice((-1, 1)) * dice.randint(3, 60)
    mp3 = {
        "host": HLS_MP3,
        "path": f"^/media/0/[0-9]+/{key_of(track.id)}",
        "kind": "foreign",
        "to_path": f"/media/0/{frames}/{key_of(other.id)}.128.mp3",
        "to_query": _query(HLS_MP3, f"/*{key_of(other.id)}*"),
    }
    return {AAC: [aac], SEGMENTED_MP3: [mp3]}


def _twin(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
    return _foreign(dice, track, other, twin=True)


def _wrong_track(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
    """A signed link that leads to another track; their lengths differ by more than may be."""
    if abs(track.seconds - other.seconds) <= 0.6:  # of one length, nobody could tell them apart
        return {AAC: [_playlist(AAC, track, kind="empty")]}
    return {s: [_media_call(track, s, kind="foreign", to_path=_media_path(other, s))] for s in HOSTS}


def _query(host: str, resource: str) -> str:
    return signing.signed("", f"https://{host}{resource}", FOREVER).removeprefix("?")


def _preview(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
    """The first half minute, in good order."""
    size = len(audio.mp3(track.id, track.seconds, 0, PREVIEW_FRAMES))
    late = rf"{ENTRY}data00000[3-9][^\n]*\n"
    first = rf"((?:{ENTRY}\n){{6}})(?:{ENTRY}\n)*"
    made = {
        AAC: [_playlist(AAC, track, kind="rewrite", find=late, put="")],
        MP3: [_body(dice, MP3, track, kind="cut", declared=True, bytes=size)],
        SEGMENTED_MP3: [_playlist(SEGMENTED_MP3, track, kind="rewrite", find=first, put=r"\1")],
    }
    return made if dice.random() < 0.5 else {AAC: made[AAC], MP3: made[MP3]}


def _ranged(kind: str) -> Callable[..., Rules]:
    """A 206 that is not what was asked for: for a range of an init segment, and where no range was asked for."""

    def make(dice: random.Random, track: SandboxTrack, other: SandboxTrack) -> Rules:
        find = r'(#EXT-X-MAP:URI="[^"]*")'
        ranged = _playlist(AAC, track, kind="rewrite", find=find, put=r'\1,BYTERANGE="589@0"')
        init = _aac_part(track, "init.mp4", kind=kind, bytes=dice.randint(1, 500))
        unasked = {"kind": "partial", "fraction": 1 if kind == "wrong_range" else _share(dice)}
        return {
            AAC: dice.choice(([ranged, init], [_body(dice, AAC, track, **unasked)])),
            MP3: [_body(dice, MP3, track, **unasked)],
            SEGMENTED_MP3: [_body(dice, SEGMENTED_MP3, track, **unasked)],
        }

    return make


def _extra(**more: Any) -> Callable[[random.Random], Rule]:  # Any: as above
    return lambda dice: {"kind": "extra", "bytes": dice.choice((1, 7, 64, 417, 5000)), **more}


def _number(name: int) -> str:
    return f"data{name:06}"


def _dropped(number: int) -> tuple[str, str]:
    return rf"#EXTINF:[^\n]*\n[^\n]*{_number(number)}[^\n]*\n", ""


def _swapped(number: int) -> tuple[str, str]:
    return rf"({_number(number)}[^\n]*)(\n#EXTINF[^\n]*\n)({_number(number + 1)}[^\n]*)", r"\3\2\1"


def _doubled(number: int) -> tuple[str, str]:
    return _number(number + 1), _number(number)


_TWO = r"(https:[^\n]*/media/0/[^\n]*)(\n#EXTINF[^\n]*\n)(https:[^\n]*)"
NOT_AUDIO = "is not audio|neither mp3 nor m4a|is not a playlist"
LENGTH = r"segments make|shorter|longer|lasts"
SOUND = f"{LENGTH}|damaged|is cut|not audio|neither mp3|bytes|inside a frame"

KINDS: Mapping[str, Kind] = {
    "segment missing": Kind(
        make=_in_segments(lambda _: {"kind": "status", "status": 404, "json": {}}), words="is missing"
    ),
    "segment of another track": Kind(make=_foreign, words=SOUND),
    "another track": Kind(make=_wrong_track, words=f"{LENGTH}|nothing"),
    "segments swapped": Kind(make=_listed(_swapped, (_TWO, r"\3\2\1")), words=SOUND),
    "segment twice": Kind(make=_listed(_doubled, (_TWO, r"\1\2\1")), words=SOUND),
    "segment not listed": Kind(make=_listed(_dropped, (rf"{ENTRY}/media/0/[^\n]*\n", "")), words=LENGTH),
    "playlist cut": Kind(make=_cut_playlist, words="cut off|not a playlist|how long"),
    "cut, Content-Length": Kind(make=_everywhere(_cut("cut")), words="broke off after|bytes|the connection broke"),
    "cut, no Content-Length": Kind(make=_everywhere(_cut("cut_silent")), words=f"{SOUND}|how long"),
    "cut at the origin": Kind(make=_declared_cut, words=SOUND),
    "HTML with 200": Kind(make=_everywhere(lambda _: {"kind": "html"}, beside=True), words=NOT_AUDIO),
    "JSON with 200": Kind(make=_everywhere(lambda _: {"kind": "json"}, beside=True), words=NOT_AUDIO),
    "empty body": Kind(make=_everywhere(lambda _: {"kind": "empty"}, beside=True), words="sent nothing"),
    "wrong 206": Kind(make=_ranged("wrong_range"), words="sent a part|of 589 bytes|another range"),
    "short 206": Kind(make=_ranged("short_range"), words="sent a part|of 589 bytes|another range"),
    "bytes after the audio": Kind(make=_everywhere(_extra(declared=True)), words=SOUND, curable=True),
    "bytes beyond the length": Kind(make=_everywhere(_extra()), words="", harmless=True),
    "bytes inside": Kind(
        make=_everywhere(lambda dice: _extra(declared=True)(dice) | {"at": round(dice.uniform(0.05, 0.95), 3)}),
        words=SOUND,
    ),
    "run of zeros": Kind(
        make=_everywhere(lambda d: {"kind": "zeros", "bytes": d.randint(1500, 9000), "at": round(d.random(), 3)}),
        words=SOUND,
    ),
    "30 s preview": Kind(make=_preview, words=f"preview|{LENGTH}", seconds=(33.0, 44.0)),
    "compressed": Kind(make=_everywhere(_gzipped, beside=True), words="compressed"),
    "stall": Kind(
        make=_everywhere(lambda dice: {"kind": "stall", "seconds": 0.2, "fraction": _share(dice)}),
        words="broke off after|bytes",
    ),
    "flipped bits": Kind(
        make=_everywhere(lambda d: {"kind": "flip", "count": d.choice((1, 1, 2, 8)), "seed": d.randrange(10**6)}),
        words=SOUND,
        unseen=True,
    ),
    "segment of a twin": Kind(make=_twin, words=SOUND, unseen=True),
}
SEEN = tuple(name for name, kind in KINDS.items() if not kind.unseen)
UNSEEN = tuple(name for name, kind in KINDS.items() if kind.unseen)
