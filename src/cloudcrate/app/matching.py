"""Looks at what a link lists, and at which row a track has. Writes no row, no file and no intent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cloudcrate.app.gather import METADATA_LIVES, Order, Tools
from cloudcrate.core import match, text
from cloudcrate.core.link import Link, LinkKind, normal_url, parse_link
from cloudcrate.core.model import Availability, Choice, Field, Listing, Page, PageId, Track, TrackId
from cloudcrate.errors import CloudcrateError, NotFoundError, Retry, UsageError
from cloudcrate.ports.ledger import Scope

UNKNOWN = TrackId(-1)
"""Stands for the id of a track that is known by words alone; no row carries it."""

NOWHERE = "no row has its id, its link, or its title, artist and length"
REMOVED = "you removed its row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A track in words. What is not known is empty, or None."""

    title: str = ""
    artist: str = ""
    url: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Which row a track has. ``pages``: that row, or those that could be it; empty when there is none."""

    track_id: TrackId | None  # None: it is known by words alone
    found: match.Match
    pages: tuple[Page, ...]
    reason: str
    note: str = ""  # why SoundCloud was not heard


class Matching:
    """The rules by which a sync finds rows, for one track at a time."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def listing(self, order: Order) -> Listing:
        """What a link lists now; only the source is asked, and what is known of the tracks is not asked for again.

        Raises: NotFoundError, CredentialsError, UnavailableError.
        """
        ledger, now = self._tools.ledger, self._tools.clock.now()
        kept = next((k for k in ledger.playlists() if k.url == order.link.url and k.id is not None), None)
        fresh: Mapping[TrackId, Track] = {}
        if kept is not None and kept.id is not None and not order.refresh:
            fresh = ledger.tracks(ledger.entries(kept.id), newer_than=now - METADATA_LIVES)
        listing = self._tools.source.read(order.link, limit=order.limit, known=fresh)
        self._keep([track for track_id, track in listing.tracks.items() if track_id not in fresh])
        return listing

    def known(self, track_id: TrackId) -> Track | None:
        """What is remembered of a track. Asks nobody."""
        return self._tools.ledger.tracks([track_id], newer_than=0.0).get(track_id)

    def match(self, described: Described) -> Judged:
        """Which row a track has: by memory, SoundCloud ID, link, or title, artist and length, in this order.

        A link that was not met before is read at SoundCloud, which tells the id and the length. When SoundCloud
        cannot be asked, or has nothing there, the words alone are judged. What is unsure is never found.
        Raises: UsageError when nothing is described, LinkError, and what the catalog raises.
        """
        link = parse_link(described.url) if described.url.strip() else None
        if link is not None and link.kind not in (LinkKind.TRACK, LinkKind.SHORT):
            raise UsageError("This link does not lead to one track.", hint="Give the track's own link.")
        if link is None and not text.clean(described.title):
            raise UsageError("Nothing says which track is meant.", hint="Give its link, or its title and its artist.")
        catalog = self._tools.catalog.open().id
        track, note = (None, "") if link is None else self._track_at(link)
        judged = self._judged(catalog, track) if track is not None else self._by_words(catalog, described)
        return replace(judged, note=note)

    def row_of(self, track_id: TrackId) -> Page | None:
        """The row that is remembered as a track's, as it stands now; None when there is none, or none any more."""
        catalog = self._tools.catalog.open().id
        track = self.known(track_id) or replace(_worded(Described()), id=track_id)
        return self._remembered(catalog, track)[0]

    # --- the track ------------------------------------------------------------------------------

    def _track_at(self, link: Link) -> tuple[Track | None, str]:
        """The track that a link leads to, as it is remembered or else as it is read; and why it is neither."""
        ledger = self._tools.ledger
        number = link.url.rpartition("/")[2]
        by_number = link.url.startswith("https://api.soundcloud.com/")
        track_id = TrackId(int(number)) if by_number else ledger.find_track(link.url)
        if track_id is not None and (known := self.known(track_id)) is not None:
            return known, ""
        try:
            listing = self._tools.source.read(link, limit=1, known={})
        except NotFoundError as error:
            return None, error.message
        except CloudcrateError as error:
            if error.retry not in (Retry.TRANSIENT, Retry.QUOTA):
                raise
            return None, f"SoundCloud could not be asked: {error.message}"
        track = next(iter(listing.tracks.values()), None)
        if track is None or listing.playlist.id != f"tracks:{track.id}":
            raise UsageError("This link does not lead to one track.", hint="Give the track's own link.")
        self._keep([track])
        return track, ""

    def _keep(self, tracks: Sequence[Track]) -> None:
        public = [track for track in tracks if track.secret_token is None]
        if public:
            self._tools.ledger.keep_tracks(public, at=self._tools.clock.now())

    # --- its row --------------------------------------------------------------------------------

    def _by_words(self, catalog: str, described: Described) -> Judged:
        """Judges a track without an id. A row with its link says which one it is.

        It may be one that is known by its id, so every row may be its own, whoever's it is remembered as, and
        a row's id speaks against nothing; nor does its link, unless another one is given.
        """
        track = _worded(described)
        pages = {page.id: page for page in self._tools.catalog.find([track]) if not page.trashed}
        owners, link = self._tools.ledger.page_owners(catalog), normal_url(described.url)
        linked = [page for page in pages.values() if link and match.link_of(page) == link]
        if len(linked) == 1:
            return _found(owners.get(linked[0].id), linked[0], match.SAME_LINK)
        hidden = {Field.SOUNDCLOUD_ID} | (set() if link else {Field.URL})
        words = [
            replace(page, cells={name: value for name, value in page.cells.items() if name not in hidden})
            for page in pages.values()
        ]
        judged = _judged(None, match.match([track], words, {})[UNKNOWN], pages)
        owner = owners.get(judged.found.page_id) if isinstance(judged.found, match.Found) else None
        return judged if owner is None else replace(judged, track_id=owner)

    def _judged(self, catalog: str, track: Track) -> Judged:
        """Judges a track as a sync does."""
        page, removed = self._remembered(catalog, track)
        if page is not None:
            return _found(track.id, page, match.REMEMBERED)
        ledger = self._tools.ledger
        decision = ledger.decisions(catalog, [track.id]).get(track.id)
        refused = decision.page_ids if decision is not None and decision.choice is Choice.NEW else ()
        pages = self._tools.catalog.find([track])
        found = match.match([track], pages, ledger.page_owners(catalog), {track.id: refused})[track.id]
        judged = _judged(track.id, found, {page.id: page for page in pages})
        return replace(judged, reason=REMOVED) if removed and isinstance(found, match.NotFound) else judged

    def _remembered(self, catalog: str, track: Track) -> tuple[Page | None, bool]:
        """The row remembered as the track's; and whether there was one that is gone now."""
        scope = Scope(catalog=catalog, library=self._tools.store.id)
        page_id = self._tools.ledger.recall(scope, [track.id])[track.id].page_id
        if page_id is None:
            return None, False
        page = self._tools.catalog.get({page_id: track})[page_id]
        return (None, True) if page.trashed else (page, False)


def _worded(described: Described) -> Track:
    """What is known of a track by words, as a track."""
    return Track(
        id=UNKNOWN,
        title=described.title,
        artist=described.artist,
        uploader=described.artist,
        url=described.url,
        duration_ms=round((described.seconds or 0.0) * 1000),
        availability=Availability.GONE,
    )


def _found(track_id: TrackId | None, page: Page, rule: str) -> Judged:
    number = match.soundcloud_id(page)
    known = track_id if track_id is not None or number is None else TrackId(number)
    return Judged(track_id=known, found=match.Found(page_id=page.id, rule=rule), pages=(page,), reason=rule)


def _judged(track_id: TrackId | None, found: match.Match, pages: Mapping[PageId, Page]) -> Judged:
    match found:
        case match.Found(page_id=page_id, rule=rule):
            return _found(track_id, pages[page_id], rule)
        case match.Ambiguous(page_ids=page_ids, reason=reason):
            return Judged(track_id=track_id, found=found, pages=tuple(pages[i] for i in page_ids), reason=reason)
        case match.NotFound():
            return Judged(track_id=track_id, found=found, pages=(), reason=NOWHERE)
