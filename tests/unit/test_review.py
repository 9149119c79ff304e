"""What only the user can tell: questions, answers, and rows that are there twice."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from pretend import Pretended
from worlds import NAME, make_listing, make_track

from cloudcrate.app.review import Merge, Question
from cloudcrate.cli import show
from cloudcrate.core.model import Cells, CellValue, Choice, Field, Page, PageId, Track, TrackId
from cloudcrate.core.report import Report
from cloudcrate.core.rows import playlists_of
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import RefusedError, UsageError

ONE = TrackId(1)
ID, TITLE, URL, GENRE, LISTS = Field.SOUNDCLOUD_ID, Field.TITLE, Field.URL, Field.GENRE, Field.PLAYLISTS


class World(Pretended):
    """A playlist of tracks and a table with rows of its user's."""

    def sync(self, *, recreate: bool = False) -> Report:
        """One whole run without files."""
        order = replace(self.order, wishes=Wishes(download=False, recreate=recreate))
        ended = self.service.sync(order)
        assert ended.error is None
        return ended.report

    def changes(self) -> int:
        """How much the next run would change."""
        return self.service.preview(replace(self.order, wishes=Wishes(download=False))).changes

    def put(self, **cells: CellValue) -> PageId:
        """A row that the user made."""
        named: Cells = {Field[name.upper()]: value for name, value in cells.items()}
        return self.catalog.create(named, make_track(1), announce=lambda: None).id

    def row(self, page_id: PageId) -> Page:
        """A row, in the trash or not."""
        return self.catalog.get({page_id: make_track(1)})[page_id]

    def ids(self) -> list[CellValue | None]:
        """The ids in the table."""
        return [page.cells.get(ID) for page in self.catalog.every_row()]

    def question(self) -> Question:
        """The only question."""
        (found,) = self.service.reviews.questions()
        return found


def world_of(*tracks: Track) -> World:
    return World(make_listing(list(tracks) or [make_track(1, genre="House")]))


def doubtful() -> tuple[World, PageId, PageId]:
    """Two rows carry the id of track 1, and one run has met them."""
    world = world_of()
    first = world.put(soundcloud_id=1, title="My own", genre="mine", bpm=120)
    second = world.put(soundcloud_id=1)
    report = world.sync()
    assert (report.rows["review"], report.rows["created"], report.failed) == (1, 0, 0)
    assert "cloudcrate review" in report.next_step
    return world, first, second


# --- one track, several rows that may be its own ------------------------------------------------


def test_two_rows_with_one_id_are_a_question_with_both_rows() -> None:
    world, first, second = doubtful()
    question = world.question()
    assert [page.id for page in question.pages] == [first, second]
    assert question.track is not None
    assert (question.track.title, question.owned, question.decision) == ("Song 1", None, None)
    assert (question.review.reason, question.review.playlist) == ("2 rows carry its SoundCloud ID", NAME)
    since = question.review.since
    world.clock.advance(1000)
    world.sync()
    assert world.question().review.since == since
    lines = "\n".join(show.question_lines([question]))
    assert "Ada - Song 1 [1], 3:05" in lines
    assert "1) My own [1]" in lines
    assert "2) a row without a title [1]" in lines


def test_an_adopted_row_gets_its_empty_cells_filled_and_keeps_its_users() -> None:
    world, first, second = doubtful()
    world.service.reviews.decide(ONE, Choice.ADOPT, first)
    assert world.service.reviews.questions() == ()
    other = world.row(second)
    assert world.sync().rows["updated"] == 1
    cells = world.row(first).cells
    assert (cells[TITLE], cells[GENRE], cells[Field.BPM], cells[ID]) == ("My own", "mine", 120, 1)
    assert (cells[URL], cells[Field.ARTIST], cells[LISTS]) == (make_track(1).url, "Ada", (NAME,))
    assert world.row(second) == other
    assert world.changes() == 0


def test_a_new_row_is_made_once_though_others_carry_its_id() -> None:
    world, first, second = doubtful()
    world.service.reviews.decide(ONE, Choice.NEW)
    before = [world.row(first), world.row(second)]
    question = world.question()
    assert question.decision is not None
    assert "decided: new" in "\n".join(show.question_lines([question]))
    assert world.sync().rows["created"] == 1
    assert world.ids() == [1, 1, 1]
    assert [world.row(first), world.row(second)] == before
    assert (world.service.reviews.questions(), world.changes()) == ((), 0)
    writes = world.catalog.writes
    assert world.sync().rows["unchanged"] == 1
    assert world.catalog.writes == writes


