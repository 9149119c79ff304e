"""Fetching: what arrives whole is kept, and every way to arrive otherwise is refused by name."""

import gzip
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from library_bench import (
    AAC_HLS,
    MP3,
    MP3_HLS,
    PLAYLIST,
    PROGRESSIVE,
    SECONDS,
    SEGMENTS,
    Bench,
    Page,
    mp3,
    mp3_pieces,
    playlist,
)

from cloudcrate.adapters.library import fetch_hls
from cloudcrate.adapters.patience import ATTEMPTS_DAMAGED
from cloudcrate.core.model import Stream
from cloudcrate.errors import CloudcrateError, DamagedError, StoppedError, StreamGoneError, UnavailableError

HTML = b"<!DOCTYPE html><html><body>Please log in to the network.</body></html>" * 40
JSON = b'{"errors": [{"error_message": "rate limited"}]}' * 40


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "library")


def refusal(bench: Bench, stream: Stream, kind: type[CloudcrateError] = DamagedError) -> CloudcrateError:
    """The error of a fetch, which must leave nothing behind and tell no signature."""
    with pytest.raises(kind) as caught:
        bench.fetch(stream)
    assert bench.staging == []
    assert bench.files == []
    assert "secret" not in caught.value.message + caught.value.hint
    return caught.value


# --- whole ------------------------------------------------------------------------------------


def test_a_progressive_stream_becomes_a_verified_file(bench: Bench) -> None:
    staged = bench.fetched()
    content = bench.staged_path(staged).read_bytes()
    assert staged.suffix == ".mp3"
    assert content.endswith(mp3()[-4000:])
    assert staged.file.sha256 == hashlib.sha256(content).hexdigest()
    assert (staged.file.size, staged.file.format, staged.file.bitrate) == (len(content), "mp3", 64_000)
    assert staged.file.seconds == pytest.approx(SECONDS, abs=0.1)
    assert bench.media_calls == 1


def test_a_request_for_audio_asks_for_no_encoding(bench: Bench) -> None:
    bench.fetched()
    assert bench.wire.asked[0].headers["accept-encoding"] == "identity"


def test_a_chunked_body_is_fine_because_its_end_is_told(bench: Bench) -> None:
    bench.site.put(PROGRESSIVE, Page(body=mp3(), length=None, headers={"transfer-encoding": "chunked"}))
    assert bench.fetch().file.seconds == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.parametrize("tail", [b"TAG" + b"x" * 125, bytes(417), b"\n"])
def test_the_little_that_follows_the_last_frame_is_cut_off(bench: Bench, tail: bytes) -> None:
    bench.site.put(PROGRESSIVE, Page(body=mp3() + tail))
    assert bench.staged_path(bench.fetch()).read_bytes().endswith(mp3())


def test_an_mp3_stream_may_begin_with_an_id3_tag(bench: Bench) -> None:
    bench.site.put(PROGRESSIVE, Page(body=b"ID3\x04\x00\x00\x00\x00\x00\x05hello" + mp3()))
    assert bench.staged_path(bench.fetch()).read_bytes().endswith(mp3())


def test_mp3_segments_are_joined_in_order(bench: Bench) -> None:
    pieces = bench.serve_mp3_segments()
    staged = bench.fetch(MP3_HLS)
    assert len(pieces) > 4
    assert bench.staged_path(staged).read_bytes().endswith(mp3())


def test_mp3_segments_that_begin_with_id3_are_joined_without_it(bench: Bench) -> None:
    pieces = bench.serve_mp3_segments()
    for number, (_, body) in enumerate(pieces):
        bench.site.put(f"{SEGMENTS}/{number}", Page(body=b"ID3\x04\x00\x00\x00\x00\x00\x05hello" + body))
    assert bench.staged_path(bench.fetch(MP3_HLS)).read_bytes().endswith(mp3())


def test_fragmented_mp4_becomes_an_ordinary_m4a(bench: Bench) -> None:
    bench.serve_fmp4()
    staged = bench.fetch(AAC_HLS)
    content = bench.staged_path(staged).read_bytes()
    assert staged.suffix == ".m4a"
    assert content[4:8] == b"ftyp"
    assert b"moof" not in content
    assert content.index(b"moov") < content.index(b"mdat")  # a player can begin before it has everything
    assert staged.file.seconds == pytest.approx(SECONDS, abs=0.1)
    assert len(bench.staging) == 1


