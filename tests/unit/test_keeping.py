"""The library's own verbs: checking, tagging anew, taking back, and taking in what people have already."""

from dataclasses import replace

import pytest
from pretend import Pretended
from worlds import make_listing, make_track

from cloudcrate.app.keeping import CHECK_LIVES, Notes
from cloudcrate.core.model import Availability, StoredFile, TrackId
from cloudcrate.core.naming import TEMPLATE
from cloudcrate.core.snapshot import Wishes
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import DamagedError, DiskError, UsageError
from cloudcrate.ports.library import Finding, FoundFile, State

ONE, TWO, THREE = (TrackId(number) for number in (1, 2, 3))
SONG = "Ada/Ada - Song 1.mp3"


@pytest.fixture
def world() -> Pretended:
    """A playlist of three tracks, synced."""
    made = Pretended(make_listing([make_track(1), make_track(2), make_track(3)]))
    assert made.service.sync(made.order).report.failed == 0
    return made


def states(notes: Notes) -> dict[int, str]:
    return {int(note.track_id or 0): note.state for note in notes}


# --- verify ---------------------------------------------------------------------------------------


def test_what_was_just_fetched_needs_no_check(world: Pretended) -> None:
    found = world.service.keeping.verify(None)
    assert (found.notes, found.fresh) == ((), 3)


def test_files_are_checked_again_after_a_while_and_then_rest(world: Pretended) -> None:
    world.clock.sleep(CHECK_LIVES + 1)
    found = world.service.keeping.verify(None)
    assert (states(found.notes), found.fresh) == ({1: "sound", 2: "sound", 3: "sound"}, 0)
    assert world.service.keeping.verify(None).fresh == 3


def test_a_clock_that_was_set_back_does_not_keep_files_from_being_checked(world: Pretended) -> None:
    world.clock.advance(-3 * 86_400.0)
    assert world.service.keeping.verify(None).fresh == 0


def test_missing_damaged_and_edited_files_are_told_apart(world: Pretended) -> None:
    world.store.delete(SONG)
    world.store.damaged.add("Ada/Ada - Song 2.mp3")
    edited = world.store.files["Ada/Ada - Song 3.mp3"]
    world.store.files[edited.path] = replace(edited, sha256="f" * 64)
    found = world.service.keeping.verify(None, everything=True)
    assert states(found.notes) == {1: "missing", 2: "damaged", 3: "retagged"}
    assert [found.count(state) for state in State] == [0, 1, 1, 1]
    again = world.service.keeping.verify(None, everything=True)
    assert states(again.notes) == {1: "missing", 2: "damaged", 3: "sound"}, "an edit is remembered"


def test_only_what_is_meant_is_checked(world: Pretended) -> None:
    assert states(world.service.keeping.verify([TWO], everything=True).notes) == {2: "sound"}


def test_a_check_that_breaks_off_goes_on_where_it_was(world: Pretended) -> None:
    world.clock.sleep(CHECK_LIVES + 1)
    whole = world.store.examine
    looked: list[str] = []

    def failing(file: StoredFile, track_id: TrackId) -> Finding:
        looked.append(file.path)
        if len(looked) == 2:
            raise DiskError("the disk fails")
        return whole(file, track_id)

    world.store.examine = failing  # type: ignore[method-assign]  # a disk that fails in between
    with pytest.raises(DiskError):
        world.service.keeping.verify(None)
    world.store.examine = whole  # type: ignore[method-assign]
    found = world.service.keeping.verify(None)
    assert (len(found.notes), found.fresh) == (2, 1)


def test_a_moved_file_is_checked_where_it_is(world: Pretended) -> None:
    world.store.rename(SONG, "best/of.mp3")
    (note,) = world.service.keeping.verify([ONE], everything=True).notes
    assert (note.state, note.path) == ("sound", "best/of.mp3")


def test_damaged_files_are_moved_away_and_fetched_again(world: Pretended) -> None:
    world.store.damaged.add(SONG)
    (playlist,) = world.service.keeping.discard([ONE])
    assert "quarantine/Ada/Ada - Song 1.mp3" in world.store.files
    world.store.damaged.clear()
    report = world.service.sync_again(playlist).report
    assert (report.files["downloaded"], report.files["present"]) == (1, 2)
    assert SONG in world.store.files
    assert states(world.service.keeping.verify(None, everything=True).notes) == {1: "sound", 2: "sound", 3: "sound"}