def test_a_look_through_the_table_does_not_ask_again_about_rows_that_were_refused() -> None:
    world, first, _ = doubtful()
    world.service.reviews.decide(ONE, Choice.NEW)
    world.sync()
    assert world.service.reviews.sweep().doubles == 0
    third = world.put(soundcloud_id=1)
    assert world.service.reviews.sweep().doubles == 1
    assert [page.id for page in world.question().pages][1:] == [third]
    assert first not in world.question().review.page_ids


def test_a_track_that_is_skipped_has_no_row_until_that_is_taken_back() -> None:
    world, _, _ = doubtful()
    world.service.reviews.decide(ONE, Choice.SKIP)
    report = world.sync()
    assert (report.rows["unchanged"], report.rows["review"], report.unfinished) == (1, 0, ())
    assert (len(world.ids()), world.changes(), report.next_step) == (2, 0, "Nothing is left to do.")
    assert world.service.reviews.reconsider(ONE) is True
    assert world.service.reviews.reconsider(ONE) is False
    assert world.sync().rows["review"] == 1
    assert world.question().decision is None


def test_a_question_that_the_user_answered_in_the_table_is_closed() -> None:
    world, first, second = doubtful()
    world.catalog.trash(second)
    assert [page.id for page in world.question().pages] == [first]
    assert world.sync().rows["updated"] == 1
    assert world.service.reviews.questions() == ()


def test_numbers_of_rows_stay_when_another_row_goes() -> None:
    world = world_of()
    first, second, third = (world.put(soundcloud_id=1, title=f"Row {n}") for n in (1, 2, 3))
    world.sync()
    world.catalog.trash(first)
    question = world.question()
    assert [(number, page.id) for number, page in question.numbered] == [(2, second), (3, third)]
    assert "2) Row 2" in "\n".join(show.question_lines([question]))


def test_a_row_that_is_another_tracks_is_not_adopted() -> None:
    world = world_of(make_track(1, title="Same"), make_track(2, title="Same", duration_ms=185_000))
    page = world.put(title="Same", artist="Ada", duration=185)
    world.put(soundcloud_id=9)
    world.sync()
    assert {question.review.track_id for question in world.service.reviews.questions()} == {1, 2}
    world.service.reviews.decide(ONE, Choice.ADOPT, page)
    with pytest.raises(RefusedError, match="the row of track 1"):
        world.service.reviews.decide(TrackId(2), Choice.ADOPT, page)
    world.service.reviews.decide(TrackId(2), Choice.NEW)
    world.sync()
    assert sorted(map(str, world.ids())) == ["1", "2", "9"]
    assert world.changes() == 0


@pytest.mark.parametrize("page", [None, PageId("page-9")])
def test_an_answer_without_a_question_or_a_row_is_refused(page: PageId | None) -> None:
    world, first, _ = doubtful()
    with pytest.raises(UsageError, match="is not under review"):
        world.service.reviews.decide(TrackId(7), Choice.ADOPT, first)
    with pytest.raises(UsageError, match="no row"):
        world.service.reviews.decide(ONE, Choice.ADOPT, page)
    world.catalog.trash(first)
    with pytest.raises(UsageError, match="no row"):
        world.service.reviews.decide(ONE, Choice.ADOPT, first)


# --- rows that are there twice ------------------------------------------------------------------


def doubled(**more: CellValue) -> tuple[World, PageId, PageId]:
    """Track 1 is synced and has a second row, which a look through the table has found."""
    world = world_of(make_track(1, genre="House"), make_track(2))
    world.sync()
    kept = world.ledger.page_owners("memory:catalog")
    (first,) = [page_id for page_id, owner in kept.items() if owner == ONE]
    second = world.put(soundcloud_id=1, **more)
    assert world.service.reviews.sweep().doubles == 1
    return world, first, second


