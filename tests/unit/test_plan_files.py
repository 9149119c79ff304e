"""What is decided about files: which stream, where it goes, when a better one or another place is due."""

from dataclasses import replace

import pytest
from hypothesis import given
from test_plan import only, operations
from worlds import AAC, MP3, OPUS, ORIGINAL, make_file, make_listing, make_snapshot, make_track, snapshots

from cloudcrate.core import naming, quality
from cloudcrate.core.model import Availability, Field, Memory, PageId, StoredFile, Stream, Track, TrackId
from cloudcrate.core.operations import (
    Download,
    Leave,
    LeavePlaylist,
    Move,
    Plan,
    Quarantine,
    RecordFile,
    Side,
    State,
    WritePlaylistFolder,
)
from cloudcrate.core.plan import plan
from cloudcrate.core.plan_files import bytes_needed
from cloudcrate.core.snapshot import Snapshot, Wishes
from cloudcrate.errors import RefusedError, UsageError

ONE = TrackId(1)


def placed(track: Track, *, preset: str = "mp3_1_0", stem: str | None = None) -> StoredFile:
    """A file where cloudcrate has put it."""
    stem = naming.stem(track) if stem is None else stem
    return replace(make_file(track, stem), stem=stem, preset=preset)


def held(track: Track, file: StoredFile, wishes: Wishes | None = None) -> Plan:
    """The plan for a playlist of one track whose file is there."""
    memory = Memory(track_id=track.id, file=file)
    listing = make_listing([track])
    return plan(make_snapshot(listing, memory={track.id: memory}, present={track.id: file}, wishes=wishes))


def download(made: Plan, number: int = 1) -> Download:
    found = only(made, number, Download)
    assert isinstance(found, Download)
    return found


def left(made: Plan, number: int = 1) -> Leave:
    (found,) = [o for o in operations(made, number) if isinstance(o, Leave) and o.side is Side.FILE]
    return found


# --- which stream ---------------------------------------------------------------------------------


def new(track: Track, prefer: tuple[str, ...] = quality.PREFERRED) -> Plan:
    return plan(make_snapshot(make_listing([track]), wishes=Wishes(prefer=prefer)))


def test_the_original_goes_before_aac_and_aac_before_mp3_and_opus_is_left_out() -> None:
    track = make_track(1, streams=(OPUS, MP3, ORIGINAL, AAC))
    assert download(new(track)).presets == ("original", "aac_160k", "mp3_1_0")


def test_the_user_may_prefer_otherwise() -> None:
    track = make_track(1, streams=(ORIGINAL, AAC, MP3, OPUS))
    assert download(new(track, prefer=("mp3", "aac"))).presets == ("mp3_1_0", "aac_160k")
    assert download(new(track, prefer=("opus",))).presets == ("opus_0_0",)


def test_what_is_offered_only_as_the_user_does_not_want_it_is_said() -> None:
    made = left(new(make_track(1, streams=(OPUS,))))
    assert made.state is State.UNOBTAINABLE
    assert "opus only" in made.reason


@pytest.mark.parametrize(
    ("words", "kinds"), [("aac,mp3", ("aac", "mp3")), (" MP3 , mp3,Original", ("mp3", "original"))]
)
def test_an_order_of_qualities_is_read(words: str, kinds: tuple[str, ...]) -> None:
    assert quality.preference(words) == kinds


@pytest.mark.parametrize("words", ["", " , ", "flac", "aac;mp3", "aac,\x1b[2J"])
def test_a_bad_order_of_qualities_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        quality.preference(words)


def test_a_protected_track_is_tried_again_only_when_asked() -> None:
    track = make_track(1)
    memory = {ONE: Memory(track_id=ONE, unobtainable=Availability.PROTECTED, unobtainable_at=1.0)}
    once = plan(make_snapshot(make_listing([track]), memory=memory))
    assert left(once).availability is Availability.PROTECTED
    again = plan(make_snapshot(make_listing([track]), memory=memory, wishes=Wishes(recheck=True)))
    assert download(again).presets == ("mp3_1_0",)


@pytest.mark.parametrize(
    ("availability", "says"),
    [
        (Availability.PREVIEW, "cloudcrate login"),
        (Availability.BLOCKED, "ask its uploader: ada"),
        (Availability.PROTECTED, "ask its uploader: ada"),
    ],
)
def test_an_unobtainable_track_says_what_could_help(availability: Availability, says: str) -> None:
    track = make_track(1, availability=availability, purchase_url="https://shop.example/1")
    hint = left(new(track)).hint
    assert says in hint
    assert "buy it: https://shop.example/1" in hint


