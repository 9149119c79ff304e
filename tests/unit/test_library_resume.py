"""A transfer that broke off is gone on with while the server's bytes are the same ones, else begun again."""

import json
import resource
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_bench import MP3, MP3_HLS, mp3
from transfer_bench import CUT, NEW, OLD, Cut, Server, Transfer, transfer_in

from cloudcrate.adapters.library.partial import note_path
from cloudcrate.core.model import Stream
from cloudcrate.errors import UnavailableError

DATE, MADE = "Thu, 26 Nov 2026 12:00:00 GMT", "Mon, 02 Mar 2026 08:30:00 GMT"


@pytest.fixture
def transfer(tmp_path: Path) -> Transfer:
    return transfer_in(tmp_path)


def test_after_a_cut_only_the_rest_is_asked_for(transfer: Transfer) -> None:
    transfer.broken()
    assert transfer.target.read_bytes() == mp3()[:CUT]
    assert transfer.note() == {
        "track": 7, "preset": "mp3_1_0", "kind": "progressive", "validator": OLD, "total": len(mp3())
    }  # fmt: skip
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(f"bytes={CUT}-", OLD)]
    assert transfer.server.sent == len(mp3()) - CUT


def test_a_transfer_may_break_many_times_and_no_byte_comes_twice(transfer: Transfer) -> None:
    transfer.server.cut = 9_000
    breaks = 0
    while breaks < 5:
        transfer.breaks()
        breaks += 1
        assert transfer.target.stat().st_size == 9_000 * breaks
    transfer.server.cut = None
    assert transfer.fetch() == mp3()
    assert transfer.server.sent == len(mp3())


def test_a_file_that_changed_is_fetched_from_its_beginning(transfer: Transfer) -> None:
    transfer.broken()
    transfer.server.headers, transfer.server.body = {"etag": NEW}, mp3(tone=880)
    assert transfer.fetch() == mp3(tone=880)
    assert transfer.server.asked == [(f"bytes={CUT}-", OLD)]


def test_a_changed_file_that_breaks_off_again_is_noted_as_the_new_one(transfer: Transfer) -> None:
    transfer.broken()
    transfer.server.headers, transfer.server.body = {"etag": NEW}, mp3(tone=880)
    transfer.broken(at=5_000)
    assert transfer.target.read_bytes() == mp3(tone=880)[:5_000]
    assert transfer.note()["validator"] == NEW
    assert transfer.fetch() == mp3(tone=880)
    assert transfer.server.asked == [("bytes=5000-", NEW)]


def test_a_changed_file_without_a_version_leaves_no_note_of_the_old_one(transfer: Transfer) -> None:
    transfer.broken()
    transfer.server.headers, transfer.server.body = {}, mp3(tone=880)
    transfer.broken(at=5_000)
    assert not note_path(transfer.target).exists()
    transfer.server.headers = {"etag": OLD}  # as of a note that had stayed
    assert transfer.fetch() == mp3(tone=880)
    assert transfer.server.asked == [(None, None)]


def test_a_server_without_ranges_sends_it_all_again(transfer: Transfer) -> None:
    transfer.broken().server.ranges = False
    assert transfer.fetch() == mp3()
    assert len(transfer.server.asked) == 1
    assert transfer.server.sent == len(mp3())


