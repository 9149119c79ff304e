"""What the user gave, read as a link to SoundCloud."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from cloudcrate.core.text import visible
from cloudcrate.errors import LinkError


class LinkKind(Enum):
    """What a link names."""

    SET = "set"  # a playlist, or SoundCloud's own system playlist
    TRACK = "track"
    TRACKS = "tracks"  # a user's uploads
    LIKES = "likes"
    REPOSTS = "reposts"
    ALBUMS = "albums"
    SHORT = "short"  # on.soundcloud.com: leads to one of the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in its canonical form: https, no query, no fragment, the secret token apart.

    A list of a user's ends with its kind: ``https://soundcloud.com/USER/likes``, uploads with ``/tracks``.
    What was given by number stays so: ``https://api.soundcloud.com/playlists/136000376``.
    """

    kind: LinkKind
    url: str
    secret_token: str | None = field(default=None, repr=False)


POSSIBLE = (
    "Give the link of a playlist, a track, or a user's /tracks, /likes, /reposts or /albums: "
    "https://soundcloud.com/USER/sets/PLAYLIST"
)

_WEB = frozenset({"soundcloud.com", "www.soundcloud.com", "m.soundcloud.com"})
_API = frozenset({"api.soundcloud.com", "api-v2.soundcloud.com"})
_SHORT = frozenset({"on.soundcloud.com", "soundcloud.app.goo.gl"})
_WIDGET = "w.soundcloud.com"
_HOSTS = _WEB | _API | _SHORT | {_WIDGET}

