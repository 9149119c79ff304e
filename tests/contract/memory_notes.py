"""The parts of the Ledger in memory that hold notes, indexed rows, questions and answers."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import replace

from cloudcrate.core.model import Cells, Decision, OpenReview, PageId, TrackId


class MemoryNotes:
    """See ``ports.Notes``, ``ports.RowIndex`` and ``ports.Decisions``."""

    _notes: dict[str, str]
    _index: dict[str, dict[PageId, Cells]]
    _reviews: dict[tuple[str, TrackId], OpenReview]
    _decisions: dict[tuple[str, TrackId], Decision]

    @property
    def _lock(self) -> threading.RLock:
        raise NotImplementedError

    def note(self, key: str) -> str | None:
        """See ``ports.Notes.note``."""
        with self._lock:
            return self._notes.get(key)

    def keep_note(self, key: str, text: str) -> None:
        """See ``ports.Notes.keep_note``."""
        with self._lock:
            self._notes[key] = text
            if not text:
                del self._notes[key]

    def indexed(self, catalog: str) -> dict[PageId, Cells]:
        """See ``ports.RowIndex.indexed``."""
        with self._lock:
            return dict(self._index.get(catalog, {}))

    def index(self, catalog: str, rows: Mapping[PageId, Cells], *, afresh: bool = False) -> None:
        """See ``ports.RowIndex.index``."""
        with self._lock:
            self._index[catalog] = {**({} if afresh else self._index.get(catalog, {})), **rows}

    def open_review(self, catalog: str, review: OpenReview) -> None:
        """See ``ports.Decisions.open_review``."""
        with self._lock:
            before = self._reviews.get((catalog, review.track_id))
            self._reviews[catalog, review.track_id] = replace(review, since=before.since) if before else review

    def reviews(self, catalog: str) -> tuple[OpenReview, ...]:
        """See ``ports.Decisions.reviews``."""
        with self._lock:
            found = [review for (where, _), review in self._reviews.items() if where == catalog]
            return tuple(sorted(found, key=lambda review: (review.since, review.track_id)))

    def close_review(self, catalog: str, track_id: TrackId) -> None:
        """See ``ports.Decisions.close_review``."""
        with self._lock:
            self._reviews.pop((catalog, track_id), None)

    def decide(self, catalog: str, track_id: TrackId, decision: Decision | None) -> None:
        """See ``ports.Decisions.decide``."""
        with self._lock:
            if decision is None:
                self._decisions.pop((catalog, track_id), None)
            else:
                self._decisions[catalog, track_id] = decision

    def decisions(self, catalog: str, tracks: Collection[TrackId]) -> dict[TrackId, Decision]:
        """See ``ports.Decisions.decisions``."""
        with self._lock:
            return {i: self._decisions[catalog, i] for i in tracks if (catalog, i) in self._decisions}