def rest(
    stated: str | None, *, body: bytes = mp3()[CUT:], etag: str | None = OLD, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """A 206 with this Content-Range."""
    more = {**({} if stated is None else {"content-range": stated}), **({} if etag is None else {"etag": etag})}
    return httpx.Response(206, headers={**more, **(headers or {})}, stream=Cut(Server(), body, None))


SIZE = len(mp3())
MISFITS = {
    "another start": lambda: rest(f"bytes {CUT - 1}-{SIZE - 1}/{SIZE}"),
    "the start of the file": lambda: rest(f"bytes 0-{SIZE - 1}/{SIZE}", body=mp3()),
    "another total": lambda: rest(f"bytes {CUT}-{SIZE - 1}/{SIZE + 1}"),
    "an unknown total": lambda: rest(f"bytes {CUT}-{SIZE - 1}/*"),
    "another version": lambda: rest(f"bytes {CUT}-{SIZE - 1}/{SIZE}", etag=NEW),
    "a weak version": lambda: rest(f"bytes {CUT}-{SIZE - 1}/{SIZE}", etag=f"W/{OLD}"),
    "no range": lambda: rest(None),
    "another unit": lambda: rest(f"frames {CUT}-{SIZE - 1}/{SIZE}"),
    "an end before its start": lambda: rest(f"bytes {CUT}-{CUT - 1}/{SIZE}"),
    "an end behind the total": lambda: rest(f"bytes {CUT}-{SIZE}/{SIZE}"),
    "several ranges": lambda: rest(None, headers={"content-type": "multipart/byteranges; boundary=x"}),
    "a compressed rest": lambda: rest(f"bytes {CUT}-{SIZE - 1}/{SIZE}", headers={"content-encoding": "br"}),
    "no version": lambda: rest(f"bytes {CUT}-{SIZE - 1}/{SIZE}", etag=None),
    "416": lambda: httpx.Response(416, headers={"content-range": f"bytes */{SIZE}"}),
    "412": lambda: httpx.Response(412),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_rest_that_does_not_fit_is_not_taken(transfer: Transfer, misfit: str) -> None:
    transfer.broken().server.instead.append(MISFITS[misfit]())
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(f"bytes={CUT}-", OLD), (None, None)]


def test_a_range_that_is_refused_always_ends_the_fetch(transfer: Transfer) -> None:
    transfer.broken()
    transfer.bench.wire.answer = lambda _: httpx.Response(416)
    before = len(transfer.bench.wire.asked)
    assert "answered 416" in transfer.breaks(kind=UnavailableError)
    assert len(transfer.bench.wire.asked) - before == 2


def test_less_than_the_rest_is_counted_and_the_next_attempt_goes_on(transfer: Transfer) -> None:
    transfer.broken().server.instead.append(rest(f"bytes {CUT}-{CUT + 999}/{SIZE}", body=mp3()[CUT : CUT + 1000]))
    assert transfer.breaks() == f"cf-media.sndcdn.com sent {CUT + 1000} of {SIZE} bytes."
    assert transfer.fetch() == mp3()
    assert [span for span, _ in transfer.server.asked] == [f"bytes={CUT}-", f"bytes={CUT + 1000}-"]


def test_a_rest_that_is_shorter_than_it_says_is_damaged(transfer: Transfer) -> None:
    short = rest(f"bytes {CUT}-{SIZE - 1}/{SIZE}", body=mp3()[CUT:-1])
    transfer.broken().server.instead.append(short)
    assert transfer.breaks() == f"cf-media.sndcdn.com sent {SIZE - 1} of {SIZE} bytes."


def test_damage_in_the_part_is_found_and_then_it_is_fetched_from_its_beginning(transfer: Transfer) -> None:
    transfer.broken()
    with transfer.target.open("r+b") as file:
        file.seek(8_000)
        file.write(bytes(4_096))  # as a power cut leaves it
    assert "bytes that belong to no frame" in transfer.breaks()
    assert not note_path(transfer.target).exists()
    transfer.server.asked.clear()
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(None, None)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"etag": "W/" + OLD},
        {"etag": "W/" + OLD, "last-modified": MADE, "date": DATE},
        {"etag": "v1"},
        {"etag": f"{OLD}, {NEW}"},
        {"last-modified": MADE},
        {"last-modified": DATE, "date": DATE},
        {"last-modified": "2026-03-02", "date": DATE},
        {"last-modified": "Mon, 02 Mar 2026 08:30:00", "date": DATE},
        {"etag": OLD, "content-encoding": "gzip"},
    ],
    ids=str,
)
def test_without_a_strong_validator_it_begins_again(transfer: Transfer, headers: dict[str, str]) -> None:
    transfer.server.headers = headers
    transfer.broken()
    assert not note_path(transfer.target).exists()
    transfer.server.headers = {}
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(None, None)]


def test_a_date_that_is_old_enough_is_a_validator(transfer: Transfer) -> None:
    transfer.server.headers = {"last-modified": MADE, "date": DATE}
    assert transfer.broken().fetch() == mp3()
    assert transfer.server.asked == [(f"bytes={CUT}-", MADE)]