_SCHEME = re.compile(r"(?:([a-z][a-z0-9+.-]*):)?//", re.IGNORECASE)
_SCHEMELESS = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(_HOSTS)))})(?=[/?#:]|$)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/\S", re.IGNORECASE)
_URN = re.compile(r"soundcloud(?::|%3a)(playlists|tracks|users)(?::|%3a)([0-9]{1,19})", re.IGNORECASE)
_TOKEN = re.compile(r"s-[A-Za-z0-9]{3,64}")
_SLUG = re.compile(r"[\w-]+")
_SYSTEM_SLUG = re.compile(r"[\w:.-]*\w[\w:.-]*")

_LISTS = {kind.value: kind for kind in (LinkKind.TRACKS, LinkKind.LIKES, LinkKind.REPOSTS, LinkKind.ALBUMS)}
_USER_PAGES = frozenset({"comments", "followers", "following", "popular-tracks", "sets", "spotlight", "toptracks"})
_KEYWORDS = _USER_PAGES | _LISTS.keys()
_PLACES = frozenset(
    {
        "charts",
        "discover",
        "feed",
        "home",
        "jobs",
        "library",
        "login",
        "logout",
        "messages",
        "mobile",
        "notifications",
        "pages",
        "people",
        "search",
        "settings",
        "signin",
        "signup",
        "stations",
        "stream",
        "tags",
        "upload",
        "you",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    host: str  # lower-case
    segments: tuple[str, ...]  # of the path, decoded once, without empty ones
    query: Mapping[str, str]

    @property
    def token(self) -> str | None:
        given = self.query.get("secret_token", "")
        return given if _TOKEN.fullmatch(given) else None


def parse_link(text: str) -> Link | None:
    """Reads ``text`` as a link; None when it is a name or a sentence.

    Raises: LinkError when it is a link but names no playlist, track or list of tracks on SoundCloud.
    """
    address = _address(text)
    return None if address is None else _read(address)


def normal_url(text: str | None) -> str | None:
    """The key by which two links to the same thing are equal; None when it leads to nothing on SoundCloud.

    Case-folded host and path without query, mobile host, trailing slash and secret token. Only the code of
    a short link keeps its case, for which it stands. Normalising twice changes nothing.
    """
    try:
        address = _address(text or "")
        if address is not None and address.host == _WIDGET:
            address = _embedded(address)
    except LinkError:
        return None
    if address is None or not address.segments:
        return None
    if address.host in _SHORT:
        return _key(address.host, address.segments)
    segments = tuple(s.casefold() for s in address.segments)
    if address.host in _API:
        return _key("api.soundcloud.com", tuple(map(_number, segments))).casefold()
    return _key("soundcloud.com", _without_token(segments)[0]).casefold()


def _key(host: str, segments: tuple[str, ...]) -> str:
    return "/".join((host, *(quote(s, safe="", errors="replace") for s in segments)))


# --- reading the address ------------------------------------------------------------------------


def _address(text: str) -> _Address | None:
    """Splits a link to one of SoundCloud's hosts. Raises: LinkError for any other link."""
    text = text.strip().strip("<>\"'`").strip()
    if urn := _URN.fullmatch(text):
        text = f"https://api.soundcloud.com/{urn[1].lower()}/{urn[2]}"
    scheme = _SCHEME.match(text)
    if len(text.split()) != 1 or not (scheme or _SCHEMELESS.match(text) or _ELSEWHERE.match(text)):
        return None
    if scheme and (scheme[1] or "https").lower() not in ("http", "https"):
        raise LinkError(f"{_shown(scheme[1])}:// links are not understood.", hint=POSSIBLE)
    return _split(text if scheme else f"//{text}")


def _split(url: str) -> _Address:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError as error:
        raise LinkError("This link is damaged.", hint=POSSIBLE) from error
    if parts.username is not None or parts.password is not None or port not in (None, 80, 443):
        raise LinkError("A link with a user name, a password or a port is not followed.", hint=POSSIBLE)
    if host not in _HOSTS:
        raise LinkError(f"{_shown(host) or 'This'} is not SoundCloud.", hint=POSSIBLE)
    segments = tuple(map(_segment, (part for part in parts.path.split("/") if part)))
    return _Address(host=host, segments=segments, query=dict(parse_qsl(parts.query)))


def _segment(part: str) -> str:
    decoded = unquote(part)
    return decoded.lower() if decoded.lower() in _KEYWORDS else decoded


def _embedded(address: _Address) -> _Address:
    """The address that a player shows."""
    inner = _address(address.query.get("url", ""))
    if address.segments != ("player",) or inner is None or inner.host == _WIDGET:
        raise LinkError("This player's link does not say what it plays.", hint=POSSIBLE)
    return _Address(host=inner.host, segments=inner.segments, query={**address.query, **inner.query})


def _without_token(segments: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """Takes the secret token off the end of a track's or a set's path."""
    named = 3 if segments[1:2] == ("sets",) else 2
    if len(segments) == named + 1 and _TOKEN.fullmatch(segments[named]):
        return segments[:named], segments[named]
    return segments, None


# --- what it names ------------------------------------------------------------------------------


def _read(address: _Address) -> Link:
    if address.host == _WIDGET:
        address = _embedded(address)
    if address.host in _SHORT:
        return _short(address)
    if address.host in _API:
        return _by_number(address)
    place = address.segments[0].casefold() if address.segments else ""
    if place in _PLACES:
        return _system_set(address, place)
    return _by_name(address)


def _short(address: _Address) -> Link:
    if not address.segments or not all(map(_SLUG.fullmatch, address.segments)):
        raise LinkError("This short link has no code.", hint=POSSIBLE)
    return Link(kind=LinkKind.SHORT, url=_url(address.host, address.segments))


def _by_number(address: _Address) -> Link:
    what, number, *rest = (*address.segments, "", "")
    number, wanted = _number(number), "/".join(filter(None, rest))
    kind = {"playlists": LinkKind.SET, "tracks": LinkKind.TRACK}.get(what)
    if what == "users":
        kind = _LISTS.get(wanted or "tracks")
        wanted = kind.value if kind else ""
    elif wanted:
        kind = None
    if kind is None or not re.fullmatch(r"[0-9]{1,19}", number):
        raise LinkError("This link into SoundCloud's API names no playlist, track or user.", hint=POSSIBLE)
    path = (what, number, wanted) if wanted else (what, number)
    return Link(kind=kind, url=_url("api.soundcloud.com", path), secret_token=address.token)


def _number(segment: str) -> str:
    """The number out of an urn, which may still be percent-encoded; any other segment as it is."""
    urn = _URN.fullmatch(segment)
    return urn[2] if urn else segment


def _system_set(address: _Address, place: str) -> Link:
    """A playlist that SoundCloud makes: ``/discover/sets/NAME``, ``/stations/track/USER/TRACK``."""
    rest = address.segments[1:]
    charts = place == "discover" and len(rest) == 2 and rest[0] == "sets" and _SYSTEM_SLUG.fullmatch(rest[1])
    station = place == "stations" and len(rest) == 3 and rest[0] == "track" and all(map(_SLUG.fullmatch, rest))
    if not charts and not station:
        raise LinkError(f"soundcloud.com/{place} is a page of SoundCloud's, not a list of tracks.", hint=POSSIBLE)
    return Link(kind=LinkKind.SET, url=_url("soundcloud.com", (place, *rest)))


def _by_name(address: _Address) -> Link:
    segments, token = _without_token(address.segments)
    if not segments or not all(map(_SLUG.fullmatch, segments)):
        raise LinkError("This link names no playlist, track or user.", hint=POSSIBLE)
    user, page, *rest = segments if len(segments) > 1 else (*segments, "tracks")
    url = _url("soundcloud.com", (user, page, *rest))
    if page == "sets" and len(rest) == 1:
        return Link(kind=LinkKind.SET, url=url, secret_token=token or address.token)
    if rest:
        raise LinkError("This link leads to a page about a track, a playlist or a user.", hint=_shorter(segments))
    if page in _USER_PAGES:
        raise LinkError(f"A user's /{page} page cannot be synced.", hint=POSSIBLE)
    if page in _LISTS:
        return Link(kind=_LISTS[page], url=url)
    return Link(kind=LinkKind.TRACK, url=url, secret_token=token or address.token)


def _shorter(segments: tuple[str, ...]) -> str:
    named = 3 if segments[1] == "sets" else 2
    return f"Try {_url('soundcloud.com', segments[:named])}"


def _url(host: str, segments: tuple[str, ...]) -> str:
    return "/".join((f"https://{host}", *(quote(s, safe=":") for s in segments)))


def _shown(text: str) -> str:
    return visible(text)[:80]
