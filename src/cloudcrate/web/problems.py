"""What is not as it should be, and the choices that only the user can make. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from cloudcrate.app.problems import Problem
from cloudcrate.app.review import Question
from cloudcrate.core import rows
from cloudcrate.core.model import Cells, CellValue, Choice, Field, KnownPlaylist, Page, TrackId
from cloudcrate.core.text import visible
from cloudcrate.web.views import KINDS, Filter, filters, track_link
from cloudcrate.web.wording import Moment, count_of, length, moment, name_of, web_link

SHOWN = tuple(Field)
"""The cells that are compared, in this order."""

FIELD_NAMES = {Field.URL: "Link", Field.SOUNDCLOUD_ID: "SoundCloud ID", Field.BPM: "BPM", Field.ISRC: "ISRC"}

DECIDED = {
    Choice.ADOPT: "One of these rows is taken at the next sync.",
    Choice.NEW: "A new row is made at the next sync.",
    Choice.SKIP: "It is left without a row.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRow:
    """A track that lacks its row or its file."""

    title: str
    link: str
    playlists: str
    kind: str
    state: str
    reason: str
    hint: str
    since: Moment
    next: str  # when it is tried again
    review: str  # where it is decided; empty when there is nothing to decide
    again: str  # the track's id, to try it again; empty where a choice is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A playlist whose problems can be tried again."""

    name: str
    owner: str
    playlist_id: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemsPage:
    """Every problem, or those of one kind."""

    rows: tuple[ProblemRow, ...]
    filters: tuple[Filter, ...]
    retries: tuple[Retry, ...]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a side says in a field."""

    text: str
    link: str
    same: bool  # as the track says


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A field, as the track and every row have it."""

    name: str
    track: Cell
    rows: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A row that may be the track's."""

    number: int
    page_id: str
    name: str
    link: str
    owned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """A track, and the rows that may be its own."""

    title: str
    track_id: int
    link: str
    url: str
    action: str
    playlist: str
    reason: str
    since: Moment
    candidates: tuple[Candidate, ...]
    compared: tuple[Compared, ...]
    may_be_new: bool  # it has no row that is known as its own
    decided: str


Holder = tuple[KnownPlaylist, Collection[TrackId]]
"""A playlist, and its tracks."""


def problems_page(
    problems: Sequence[Problem], holders: Iterable[Holder], now: float, *, show: str = ""
) -> ProblemsPage:
    """The problems, oldest first. ``show``: failed, unobtainable or review. ``holders``: whose tracks they are."""
    counts = Counter(problem.kind for problem in problems)
    open_ids = {problem.track_id for problem in problems if problem.kind != "review"}
    found = [problem for problem in problems if show not in counts or problem.kind == show]
    return ProblemsPage(
        rows=tuple(_problem(problem, now) for problem in found),
        filters=filters(counts, "/problems", show if show in counts else ""),
        retries=tuple(_retries(holders, open_ids)),
        said=count_of(len(found), "problem"),
    )


def _retries(holders: Iterable[Holder], open_ids: Set[TrackId]) -> Iterator[Retry]:
    for playlist, tracks in holders:
        count = len(open_ids & set(tracks))
        if count and playlist.id is not None:
            owner = visible(playlist.owner)
            yield Retry(name=name_of(playlist), owner=owner, playlist_id=playlist.id, count=count)


def _problem(problem: Problem, now: float) -> ProblemRow:
    open_to_choice = problem.kind == "review"
    if open_to_choice:
        again = "waits for your choice"
    elif problem.next_check is None:
        again = "tried at the next sync"
    else:
        again = f"not tried before {moment(problem.next_check, now).full}"
    return ProblemRow(
        title=visible(problem.title) or f"Track {problem.track_id}",
        link=track_link(problem.track_id),
        playlists=visible(", ".join(problem.playlists)),
        kind=visible(problem.kind),
        state=KINDS[problem.kind] if open_to_choice else visible(f"{problem.side} {problem.kind}"),
        reason=visible(problem.reason),
        hint="" if open_to_choice else visible(problem.hint),
        since=moment(problem.since, now),
        next=again,
        review=f"/reviews/{problem.track_id}" if open_to_choice else "",
        again="" if open_to_choice else str(problem.track_id),
    )


def review_page(question: Question, now: float) -> ReviewPage:
    """A question, both sides beside each other."""
    review, track = question.review, question.track
    cells = rows.wanted_cells(track, review.playlist, frozenset(SHOWN), None) if track is not None else {}
    label = visible(rows.label(track)) if track is not None else f"Track {review.track_id}"
    return ReviewPage(
        title=label,
        track_id=review.track_id,
        link=track_link(review.track_id),
        url=web_link(track.url) if track is not None else "",
        action=f"/reviews/{review.track_id}",
        playlist=visible(review.playlist),
        reason=visible(review.reason),
        since=moment(review.since, now),
        candidates=tuple(
            _candidate(number, page, owned=page.id == question.owned) for number, page in question.numbered
        ),
        compared=_compared(cells, [page for _, page in question.numbered]),
        may_be_new=question.owned is None,
        decided=DECIDED[question.decision.choice] if question.decision is not None else "",
    )


def _candidate(number: int, page: Page, *, owned: bool) -> Candidate:
    said = [str(page.cells.get(field, "")) for field in (Field.ARTIST, Field.TITLE)]
    return Candidate(
        number=number,
        page_id=page.id,
        name=" – ".join(visible(part) for part in said if part) or "a row without a title",
        link=f"https://www.notion.so/{page.id.replace('-', '')}" if len(page.id) == NOTION_ID else "",
        owned=owned,
    )


NOTION_ID = 36
"""So long is the id of a page in Notion; a local row's is a number."""


def _compared(cells: Cells, pages: Sequence[Page]) -> tuple[Compared, ...]:
    return tuple(
        Compared(
            name=FIELD_NAMES.get(field, field.value.replace("_", " ").capitalize()),
            track=_cell(field, cells.get(field), same=False),
            rows=tuple(
                _cell(field, page.cells.get(field), same=field in cells and page.cells.get(field) == cells[field])
                for page in pages
            ),
        )
        for field in SHOWN
        if field in cells or any(field in page.cells for page in pages)
    )


def _cell(field: Field, value: CellValue | None, *, same: bool) -> Cell:
    if field is Field.DURATION and isinstance(value, (int, float)):
        return Cell(text=length(value), link="", same=same)
    if isinstance(value, bool):
        return Cell(text="yes" if value else "no", link="", same=same)
    said = "" if value is None else "; ".join(value) if isinstance(value, tuple) else str(value)
    return Cell(text=visible(said), link=web_link(said) if field is Field.URL else "", same=same)