def test_doubles_are_found_by_id_and_by_link_and_put_as_one_question() -> None:
    world = world_of()
    world.sync()
    (owned,) = world.catalog.every_row()
    by_id = world.put(soundcloud_id="soundcloud:tracks:1")
    by_link = world.put(url=make_track(1).url + "?si=1")
    world.put(title="Song 1")
    swept = world.service.reviews.sweep()
    assert (swept.looked_at, swept.doubles, swept.unknown) == (4, 1, ())
    question = world.question()
    assert question.review.page_ids == (owned.id, by_id, by_link)
    assert (question.owned, question.review.reason.startswith("3 rows carry its link and SoundCloud ID")) == (
        owned.id,
        True,
    )
    assert ", known as its row" in "\n".join(show.question_lines([question]))
    assert world.catalog.every_row() == tuple(map(world.row, (*question.review.page_ids, PageId("page-4"))))


def test_rows_of_which_no_track_is_known_are_only_named() -> None:
    world = world_of()
    pages = tuple(world.put(url="https://soundcloud.com/bo/unheard") for _ in range(2))
    swept = world.service.reviews.sweep()
    assert (swept.doubles, swept.unknown, world.service.reviews.questions()) == (0, (pages,), ())


@pytest.mark.parametrize(
    "rows",
    [
        [{"soundcloud_id": 1, "url": "https://soundcloud.com/ada/song-1"}, {"soundcloud_id": 2, "url": "https://soundcloud.com/ada/song-1"}],
        [{"soundcloud_id": 1, "url": "https://soundcloud.com/ada/sets/x"}, {"url": "https://soundcloud.com/ada/sets/x"}],
        [{"soundcloud_id": 1, "url": "https://soundcloud.com/ada/likes"}, {"url": "https://soundcloud.com/ada/likes"}],
        [{"soundcloud_id": 1}, {"title": "Song 1"}],
    ],
    ids=["wrong link", "playlist's link", "list's link", "title"],
)  # fmt: skip
def test_what_is_not_surely_one_track_is_no_double(rows: Sequence[dict[str, CellValue]]) -> None:
    world = world_of()
    for cells in rows:
        world.put(**cells)
    swept = world.service.reviews.sweep()
    assert (swept.doubles, swept.unknown, world.service.reviews.questions()) == (0, (), ())


def test_a_double_of_a_track_that_has_a_row_is_answered_by_naming_one() -> None:
    world, first, second = doubled()
    for choice in (Choice.NEW, Choice.SKIP):
        with pytest.raises(UsageError, match="has a row already"):
            world.service.reviews.decide(ONE, choice)
    world.service.reviews.decide(ONE, Choice.ADOPT, second)
    world.sync()
    assert (world.row(second).cells[TITLE], world.row(first).trashed) == ("Song 1", False)
    assert (world.changes(), world.service.reviews.questions()) == (0, ())


def test_a_merge_that_is_only_worked_out_changes_nothing() -> None:
    world, first, second = doubled(genre="mine", bpm=99, playlists=("By hand",))
    rows = world.catalog.every_row()
    merge = world.service.reviews.merge(ONE, first)
    assert (merge.trash, merge.fill) == ((second,), {Field.BPM: 99, LISTS: (NAME, "By hand")})
    assert merge.conflicts == ((second, GENRE, "mine"),)
    assert world.catalog.every_row() == rows
    text = "\n".join(show.merge_lines(merge))
    assert "It gets: bpm = 99, playlists = Night Bus; By hand." in text
    assert "not kept: genre = mine" in text


@pytest.mark.parametrize("keeps_owned", [True, False])
def test_a_merge_fills_empty_cells_unites_the_playlists_and_trashes_the_others(keeps_owned: bool) -> None:
    world, first, second = doubled(title="Mine", genre="mine", bpm=99, playlists=("By hand",), downloaded=False)
    keep, gone = (first, second) if keeps_owned else (second, first)
    world.service.reviews.carry_out(world.service.reviews.merge(ONE, keep))
    assert (world.row(gone).trashed, world.row(keep).trashed) == (True, False)
    cells = world.row(keep).cells
    assert (cells[TITLE], cells[GENRE]) == (("Song 1", "House") if keeps_owned else ("Mine", "mine"))
    assert (cells[Field.BPM], cells[URL], set(playlists_of(cells))) == (99, make_track(1).url, {NAME, "By hand"})
    assert world.service.reviews.questions() == ()
    assert world.ledger.page_owners("memory:catalog")[keep] == ONE
    assert world.changes() == 0
    assert world.sync().rows["unchanged"] == 2
    assert world.row(keep).cells == cells
    world.source.listing = make_listing([make_track(2)])
    world.sync()
    assert playlists_of(world.row(keep).cells) == ("By hand",)  # it knows of its link, and not of the user's


