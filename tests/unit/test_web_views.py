"""What the dashboard says: times, sizes, bars and links, and the values its pages are drawn of."""

import random
from dataclasses import replace

import pytest
from web_drawn import playlist_page
from web_samples import (
    HOSTILE,
    NOW,
    PLAYLIST,
    URL,
    found_problems,
    holders,
    job,
    lines,
    overview,
    planned,
    question,
    report,
    run,
    track_views,
)
from web_samples import checks as sample_checks

from cloudcrate.app.desk import JobState
from cloudcrate.app.overview import PlaylistView, Standing
from cloudcrate.app.service import Check
from cloudcrate.core.ending import Trouble
from cloudcrate.core.model import KnownPlaylist, PlaylistId
from cloudcrate.ports.running import BudgetState
from cloudcrate.web import endings, jobs, plans, problems, records, views, wording

# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (-5, "just now"),
        (-60, "1 minute ago"),
        (-179, "2 minutes ago"),
        (-3600, "1 hour ago"),
        (-86400 * 2, "2 days ago"),
        (30, "in a minute"),
        (3 * 3600, "in 3 hours"),
        (-86400 * 40, "9 Oct 2026"),
    ],
)
def test_a_moment_says_how_far_it_is(away: float, said: str) -> None:
    found = wording.moment(NOW + away, NOW)
    assert found.text == said
    assert found.iso.endswith("Z")


def test_a_moment_has_its_date_for_people_and_for_machines() -> None:
    found = wording.moment(0.0, NOW)
    assert found.full == "1 Jan 1970, 00:00 UTC"
    assert found.iso == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (0.2, "under 1 s"),
        (8, "8 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (4800, "1 h 20 min"),
        (3605, "1 h"),
    ],
)
def test_a_duration_is_said_in_two_units(seconds: float | None, said: str) -> None:
    assert wording.lasting(seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(185.2, "3:05"), (3723, "1:02:03"), (0, ""), (None, ""), (59.6, "1:00")])
def test_a_length_is_written_like_a_clock(seconds: float | None, said: str) -> None:
    assert wording.length(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_960, "10 kB"), (999_600, "1.0 MB"), (4_200_000, "4.2 MB")],
)
def test_a_size_has_the_unit_that_fits(count: int, said: str) -> None:
    assert wording.size(count) == said


def test_one_thing_is_said_in_the_singular() -> None:
    assert [wording.count_of(n, "track") for n in (0, 1, 1200)] == ["0 tracks", "1 track", "1,200 tracks"]
    assert wording.count_of(2, "is", "are") == "2 are"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil", "", "https://", "http://[", "x"]
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert wording.web_link(address) == ""
    assert wording.web_link(URL) == URL


@pytest.mark.parametrize(
    "address",
    [
        "http://i1.sndcdn.com/a.jpg",
        "https://sndcdn.com.evil/a.jpg",
        "https://evil/i1.sndcdn.com",
        "https://i1.sndcdn.com:x/",
        None,
    ],
)
def test_pictures_come_from_soundcloud_alone(address: str | None) -> None:
    assert wording.artwork(address) == ""


def test_a_cover_is_asked_for_in_the_size_that_is_shown() -> None:
    address = "https://i1.sndcdn.com/artworks-1-large.jpg"
    assert wording.artwork(address) == address
    assert wording.artwork(address, wide=True) == "https://i1.sndcdn.com/artworks-1-t200x200.jpg"


# --- bars -----------------------------------------------------------------------------------------


def test_the_parts_of_a_bar_sum_to_the_whole() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        counts = [chance.choice((0, 0, 1, 2, 7, 480, 10_000)) for _ in range(6)]
        found = wording.shares(counts)
        assert sum(found) == (wording.WHOLE if any(counts) else 0), counts
        assert all((share > 0) == (count > 0) for share, count in zip(found, counts, strict=True)), counts


def test_a_part_of_one_among_thousands_is_still_seen() -> None:
    assert wording.shares([10_000, 1]) == (wording.WHOLE - wording.SLIVER, wording.SLIVER)


def test_equal_counts_have_shares_that_differ_by_one_at_most() -> None:
    assert wording.shares([1, 1, 1]) == (334, 333, 333)


def test_a_bar_is_drawn_without_gaps_and_says_what_it_shows() -> None:
    found = wording.bar([("synced", "synced", 3), ("failed", "failed", 0), ("pending", "pending", 1)])
    assert [(part.x, part.width) for part in found.parts] == [(0, 750), (750, 250)]
    assert found.text == "4 tracks: 3 synced, 1 pending"
    assert wording.bar([]).text == "no tracks yet"


# --- pages ----------------------------------------------------------------------------------------


def test_a_card_leads_to_its_playlist_and_its_last_run() -> None:
    (card,) = views.overview_page([overview()], [], NOW).cards
    assert card.link == "/playlists/playlists:136000376"
    assert card.plan == "/playlists/playlists:136000376/plan"
    assert card.last_link == "/history/run-1"
    assert card.words == ""
    assert sum(part.count for part in card.bar.parts) == 48
    assert not card.due


