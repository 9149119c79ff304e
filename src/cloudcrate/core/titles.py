"""Reads a track's title into its parts, so that two spellings of one recording can be compared.

``Artist - Title feat. Guest (Somebody Extended Remix) [Free Download]`` holds an artist, a name, a guest,
a version (``remix``, ``extended``), whose it is (``somebody``) and noise. All parts are folded: case,
compatibility forms, accents of Latin letters, quotes, dashes and kinds of brackets make no difference.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from cloudcrate.core.text import fold
from cloudcrate.core.title_words import ALIASES, COUNTED, KINDS, NUMERALS

Names = frozenset[str]
NOBODY: Names = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleParts:
    """What a title says."""

    artists: Names
    name: str
    versions: Names  # kinds: ``remix``, ``extended``, ``live``; empty for the original
    guests: Names
    by: Names = NOBODY  # the words that say whose version, where or when: ``somebody``, ``2011``
    extras: Names = NOBODY  # whatever else stands in brackets
    symbols: Names = NOBODY  # emoji and the like
    credited: Names = NOBODY  # the artist beside the title, where the title itself names another
    words: str = ""  # all that counts, in order and without brackets

    @property
    def people(self) -> Names:
        """Artists and guests."""
        return self.artists | self.guests


# --- vocabulary ---------------------------------------------------------------------------------

_JOINED = re.compile(
    r"\b(?:(re) (edit|mix|work|fix|master|mastered)|(sped|speed) (up)|(mash) (up)|(a) (cappella|capella)"
    r"|(v) (i) (p)|(tv) (size|サイズ)|(en|ao|dal) (vivo)|(en) (concert)|(na) (zywo))\b"
)
_FILLERS = frozenset({"the", "a", "by", "of", "and", "at", "in", "from", "on", "n", "x", "original", "official", "+"})
_PLACED = ("at", "in", "from", "on")
_YEAR = re.compile(r"(?:19|20)\d\d")

_BARE_VERSION = re.compile(
    r"(?<=\S)[\s,]+((?:extended|radio|club|vip|original|instrumental|dub|acoustic|live) (?:mix|edit|version)"
    r"|vip)"
    r"(?=\s*(?:$|[(\[{|]|\s-+\s))"
)
_PREMIERE = r"(?:(?:world|video|track|album|exclusive) )?premiere|exclusive|free (?:download|dl)|out now"
_NOISE = re.compile(
    rf"{_PREMIERE}|free(?: d/l)?|download|buy|official|hd|hq|4k|coming soon|forthcoming.*"
    r"|(?:out|available) (?:now|today|soon|\d).*"
    r"|(?:official )?(?:hd |4k )?(?:music |lyrics? )?(?:video|visuali[sz]er|audio|lyrics?)"
)
_LEADING_NOISE = re.compile(rf"\A[\s*\[(]*(?:{_PREMIERE})[\s*\])]*[:|]+\s*(?=\S)")
_PRODUCED = re.compile(r"\Aprod(?:uced)?\b\.?(?: by)?\s+")
_TRAILING_NOISE = re.compile(r"(?<=[^\s|/~-])\s+[*!]*(?:out now|free (?:download|dl))[\s!*.]*$")

_ALIKE = str.maketrans(
    dict.fromkeys("‘’‚‛′´ʼ", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("【〔「『《〈⟨", "[")
    | dict.fromkeys("】〕」』》〉⟩", "]")
    | {"×": " x ", "•": " | ", "®": None, "©": None, "™": None, "\ufe0e": None, "\ufe0f": None}
)
_HELD = "\ue000-\uf8ff"  # characters that stand in for what was in brackets
_HOLDER = re.compile(f"([{_HELD}])")
_MAX_GROUPS = 64
_GROUP = re.compile(r"\(([^()\[\]{}]*)\)?|\[([^()\[\]{}]*)\]?|\{([^()\[\]{}]*)\}?")
_GAP = re.compile(rf"[\s.,:;!?\"`*_~|/\\()\[\]{{}}<>=^{_HELD}-]+")
_DASH = re.compile(r"\s+-+\s*|-+\s+|\s*\|+\s*|\s+(?://+|~+)\s+")
_NO_BRACKETS = str.maketrans("()[]{}", "      ")
_GUESTS = re.compile(r"(?:^|(?<=\s))(?:(?:feat|ft|featuring)(?:\.\s*|\s+)|w/\s*)(\S.*)")
_WITH = re.compile(r"with\s+(.+)")
_BETWEEN = re.compile(r"\s*[,;/&+|]\s*|\s+(?:and|x|vs\.?|versus|b2b|pres\.?|presents)\s+")
_SPELLED_VIP = re.compile(r"\bv\. ?i\. ?p\b\.?")


# --- reading ------------------------------------------------------------------------------------


def read_title(title: str, artist: str, uploader: str = "") -> TitleParts:
    """The likeliest reading of a title."""
    return readings(title, artist, uploader)[0]


def readings(title: str, artist: str, uploader: str = "") -> tuple[TitleParts, ...]:
    """Every sensible reading, the likeliest first.

    ``A - B`` beside a third name may be B by A, as labels and channels put it, or a title with a dash in
    it. What is credited to one name and uploaded under another may go by either.
    """
    (outer, guests), uploaders = _people(artist), _people(uploader)[0]
    whole = _Title(title, outer | uploaders)
    pieces = whole.pieces
    if len(pieces) == 1:
        alone = whole.parts(pieces, outer or uploaders, guests)
        if not uploaders or uploaders & alone.artists:
            return (alone,)
        return alone, replace(alone, artists=uploaders, guests=alone.guests - uploaders)
    head, head_guests = _people(pieces[0])
    if head & outer:
        return (whole.parts(pieces[1:], head | outer, head_guests | guests),)
    if outer and _people(pieces[-1])[0] == outer:
        return (whole.parts(pieces[:-1], outer, guests),)
    named = replace(whole.parts(pieces[1:], head, head_guests), credited=outer)
    dashed = whole.parts(pieces, outer, guests)
    if len(pieces) == 2 and _ends_in_version(pieces[1]):
        return (dashed,)
    return (named, dashed) if outer and not head & uploaders else (named,)


def word_set(title: str) -> Names:
    """A quick look: holds every word that the name of some reading of the title can hold."""
    text = _plain(title)
    bare = text if text.isascii() else _without_symbols(text)[0]
    return frozenset({*_words(text).split(), *_words(bare).split()} or {text.replace(" ", "")})


# --- comparing ----------------------------------------------------------------------------------


def compare(one: TitleParts, other: TitleParts) -> str | None:
    """Says what keeps two readings from surely being one recording.

    An empty text: nothing does. None: they are different recordings. Else: the doubt, in words.
    """
    spelled_alike = one.words == other.words
    if not spelled_alike and not _may_be_one(one, other):
        return None
    people = _compare_people(one, other)
    if people is None or people:
        return people
    if one.by != other.by and not spelled_alike:
        return "a row fits, but only one side says whose version it is"
    if one.symbols != other.symbols or (one.extras != other.extras and not spelled_alike):
        return "a row fits, but for words in brackets or symbols on one side only"
    return ""


def _may_be_one(one: TitleParts, other: TitleParts) -> bool:
    """A version on one side only is another recording; its maker, or words in brackets, may be left out."""
    return (
        (one.name, one.versions) == (other.name, other.versions)
        and (one.by == other.by or not one.by or not other.by)
        and (one.extras == other.extras or not one.extras or not other.extras)
    )


def _compare_people(one: TitleParts, other: TitleParts) -> str | None:
    if not one.artists or not other.artists:
        return "a row has its title and length, but there is no artist to compare"
    if not one.people & other.people or (one.guests and other.guests and not one.guests & other.guests):
        return None
    apart = one.people ^ other.people
    if any(not one.by | other.by >= set(person.split()) for person in apart):  # a remixer may be named as an artist
        return "a row fits, but a guest or artist is named on one side only"
    if one.credited and other.credited and not one.credited & other.credited:
        return "a row fits, but another name is credited beside its title"
    return ""


class _Title:
    """A title cut at its dashes, with what stands in brackets held apart."""

    def __init__(self, title: str, known: Names) -> None:
        text = _plain(title)
        self._fallback = _words(text) or text.replace(" ", "")
        text, self._symbols = _without_symbols(text)
        text = _SPELLED_VIP.sub("vip", _TRAILING_NOISE.sub("", _LEADING_NOISE.sub("", text)))
        text = _BARE_VERSION.sub(r" (\1)", text)
        self._groups: list[str] = []
        before = ""
        while before != text:
            before, text = text, _GROUP.sub(self._hold, text)
        pieces = [piece for piece in map(str.strip, _DASH.split(" ".join(text.split()))) if piece]
        self.pieces = _without_noise(pieces, known) or [""]

    def _hold(self, group: re.Match[str]) -> str:
        if len(self._groups) == _MAX_GROUPS:
            return " "
        self._groups.append((group[1] or group[2] or group[3] or "").strip())
        return f" {chr(0xE000 + len(self._groups) - 1)} "

    def parts(self, pieces: Sequence[str], artists: Names, guests: Names) -> TitleParts:
        """Reads ``pieces`` as a name and its versions."""
        count = len(pieces)
        while count > 1 and _ends_in_version(pieces[count - 1]):
            count -= 1
        found = _Found()
        for position, piece in enumerate(pieces):
            for text, held in self._texts(piece, held=False):
                found.add(text, held=held, may_be_version=held or position >= count)
        words = " ".join(found.words) or self._fallback
        return TitleParts(
            artists=artists,
            name=" ".join(found.name) or words,
            versions=frozenset(found.versions),
            guests=(guests | found.guests) - artists,
            by=frozenset(found.by),
            extras=frozenset(found.extras) if found.name else NOBODY,
            symbols=self._symbols,
            words=words,
        )

    def _texts(self, piece: str, *, held: bool) -> Iterator[tuple[str, bool]]:
        """The texts of a piece in order, each with whether it stands in brackets."""
        for part in _HOLDER.split(piece):
            if _HOLDER.fullmatch(part):
                yield from self._texts(self._groups[ord(part) - 0xE000], held=True)
            elif part.strip():
                yield part.strip(), held


class _Found:
    """Collects the parts of a title."""

    def __init__(self) -> None:
        self.name: list[str] = []
        self.words: list[str] = []
        self.versions: set[str] = set()
        self.by: set[str] = set()
        self.guests: set[str] = set()
        self.extras: set[str] = set()

    def add(self, text: str, *, held: bool, may_be_version: bool) -> None:
        """Takes the next text of the title, from inside brackets when ``held``."""
        text, guests = _without_guests(text, held=held)
        self.guests |= guests
        if held and _is_noise(text):
            return
        version = _version(text) if may_be_version else None
        text = _PRODUCED.sub("prod ", text) if held else text
        words = _words(text) if version is None else version.words
        if version is not None:
            self.versions |= version.kinds
            self.by |= version.by
        elif words and held:
            self.extras.add(words)
        elif words:
            self.name.append(words)
        if words:
            self.words.append(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    kinds: Names
    by: Names
    words: str


@lru_cache(maxsize=4096)
def _version(text: str) -> _Version | None:
    """Reads ``somebody's extended remix``; None when it is no version."""
    tokens = _JOINED.sub(_join, _words(text.replace("'s ", " "))).split()
    words = [word for word in _words(text).split() if word != "original"]
    kinds = {KINDS[token] for token in tokens if token in KINDS}
    by = frozenset(token for token in tokens if token not in KINDS and token not in _FILLERS)
    original = "original" in tokens
    if not kinds and (by or not original):
        return None
    if (original and not by) or kinds - {"mix", "version"}:
        kinds -= {"mix", "version"}
    if "radio" in kinds:
        kinds.discard("edit")
    return _Version(kinds=frozenset(kinds), by=by, words=" ".join(words) if kinds else "")


