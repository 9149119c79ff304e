"""What plans and reports look like: golden texts, and no foreign text that acts."""

from golden_files import Golden
from worlds import make_file, make_listing, make_page, make_snapshot, make_track

from cloudcrate.cli import show
from cloudcrate.core.model import Availability, Field, Memory, Page, PageId, TrackId
from cloudcrate.core.plan import plan
from cloudcrate.core.report import Done, Failed, Outcome, Skipped, Traffic, report
from cloudcrate.core.snapshot import Snapshot

HOSTILE = "\x1b]0;owned\x07[/red]\u202e../../etc/passwd\nsecond line"


def world() -> Snapshot:
    """One of each: new, known, adopted, two rows, preview, gone, hostile, repeated."""
    new, known, adopted, double = (make_track(n) for n in (1, 2, 3, 4))
    preview = make_track(5, availability=Availability.PREVIEW)
    hostile = make_track(6, title=HOSTILE)
    file = make_file(known)
    cells = make_page(known, file=file).cells
    return make_snapshot(
        make_listing(
            [new, known, adopted, double, preview, hostile],
            entries=[1, 2, 3, 1, 4, 5, 6, 7],
            absent={TrackId(7): Availability.GONE},
        ),
        memory={known.id: Memory(track_id=known.id, page_id=PageId("p2"), written=cells, offered=cells, file=file)},
        present={known.id: file},
        pages=[
            Page(id=PageId("p3"), cells={Field.SOUNDCLOUD_ID: 3}),
            Page(id=PageId("p4a"), cells={Field.URL: double.url}),
            Page(id=PageId("p4b"), cells={Field.URL: double.url}),
        ],
    )


def test_a_plan_prints_as_kept(golden: Golden) -> None:
    golden.check("plan.txt", "\n".join(show.plan_lines(plan(world()))) + "\n")


def test_a_report_prints_as_kept(golden: Golden) -> None:
    snapshot = world()
    outcomes: dict[TrackId, dict[int, Outcome]] = {
        TrackId(1): {0: Done(), 1: Done(file=make_file(make_track(1))), 2: Done()},
        TrackId(3): {0: Done(), 1: Skipped(reason="protected", availability=Availability.PROTECTED)},
        TrackId(4): {
            1: Failed(code="damaged", message="segment 3 of 9 is missing", hint="Try later.", retry="transient")
        },
        TrackId(6): {0: Done()},
    }
    made = report(
        plan(snapshot),
        outcomes,
        library="/music",
        playlist_file="Night Bus.m3u8",
        traffic=Traffic(seconds=12.34, soundcloud_requests=17, notion_requests=9, media_bytes=5_300_000),
        stopped=True,
    )
    golden.check("report.txt", "\n".join(show.report_lines(made)) + "\n")


def test_hostile_texts_are_shown_and_do_not_act() -> None:
    printed = "\n".join(show.plan_lines(plan(world())))
    assert "owned" in printed
    assert not {"\x1b", "\x07", "\u202e"} & set(printed)
    assert "\nsecond line" not in printed
