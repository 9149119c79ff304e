"""The tools. Each reads its arguments, calls one verb and tells what it answers.

Their docstrings are what a language model reads before it calls one. No tool takes a path, a host, a token, a
command or the id of a Notion page: a playlist is a name or a SoundCloud link, everything else a number, a word
or an id that was given out here.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal  # Any: the SDK's context knows no type of state here

from mcp.server.mcpserver import Context

from cloudcrate.app.desk import Desk, JobState, JobView
from cloudcrate.app.review import Question
from cloudcrate.app.service import Service
from cloudcrate.core.link import normal_url, parse_link
from cloudcrate.core.model import Choice, TrackId
from cloudcrate.errors import AmbiguousError, UsageError
from cloudcrate.mcp_server import answers, telling
from cloudcrate.mcp_server.clean import cleaned
from cloudcrate.ports.ledger import RunRecord
from cloudcrate.ports.running import BudgetState

PATIENCE = 3.0
"""Seconds for which the start of a run waits to tell how it goes; small ones end within."""

LONGEST_WAIT = 20
"""Seconds that get_status waits at most: clients give a call a minute."""

LONGEST_WORDS = 500
"""Characters of a playlist's name or link."""

LOOKED_AT = 50
"""Runs among which the last one that has ended is looked for."""

LATEST = 10
"""Runs that get_status shows."""

MEANT = "plan_sync with this name or link plans its sync."
CHOOSE = "Several fit. Ask the user which is meant, then call plan_sync with its link."
ANSWERED = {
    Choice.ADOPT: "It is its row now; the next sync fills its empty cells.",
    Choice.NEW: "The next sync makes a new row for it.",
    Choice.SKIP: "It stays without a row.",
}


class Reading:
    """The tools that change nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find_playlist(self, name: str) -> answers.FindAnswer:
        """Find which playlist a name or a SoundCloud link means: among those that are kept, then in Notion, on the
        user's profile and on SoundCloud. Answers the one that is meant, or the candidates when several fit. Does
        not read its tracks and changes nothing."""
        words = _words(name)
        try:
            with self._desk.reading() as service:
                understood, kept = service.order(words), {normal_url(known.url) for known in service.known()}
        except AmbiguousError as error:
            shown, more = telling.cut(error.candidates)
            return answers.FindAnswer(found=list(map(telling.candidate, shown)), more=more, next=CHOOSE)
        link = understood.order.link.url
        meant = answers.FoundPlaylist(
            origin="kept" if normal_url(link) in kept else "link" if parse_link(words) else "found",
            tracks=None,
            untrusted=cleaned({"name": understood.order.name, "link": link, "understood": understood.understood}),
        )
        return answers.FindAnswer(found=[meant], more=0, next=MEANT)

    def list_playlists(self, offset: int = 0) -> answers.PlaylistsAnswer:
        """List the playlists that are kept in sync: how many tracks each has and how they stand (synced, already
        there, unobtainable, review, failed, pending), when it was synced last and when it is next. Shows 100 rows
        from ``offset`` on."""
        with self._desk.reading() as service:
            every = service.overview()
        shown, more = telling.cut(every, offset=_from(offset))
        return answers.PlaylistsAnswer(playlists=[telling.kept_playlist(overview) for overview in shown], more=more)

    async def get_status(
        self,
        context: Context[Any, Any],  # Any: see the import
        job_id: str | None = None,
        wait_seconds: int = 0,
    ) -> answers.StatusAnswer:
        """Show background jobs, the last runs, and how much of the services' budgets is spent. With ``job_id``
        only that job; ``wait_seconds`` (at most 20) then waits until it has ended, and reports progress meanwhile."""
        if job_id is None:
            views = await asyncio.to_thread(self._desk.jobs)
        else:
            first = await asyncio.to_thread(self._desk.job, job_id)
            views = (await attended(self._desk, first, context, min(wait_seconds, LONGEST_WAIT)),)
        playlists, records, budgets = await asyncio.to_thread(self._situation)
        shown, more = telling.cut(views)
        return answers.StatusAnswer(
            playlists=playlists,
            jobs=[telling.job(view) for view in shown],
            runs=[telling.run(record) for record in records] if job_id is None else [],
            budgets=[telling.budget(state) for state in budgets],
            more=more,
        )

    def _situation(self) -> tuple[int, Sequence[RunRecord], Sequence[BudgetState]]:
        with self._desk.reading() as service:
            return len(service.known()), service.runs(LATEST), service.budgets()

    def plan_sync(self, playlist: str, limit: int | None = None, download: bool = True) -> answers.PlanAnswer:
        """Plan a sync and show what it would do, with a reason for everything. Changes nothing. ``playlist`` is
        the name of a playlist that is kept, or a SoundCloud link. ``limit``: only the first so many entries.
        ``download=false``: rows only, no audio files. The plan lives an hour; ``counts`` counts its operations by
        kind, ``operations`` shows the first that change something."""
        words = _words(playlist)
        if limit is not None and limit < 1:
            raise UsageError("limit must be 1 or more.", hint="Leave it out for the whole playlist.")
        with self._desk.reading() as service:
            understood = service.order(words, limit=limit, download=download)
        return telling.planned(self._desk.plan(understood.order, understood.understood))

    def explain_track(self, track_id: int) -> answers.TrackAnswer:
        """Explain what was decided and done about a track, newest first, and why. When only the user can tell
        which row is the track's, ``question`` shows the rows by number, for decide_review."""
        with self._desk.reading() as service:
            why = service.why(TrackId(track_id))
            return telling.track(why, self._question(service, TrackId(track_id)))

    def _question(self, service: Service, track_id: TrackId) -> Question | None:
        """The open question about a track; only one that is known to be under review costs requests."""
        if not any(problem.kind == "review" for problem in service.problems.listed([track_id])):
            return None
        try:
            return service.reviews.question(track_id)
        except UsageError:  # it was answered since the last sync
            return None

    def list_problems(self, playlist: str | None = None, offset: int = 0) -> answers.ProblemsAnswer:
        """List the tracks that lack their row or their file, of one playlist or of all, with the reason and what
        could help. ``kind`` is failed, unobtainable or review; ``retry`` is transient (a sync tries again),
        permanent (trying again changes nothing), credentials (the user must sign in), quota (wait) or guard (the
        user must decide: explain_track, decide_review). Shows 100 rows from ``offset`` on."""
        with self._desk.reading() as service:
            only = None if playlist is None else service.tracks_of(_words(playlist))
            every = service.problems.listed(only)
        shown, more = telling.cut(every, offset=_from(offset))
        return answers.ProblemsAnswer(
            counts=dict(Counter(problem.kind for problem in every)),
            problems=[telling.problem(problem) for problem in shown],
            more=more,
        )

    def get_report(self, run_id: str | None = None, offset: int = 0) -> answers.ReportAnswer:
        """Show how a run ended: its tracks counted by rows and files, and every track that is not complete, with
        the reason. Without ``run_id``: the last run that has ended; get_status lists run ids. Shows 100 rows from
        ``offset`` on."""
        start = _from(offset)
        with self._desk.reading() as service:
            found = run_id or next((run.id for run in service.runs(LOOKED_AT) if run.report is not None), None)
            if found is None:
                raise UsageError("No run has ended so far.", hint="Plan a sync with plan_sync.")
            return telling.report(found, service.report(found), start)

    def run_doctor(self) -> answers.DoctorAnswer:
        """Check everything that a run needs (settings, network, SoundCloud, catalog, library, state), and say
        what to do about what is wrong. Asks the services; changes nothing."""
        with self._desk.reading() as service:
            return telling.checks(service.doctor())


