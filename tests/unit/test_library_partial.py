"""Parts outlive a run: kept under the track's name, claimed once, and swept when they are nobody's."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from library_bench import MP3, SECONDS, Bench, mp3
from transfer_bench import OLD, Server

from cloudcrate.adapters.library.fetch import fetch
from cloudcrate.adapters.library.partial import (
    WORTH_KEEPING,
    Note,
    Pieces,
    Progressive,
    claim,
    forget,
    keep,
    note_path,
    read_note,
    sweep,
    write_note,
)
from cloudcrate.core.model import TrackId
from cloudcrate.errors import DamagedError

SEVEN, PRESET = TrackId(7), "mp3_1_0"
LARGE = WORTH_KEEPING + 1
STATE = Progressive(validator=OLD, total=900_000)
KEPT = [f"kept-7-{PRESET}.part", f"kept-7-{PRESET}.part.json"]


def part(folder: Path, name: str = "X", *, size: int = LARGE, state: Progressive | Pieces = STATE) -> Path:
    """A part of track 7 with its note."""
    path = folder / f"{name}.part"
    path.write_bytes(name[-1:].encode() * size)
    write_note(path, Note(track_id=SEVEN, preset=PRESET, state=state))
    return path


def kept(folder: Path) -> Path:
    keep(part(folder), SEVEN, PRESET)
    assert names(folder) == KEPT
    return folder / KEPT[0]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def never(_: Path) -> bool:
    return False


def always(_: Path) -> bool:
    return True


# --- notes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        STATE,
        Progressive(validator="Mon, 02 Mar 2026 08:30:00 GMT", total=None),
        Pieces(digest="a" * 64, written=3, size=9),
    ],
)
@pytest.mark.parametrize("stamp", [None, (70_000, 1_764_000_000_123_456_789)])
def test_a_note_is_read_as_it_was_written(
    tmp_path: Path, state: Progressive | Pieces, stamp: tuple[int, int] | None
) -> None:
    note = Note(track_id=SEVEN, preset=PRESET, state=state, stamp=stamp)
    write_note(tmp_path / "X.part", note)
    assert read_note(tmp_path / "X.part") == note
    assert names(tmp_path) == ["X.part.json"]


@pytest.mark.parametrize(
    "change",
    [
        '"track": "7"', '"track": true', '"track": -7', '"track": 7.0', '"preset": "../x"', '"preset": 1',
        '"preset": ""', '"kind": "other"', '"validator": "W/\\"v1\\""', '"validator": "\\"v\\r\\nX: y\\""',
        '"validator": ["v1"]',
        '"validator": "Mon, \\u0660\\u0662 Mar 2026 08:30:00 GMT"', '"total": 0', '"total": "9"', '"total": 1e400',
        '"total": 99999999999999999999',
    ],
)  # fmt: skip
def test_a_note_that_makes_no_sense_is_none(tmp_path: Path, change: str) -> None:
    good = '"track": 7, "preset": "mp3_1_0", "kind": "progressive", "validator": "\\"v1\\"", "total": 9'
    note_path(tmp_path / "X.part").write_text(f"{{{good}}}")
    assert read_note(tmp_path / "X.part") is not None
    note_path(tmp_path / "X.part").write_text(f"{{{good}, {change}}}")
    assert read_note(tmp_path / "X.part") is None


# --- keep and claim ---------------------------------------------------------------------------


def test_a_kept_part_is_claimed_with_its_note(tmp_path: Path) -> None:
    content = kept(tmp_path).read_bytes()
    assert claim(tmp_path, SEVEN, PRESET, tmp_path / "Y.part")
    assert names(tmp_path) == ["Y.part", "Y.part.json"]
    assert (tmp_path / "Y.part").read_bytes() == content
    note = read_note(tmp_path / "Y.part")
    assert note is not None
    assert (note.track_id, note.preset, note.state) == (SEVEN, PRESET, STATE)


def test_a_transfer_goes_on_in_another_run(tmp_path: Path) -> None:
    bench, server = Bench(tmp_path / "library"), Server(body=mp3(20.0), cut=LARGE)
    bench.wire.answer = server
    first, second = tmp_path / "X.part", tmp_path / "Y.part"
    with pytest.raises(DamagedError):
        fetch(bench.door, lambda: bench.media(MP3), first, SECONDS, SEVEN)
    keep(first, SEVEN, MP3.preset)
    assert claim(tmp_path, SEVEN, MP3.preset, second)
    server.cut = None
    server.asked.clear()
    fetch(bench.door, lambda: bench.media(MP3), second, SECONDS, SEVEN)
    assert second.read_bytes() == mp3(20.0)
    assert server.asked == [(f"bytes={LARGE}-", OLD)]
    assert server.sent == len(mp3(20.0))


def test_what_is_not_worth_it_is_removed(tmp_path: Path) -> None:
    keep(part(tmp_path, size=WORTH_KEEPING), SEVEN, PRESET)
    assert names(tmp_path) == []


def test_a_part_without_a_note_is_removed(tmp_path: Path) -> None:
    path = part(tmp_path)
    note_path(path).unlink()
    keep(path, SEVEN, PRESET)
    assert names(tmp_path) == []


def test_a_note_without_a_part_is_removed(tmp_path: Path) -> None:
    path = part(tmp_path)
    path.unlink()
    keep(path, SEVEN, PRESET)
    assert names(tmp_path) == []


def test_nothing_at_all_is_nothing_to_keep(tmp_path: Path) -> None:
    keep(tmp_path / "X.part", SEVEN, PRESET)
    assert names(tmp_path) == []


@pytest.mark.parametrize(("track_id", "preset"), [(8, PRESET), (7, "mp3_0_0"), (7, "../../x"), (7, "A"), (7, "")])
def test_another_streams_part_is_removed_and_no_foreign_name_is_given(
    tmp_path: Path, track_id: int, preset: str
) -> None:
    (tmp_path / "staging").mkdir()
    keep(part(tmp_path / "staging"), TrackId(track_id), preset)
    assert names(tmp_path / "staging") == []
    assert names(tmp_path) == ["staging"]


@pytest.mark.parametrize("preset", ["../x", "", "MP3", "mp3-1", "mp3\n", "٣"])
def test_a_preset_with_a_foreign_name_is_never_claimed(tmp_path: Path, preset: str) -> None:
    assert not claim(tmp_path, SEVEN, preset, tmp_path / "Y.part")


def test_the_newer_part_of_one_stream_replaces_the_older(tmp_path: Path) -> None:
    kept(tmp_path)
    newer = Progressive(validator='"v2"', total=None)
    keep(part(tmp_path, "Z", size=LARGE + 5, state=newer), SEVEN, PRESET)
    assert names(tmp_path) == KEPT
    assert claim(tmp_path, SEVEN, PRESET, tmp_path / "Y.part")
    note = read_note(tmp_path / "Y.part")
    assert note is not None
    assert note.state == newer
    assert (tmp_path / "Y.part").read_bytes() == b"Z" * (LARGE + 5)


def test_nothing_kept_is_nothing_claimed(tmp_path: Path) -> None:
    kept(tmp_path)
    assert not claim(tmp_path, TrackId(8), PRESET, tmp_path / "Y.part")
    assert not claim(tmp_path, SEVEN, "mp3_0_0", tmp_path / "Y.part")
    assert names(tmp_path) == KEPT


def test_of_many_that_claim_one_part_one_gets_it(tmp_path: Path) -> None:
    for _ in range(20):
        kept(tmp_path)
        start = threading.Barrier(6)

        def take(number: int, start: threading.Barrier = start) -> bool:
            start.wait(timeout=10)
            return claim(tmp_path, SEVEN, PRESET, tmp_path / f"{number}.part")

        with ThreadPoolExecutor(6) as pool:
            got = list(pool.map(take, range(6)))
        assert sum(got) == 1
        winner = tmp_path / f"{got.index(True)}.part"
        assert names(tmp_path) == [winner.name, note_path(winner).name]
        forget(winner)


def test_a_note_is_never_taken_for_another_parts(tmp_path: Path) -> None:
    """As when two processes keep a part of one stream at the same time: one's part, the other's note."""
    path = kept(tmp_path)
    note = note_path(path).read_bytes()
    keep(part(tmp_path, "Z"), SEVEN, PRESET)  # as large, and written later
    note_path(path).write_bytes(note)
    assert not claim(tmp_path, SEVEN, PRESET, tmp_path / "Y.part")
    assert names(tmp_path) == []


@pytest.mark.parametrize("size", [LARGE - 1, LARGE + 1])
def test_a_kept_part_whose_size_changed_is_not_claimed(tmp_path: Path, size: int) -> None:
    os.truncate(kept(tmp_path), size)
    assert not claim(tmp_path, SEVEN, PRESET, tmp_path / "Y.part")
    assert names(tmp_path) == []


def test_a_kept_part_without_a_note_is_not_claimed(tmp_path: Path) -> None:
    note_path(kept(tmp_path)).unlink()
    assert not claim(tmp_path, SEVEN, PRESET, tmp_path / "Y.part")
    assert names(tmp_path) == []


# --- sweep ------------------------------------------------------------------------------------


def test_the_parts_of_dead_processes_are_kept_and_those_of_the_living_stay(tmp_path: Path) -> None:
    dead, living = part(tmp_path, "host-1-a-7-b"), part(tmp_path, "host-2-c-7-d")
    sweep(tmp_path, 0.0, lambda path: path.name.startswith("host-1-"))
    assert names(tmp_path) == sorted([living.name, note_path(living).name, *KEPT])
    assert claim(tmp_path, SEVEN, PRESET, dead)


@pytest.mark.parametrize("left", ["X.part", "X.mp3", "X.part.json", "X.part.json.new", "X"])
def test_what_else_dead_processes_left_is_removed(tmp_path: Path, left: str) -> None:
    (tmp_path / left).write_bytes(b"x" * LARGE)
    sweep(tmp_path, 0.0, never)
    assert names(tmp_path) == [left]
    sweep(tmp_path, 0.0, always)
    assert names(tmp_path) == []


@pytest.mark.parametrize("lone", KEPT)
def test_half_of_a_kept_pair_is_removed(tmp_path: Path, lone: str) -> None:
    kept(tmp_path)
    (tmp_path / next(name for name in KEPT if name != lone)).unlink()
    sweep(tmp_path, 0.0, never)
    assert names(tmp_path) == []


def test_a_kept_pair_is_nobodys_work_whatever_its_name_looks_like(tmp_path: Path) -> None:
    kept(tmp_path)
    sweep(tmp_path, 0.0, always)  # as on a host that is called "kept"
    assert names(tmp_path) == KEPT


def test_what_is_old_is_removed_whoever_made_it(tmp_path: Path) -> None:
    path = kept(tmp_path)
    other = part(tmp_path, "elsewhere-1-a-7-b")
    for old in (path, other, note_path(other)):
        os.utime(old, (1_000, 1_000))
    sweep(tmp_path, 1_000.0, never)
    assert len(names(tmp_path)) == 4
    sweep(tmp_path, 1_001.0, never)
    assert names(tmp_path) == []


def test_a_part_keeps_its_age_however_often_it_is_moved(tmp_path: Path) -> None:
    path = part(tmp_path)
    os.utime(path, (1_000, 1_000))
    sweep(tmp_path, 500.0, always)
    assert names(tmp_path) == KEPT
    sweep(tmp_path, 2_000.0, never)
    assert names(tmp_path) == []


def test_folders_stay_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.part"
    outside.write_bytes(b"x" * LARGE)
    staging = tmp_path / "staging"
    staging.mkdir()
    (staging / "folder.part").mkdir()
    link = staging / "X.part"
    link.symlink_to(outside)
    write_note(link, Note(track_id=SEVEN, preset=PRESET, state=STATE))
    sweep(staging, 0.0, always)
    assert names(staging) == ["folder.part"]
    assert outside.exists()


@pytest.mark.parametrize("moved", ["the note", "the part"])
def test_a_kill_between_the_two_moves_leaves_nothing_that_is_taken_for_a_part(tmp_path: Path, moved: str) -> None:
    """``keep`` moves the note first and ``claim`` the part; the process is dead, and the next one tidies up."""
    path = kept(tmp_path)
    if moved == "the note":
        path.rename(tmp_path / "X.part")
    else:
        path.rename(tmp_path / "Y.part")
    assert not claim(tmp_path, SEVEN, PRESET, tmp_path / "Z.part")
    sweep(tmp_path, 0.0, always)
    assert names(tmp_path) == []


def test_a_note_that_a_kill_left_behind_is_not_taken_for_the_next_parts(tmp_path: Path) -> None:
    kept(tmp_path).unlink()
    path = part(tmp_path, "Z", size=LARGE + 9)
    path.rename(tmp_path / KEPT[0])  # as if killed, in some order that nobody thought of
    note_path(path).unlink()
    assert not claim(tmp_path, SEVEN, PRESET, tmp_path / "Y.part")
    assert names(tmp_path) == []