def test_an_initialisation_segment_may_be_a_range(bench: Bench) -> None:
    bench.serve_fmp4()
    init = bench.site.pages[f"{SEGMENTS}/init"][0].body
    tag = f'#EXT-X-MAP:URI="{SEGMENTS}/init",BYTERANGE="{len(init)}@100"'
    bench.serve_fmp4(map_tag=tag)
    stated = {"content-range": f"bytes 100-{99 + len(init)}/9000"}
    bench.site.put(f"{SEGMENTS}/init", Page(body=init, status=206, headers=stated))
    assert bench.fetch(AAC_HLS).suffix == ".m4a"
    asked = next(r for r in bench.wire.asked if r.url.path.endswith("/init"))
    assert asked.headers["range"] == f"bytes=100-{100 + len(init) - 1}"


def test_a_server_that_ignores_ranges_is_understood(bench: Bench) -> None:
    bench.serve_fmp4()
    init = bench.site.pages[f"{SEGMENTS}/init"][0].body
    bench.serve_fmp4(map_tag=f'#EXT-X-MAP:URI="{SEGMENTS}/init",BYTERANGE="{len(init)}@100"')
    bench.site.put(f"{SEGMENTS}/init", Page(body=b"x" * 100 + init + b"x" * 9))
    assert bench.fetch(AAC_HLS).suffix == ".m4a"


def test_relative_segments_are_found_beside_the_playlist_after_its_redirect(bench: Bench) -> None:
    pieces = bench.serve_mp3_segments()
    elsewhere = "https://edge.sndcdn.com/a/playlist.m3u8"
    bench.site.put(PLAYLIST, Page(body=b"", status=302, headers={"location": elsewhere}))
    bench.site.put(elsewhere, playlist(pieces, names={n: f"../b/{n}" for n in range(len(pieces))}))
    for number, (_, body) in enumerate(pieces):
        bench.site.put(f"https://edge.sndcdn.com/b/{number}", Page(body=body))
    assert bench.fetch(MP3_HLS).suffix == ".mp3"


# --- damaged, in many ways --------------------------------------------------------------------


def with_body(change: Callable[[bytes], bytes], **more: int | None) -> Callable[[Bench], None]:
    """A progressive stream whose body is changed."""

    def break_it(bench: Bench) -> None:
        bench.site.put(PROGRESSIVE, Page(body=change(mp3()), **more))  # type: ignore[arg-type]  # only length

    return break_it


def with_segment(number: int, page: Page) -> Callable[[Bench], None]:
    """An HLS stream with one other segment."""

    def break_it(bench: Bench) -> None:
        bench.serve_mp3_segments()
        bench.site.put(f"{SEGMENTS}/{number}", page)

    return break_it


def with_playlist(**more: object) -> Callable[[Bench], None]:
    """An HLS stream with another playlist."""

    def break_it(bench: Bench) -> None:
        bench.site.put(PLAYLIST, playlist(bench.serve_mp3_segments(), **more))  # type: ignore[arg-type]  # by name

    return break_it


def without_a_listed_segment(bench: Bench) -> None:
    pieces = bench.serve_mp3_segments()
    bench.site.put(PLAYLIST, playlist(pieces[:2] + pieces[3:]))


def with_the_same_segment_twice(bench: Bench) -> None:
    """The sum of the playlist is right, and the sound has a foreign end."""
    pieces = bench.serve_mp3_segments()
    bench.site.put(f"{SEGMENTS}/2", Page(body=pieces[2][1] + pieces[3][1]))


def with_a_shorter_segment(bench: Bench) -> None:
    bench.serve_mp3_segments()
    bench.site.put(f"{SEGMENTS}/2", Page(body=mp3_pieces(mp3(tone=880), frames=10)[0][1]))


def with_a_hole_in_the_fragments(bench: Bench) -> None:
    """A fragment that is empty of sound where the playlist promises a second."""
    pieces = bench.serve_fmp4()
    bench.site.put(f"{SEGMENTS}/3", Page(body=b"\x00\x00\x00\x10styp" + b"msdh\x00\x00\x00\x00"))
    assert len(pieces) > 4


def with_a_cut_fragment(bench: Bench) -> None:
    pieces = bench.serve_fmp4()
    bench.site.put(f"{SEGMENTS}/3", Page(body=pieces[3][1][:-700], length=None))


def with_garbage_in_a_fragment(bench: Bench) -> None:
    body = bench.serve_fmp4()[3][1]
    middle = len(body) - 3000
    bench.site.put(f"{SEGMENTS}/3", Page(body=body[:middle] + b"\xa5" * 2000 + body[middle + 2000 :]))


