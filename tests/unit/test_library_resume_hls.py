"""An HLS stream that broke off goes on with the piece that is missing while it is the same stream."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from library_bench import AAC_HLS, MP3_HLS, PLAYLIST, SEGMENTS, Page, mp3, mp3_pieces, playlist
from transfer_bench import Transfer, hls_transfer, transfer_in

from cloudcrate.adapters.library import hls
from cloudcrate.adapters.library.fetch_hls import digest_of
from cloudcrate.adapters.library.partial import note_path
from cloudcrate.errors import UnavailableError


def broken_hls(folder: Path, *, at: int = 3) -> Transfer:
    """Piece ``at`` (from 0) cannot be had; then it can."""
    transfer = hls_transfer(folder)
    pieces = transfer.bench.serve_mp3_segments()
    transfer.bench.site.put(f"{SEGMENTS}/{at}", Page(body=b"", status=503))
    transfer.breaks(MP3_HLS, UnavailableError)
    transfer.bench.site.put(f"{SEGMENTS}/{at}", Page(body=pieces[at][1]))
    transfer.bench.wire.asked.clear()
    return transfer


def pieces_asked(transfer: Transfer) -> list[int | str]:
    paths = [request.url.path for request in transfer.bench.wire.asked if request.url.path.startswith("/media/")]
    return sorted((int(name) if (name := path.rpartition("/")[2]).isdecimal() else name for path in paths), key=str)


def test_only_the_pieces_that_are_not_written_are_asked_for(tmp_path: Path) -> None:
    transfer = broken_hls(tmp_path)
    note = transfer.note()
    assert (note["kind"], note["written"], note["bytes"]) == ("hls", 3, transfer.target.stat().st_size)
    assert transfer.fetch(MP3_HLS) == mp3()
    assert pieces_asked(transfer) == [3, 4, 5, 6]


def test_fragments_go_on_behind_the_initialisation_segment(tmp_path: Path) -> None:
    transfer = hls_transfer(tmp_path)
    pieces = transfer.bench.serve_fmp4()
    init = transfer.bench.site.pages[f"{SEGMENTS}/init"][0].body
    transfer.bench.site.put(f"{SEGMENTS}/2", Page(body=b"", status=503))
    transfer.breaks(AAC_HLS, UnavailableError)
    transfer.bench.site.put(f"{SEGMENTS}/2", Page(body=pieces[2][1]))
    transfer.bench.wire.asked.clear()
    assert transfer.fetch(AAC_HLS) == init + b"".join(body for _, body in pieces)
    assert pieces_asked(transfer) == list(range(2, len(pieces)))


def test_links_signed_anew_on_another_host_are_the_same_stream(tmp_path: Path) -> None:
    transfer = broken_hls(tmp_path)
    elsewhere = SEGMENTS.replace("cf-hls-media", "edge")
    pieces = mp3_pieces(mp3())
    names = {number: f"{elsewhere}/{number}?Signature=new" for number in range(len(pieces))}
    transfer.bench.site.put(PLAYLIST, playlist(pieces, names=names))
    for number, (_, body) in enumerate(pieces):
        transfer.bench.site.put(f"{elsewhere}/{number}", Page(body=body))
    assert transfer.fetch(MP3_HLS) == mp3()
    assert pieces_asked(transfer) == [3, 4, 5, 6]


def test_another_playlist_is_another_stream(tmp_path: Path) -> None:
    transfer = broken_hls(tmp_path)
    other = transfer.bench.serve_mp3_segments(mp3(tone=880))
    names = {number: f"{SEGMENTS}/new/{number}" for number in range(len(other))}
    transfer.bench.site.put(PLAYLIST, playlist(other, names=names))
    for number, (_, body) in enumerate(other):
        transfer.bench.site.put(names[number], Page(body=body))
    assert transfer.fetch(MP3_HLS) == mp3(tone=880)
    assert pieces_asked(transfer) == list(range(7))


def test_bytes_behind_the_last_noted_piece_do_not_count(tmp_path: Path) -> None:
    transfer = broken_hls(tmp_path)
    with transfer.target.open("ab") as file:
        file.write(mp3_pieces(mp3())[3][1] * 9)  # written, and killed before it was noted
    assert transfer.fetch(MP3_HLS) == mp3()


def test_a_note_never_says_more_than_the_disk_has(tmp_path: Path) -> None:
    """Whoever is killed loses what its file object holds back: small pieces, as an initialisation segment is."""
    transfer = hls_transfer(tmp_path)
    transfer.bench.serve_fmp4()
    seen: list[tuple[int, int]] = []
    looked = threading.Event()

    def watched(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/0"):  # behind the initialisation segment nothing is written meanwhile
            assert looked.wait(timeout=10)
        if note_path(transfer.target).exists():
            noted = transfer.note()["bytes"]
            assert isinstance(noted, int)
            seen.append((noted, transfer.target.stat().st_size))
            looked.set()
        return transfer.bench.site(request)

    transfer.bench.wire.answer = watched
    transfer.fetch(AAC_HLS)
    assert seen
    assert all(noted <= size for noted, size in seen)


@pytest.mark.parametrize("harm", ["shorter than noted", "its first bytes are gone", "no note"])
def test_a_part_that_is_not_what_its_note_says_begins_again(tmp_path: Path, harm: str) -> None:
    transfer = broken_hls(tmp_path)
    content = transfer.target.read_bytes()
    if harm == "no note":
        note_path(transfer.target).unlink()
    else:
        transfer.target.write_bytes(content[:-1] if harm == "shorter than noted" else bytes(8192) + content[8192:])
    assert transfer.fetch(MP3_HLS) == mp3()
    assert pieces_asked(transfer) == list(range(7))


def test_of_a_part_that_is_everything_no_piece_is_asked_for(tmp_path: Path) -> None:
    transfer = broken_hls(tmp_path)
    note = {**transfer.note(), "written": 7, "bytes": len(mp3())}
    transfer.target.write_bytes(mp3())
    note_path(transfer.target).write_text(json.dumps(note))
    assert transfer.fetch(MP3_HLS) == mp3()
    assert pieces_asked(transfer) == []


def test_a_progressive_part_is_no_beginning_of_an_hls_stream_of_the_same_preset(tmp_path: Path) -> None:
    transfer = transfer_in(tmp_path).broken()
    transfer.bench.serve_mp3_segments()
    transfer.bench.wire.answer = transfer.bench.site
    assert transfer.fetch(MP3_HLS) == mp3()
    assert pieces_asked(transfer) == list(range(7))


def test_a_link_that_expired_on_the_way_is_noted_with_the_new_playlist(tmp_path: Path) -> None:
    transfer = hls_transfer(tmp_path)
    pieces = transfer.bench.serve_mp3_segments()
    later = {number: f"{SEGMENTS}/new/{number}" for number in range(len(pieces))}
    transfer.bench.site.put(PLAYLIST, playlist(pieces), playlist(pieces, names=later))
    transfer.bench.site.put(f"{SEGMENTS}/3", Page(body=b"", status=403))
    for number, (_, body) in enumerate(pieces):
        transfer.bench.site.put(later[number], Page(body=body) if number != 5 else Page(body=b"", status=503))
    transfer.breaks(MP3_HLS, UnavailableError)
    transfer.bench.site.put(later[5], Page(body=pieces[5][1]))
    transfer.bench.wire.asked.clear()
    assert transfer.fetch(MP3_HLS) == mp3()
    assert pieces_asked(transfer) == [5, 6]


def test_a_digest_tells_paths_seconds_and_ranges_and_nothing_else() -> None:
    def digest(**changes: object) -> str:
        piece = hls.Piece(url="https://a.sndcdn.com/media/1?Signature=a", seconds=2.0, first=10, length=20)
        return digest_of(hls.MediaPlaylist(pieces=(piece, replace(piece, **changes))))  # type: ignore[arg-type]  # by name

    same = digest()
    assert digest(url="https://b.sndcdn.com/media/1?Signature=b") == same
    others: list[dict[str, object]] = [
        {"url": "https://a.sndcdn.com/media/2?Signature=a"}, {"seconds": 2.01}, {"first": 11}, {"length": None}
    ]  # fmt: skip
    assert len({same, *(digest(**changes) for changes in others)}) == 5
