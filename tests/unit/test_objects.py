"""A library in an object store when uploads race, fail, arrive spoilt, or are broken off; and what it asks."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from fake_bucket import MemoryBucket
from library_bench import Bench
from objects_bench import STEM, Crate

from cloudcrate.adapters.library.objects import notes
from cloudcrate.adapters.library.objects.bucket import digests_of
from cloudcrate.adapters.library.objects.store import ObjectStore
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import CredentialsError, DamagedError, DiskError, UnavailableError, UsageError
from cloudcrate.ports.library import State

OTHER = "Best of/01 Song"
SEVEN = TrackId(7)


@pytest.fixture
def crate(tmp_path: Path) -> Crate:
    return Crate(tmp_path)


def flipped(body: bytes) -> bytes:
    return bytes([body[0] ^ 1]) + body[1:]


def cut(body: bytes) -> bytes:
    return body[:-1]


# --- uploads -----------------------------------------------------------------------------------


def test_of_two_machines_that_give_one_name_each_keeps_its_file(tmp_path: Path) -> None:
    one = Crate(tmp_path / "one")
    other = Crate(tmp_path / "other", one.bucket)
    mine, theirs = one.staged(7), other.staged(8)
    placed: list[StoredFile] = []

    def quicker(key: str) -> None:  # the other machine comes between the look and the upload
        one.bucket.before_put = lambda _: None
        placed.append(other.store.place(theirs, STEM))

    one.bucket.before_put = quicker
    placed.append(one.store.place(mine, STEM))
    assert [file.path for file in placed] == [f"{STEM}.mp3", f"{naming.with_id(STEM, SEVEN)}.mp3"]
    assert all(map(one.is_whole, placed))


def test_threads_give_no_two_names_that_differ_in_case_only(crate: Crate) -> None:
    staged = [crate.staged(number) for number in range(1, 7)]
    stems = ["Ada/Song", "Ada/SONG", "ADA/song", "ada/Song", "aDA/sOnG", "Ada/song"]
    with ThreadPoolExecutor(6) as pool:
        files = list(pool.map(crate.store.place, staged, stems))
    assert len({naming.path_key(file.path) for file in files}) == 6
    assert len({file.path.partition("/")[0] for file in files}) == 1


@pytest.mark.parametrize("spoil", [flipped, cut])
def test_an_upload_that_arrived_spoilt_is_removed_and_made_again(crate: Crate, spoil: Callable[[bytes], bytes]) -> None:
    staged = crate.staged()
    crate.bucket.spoils += [spoil]
    file = crate.store.place(staged, STEM)
    assert crate.keys == [file.path] == [f"{STEM}.mp3"]
    assert crate.is_whole(file)
    assert crate.bucket.asked["put"] == 2


@pytest.mark.parametrize("spoil", [flipped, cut])
def test_a_store_that_spoils_every_upload_keeps_none(crate: Crate, spoil: Callable[[bytes], bytes]) -> None:
    staged = crate.staged()
    crate.bucket.spoils += [spoil] * 50
    with pytest.raises(DamagedError, match="bytes"):
        crate.store.place(staged, STEM)
    assert crate.keys == []
    assert crate.leftovers == []


def test_what_somebody_else_put_there_since_is_not_removed(crate: Crate) -> None:
    staged = crate.staged()

    def replaced(body: bytes) -> bytes:
        crate.bucket.failures["head"] = [UnavailableError("no answer")]
        return flipped(body)

    def put_by_others(key: str) -> None:
        if crate.bucket.asked["put"] == 2:  # another machine's, with other metadata
            crate.bucket.before_put = lambda _: None
            crate.bucket.facts.clear()
            crate.foreign(key)

    crate.bucket.before_put = put_by_others
    crate.bucket.spoils += [replaced]
    file = crate.store.place(staged, STEM)
    assert crate.bucket.bodies[f"{STEM}.mp3"] == b"mine"
    assert file.path == f"{naming.with_id(STEM, SEVEN)}.mp3"


def test_an_upload_whose_answer_is_lost_is_one_file(crate: Crate) -> None:
    staged = crate.staged()
    crate.bucket.lost_answers["put"] = [UnavailableError("no answer")]
    file = crate.store.place(staged, STEM)
    assert crate.keys == [file.path] == [f"{STEM}.mp3"]
    assert file == replace(staged.file, path=file.path, stem=STEM)


@pytest.mark.parametrize("error", [UnavailableError("no answer"), CredentialsError("no"), DiskError("full")])
def test_an_upload_that_fails_for_good_leaves_nothing(crate: Crate, error: Exception) -> None:
    staged = crate.staged()
    crate.bucket.failures["put"] = [error] * 50
    with pytest.raises(type(error)):
        crate.store.place(staged, STEM)
    assert (crate.keys, crate.leftovers) == ([], [])


@pytest.mark.parametrize(
    ("bucket", "reads"),
    [
        (MemoryBucket(), 0),
        (MemoryBucket(knows_sha256=False), 0),
        (MemoryBucket(encrypted=True), 0),
        (MemoryBucket(encrypted=True, knows_sha256=False), 1),
    ],
    ids=["md5 and sha256", "md5", "sha256", "neither"],
)
def test_an_upload_is_read_back_only_where_the_store_tells_no_checksum(
    tmp_path: Path, bucket: MemoryBucket, reads: int
) -> None:
    crate = Crate(tmp_path, bucket)
    crate.stored()
    assert bucket.asked["read"] == reads
    bucket.spoils += [flipped] * 50
    staged = crate.staged(8)
    with pytest.raises(DamagedError):
        crate.store.place(staged, "x")


# --- another name, other tags ------------------------------------------------------------------


def test_a_move_that_broke_off_with_two_names_ends_with_one(crate: Crate) -> None:
    file = crate.stored()
    crate.bucket.failures["delete"] = [UnavailableError("no answer")]
    with pytest.raises(UnavailableError):
        crate.store.move(file, OTHER)
    assert crate.keys == [f"{STEM}.mp3", f"{OTHER}.mp3"]
    assert crate.store.move(file, OTHER).path == f"{OTHER}.mp3"
    assert crate.keys == [f"{OTHER}.mp3"]


def test_a_copy_that_is_spoilt_goes_and_the_file_stays(crate: Crate) -> None:
    file = crate.stored()
    crate.bucket.spoils += [flipped]
    with pytest.raises(DamagedError):
        crate.store.move(file, OTHER)
    assert crate.keys == [file.path]
    assert crate.is_whole(file)


def test_a_move_downloads_nothing(crate: Crate) -> None:
    file = crate.stored()
    moved = crate.store.move(file, OTHER)
    assert crate.bucket.asked["read"] == 0
    assert crate.is_whole(moved)


def test_a_damaged_file_can_be_moved_away_as_it_is(crate: Crate) -> None:
    file = crate.stored()
    crate.foreign(file.path, b"damaged")
    moved = crate.store.move(file, naming.quarantined(file.path))
    assert crate.bucket.bodies == {moved.path: b"damaged"}


def test_a_file_that_changes_while_it_is_tagged_is_left_as_it_is(crate: Crate) -> None:
    file = crate.stored()

    def changed(key: str) -> None:
        crate.bucket.before_put = lambda _: None
        crate.foreign(file.path, b"the user's")

    crate.bucket.before_put = changed
    with pytest.raises(DamagedError, match="changed"):
        crate.store.retag(file, Tags(title="Another"))
    assert crate.bucket.bodies[file.path] == b"the user's"
    assert crate.leftovers == []


def test_tags_that_arrive_spoilt_are_put_again(crate: Crate) -> None:
    file = crate.stored()
    crate.bucket.spoils += [flipped]
    made = crate.store.retag(file, Tags(title="Another"))
    assert crate.is_whole(made)
    assert crate.store.examine(made, SEVEN).state is State.SOUND


def test_a_retag_that_was_not_recorded_is_recorded_by_the_next(crate: Crate) -> None:
    file = crate.stored()
    made = crate.store.retag(file, Tags(title="Another"))
    puts = crate.bucket.asked["put"]
    assert crate.store.retag(file, Tags(title="Another")) == made
    assert crate.bucket.asked["put"] == puts


# --- what it asks ------------------------------------------------------------------------------


def shelf_of(crate: Crate, count: int) -> dict[TrackId, StoredFile]:
    """So many recorded objects, of sizes of their own."""
    files = {}
    for number in range(1, count + 1):
        body = b"x" * (1000 + number)
        file = StoredFile(
            path=f"Ada/{number}.mp3",
            size=len(body),
            sha256=digests_of([body]).sha256,
            format="mp3",
            bitrate=0,
            seconds=6,
        )
        crate.bucket.put(
            file.path, body, digests_of([body]), notes.metadata_of(file, TrackId(number)), over="", kind=""
        )
        files[TrackId(number)] = file
    crate.bucket.asked.clear()
    return files


def test_500_unchanged_tracks_cost_one_listing(crate: Crate) -> None:
    files = shelf_of(crate, 500)
    assert crate.store.present(files) == files
    assert dict(crate.bucket.asked) == {"list": 1}
    assert crate.store.present({}) == {}
    assert dict(crate.bucket.asked) == {"list": 1}


def test_a_new_track_costs_four_requests_and_two_more_where_its_folder_is_new(crate: Crate) -> None:
    for number, looks in ((7, 2), (8, 1)):
        staged = crate.staged(number)
        crate.bucket.asked.clear()
        assert crate.store.lying_at(f"Ada/Song {number}", TrackId(number)) is None
        crate.store.place(staged, f"Ada/Song {number}")
        assert dict(crate.bucket.asked) == {"folder": 2 * looks, "put": 1, "head": 1}


def test_a_move_costs_at_most_six_requests(crate: Crate) -> None:
    file = crate.stored()
    crate.bucket.asked.clear()
    crate.store.move(file, OTHER)
    assert dict(crate.bucket.asked) == {"head": 2, "folder": 2, "copy": 1, "delete": 1}


def test_the_other_verbs_cost_what_the_documents_say(crate: Crate) -> None:
    first, second, folder = crate.stored(7), crate.stored(8, "Ada/Other"), "playlists/Night Bus"

    def requests(work: Callable[[], object]) -> int:
        crate.bucket.asked.clear()
        work()
        return crate.bucket.asked.total()

    assert requests(lambda: crate.store.examine(first, SEVEN)) == 2
    assert requests(lambda: crate.store.retag(first, Tags(comment="words"))) == 4
    assert requests(lambda: crate.store.write_playlist("x.m3u8", "x", [(first, None)])) == 3
    assert requests(lambda: crate.store.write_playlist("x.m3u8", "x", [(first, None)])) == 1
    assert requests(lambda: crate.store.write_folder(folder, "copies", [first, second])) == 6 + 2 * 3
    assert requests(lambda: crate.store.write_folder(folder, "copies", [first, second])) == 2
    assert requests(lambda: crate.store.write_folder(folder, "copies", [first])) == 6 + 2
    assert requests(lambda: crate.store.move(second, "Ada/Another")) == 5


def test_of_what_was_moved_only_objects_of_its_size_are_asked_for(crate: Crate) -> None:
    files = shelf_of(crate, 50)
    source = crate.bucket.facts[files[SEVEN].path]
    crate.bucket.copy(source, "Best of/7.mp3", source.metadata, over="")
    crate.bucket.delete(source.key)
    crate.bucket.asked.clear()
    assert crate.store.present(files) == files | {SEVEN: replace(files[SEVEN], path="Best of/7.mp3")}
    assert dict(crate.bucket.asked) == {"list": 1, "head": 1}


def test_what_metadata_says_is_believed_only_as_we_write_it(crate: Crate) -> None:
    file = crate.stored()
    held = crate.bucket.facts[file.path]
    for name, text in [
        (notes.TRACK, "7\n"), (notes.TRACK, "-7"), (notes.SHA256, "0" * 64), (notes.SHA256, ""),
        (notes.FORMAT, "exe"), (notes.SECONDS, "nan"), (notes.BITRATE, "9" * 99), (notes.TRACK, ""),
    ]:  # fmt: skip
        crate.bucket.facts[file.path] = replace(held, metadata={**held.metadata, name: text})
        assert crate.store.lying_at(STEM, SEVEN) is None, (name, text)
    crate.bucket.facts[file.path] = held
    assert crate.store.lying_at(STEM, SEVEN) is not None


def test_checking_proves_that_nothing_is_put_over_another(crate: Crate, caplog: pytest.LogCaptureFixture) -> None:
    crate.store.check()
    assert (crate.keys, caplog.messages) == ([], [])
    assert dict(crate.bucket.asked) == {"folder": 1, "put": 2, "head": 1, "delete": 1}
    crate.bucket.conditional = False
    with caplog.at_level(logging.WARNING):
        crate.store.check()
    assert "one upload replace another" in caplog.text
    assert crate.keys == []


def test_where_uploads_are_not_guarded_names_are_looked_at_before(tmp_path: Path) -> None:
    crate = Crate(tmp_path, MemoryBucket(conditional=False))
    crate.foreign(f"{STEM}.mp3")
    assert crate.stored().path == f"{naming.with_id(STEM, SEVEN)}.mp3"
    assert crate.bucket.bodies[f"{STEM}.mp3"] == b"mine"


@pytest.mark.parametrize("error", [CredentialsError("no"), UsageError("no such bucket"), UnavailableError("down")])
@pytest.mark.parametrize("method", ["folder", "put"])
def test_checking_says_why_a_store_cannot_be_used(crate: Crate, method: str, error: Exception) -> None:
    crate.bucket.failures[method] = [error]
    with pytest.raises(type(error)):
        crate.store.check()
    assert crate.keys == []


def test_local_room_is_asked_for_only_as_much_as_is_under_way(tmp_path: Path) -> None:
    bench, bucket = Bench(tmp_path / "unused"), MemoryBucket()
    ObjectStore(bucket, bench.door, staging=tmp_path / "one", room=1).check(10**24)
    with pytest.raises(DiskError, match="free"):
        ObjectStore(bucket, bench.door, staging=tmp_path / "two", room=10**24).check(10**24)
