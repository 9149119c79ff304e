"""Originals of every format, what they are converted to, and Opus in pieces: whole files or none."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from library_bench import (
    ARTWORK,
    JPEG,
    MP3,
    ORIGINAL,
    PLAYLIST,
    PROGRESSIVE,
    SECONDS,
    SEGMENTS,
    Bench,
    Page,
    audio,
    id3v2,
    opus_pieces,
    playlist,
)
from worlds import OPUS, make_track

from cloudcrate.adapters.library import convert, tag
from cloudcrate.adapters.library.verify import container_of
from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import tags_of
from cloudcrate.errors import DamagedError
from cloudcrate.ports.library import Recipe, StagedFile

STEM = "Ada/Ada - Song"
SEVEN = TrackId(7)

ID3V1 = b"TAG" + b"Song".ljust(30, b"\0") + b"\0" * 95
APE = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0) + b"\0" * 8  # a footer that counts no items


def original(name: str) -> tuple[str, bytes]:
    """The container and the bytes of an uploader's file."""
    made: dict[str, Callable[[], tuple[str, bytes]]] = {
        "wav 16": lambda: ("wav", audio("wav")),
        "wav 24": lambda: ("wav", audio("wav", bits=24)),
        "aiff": lambda: ("aiff", audio("aiff")),
        "flac": lambda: ("flac", audio("flac")),
        "flac 24": lambda: ("flac", audio("flac", bits=24)),
        "mp3": lambda: ("mp3", audio("mp3")),
        "mp3 with a tag": lambda: ("mp3", id3v2(JPEG) + audio("mp3")),
        "mp3 with a large picture": lambda: ("mp3", id3v2(JPEG.replace(b"\0" * 100, b"\0" * 300_000)) + audio("mp3")),
        "mp3 with an old tail": lambda: ("mp3", audio("mp3") + ID3V1),
        "mp3 with two tails": lambda: ("mp3", audio("mp3") + APE + ID3V1),
        "m4a": lambda: ("m4a", audio("m4a")),
        "alac": lambda: ("m4a", audio("alac")),
        "alac 24": lambda: ("m4a", audio("alac", bits=24)),
        "opus": lambda: ("opus", audio("opus")),
    }
    return made[name]()


NAMES = (
    "wav 16", "wav 24", "aiff", "flac", "flac 24", "mp3", "mp3 with a tag", "mp3 with a large picture",
    "mp3 with an old tail", "mp3 with two tails", "m4a", "alac", "alac 24", "opus",
)  # fmt: skip
LOSSLESS = ("wav 16", "wav 24", "aiff", "flac", "flac 24", "alac", "alac 24")
BITS = {name: 24 if "24" in name else 16 for name in LOSSLESS}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "library")


def fetched(bench: Bench, body: bytes, recipe: Recipe | None = None, *, mime: str = "audio/mpeg") -> StagedFile:
    bench.site.put(PROGRESSIVE, Page(body=body, headers={"content-type": mime}))
    return bench.fetch(ORIGINAL, recipe=recipe)


def wanted(bench: Bench, to: str, *, lossy: bool = False, keep_original: bool = False) -> Recipe:
    return Recipe(tags=tags_of(bench.track), convert=to, lossy=lossy, keep_original=keep_original)


# --- as they come -----------------------------------------------------------------------------


@pytest.mark.parametrize("mime", ["audio/mpeg", "application/octet-stream", "text/html; charset=utf-8"])
@pytest.mark.parametrize("name", NAMES)
def test_an_original_is_kept_as_what_it_is_whatever_its_server_says(bench: Bench, name: str, mime: str) -> None:
    container, body = original(name)
    staged = fetched(bench, body, mime=mime)
    file = bench.store.place(staged, STEM)
    path = bench.root / file.path
    assert (file.path, file.format, file.preset) == (f"{STEM}.{container}", container, "original")
    assert file.seconds == pytest.approx(SECONDS, abs=0.2)
    assert container_of(path) == container
    found = tag.read(path)
    assert (found.track_id, found.title, found.artist) == (SEVEN, "Song", "Ada")
    assert bench.staging == []


def test_the_cover_of_an_original_is_the_tracks(bench: Bench) -> None:
    cover = JPEG.replace(b"JFIF", b"JFXX")
    bench.site.put(ARTWORK, Page(body=cover))
    bench.track = make_track(7, title="Song", duration_ms=SECONDS * 1000, artwork_url=ARTWORK)
    staged = fetched(bench, id3v2(JPEG) + audio("mp3"))
    content = bench.staged_path(staged).read_bytes()
    assert cover in content
    assert JPEG not in content


def test_a_file_without_its_picture_says_so(bench: Bench) -> None:
    bench.track = make_track(7, title="Song", duration_ms=SECONDS * 1000, artwork_url=ARTWORK)
    bench.site.put(ARTWORK, Page(body=b"", status=404))
    assert fetched(bench, audio("mp3")).note == "the picture could not be had"
    bench.site.put(ARTWORK, Page(body=JPEG))
    assert fetched(bench, audio("mp3")).note == ""


