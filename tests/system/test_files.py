"""The library, with the real command against a sandbox: originals, conversions, places, checks, quarantine."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any  # Any: the command's JSON

import mutagen
import pytest
from running import URL, Machine, Ran, says
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

TOKEN = "2-290123-7-canarysandbox"
SIGNED_IN = {"SOUNDCLOUD_TOKEN": TOKEN}
ORIGINALS = range(10, 15)  # one of each format: the sandbox goes by the id
SCENARIO: dict[str, Any] = {  # Any: a scenario is JSON
    "soundcloud": {
        "users": [{"permalink": "ada", "username": "Ada"}],
        "tracks": [
            *({"id": n, "user": "ada", "title": f"Song {n}", "seconds": 2.0} for n in (1, 2, 3)),
            *({"id": n, "user": "ada", "title": f"Song {n}", "seconds": 2.0, "kind": "original"} for n in ORIGINALS),
        ],
        "playlists": [
            {"user": "ada", "slug": "mix", "title": "Ada's mix", "tracks": [1, 2, 3]},
            {"user": "ada", "slug": "masters", "title": "Masters", "tracks": list(ORIGINALS)},
        ],
        "oauth_tokens": [TOKEN],
        "media_per_10_minutes": 100_000,
    },
    "notion": {"per_minute": 100_000},
}
MASTERS = "https://soundcloud.com/ada/sets/masters"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SCENARIO) as running:
        yield running


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox=sandbox, home=tmp_path, notion=False)


def fine(ran: Ran) -> Ran:
    assert ran.code == 0, ran.err + ran.out
    assert "canary" not in ran.out + ran.err
    return ran


def songs(machine: Machine) -> list[str]:
    return [path for path in machine.files() if not path.startswith(".cloudcrate") and not path.endswith(".m3u8")]


def media_calls(machine: Machine) -> int:
    """The calls for signed links, and for originals, so far."""
    return sum("/media/" in request["path"] or request["path"].endswith("/download") for request in requests(machine))


def requests(machine: Machine) -> Sequence[dict[str, Any]]:  # Any: as above
    return [request for request in machine.sandbox.journal() if request["host"] == "api-v2.soundcloud.com"]


# --- originals and conversions --------------------------------------------------------------------


def test_originals_are_fetched_in_every_format_when_signed_in(machine: Machine) -> None:
    report = fine(machine.run("sync", MASTERS, "--json", env=SIGNED_IN)).data["report"]
    assert report["files"]["downloaded"] == len(ORIGINALS)
    assert [Path(path).suffix for path in songs(machine)] == [".mp3", ".wav", ".wav", ".aiff", ".flac"]
    for path in songs(machine):
        assert mutagen.File(machine.library / path) is not None


def test_without_signing_in_the_best_stream_is_fetched_and_the_original_is_an_upgrade_later(machine: Machine) -> None:
    fine(machine.run("sync", MASTERS))
    assert {Path(path).suffix for path in songs(machine)} == {".m4a"}
    offered = fine(machine.run("plan", MASTERS, "--refresh", env=SIGNED_IN)).out
    assert offered.count("--upgrade") == len(ORIGINALS)
    fine(machine.run("sync", MASTERS, "--upgrade", env=SIGNED_IN))
    kept = [path for path in songs(machine) if not path.startswith("quarantine/")]
    assert [Path(path).suffix for path in kept] == [".mp3", ".wav", ".wav", ".aiff", ".flac"]
    assert len([path for path in songs(machine) if path.startswith("quarantine/")]) == len(ORIGINALS)
    again = fine(machine.run("plan", MASTERS, env=SIGNED_IN)).out
    assert "Nothing will be changed." in again
    signed_out = fine(machine.run("plan", MASTERS, "--upgrade")).out
    assert signed_out.count("leave file: the file is in the library") == len(ORIGINALS), "never a downgrade"


def test_lossless_sources_are_converted_and_others_are_left_with_the_reason(machine: Machine) -> None:
    shown = fine(machine.run("sync", MASTERS, "--convert", "aiff", "--keep-original", env=SIGNED_IN)).out
    kept = [path for path in songs(machine) if not path.startswith("originals/")]
    assert [Path(path).suffix for path in kept] == [".mp3", ".aiff", ".aiff", ".aiff", ".aiff"]
    originals = [path for path in songs(machine) if path.startswith("originals/")]
    assert [Path(path).suffix for path in originals] == [".wav", ".wav", ".flac"]
    why = fine(machine.run("why", "10")).out
    assert "lossy already" in why
    assert re.search(r"1 of the files fetched \(.+\): This mp3 is lossy already", shown)
    assert "Nothing will be changed." in fine(machine.run("plan", MASTERS, "--convert", "aiff", env=SIGNED_IN)).out


def test_what_is_lossy_is_converted_when_that_is_asked_for(machine: Machine) -> None:
    fine(machine.run("sync", URL, "--convert", "mp3", "--convert-lossy"))
    assert {Path(path).suffix for path in songs(machine)} == {".mp3"}


# --- places ---------------------------------------------------------------------------------------


def test_a_changed_template_moves_the_files_and_fetches_nothing(machine: Machine) -> None:
    fine(machine.run("sync", URL))
    before = media_calls(machine)
    shown = fine(machine.run("plan", URL, "--template", "{title}")).out
    assert shown.count("move: its place is Song") == 3
    fine(machine.run("sync", URL, "--template", "{title}"))
    assert songs(machine) == ["Song 1.m4a", "Song 2.m4a", "Song 3.m4a"]
    assert media_calls(machine) == before
    assert "Song 1.m4a" in (machine.library / "Ada's mix.m3u8").read_text()
    assert "Nothing will be changed." in fine(machine.run("plan", URL, "--template", "{title}")).out


def test_a_playlist_is_kept_as_a_folder_of_links(machine: Machine) -> None:
    fine(machine.run("sync", URL, "--playlist-folders", "links"))
    folder = machine.library / "playlists" / "Ada's mix"
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    assert names == ["001 Ada - Song 1.m4a", "002 Ada - Song 2.m4a", "003 Ada - Song 3.m4a"]
    assert (folder / names[0]).samefile(machine.library / "Ada" / "Ada - Song 1.m4a")
    assert "Nothing will be changed." in fine(machine.run("plan", URL, "--playlist-folders", "links")).out


def test_what_no_playlist_wants_goes_to_quarantine_and_comes_back(machine: Machine) -> None:
    fine(machine.run("sync", URL))
    machine.sandbox.knobs(soundcloud={"playlist": {"mix": [1, 2]}})
    shown = fine(machine.run("sync", URL, "--mirror")).out
    assert "1 files are in quarantine" in shown
    away = "quarantine/Ada/Ada - Song 3.m4a"
    assert away in songs(machine)
    assert away in fine(machine.run("restore", "--list")).out
    fine(machine.run("restore", "3"))
    assert "Ada/Ada - Song 3.m4a" in songs(machine)
    says(machine.run("restore", "3"), 2, "No file of that is in quarantine")


# --- keeping --------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    """Changes sixty bytes in the middle, and not the length."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60] = bytes(byte ^ 0xFF for byte in data[middle : middle + 60])
    path.write_bytes(data)