@pytest.mark.parametrize("keeps_owned", [True, False])
@pytest.mark.parametrize("moment", [1, 2, 3])
def test_a_merge_that_broke_off_can_be_done_again(moment: int, keeps_owned: bool) -> None:
    world, first, second = doubled(bpm=99)
    third = world.put(soundcloud_id=1, key="4A")
    world.service.reviews.sweep()
    keep, trash, left = (first if keeps_owned else third), world.catalog.trash, [moment]

    def breaking(page_id: PageId) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        trash(page_id)

    world.catalog.trash = breaking  # type: ignore[method-assign]  # the fake, not the code under test
    reviews = world.service.reviews
    if moment == 3:  # after the last of them
        world.ledger.close_review = lambda *_: breaking(keep)  # type: ignore[method-assign]  # as above
    with pytest.raises(KeyboardInterrupt):
        reviews.carry_out(reviews.merge(ONE, keep))
    del world.catalog.trash
    if moment == 3:
        del world.ledger.close_review
    reviews.carry_out(reviews.merge(ONE, keep))
    assert {p: world.row(p).trashed for p in (first, second, third)} == {p: p != keep for p in (first, second, third)}
    assert (world.row(keep).cells[Field.BPM], world.row(keep).cells[Field.KEY]) == (99, "4A")
    assert (reviews.questions(), world.changes()) == ((), 0)


def test_a_merge_is_refused_when_the_rows_have_changed_since_it_was_shown() -> None:
    world, first, second = doubled(bpm=99)
    merge = world.service.reviews.merge(ONE, first)
    world.catalog.edit(first, {Field.BPM: 120})
    with pytest.raises(RefusedError, match="changed meanwhile"):
        world.service.reviews.carry_out(merge)
    assert (world.row(first).cells[Field.BPM], world.row(second).trashed) == (120, False)


def unsure() -> dict[str, tuple[World, PageId]]:
    """Worlds with a question about track 1 in which a row may be another track's, and the row to keep."""
    by_title = world_of()
    for _ in range(2):
        kept = by_title.put(title="Song 1", artist="Ada", duration=185)
    by_title.sync()
    linked = world_of()  # both lead to another track: doubles of each other, but not this one's
    for _ in range(2):
        other = linked.put(title="Song 1", artist="Ada", duration=185, url="https://soundcloud.com/bo/other")
    linked.sync()
    owned, first, _ = doubled()
    (second,) = [p for p, owner in owned.ledger.page_owners("memory:catalog").items() if owner == 2]
    owned.catalog.edit(second, {ID: 1})  # the user typed the id into the row of track 2
    owned.service.reviews.sweep()
    return {"title": (by_title, kept), "link": (linked, other), "owned": (owned, first)}


@pytest.mark.parametrize("case", ["title", "link", "owned"])
def test_rows_that_are_not_surely_the_tracks_are_not_merged(case: str) -> None:
    world, keep = unsure()[case]
    rows = world.catalog.every_row()
    with pytest.raises(RefusedError, match="not merged"):
        world.service.reviews.merge(ONE, keep)
    stale = Merge(track_id=ONE, keep=keep, trash=(), fill={}, conflicts=())
    with pytest.raises(RefusedError, match="not merged"):
        world.service.reviews.carry_out(stale)
    assert world.catalog.every_row() == rows


def test_there_is_nothing_to_merge_into_a_row_that_is_not_there_or_alone() -> None:
    world, first, second = doubled()
    with pytest.raises(UsageError, match="no other rows"):
        world.service.reviews.merge(ONE, PageId("page-9"))
    world.catalog.trash(first)
    with pytest.raises(UsageError, match="no other rows"):
        world.service.reviews.merge(ONE, second)
    world.service.reviews.decide(ONE, Choice.ADOPT, second)
    assert world.sync().failed == 0
    assert world.changes() == 0