# --- better qualities -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "streams", "better"),
    [
        ("mp3_1_0", (AAC, MP3), "aac_160k"),
        ("mp3_1_0", (ORIGINAL, AAC, MP3), "original"),
        ("aac_160k", (ORIGINAL, AAC), "original"),
        ("aac_160k", (AAC, MP3), None),
        ("aac_160k", (MP3,), None),
        ("original", (AAC, MP3), None),
        ("opus_0_0", (AAC,), None),  # its user has asked for opus; it is not for us to say what is better
    ],
)
def test_a_better_quality_is_offered_and_a_worse_one_never(
    preset: str, streams: tuple[Stream, ...], better: str | None
) -> None:
    track = make_track(1, streams=streams)
    quiet = held(track, placed(track, preset=preset))
    assert ("--upgrade" in left(quiet).reason) is (better is not None)
    assert not any(isinstance(o, Download) for o in operations(quiet, 1))
    asked = held(track, placed(track, preset=preset), Wishes(upgrade=True))
    found = [o for o in operations(asked, 1) if isinstance(o, Download)]
    assert [o.presets[0] for o in found] == ([better] if better else [])
    assert all(o.replaces is not None for o in found)


@pytest.mark.parametrize(
    ("form", "bitrate", "upgrades"), [("mp3", 128_000, True), ("mp3", 320_000, False), ("flac", 0, False)]
)
def test_a_file_of_unknown_origin_is_judged_by_what_it_is(form: str, bitrate: int, upgrades: bool) -> None:
    track = make_track(1, streams=(AAC, MP3))
    file = replace(placed(track, preset=""), format=form, bitrate=bitrate)
    assert ("--upgrade" in left(held(track, file)).reason) is upgrades


@given(snapshots())
def test_an_upgrade_is_never_a_downgrade(snapshot: Snapshot) -> None:
    prefer = snapshot.wishes.prefer
    for unit in plan(snapshot).units:
        for operation in unit.operations:
            if isinstance(operation, Download) and operation.replaces is not None:
                before = quality.kind_of(operation.replaces.preset) or "mp3"
                assert prefer.index(quality.kind_of(operation.presets[0])) < prefer.index(before)


# --- places ---------------------------------------------------------------------------------------


def moves(made: Plan) -> list[str]:
    return [o.stem for unit in made.units for o in unit.operations if isinstance(o, Move)]


def test_a_changed_template_moves_files_and_fetches_nothing() -> None:
    track = make_track(1)
    made = held(track, placed(track), Wishes(template="{title}"))
    assert moves(made) == ["Song 1"]
    assert not any(isinstance(o, Download) for o in operations(made, 1))
    assert moves(held(track, placed(track, stem="Song 1"), Wishes(template="{title}"))) == []


def test_a_changed_title_moves_the_file() -> None:
    before, after = make_track(1, title="Old"), make_track(1, title="New")
    assert moves(held(after, placed(before))) == ["Ada/Ada - New"]


def test_a_file_that_its_user_moved_stays_there() -> None:
    track = make_track(1)
    mine = replace(placed(track), path="best/of.mp3")
    assert moves(held(track, mine, Wishes(template="{title}"))) == []
    foreign = make_file(track, "somewhere")  # taken in, or recorded before names were kept
    assert moves(held(track, foreign, Wishes(template="{title}"))) == []


def test_a_file_whose_name_was_taken_stays_under_its_name_with_the_id() -> None:
    track = make_track(1)
    for stem in ("Ada/Ada - Song 1 [1]", "Ada/Ada - Song 1 [1] 2"):
        assert moves(held(track, placed(track, stem=stem))) == []


def test_a_quarantined_file_that_is_wanted_comes_back() -> None:
    track = make_track(1)
    away = replace(placed(track), path="quarantine/Ada/Ada - Song 1.mp3")
    assert moves(held(track, away)) == ["Ada/Ada - Song 1"]