@pytest.mark.parametrize("name", LOSSLESS)
def test_the_samples_of_an_original_stay(bench: Bench, name: str) -> None:
    container, body = original(name)
    path = bench.staged_path(fetched(bench, body))
    assert convert.shape(path, container).bits == BITS[name]
    assert convert.is_lossless(path, container)


# --- converted --------------------------------------------------------------------------------


@pytest.mark.parametrize("to", convert.CONTAINER_OF)
@pytest.mark.parametrize("name", LOSSLESS)
def test_a_lossless_original_becomes_what_is_asked_for(bench: Bench, name: str, to: str) -> None:
    staged = fetched(bench, original(name)[1], wanted(bench, to))
    file, path = bench.store.place(staged, STEM), bench.root / f"{STEM}.{convert.CONTAINER_OF[to]}"
    assert bench.files == [file.path] == [path.relative_to(bench.root).as_posix()]
    assert (container_of(path), staged.note) == (convert.CONTAINER_OF[to], "")
    assert tag.read_id(path) == SEVEN
    if to in convert.LOSSLESS:
        assert convert.shape(path, file.format) == convert.Shape(lossless=True, bits=BITS[name], channels=2, rate=44100)
    else:
        assert not convert.is_lossless(path, file.format)
    assert bench.staging == []


@pytest.mark.parametrize(
    "name",
    [
        "flac 24",
        "alac 24",
        "wav 24",
    ],
)
def test_a_wav_of_24_bits_is_plain_pcm_that_players_read(bench: Bench, name: str) -> None:
    content = bench.staged_path(fetched(bench, original(name)[1], wanted(bench, "wav"))).read_bytes()
    kind, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", content, content.index(b"fmt ") + 8)
    assert (channels, rate, block, bits) == (2, 44100, 6, 24)
    assert kind == 1


@pytest.mark.parametrize("to", ["aiff", "flac", "alac", "wav"])
@pytest.mark.parametrize("name", ["mp3 with a tag", "m4a", "opus"])
def test_a_lossy_original_is_not_blown_up(bench: Bench, name: str, to: str) -> None:
    container, body = original(name)
    staged = fetched(bench, body, wanted(bench, to, keep_original=True))
    assert (staged.suffix, staged.original) == (f".{container}", "")
    assert "lossy already" in staged.note


def test_a_track_of_many_channels_stays_as_it_is_and_that_is_said(bench: Bench) -> None:
    staged = fetched(bench, audio("wav", channels=4), wanted(bench, "aiff"))
    assert staged.suffix == ".wav"
    assert "4 channels" in staged.note


# --- what is not whole ------------------------------------------------------------------------


