"""Tags of mp3, aiff and wav files: ID3v2.3 with UTF-16 texts, which every player reads; wav gets INFO besides.

Frames are read as they stand (``translate=False``): translating to 2.4 and back would lose those that only one
of the two versions has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, Literal

from mutagen import FileType
from mutagen.aiff import AIFF
from mutagen.id3 import APIC, COMM, ID3, TALB, TCON, TIT2, TPE1, TPE2, TPUB, TSRC, TXXX, TYER, WOAF, Frame
from mutagen.mp3 import MP3
from mutagen.wave import WAVE

from cloudcrate.core.tagging import Tags, found_tags

UTF16 = 1
OPENERS: Mapping[str, Callable[..., FileType]] = {"mp3": MP3, "aiff": AIFF, "wav": WAVE}

FRAMES = {
    "title": TIT2, "artist": TPE1, "album_artist": TPE2, "album": TALB, "genre": TCON, "year": TYER,
    "label": TPUB, "isrc": TSRC,
}  # fmt: skip
ALSO = {
    "album_artist": ("albumartist", "album artist"), "label": ("label", "publisher"), "isrc": ("isrc",),
    "comment": ("comment",), "track_id": ("soundcloud_id",),
}  # fmt: skip
"""Descriptions under which other programs keep the same as TXXX: read when ours is absent, replaced with it."""

COMMENTS = ("", "ID3v1 Comment")
"""Descriptions of the comment that players show; the second is what mutagen calls that of an ID3v1 tag."""

ONLY_24 = ("EQU2", "RVA2", "TMOO", "TPRO", "TSOA", "TSOP", "TSOT", "TSST")
"""Frames of 2.4 that 2.3 does not know and players read in it all the same."""

OTHER, FRONT = 0, 3
"""Types of pictures that players show as the cover."""


def write(path: Path, container: str, tags: Tags, picture: tuple[bytes, str] | None) -> int:
    """See ``tag.write``. An ID3v1 tag goes: its 30 characters of Latin-1 would contradict."""
    if container in FORMS:
        _make_whole(path, container)
    audio = OPENERS[container](path, translate=False)
    if audio.tags is None:
        audio.add_tags()
    frames = audio.tags
    if frames.version[:2] != (2, 3):
        kept = [frame for name in ONLY_24 for frame in frames.getall(name)]
        frames.update_to_v23()
        for frame in kept:
            frames.add(frame)
    for field, text in tags.texts().items():
        _set(frames, field, text)
    if picture is not None:
        _set_cover(frames, *picture)
    without_v1 = {"v1": 0} if container == "mp3" else {}
    frames.save(path, v2_version=3, v23_sep=None, **without_v1)
    if container == "wav":
        _write_info(path, tags)
    return bit_rate(path, container)


def read(path: Path, container: str) -> Tags:
    """See ``tag.read``."""
    frames = ID3(path, translate=False) if container == "mp3" else OPENERS[container](path, translate=False).tags
    found = Tags() if frames is None else _read(frames)
    if container != "wav":
        return found
    texts = {field: _decoded(items.get(name, b"")) for items in (_read_info(path),) for field, name in INFO.items()}
    told = asdict(found_tags(texts, links=(texts["comment"],)))
    return Tags(**{field: value or told[field] for field, value in asdict(found).items()})


def bit_rate(path: Path, container: str) -> int:
    """See ``tag.bit_rate``."""
    return int(OPENERS[container](path).info.bitrate)


# --- frames -------------------------------------------------------------------------------------


def _set(frames: ID3, field: str, text: str) -> None:
    _drop(frames, lambda frame: frame.FrameID == "TXXX" and frame.desc.casefold() in ALSO.get(field, ()))
    if field == "url":
        frames.setall("WOAF", [WOAF(url=text)])
    elif field == "comment":
        _drop(frames, lambda frame: frame.FrameID == "COMM" and frame.desc in COMMENTS)
        frames.add(COMM(encoding=UTF16, lang="eng", desc="", text=[text]))
    elif field == "track_id":
        frames.add(TXXX(encoding=UTF16, desc="SOUNDCLOUD_ID", text=[text]))
    else:
        frame = FRAMES[field]
        if field == "year" and _text(frames, "TYER") != text:
            for name in ("TDAT", "TIME", "TRDA"):  # day and hour of another year
                frames.delall(name)
        frames.setall(frame.__name__, [frame(encoding=UTF16, text=[text])])


def _drop(frames: ID3, unwanted: Callable[[Frame], bool]) -> None:
    for key in [key for key, frame in frames.items() if unwanted(frame)]:
        del frames[key]


def _set_cover(frames: ID3, data: bytes, kind: str) -> None:
    """Replaces the front cover; a back cover or an artist's portrait stays."""
    _drop(frames, lambda frame: frame.FrameID == "APIC" and frame.type in (OTHER, FRONT))
    desc = "" if "APIC:" not in frames else "cover"  # two pictures may not bear one description
    frames.add(APIC(encoding=0, mime=kind, type=FRONT, desc=desc, data=data))


