"""What only the user can tell: which row is a track's, and which of two rows of one track stays."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from cloudcrate.app.gather import Tools, nameless
from cloudcrate.core import match, rows
from cloudcrate.core.link import LinkKind, normal_url, parse_link
from cloudcrate.core.model import Cells, CellValue, Choice, Decision, Field, OpenReview, Page, PageId, Track, TrackId
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import BusyError, LinkError, RefusedError, UsageError
from cloudcrate.ports.ledger import Claim, Scope

LEASE = 600.0
"""Seconds for which a track is claimed while an answer is carried out."""

BY_SWEEP = "found by looking through the whole table"

_Doubles = dict[TrackId, tuple[tuple[PageId, ...], str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A track under review, with both sides as they are now, and the answer if there is one already."""

    review: OpenReview
    track: Track | None  # None: nothing but its id is known
    pages: tuple[Page, ...]  # the rows that may be its own, those in the trash left out
    owned: PageId | None  # the row that is remembered as its row
    decision: Decision | None

    @property
    def numbered(self) -> tuple[tuple[int, Page], ...]:
        """The rows by number, from 1. A number stays when another row goes."""
        return tuple((self.review.page_ids.index(page.id) + 1, page) for page in self.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What merging rows would do: the cells that the kept row gets, and what the others hold otherwise."""

    track_id: TrackId
    keep: PageId
    trash: tuple[PageId, ...]
    fill: Cells
    conflicts: tuple[tuple[PageId, Field, CellValue], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What looking through the whole table has found."""

    looked_at: int  # rows
    doubles: int  # tracks with more than one row; each is under review now
    unknown: tuple[tuple[PageId, ...], ...]  # rows with one link, of which no track is known


class Reviews:
    """Puts the open questions and carries the answers out."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def questions(self) -> tuple[Question, ...]:
        """Every open question, oldest first. Those without an answer need a look at their rows."""
        catalog = self._tools.catalog.open().id
        reviews = self._tools.ledger.reviews(catalog)
        return self._put(catalog, reviews)

    def question(self, track_id: TrackId) -> Question:
        """The open question about a track. Raises: UsageError when there is none."""
        catalog = self._tools.catalog.open().id
        for review in self._tools.ledger.reviews(catalog):
            if review.track_id == track_id:
                return self._put(catalog, [review])[0]
        raise UsageError(f"Track {track_id} is not under review.", hint="See which are: cloudcrate review --list")

    def decide(self, track_id: TrackId, choice: Choice, page_id: PageId | None = None) -> None:
        """Takes an answer: adopt ``page_id``; or make a new row, or none, at the next sync.

        Raises: UsageError (no such question, no such row, a new row or none for a track that has one),
        RefusedError (the row is another track's).
        """
        question = self.question(track_id)
        catalog = self._tools.catalog.open().id
        if choice is not Choice.ADOPT and question.owned is not None:
            raise UsageError(
                f"Track {track_id} has a row already: {question.owned}.",
                hint="Say which of its rows is to stay: --adopt N, or --merge N.",
            )
        if choice is not Choice.ADOPT:
            decision = Decision(choice=choice, page_ids=question.review.page_ids)
            self._tools.ledger.decide(catalog, track_id, decision)
            return
        page = next((page for page in question.pages if page.id == page_id), None)
        if page is None:
            raise UsageError(f"There is no row {page_id} to adopt.", hint="Choose one that cloudcrate review lists.")
        owner = self._tools.ledger.page_owners(catalog).get(page.id)
        if owner not in (None, track_id):
            raise RefusedError(
                f"This row is known as the row of track {owner}.", hint="Choose another row, or make a new one."
            )
        with self._claimed(track_id) as claim:
            self._tools.ledger.record_page(claim, page.id, written={}, offered={})
        self._tools.ledger.decide(catalog, track_id, None)
        self._tools.ledger.close_review(catalog, track_id)

    def reconsider(self, track_id: TrackId) -> bool:
        """Takes an answer back that no sync has carried out yet, or that asked for no row; says if there was one."""
        catalog = self._tools.catalog.open().id
        there = bool(self._tools.ledger.decisions(catalog, [track_id]))
        self._tools.ledger.decide(catalog, track_id, None)
        return there

    # --- rows that are there twice ------------------------------------------------------------

    def sweep(self) -> Sweep:
        """Looks through the whole table for tracks that have more than one row; trashes nothing."""
        info = self._tools.catalog.open()
        pages = self._tools.catalog.every_row()
        now = self._tools.clock.now()
        doubles, unknown = self._doubles(info.id, self._standing(info.id, pages))
        for review in self._tools.ledger.reviews(info.id):
            if BY_SWEEP in review.reason and review.track_id not in doubles:
                self._tools.ledger.close_review(info.id, review.track_id)  # somebody has settled it in the table
        for track_id, (page_ids, why) in doubles.items():
            review = OpenReview(track_id=track_id, page_ids=page_ids, reason=why, playlist="", since=now)
            self._tools.ledger.open_review(info.id, review)
        return Sweep(looked_at=len(pages), doubles=len(doubles), unknown=unknown)

    def merge(self, track_id: TrackId, keep: PageId) -> Merge:
        """What merging a track's rows into ``keep`` would do; changes nothing.

        Raises: UsageError (no such question, nothing to merge), RefusedError (a row may be another track's).
        """
        question = self.question(track_id)
        kept = next((page for page in question.pages if page.id == keep), None)
        others = [page for page in question.pages if page.id != keep]
        if kept is None or not (others or keep == question.owned):  # all others may be in the trash already
            raise UsageError(
                f"Track {track_id} has no other rows to merge into {keep}.", hint="See them: cloudcrate review --list"
            )
        owners = self._tools.ledger.page_owners(self._tools.catalog.open().id)
        if not all(_is_row_of(question, page, owners.get(page.id)) for page in question.pages):
            raise RefusedError(
                "Not all of these rows are known to be this track's, so they are not merged.",
                hint="Choose the right row instead: cloudcrate review TRACK --adopt N",
            )
        fill = _gained(kept, others)
        return Merge(
            track_id=track_id,
            keep=keep,
            trash=tuple(page.id for page in others),
            fill=fill,
            conflicts=tuple(
                (page.id, field, value)
                for page in others
                for field, value in page.cells.items()
                if field is not Field.PLAYLISTS and value not in (False, kept.cells.get(field, fill.get(field)))
            ),
        )

    def carry_out(self, merge: Merge) -> None:
        """Fills the kept row and moves the others to the trash. Broken off, it can be done again.

        Raises: RefusedError when the rows are not any more what they were when the merge was worked out.
        """
        tools = self._tools
        catalog = tools.catalog.open().id
        with self._claimed(merge.track_id) as claim:
            question = self.question(merge.track_id)
            if self.merge(merge.track_id, merge.keep) != merge:
                raise RefusedError(
                    "The rows have changed meanwhile; nothing was changed.", hint="Look again: cloudcrate review"
                )
            before = tools.ledger.recall(claim.scope, [merge.track_id])[merge.track_id]
            written: dict[Field, CellValue] = {}
            if merge.fill:
                page = tools.catalog.update(merge.keep, merge.fill)
                ours = {name for name, value in merge.fill.items() if before.written.get(name) == value}
                written = {name: page.cells.get(name, merge.fill[name]) for name in ours}
            linked: Cells = {n: v for n, v in before.offered.items() if n is Field.PLAYLISTS}
            if before.page_id != merge.keep:
                tools.ledger.record_page(claim, merge.keep, written=written, offered=linked)
                tools.ledger.open_review(catalog, question.review)  # recording closed it; it ends with the last row
            for page_id in merge.trash:
                tools.catalog.trash(page_id)
        tools.ledger.close_review(catalog, merge.track_id)

    def _standing(self, catalog: str, pages: Sequence[Page]) -> Sequence[Page]:
        """Those of the rows that look like doubles which are there now: a catalog may not know what was trashed."""
        doubles, unknown = self._doubles(catalog, pages)
        looks = {page_id: nameless(track_id) for track_id, (ids, _) in doubles.items() for page_id in ids}
        looks |= {page_id: nameless(TrackId(0)) for ids in unknown for page_id in ids}
        return [page for page in self._tools.catalog.get(looks).values() if not page.trashed] if looks else []

    def _doubles(self, catalog: str, pages: Sequence[Page]) -> tuple[_Doubles, tuple[tuple[PageId, ...], ...]]:
        """Tracks with several rows, each with those rows and how they were found; rows of unknown tracks."""
        found: defaultdict[TrackId, dict[PageId, None]] = defaultdict(dict)  # in the order of the table
        why: dict[TrackId, str] = {}
        unknown = []
        for track_id, group, what in self._groups(pages):
            page_ids = tuple(page.id for page in group)
            if track_id is None:
                unknown.append(page_ids)
            else:
                found[track_id] |= dict.fromkeys(page_ids)
                why[track_id] = f"{what} and {why[track_id]}" if track_id in why else what
        decisions = self._tools.ledger.decisions(catalog, list(found))
        doubles: _Doubles = {}
        for track_id, ids in found.items():
            decision = decisions.get(track_id)
            refused = decision.page_ids if decision is not None and decision.choice is Choice.NEW else ()
            left = tuple(page_id for page_id in ids if page_id not in refused)
            if len(left) > 1:
                doubles[track_id] = left, f"{len(left)} rows carry its {why[track_id]} ({BY_SWEEP})"
        return doubles, tuple(unknown)

    def _groups(self, pages: Sequence[Page]) -> Iterator[tuple[TrackId | None, Sequence[Page], str]]:
        """Rows of one track, by what they share."""
        by_id: defaultdict[int, list[Page]] = defaultdict(list)
        by_link: defaultdict[str, list[Page]] = defaultdict(list)
        for page in pages:
            number, link = match.soundcloud_id(page), match.link_of(page)
            if number is not None:
                by_id[number].append(page)
            if link is not None and _names_a_track(link):
                by_link[link].append(page)
        for number, group in by_id.items():
            if len(group) > 1:
                yield TrackId(number), group, "SoundCloud ID"
        for link, group in by_link.items():
            numbers = {match.soundcloud_id(page) for page in group}
            known = [number for number in numbers if number is not None]
            if len(group) < 2 or len(known) > 1 or None not in numbers:
                continue  # one row; or two tracks, one with a wrong link; or found by its id already
            yield TrackId(known[0]) if known else self._tools.ledger.find_track(link), group, "link"

    # --- what they share ----------------------------------------------------------------------

    def _put(self, catalog: str, reviews: Sequence[OpenReview]) -> tuple[Question, ...]:
        ledger = self._tools.ledger
        ids = [review.track_id for review in reviews]
        tracks = ledger.tracks(ids, newer_than=0.0)
        decisions = ledger.decisions(catalog, ids)
        memory = ledger.recall(self._scope(), ids)
        wanted = {p: tracks.get(r.track_id) or nameless(r.track_id) for r in reviews for p in r.page_ids}
        pages = self._tools.catalog.get(wanted) if wanted else {}
        return tuple(
            Question(
                review=review,
                track=tracks.get(review.track_id),
                pages=tuple(pages[p] for p in review.page_ids if p in pages and not pages[p].trashed),
                owned=memory[review.track_id].page_id,
                decision=decisions.get(review.track_id),
            )
            for review in reviews
        )

    def _scope(self) -> Scope:
        return Scope(catalog=self._tools.catalog.open().id, library=self._tools.store.id)

    @contextmanager
    def _claimed(self, track_id: TrackId) -> Iterator[Claim]:
        """Alone on the state and on the track. Raises: BusyError."""
        tools = self._tools
        with tools.exclusive():
            scope = replace(self._scope(), library="")  # as runs claim a track's row
            claim = tools.ledger.claim(scope, track_id, tools.owner, lease=LEASE, now=tools.clock.now())
            if claim is None:
                raise BusyError(f"Another worker is busy with track {track_id}.", hint="Try again when it is done.")
            try:
                yield claim
            finally:
                tools.ledger.release([claim])


def ask(tools: Tools, snapshot: Snapshot, track_id: TrackId, page_ids: tuple[PageId, ...], reason: str) -> None:
    """Keeps a question that a run has met, so that ``review`` can put it."""
    review = OpenReview(
        track_id=track_id, page_ids=page_ids, reason=reason, playlist=snapshot.name, since=tools.clock.now()
    )
    tools.ledger.open_review(snapshot.catalog.id, review)


def _names_a_track(link: str) -> bool:
    """Says whether a link leads to one track. A playlist's in many rows makes no doubles of them."""
    try:
        parsed = parse_link(link)
    except LinkError:
        return False
    return parsed is not None and parsed.kind is LinkKind.TRACK


def _is_row_of(question: Question, page: Page, owner: TrackId | None) -> bool:
    """Says whether a row is the track's beyond doubt: by memory, id or link."""
    track, number = question.track, match.soundcloud_id(page)
    if owner is not None:
        return owner == question.review.track_id
    if number is not None:
        return number == question.review.track_id
    if track is not None:
        links = {normal_url(track.url)}
    else:
        links = {match.link_of(p) for p in question.pages if match.soundcloud_id(p) == question.review.track_id}
    return match.link_of(page) in {link for link in links if link is not None and _names_a_track(link)}


def _gained(kept: Page, others: Sequence[Page]) -> Cells:
    """What a row gets from rows that are merged into it: its empty cells filled, and all their playlists."""
    fill: dict[Field, CellValue] = {}
    for page in others:
        for field, value in page.cells.items():
            held = kept.cells.get(field, fill.get(field))
            empty = held is None or (field is Field.DOWNLOADED and held is False)
            if field is not Field.PLAYLISTS and empty and value is not False:
                fill[field] = value
    names = tuple(dict.fromkeys(name for page in (kept, *others) for name in rows.playlists_of(page.cells)))
    if rows.differs({Field.PLAYLISTS: names}, kept.cells):
        fill[Field.PLAYLISTS] = names
    return fill