def test_flipped_bits_are_found_and_the_file_is_fetched_again(machine: Machine) -> None:
    fine(machine.run("sync", URL))
    song = machine.library / "Ada" / "Ada - Song 2.m4a"
    whole = song.read_bytes()
    flip(song)
    found = machine.run("verify", "--all", "--json")
    assert found.code == 3
    assert [note["track_id"] for note in found.data["checked"]["notes"] if note["state"] == "damaged"] == [2]
    fetched = fine(machine.run("verify", "--all", "--fetch"))
    assert "1 downloaded" in fetched.out
    assert song.read_bytes() == whole
    assert "3 sound" in fine(machine.run("verify", "--all")).out
    assert "checked in the last 30 days: 3 files" in fine(machine.run("verify")).out


def test_tags_are_written_anew_without_a_request(machine: Machine) -> None:
    fine(machine.run("sync", URL))
    song = machine.library / "Ada" / "Ada - Song 1.m4a"
    tags = mutagen.File(song)
    tags["\xa9nam"], tags["tmpo"] = ["Wrong"], [174]
    tags.save()
    before = len(machine.sandbox.journal())
    assert "1 retagged" in fine(machine.run("retag", "Ada's mix")).out
    assert len(machine.sandbox.journal()) == before
    tags = mutagen.File(song)
    assert (tags["\xa9nam"], tags["tmpo"]) == (["Song 1"], [174])
    assert "3 sound" in fine(machine.run("verify", "--all")).out


