"""Six formats of files: what is written is seen by readers that others wrote, and what others wrote stays."""

import base64
import errno
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

import mutagen
import pytest
import taglib
from library_bench import JPEG, run_ffmpeg
from mutagen import id3
from tinytag import TinyTag

from cloudcrate.adapters.library import tag, tag_mp4, tag_vorbis
from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.core.text import clean
from cloudcrate.errors import DamagedError

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100 + b"IEND"
ENCODERS = {
    "mp3": "-c:a libmp3lame -b:a 128k -f mp3",
    "m4a": "-c:a aac -f ipod",
    "flac": "-c:a flac -f flac",
    "aiff": "-f aiff",
    "wav": "-metadata title=junk -metadata copyright=Lab -f wav",  # ffmpeg puts a list of INFO before the sound
    "opus": "-c:a libopus -f opus",
}
LINK = "https://soundcloud.com/ada/song"
TAGS = Tags(
    title="Träume 🌙 (Live)",
    artist="Ada & Βήτα; C/D \\ E=F",
    album_artist="Ada",
    album="Nächte #1",
    genre="Dub Techno",
    year="2026",
    label="All Lo",
    isrc="GBABC2600001",
    url=LINK,
    comment=LINK,
    track_id=TrackId(7),
)
EVERY = pytest.mark.parametrize("container", ENCODERS)
ID3_FILES = {"mp3": mutagen.mp3.MP3, "aiff": mutagen.aiff.AIFF, "wav": mutagen.wave.WAVE}


@cache
def sound(container: str) -> bytes:
    """A second of a tone, and the tags that an encoder leaves."""
    with tempfile.TemporaryDirectory() as folder:
        target = f"file:{folder}/x"
        run_ffmpeg("-f", "lavfi", "-i", "sine=440:d=1:r=48000", *ENCODERS[container].split(" "), target)
        return Path(folder, "x").read_bytes()


def made(folder: Path, container: str, tags: Tags | None = None, artwork: bytes | None = None) -> Path:
    path = folder / f"x.{container}"
    path.write_bytes(sound(container))
    if tags is not None:
        tag.write(path, container, tags, artwork)
    return path


def decoded(path: Path) -> bytes:
    return run_ffmpeg("-i", f"file:{path}", "-map", "0:a", "-f", "md5", "-")


def by_tinytag(path: Path) -> dict[str, str | None]:
    found = TinyTag.get(path)
    told: dict[str, str | None] = {name.lower(): values[0] for name, values in found.other.items()}
    told |= {
        name: getattr(found, name) for name in ("title", "artist", "albumartist", "album", "genre", "year", "comment")
    }
    return told | {"date": told.get("year"), "label": told.get("publisher", told.get("label"))}


def by_taglib(path: Path) -> dict[str, str | None]:
    with taglib.File(str(path)) as file:
        return {name.lower(): values[0] for name, values in file.tags.items()}


def by_ffmpeg(path: Path) -> dict[str, str | None]:
    stream = ["-map_metadata:g", "0:s:a:0"] if path.suffix == ".opus" else []
    text = run_ffmpeg("-i", f"file:{path}", *stream, "-f", "ffmetadata", "-").decode()
    pairs = (line.split("=", 1) for line in re.split(r"(?<!\\)\n", text) if "=" in line)
    told: dict[str, str | None] = {name.lower(): re.sub(r"\\(.)", r"\1", value) for name, value in pairs}
    return (
        told
        | {"albumartist": told.get("album_artist"), "isrc": told.get("isrc", told.get("tsrc"))}
        | ({"label": told["publisher"]} if "publisher" in told else {})
    )


READERS = {"tinytag": by_tinytag, "taglib": by_taglib, "ffmpeg": by_ffmpeg}
TOLD = {
    "title": TAGS.title, "artist": TAGS.artist, "album": TAGS.album, "albumartist": TAGS.album_artist,
    "genre": TAGS.genre, "date": TAGS.year, "comment": TAGS.comment, "label": TAGS.label, "isrc": TAGS.isrc,
    "soundcloud_id": "7",
}  # fmt: skip


@EVERY
def test_what_is_written_is_read_and_the_sound_stays(tmp_path: Path, container: str) -> None:
    path = made(tmp_path, container)
    before = decoded(path)
    rate = tag.write(path, container, TAGS, JPEG)
    once = path.read_bytes()
    assert (tag.read(path), tag.read_id(path), tag.bit_rate(path)) == (TAGS, 7, rate)
    assert rate > 10_000
    assert decoded(path) == before
    tag.write(path, container, TAGS, JPEG)
    assert path.read_bytes() == once


@EVERY
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_that_others_wrote_sees_the_same(tmp_path: Path, container: str, reader: str) -> None:
    told = READERS[reader](made(tmp_path, container, TAGS))
    assert {name: told.get(name) for name in TOLD} == TOLD
    if reader == "taglib":
        assert LINK in (told.get("url"), told.get("filewebpage"))


