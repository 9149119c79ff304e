"""The dashboard's addresses: what they show, what their forms do, and what live pages are sent."""

import re
from collections.abc import Iterator

import pytest
from web_bench import Browser, House
from worlds import make_listing, make_track

from cloudcrate.app.desk import JobState
from cloudcrate.core.model import OpenReview, TrackId
from cloudcrate.errors import CredentialsError, StateError, UnavailableError

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"
LINK = "https://soundcloud.com/ada/sets/night-bus"


@pytest.fixture
def house() -> Iterator[House]:
    found = House(make_listing([make_track(1), make_track(2), make_track(3, title=HOSTILE)]))
    yield found
    found.gate.set()
    found.desk.close()


@pytest.fixture
def guest(house: House) -> Browser:
    return house.guest()


# --- looking ----------------------------------------------------------------------------------------


def test_an_empty_dashboard_has_every_page(guest: Browser) -> None:
    for path in ("/", "/problems", "/history", "/doctor"):
        page = guest.get(path)
        assert page.status_code == 200
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_synced_playlist_is_shown_everywhere(house: House, guest: Browser) -> None:
    job = house.synced()
    assert job.state is JobState.DONE
    overview = guest.get("/")
    links = re.findall(r'href="(/playlists/[^"]+)"', overview.text)
    assert links
    playlist = guest.get(links[0])
    assert playlist.status_code == 200
    assert "Song 1" in playlist.text
    assert "Song 1" not in guest.get(f"{links[0]}?q=song+2").text
    history = guest.get("/history")
    runs = re.findall(r'href="(/history/[^"]+)"', history.text)
    assert guest.get(runs[0]).status_code == 200
    assert "Song 1" in guest.get("/tracks/1").text
    assert guest.get(f"/jobs/{job.id}").status_code == 200


def test_texts_of_others_stay_texts(house: House, guest: Browser) -> None:
    planned = house.desk.plan(house.world.order)
    job = house.synced()
    playlist = re.findall(r'href="(/playlists/[^"]+)"', guest.get("/").text)[0]
    for path in (f"/plans/{planned.id}", f"/jobs/{job.id}", playlist, "/tracks/3", f"/jobs/{job.id}/events"):
        page = guest.get(path)
        assert page.status_code == 200
        assert "alert(1)" in page.text
        assert "<img src=x" not in page.text
        assert "<script>" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/playlists/nowhere",
        "/playlists/..%2f..%2fetc",
        "/plans/nowhere",
        "/jobs/nowhere",
        "/jobs/nowhere/events",
        "/history/nowhere",
        "/reviews/1",
        "/tracks/77",
        "/tracks/77/audio",
        "/tracks/77/peaks",
        "/history/",
    ],
)
def test_what_is_not_known_is_not_found(house: House, guest: Browser, path: str) -> None:
    house.synced()
    page = guest.get(path)
    assert page.status_code == 404
    assert "Traceback" not in page.text


@pytest.mark.parametrize(
    "track_id", ["0", "-1", "+1", "1.0", "x", "١", "9" * 19, "9" * 20, "9" * 5000, "1%20", "1;2", "0x1"]
)
def test_what_is_no_tracks_number_is_not_found(guest: Browser, track_id: str) -> None:
    for path in (f"/tracks/{track_id}", f"/tracks/{track_id}/audio", f"/tracks/{track_id}/peaks"):
        assert guest.get(path).status_code == 404
    assert guest.post(f"/reviews/{track_id}", {"answer": "new"}).status_code == 404


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnavailableError("The moon is away.", hint="Wait for it."), 503),
        (CredentialsError("The moon is away.", hint="Wait for it."), 502),
        (StateError("The moon is away.", hint="Wait for it."), 500),
    ],
)
def test_an_error_is_a_page_with_what_to_do(house: House, guest: Browser, error: Exception, status: int) -> None:
    house.trouble = error
    page = guest.get("/problems")
    assert page.status_code == status
    assert "The moon is away." in page.text
    assert "Wait for it." in page.text


def test_a_fault_is_a_page_without_a_traceback(house: House, guest: Browser, caplog: pytest.LogCaptureFixture) -> None:
    house.trouble = ZeroDivisionError("secret_token=abc")
    page = guest.get("/problems")
    assert page.status_code == 500
    assert "Something went wrong" in page.text
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "secret" not in page.text + caplog.text
    assert "ZeroDivisionError" in caplog.text


# --- doing ------------------------------------------------------------------------------------------


def test_words_become_a_plan_and_a_plan_a_run(house: House, guest: Browser) -> None:
    answer = guest.post("/add", {"words": LINK})
    assert answer.status_code == 303
    plan = answer.headers["Location"]
    assert re.fullmatch(r"/plans/[0-9a-f]+", plan)
    assert guest.get(plan).status_code == 200
    assert house.world.catalog.writes == 0
    answer = guest.post(f"{plan}/start")
    job_id = answer.headers["Location"].removeprefix("/jobs/")
    job = house.desk.wait(job_id, 0, 0.0)
    while job.ended_at is None:
        job = house.desk.wait(job_id, job.version, 5.0)
    assert job.state is JobState.DONE
    assert len(house.world.store.files) == 3


def test_a_known_playlist_is_planned_again_by_its_id(house: House, guest: Browser) -> None:
    house.synced()
    playlist = re.findall(r'href="(/playlists/[^"]+)"', guest.get("/").text)[0]
    answer = guest.post(f"{playlist}/plan")
    assert answer.status_code == 303
    assert house.desk.planned(answer.headers["Location"].removeprefix("/plans/")).plan.changes == 0
    assert guest.post("/playlists/nowhere/plan").status_code == 404


