"""Hostile and colliding names given in a real folder, and a judge of what then lies there."""

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.library import tag
from cloudcrate.adapters.library.disk import Disk
from cloudcrate.adapters.library.ffmpeg import Ffmpeg, executable
from cloudcrate.adapters.library.shelf import Shelf
from cloudcrate.core import naming
from cloudcrate.core.model import Availability, StoredFile, Track, TrackId
from cloudcrate.core.tagging import tags_of
from cloudcrate.errors import DiskError

SUFFIX = ".mp3"
LONGEST_PART = 200
"""Bytes of a name without its suffix: with it, and with room to spare, what every filesystem takes."""

TEMPLATES = (naming.TEMPLATE, "{title}", "{genre}/{artist}/{title}")

WORDS = (
    "", " ", ".", "..", "...", "/", "\\", "//", "../../../../tmp/out", "/etc/passwd", "..\\..\\out", "C:\\Windows\\x",
    "\\\\server\\share", "~root", "~", "-rf", "--", ".hidden", ".cloudcrate", ".cloudcrate.json", ".cloudcrate/staging",
    "CON", "con", "CON.mp3", "nul", "NUL ", "aux.", "PRN.tar.gz", "COM1", "lpt9.txt", "com¹", "CONIN$", "clock$",
    "quarantine", "Quarantine", "QUARANTINE.", "playlists", "PLAYLISTS", "play\u200blists", "originals", "Originals ",
    "untitled", "Unknown Artist", "Song", "SONG", "song", "Song.", "Song ", " Song", "So\u200bng", "Song\u202e3pm.exe",
    "\u202egnoS", "\u2066Song\u2069", "\ufeffSong", "Song\0", "So\nng", "So\tng", "\x1b[2JSong", "Song\x7f", "Song?",
    "Song*", "Song|", "So:ng", "So/ng", "So\\ng", "<Song>", '"Song"', "Song;rm -rf ~", "$(Song)", "`Song`", "%2e%2e%2f",
    "é", "e\u0301", "É", "E\u0301", "Å", "A\u030a", "\u212b", "K", "\u212a", "k", "ß", "ss", "SS", "ẞ", "ﬁ", "fi", "İ",
    "i\u0307", "ı", "ς", "σ", "Σ", "Ω", "\u2126", "ǆ", "ǅ", "가", "\u1100\u1161", "ᾳ", "α\u0345", "ΑΙ", "ŉ", "ʼn",
    "🎧", "👩‍👩‍👧", "🏳️‍🌈", "🎧🎧🎧", "\u0301", "\u0301\u0302Song", "\ud800", "Song\udfff", "夜行バス", "اغنية", "שיר",
    "x" * 300, "X" * 300, "é" * 300, "e\u0301" * 300, "🎧" * 300, "가" * 300, "ﷺ" * 100, "x" * 179 + ".", "x" * 180,
    "x" * 176 + " [1]", "." * 300, " " * 300, "a" * 178 + "é", "a" * 179 + "é",
)  # fmt: skip
"""Texts that have broken somebody's naming, and twins of one another."""

RESERVED = re.compile(r"(?i:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])")

Placing = Callable[[Path, StoredFile, str], StoredFile]
"""What gives a staged file its name: ``Shelf.place``, or one that is to be caught."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What came of naming."""

    tracks: int
    foreign: int
    aside: int  # tracks that got another name than the one meant: it was taken
    folders: int
    longest: int  # bytes of a part of a path
    wrong: list[tuple[str, str]] = field(default_factory=list)  # the kind, and what it is


def hostile(count: int, seed: int) -> Iterator[Track]:
    """Tracks with such texts; few enough of them that most names are wanted by many tracks."""
    dice = random.Random(f"names {seed}")
    for number in range(1, count + 1):
        title, artist, genre = (_text(dice, count) for _ in range(3))
        yield Track(
            id=TrackId(number), title=title, artist=artist, uploader=dice.choice(WORDS), genre=genre,
            url=f"https://soundcloud.com/ada/song-{number}", duration_ms=1000, availability=Availability.FULL,
        )  # fmt: skip


