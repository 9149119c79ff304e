"""``cloudcrate review``: what only the user can tell, shown from both sides and asked."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # Any: click hands options over untyped

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_json_text, echo, opened, places, say

if TYPE_CHECKING:
    from cloudcrate.app.review import Merge, Question, Reviews, Sweep
    from cloudcrate.core.model import Page, TrackId

EXAMPLES = """
\b
Examples:
  cloudcrate review                            asks about each, on a terminal
  cloudcrate review --list                     shows them and asks nothing
  cloudcrate review 123456 --adopt 2           its row is the second one shown
  cloudcrate review 123456 --new               none is: the next sync makes a new row
  cloudcrate review --sweep                    looks for tracks that have several rows
  cloudcrate review 123456 --merge 1 --yes     keeps the first, moves the others to the trash
"""
CHOICES = ("adopt", "new", "skip", "merge", "reconsider")


@click.command(epilog=EXAMPLES)
@click.argument("track", required=False)
@click.option("--list", "only_list", is_flag=True, help="Show them and ask nothing.")
@click.option("--sweep", is_flag=True, help="First look through the whole table for tracks with several rows.")
@click.option("--adopt", type=click.IntRange(min=1), metavar="N", help="The row N shown is its row.")
@click.option("--new", is_flag=True, help="None of the rows is: make a new one at the next sync.")
@click.option("--skip", is_flag=True, help="Leave it without a row.")
@click.option("--merge", type=click.IntRange(min=1), metavar="N", help="Keep row N, move the others to the trash.")
@click.option("--reconsider", is_flag=True, help="Take back --new or --skip.")
@click.option("--yes", is_flag=True, help="Do not ask before rows are moved to the trash.")
@click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")
@places
def review(track: str | None, **options: Any) -> None:  # Any: as above
    """Decide which row is a track's, where cloudcrate must not guess. TRACK is its id or its link."""
    given = [name for name in CHOICES if options[name]]
    if len(given) > 1:
        raise errors.UsageError(f"--{given[0]} and --{given[1]} exclude each other.")
    if given and track is None:
        raise errors.UsageError(f"--{given[0]} needs a track.", hint=f"cloudcrate review TRACK --{given[0]} …")
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not options["only_list"] and not options["as_json"]
    with opened(options) as service:
        reviews = service.reviews
        swept = _sweep(reviews) if options["sweep"] else None
        if track is not None:
            track_id = service.find_track(track)
            if given:
                _carry_out(reviews, track_id, given[0], options, asks=asks)
                return
            questions: tuple[Question, ...] = (reviews.question(track_id),)
        else:
            questions = reviews.questions()
        if options["as_json"]:
            told = [_told(question) for question in questions]
            click.echo(as_json_text({"questions": told} | ({} if swept is None else {"sweep": swept})))
        elif asks and questions:
            _interview(reviews, questions)
        else:
            from cloudcrate.cli import show

            echo(show.question_lines(questions))


def _told(question: "Question") -> "Question":
    """A question as it may be printed: without what opens the track's streams, or the track when it is private."""
    if question.track is None:
        return question
    return replace(question, track=replace(question.track, authorization=None, secret_token=None))


def _sweep(reviews: "Reviews") -> "Sweep":
    found = reviews.sweep()
    say(f"Looked at {found.looked_at} rows: {found.doubles} tracks have more than one.")
    for rows in found.unknown:
        say(f"  {len(rows)} rows share a SoundCloud link that no synced track has: {', '.join(rows)}")
    return found


def _carry_out(
    reviews: "Reviews",
    track_id: "TrackId",
    choice: str,
    options: dict[str, Any],  # Any: as above
    *,
    asks: bool,
) -> None:
    """One decision, by options."""
    from cloudcrate.core.model import Choice

    as_json = options["as_json"]
    if choice == "reconsider":
        found = reviews.reconsider(track_id)
        said = "Taken back." if found else "There was no decision to take back."
        told = {"track_id": track_id, "taken_back": found}
        click.echo(as_json_text({"reconsidered": told}) if as_json else said)
        return
    if choice == "merge":
        question = reviews.question(track_id)
        _merge(reviews, question, _row(question, options["merge"]), yes=options["yes"], asks=asks, as_json=as_json)
        return
    page = _row(reviews.question(track_id), options["adopt"]).id if choice == "adopt" else None
    reviews.decide(track_id, Choice(choice), page)
    decided = {"track_id": track_id, "choice": choice, "page_id": page, "next_step": _ANSWERS[choice]}
    click.echo(as_json_text({"decided": decided}) if as_json else _ANSWERS[choice])


_ANSWERS = {
    "adopt": "It is its row now; the next sync fills its empty cells.",
    "new": "The next sync makes a new row for it.",
    "skip": "It stays without a row (cloudcrate review TRACK --reconsider takes that back).",
}


def _row(question: "Question", number: int) -> "Page":
    rows = dict(question.numbered)
    if number not in rows:
        numbers = ", ".join(map(str, rows)) or "none any more"
        raise errors.UsageError(
            f"There is no row {number} to choose; there is: {numbers}.", hint="See them: cloudcrate review --list"
        )
    return rows[number]


def _merge(
    reviews: "Reviews", question: "Question", keep: "Page", *, yes: bool, asks: bool, as_json: bool = False
) -> None:
    from cloudcrate.cli import show

    merge: Merge = reviews.merge(question.review.track_id, keep.id)
    for line in show.merge_lines(merge):
        say(line)
    if not yes and not (asks and click.confirm("Do it?", default=False, err=True)):
        raise errors.RefusedError(
            "Nothing was changed.", hint="With --yes the rows are merged and the others moved to the trash."
        )
    reviews.carry_out(merge)
    said = f"Merged: {len(merge.trash)} rows are in the trash, from where you can restore them."
    click.echo(as_json_text({"merged": merge}) if as_json else said)


def _interview(reviews: "Reviews", questions: "Iterable[Question]") -> None:
    """Asks about one after another; Enter leaves one for later."""
    from cloudcrate.cli import show

    for question in questions:
        if question.decision is not None:
            continue
        for line in show.question_lines((question,)):
            say(line)
        track_id = question.review.track_id
        answer = click.prompt(
            "Its row (number), (n)ew, (s)kip, (m)erge into a number: m 1, Enter: later",
            default="",
            show_default=False,
            err=True,
        )
        try:
            _answer(reviews, question, track_id, answer.strip().lower())
        except errors.CloudcrateError as error:
            say(f"{error.message} {error.hint}")


def _answer(reviews: "Reviews", question: "Question", track_id: "TrackId", answer: str) -> None:
    options: dict[str, Any] = {"yes": False, "as_json": False}  # Any: as above
    words = answer.split()
    if not words:
        return
    if words[0].isdecimal():
        _carry_out(reviews, track_id, "adopt", {**options, "adopt": int(words[0])}, asks=True)
    elif words[0] in ("m", "merge") and len(words) == 2 and words[1].isdecimal():
        _merge(reviews, question, _row(question, int(words[1])), yes=False, asks=True)
    elif words[0] in ("n", "new", "s", "skip"):
        _carry_out(reviews, track_id, "new" if words[0].startswith("n") else "skip", options, asks=True)
    else:
        raise errors.UsageError(f"{answer!r} is no answer here.", hint="It is asked again next time.")
