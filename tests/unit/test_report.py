"""The two sums, and what is said about what is left."""

from hypothesis import given
from hypothesis import strategies as st
from worlds import make_file, make_listing, make_snapshot, make_track, snapshots

from cloudcrate.core import codec
from cloudcrate.core.model import Availability, TrackId
from cloudcrate.core.plan import plan
from cloudcrate.core.report import Done, Failed, Outcome, Report, Skipped, Traffic, report
from cloudcrate.core.snapshot import Snapshot

NO_TRAFFIC = Traffic(seconds=1.0, soundcloud_requests=0, notion_requests=0, media_bytes=0)
OUTCOMES: list[Outcome | None] = [
    None,
    Done(),
    Skipped(reason="only encrypted streams", availability=Availability.PROTECTED),
    Failed(code="unavailable", message="did not answer", hint="later", retry="transient"),
]


def sum_up(snapshot: Snapshot, outcomes: dict[TrackId, dict[int, Outcome]]) -> Report:
    return report(
        plan(snapshot),
        outcomes,
        library="/music",
        playlist_file="x.m3u8",
        traffic=NO_TRAFFIC,
    )


@given(snapshots(), st.data())
def test_both_sums_hold_whatever_happens(snapshot: Snapshot, data: st.DataObject) -> None:
    outcomes: dict[TrackId, dict[int, Outcome]] = {}
    for unit in plan(snapshot).units:
        drawn = [data.draw(st.sampled_from(OUTCOMES)) for _ in unit.operations]
        outcomes[unit.track_id] = {place: o for place, o in enumerate(drawn) if o is not None}
    made = sum_up(snapshot, outcomes)
    assert sum(made.rows.values()) == made.listed == len(set(snapshot.listing.playlist.entries))
    assert sum(made.files.values()) == made.listed


@given(snapshots())
def test_what_is_not_finished_has_a_reason(snapshot: Snapshot) -> None:
    made = sum_up(snapshot, {})
    for track in made.tracks:
        if track.row.value in ("failed", "pending", "review", "without_metadata"):
            assert track.reason
        if track.file.value in ("failed", "pending", "unobtainable"):
            assert track.reason


@given(snapshots())
def test_a_report_survives_json(snapshot: Snapshot) -> None:
    made = sum_up(snapshot, {})
    assert codec.loads(Report, codec.dumps(made)) == made


def test_a_create_and_a_download_that_went_well_are_counted() -> None:
    track = make_track(1)
    outcomes: dict[TrackId, dict[int, Outcome]] = {track.id: {0: Done(), 1: Done(file=make_file(track)), 2: Done()}}
    made = sum_up(make_snapshot(make_listing([track])), outcomes)
    assert made.rows["created"] == 1
    assert made.files["downloaded"] == 1
    assert made.failed == 0
    assert made.tracks[0].path == make_file(track).path
    assert made.next_step == "Nothing is left to do."


def test_a_failed_download_names_what_happened_and_what_helps() -> None:
    track = make_track(1)
    failed = Failed(code="damaged", message="a segment is missing", hint="try later", retry="transient")
    made = sum_up(make_snapshot(make_listing([track])), {track.id: {0: Done(), 1: failed}})
    assert made.files["failed"] == 1
    assert made.failed == 1
    assert (made.tracks[0].reason, made.tracks[0].hint) == ("a segment is missing", "try later")
    assert "only what failed" in made.next_step


def test_a_track_found_protected_at_the_download_is_unobtainable_not_failed() -> None:
    track = make_track(1)
    skipped = Skipped(reason="protected", availability=Availability.PROTECTED)
    made = sum_up(make_snapshot(make_listing([track])), {track.id: {0: Done(), 1: skipped, 2: Skipped(reason="")}})
    assert made.files["unobtainable"] == 1
    assert made.failed == 0
    assert made.tracks[0].availability is Availability.PROTECTED