def with_another_range(bench: Bench) -> None:
    """As long as the one that was asked for, and not that one."""
    bench.serve_fmp4()
    init = bench.site.pages[f"{SEGMENTS}/init"][0].body
    bench.serve_fmp4(map_tag=f'#EXT-X-MAP:URI="{SEGMENTS}/init",BYTERANGE="{len(init)}@100"')
    stated = {"content-range": f"bytes 0-{len(init) - 1}/9000"}
    bench.site.put(f"{SEGMENTS}/init", Page(body=init, status=206, headers=stated))


def with_swapped_segments(bench: Bench) -> None:
    """The sum is right, and the sound decodes without complaint."""
    pieces = bench.serve_mp3_segments()
    (first, sound), (second, more) = pieces[0], mp3_pieces(pieces[1][1] + pieces[2][1], frames=50)[0]
    rest = (pieces[1][1] + pieces[2][1])[len(more) :]
    listed = [(first, sound), (second, more), (pieces[1][0] + pieces[2][0] - second, rest), *pieces[3:]]
    bench.site.put(PLAYLIST, playlist(listed))
    for number, body in enumerate((more, sound, rest)):
        bench.site.put(f"{SEGMENTS}/{number}", Page(body=body))


def with_mp3_among_fragments(bench: Bench) -> None:
    bench.serve_fmp4()
    bench.site.put(f"{SEGMENTS}/3", Page(body=mp3_pieces(mp3())[3][1]))


