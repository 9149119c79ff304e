"""Decides which row of the catalog is which track, and why.

What is remembered goes first. Then three rules, in this order: the row holds the track's SoundCloud id;
it holds its link; it has its title, artist and length. The last never guesses: what fits only almost, or
fits twice, is left to the user. A row that belongs to another track is nobody's candidate, and no row is
given to two tracks. The order of tracks and rows makes no difference.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudcrate.core.link import normal_url
from cloudcrate.core.model import Field, Page, PageId, Track, TrackId
from cloudcrate.core.text import clean, fold
from cloudcrate.core.titles import TitleParts, compare, readings, word_set

LENGTH_TOLERANCE = 2.0  # seconds
_DAYS = 1e6  # seconds; what claims to be longer says nothing

REMEMBERED = "remembered as its row"
SAME_ID = "same SoundCloud ID"
SAME_LINK = "same link"
SAME_TITLE = "same title, artist and length (±2 s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One row is the track's; ``rule`` says in words how that is known."""

    page_id: PageId
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Rows that could be the track's, in the order of their ids, and why none was chosen."""

    page_ids: tuple[PageId, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """No row could be the track's."""


Match = Found | Ambiguous | NotFound


_NUMBER = re.compile(r"(?:soundcloud:tracks:)?([0-9]{1,19})")
_PREFIXED = re.compile(r"\S.*?\s+[-–—]\s+(\S.*)")

_Possible = dict[PageId, str]
"""Rows that could be a track's, each with what speaks against it; an empty text when nothing does."""


Refused = Mapping[TrackId, Collection[PageId]]
"""Rows of which the user has said that they are not the track's."""


def match(
    tracks: Sequence[Track],
    pages: Sequence[Page],
    owners: Mapping[PageId, TrackId],
    refused: Refused | None = None,
) -> dict[TrackId, Match]:
    """Judges every track. ``owners`` are the rows that are known to belong to a track."""
    table = _Table(pages, owners, refused or {})
    matches: dict[TrackId, Match] = {}
    for exact in (table.by_memory, table.by_id, table.by_link):
        for track in sorted(tracks, key=lambda track: track.id):
            if track.id not in matches and (found := exact(track)) is not None:
                matches[track.id] = found
    strangers = {track.id: track for track in tracks if track.id not in matches}
    matches |= _settle(_by_title(strangers.values(), table))
    return {track.id: matches[track.id] for track in tracks}


def title_lookups(track: Track) -> tuple[str, ...]:
    """The exact titles, at most three, under which a catalog may hold the track."""
    title, artist = clean(track.title), clean(track.artist)
    prefixed = _PREFIXED.fullmatch(title)
    bare = prefixed[1] if prefixed else title
    full = title if prefixed or not artist else f"{artist} - {title}"
    return tuple(dict.fromkeys(text for text in (title, full, bare) if text))


def title_key(track: Track) -> str | None:
    """What every spelling of the track's title is likely to contain, to be looked for without regard to case.

    The first words of its name, as far as they hold no brackets, punctuation or accented letters, which
    others may write otherwise. None: they would say too little, and exact titles must do (``title_lookups``).
    """
    title = clean(track.title)
    for way in _ways(track):
        found = [_first_words(stretch, way.name) for stretch in _plain_stretches(title)]
        longest = max(found, key=len, default="")
        if len(longest) >= _SAYS_ENOUGH or (len(longest) >= _SAYS_LITTLE and longest != title):
            return longest
    return None


def _first_words(stretch: str, name: str) -> str:
    """The first words of a stretch that belong to the name, as many as tell it from most others."""
    words = [word for word in stretch.split(" ") if fold(word) in name]
    taken = ""
    for word in words:
        longer = f"{taken} {word}".strip()
        if fold(longer) not in name or len(taken) >= _TELLS:
            break
        taken = longer
    return taken


def nearby(tracks: Iterable[Track], pages: Iterable[Page]) -> tuple[Page, ...]:
    """Those of the pages that carry the id or the link of one of the tracks, or a telling word of its name."""
    ids, links, words = set[int](), set[str](), set[str]()
    for track in tracks:
        ids.add(int(track.id))
        links |= {link} if (link := normal_url(track.url)) else set()
        words |= {max(way.name.split(), key=len, default=way.name) for way in _ways(track)}
    return tuple(
        page
        for page in pages
        if soundcloud_id(page) in ids
        or link_of(page) in links
        or not words.isdisjoint(word_set(_text(page, Field.TITLE)))
    )


def _ways(track: Track) -> tuple[TitleParts, ...]:
    return readings(track.title, track.artist, track.uploader)


_TELLS, _SAYS_ENOUGH, _SAYS_LITTLE = 10, 4, 2
"""Characters: of words that need no more words after them; of a text worth looking for; of one that was cut out
of a title, or that stands for whole words as Chinese and Japanese do."""


def _plain_stretches(title: str) -> Iterator[str]:
    """The stretches of letters, digits and single spaces that nobody writes in another form."""
    plain = "".join(c if c == " " or (c.isalnum() and _has_one_form(c)) else "\n" for c in title)
    yield from filter(None, map(str.strip, plain.split("\n")))


def _has_one_form(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3" or unicodedata.normalize("NFKD", char) == char


class _Table:
    """The rows that may be given away, by their SoundCloud id and by their link."""

    def __init__(self, pages: Iterable[Page], owners: Mapping[PageId, TrackId], refused: Refused) -> None:
        self._owned = owners.keys()
        self._refused = refused
        self._given: set[PageId] = set()
        self._rows = {page.id: page for page in pages if not page.trashed}
        self._ids: defaultdict[int | None, list[Page]] = defaultdict(list)
        self._links: defaultdict[str | None, list[Page]] = defaultdict(list)
        self._remembered: defaultdict[TrackId, list[Page]] = defaultdict(list)
        for page in self._rows.values():
            if page.id in owners:
                self._remembered[owners[page.id]].append(page)
            self._ids[soundcloud_id(page)].append(page)
            self._links[link_of(page)].append(page)

    def refuses(self, track_id: TrackId, page_id: PageId) -> bool:
        """Says whether the user has said that the row is not the track's."""
        return page_id in self._refused.get(track_id, ())

    def _free(self, page: Page) -> bool:
        """Says whether the row may still be given away."""
        return page.id not in self._given and page.id not in self._owned

    def remaining(self) -> Iterator[Page]:
        """The rows that are nobody's yet."""
        return filter(self._free, self._rows.values())

    def by_memory(self, track: Track) -> Match | None:
        """The row that is known to be the track's; None when there is none."""
        return self._give(self._remembered.get(track.id, []), REMEMBERED, "rows are remembered as its row")

    def by_id(self, track: Track) -> Match | None:
        """The row with the track's id; None when there is none."""
        rows = [page for page in self._ids.get(int(track.id), ()) if self._may_be(track, page)]
        return self._give(rows, SAME_ID, "rows carry its SoundCloud ID")

    def by_link(self, track: Track) -> Match | None:
        """The row with the track's link; None when there is none."""
        link = normal_url(track.url)
        rows = [page for page in self._links.get(link, ()) if link and self._may_be(track, page)]
        if len(rows) == 1 and soundcloud_id(rows[0]) not in (None, track.id):
            return Ambiguous(page_ids=(rows[0].id,), reason="a row has its link, but another SoundCloud ID")
        return self._give(rows, SAME_LINK, "rows carry its link")

    def _may_be(self, track: Track, page: Page) -> bool:
        return self._free(page) and not self.refuses(track.id, page.id)

    def _give(self, rows: list[Page], rule: str, several: str) -> Match | None:
        if len(rows) > 1:
            return Ambiguous(page_ids=_ids(page.id for page in rows), reason=f"{len(rows)} {several}")
        for page in rows:
            self._given.add(page.id)
            return Found(page_id=page.id, rule=rule)
        return None


# --- by title -----------------------------------------------------------------------------------


_Row = tuple[Page, tuple[TitleParts, ...]]
_Index = defaultdict[tuple[str, str], defaultdict[int | None, list[_Row]]]
"""Rows by name and person, then by slot of length; slot None holds those of unknown length."""
_ANY = -2  # no slot: what has no length itself may be as long as any


def _by_title(tracks: Iterable[Track], table: _Table) -> dict[TrackId, _Possible]:
    """The rows that each track could be by title, artist and length."""
    read = {track.id: (track, _ways(track)) for track in tracks}
    needles: defaultdict[str, set[int | None]] = defaultdict(set)
    for track, ways in read.values():
        for key in {key for way in ways for key in (way.name, way.words) if key}:
            needles[max(key.split(), key=len)].update(_slots(track))
    index = _index(table.remaining(), needles)
    possible: dict[TrackId, _Possible] = {}
    for track_id, (track, ways) in read.items():
        rows = {page.id: (page, theirs) for page, theirs in _near(track, ways, index)}
        judged = {
            page_id: _judge(track, ways, page, theirs)
            for page_id, (page, theirs) in rows.items()
            if not table.refuses(track_id, page_id)
        }
        possible[track_id] = {page_id: against for page_id, against in judged.items() if against is not None}
    return possible


def _slots(track: Track) -> tuple[int | None, ...]:
    """Where rows of about its length are found."""
    slot = _slot(track.seconds)
    return (_ANY,) if slot is None else (slot - 1, slot, slot + 1, None)


def _slot(seconds: float | None) -> int | None:
    return int(seconds // (2 * LENGTH_TOLERANCE)) if seconds else None


def _index(pages: Iterable[Page], needles: Mapping[str, set[int | None]]) -> _Index:
    """Sorts the rows. Only those that hold the longest word of a name sought, at about the length of that
    track, are read in full."""
    index: _Index = defaultdict(lambda: defaultdict(list))
    for page in pages if needles else ():
        title, slot = _text(page, Field.TITLE), _slot(_seconds(page))
        if not any({slot, _ANY} & needles[word] for word in word_set(title) if word in needles):
            continue
        ways = readings(title, _text(page, Field.ARTIST))
        for key in {(name, who) for way in ways for name in (way.name, way.words) for who in way.people or ("",)}:
            index[key][slot].append((page, ways))
    return index


def _near(track: Track, ways: tuple[TitleParts, ...], index: _Index) -> Iterator[_Row]:
    for key in {(name, who) for way in ways for name in (way.name, way.words) for who in (*way.people, "")}:
        if key in index:
            slots = _slots(track)
            for slot in index[key] if _ANY in slots else slots:
                yield from index[key].get(slot, ())


def _judge(track: Track, ours: tuple[TitleParts, ...], page: Page, theirs: tuple[TitleParts, ...]) -> str | None:
    """What speaks against the row being the track's; None when it is another recording."""
    seconds = _seconds(page)
    known = seconds is not None and track.duration_ms > 0
    if known and seconds is not None and abs(seconds - track.seconds) > LENGTH_TOLERANCE:
        return None
    verdicts = [verdict for a in ours for b in theirs if (verdict := compare(a, b)) is not None]
    if not verdicts:
        return None
    if soundcloud_id(page) is not None:
        return "a row fits, but carries another SoundCloud ID"
    if link_of(page) is not None:
        return "a row fits, but carries another SoundCloud link"
    if not known:
        return "a row has its title and artist, but there is no length to compare"
    return min(verdicts)  # the empty one, if there is one


def _settle(possible: dict[TrackId, _Possible]) -> dict[TrackId, Match]:
    """Gives rows away until nothing more is certain.

    A row is certain when nothing speaks against it, it is the track's only one, and it is so good for no
    other track. What is given away is no longer possible for the others, as it will be in the next run.
    """
    matches: dict[TrackId, Match] = {}
    while True:
        claims = Counter(p for rows in possible.values() for p, against in rows.items() if not against)
        certain = {
            track_id: page_id
            for track_id, rows in possible.items()
            for page_id, against in rows.items()
            if len(rows) == 1 and not against and claims[page_id] == 1
        }
        if not certain:
            break
        gone = set(certain.values())
        matches |= {track_id: Found(page_id=page_id, rule=SAME_TITLE) for track_id, page_id in certain.items()}
        possible = {
            track_id: {page_id: against for page_id, against in rows.items() if page_id not in gone}
            for track_id, rows in possible.items()
            if track_id not in certain
        }
    return matches | {track_id: _unsettled(rows) for track_id, rows in possible.items()}


def _unsettled(rows: _Possible) -> Match:
    if not rows:
        return NotFound()
    if len(rows) > 1:
        reason = f"{len(rows)} rows could be it by title and artist"
    else:
        reason = next(iter(rows.values())) or "other tracks of this playlist fit the same row"
    return Ambiguous(page_ids=_ids(rows), reason=reason)


# --- cells --------------------------------------------------------------------------------------


def _ids(page_ids: Iterable[PageId]) -> tuple[PageId, ...]:
    return tuple(sorted(page_ids))


def soundcloud_id(page: Page) -> int | None:
    """The id in a row's cell, be it a number or a text."""
    value = page.cells.get(Field.SOUNDCLOUD_ID)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    found = _NUMBER.fullmatch(str(value).strip()) if isinstance(value, (int, str)) else None
    return int(found[1]) if found else None


def link_of(page: Page) -> str | None:
    """The link in a row's cell, in the form that links are compared in."""
    return normal_url(_text(page, Field.URL))


def _seconds(page: Page) -> float | None:
    value = page.cells.get(Field.DURATION)
    return float(value) if isinstance(value, (int, float)) and 0 < value < _DAYS else None


def _text(page: Page, field: Field) -> str:
    value = page.cells.get(field, "")
    if isinstance(value, tuple):
        return ", ".join(value)
    return value if isinstance(value, str) else ""