def _read(frames: ID3) -> Tags:
    texts = {field: _text(frames, frame.__name__) for field, frame in FRAMES.items()}
    texts["year"] = texts["year"] or _text(frames, "TDRC")
    if frames.getall("TCON") and (texts["genre"].startswith("(") or frames.version[:2] != (2, 3)):
        texts["genre"] = next(iter(frames.getall("TCON")[0].genres), "")  # a number of ID3v1's list
    comments = sorted(frames.getall("COMM"), key=lambda frame: (frame.desc != "", frame.lang != "eng"))
    texts["comment"] = next((_first(frame.text) for frame in comments if frame.desc in COMMENTS), "")
    own = {frame.desc.casefold(): _first(frame.text) for frame in frames.getall("TXXX")}
    for field, names in ALSO.items():
        texts[field] = texts.get(field) or next((own[name] for name in names if own.get(name)), "")
    urls = [frame.url for name in ("WOAF", "WOAS", "WXXX", "WORS", "WPUB") for frame in frames.getall(name)]
    told = [own.get("purl", ""), own.get("url", ""), *(_first(frame.text) for frame in comments), texts["comment"]]
    texts["url"] = urls[0] if urls else ""
    return found_tags(texts, links=(*urls, *told))


def _text(frames: ID3, name: str) -> str:
    return next((_first(frame.text) for frame in frames.getall(name)), "")


def _first(texts: Iterable[object]) -> str:
    return next((str(text) for text in texts), "")


# --- chunks, and INFO: what rekordbox reads of a wav --------------------------------------------

FORMS: Mapping[str, tuple[bytes, tuple[bytes, ...], Literal["little", "big"]]] = {
    "wav": (b"RIFF", (b"WAVE",), "little"),
    "aiff": (b"FORM", (b"AIFF", b"AIFC"), "big"),
}
"""The names that a file of chunks begins with, and the order of the bytes of its sizes."""

INFO = {
    "title": b"INAM", "artist": b"IART", "album": b"IPRD", "genre": b"IGNR", "year": b"ICRD", "comment": b"ICMT",
    "label": b"IPUB",
}  # fmt: skip
MAX_INFO = 1024 * 1024
"""Bytes. What is larger is no list of texts, and is left alone."""

MAX_RIFF = 0xFFFF_FFFF


def _chunks(file: BinaryIO, container: str = "wav") -> Iterator[tuple[bytes, int, int]]:
    """Name, place and size of every chunk. Raises: ValueError where one ends after the file does."""
    outer, kinds, order = FORMS[container]
    end = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    at, end = 12, min(end, 8 + int.from_bytes(head[4:8], order))
    if head[:4] != outer or head[8:] not in kinds or end <= at:
        raise ValueError(f"it is no {container} file")
    while at + 8 <= end:
        file.seek(at)
        name, size = file.read(4), int.from_bytes(file.read(4), order)
        if at + 8 + size > end:
            raise ValueError("a chunk is cut off")
        kind = file.read(4) if name == b"LIST" else b""
        yield (b"INFO" if kind == b"INFO" and size <= MAX_INFO else name), at, size
        at += 8 + size + size % 2


def _make_whole(path: Path, container: str) -> None:
    """Adds the byte that evens out the last chunk, which some programs leave out.

    Raises: ValueError for a file that is cut: what is written behind its end would be taken for sound.
    """
    with path.open("r+b") as file:
        for _, at, size in _chunks(file, container):
            if at + 8 + size + size % 2 > file.seek(0, 2):
                file.write(b"\0")
                inside = file.tell() - 8
                file.seek(4)
                file.write(inside.to_bytes(4, FORMS[container][2]))


def _read_info(path: Path) -> dict[bytes, bytes]:
    items: dict[bytes, bytes] = {}
    with path.open("rb") as file:
        for name, at, size in _chunks(file):
            if name == b"INFO":
                file.seek(at + 12)
                items |= _items(file.read(size - 4))
    return items


def _items(data: bytes) -> dict[bytes, bytes]:
    items, at = {}, 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        items[data[at : at + 4]] = data[at + 8 : at + 8 + size].rstrip(b"\0")
        at += 8 + size + size % 2
    return items


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")


def _write_info(path: Path, tags: Tags) -> None:
    """Sets our items, at the end of the file; the place of an older list before the end is blanked."""
    items = _read_info(path) | {INFO[field]: text.encode() for field, text in tags.texts().items() if field in INFO}
    body = b"INFO"
    for name, text in items.items():
        ended = text + b"\0"
        body += name + len(ended).to_bytes(4, "little") + ended + b"\0" * (len(ended) % 2)
    with path.open("r+b") as file:
        chunks = list(_chunks(file))
        ends = chunks[-1][1] + 8 + chunks[-1][2] + chunks[-1][2] % 2
        file.seek(ends)
        if ends + 8 + len(body) > MAX_RIFF:
            raise ValueError("it is too large for a RIFF file")
        beyond = file.read()  # what some programs append to the file, outside of its form
        for name, at, _ in chunks:
            if name == b"INFO":
                file.seek(at)
                file.write(b"JUNK")
        file.seek(chunks[-1][1] if chunks[-1][0] == b"INFO" else ends)
        file.write(b"LIST" + len(body).to_bytes(4, "little") + body)
        inside = file.tell() - 8
        file.write(beyond)
        file.truncate()
        file.seek(4)
        file.write(inside.to_bytes(4, "little"))