def cut(body: bytes) -> bytes:
    return body[: len(body) * 2 // 3]


@pytest.mark.parametrize("to", ["", "aiff", "mp3"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "mp3 with a large picture"])
def test_an_original_that_is_cut_is_never_made_a_sound_file(bench: Bench, name: str, to: str) -> None:
    with pytest.raises(DamagedError):
        fetched(bench, cut(original(name)[1]), wanted(bench, to, lossy=True))
    assert bench.files == []


@pytest.mark.parametrize("to", ["", "aiff"])
def test_an_original_that_ends_in_its_tag_is_damaged_and_no_fault_of_the_disk(bench: Bench, to: str) -> None:
    with pytest.raises(DamagedError):
        fetched(bench, original("mp3 with a large picture")[1][:200_000], wanted(bench, to, lossy=True))


@pytest.mark.parametrize("to", ["wav", "aiff", "mp3"])
def test_an_original_with_a_hole_is_never_converted(bench: Bench, to: str) -> None:
    body = bytearray(audio("flac"))
    middle = len(body) // 2
    body[middle : middle + 2000] = bytes(2000)
    with pytest.raises(DamagedError):
        fetched(bench, bytes(body), wanted(bench, to))
    assert bench.files == []


@pytest.mark.parametrize("to", ["", "aiff"])
@pytest.mark.parametrize("form", ["wav", "mp3"])
def test_a_preview_that_poses_as_the_original_is_refused(bench: Bench, form: str, to: str) -> None:
    bench.track = make_track(7, title="Song", duration_ms=95_000)
    with pytest.raises(DamagedError, match="preview"):
        fetched(bench, audio(form, seconds=30.0), wanted(bench, to, lossy=True))
    assert bench.files == []


@pytest.mark.parametrize("body", [b"<html>Not found</html>" * 50, b'{"errors": []}' * 50, JPEG, b"PK\3\4" * 500])
def test_what_is_no_audio_is_no_original(bench: Bench, body: bytes) -> None:
    with pytest.raises(DamagedError):
        fetched(bench, body, mime="audio/wav")
    assert bench.files == []


# --- kept beside ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOSSLESS)
def test_the_original_is_kept_byte_for_byte(bench: Bench, name: str) -> None:
    container, body = original(name)
    to = "aiff" if container != "aiff" else "flac"
    file = bench.store.place(fetched(bench, body, wanted(bench, to, keep_original=True)), STEM)
    kept = f"originals/{STEM}.{container}"
    assert bench.files == sorted([file.path, kept])
    assert (bench.root / kept).read_bytes() == body
    assert bench.staging == []


def test_nothing_is_kept_beside_what_is_the_original(bench: Bench) -> None:
    file = bench.store.place(fetched(bench, audio("aiff"), wanted(bench, "aiff", keep_original=True)), STEM)
    assert bench.files == [file.path]


def test_a_stream_is_not_an_original_but_may_be_forced(bench: Bench) -> None:
    bench.site.put(PROGRESSIVE, Page(body=audio("mp3")))
    staged = bench.fetch(MP3, recipe=wanted(bench, "flac", lossy=True, keep_original=True))
    assert (staged.suffix, staged.file.preset) == (".flac", "mp3_1_0")
    file = bench.store.place(staged, STEM)
    assert bench.files == sorted([file.path, f"originals/{STEM}.mp3"])
    assert (bench.root / "originals" / f"{STEM}.mp3").read_bytes() == audio("mp3")


# --- opus in pieces ---------------------------------------------------------------------------


def serve(bench: Bench, pieces: list[tuple[float, bytes]], *, missing: int | None = None) -> None:
    bench.site.put(PLAYLIST, playlist(pieces))
    for number, (_, body) in enumerate(pieces):
        if number != missing:
            bench.site.put(f"{SEGMENTS}/{number}", Page(body=body))


def test_pieces_of_opus_become_one_file(bench: Bench) -> None:
    pieces = opus_pieces(audio("opus"))
    assert len(pieces) > 3
    serve(bench, pieces)
    file = bench.store.place(bench.fetch(OPUS), STEM)
    path = bench.root / file.path
    assert (file.path, file.format, file.preset) == (f"{STEM}.opus", "opus", "opus_0_0")
    assert file.seconds == pytest.approx(SECONDS, abs=0.1)
    assert tag.read_id(path) == SEVEN
    assert container_of(path) == "opus"


@pytest.mark.parametrize("number", [0, 1, -1])
def test_a_piece_of_opus_that_is_missing_is_damage(bench: Bench, number: int) -> None:
    pieces = opus_pieces(audio("opus"))
    serve(bench, pieces, missing=number % len(pieces))
    with pytest.raises(DamagedError, match="missing"):
        bench.fetch(OPUS)
    assert bench.files == []


@pytest.mark.parametrize("number", [0, 1, -1])
def test_a_piece_of_opus_that_is_not_listed_is_missed(bench: Bench, number: int) -> None:
    pieces = opus_pieces(audio("opus"))
    del pieces[number]
    serve(bench, pieces)
    with pytest.raises(DamagedError):
        bench.fetch(OPUS)
    assert bench.files == []


@pytest.mark.parametrize("number", [0, 1, -1])
def test_a_piece_of_opus_that_is_empty_of_pages_is_missed(bench: Bench, number: int) -> None:
    pieces = opus_pieces(audio("opus"))
    pieces[number] = (pieces[number][0], b"")
    serve(bench, pieces)
    with pytest.raises(DamagedError):
        bench.fetch(OPUS)


@pytest.mark.parametrize("number", [0, 1, -1])
def test_a_piece_of_opus_that_is_cut_inside_a_page_is_damage(bench: Bench, number: int) -> None:
    pieces = opus_pieces(audio("opus"))
    seconds, body = pieces[number]
    pieces[number] = (seconds, body[:-7])
    serve(bench, pieces)
    with pytest.raises(DamagedError, match="cut off"):
        bench.fetch(OPUS)


@pytest.mark.parametrize("number", [1, -1])
def test_a_piece_of_another_opus_stream_is_damage(bench: Bench, number: int) -> None:
    pieces = opus_pieces(audio("opus"))
    foreign = opus_pieces(audio("opus", channels=1))
    pieces[number] = (pieces[number][0], foreign[number][1])
    serve(bench, pieces)
    with pytest.raises(DamagedError):
        bench.fetch(OPUS)
    assert bench.files == []


def test_a_piece_of_mp3_among_opus_is_damage(bench: Bench) -> None:
    pieces = opus_pieces(audio("opus"))
    pieces[1] = (pieces[1][0], audio("mp3", seconds=1))
    serve(bench, pieces)
    with pytest.raises(DamagedError):
        bench.fetch(OPUS)


def test_pieces_of_opus_in_another_order_are_damage(bench: Bench) -> None:
    pieces = opus_pieces(audio("opus"))
    pieces[1], pieces[2] = pieces[2], pieces[1]
    serve(bench, pieces)
    with pytest.raises(DamagedError):
        bench.fetch(OPUS)


def test_a_repeated_piece_of_opus_is_damage(bench: Bench) -> None:
    pieces = opus_pieces(audio("opus"))
    pieces[2] = (pieces[2][0], pieces[1][1])
    serve(bench, pieces)
    with pytest.raises(DamagedError):
        bench.fetch(OPUS)


def test_pages_that_change_their_bytes_are_damage(bench: Bench) -> None:
    pieces = opus_pieces(audio("opus"))
    seconds, body = pieces[1]
    middle = len(body) // 2
    pieces[1] = (seconds, body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :])
    serve(bench, pieces)
    with pytest.raises(DamagedError):
        bench.fetch(OPUS)