class Writing:
    """The tools that change something."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def apply_plan(self, plan_id: str, context: Context[Any, Any]) -> answers.JobAnswer:  # Any: see the import
        """Carry out exactly the plan that plan_sync made and the user agreed to. Answers within seconds with a
        job id; the job works on in the background. The job ends with error_code ``refused`` when the playlist,
        the rows or the files have changed since the plan was made."""
        return await self._started(plan_id, context, anew=False)

    async def sync_playlist(self, plan_id: str, context: Context[Any, Any]) -> answers.JobAnswer:  # Any: as above
        """Sync the playlist of a plan from plan_sync, planning it again first when it is out of date: what is done
        may then differ from what the plan showed. Answers within seconds with a job id."""
        return await self._started(plan_id, context, anew=True)

    async def _started(self, plan_id: str, context: Context[Any, Any], *, anew: bool) -> answers.JobAnswer:  # Any: same
        view = await asyncio.to_thread(self._desk.start, plan_id, anew=anew)
        return telling.job(await attended(self._desk, view, context, PATIENCE))

    def cancel_job(self, job_id: str) -> answers.JobAnswer:
        """Ask a background job to stop. What is in flight is finished and recorded, nothing is undone; get_status
        with ``wait_seconds`` tells when it has stopped."""
        return telling.job(self._desk.stop(job_id))

    def decide_review(
        self, track_id: int, choice: Literal["adopt", "new", "skip"], row_number: int | None = None
    ) -> answers.DecisionAnswer:
        """Record what the user decided about a track under review. ``adopt``: the row with this ``row_number`` in
        the question of explain_track is its row; ``new``: none is, make a new one; ``skip``: leave it without a
        row. Only decide what the user has said."""
        made = Choice(choice)
        if (made is Choice.ADOPT) != (row_number is not None):
            raise UsageError(
                "adopt needs a row_number, and only adopt does.", hint="explain_track shows the rows by number."
            )
        with self._desk.reading() as service:
            page_id = None
            if row_number is not None:
                rows = dict(service.reviews.question(TrackId(track_id)).numbered)
                if row_number not in rows:
                    raise UsageError(
                        f"There is no row {row_number} to adopt.", hint="explain_track shows the rows by number."
                    )
                page_id = rows[row_number].id
            service.reviews.decide(TrackId(track_id), made, page_id)
        return answers.DecisionAnswer(track_id=track_id, choice=made.value, next=ANSWERED[made])


async def attended(
    desk: Desk,
    view: JobView,
    context: Context[Any, Any],  # Any: see the import
    seconds: float,
) -> JobView:
    """A job once it has ended, or as it is when the time is up; every change is reported as progress."""
    until = time.monotonic() + seconds
    told = -1
    while True:
        if view.version != told:
            told = view.version
            message = cleaned({"phase": view.phase}).get("phase", view.state.value)
            await context.report_progress(view.done, view.total or None, message)
        left = until - time.monotonic()
        if view.state not in (JobState.WAITING, JobState.RUNNING) or left <= 0:
            return view
        view = await asyncio.to_thread(desk.wait, view.id, view.version, left)


def _words(given: str) -> str:
    """A name or a link. Raises: UsageError when it is empty or far too long, LinkError when it leads elsewhere."""
    words = given.strip()
    if not words or len(words) > LONGEST_WORDS:
        raise UsageError("This is no name or link of a playlist.", hint="Give a kept playlist's name, or its link.")
    parse_link(words)
    return words


def _from(offset: int) -> int:
    if offset < 0:
        raise UsageError("offset must be 0 or more.", hint="Add the rows you have to go on where a list was cut.")
    return offset