def _join(found: re.Match[str]) -> str:
    return "".join(filter(None, found.groups()))


def _ends_in_version(piece: str) -> bool:
    """Says whether a piece between dashes is a version, as ``Kink Remix`` is and ``Live Forever`` is not."""
    tokens = _JOINED.sub(_join, _words(piece)).split()
    while len(tokens) > 1 and _YEAR.fullmatch(tokens[-1]):
        tokens.pop()
    if not tokens or _version(" ".join(tokens)) is None:
        return False
    return tokens[-1] in KINDS or tokens[-1] == "original" or (tokens[0] == "live" and tokens[1] in _PLACED)


def _without_noise(pieces: list[str], known: Names) -> list[str]:
    """Drops pieces that say nothing, but never one that could be the name."""
    if len(pieces) > 1 and _is_noise(pieces[0]):
        pieces = pieces[1:]
    while len(pieces) > 1 and _is_noise(pieces[-1]):
        if len(pieces) == 2 and _people(pieces[0])[0] & known:
            break
        pieces = pieces[:-1]
    return pieces


def _is_noise(text: str) -> bool:
    return _NOISE.fullmatch(text.strip(" *!-~.")) is not None


def _without_guests(text: str, *, held: bool) -> tuple[str, Names]:
    """Takes ``feat. Somebody`` off a text; in brackets ``with Somebody`` means the same."""
    if found := (held and _WITH.fullmatch(text)) or _GUESTS.search(text):
        return text[: found.start()].strip(), _names(found[1])
    return text, NOBODY


