"""What the sandbox's SoundCloud holds: users, tracks, playlists, likes, short links. Deterministic from a seed."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # Any: a scenario is JSON

from cloudcrate.sandbox.soundcloud import names

KINDS = ("full", "original", "preview", "blocked", "protected", "protected_late", "private", "gone")
"""``protected``: encrypted streams and dead legacy ones are listed; ``protected_late``: looks whole, but every
media call answers 404; ``gone``: listed in playlists, absent everywhere else."""

FIRST_TRACK = 2_300_000_000  # beyond 2**31, as SoundCloud's are
DEMO_USER, DEMO_SET = "all-lo-collective", "night-bus-home"
HOSTILE = "\x1b]0;pwned\x07../../etc/passwd [/red] \u202ecod.exe"

DEFAULT: Mapping[str, Any] = {  # Any: as above
    "users": [{"permalink": DEMO_USER, "username": "all:Lo Collective"}],
    "playlists": [
        {
            "user": DEMO_USER,
            "slug": DEMO_SET,
            "title": "Night Bus Home",
            "count": 25,
            "seconds": [4, 9],
            "repeats": 1,
            "hostile": True,
            "mix": {"preview": 1, "blocked": 1, "protected": 1, "protected_late": 1, "private": 1, "gone": 1},
            "short": "nightbus",
        }
    ],
}


@dataclass(slots=True, kw_only=True)
class User:
    """Somebody who uploads."""

    id: int
    permalink: str
    username: str
    likes: list[int] = field(default_factory=list)
    reposts: list[int] = field(default_factory=list)
    liked_playlists: "list[SandboxPlaylist]" = field(default_factory=list)
    reposted_playlists: "list[SandboxPlaylist]" = field(default_factory=list)
    hidden: int = 0  # items that the service filters out after paging, before each visible one


@dataclass(slots=True, kw_only=True)
class SandboxTrack:
    """An upload. ``more`` overrides any key of its API object."""

    id: int
    user: User
    title: str
    slug: str
    seconds: float
    kind: str
    genre: str = ""
    label: str | None = None
    artist: str | None = None
    token: str | None = None  # of a private one
    artwork: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)  # Any: as above

    @property
    def milliseconds(self) -> int:
        """The whole length."""
        return round(self.seconds * 1000)


@dataclass(slots=True, kw_only=True)
class SandboxPlaylist:
    """A set. A ``system`` one is made by the service, for somebody, and stands under /discover/sets/."""

    id: int
    user: User
    slug: str
    title: str
    tracks: list[int]
    token: str | None = None
    album: bool = False
    system: bool = False


class World:
    """Everything there is."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.users: dict[str, User] = {}
        self.tracks: dict[int, SandboxTrack] = {}
        self.playlists: list[SandboxPlaylist] = []
        self.shorts: dict[str, str] = {}
        self._dice = random.Random(f"cloudcrate sandbox {seed}")

    @staticmethod
    def from_dict(scenario: Mapping[str, Any]) -> "World":  # Any: as above
        """Builds a world. An empty scenario gives the demo's. Raises: ValueError that names what is wrong."""
        wanted = {key: value for key, value in scenario.items() if key != "seed"} or DEFAULT
        _refuse_unknown("the world", wanted, _SECTIONS)
        world = World(int(scenario.get("seed", 1)))
        for user in wanted.get("users", ()):
            _refuse_unknown("a user", user, _USER_KEYS)
            made = world.user(str(user["permalink"]), str(user.get("username", "")))
            made.hidden = int(user.get("hidden", 0))
        for track in wanted.get("tracks", ()):
            world._add_track(track)
        for playlist in wanted.get("playlists", ()):
            world._add_playlist(playlist)
        for user in wanted.get("users", ()):
            world._add_likes(user)
        world.shorts |= {str(code): str(url) for code, url in wanted.get("shorts", {}).items()}
        return world

    def user(self, permalink: str, username: str = "") -> User:
        """The user of that name, made if need be."""
        if permalink not in self.users:
            number = 9_000_000 + len(self.users)
            self.users[permalink] = User(
                id=number, permalink=permalink, username=username or permalink.replace("-", " ").title()
            )
        return self.users[permalink]

    def _add_likes(self, wanted: Mapping[str, Any]) -> None:  # Any: as above
        user = self.user(str(wanted["permalink"]))
        for name, kept in (("likes", user.likes), ("reposts", user.reposts)):
            listed = wanted.get(name, [])
            kept.extend(
                [self._add_track({}) for _ in range(listed)] if isinstance(listed, int) else self._known(listed)
            )
        user.liked_playlists += self._known_playlists(wanted.get("liked_playlists", ()))
        user.reposted_playlists += self._known_playlists(wanted.get("reposted_playlists", ()))

    def _known_playlists(self, slugs: Iterable[Any]) -> "list[SandboxPlaylist]":  # Any: as above
        by_slug = {playlist.slug: playlist for playlist in self.playlists}
        wanted = list(map(str, slugs))
        missing = [slug for slug in wanted if slug not in by_slug]
        if missing:
            raise ValueError(f"soundcloud: there is no playlist {', '.join(missing)}")
        return [by_slug[slug] for slug in wanted]

    def _known(self, ids: Iterable[Any]) -> list[int]:  # Any: as above
        found = list(map(int, ids))
        missing = [str(track_id) for track_id in found if track_id not in self.tracks]
        if missing:
            raise ValueError(f"soundcloud: there is no track {', '.join(missing)}")
        return found

    def _add_track(self, wanted: Mapping[str, Any]) -> int:  # Any: as above
        _refuse_unknown("a track", wanted, _TRACK_KEYS)
        kind = str(wanted.get("kind", "full"))
        if kind not in KINDS:
            raise ValueError(f"soundcloud: a track of kind {kind!r}; known: {', '.join(KINDS)}")
        dice, number = self._dice, len(self.tracks) + 1
        owner = names.person(dice)
        user = self.user(str(wanted["user"])) if "user" in wanted else self.user(names.slug(owner), owner)
        title = str(wanted.get("title") or names.title(dice, number))
        seconds = float(wanted.get("seconds", round(dice.uniform(4, 9), 2)))
        chosen = {"genre": dice.choice(names.GENRES), "label": dice.choice((None, *names.LABELS))}
        track_id = int(wanted.get("id", FIRST_TRACK + 7 * number))
        self.tracks[track_id] = SandboxTrack(
            id=track_id,
            user=user,
            title=title,
            slug=str(wanted.get("slug") or f"{names.slug(title)[:60].strip('-')}-{number}"),
            seconds=seconds,
            kind=kind,
            genre=str(wanted.get("genre", chosen["genre"])),
            label=wanted.get("label", chosen["label"]),
            artist=wanted.get("artist"),
            token=f"s-{dice.randrange(36**8):08x}" if kind == "private" else None,
            artwork=bool(wanted.get("artwork", True)),
            more=wanted.get("more", {}),
        )
        return track_id

    def _add_playlist(self, wanted: Mapping[str, Any]) -> None:  # Any: as above
        _refuse_unknown("a playlist", wanted, _PLAYLIST_KEYS)
        user = self.user(str(wanted["user"]))
        title = str(wanted.get("title", wanted["slug"]))
        ids = self._known(wanted["tracks"]) if "tracks" in wanted else self._generated(wanted)
        token = f"s-{self._dice.randrange(36**8):08x}" if wanted.get("private") else None
        made = SandboxPlaylist(
            id=1_700_000_000 + len(self.playlists),
            user=user,
            slug=str(wanted["slug"]),
            title=title,
            tracks=ids,
            token=str(wanted["token"]) if "token" in wanted else token,
            album=bool(wanted.get("album", False)),
            system=bool(wanted.get("system", False)),
        )
        self.playlists.append(made)
        if "short" in wanted:
            self.shorts[str(wanted["short"])] = f"https://soundcloud.com/{user.permalink}/sets/{made.slug}"

    def _generated(self, wanted: Mapping[str, Any]) -> list[int]:  # Any: as above
        """``count`` entries: the kinds of ``mix``, the rest full, and ``repeats`` of them standing twice."""
        mix = dict(wanted.get("mix", {}))
        repeats = int(wanted.get("repeats", 0))
        distinct = int(wanted["count"]) - repeats
        kinds = [kind for kind, number in mix.items() for _ in range(int(number))]
        if len(kinds) > distinct:
            raise ValueError(f"soundcloud: the mix of {wanted['slug']!r} has more tracks than its count")
        kinds += ["full"] * (distinct - len(kinds))
        self._dice.shuffle(kinds)
        low, high = wanted.get("seconds", (4, 9))
        ids = [self._add_track({"kind": k, "seconds": round(self._dice.uniform(low, high), 2)}) for k in kinds]
        if wanted.get("hostile"):
            first = next(i for i in ids if self.tracks[i].kind == "full")
            self.tracks[first].title = HOSTILE
        places: Sequence[int] = self._dice.sample(range(distinct), min(repeats, distinct))
        return [*ids, *(ids[place] for place in places)]


_SECTIONS = frozenset({"users", "tracks", "playlists", "shorts"})
_USER_KEYS = frozenset({"permalink", "username", "hidden", "likes", "reposts", "liked_playlists", "reposted_playlists"})
_TRACK_KEYS = frozenset(
    {"id", "user", "title", "slug", "seconds", "kind", "genre", "label", "artist", "artwork", "more"}
)
_PLAYLIST_KEYS = frozenset(
    {"user", "slug", "title", "tracks", "count", "mix", "repeats", "seconds"}
    | {"private", "token", "album", "system", "short", "hostile"}
)


def _refuse_unknown(what: str, wanted: Mapping[str, Any], known: frozenset[str]) -> None:  # Any: as above
    unknown = wanted.keys() - known
    if unknown:
        raise ValueError(f"soundcloud: {what} has no {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