# --- retag ----------------------------------------------------------------------------------------


def test_tags_are_written_from_what_is_known_and_only_once(world: Pretended) -> None:
    world.store.tags[SONG] = Tags(title="wrong")
    assert states(world.service.keeping.retag(None)) == {1: "retagged", 2: "unchanged", 3: "unchanged"}
    assert world.store.tags[SONG].title == "Song 1"
    assert states(world.service.keeping.retag(None)) == {1: "unchanged", 2: "unchanged", 3: "unchanged"}
    assert states(world.service.keeping.verify(None, everything=True).notes) == {1: "sound", 2: "sound", 3: "sound"}
    assert world.store.fetches == [(ONE, "mp3_1_0"), (TWO, "mp3_1_0"), (THREE, "mp3_1_0")], "nothing is fetched again"


def test_a_track_of_an_album_gets_its_name() -> None:
    listing = make_listing([make_track(1)])
    world = Pretended(replace(listing, playlist=replace(listing.playlist, album=True)))
    world.service.sync(world.order)
    assert (world.store.tags[SONG].album, world.store.tags[SONG].album_artist) == ("Night Bus", "Ada")
    world.store.tags[SONG] = Tags()
    world.service.keeping.retag(None)
    assert world.store.tags[SONG].album == "Night Bus"


def test_a_file_that_fails_does_so_alone(world: Pretended) -> None:
    world.store.delete(SONG)
    assert states(world.service.keeping.retag(None)) == {1: "missing", 2: "unchanged", 3: "unchanged"}


# --- mirror and restore ---------------------------------------------------------------------------


def without_the_first(world: Pretended) -> Pretended:
    """The first track has left the playlist, and files are mirrored."""
    world.source.listing = make_listing([make_track(2), make_track(3)])
    mirroring = replace(world.order, wishes=Wishes(mirror=True))
    assert world.service.sync(mirroring).report.failed == 0
    return world


def test_a_file_that_no_playlist_wants_goes_to_quarantine_only_when_asked(world: Pretended) -> None:
    world.source.listing = make_listing([make_track(2), make_track(3)])
    world.service.sync(world.order)
    assert SONG in world.store.files
    without_the_first(world)
    assert sorted(world.store.files) == [
        "Ada/Ada - Song 2.mp3", "Ada/Ada - Song 3.mp3", "quarantine/Ada/Ada - Song 1.mp3",
    ]  # fmt: skip
    assert [note.path for note in world.service.keeping.quarantined(None)] == ["quarantine/Ada/Ada - Song 1.mp3"]


def test_a_quarantined_file_comes_back_to_where_it_was(world: Pretended) -> None:
    without_the_first(world)
    assert states(world.service.keeping.restore(None)) == {1: "restored"}
    assert SONG in world.store.files
    assert world.service.keeping.restore(None) == ()
    assert world.service.keeping.quarantined(None) == ()
    with pytest.raises(UsageError, match="No file of that is in quarantine"):
        world.service.keeping.restore([TWO])


def test_a_file_of_the_users_own_place_comes_back_to_it(world: Pretended) -> None:
    world.store.rename(SONG, "best/of.mp3")
    without_the_first(world)
    assert "quarantine/best/of.mp3" in world.store.files
    world.service.keeping.restore([ONE])
    assert "best/of.mp3" in world.store.files
    world.source.listing = make_listing([make_track(1), make_track(2), make_track(3)])
    world.service.sync(world.order)
    assert "best/of.mp3" in world.store.files, "it is its user's place and stays so"


def test_a_quarantined_track_that_is_wanted_again_comes_back_with_the_sync(world: Pretended) -> None:
    without_the_first(world)
    world.source.listing = make_listing([make_track(1), make_track(2), make_track(3)])
    report = world.service.sync(world.order).report
    assert (report.files["downloaded"], report.files["present"]) == (0, 3)
    assert SONG in world.store.files
    assert world.service.preview(world.order).changes == 0


# --- import ---------------------------------------------------------------------------------------


def unsynced(*titles: str) -> Pretended:
    """A playlist whose metadata is known and none of whose files is there."""
    tracks = [make_track(number, title=title) for number, title in enumerate(titles, 1)]
    world = Pretended(make_listing(tracks))
    world.service.sync(replace(world.order, wishes=Wishes(download=False)))
    return world