@EVERY
@pytest.mark.parametrize(("data", "mime"), [(JPEG, "image/jpeg"), (PNG, "image/png")])
def test_a_cover_is_seen_by_others(tmp_path: Path, container: str, data: bytes, mime: str) -> None:
    path = made(tmp_path, container, TAGS, PNG if data is JPEG else JPEG)
    tag.write(path, container, TAGS, data)
    with taglib.File(str(path)) as file:
        assert [(picture.data, picture.mime_type) for picture in file.pictures] == [(data, mime)]
    tag.write(path, container, TAGS, None)
    images = TinyTag.get(path, image=True).images
    assert images.front_cover is not None
    assert images.front_cover.data == data


HOSTILE = {
    "controls": "A\x00B\x07C\x1b[31m\nD\x7f",
    "directions": "\u202eevil\u2066 שלום \u200f",
    "emoji": "👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🌙",
    "surrogates": "\ufeffA\ud800B\udc00",
    "noncharacters": "A\ufffeB\uffffC\U0010ffff",
    "10,000 characters": "Ä夜" * 5_000,
    "separators": "A/B;C\\D|E=F\\;G#H",
    "decomposed": "Tra\u0308ume",
}


@EVERY
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_tamed_and_then_read_alike(tmp_path: Path, container: str, text: str) -> None:
    hostile = replace(TAGS, title=text, artist=text, album=text, comment=text, label=text, url=text, isrc=text)
    path = made(tmp_path, container, hostile)
    assert tag.read(path) == hostile
    assert hostile.title
    assert by_taglib(path)["title"] == by_ffmpeg(path)["title"] == by_tinytag(path)["title"] == clean(text)


@EVERY
def test_what_an_encoder_left_gives_way(tmp_path: Path, container: str) -> None:
    path = made(tmp_path, container)
    with taglib.File(str(path), save_on_exit=True) as file:
        file.tags |= {"TITLE": ["junk"], "ARTIST": ["junk", "junk"], "COMMENT": ["junk"], "DATE": ["1999-12-31"]}
    tag.write(path, container, TAGS, None)
    assert tag.read(path) == TAGS
    assert "junk" not in {*by_taglib(path).values(), *by_tinytag(path).values(), *by_ffmpeg(path).values()}


def add_foreign(path: Path, container: str) -> None:
    """What DJ programs and their users keep in a file."""
    if container in ID3_FILES:
        audio = ID3_FILES[container](path)
        back = id3.APIC(encoding=0, mime="image/jpeg", type=4, desc="", data=JPEG[:-9])
        markers = id3.GEOB(encoding=0, mime="application/octet-stream", desc="Serato Markers2", data=bytes(range(256)))
        texts = (id3.TBPM, "128.5"), (id3.TKEY, "Am"), (id3.TIT1, "Warm-up"), (id3.TMOO, "Dark"), (id3.TPE4, "Kink")
        told = id3.TXXX(encoding=3, desc="Crates", text=["8", "9"]), id3.COMM(encoding=3, desc="Cue", text=["夜"])
        rating = id3.POPM(email="dj@example.org", rating=255, count=3), id3.UFID(owner="x", data=b"1")
        for frame in (back, markers, *rating, *told, *(kind(encoding=3, text=[text]) for kind, text in texts)):
            audio.tags.add(frame)
    elif container == "m4a":
        audio = mutagen.mp4.MP4(path)
        free = "----:com.serato.dj:markersv2", "----:com.apple.iTunes:initialkey"
        audio.tags.update({name: [mutagen.mp4.MP4FreeForm(b"\x00\xff1", 0)] for name in free})
        audio.tags.update({"tmpo": [128], "\xa9grp": ["Warm-up"], "rtng": [1], "cpil": True, "trkn": [(1, 9)]})
    else:
        audio = mutagen.File(path)
        audio.tags.update({"SERATO_MARKERS_V2": ["AQE="], "BPM": ["128.5"], "INITIALKEY": ["Am"], "RATING": ["5", "9"]})
        back = mutagen.flac.Picture()
        back.type, back.mime, back.data = 4, "image/jpeg", JPEG[:-9]
        if container == "flac":
            audio.add_picture(back)
        else:
            audio.tags["METADATA_BLOCK_PICTURE"] += [base64.b64encode(back.write()).decode()]
    audio.save()


def foreign(path: Path, container: str) -> dict[str, object]:
    audio = mutagen.File(path)
    if container in ID3_FILES:
        known = (
            "TIT2",
            "TPE1",
            "TPE2",
            "TALB",
            "TCON",
            "TDRC",
            "TPUB",
            "TSRC",
            "WOAF",
            "TXXX:SOUND",
            "COMM::",
            "APIC:c",
        )
        return {k: v for k, v in audio.tags.items() if not (k.startswith(known) or getattr(v, "type", 0) == 3)}
    ours = {*tag_mp4.ATOMS.values(), *(tag_mp4.FREE + name for name in tag_mp4.NAMED.values()), "covr"}
    ours |= {name.lower() for names in tag_vorbis.NAMES.values() for name in names} | {"metadata_block_picture"}
    backs = [p.data for p in getattr(audio, "pictures", []) if p.type == 4]
    backs += [b for b in map(base64.b64decode, audio.tags.get("metadata_block_picture", [])) if b[:4] == b"\0\0\0\4"]
    return {k: v for k, v in dict(audio.tags).items() if k not in ours and k.lower() not in ours} | {"backs": backs}