def test_a_length_that_was_not_told_is_learnt_with_the_rest(transfer: Transfer) -> None:
    chunked = {"etag": OLD, "transfer-encoding": "chunked"}
    transfer.bench.wire.answer = lambda _: httpx.Response(200, headers=chunked, stream=Cut(Server(), mp3(), CUT))
    assert "broke off" in transfer.breaks()
    assert transfer.note()["total"] is None
    transfer.bench.wire.answer = transfer.server
    assert transfer.fetch() == mp3()
    assert transfer.server.sent == SIZE - CUT


def test_of_a_part_that_is_everything_the_last_byte_is_asked_for_to_be_told_so(transfer: Transfer) -> None:
    transfer.broken(at=SIZE)
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(f"bytes={SIZE - 1}-", OLD)]


@pytest.mark.parametrize("content", [b"", mp3() + b"x"], ids=["empty", "longer than the whole"])
def test_a_part_that_cannot_be_a_beginning_is_fetched_from_its_beginning(transfer: Transfer, content: bytes) -> None:
    transfer.broken().target.write_bytes(content)
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(None, None)]


def test_another_tracks_part_is_not_gone_on_with(transfer: Transfer) -> None:
    assert transfer.broken().fetch(track_id=8) == mp3()
    assert transfer.server.asked == [(None, None)]


def test_another_presets_part_is_not_gone_on_with(transfer: Transfer) -> None:
    assert transfer.broken().fetch(replace(MP3, preset="mp3_0_0")) == mp3()
    assert transfer.server.asked == [(None, None)]


def test_a_preset_with_a_strange_name_is_not_noted(transfer: Transfer) -> None:
    transfer.server.cut = CUT
    transfer.breaks(replace(MP3, preset="../mp3"))
    assert not note_path(transfer.target).exists()


@pytest.mark.parametrize("status", [403, 410])
def test_a_link_that_expired_on_the_way_is_renewed_and_the_rest_comes(transfer: Transfer, status: int) -> None:
    transfer.broken().server.instead.append(httpx.Response(status))
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(f"bytes={CUT}-", OLD)] * 2
    assert transfer.bench.media_calls == 3
    assert transfer.server.sent == SIZE - CUT


def test_a_disk_that_fills_up_stays_an_error_of_the_disk_and_the_rest_comes_later(transfer: Transfer) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CUT, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            transfer.fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    there = transfer.target.stat().st_size
    assert 0 < there <= CUT
    transfer.server.asked.clear()
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(f"bytes={there}-", OLD)]


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.integers())
KEYS = ("track", "preset", "kind", "validator", "total", "digest", "written", "bytes", "stamp")
GOOD: dict[str, object] = {
    "track": 7, "preset": "mp3_1_0", "kind": "progressive", "validator": NEW, "total": SIZE,
    "digest": "0" * 64, "written": 1, "bytes": CUT,
}  # fmt: skip
NOTES = st.binary(max_size=300) | st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1).map(
    lambda wrong: json.dumps({**GOOD, **wrong}).encode()
)


@pytest.mark.parametrize("stream", [MP3, MP3_HLS], ids=["progressive", "hls"])
@settings(max_examples=60, deadline=None)
@given(note=NOTES)
def test_whatever_a_note_says_the_file_is_the_servers(stream: Stream, note: bytes) -> None:
    """The part is another version's: no note here tells otherwise, but some let it be asked for."""
    with tempfile.TemporaryDirectory() as folder:
        transfer = transfer_in(Path(folder))
        if stream is MP3_HLS:
            transfer.bench.serve_mp3_segments()
            transfer.bench.wire.answer = transfer.bench.site
        transfer.target.write_bytes(mp3(tone=880)[:CUT])
        note_path(transfer.target).write_bytes(note)
        assert transfer.fetch(stream) == mp3()


@pytest.mark.parametrize("note", [b"[" * 4_000, b"9" * 4_096, b'{"track":' + b"9" * 4_000 + b"}", b"\xff", b"null"])
def test_a_note_that_is_no_json_or_a_strange_one_is_no_note(transfer: Transfer, note: bytes) -> None:
    note_path(transfer.broken().target).write_bytes(note)
    assert transfer.fetch() == mp3()
    assert transfer.server.asked == [(None, None)]