def taken_in(world: Pretended, folder: str = "/music") -> Notes:
    keeping = world.service.keeping
    return keeping.take_in(keeping.explore(folder, None, template=TEMPLATE))


def a_file(world: Pretended, name: str, seconds: float, tags: Tags) -> None:
    path = f"/music/{name}"
    world.store.outside[path] = FoundFile(path=path, seconds=seconds, tags=tags)


def test_files_are_taken_in_by_id_by_link_and_by_title() -> None:
    world = unsynced("Lanterns", "Night Ferry", "Low Tide", "Undertow")
    length = {n: make_track(n).seconds for n in range(1, 5)}
    a_file(world, "1.mp3", length[1], Tags(track_id=TrackId(1)))
    a_file(world, "2.mp3", length[2], Tags(url="https://soundcloud.com/ada/song-2"))
    a_file(world, "3.mp3", length[3] + 1, Tags(title="Low Tide", artist="Ada"))
    a_file(world, "4.mp3", length[4] + 30, Tags(title="Undertow", artist="Ada"))
    a_file(world, "other.mp3", 99.0, Tags(title="Something", artist="Else"))
    notes = taken_in(world)
    assert states(notes)[1] == states(notes)[2] == states(notes)[3] == "adopted"
    assert {note.path: note.state for note in notes if note.state != "adopted"} == {
        "/music/4.mp3": "not recognised", "/music/other.mp3": "not recognised",
    }  # fmt: skip
    report = world.service.sync(world.order).report
    assert (report.files["present"], report.files["downloaded"]) == (3, 1), "what is there is not fetched"


def test_looking_takes_nothing_in() -> None:
    world = unsynced("Lanterns")
    a_file(world, "1.mp3", make_track(1).seconds, Tags(track_id=TrackId(1)))
    (note,) = world.service.keeping.explore("/music", None, template=TEMPLATE).notes
    assert (note.state, note.reason) == ("to be taken in", "same SoundCloud ID")
    assert world.store.files == {}


def test_what_fits_only_almost_is_left_to_its_user() -> None:
    world = unsynced("Lanterns")
    for name in ("a.mp3", "b.mp3"):
        a_file(world, name, make_track(1).seconds, Tags(title="Lanterns", artist="Ada"))
    notes = taken_in(world)
    assert [note.state for note in notes] == ["in doubt", "in doubt"]
    assert world.store.files == {}


def test_a_file_that_is_not_the_whole_track_fails_alone() -> None:
    world = unsynced("Lanterns", "Night Ferry")
    a_file(world, "1.mp3", 30.0, Tags(track_id=TrackId(1)))
    a_file(world, "2.mp3", make_track(2).seconds, Tags(track_id=TrackId(2)))
    assert states(taken_in(world)) == {1: "failed", 2: "adopted"}


def test_without_a_playlist_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(UsageError, match="No track is known"):
        taken_in(Pretended(make_listing([make_track(1)])))


def test_a_folder_that_is_not_there_is_said() -> None:
    with pytest.raises(DiskError, match="no folder"):
        taken_in(unsynced("Lanterns"), "/nowhere")


# --- what is held ---------------------------------------------------------------------------------


def test_every_track_says_what_there_is_and_what_could_help() -> None:
    tracks = [
        make_track(1),
        make_track(2, availability=Availability.PREVIEW, purchase_url="https://shop.example/2"),
        make_track(3),
    ]
    world = Pretended(make_listing(tracks, absent={TrackId(4): Availability.PRIVATE}))
    world.source.dead = {THREE}
    world.service.sync(world.order)
    held = {int(h.track_id): h for h in world.service.holdings("Night Bus")}
    assert (held[1].availability, held[1].path, held[1].reason) == (Availability.FULL, SONG, "")
    assert "preview" in held[2].reason
    assert "https://shop.example/2" in held[2].hint
    assert "cloudcrate login" in held[2].hint
    assert held[3].availability is Availability.PROTECTED
    assert held[4].availability is Availability.PRIVATE
    assert "secret link" in held[4].hint
    assert [int(h.track_id) for h in world.service.holdings("2")] == [2]
    with pytest.raises(UsageError):
        world.service.holdings("Day Train")


def test_a_damaged_download_is_no_file(world: Pretended) -> None:
    world.store.fetch_failures[ONE] = [DamagedError("cut")]
    world.store.delete(SONG)
    assert world.service.holdings("1")[0].path == SONG, "what is remembered, until the next sync looks"