GARBAGE = bytes((i * 167 + i // 7) % 251 for i in range(4000))
WHOLE_FRAMES = b"".join(body for _, body in mp3_pieces(mp3())[:3])
SEGMENT_CUT = Page(body=mp3_pieces(mp3())[2][1][:3000], length=None)
GZIP = {"content-encoding": "gzip"}

DAMAGES = {
    "a body cut short of its Content-Length": (MP3, with_body(lambda b: b[:20_000], length=48_000), "of 48000 bytes"),
    "a body cut without a Content-Length": (MP3, with_body(lambda b: b[:20_000], length=None), "did not say how long"),
    "a whole body that does not say so": (MP3, with_body(lambda b: b, length=None), "did not say how long"),
    "a short body that says so": (MP3, with_body(lambda b: b[: len(WHOLE_FRAMES)]), "shorter than the track"),
    "a body cut inside its last frame": (MP3, with_body(lambda b: b[:-9]), "ends inside a frame"),
    "a byte too many in the middle": (MP3, with_body(lambda b: b[:20_000] + b"\0" + b[20_000:]), "belong to no frame"),
    "more than a little after the end": (MP3, with_body(lambda b: b + bytes(5000)), "belong to no frame"),
    "a page of HTML": (MP3, with_body(lambda _: HTML), "neither mp3 nor m4a"),
    "an error in JSON": (MP3, with_body(lambda _: JSON), "neither mp3 nor m4a"),
    "an Opus file": (MP3, with_body(lambda _: b"OggS" + bytes(500)), "neither mp3 nor m4a"),
    "nothing": (MP3, with_body(lambda _: b""), "sent nothing"),
    "garbage in the middle": (MP3, with_body(lambda b: b[:20_000] + GARBAGE + b[20_000:]), "is damaged"),
    "zeros in the middle": (MP3, with_body(lambda b: b[:20_000] + bytes(9000) + b[29_000:]), "audio is"),
    "twice the track": (MP3, with_body(lambda b: b + b), "longer than the track"),
    "another track": (MP3, with_body(lambda _: mp3(9, 330)), "longer than the track"),
    "a compressed body": (
        MP3,
        lambda bench: bench.site.put(PROGRESSIVE, Page(body=gzip.compress(mp3()), headers=GZIP)),
        "compressed",
    ),
    "a segment that is missing": (MP3_HLS, with_segment(2, Page(body=b"", status=404)), "Piece 3 of 7"),
    "a segment that is HTML": (MP3_HLS, with_segment(2, Page(body=HTML)), "Piece 3 of 7 of the stream is not audio"),
    "a segment that is JSON": (MP3_HLS, with_segment(2, Page(body=JSON)), "Piece 3 of 7 of the stream is not audio"),
    "a segment that is empty": (MP3_HLS, with_segment(2, Page(body=b"")), "sent nothing"),
    "a segment cut with a length": (MP3_HLS, with_segment(2, Page(body=mp3()[:3000], length=8000)), "of 8000 bytes"),
    "a segment cut without a length": (MP3_HLS, with_segment(2, SEGMENT_CUT), "Piece 3 of 7 of the stream ends inside"),
    "a segment with a tail": (MP3_HLS, with_segment(2, Page(body=mp3_pieces(mp3())[2][1] + bytes(9))), "no frame"),
    "a segment that is another's": (MP3_HLS, with_a_shorter_segment, "lasts 0.26 s, and its playlist says 0.99 s"),
    "a segment that is too long": (MP3_HLS, with_the_same_segment_twice, "lasts 1.99 s, and its playlist says 0.99 s"),
    "segments in another order": (MP3_HLS, with_swapped_segments, "Piece 1 of 7 of the stream lasts"),
    "a segment that is a part": (MP3_HLS, with_segment(2, Page(body=mp3()[:3000], status=206)), "sent a part"),
    "another range": (AAC_HLS, with_another_range, "another range"),
    "a playlist that lacks a segment": (MP3_HLS, without_a_listed_segment, "segments make 5.0 s of 6.0 s"),
    "a playlist that is cut": (MP3_HLS, with_playlist(end=False), "cut off"),
    "a fragment without sound": (AAC_HLS, with_a_hole_in_the_fragments, "shorter than the track"),
    "a fragment cut without a length": (AAC_HLS, with_a_cut_fragment, "Piece 5 of 8 of the stream is cut off"),
    "garbage in a fragment": (AAC_HLS, with_garbage_in_a_fragment, "damaged"),
    "mp3 among fragments": (AAC_HLS, with_mp3_among_fragments, "is mp3 in a stream of m4a"),
    "a segment over http": (MP3_HLS, with_playlist(names={2: "http://cf-hls-media.sndcdn.com/2"}), "not allowed"),
    "a segment elsewhere": (MP3_HLS, with_playlist(names={2: "https://evil.example/2"}), "'evil.example'"),
    "a segment at a lookalike": (MP3_HLS, with_playlist(names={2: "https://evilsndcdn.com/2"}), "not allowed"),
    "a segment at an address": (MP3_HLS, with_playlist(names={2: "https://169.254.169.254/2"}), "not allowed"),
    "a segment in a file": (MP3_HLS, with_playlist(names={2: "file:///etc/passwd"}), "not allowed"),
    "a segment on another port": (MP3_HLS, with_playlist(names={2: "https://a.sndcdn.com:8443/2"}), "not allowed"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_the_whole_track_is_refused_by_name(bench: Bench, damage: str) -> None:
    stream, break_it, words = DAMAGES[damage]
    break_it(bench)
    assert words in refusal(bench, stream).message


class Broken(httpx.SyncByteStream):
    """A body on whose way the connection breaks."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        if self._content:
            yield self._content
        raise httpx.ReadError("broken")


class BrokenPage(Page):
    """An answer that breaks off after its ``body``."""

    def response(self) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": "48000"}, stream=Broken(self.body))


@pytest.mark.parametrize(
    ("stream", "url"), [(MP3, PROGRESSIVE), (MP3_HLS, f"{SEGMENTS}/2"), (MP3_HLS, PLAYLIST)], ids=str
)
def test_an_answer_that_breaks_off_is_damaged_because_its_host_is_there(bench: Bench, stream: Stream, url: str) -> None:
    bench.serve_mp3_segments()
    bench.site.put(url, BrokenPage(body=b"#EXTM3U..."))
    assert "sndcdn.com broke off after 10 bytes" in refusal(bench, stream).message


def test_an_answer_that_breaks_before_its_body_is_no_word_about_the_stream(bench: Bench) -> None:
    bench.site.put(PROGRESSIVE, BrokenPage(body=b""))
    assert not isinstance(refusal(bench, MP3, UnavailableError), DamagedError)


def test_a_preview_is_refused_by_name(bench: Bench) -> None:
    bench.site.put(PROGRESSIVE, Page(body=mp3(30)))
    bench.track = replace(bench.track, duration_ms=180_000)
    assert "30 s preview" in refusal(bench, MP3).message


def test_no_segment_is_asked_for_when_one_of_them_leads_elsewhere(bench: Bench) -> None:
    with_playlist(names={2: "https://evil.example/2"})(bench)
    refusal(bench, MP3_HLS)
    assert {request.url.path for request in bench.wire.asked} == {"/playlist/aBcD.128.mp3/playlist.m3u8"}


def test_a_redirect_that_leads_elsewhere_is_not_followed(bench: Bench) -> None:
    away = Page(body=b"", status=302, headers={"location": "https://evil.example/x"})
    with_segment(2, away)(bench)
    assert "'evil.example'" in refusal(bench, MP3_HLS).message
    assert "evil.example" not in {request.url.host for request in bench.wire.asked}


def test_an_encrypted_stream_is_not_touched(bench: Bench) -> None:
    with_playlist(tags='#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://key"')(bench)
    refusal(bench, MP3_HLS, StreamGoneError)
    assert len(bench.wire.asked) == 1


def test_a_stream_that_is_not_there_is_gone(bench: Bench) -> None:
    refusal(bench, MP3, StreamGoneError)
    assert bench.media_calls == 1


def test_a_damaged_transfer_is_begun_again_a_few_times(bench: Bench) -> None:
    bench.site.put(PROGRESSIVE, Page(body=HTML), Page(body=mp3()[:9000], length=None), Page(body=mp3()))
    assert bench.fetch().file.seconds == pytest.approx(SECONDS, abs=0.1)
    assert bench.media_calls == 3


def test_a_segment_that_breaks_once_is_asked_for_again_alone(bench: Bench) -> None:
    pieces = bench.serve_mp3_segments()
    bench.site.put(f"{SEGMENTS}/2", Page(body=b"", status=503), Page(body=pieces[2][1]))
    assert bench.fetch(MP3_HLS).suffix == ".mp3"
    assert len(bench.wire.asked) == 1 + len(pieces) + 1


def test_a_connection_that_breaks_is_an_unavailable_service(bench: Bench) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset", request=request)

    bench.wire.answer = breaks
    error = refusal(bench, MP3, UnavailableError)
    assert error.code == "unavailable"  # and not an unknown outcome: nothing was to be written


def test_a_stop_is_heard_between_attempts(bench: Bench) -> None:
    bench.site.put(PROGRESSIVE, Page(body=HTML))
    bench.clock.stopped = True
    refusal(bench, MP3, StoppedError)


# --- links that expire ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 410])
def test_an_expired_link_is_asked_for_again(bench: Bench, status: int) -> None:
    bench.site.put(PROGRESSIVE, Page(body=b"expired", status=status), Page(body=mp3()))
    assert bench.fetch().suffix == ".mp3"
    assert bench.media_calls == 2


def test_links_that_never_work_end_the_fetch(bench: Bench) -> None:
    bench.site.put(PROGRESSIVE, Page(body=b"no", status=403))
    assert "just been signed" in refusal(bench, MP3, UnavailableError).message
    assert bench.media_calls == 3  # one transfer with three links


def test_an_expiry_on_the_way_goes_on_with_the_new_links_where_it_was(bench: Bench) -> None:
    pieces = bench.serve_mp3_segments()
    later = [f"{SEGMENTS}/new/{n}" for n in range(len(pieces))]
    bench.site.put(PLAYLIST, playlist(pieces), playlist(pieces, names=dict(enumerate(later))))
    bench.site.put(f"{SEGMENTS}/3", Page(body=b"", status=403))
    for url, (_, body) in zip(later, pieces, strict=True):
        bench.site.put(url, Page(body=body))
    assert bench.staged_path(bench.fetch(MP3_HLS)).read_bytes().endswith(mp3())
    asked = [request.url.path for request in bench.wire.asked]
    assert bench.media_calls == 2
    assert not {"/media/new/0", "/media/new/1", "/media/new/2"} & set(asked)
    assert "/media/new/3" in asked


def test_an_initialisation_segment_may_expire_too(bench: Bench) -> None:
    bench.serve_fmp4()
    whole = bench.site.pages[f"{SEGMENTS}/init"][0]
    bench.site.put(f"{SEGMENTS}/init", Page(body=b"", status=403), whole)
    assert bench.fetch(AAC_HLS).suffix == ".m4a"
    assert bench.media_calls == 2


def test_a_stream_that_changes_on_the_way_is_refused(bench: Bench) -> None:
    pieces = bench.serve_mp3_segments()
    once, later = playlist(pieces), playlist([(seconds + 0.01, body) for seconds, body in pieces])
    bench.site.put(PLAYLIST, *[once, later] * ATTEMPTS_DAMAGED)
    bench.site.put(f"{SEGMENTS}/3", Page(body=b"", status=403))
    assert "changed while it was read" in refusal(bench, MP3_HLS).message


# --- bounds -----------------------------------------------------------------------------------


def test_a_playlist_with_too_many_segments_is_refused(bench: Bench) -> None:
    bench.site.put(PLAYLIST, playlist([(0.001, b"")] * 5001))
    assert "5001 segments" in refusal(bench, MP3_HLS).message


def test_a_segment_that_is_too_large_is_refused(bench: Bench) -> None:
    with_segment(2, Page(body=bytes(fetch_hls.MAX_SEGMENT + 1), length=None))(bench)
    assert "too much" in refusal(bench, MP3_HLS, UnavailableError).message
