"""Pages of the dashboard with typical, empty, huge and hostile values, and a plain environment that draws them."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from web_samples import (
    NOW,
    ambiguous,
    checks,
    found_problems,
    holders,
    job,
    lines,
    overview,
    overviews,
    planned,
    playlist,
    question,
    report,
    run,
    track_views,
    why,
)

import cloudcrate.web
from cloudcrate.app.desk import JobState
from cloudcrate.app.overview import PlaylistView
from cloudcrate.app.service import Why
from cloudcrate.core import text
from cloudcrate.core.ending import Trouble
from cloudcrate.core.model import TrackId
from cloudcrate.web import choosing, jobs, plans, problems, records, views


@cache
def environment() -> Environment:
    """The templates, strictly."""
    return Environment(
        loader=FileSystemLoader(Path(cloudcrate.web.__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def playlist_page(count: int, show: str = "", words: str = "") -> views.PlaylistPage:
    view = PlaylistView(overview=overview(), tracks=track_views(count))
    return views.playlist_page(view, NOW, show=show, words=words)


def pages() -> dict[str, tuple[str, dict[str, object]]]:
    """Every template with what it is drawn of, by a name."""
    refused = Trouble(code="refused", message="The plan is stale.", hint="Plan again.", retry="never")
    running = [job()]
    drawn: dict[str, tuple[str, object]] = {
        "overview": ("overview.html", views.overview_page(overviews(), running, NOW)),
        "overview-empty": ("overview.html", views.overview_page([], [], NOW)),
        "playlist": ("playlist.html", playlist_page(24)),
        "playlist-huge": ("playlist.html", playlist_page(500)),
        "playlist-failed": ("playlist.html", playlist_page(24, show="failed", words="ne")),
        "playlist-none": ("playlist.html", playlist_page(24, show="pending")),
        "playlist-empty": ("playlist.html", playlist_page(0)),
        "plan": ("plan.html", plans.plan_page(planned())),
        "plan-huge": ("plan.html", plans.plan_page(planned([f"Track {n}" for n in range(500)]))),
        "plan-nothing": ("plan.html", plans.plan_page(planned(changing=False))),
        "job": ("job.html", jobs.job_page(job(), lines(), NOW)),
        "job-waiting": ("job.html", jobs.job_page(job(JobState.WAITING), (), NOW)),
        "job-done": ("job.html", jobs.job_page(job(JobState.DONE), lines(), NOW)),
        "job-failed": ("job.html", jobs.job_page(job(JobState.FAILED, error=refused), (), NOW)),
        "job-huge": ("job.html", jobs.job_page(job(), lines([f"Track {n}" for n in range(500)]), NOW)),
        "problems": ("problems.html", problems.problems_page(found_problems(), holders(), NOW)),
        "problems-review": ("problems.html", problems.problems_page(found_problems(), holders(), NOW, show="review")),
        "problems-empty": ("problems.html", problems.problems_page((), (), NOW)),
        "choose": ("choose.html", choosing.meant_page(ambiguous(), "winter selection")),
        "choose-again": ("choose.html", choosing.again_page([known for known, _ in holders()], "3001")),
        "review": ("review.html", problems.review_page(question(), NOW)),
        "review-gone": ("review.html", problems.review_page(question(gone=True), NOW)),
        "review-decided": ("review.html", problems.review_page(question(decided=True), NOW)),
        "history": ("history.html", records.history_page([run(1, report()), run(2), run(3, report())], NOW)),
        "history-empty": ("history.html", records.history_page([], NOW)),
        "run": ("run.html", records.run_page("run-1", report())),
        "doctor": ("doctor.html", records.doctor_page(checks())),
        "track": ("track.html", records.track_page(why(), NOW, playable=True)),
        "track-unheard": (
            "track.html",
            records.track_page(Why(track_id=TrackId(1), title="", url="", events=()), NOW, playable=False),
        ),
        "error": ("error.html", views.ErrorPage(status=404, message="There is no such page.", hint="Go back.")),
        "login": ("login.html", views.LoginPage(trouble="That is not the password.")),
        "out": ("out.html", None),
    }
    found = {name: (template, {"page": page}) for name, (template, page) in drawn.items()}
    found["job-state"] = ("job_state.html", {"page": jobs.job_page(job(), (), NOW)})
    found["job-tracks"] = ("job_tracks.html", {"lines": jobs.line_rows(lines())})
    return found


def hostile_pages(word: str) -> dict[str, tuple[str, dict[str, object]]]:
    """Every page that shows a foreign text, with ``word`` wherever one stands."""
    view = PlaylistView(overview=overview(word, word), tracks=track_views(12, [word], [word]))
    trouble = Trouble(code="unavailable", message=word, hint=word, retry="transient")
    drawn: dict[str, tuple[str, object]] = {
        "overview": ("overview.html", views.overview_page([overview(word, word)], [job(title=word)], NOW)),
        "playlist": ("playlist.html", views.playlist_page(view, NOW, words="")),
        "playlist-search": ("playlist.html", views.playlist_page(view, NOW, show="failed", words=word)),
        "plan": ("plan.html", plans.plan_page(planned([word, word, word, word]))),
        "job": ("job.html", jobs.job_page(job(title=word), lines([word] * 4), NOW)),
        "job-done": ("job.html", jobs.job_page(job(JobState.DONE, title=word), lines([word] * 4), NOW)),
        "job-failed": ("job.html", jobs.job_page(job(JobState.FAILED, title=word, error=trouble), (), NOW)),
        "problems": ("problems.html", problems.problems_page(found_problems([word] * 4), holders(word), NOW)),
        "choose": ("choose.html", choosing.meant_page(ambiguous(word), word)),
        "choose-again": ("choose.html", choosing.again_page([playlist(word, word)] * 2, "3001")),
        "review": ("review.html", problems.review_page(question(word), NOW)),
        "history": ("history.html", records.history_page([run(1, report(word, word))], NOW)),
        "run": ("run.html", records.run_page(word, report(word, word))),
        "doctor": ("doctor.html", records.doctor_page(checks(word))),
        "track": ("track.html", records.track_page(why(word), NOW, playable=True)),
        "error": ("error.html", views.ErrorPage(status=400, message=text.visible(word), hint=text.visible(word))),
        "login": ("login.html", views.LoginPage(trouble=text.visible(word), next=word)),
    }
    return {name: (template, {"page": page}) for name, (template, page) in drawn.items()}


def drawn(template: str, values: dict[str, object]) -> str:
    """A page as HTML."""
    told = {"nonce": "n0nce", "csrf": "c5rf", "version": "0.1.0"}
    return environment().get_template(template).render(told, **values)
