"""What every Store must do with the recipe of a file and with files that are there, held against all of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from library_bench import SECONDS
from store_world import ORIGINAL_STREAM, STEM, InFolder, InMemory, InObjects, StoreWorld, track

from cloudcrate.core import naming
from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import Tags, tags_of
from cloudcrate.errors import DamagedError, DiskError, NotFoundError
from cloudcrate.ports.library import Recipe, State

SEVEN, EIGHT = TrackId(7), TrackId(8)
MARKED = naming.with_id(STEM, SEVEN)
OTHER = "Best of/01 Song"


def recipe(number: int, convert: str, *, lossy: bool = False, keep_original: bool = False) -> Recipe:
    return Recipe(tags=tags_of(track(number)), convert=convert, lossy=lossy, keep_original=keep_original)


class RecipeContract:
    """What becomes of a download; a subclass provides ``world``."""

    def test_the_tags_of_the_recipe_are_in_the_file(self, world: StoreWorld) -> None:
        tags = Tags(title="Song", artist="Ada", album="Night Bus", genre="House", track_id=SEVEN)
        file = world.store.place(world.fetch(track(7), Recipe(tags=tags)), STEM)
        assert world.store.retag(file, tags) == file
        (found,) = world.store.explore(world.store.id)
        assert found.tags == tags

    def test_what_the_stream_was_is_recorded(self, world: StoreWorld) -> None:
        assert world.stored(track(7)).preset == "mp3_1_0"
        assert world.store.place(world.fetch(track(8), stream=ORIGINAL_STREAM), "x").preset == "original"

    def test_an_original_comes_as_it_is(self, world: StoreWorld) -> None:
        staged = world.fetch(track(7), stream=ORIGINAL_STREAM)
        assert (staged.suffix, staged.file.format, staged.note, staged.original) == (".wav", "wav", "", "")

    @pytest.mark.parametrize(
        ("convert", "suffix"),
        [("aiff", ".aiff"), ("flac", ".flac"), ("alac", ".m4a"), ("mp3", ".mp3"), ("m4a", ".m4a"), ("wav", ".wav")],
    )
    def test_an_original_is_converted(self, world: StoreWorld, convert: str, suffix: str) -> None:
        staged = world.fetch(track(7), recipe(7, convert), ORIGINAL_STREAM)
        assert (staged.suffix, staged.file.format, staged.note) == (suffix, suffix.removeprefix("."), "")
        file = world.store.place(staged, STEM)
        assert world.files() == [f"{STEM}{suffix}"]
        assert world.store.examine(file, SEVEN).state is State.SOUND
        assert world.staged() == 0

    @pytest.mark.parametrize("convert", ["aiff", "alac", "m4a"])
    def test_what_is_lossy_is_not_converted_and_that_is_said(self, world: StoreWorld, convert: str) -> None:
        staged = world.fetch(track(7), recipe(7, convert, keep_original=True))
        assert (staged.suffix, staged.original) == (".mp3", "")
        assert "lossy" in staged.note

    @pytest.mark.parametrize(("convert", "suffix"), [("aiff", ".aiff"), ("alac", ".m4a"), ("m4a", ".m4a")])
    def test_what_is_lossy_is_converted_when_that_is_forced(self, world: StoreWorld, convert: str, suffix: str) -> None:
        staged = world.fetch(track(7), recipe(7, convert, lossy=True))
        assert (staged.suffix, staged.note) == (suffix, "")

    @pytest.mark.parametrize("lossy", [False, True])
    def test_what_is_of_the_format_already_stays_as_it_is(self, world: StoreWorld, lossy: bool) -> None:
        staged = world.fetch(track(7), recipe(7, "mp3", lossy=lossy, keep_original=True))
        assert (staged.suffix, staged.note, staged.original) == (".mp3", "", "")
        assert staged.file.sha256 == world.fetch(track(7)).file.sha256

    def test_an_original_is_kept_beside_what_it_was_converted_to(self, world: StoreWorld) -> None:
        staged = world.fetch(track(7), recipe(7, "aiff", keep_original=True), ORIGINAL_STREAM)
        assert staged.original
        file = world.store.place(staged, STEM)
        assert file.path == f"{STEM}.aiff"
        assert world.files() == sorted([file.path, f"originals/{STEM}.wav"])
        assert world.staged() == 0
        assert world.store.present({SEVEN: file}) == {SEVEN: file}

    def test_an_original_is_kept_under_the_name_that_its_track_got(self, world: StoreWorld) -> None:
        world.put(f"{STEM}.aiff")
        world.store.place(world.fetch(track(7), recipe(7, "aiff", keep_original=True), ORIGINAL_STREAM), STEM)
        assert world.files() == sorted([f"{STEM}.aiff", f"{MARKED}.aiff", f"originals/{MARKED}.wav"])

    def test_an_original_is_kept_once_and_over_nothing(self, world: StoreWorld) -> None:
        world.put(f"originals/{STEM}.wav")
        wanted = recipe(7, "aiff", keep_original=True)
        for _ in range(2):
            world.store.place(world.fetch(track(7), wanted, ORIGINAL_STREAM), STEM)
        assert world.files() == sorted([f"{STEM}.aiff", f"originals/{STEM}.wav", f"originals/{MARKED}.wav"])


class KeepingContract:
    """Another name, other tags, a second look; a subclass provides ``world``."""

    def test_a_file_is_moved_with_its_bytes(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        moved = world.store.move(file, OTHER)
        assert moved == replace(file, path=f"{OTHER}.mp3", stem=OTHER)
        assert world.files() == [moved.path]
        assert world.store.examine(moved, SEVEN).state is State.SOUND
        assert world.store.present({SEVEN: file}) == {SEVEN: replace(file, path=moved.path)}

    def test_a_move_to_where_it_is_changes_nothing(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        assert world.store.move(file, STEM) == file
        assert world.files() == [file.path]

    def test_a_move_that_was_not_recorded_is_made_again(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        assert world.store.move(file, OTHER) == world.store.move(file, OTHER)
        assert world.files() == [f"{OTHER}.mp3"]

    def test_a_name_may_change_its_case(self, world: StoreWorld) -> None:
        moved = world.store.move(world.stored(track(7), "Ada/Song"), "Ada/SONG")
        assert naming.path_key(moved.path) == naming.path_key("Ada/Song.mp3")
        assert world.files() == [moved.path]
        assert moved.stem == "Ada/SONG"

    @pytest.mark.parametrize("taken", [f"{OTHER}.mp3", "best of/01 SONG.mp3"])
    def test_a_move_goes_over_no_other_file(self, world: StoreWorld, taken: str) -> None:
        file = world.stored(track(7))
        world.put(taken)
        moved = world.store.move(file, OTHER)
        assert moved.stem == naming.with_id(OTHER, SEVEN)
        assert len(world.files()) == 2
        assert taken in world.files()
        assert world.store.move(moved, OTHER) == moved

    def test_a_move_goes_over_no_copy_of_the_same_track(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.move(file.path, f"{OTHER}.mp3")
        second = world.stored(track(7))
        moved = world.store.move(second, OTHER)
        assert world.files() == sorted([f"{OTHER}.mp3", moved.path])
        assert moved.stem == naming.with_id(OTHER, SEVEN)

    def test_what_is_not_there_cannot_be_moved(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.delete(file.path)
        with pytest.raises(NotFoundError):
            world.store.move(file, OTHER)
        world.put(f"{OTHER}.mp3")
        with pytest.raises(NotFoundError):
            world.store.move(file, OTHER)

    def test_a_move_that_leads_out_is_refused_and_loses_nothing(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        with pytest.raises(DiskError):
            world.store.move(file, "../Song")
        assert world.store.present({SEVEN: file}) == {SEVEN: file}
        assert world.store.retag(file, tags_of(track(7))) == file

    def test_what_lies_in_quarantine_is_present_only_where_it_is_known(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        away = world.store.move(file, naming.quarantined(file.path))
        assert away.path == f"quarantine/{STEM}.mp3"
        assert world.store.present({SEVEN: away}) == {SEVEN: away}
        assert world.store.present({SEVEN: file}) == {}
        assert world.store.move(away, naming.before_quarantine(away.path)) == file

    def test_other_tags_make_other_bytes_and_the_same_sound(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        tags = replace(tags_of(track(7)), title="Another", album="Night Bus")
        written = world.store.retag(file, tags)
        assert written.sha256 != file.sha256
        assert replace(written, size=file.size, sha256=file.sha256) == file
        assert world.store.examine(written, SEVEN).state is State.SOUND
        found = world.store.examine(file, SEVEN)
        assert (found.state, found.file) == (State.RETAGGED, written)
        assert [f.tags for f in world.store.explore(world.store.id)] == [tags]
        assert world.store.present({SEVEN: written}) == {SEVEN: written}
        assert (world.files(), world.staged()) == ([file.path], 0)

    def test_the_same_tags_change_nothing(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        assert world.store.retag(file, tags_of(track(7))) == file
        assert world.store.examine(file, SEVEN).state is State.SOUND

    def test_tags_that_are_absent_are_left_as_they_are(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.store.retag(file, Tags(title="Another"))
        (found,) = world.store.explore(world.store.id)
        assert found.tags == replace(tags_of(track(7)), title="Another")

    def test_what_is_not_there_cannot_be_tagged(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.delete(file.path)
        with pytest.raises(NotFoundError):
            world.store.retag(file, tags_of(track(7)))

    def test_what_is_damaged_is_not_tagged(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.damage(file.path)
        with pytest.raises(DamagedError):
            world.store.retag(file, Tags(title="Another"))
        assert [f.tags.title for f in world.store.explore(world.store.id)] == [tags_of(track(7)).title]
        assert world.staged() == 0

    def test_a_second_look_finds_a_sound_file_sound(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        found = world.store.examine(file, SEVEN)
        assert (found.state, found.file) == (State.SOUND, file)

    def test_a_second_look_finds_a_file_missing(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.move(file.path, f"{OTHER}.mp3")
        found = world.store.examine(file, SEVEN)
        assert (found.state, found.file) == (State.MISSING, file)
        assert found.reason

    def test_a_second_look_finds_a_file_damaged(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.damage(file.path)
        found = world.store.examine(file, SEVEN)
        assert (found.state, found.file) == (State.DAMAGED, file)
        assert found.reason

    def test_a_second_look_is_not_deceived_by_a_foreign_file(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.delete(file.path)
        world.put(file.path)
        assert world.store.examine(file, SEVEN).state is State.DAMAGED

    def test_a_second_look_is_not_deceived_by_another_tracks_file(self, world: StoreWorld) -> None:
        file, other = world.stored(track(7)), world.stored(track(8))
        world.delete(file.path)
        world.move(other.path, file.path)
        assert world.store.examine(file, SEVEN).state is State.DAMAGED


class AdoptContract:
    """Files that people already have; a subclass provides ``world``."""

    def test_files_are_found_with_their_length_and_their_tags(self, world: StoreWorld) -> None:
        left = [world.leave_outside(track(n), SECONDS) for n in (7, 8)]
        found = list(world.store.explore(str(Path(left[0].path).parent)))
        assert sorted(found, key=lambda f: f.path) == sorted(left, key=lambda f: f.path)
        assert found[0].seconds == pytest.approx(SECONDS, abs=0.5)
        assert found[0].tags.title.startswith("Song")

    def test_a_folder_that_is_not_there_cannot_be_looked_through(self, world: StoreWorld) -> None:
        with pytest.raises(DiskError):
            world.store.explore("/no/such/folder/anywhere")

    def test_what_is_no_sound_is_not_found(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.put("Ada/notes.mp3")
        assert [f.path for f in world.store.explore(world.store.id)] == [f"{world.store.id}/{file.path}"]

    def test_a_file_is_copied_into_the_library_and_left_alone(self, world: StoreWorld) -> None:
        world.store.check()
        found = world.leave_outside(track(7), SECONDS)
        file = world.store.adopt(found, track(7), STEM)
        assert (file.path, file.stem, file.format, file.preset) == (f"{STEM}.mp3", STEM, "mp3", "")
        assert file.seconds == pytest.approx(SECONDS, abs=0.5)
        assert (world.files(), world.staged()) == ([file.path], 0)
        assert world.store.present({SEVEN: file}) == {SEVEN: file}
        assert world.store.examine(file, SEVEN).state is State.SOUND
        assert list(world.store.explore(str(Path(found.path).parent))) == [found]
        assert [f.tags for f in world.store.explore(world.store.id)] == [tags_of(track(7))]

    def test_a_file_that_is_adopted_again_is_the_same(self, world: StoreWorld) -> None:
        world.store.check()
        found = world.leave_outside(track(7), SECONDS)
        assert world.store.adopt(found, track(7), STEM) == world.store.adopt(found, track(7), STEM)
        assert world.files() == [f"{STEM}.mp3"]

    def test_a_file_is_adopted_over_no_other(self, world: StoreWorld) -> None:
        world.put(f"{STEM}.mp3")
        file = world.store.adopt(world.leave_outside(track(7), SECONDS), track(7), STEM)
        assert (file.path, file.stem) == (f"{MARKED}.mp3", MARKED)

    def test_a_file_of_the_library_stays_where_it_is(self, world: StoreWorld) -> None:
        world.leave_inside("mine/x.mp3", SECONDS)
        (found,) = world.store.explore(world.store.id)
        file = world.store.adopt(found, track(7), STEM)
        assert (file.path, file.stem, file.preset) == ("mine/x.mp3", "", "")
        assert world.files() == ["mine/x.mp3"]
        assert world.store.present({SEVEN: file}) == {SEVEN: file}
        assert world.store.examine(file, SEVEN).state is State.SOUND
        assert world.store.adopt(found, track(7), STEM) == file

    def test_a_file_of_another_track_is_not_adopted(self, world: StoreWorld) -> None:
        file = world.stored(track(8))
        (found,) = world.store.explore(world.store.id)
        with pytest.raises(DamagedError):
            world.store.adopt(found, track(7), STEM)
        assert world.store.examine(file, EIGHT).state is State.SOUND

    def test_what_is_not_the_whole_track_is_not_adopted(self, world: StoreWorld) -> None:
        world.leave_inside("mine/x.mp3", SECONDS / 2)
        (inside,) = world.store.explore(world.store.id)
        for found in (world.leave_outside(track(7), SECONDS / 2), inside):
            with pytest.raises(DamagedError):
                world.store.adopt(found, track(7), STEM)
        assert (world.files(), world.staged()) == (["mine/x.mp3"], 0)


class TestRecipeInFolder(InFolder, RecipeContract): ...


class TestRecipeInMemory(InMemory, RecipeContract): ...


class TestRecipeInObjects(InObjects, RecipeContract): ...


class TestKeepingInFolder(InFolder, KeepingContract): ...


class TestKeepingInMemory(InMemory, KeepingContract): ...


class TestKeepingInObjects(InObjects, KeepingContract): ...


class TestAdoptInFolder(InFolder, AdoptContract): ...


class TestAdoptInMemory(InMemory, AdoptContract): ...


class TestAdoptInObjects(InObjects, AdoptContract): ...
