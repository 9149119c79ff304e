"""What a track's file says of it: the texts that go into its tags, and where a title holds its artist."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from urllib.parse import quote

from cloudcrate.core.link import LinkKind, parse_link
from cloudcrate.core.model import Track, TrackId
from cloudcrate.core.text import clean, fold
from cloudcrate.core.titles import read_title
from cloudcrate.errors import LinkError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What a file carries. Texts are clean; an empty one is absent.

    A year is four digits, whatever date it is taken from; a link is in its percent-encoded form.
    """

    title: str = ""
    artist: str = ""
    album_artist: str = ""
    album: str = ""
    genre: str = ""
    year: str = ""
    label: str = ""
    isrc: str = ""
    url: str = ""
    comment: str = ""
    track_id: TrackId | None = None

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self) if field.name != "track_id"):
            object.__setattr__(self, name, clean(getattr(self, name)))
        year = re.match(r"[0-9]{4}", self.year)
        object.__setattr__(self, "year", year.group() if year else "")
        object.__setattr__(self, "url", quote(self.url, safe=":/?#[]@!$&'()*+,;=%~"))

    def texts(self) -> dict[str, str]:
        """What is present, by name; the id in digits."""
        present = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: str(value) for name, value in present if value not in ("", None)}


def tags_of(track: Track, *, album: str = "", album_artist: str = "") -> Tags:
    """The tags of a track; its album, and whose album that is, where it belongs to one.

    The artist is the publisher's, else what the title holds before its dash, else the uploader. The link is
    the public one: a private track's secret token does not travel in its file.
    """
    artist, title = artist_and_title(track.title, track.artist, track.uploader)
    link = soundcloud_link(track.url) or _public(track.url, track.secret_token)
    return Tags(
        title=title,
        artist=artist,
        album=album,
        album_artist=album_artist or (artist if clean(album) else ""),
        genre=track.genre or "",
        year=track.released or track.posted or "",
        label=track.label or "",
        isrc=track.isrc or "",
        url=link,
        comment=link,
        track_id=track.id,
    )


def found_tags(texts: Mapping[str, str], *, links: Iterable[str]) -> Tags:
    """The tags that a file's texts, by name, amount to: the first track's link among ``links`` is its own."""
    link = next(filter(None, map(soundcloud_link, links)), "")
    number = texts.get("track_id", "")
    told = {name: text for name, text in texts.items() if name not in ("track_id", "url")}
    track_id = TrackId(int(number)) if re.fullmatch(r"[0-9]{1,19}", number) else None
    return Tags(**told, url=link or texts.get("url", ""), track_id=track_id)


_LINK = re.compile(r"(?:https?://)?(?:(?:www|m)\.)?soundcloud\.com/[^\s<>\"'\])]+", re.IGNORECASE)
_MAX_LINKS = 8


def soundcloud_link(text: str) -> str:
    """The first link to a SoundCloud track in a text, in its canonical form; empty when there is none."""
    for number, found in enumerate(_LINK.finditer(text)):
        if number == _MAX_LINKS:
            break
        try:
            link = parse_link(found.group().rstrip(".,;:!"))
        except LinkError:
            continue
        if link is not None and link.kind is LinkKind.TRACK:
            return link.url
    return ""


def _public(url: str, secret_token: str | None) -> str:
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return bare.removesuffix(f"/{secret_token}") if secret_token else bare


# --- the artist in the title --------------------------------------------------------------------

_MAX_TITLE = 300
"""Characters; SoundCloud's own limit is 100. What is longer is not looked into."""

_DASH = re.compile(r"(?<= )[-–—](?= )")
_NOISE = re.compile(
    r"premi[eèé]re|free (?:download|dl)|exclusive|out now|coming soon|forthcoming|unreleased|www\.|https?:|[|#@]|: ",
    re.IGNORECASE,
)
"""Anywhere on the left it tells that more than an artist stands there."""

_NO_ARTIST = re.compile(
    r"(?:the )?(?:new|new (?:release|track|single|music)|wip|id|(?:dj|live|guest)[ -]?(?:set|mix)|podcast|interview|"
    r"single|album|ep|lp|track|intro|outro|interlude|skit|bonus(?: track)?|untitled|unknown(?: artist)?|"
    r"various(?: artists)?|v\.?/?a\.?|n/a|tba|side [a-f12]|[a-f][1-9]|[a-z]{2,}[ -]?\d{3,}|"
    r".*\b(?:podcast|mix|mixtape|mixes|episode|eps?|vol|volume|part|pt|chapter|series|radio|show|session|set|disc|cd"
    r"|track|no|nr|issue|edition)\b\.? ?\d+)",
    re.IGNORECASE,
)
"""A left side that numbers or names something else: ``Podcast 012``, ``B2``, ``HYPE040``."""