@lru_cache(maxsize=8192)
def _people(text: str) -> tuple[Names, Names]:
    """The artists and the guests that an artist's name holds."""
    plain = " ".join(_HOLDER.sub(" ", _plain(text).translate(_NO_BRACKETS)).split())
    artists, guests = _without_guests(plain, held=False)
    return _names(artists), guests


def _names(text: str) -> Names:
    return frozenset(filter(None, map(_one_name, _BETWEEN.split(text))))


def _one_name(text: str) -> str:
    words = _words(text).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if len(words) > 1 and words[-1] == "official":
        words = words[:-1]
    return " ".join(words) or text.strip()


def _without_symbols(text: str) -> tuple[str, Names]:
    if text.isascii():
        return text, NOBODY
    symbols = frozenset(c for c in text if c > "\x7f" and unicodedata.category(c) in ("So", "Sk"))
    return "".join(c for c in text if c not in symbols), symbols


def _words(text: str) -> str:
    """The words of a plain text, without punctuation."""
    text = text.replace("'", "").replace("&", " and ").replace(" @ ", " at ")
    words = [ALIASES.get(word, word) for word in _GAP.sub(" ", text).split()]
    if not COUNTED.isdisjoint(words):
        before = ["", *words]
        words = [NUMERALS.get(w, w) if b in COUNTED else w for b, w in zip(before, words, strict=False)]
    return " ".join(words)


def _plain(text: str) -> str:
    """A text with one form for what looks alike."""
    if text.isascii():
        return fold(text)
    folded = fold(text.translate(_ALIKE)).translate(_ALIKE)
    bare: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFD", folded):
        if "\u0300" <= char <= "\u036f":
            if base.isascii() or (char == "\u0301" and "\u0370" <= base <= "\u03ff"):
                continue  # Latin letters are written without their marks, Greek capitals without the stress
        else:
            base = char
        bare.append(char)
    return unicodedata.normalize("NFC", _HOLDER.sub("", "".join(bare)))