def test_a_playlist_that_was_never_synced_is_planned_by_its_link() -> None:
    kept = KnownPlaylist(url=URL, title="", name="Warehouse")
    (card,) = views.overview_page([replace(overview(), playlist=kept, last=None, report=None)], [], NOW).cards
    assert (card.link, card.plan, card.words, card.name) == ("", "/add", URL, "Warehouse")
    assert card.last is None


def test_an_id_with_slashes_stays_one_part_of_the_address() -> None:
    kept = replace(overview().playlist, id=PlaylistId("system:a/../b?c#d"))
    assert views.playlist_link(kept) == "/playlists/system:a%2F..%2Fb%3Fc%23d"


def test_a_playlist_that_is_due_says_so() -> None:
    (card,) = views.overview_page([replace(overview(), next_at=NOW - 1)], [], NOW).cards
    assert card.due


def test_only_runs_that_go_on_are_shown_above_the_playlists() -> None:
    page = views.overview_page([], [job(), job(JobState.DONE)], NOW)
    assert [running.name for running in page.running] == ["Winter selection"]


def test_a_playlist_is_shown_in_its_order_with_every_track_counted() -> None:
    page = playlist_page(60)
    assert [row.position for row in page.rows] == list(range(1, 61))
    assert sum(shown.count for shown in page.filters if shown.kind) == 60
    assert page.filters[0].count == 60
    assert page.said == "60 tracks"


def test_a_filter_shows_its_kind_alone_and_keeps_the_search() -> None:
    page = playlist_page(60, show="failed", words="örn")
    assert page.rows
    assert {row.kind for row in page.rows} == {"failed"}
    assert {row.artist for row in page.rows} == {"Örn"}
    assert [shown.kind for shown in page.filters if shown.current] == ["failed"]
    assert "q=%C3%B6rn" in page.filters[0].link
    assert page.said == f"{len(page.rows)} of 60 tracks"


def test_a_kind_that_does_not_exist_filters_nothing() -> None:
    assert len(playlist_page(6, show="<b>").rows) == 6


def test_the_search_ignores_case_and_the_order_of_words() -> None:
    assert [row.name for row in playlist_page(8, words="tide QUIET").rows] == ["Tobe & The Tide – Quiet Rooms"]


def test_only_files_that_browsers_play_have_a_player() -> None:
    rows = playlist_page(6).rows
    assert rows[0].audio == "/tracks/1000/audio"
    assert rows[2].format == "aiff"
    assert rows[2].audio == ""
    assert rows[3].audio == ""  # there is no file


def test_hostile_text_is_made_visible_and_stays_text() -> None:
    view = PlaylistView(overview=overview(), tracks=track_views(1, ["\u202egnp\x1b[2J<b>"], ["\u200b"]))
    (row,) = views.playlist_page(view, NOW).rows
    assert row.title == "\\u202egnp␛[2J<b>"
    assert row.artist == "\\u200b"


def test_a_lone_surrogate_in_a_search_breaks_nothing() -> None:
    assert playlist_page(3, words="\ud800").rows == ()


@pytest.mark.parametrize("word", HOSTILE)
def test_no_foreign_address_becomes_a_link(word: str) -> None:
    view = PlaylistView(overview=overview(word), tracks=track_views(3, [word], [word]))
    assert {row.url for row in views.playlist_page(view, NOW).rows} == {""}


# --- plans and runs -------------------------------------------------------------------------------


def test_every_track_of_a_plan_changes_or_lacks_something_or_is_counted() -> None:
    page = plans.plan_page(planned())
    assert [track.position for track in page.changed] == ["4", "5"]
    assert [track.position for track in page.left] == ["2", "7"]
    assert page.quiet == "4 tracks are as they should be."
    assert page.said == "6 changes to make"
    assert [(tally.count, tally.what) for tally in page.tallies][:2] == [
        ("1", "row to make"),
        ("2", "files to download"),
    ]
    assert page.start == "/plans/9f0c22a1d4e57b36/start"


def test_a_plan_that_changes_nothing_says_so() -> None:
    page = plans.plan_page(planned(changing=False))
    assert (page.changes, page.said, page.changed, page.playlist) == (0, "Nothing to change", (), ())


def test_a_run_says_how_far_it_is() -> None:
    page = jobs.job_page(job(), lines(), NOW)
    assert (page.percent, page.said, page.rate, page.left) == (39, "57 of 144 operations", "1.8/s", "about 48 s")
    assert page.live
    assert page.took == "1 min 35 s"


def test_a_run_is_announced_in_steps_of_ten_percent() -> None:
    told = {jobs.job_page(replace(job(), done=done), (), NOW).announced for done in range(145)}
    assert len(told) == 11


def test_a_budget_that_is_parked_says_for_how_long() -> None:
    notion, media = jobs.job_page(job(), (), NOW).budgets
    assert (notion.said, notion.parked) == ("131 of 180 in 1 min", "asked to wait: goes on in 12 s")
    assert media.parked == ""


def test_a_budget_that_is_overdrawn_fills_its_bar_and_no_more() -> None:
    over = BudgetState(name="Notion", spent=190, limit=180, window=60.0, parked_until=NOW - 1)
    (shown,) = jobs.job_page(replace(job(), budgets=(over,)), (), NOW).budgets
    assert (shown.spent, shown.said, shown.parked) == (180, "190 of 180 in 1 min", "")