@EVERY
def test_a_second_write_keeps_the_work_of_a_dj(tmp_path: Path, container: str) -> None:
    path = made(tmp_path, container, TAGS, JPEG)
    add_foreign(path, container)
    before = foreign(path, container)
    assert len(before) >= 5
    tag.write(path, container, replace(TAGS, title="New", genre="", year="2027"), PNG)
    assert foreign(path, container) == before
    assert tag.read(path) == replace(TAGS, title="New", year="2027")  # the genre that nobody names any more stays
    if container in ID3_FILES:
        assert ID3_FILES[container](path, translate=False).tags.version == (2, 3, 0)


@EVERY
def test_a_comment_written_over_ours_stays(tmp_path: Path, container: str) -> None:
    path = made(tmp_path, container, replace(TAGS, comment=f"peak time {LINK}"))
    tag.write(path, container, TAGS, None)
    assert tag.read(path).comment == f"peak time {LINK}"
    tag.write(path, container, replace(TAGS, track_id=TrackId(8)), None)  # another track: the file was not ours
    assert tag.read(path).comment == LINK


@EVERY
@pytest.mark.parametrize("place", ["COMMENT", "URL", "PURL"])
def test_a_link_that_others_put_is_found(tmp_path: Path, container: str, place: str) -> None:
    path = made(tmp_path, container)
    with taglib.File(str(path), save_on_exit=True) as file:
        file.tags[place] = [f"from {LINK}?si=1"]
    assert (tag.read(path).url, tag.read(path).track_id) == (LINK, None)


def test_a_wav_says_the_same_in_its_info(tmp_path: Path) -> None:
    path = made(tmp_path, "wav", TAGS)
    assert path.read_bytes().count(b"LIST") == 1
    path.write_bytes(path.read_bytes().replace(b"id3 ", b"JUNK"))
    told = by_ffmpeg(path)
    assert {name: told[name] for name in ("title", "artist", "album", "genre", "date", "comment")} == {
        name: TOLD[name] for name in ("title", "artist", "album", "genre", "date", "comment")
    }
    assert (told["copyright"], by_taglib(path)["title"]) == ("Lab", TAGS.title)  # the list it came with
    assert tag.read(path) == replace(TAGS, album_artist="", isrc="", track_id=None)


@pytest.mark.parametrize("container", ["wav", "aiff"])
@pytest.mark.parametrize("cut", [1, 100, 90_000])
def test_a_file_of_chunks_that_is_cut_is_left_as_it_is(tmp_path: Path, container: str, cut: int) -> None:
    """What is written behind a cut would be taken for sound."""
    path = made(tmp_path, container)
    path.write_bytes(path.read_bytes()[:-cut])
    before = path.read_bytes()
    with pytest.raises(DamagedError, match="cut off"):
        tag.write(path, container, TAGS, None)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("container", "order"), [("wav", "little"), ("aiff", "big")])
def test_an_odd_chunk_that_nobody_evened_out_does_no_harm(
    tmp_path: Path, container: str, order: Literal["little", "big"]
) -> None:
    path = made(tmp_path, container)
    data = path.read_bytes() + b"odd " + (3).to_bytes(4, order) + b"abc"
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, order) + data[8:])
    before = decoded(path)
    tag.write(path, container, TAGS, JPEG)
    tag.write(path, container, replace(TAGS, title="New"), PNG)
    assert tag.read(path) == replace(TAGS, title="New")
    assert by_taglib(path)["title"] == by_ffmpeg(path)["title"] == "New"
    assert decoded(path) == before
    assert b"odd " in path.read_bytes()


def test_a_tag_that_is_cut_is_damage_and_not_the_disks(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(sound("mp3")[:30])
    with pytest.raises(DamagedError, match="cannot be tagged"):
        tag.write(path, "mp3", TAGS, None)


@pytest.fixture
def little_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 256 kB."""
    folder = tmp_path / "little"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False, timeout=10).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True, timeout=10)


@EVERY
def test_a_full_disk_is_the_disks_error_and_spares_the_sound(little_disk: Path, container: str) -> None:
    path = made(little_disk, container)
    before = decoded(path)
    with pytest.raises(OSError) as caught:
        tag.write(path, container, TAGS, JPEG[:-2] + bytes(300_000) + JPEG[-2:])
    assert caught.value.errno == errno.ENOSPC
    assert decoded(path) == before
