"""The laws of planning, and what is decided in the cases that matter."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from worlds import NAME, make_file, make_listing, make_page, make_snapshot, make_track, snapshots

from cloudcrate.core import codec, naming
from cloudcrate.core.model import Availability, Field, KnownPlaylist, Memory, Page, PageId, TrackId
from cloudcrate.core.operations import (
    AdoptPage,
    CreatePage,
    Download,
    Leave,
    LeavePlaylist,
    Plan,
    RecordFile,
    Relink,
    Review,
    Side,
    State,
    UpdatePage,
    WritePlaylistFile,
)
from cloudcrate.core.plan import plan
from cloudcrate.core.snapshot import Snapshot, Wishes
from cloudcrate.errors import RefusedError


def operations(made: Plan, number: int) -> tuple[object, ...]:
    return next(unit.operations for unit in made.units if unit.track_id == number)


def only(made: Plan, number: int, kind: type) -> object:
    (found,) = [o for o in operations(made, number) if isinstance(o, kind)]
    return found


@given(snapshots())
def test_the_same_world_gives_the_same_plan(snapshot: Snapshot) -> None:
    assert plan(snapshot) == plan(snapshot)


@given(snapshots())
def test_every_track_is_mentioned_once_with_a_row_and_a_file_decision(snapshot: Snapshot) -> None:
    made = plan(snapshot)
    assert [u.track_id for u in made.units] == list(dict.fromkeys(snapshot.listing.playlist.entries))
    for unit in made.units:
        left = Counter(o.side for o in unit.operations if isinstance(o, Leave))
        about_rows = [o for o in unit.operations if isinstance(o, (CreatePage, AdoptPage, UpdatePage, Review))]
        about_files = [o for o in unit.operations if isinstance(o, Download)]
        assert len(about_rows) + left[Side.ROW] == 1
        assert len(about_files) + left[Side.FILE] == 1


@given(snapshots())
def test_every_operation_says_why(snapshot: Snapshot) -> None:
    made = plan(snapshot)
    every = [*made.opening, *(o for u in made.units for o in u.operations), *made.closing]
    assert all(o.reason.strip() for o in every)


@given(snapshots())
def test_no_row_is_given_to_two_tracks(snapshot: Snapshot) -> None:
    taken = [o.page_id for u in plan(snapshot).units for o in u.operations if isinstance(o, (AdoptPage, UpdatePage))]
    assert len(taken) == len(set(taken))


@given(snapshots())
def test_no_two_downloads_share_a_path_on_any_filesystem(snapshot: Snapshot) -> None:
    stems = [o.stem for u in plan(snapshot).units for o in u.operations if isinstance(o, Download)]
    keys = [naming.path_key(stem) for stem in stems]
    assert len(keys) == len(set(keys))
    owners = {naming.path_key(m.file.path.rsplit(".", 1)[0]): i for i, m in snapshot.memory.items() if m.file}
    for unit in plan(snapshot).units:
        for operation in unit.operations:
            if isinstance(operation, Download):
                assert owners.get(naming.path_key(operation.stem), unit.track_id) == unit.track_id


@given(snapshots())
def test_nothing_the_user_removed_returns_unasked(snapshot: Snapshot) -> None:
    quiet = replace(snapshot, wishes=replace(snapshot.wishes, restore=False, recreate=False))
    trashed = {p.id for p in snapshot.pages if p.trashed}
    for unit in plan(quiet).units:
        memory = snapshot.memory[unit.track_id]
        if memory.page_id in trashed:
            assert not any(isinstance(o, (CreatePage, UpdatePage, RecordFile)) for o in unit.operations)
        if memory.file is not None and unit.track_id not in snapshot.present:
            assert not any(isinstance(o, Download) for o in unit.operations)


@given(snapshots())
def test_a_plan_survives_json(snapshot: Snapshot) -> None:
    made = plan(snapshot)
    assert codec.loads(Plan, codec.dumps(made)) == made


@given(snapshots())
def test_only_cells_that_hold_what_cloudcrate_wrote_are_rewritten(snapshot: Snapshot) -> None:
    pages = {p.id: p for p in snapshot.pages}
    for unit in plan(snapshot).units:
        for operation in unit.operations:
            if isinstance(operation, (UpdatePage, AdoptPage)):
                memory, now = snapshot.memory[unit.track_id], pages[operation.page_id].cells
                for name in operation.cells:
                    ours = now.get(name) == memory.written.get(name) or now.get(name) in (None, False)
                    assert ours or name is Field.PLAYLISTS


def test_a_new_track_gets_a_row_and_a_file_and_the_row_learns_of_it() -> None:
    made = plan(make_snapshot(make_listing([make_track(1)])))
    assert [type(o) for o in operations(made, 1)] == [CreatePage, Download, RecordFile]
    assert isinstance(made.closing[0], WritePlaylistFile)


def test_a_repeated_track_is_one_unit_at_its_first_position() -> None:
    made = plan(make_snapshot(make_listing([make_track(1), make_track(2)], entries=[2, 1, 2])))
    assert [(u.track_id, u.position) for u in made.units] == [(2, 1), (1, 2)]
    assert made.entries == 3


def test_everything_in_place_means_no_change() -> None:
    track = make_track(1)
    file = make_file(track)
    cells = make_page(track, file=file).cells
    memory = Memory(track_id=track.id, page_id=PageId("p"), written=cells, offered=cells, file=file)
    snapshot = make_snapshot(
        make_listing([track]),
        memory={track.id: memory},
        present={track.id: file},
        playlist_lines=(file.path,),
    )
    made = plan(snapshot)
    assert made.changes == 0
    assert isinstance(made.closing[0], LeavePlaylist)


def test_a_row_with_the_same_id_is_adopted_and_only_its_empty_cells_are_filled() -> None:
    track = make_track(1, genre="House")
    there = Page(id=PageId("p"), cells={Field.SOUNDCLOUD_ID: 1, Field.TITLE: "My own title", Field.BPM: 124})
    operation = only(plan(make_snapshot(make_listing([track]), pages=[there])), 1, AdoptPage)
    assert isinstance(operation, AdoptPage)
    assert operation.cells[Field.GENRE] == "House"
    assert Field.TITLE not in operation.cells
    assert Field.BPM not in operation.cells


def test_two_rows_with_the_same_link_are_left_to_the_user() -> None:
    track = make_track(1)
    pages = [Page(id=PageId(p), cells={Field.URL: track.url}) for p in ("a", "b")]
    operation = only(plan(make_snapshot(make_listing([track]), pages=pages)), 1, Review)
    assert isinstance(operation, Review)
    assert set(operation.page_ids) == {"a", "b"}


def test_a_title_that_the_user_changed_stays_and_is_not_asked_about_again() -> None:
    track = make_track(1, title="New title")
    before = make_page(make_track(1, title="Old title")).cells
    page = Page(id=PageId("p"), cells={**before, Field.TITLE: "Mine"})
    memory = Memory(track_id=track.id, page_id=page.id, written=before, offered=before)
    made = plan(make_snapshot(make_listing([track]), memory={track.id: memory}, pages=[page]))
    leave = operations(made, 1)[0]
    assert isinstance(leave, Leave)
    assert leave.settled[Field.TITLE] == "New title"


def test_a_title_that_soundcloud_changed_is_written_where_the_old_one_stands() -> None:
    track = make_track(1, title="New title")
    before = make_page(make_track(1, title="Old title")).cells
    page = Page(id=PageId("p"), cells=before)
    memory = Memory(track_id=track.id, page_id=page.id, written=before, offered=before)
    operation = only(plan(make_snapshot(make_listing([track]), memory={track.id: memory}, pages=[page])), 1, UpdatePage)
    assert isinstance(operation, UpdatePage)
    assert operation.cells == {Field.TITLE: "New title"}


def test_a_second_playlist_is_added_to_those_that_stand_there() -> None:
    track = make_track(1)
    before = {**make_page(track).cells, Field.PLAYLISTS: ("Other", "By hand")}
    memory = Memory(
        track_id=track.id,
        page_id=PageId("p"),
        written=before,
        offered={**before, Field.PLAYLISTS: ("Other",)},
    )
    page = Page(id=PageId("p"), cells=before)
    operation = only(plan(make_snapshot(make_listing([track]), memory={track.id: memory}, pages=[page])), 1, UpdatePage)
    assert isinstance(operation, UpdatePage)
    assert operation.cells[Field.PLAYLISTS] == ("Other", "By hand", NAME)


@pytest.mark.parametrize(
    ("availability", "word"),
    [
        (Availability.PREVIEW, "30-second"),
        (Availability.BLOCKED, "blocked"),
        (Availability.PROTECTED, "encrypted"),
        (Availability.PRIVATE, "secret link"),
    ],
)
def test_what_cannot_be_had_is_named_with_its_reason(availability: Availability, word: str) -> None:
    made = plan(make_snapshot(make_listing([make_track(1, availability=availability)])))
    file = operations(made, 1)[-1]
    assert isinstance(file, Leave)
    assert file.state is State.UNOBTAINABLE
    assert word in file.reason


def test_a_track_that_was_found_protected_is_not_tried_again() -> None:
    memory = Memory(track_id=TrackId(1), unobtainable=Availability.PROTECTED)
    made = plan(make_snapshot(make_listing([make_track(1)]), memory={TrackId(1): memory}))
    assert not any(isinstance(o, Download) for o in operations(made, 1))


def test_a_track_without_metadata_stands_in_the_report_only() -> None:
    made = plan(make_snapshot(make_listing([], absent={TrackId(7): Availability.GONE})))
    states = [o.state for o in operations(made, 7) if isinstance(o, Leave)]
    assert states == [State.NO_METADATA, State.UNOBTAINABLE]


def test_a_moved_file_is_linked_again_and_not_downloaded() -> None:
    track = make_track(1)
    memory = Memory(track_id=track.id, file=make_file(track))
    moved = replace(make_file(track), path="Elsewhere/x.mp3")
    made = plan(make_snapshot(make_listing([track]), memory={track.id: memory}, present={track.id: moved}))
    assert only(made, 1, Relink) == Relink(file=moved, reason="found in the library by its id")
    assert not any(isinstance(o, Download) for o in operations(made, 1))


def test_without_downloads_no_file_is_asked_for() -> None:
    made = plan(make_snapshot(make_listing([make_track(1)]), wishes=Wishes(download=False)))
    assert [type(o) for o in operations(made, 1)] == [CreatePage, Leave]


def test_a_playlist_that_is_suddenly_empty_is_refused() -> None:
    known = KnownPlaylist(url="u", title="t", tracks=12)
    with pytest.raises(RefusedError, match="held 12 tracks"):
        plan(make_snapshot(make_listing([]), known=known))


def test_a_playlist_that_was_always_empty_is_nothing_to_do() -> None:
    assert plan(make_snapshot(make_listing([]))).changes == 0


def test_a_reading_in_part_does_not_shorten_the_playlist_file() -> None:
    track = make_track(1)
    file = make_file(track)
    snapshot = make_snapshot(
        make_listing([track], complete=False), present={track.id: file}, playlist_lines=(file.path, "b.mp3")
    )
    assert isinstance(plan(snapshot).closing[0], LeavePlaylist)


def test_a_removed_row_comes_back_only_when_asked_for() -> None:
    track = make_track(1)
    page = make_page(track, trashed=True)
    memory = {track.id: Memory(track_id=track.id, page_id=page.id, written=page.cells, offered=page.cells)}
    left = plan(make_snapshot(make_listing([track]), memory=memory, pages=[page]))
    asked = plan(make_snapshot(make_listing([track]), memory=memory, pages=[page], wishes=Wishes(recreate=True)))
    assert isinstance(operations(left, 1)[0], Leave)
    assert isinstance(operations(asked, 1)[0], CreatePage)


def test_a_removed_row_is_not_made_again_beside_another_row_of_the_track() -> None:
    """Another machine may have merged it into that one."""
    track = make_track(1)
    gone, stays = make_page(track, trashed=True), replace(make_page(track), id=PageId("the-other"))
    memory = {track.id: Memory(track_id=track.id, page_id=gone.id, written=gone.cells, offered=gone.cells)}
    asked = plan(make_snapshot(make_listing([track]), memory=memory, pages=[gone, stays], wishes=Wishes(recreate=True)))
    (adopted, *_) = operations(asked, 1)
    assert isinstance(adopted, AdoptPage)
    assert adopted.page_id == stays.id
