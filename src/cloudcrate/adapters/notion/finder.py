"""Finds the rows of tracks in few requests: by what the index knows, or by key, whichever costs less."""

from collections.abc import Iterable, Mapping, Sequence

from cloudcrate.adapters.notion import lookups
from cloudcrate.adapters.notion.client import JsonObject, Rows
from cloudcrate.adapters.notion.index import RowsSeen
from cloudcrate.adapters.notion.table import Table, in_parallel
from cloudcrate.core import match
from cloudcrate.core.model import Field, Page, PageId, Track
from cloudcrate.errors import NotSharedError, RejectedError
from cloudcrate.ports.ledger import Notes
from cloudcrate.ports.world import Clock

FEW = 2
"""So many rows are asked for one by one: looking them up by key could cost as much."""

ARCHIVE_LIVES = 24 * 3600.0
"""Seconds for which an archive that was empty is not looked into again."""


class Finder:
    """Looks rows of one data source up. ``notes`` remember what saves requests in the next run."""

    def __init__(self, table: Table, index: RowsSeen, notes: Notes, clock: Clock) -> None:
        self._table = table
        self._index = index
        self._notes = notes
        self._clock = clock
        self._large = f"large:{table.data_source_id}"
        self._archive = f"archive:{table.data_source_id}"

    def find(self, tracks: Sequence[Track]) -> tuple[Page, ...]:
        """Rows that could belong to one of ``tracks``, archived ones included."""
        if not tracks:
            return ()
        found = self._in_sight(tracks)
        return tuple((found | self._archived(tracks)).values())

    def exact(self, tracks: Sequence[Track]) -> tuple[Page, ...]:
        """Rows with a track's best key, read now: enough to find what was just made."""
        for field in (Field.SOUNDCLOUD_ID, Field.URL, Field.TITLE):
            if field in self._table.columns:
                return tuple(self._ask(self._conditions(tracks, field)).values())
        return ()

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """These rows as they stand now, looked up by key, and one by one where that does not find them."""
        looked_up = {} if len(pages) <= FEW else self._by_key(list(pages.values()))
        found = {page_id: page for page_id, page in looked_up.items() if page_id in pages}
        missing = [page_id for page_id in pages if page_id not in found]
        found |= {page.id: page for page in in_parallel(self.one, missing)}
        self._index.forget(page.id for page in found.values() if page.trashed)
        return found

    def one(self, page_id: PageId) -> Page:
        """One row as it stands now."""
        try:
            return self._table.page(self._table.client.page(page_id))
        except NotSharedError:
            return Page(id=page_id, cells={}, trashed=True)

    def every(self) -> tuple[Page, ...]:
        """Every row: by the index and what was edited since, else by reading the whole table."""
        return self._index.refreshed() or self._index.take(self._table.every_row())

    def _in_sight(self, tracks: Sequence[Track]) -> dict[PageId, Page]:
        if self._index.whole and self._index.expected <= self._cost(tracks):
            pages = self._index.refreshed()
            known = None if pages is None else _candidates(tracks, pages)
            if known is not None and len(known) <= self._cost(tracks):
                return self._as_they_stand(known)
        few = tracks[: lookups.CONDITIONS]  # of many: any row of theirs shows that the table is no small one
        found = self._ask(self._conditions(few, Field.SOUNDCLOUD_ID)) if len(few) < len(tracks) else {}
        if not found and self._notes.note(self._large) is None:
            first = self._table.first_rows()
            if not first.more and not first.incomplete:
                return {page.id: page for page in self._index.take(first.rows)}
            self._notes.keep_note(self._large, "more than one page of rows")
        rest = tracks[len(few) :] if len(few) < len(tracks) else tracks
        found |= self._ask(self._conditions(rest, Field.SOUNDCLOUD_ID))
        return found | self._ask(self._conditions(_without_row(tracks, found), Field.URL, Field.TITLE))

    def _cost(self, tracks: Sequence[Track]) -> int:
        """The queries that looking these up by key takes, if half of them have a row."""
        return 2 * len(lookups.blocks({} for _ in tracks))

    def _by_key(self, tracks: Sequence[Track]) -> dict[PageId, Page]:
        """Rows by SoundCloud id; of those tracks that have none so, by link."""
        found = self._ask(self._conditions(tracks, Field.SOUNDCLOUD_ID))
        return found | self._ask(self._conditions(_without_row(tracks, found), Field.URL))

    def _conditions(self, tracks: Sequence[Track], *fields: Field) -> list[JsonObject]:
        columns = self._table.columns
        made = [
            c
            for field in fields
            if field in columns and field is not Field.TITLE
            for c in _BY[field](columns[field], tracks)
        ]
        if Field.TITLE in fields:
            made += lookups.by_title(columns[Field.TITLE], tracks, length=columns.get(Field.DURATION))
        return made

    def _ask(self, conditions: Iterable[JsonObject], *, archived: bool = False) -> dict[PageId, Page]:
        def matching(block: Sequence[JsonObject]) -> tuple[Page, ...]:
            return self._table.matching(block, archived=archived)

        answers = in_parallel(matching, lookups.blocks(conditions))
        return {page.id: page for answer in answers for page in answer}

    def _as_they_stand(self, known: Sequence[Page]) -> dict[PageId, Page]:
        """Rows that the index names, read again: it does not know what went to the trash."""
        found = {page.id: page for page in in_parallel(self.one, [page.id for page in known])}
        self._index.forget(page.id for page in found.values() if page.trashed)
        return {page_id: page for page_id, page in found.items() if not page.trashed}

    def _archived(self, tracks: Sequence[Track]) -> dict[PageId, Page]:
        """Rows that their user has archived: no other query shows them. Nearly nobody has any."""
        now = self._clock.now()
        try:
            if 0 <= now - float(self._notes.note(self._archive) or "-inf") < ARCHIVE_LIVES:
                return {}
        except ValueError:
            pass
        try:
            first = self._table.first_rows(archived=True)
        except RejectedError:
            first = Rows(rows=(), more=False, incomplete=False)  # a workspace that has no archive
        if not first.rows:
            self._notes.keep_note(self._archive, repr(now))
        if not first.more:
            return {page.id: page for page in map(self._table.page, first.rows)}
        conditions = self._conditions(tracks, Field.SOUNDCLOUD_ID, Field.URL, Field.TITLE)
        return self._ask(conditions, archived=True)


_BY = {Field.SOUNDCLOUD_ID: lookups.by_id, Field.URL: lookups.by_link}


def _without_row(tracks: Sequence[Track], found: Mapping[PageId, Page]) -> list[Track]:
    """The tracks whose id or link no row of ``found`` carries."""
    ids = {match.soundcloud_id(page) for page in found.values()}
    links = {lookups.link_key(page.cells.get(Field.URL)) for page in found.values()} - {None}
    return [t for t in tracks if int(t.id) not in ids and lookups.link_key(t.url) not in links]


def _candidates(tracks: Sequence[Track], pages: Sequence[Page]) -> list[Page]:
    """The rows that would be adopted, or put to the user: few, whatever the table holds."""
    judged = match.match(tracks, pages, {}).values()
    found = {verdict.page_id for verdict in judged if isinstance(verdict, match.Found)}
    doubtful = {page_id for verdict in judged if isinstance(verdict, match.Ambiguous) for page_id in verdict.page_ids}
    return [page for page in pages if page.id in found | doubtful]