@pytest.mark.parametrize("state", JobState)
def test_only_a_run_that_came_to_no_end_can_be_planned_again(state: JobState) -> None:
    error = (
        Trouble(code="refused", message="The plan is stale.", hint="", retry="guard")
        if state is JobState.FAILED
        else None
    )
    page = jobs.job_page(job(state, error=error), (), NOW)
    assert bool(page.again) == (state in (JobState.FAILED, JobState.STOPPED))
    assert page.live == (state in (JobState.WAITING, JobState.RUNNING))


def test_tracks_of_a_run_are_waiting_under_way_done_or_failed() -> None:
    assert [line.state for line in jobs.line_rows(lines())][:4] == ["done", "1 of 3", "waiting", "failed"]
    assert jobs.line_rows(lines())[0].position == "left"


def test_a_report_shows_both_sums_and_everything_left_undone() -> None:
    found = endings.ending(report())
    assert [sum(part.count for part in side.parts) for side in (found.rows, found.files)] == [48, 48]
    assert [left.state for left in found.left] == [
        "unobtainable",
        "failed",
        "review",
        "unobtainable",
        "not unlinked",
    ]
    assert found.said == "Done in 2 min 12 s: 48 tracks, 3 things left undone"
    assert found.traffic == "27 requests to SoundCloud, 31 to Notion, 98 MB of audio (743 kB/s)"
    assert not found.good


def test_a_report_with_a_state_of_a_newer_version_keeps_its_sum() -> None:
    found = endings.ending(replace(report(), files={"present": 40, "streamed": 8}))
    assert [(part.name, part.count) for part in found.files.parts] == [("present", 40), ("streamed", 8)]


def test_a_stopped_run_says_so() -> None:
    assert endings.ending(report(stopped=True)).said.startswith("Stopped after 2 min 12 s")


# --- problems, history, doctor --------------------------------------------------------------------


def test_problems_can_be_tried_again_by_playlist_and_reviews_are_decided() -> None:
    page = problems.problems_page(found_problems(), holders(), NOW)
    assert [(r.name, r.owner, r.playlist_id, r.count) for r in page.retries] == [
        ("Winter selection", "Lo Collective", PLAYLIST, 6),
        ("Winter selection", "Ada Venn", "playlists:2", 3),
    ]
    assert [row.again for row in page.rows if row.kind == "failed"] == ["3000", "3003", "3006"]
    assert [row.review for row in page.rows if row.kind == "review"] == ["/reviews/3002", "/reviews/3005"]
    assert page.rows[0].next == "tried at the next sync"
    assert page.rows[1].next.startswith("not tried before ")


def test_problems_of_one_kind_are_counted_among_all() -> None:
    page = problems.problems_page(found_problems(), holders(), NOW, show="review")
    assert (len(page.rows), page.filters[0].count, page.said) == (2, 8, "2 problems")
    assert len(problems.problems_page(found_problems(), holders(), NOW, show="nothing").rows) == 8


def test_a_review_shows_where_rows_agree_with_the_track() -> None:
    page = problems.review_page(question(), NOW)
    compared = {line.name: line for line in page.compared}
    assert [cell.same for cell in compared["Title"].rows] == [True, True]
    assert [cell.same for cell in compared["Artist"].rows] == [False, False]
    assert compared["Duration"].track.text == "3:44"
    assert [cell.link for cell in compared["Link"].rows] == ["https://soundcloud.com/mira/sleet", ""]
    assert [candidate.link != "" for candidate in page.candidates] == [True, False]
    assert page.may_be_new


def test_a_track_with_a_row_of_its_own_gets_no_second_one() -> None:
    page = problems.review_page(question(decided=True), NOW)
    assert not page.may_be_new
    assert page.decided == "A new row is made at the next sync."
    assert [candidate.owned for candidate in page.candidates] == [True, False]


def test_a_run_without_an_end_leads_nowhere() -> None:
    ended, broken = records.history_page([run(1, report()), run(2)], NOW).runs
    assert (ended.state, ended.took) == ("incomplete", "2 min 12 s")
    assert ended.said == "48 tracks: 14 rows made, 12 files downloaded, 3 left undone"
    assert (broken.link, broken.state) == ("", "open")


def test_the_history_counts_what_the_report_counts() -> None:
    for told in (report(), replace(report(), departures=()), replace(report(), page_trouble="locked")):
        (shown,) = records.history_page([run(1, told)], NOW).runs
        assert f", {told.failed} left undone" in shown.said


def test_the_doctor_says_first_what_is_wrong() -> None:
    page = records.doctor_page(sample_checks())
    assert [check.state for check in page.checks] == ["wrong", "note", "fine", "fine"]
    assert page.said == "1 thing is wrong; 1 note."
    assert records.doctor_page([Check(name="a", state="fine", message="")]).said == "Everything a sync needs is there."


def test_every_standing_has_a_word() -> None:
    assert set(views.KINDS) == {standing.value for standing in Standing}