_NO_TITLE = re.compile(
    r"(?:feat|ft|featuring|prod|produced|by|mixed|remixed|from)\b.*|w/.*|side [a-f12]|[ab]-side"
    r"|(?:ep|lp|single|album)"
    r"|(?:part|pt|vol|volume|chapter|episode|ep|act|no|nr)\b\.? ?(?:\d+|[ivx]+|one|two|three|four|five)",
    re.IGNORECASE,
)
_CATALOGUE = re.compile(r"[A-Z]{2,}[ -]?[0-9]{2,}")
_OPENING, _CLOSING = "([{", ")]}"


def artist_and_title(title: str, artist: str, uploader: str) -> tuple[str, str]:
    """The artist, and the title without it.

    ``Artist - Title`` is cut only where nothing else can be meant, and the artist's or uploader's own name is
    taken off the front; every other title stays whole. Reading the answer again changes nothing.
    """
    title, artist, uploader = clean(title), clean(artist), clean(uploader)
    credited = bool(artist) and fold(artist) != fold(uploader)
    artist = artist or uploader
    if len(title) > _MAX_TITLE:
        return artist, title
    own = {fold(artist), fold(uploader)} - {""}
    parts = _at_first_dash(title)
    if parts is not None and fold(parts[0]) in own:
        return artist, parts[1] if _stands_alone(parts[1], own, credited=credited) else title
    return (not credited and _split(title, uploader)) or (artist, title)


def _at_first_dash(title: str) -> tuple[str, str] | None:
    dash = _DASH.search(_masked(title))
    return (title[: dash.start() - 1], title[dash.end() + 1 :]) if dash else None


def _stands_alone(rest: str, own: set[str], *, credited: bool) -> bool:
    """Says whether what follows the artist's own name is a title, and will not be cut again."""
    again = _at_first_dash(rest)
    if not _has_words(rest) or _is_bare_version(rest) or (again is not None and fold(again[0]) in own):
        return False
    return credited or _split(rest, "") is None


def _split(title: str, uploader: str) -> tuple[str, str] | None:
    """Cuts ``Artist - Title`` where the artist is not known beforehand; None when in doubt."""
    parts = _at_first_dash(title)
    if parts is None or _at_first_dash(parts[1]) is not None:
        return None
    left, right = parts
    if not _may_be_artist(left) or not _may_be_title(right):
        return None
    named = read_title(title, "").artists
    if not named or named != _people(_outside(left)) or (uploader and _people(right) == _people(uploader)):
        return None
    return left, right


def _may_be_artist(left: str) -> bool:
    if not any(map(str.isalpha, left)) or left[0] in _OPENING + _CLOSING or _NOISE.search(left):
        return False
    if _NO_ARTIST.fullmatch(left):
        return False
    return not read_title(left, "").versions and bool(read_title(f"x - {left}", "").artists)


def _may_be_title(right: str) -> bool:
    bare = right.strip(" .*!")
    if not _has_words(right) or not any(map(str.isalpha, right)) or _NO_TITLE.fullmatch(bare):
        return False
    return not _CATALOGUE.fullmatch(bare) and not _is_bare_version(right)


def _has_words(text: str) -> bool:
    """Says whether there is a letter or digit outside of brackets, and no dash before all."""
    return text[0] not in "-–—" and any(map(str.isalnum, _masked(text)))


def _is_bare_version(text: str) -> bool:
    """Says whether this is noise or a version and no more: ``Extended Mix``, ``Live``, but not ``Kink Remix``."""
    read = read_title(f"x ({_outside(text)})", "")
    return not read.extras and not read.guests and all(map(str.isdecimal, read.by))


def _outside(text: str) -> str:
    """What does not stand in brackets."""
    return "".join(char for char, mask in zip(text, _masked(text), strict=True) if mask != "\0").strip()


def _people(name: str) -> frozenset[str]:
    return read_title("x", name).artists


def _masked(text: str) -> str:
    """``text`` with NUL for everything in brackets, and for all that follows one that is never closed."""
    depth, kept = 0, []
    for char in text:
        if char in _CLOSING:
            depth = max(0, depth - 1)
        kept.append("\0" if depth or char in _OPENING + _CLOSING else char)
        if char in _OPENING:
            depth += 1
    return "".join(kept)