def _text(dice: random.Random, count: int) -> str:
    words = [dice.choice(WORDS)]
    while dice.random() < 0.3:
        words.append(dice.choice(WORDS))
    text = dice.choice(("", " ", " - ", "/", ".")).join(words)
    if dice.random() < 0.1:
        text += f" [{dice.randrange(1, count + 1)}]"  # as another track's file may be named
    return dice.choice((str, str, str.upper, str.swapcase, _composed, _decomposed))(text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


class Library:
    """A folder in ``root`` that foreign files are in, and the tracks that get their names there."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.staging = root / ".cloudcrate" / "staging"
        self.staging.mkdir(parents=True)
        self.foreign: dict[str, bytes] = {}
        self.placed: dict[TrackId, tuple[str, str]] = {}  # path and digest of the bytes
        self.dice = random.Random(f"foreign {seed}")
        self._folders: dict[str, str] = {}
        self._names: set[str] = set()

    def occupy(self, tracks: Sequence[Track], template: str) -> None:
        """Puts foreign files where a third of the tracks belongs, some where their names with the id would be."""
        for track in tracks:
            if self.dice.random() < 1 / 3:
                stem = naming.stem(track, template)
                self._put(stem)
                marked = naming.with_id(stem, track.id)
                for more in (marked, f"{marked} 2", f"{marked} 3")[: self.dice.choice((0, 0, 0, 1, 2, 3))]:
                    self._put(more)

    def _put(self, stem: str) -> None:
        """In another case or form at times; but no two of the user's own names are one elsewhere."""
        *folders, name = f"{stem}{SUFFIX}".split("/")
        path = ""
        for folder in folders:
            path += f"{self._folders.setdefault(_keys(path + folder)[1], self._other_form(folder))}/"
        path += self._other_form(name)
        if self._names.isdisjoint(_keys(path)):
            self._names.update(_keys(path))
            self.foreign[path] = f"mine: {len(self.foreign)}".encode()
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(self.foreign[path])

    def _other_form(self, name: str) -> str:
        other = self.dice.choice((str, str.swapcase, str.upper, _decomposed))(name)
        return other if len(other.encode()) <= 255 else name

    def stage(self, track: Track) -> tuple[Path, StoredFile, str]:
        """A tagged file that waits for its name; with the digest of its bytes."""
        path = self.staging / f"{track.id}{SUFFIX}"
        frame = b"\xff\xfb\x90\x64".ljust(417, b"\0")  # 128 kbit/s at 44.1 kHz, silent
        path.write_bytes(frame * 4)
        bitrate = tag.write(path, "mp3", tags_of(track), None)
        digest = sha256(path.read_bytes()).hexdigest()
        size = path.stat().st_size
        file = StoredFile(path="", size=size, sha256=digest, format="mp3", bitrate=bitrate, seconds=0.104)
        return path, file, digest


class _Unsynced(Disk):
    """The question is which names are given, not whether they last."""

    def sync(self, path: Path) -> None:
        """Nothing."""


def shelf_place(root: Path) -> Placing:
    """The library's own way."""
    staged = root / ".cloudcrate" / "staging"
    return Shelf(root, _Unsynced(), Ffmpeg(executable), lambda name: staged / name).place


def run(
    root: Path,
    count: int,
    *,
    seed: int = 0,
    template: str = naming.TEMPLATE,
    name: Callable[[Track], str] | None = None,
    placing: Callable[[Path], Placing] = shelf_place,
) -> Figures:
    """Names ``count`` tracks in ``root``, alone in its parent folder; ``name`` and ``placing`` are what is judged."""
    tracks = list(hostile(count, seed))
    library, place = Library(root, seed), placing(root)
    library.occupy(tracks, template)
    give = name or naming.Stems({}, template).give
    wrong: list[tuple[str, str]] = []
    aside = 0
    for track in tracks:
        source, file, digest = library.stage(track)
        stem = give(track)
        try:
            given = place(source, file, stem)
        except (DiskError, OSError, ValueError) as error:
            wrong.append(("refused", f"{stem!r}: {error}"))
            source.unlink(missing_ok=True)
            continue
        library.placed[track.id] = given.path, digest
        aside += given.stem != naming.stem(track, template)
    wrong += judge(library)
    paths = [path for path, _ in library.placed.values()]
    folders = {PurePosixPath(path).parent for path in paths}
    longest = max((len(part.encode("utf-8", "replace")) for path in paths for part in path.split("/")), default=0)
    return Figures(
        tracks=len(tracks),
        foreign=len(library.foreign),
        aside=aside,
        folders=len(folders),
        longest=longest,
        wrong=wrong,
    )


# --- the judge: knows nothing of how names are made -------------------------------------------


def judge(library: Library) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with what is in the folder, and beside it."""
    root = library.root
    found = [path for path in root.parent.rglob("*") if not path.is_relative_to(root / ".cloudcrate")]
    yield from (("escape", str(path)) for path in found if not path.is_relative_to(root))
    inside = [path for path in found if path.is_relative_to(root) and path != root]
    there = {path.relative_to(root).as_posix() for path in inside if path.is_file()}
    theirs = {part for path in library.foreign for part in path.split("/")[:-1]}
    for path, digest in library.placed.values():
        yield from _wrong_path(root, path, theirs)
        if not (root / path).is_file() or sha256((root / path).read_bytes()).hexdigest() != digest:
            yield "overwritten", path
    for path, content in library.foreign.items():
        if not (root / path).is_file() or (root / path).read_bytes() != content:
            yield "foreign overwritten", path
    ours = Counter(path for path, _ in library.placed.values())
    yield from (("shared", path) for path, times in ours.items() if times > 1 or path in library.foreign)
    yield from (("stray", path) for path in there - library.foreign.keys() - ours.keys())
    yield from (("left in staging", path.name) for path in library.staging.iterdir())
    for form in (0, 1):
        names = Counter(_keys(path.relative_to(root).as_posix())[form] for path in inside)
        yield from (("one name", key) for key, times in names.items() if times > 1)


def _keys(path: str) -> tuple[str, str]:
    """What a name is on disks that fold case and accents, one way and the other."""
    return _composed(path).casefold(), _decomposed(_decomposed(path).casefold())


def _wrong_path(root: Path, path: str, theirs: Set[str]) -> Iterator[tuple[str, str]]:
    parts = path.split("/")
    if ".." in parts or path.startswith("/") or not (root / path).resolve().is_relative_to(root.resolve()):
        yield "escape", path
    if _keys(parts[0])[1] in ("quarantine", "playlists", "originals"):
        yield "kept folder", path
    for part in parts:
        size = len(part.encode("utf-8", "surrogatepass"))
        # A folder of the user's is used as it is spelled, decomposed and so longer at times.
        longest = 255 if part in theirs and part is not parts[-1] else LONGEST_PART
        if size > longest + (len(SUFFIX) if part is parts[-1] else 0):
            yield "too long", f"{size} bytes: {part}"
        if (
            not part.removesuffix(SUFFIX)
            or re.search(r'[<>:"|?*\\]', part)
            or any(unicodedata.category(c)[0] == "C" for c in part)
            or part[-1] in " ."
            or part[0] in ".-~ "
            or RESERVED.fullmatch(part.partition(".")[0].rstrip())
        ):
            yield "not portable", ascii(path)