def test_files_that_one_has_are_taken_in_and_not_fetched(machine: Machine, tmp_path: Path) -> None:
    fine(machine.run("sync", URL))
    mine = tmp_path / "mine"
    (machine.library / "Ada").rename(mine)
    other = Machine(sandbox=machine.sandbox, home=tmp_path / "other", notion=False)
    other.home.mkdir()
    says(other.run("import", str(mine)), 2, "No track is known", "--no-download")
    fine(other.run("sync", URL, "--no-download"))
    assert "3 to be taken in" in fine(other.run("import", str(mine), "--dry-run")).out
    assert songs(other) == []
    assert "3 adopted" in fine(other.run("import", str(mine))).out
    before = media_calls(other)
    assert "3 present" in fine(other.run("sync", URL)).out
    assert media_calls(other) == before
    assert len(list(mine.iterdir())) == 3, "one's own files stay where they are"


def test_status_tells_what_there_is_of_each_track(machine: Machine) -> None:
    fine(machine.run("sync", URL))
    shown = fine(machine.run("status", "Ada's mix")).out
    assert shown.startswith("3 tracks, 3 files")
    assert fine(machine.run("status", "2", "--json")).data["tracks"][0]["path"] == "Ada/Ada - Song 2.m4a"


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says_so"),
    [
        (("--template", "{titel}"), ("--template", "{titel}", "{title}")),
        (("--template", "../{title}"), ("--template",)),
        (("--prefer", "flac"), ("--prefer", "original, aac, mp3, opus")),
        (("--convert", "ogg"), ("--convert", "aiff")),
    ],
)
def test_bad_options_are_named_before_anything_is_asked(
    machine: Machine, words: tuple[str, ...], says_so: tuple[str, ...]
) -> None:
    says(machine.run("sync", URL, *words), 2, *says_so)
    assert requests(machine) == []


def test_a_playlist_that_is_not_known_is_said(machine: Machine) -> None:
    says(machine.run("verify", "Nowhere"), 2, "Nowhere")
    says(machine.run("import", str(machine.home / "nothing"), URL), 2, "was not synced yet")


def test_what_failed_is_listed_and_tried_again(machine: Machine) -> None:
    broken = {"host": "api-v2.*", "path": "^/media/soundcloud:tracks:2/", "kind": "status", "status": 404, "json": {}}
    machine.sandbox.faults([broken])
    fine(machine.run("sync", URL))
    listed = fine(machine.run("problems", "--json")).data["problems"]
    assert [(problem["track_id"], problem["side"]) for problem in listed] == [(2, "file")]
    assert listed[0]["playlists"] == ["Ada's mix"]
    assert "Song 2" in fine(machine.run("problems", "Ada's mix")).out
    machine.sandbox.faults([])
    assert "1 downloaded" in fine(machine.run("retry")).out
    assert "No problem is known." in fine(machine.run("problems")).out
    assert "nothing to try" in fine(machine.run("retry", "2")).out