@pytest.mark.parametrize("words", ["", "   ", "x" * 3000, "https://evil.example/sets/a", "no such playlist"])
def test_words_that_lead_nowhere_are_answered(house: House, guest: Browser, words: str) -> None:
    page = guest.post("/add", {"words": words})
    assert page.status_code == 422
    assert "Traceback" not in page.text
    assert house.desk.jobs() == ()


def test_a_plan_that_is_not_known_is_not_started(house: House, guest: Browser) -> None:
    assert guest.post("/plans/nowhere/start").status_code == 404
    assert guest.post("/jobs/nowhere/stop").status_code == 404


def test_a_run_can_be_stopped(house: House, guest: Browser) -> None:
    planned = house.desk.plan(house.world.order)
    house.gate.clear()
    job = guest.post(f"/plans/{planned.id}/start").headers["Location"]
    answer = guest.post(f"{job}/stop")
    assert (answer.status_code, answer.headers["Location"]) == (303, job)
    house.gate.set()


def test_too_many_runs_are_told(house: House, guest: Browser) -> None:
    planned = house.desk.plan(house.world.order)
    house.gate.clear()
    statuses = [guest.post(f"/plans/{planned.id}/start").status_code for _ in range(5)]
    house.gate.set()
    assert statuses == [303, 303, 303, 303, 409]


@pytest.fixture
def question(house: House) -> str:
    """A track with two rows that may be its own; answers with the id of one."""
    house.synced()
    catalog = house.world.catalog.open().id
    rows = tuple(house.world.catalog.every_row())
    review = OpenReview(track_id=TrackId(1), page_ids=(rows[0].id,), reason="two fit", playlist="Night Bus", since=1.0)
    house.world.ledger.open_review(catalog, review)
    return str(rows[0].id)


def test_a_review_shows_both_sides_and_takes_the_answer(house: House, guest: Browser, question: str) -> None:
    page = guest.get("/reviews/1")
    assert page.status_code == 200
    assert f"adopt:{question}" in page.text
    answer = guest.post("/reviews/1", {"answer": f"adopt:{question}"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/problems")
    assert house.world.ledger.reviews(house.world.catalog.open().id) == ()


@pytest.mark.parametrize("answer", ["", "adopt", "adopt:", "adopt:nowhere", "new:1", "delete", "skip:x", "ADOPT:1"])
def test_an_answer_that_is_none_changes_nothing(house: House, guest: Browser, question: str, answer: str) -> None:
    assert guest.post("/reviews/1", {"answer": answer}).status_code == 422
    assert len(house.world.ledger.reviews(house.world.catalog.open().id)) == 1


# --- the live page ----------------------------------------------------------------------------------


def events_of(text: str) -> list[dict[str, str]]:
    """The events of a stream, as a browser reads them."""
    found = []
    for block in text.split("\n\n"):
        told: dict[str, list[str]] = {}
        for line in block.splitlines():
            name, _, value = line.partition(":")
            told.setdefault(name, []).append(value.removeprefix(" "))
        if "event" in told:
            found.append({name: "\n".join(values) for name, values in told.items()})
    return found


def test_the_events_of_a_run_tell_all_and_end(house: House, guest: Browser) -> None:
    job = house.synced()
    answer = guest.get(f"/jobs/{job.id}/events")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    tracks, state, done = events_of(answer.text)
    assert (tracks["event"], state["event"], done["event"]) == ("tracks", "state", "done")
    assert re.findall(r'id="t(\d+)"', tracks["data"]) == ["1", "2", "3"]
    assert state["id"] == str(job.version)


def test_a_page_that_comes_back_is_told_only_what_it_has_not_seen(house: House, guest: Browser) -> None:
    job = house.synced()
    lines = house.desk.lines(job.id)
    seen = sorted(line.version for line in lines)[0]
    answer = guest.get(f"/jobs/{job.id}/events", {"Last-Event-ID": str(seen)})
    assert len(re.findall(r'id="t\d+"', events_of(answer.text)[0]["data"])) == 2
    names = [event["event"] for event in events_of(guest.get(f"/jobs/{job.id}/events?after={job.version}").text)]
    assert names == ["state", "done"]


@pytest.mark.parametrize("seen", ["x", "-1", "9" * 50, ""])
def test_a_version_that_is_none_counts_as_none(house: House, guest: Browser, seen: str) -> None:
    job = house.synced()
    answer = guest.get(f"/jobs/{job.id}/events", {"Last-Event-ID": seen})
    assert len(events_of(answer.text)) == 3


def test_a_live_page_follows_a_run_to_its_end(house: House, guest: Browser) -> None:
    planned = house.desk.plan(house.world.order)
    house.gate.clear()
    job = house.desk.start(planned.id)
    with guest.client.stream("GET", f"/jobs/{job.id}/events") as answer:
        house.gate.set()
        text = "".join(answer.iter_text())
    names = [event["event"] for event in events_of(text)]
    assert names[-2:] == ["state", "done"]
    assert set(re.findall(r'id="t(\d+)"', text)) == {"1", "2", "3"}


def test_live_pages_end_when_the_server_does(house: House, guest: Browser) -> None:
    planned = house.desk.plan(house.world.order)
    house.gate.clear()
    job = house.desk.start(planned.id)
    house.stop.set()
    answer = guest.get(f"/jobs/{job.id}/events")
    assert "done" not in [event["event"] for event in events_of(answer.text)]
    house.gate.set()