@given(snapshots())
def test_no_two_files_are_sent_to_one_place(snapshot: Snapshot) -> None:
    made = plan(snapshot)
    ends = [o.stem for unit in made.units for o in unit.operations if isinstance(o, (Download, Move))]
    keys = [naming.path_key(stem) for stem in ends]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{artist}/{artist} - {title}", "Ada/Ada - Song 1"),
        ("{title}", "Song 1"),
        ("{genre}/{year}/{label}/{title} [{id}]", "Unknown Genre/Unknown Year/Unknown Label/Song 1 [1]"),
        ("music/{uploader}/{title}", "music/ada/Song 1"),
        ("{{{artist}}}/{title}", "{Ada}/Song 1"),
    ],
)
def test_templates_name_files(template: str, path: str) -> None:
    assert naming.stem(make_track(1), naming.check_template(template)) == path


@pytest.mark.parametrize(
    "template",
    ["", "{artist}", "/{title}", "{title}/", "../{title}", "{artist}/../{title}", "a//{title}", "{titel}", "{title",
     "}", "{title!r}", "{title:>9}", "{0}", "{}", "{title.upper}", "{artist}\\{title}", "{title}\n", "{title}\x00"],
)  # fmt: skip
def test_bad_templates_are_refused(template: str) -> None:
    with pytest.raises(UsageError, match="template"):
        naming.check_template(template)


@pytest.mark.parametrize("artist", ["quarantine", "Quarantine", "PLAYLISTS", "originals"])
def test_no_artist_gets_a_folder_that_is_kept_for_something_else(artist: str) -> None:
    assert naming.stem(make_track(1, artist=artist)).startswith(f"{artist}_/")


# --- mirrors, folders, room -----------------------------------------------------------------------


def mirrored(*, kept: int, page: str | None = None, max_removals: int | None = None) -> Plan:
    gone = make_track(9)
    memory = {TrackId(9): Memory(track_id=TrackId(9), page_id=PageId(page) if page else None)}
    snapshot = make_snapshot(make_listing([make_track(1)]), memory=memory)
    asked = Wishes(mirror=True, max_removals=max_removals)
    return plan(replace(snapshot, unwanted={TrackId(9): placed(gone)}, kept_files=kept, wishes=asked))


def test_a_file_that_no_playlist_wants_goes_to_quarantine_and_its_row_says_where() -> None:
    (unit,) = mirrored(kept=10, page="row").departures
    assert [type(o) for o in unit.operations] == [Quarantine, RecordFile]
    assert unit.operations[1] == RecordFile(fields=(Field.FILE_PATH,), reason="its row says where its file is")
    assert [type(o) for o in mirrored(kept=10).departures[0].operations] == [Quarantine]


def test_more_than_half_of_the_library_is_never_mirrored_away_unasked() -> None:
    with pytest.raises(RefusedError, match="1 of the 1 files kept are in no playlist any more"):
        mirrored(kept=1)
    assert mirrored(kept=1, max_removals=1).departures


def folder(lines: tuple[str, ...] | None, wishes: Wishes) -> list[type]:
    track = make_track(1)
    memory = {ONE: Memory(track_id=ONE, file=placed(track))}
    snapshot = make_snapshot(make_listing([track]), memory=memory, present={ONE: placed(track)}, wishes=wishes)
    return [type(o) for o in plan(replace(snapshot, folder_lines=lines)).closing if not isinstance(o, LeavePlaylist)]


def test_a_playlist_gets_its_folder_when_asked_and_only_when_it_differs() -> None:
    asked = Wishes(playlist_folder="links")
    assert WritePlaylistFolder in folder(None, asked)
    assert WritePlaylistFolder in folder(("Ada/other.mp3",), asked)
    assert WritePlaylistFolder not in folder(("Ada/Ada - Song 1.mp3",), asked)
    assert WritePlaylistFolder not in folder(None, Wishes())


def test_the_room_that_is_needed_is_at_least_that_of_the_streams_and_nothing_when_nothing_is_fetched() -> None:
    track = make_track(1, duration_ms=600_000)
    snapshot = make_snapshot(make_listing([track]))
    assert bytes_needed(plan(snapshot), snapshot.listing.tracks) > 600 * 16_000
    original = make_snapshot(make_listing([make_track(1, duration_ms=600_000, streams=(ORIGINAL,))]))
    assert bytes_needed(plan(original), original.listing.tracks) > 600 * 176_400
    assert bytes_needed(held(track, placed(track)), {ONE: track}) == 0
