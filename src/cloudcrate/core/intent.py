"""What the user said, read as a request. No playlist need be known; nothing is looked up.

Whatever holds a negation, a question or a word of deletion that is not understood changes nothing: it is refused, or
answered by what to say instead.
"""

import re
from collections.abc import Sequence

from cloudcrate.core.sentences_asked import QUESTIONING, asked
from cloudcrate.core.sentences_checks import (
    check_no_state_is_denied,
    check_what_is_forbidden,
    check_what_is_stated,
    check_what_is_vague,
    counts_only,
    ends_on_only,
    half,
    wants_files_alone,
    without_what_is_left_out,
)
from cloudcrate.core.sentences_counts import hours_of, limit_of, limits_what_is_forbidden, said_of
from cloudcrate.core.sentences_frames import begun, framed, is_a_title, is_titled, slotted, straightened, subject_of
from cloudcrate.core.sentences_guessed import denied, wished
from cloudcrate.core.sentences_match import number
from cloudcrate.core.sentences_names import Named, names_in
from cloudcrate.core.sentences_parse import Clause, clauses, denied_at_its_end, vocabulary
from cloudcrate.core.sentences_request import (
    Action,
    DeclinedError,
    Request,
    first,
    listed,
    often,
    quoted,
    shown,
    told_of,
)
from cloudcrate.core.sentences_senses import NO, YES, Sense
from cloudcrate.core.sentences_soft import COURTESY, REFUSED, UNCLEAR
from cloudcrate.core.sentences_told import is_doing_of_others, is_no_bare_name, told
from cloudcrate.core.sentences_words import FOREIGN, Word, words_of

__all__ = ["Action", "Request", "read"]

LONGEST = 1000
"""Characters beyond which a text is no sentence."""

_SHELL = re.compile(
    r"\brm\s+-|\$\(|&&|`|\b(?:curl|wget|sudo|chmod)\b|[<>|]\s*/(?:dev|etc|bin|usr|tmp)|\|\s*(?:(?:ba|z)?sh|tee|nc|xargs|cat|python\d?|perl)\b",
    re.IGNORECASE,
)
_SINGULAR = frozenset({"is", "isnt", "was", "wasnt", "has", "hasnt", "gets", "stays", "needs", "remains"})
_QUESTIONS = (Sense.PREVIEW, Sense.MISSING, Sense.PROGRESS, Sense.STATUS)


def read(text: str) -> Request:
    """Reads a sentence, a name or a link. Never raises."""
    if len(text) > LONGEST:
        why = f"This is too long for a sentence ({len(text)} characters). Say it shorter."
        return Request(action=Action.CLARIFY, understood=why)
    words = _heard(text, capitals=True)
    if is_titled(words):
        untitled = _tried(text, _heard(text, capitals=False))
        if untitled.action not in (Action.CLARIFY, Action.REFUSE):
            return untitled
    subject = subject_of(words, text)
    if subject is not None and (other := _tried(text, subject)).playlists == (subject[0].raw,):
        return other
    plain = _tried(text, words)
    renamed = begun(words, text, vocabulary())
    if renamed is None or plain.action in (Action.SYNC_ALL, Action.WATCH):
        return plain
    if len(renamed) == 1:
        return _tried(text, renamed)
    if plain.playlists and (
        plain.action not in _ANSWERS or not all(name in renamed[0].raw for name in plain.playlists)
    ):
        return plain
    other = _tried(text, renamed)
    return other if other.playlists == (renamed[0].raw,) else plain


def _heard(text: str, *, capitals: bool) -> tuple[Word, ...]:
    words = straightened(words_of(text, vocabulary(), capitals=capitals), text)
    return framed(slotted(words, text), text, vocabulary())


def _tried(text: str, said: Sequence[Word]) -> Request:
    words = tuple(word for at, word in enumerate(said) if word.key not in COURTESY or _is_a_condition(said, at))
    try:
        return _read(text, words, polite=any(word.key in _PLEASE for word in said))
    except DeclinedError as declined:
        guess = _guessed(text, words, wish=declined.unread) if declined.action is Action.CLARIFY else None
        return guess or Request(action=declined.action, understood=declined.why)


def _is_a_condition(said: Sequence[Word], at: int) -> bool:
    """Whether "please" is the verb of "if you please"."""
    return [word.key for word in said[max(at - 2, 0) : at]] == ["if", "you"]


_ANSWERS = frozenset({Action.STATUS, Action.PREVIEW, Action.MISSING, Action.PROGRESS})
_PLEASE = frozenset({"please", "pls", "plz"})


def _read(text: str, words: Sequence[Word], *, polite: bool) -> Request:
    _refuse_what_is_foreign(text, words)
    said = clauses(words)
    senses = frozenset(sense for clause in said for sense in clause.senses)
    if Sense.REFUSE in senses:
        raise DeclinedError(
            Action.REFUSE, "cloudcrate never does this. It syncs, downloads, and tells how things stand."
        )
    if Sense.PREVIEW in senses and all(keys == ["if"] for keys in said_of(said, Sense.CLARIFY)):
        senses = senses - {Sense.CLARIFY}  # "if it were synced, what would happen"
    if Sense.CLARIFY in senses:
        raise DeclinedError(
            Action.CLARIFY, f"Not all of this can be asked for at once: {quoted(text)}. Say it without that."
        )
    senses = _heard_as(said, senses, words, polite=polite)
    question = next((sense for sense in _QUESTIONS if sense in senses), None)
    if question is not None:
        return _answer(question, text, said, senses)
    _decline_what_is_told(text, words, said, senses, polite=polite)
    if Sense.STOP in senses or Sense.ANY_MORE in senses:
        return _stop(text, said, senses)
    return _command(text, said, senses, polite=polite)


def _heard_as(
    said: Sequence[Clause], senses: frozenset[Sense], words: Sequence[Word], *, polite: bool
) -> frozenset[Sense]:
    """The senses, where one phrase changes what another one means."""
    if Sense.STATUS in senses and Sense.EVERY in senses and said_of(said, Sense.STATUS)[0][0] == "check":
        return senses - {Sense.STATUS} | {Sense.KEEP}  # "check it every hour" wants it kept
    if Sense.PROGRESS in senses and Sense.STATE in senses and words[0].key == "how":
        return senses - {Sense.PROGRESS} | {Sense.STATUS}  # "how many are downloaded"
    if not polite and any(keys[1:2] == ["i"] for keys in said_of(said, Sense.DOWNLOAD)):
        return senses - {Sense.DOWNLOAD} | {Sense.PREVIEW}  # "can I have it", and no "please"
    return senses


def _decline_what_is_told(
    text: str, words: Sequence[Word], said: Sequence[Clause], senses: frozenset[Sense], *, polite: bool
) -> None:
    if told(words) or [word.key for word in words[1:2]] == ["or"]:
        raise DeclinedError(Action.CLARIFY, f"Nothing is asked for in {quoted(text)}. Say what is to be done.")
    wanted = said_of(said, Sense.WANTED)
    passive = polite and senses & {Sense.STATE, Sense.KEEP}  # "could it be synced, please"
    if not passive and (["could"] in wanted or ["can"] in wanted):
        raise DeclinedError(Action.CLARIFY, f"Is this a question? {quoted(text)}", unread=True)
    ends = senses & {Sense.STOP, Sense.ANY_MORE}
    if ends or Sense.ASKED not in senses or not words:
        return
    if words[0].key in {"maybe", "perhaps"} and _UNADDRESSED.isdisjoint(word.key for word in words):
        raise DeclinedError(Action.CLARIFY, f"Is this to be done? {quoted(text)}")
    if words[0].key in _INVERTED:
        raise DeclinedError(Action.CLARIFY, f"Is this a question? {quoted(text)}", unread=True)


_UNADDRESSED = frozenset({"you", "we"})
_INVERTED = frozenset({"have", "has", "had", "is", "isnt", "are", "arent", "was", "were", "did", "does", "am", "who"})
"""What a question begins with, and no wish that ends with a question mark."""


def _refuse_what_is_foreign(text: str, words: Sequence[Word]) -> None:
    bare, at = "", 0
    for word in words:
        if word.key == FOREIGN:
            raise DeclinedError(Action.REFUSE, f"{shown(word.raw)} leads to nothing on SoundCloud that can be synced.")
        if word.opaque:
            coded = text[word.begin - 1 : word.begin] == text[word.end : word.end + 1] == "`"
            bare, at = f"{bare}{text[at : word.begin - coded]} ", word.end + coded
    bare += text[at:]
    if _SHELL.search(bare):
        raise DeclinedError(
            Action.REFUSE, "This looks like a command for a shell. A name that looks so goes in quotes."
        )


# --- names --------------------------------------------------------------------------------------


def _names(text: str, said: Sequence[Clause]) -> tuple[str, ...]:
    """The names of some clauses. Raises: DeclinedError where they hold words that may be meant otherwise."""
    names: list[str] = []
    for clause in said:
        if clause.name:
            named = names_in(text, clause.name, one=_is_one(clause))
            refused = REFUSED.intersection(named.loose)
            if refused:
                raise DeclinedError(Action.REFUSE, f"“{min(refused)}” is nothing that cloudcrate does. {_QUOTE}")
            unclear = UNCLEAR.intersection(named.loose)
            led = not any(word.opaque for word in clause.name) and any(map(_is_led, named.names))
            if named.doubtful or unclear or led or _is_ours(named, clause) or denied_at_its_end(clause.name):
                raise DeclinedError(
                    Action.CLARIFY, f"It is unclear what is the name in {quoted(text)}. {_QUOTE}", unread=True
                )
            names += [name for name in named.names if name not in names]
    return tuple(names)


_QUOTE = "A name that holds such words goes in quotes."


def _is_led(name: str) -> bool:
    """Whether words in lower case lead to a name with capitals ("drop Night Bus", "oldest 10 of Night Bus")."""
    first, *others = name.split()
    return first.isalpha() and first.islower() and any(other[0].isupper() for other in others)


def _trails(name: str) -> bool:
    """Whether words in lower case that questions are made of follow a name with capitals ("Night Bus ready")."""
    *others, last = name.split()
    return last in QUESTIONING and any(other[0].isupper() for other in others)


def _is_asking(name: str) -> bool:
    """Whether words that questions are made of stand around a name with capitals."""
    return _trails(name) or (
        name.split(maxsplit=1)[0].replace("'", "").replace("’", "") in QUESTIONING and not name.islower()
    )


def _is_ours(named: Named, clause: Clause) -> bool:
    """Whether a name has no word but ours, in lower case, and nothing said that it is a name."""
    words = [word for word in clause.name if not word.sign]
    ours = [key for key in named.loose if key in vocabulary() and number(key) is None]
    return bool(words) and len(ours) == len(words) and not any(word.opaque for word in words)


def _is_one(clause: Clause) -> bool:
    """Whether a verb in the singular stands beside the name."""
    at = next((at for at, part in enumerate(clause.parts) if part.sense is None), 0)
    before = [word.key for part in clause.parts[:at] for word in part.words][-1:]
    after = [word.key for part in clause.parts[at + 1 : at + 2] for word in part.words][:1]
    return bool(_SINGULAR.intersection(before + after))


# --- questions ----------------------------------------------------------------------------------

_ASKED = {
    Sense.PREVIEW: (Action.PREVIEW, "Show what a sync of {} would change; nothing is changed"),
    Sense.MISSING: (Action.MISSING, "Tell what is missing from {}, and why"),
    Sense.PROGRESS: (Action.PROGRESS, "Tell how far {} is"),
    Sense.STATUS: (Action.STATUS, "Tell how {} stands"),
}


def _answer(question: Sense, text: str, said: Sequence[Clause], senses: frozenset[Sense]) -> Request:
    if Sense.STOP in senses:
        raise DeclinedError(Action.CLARIFY, "Nothing is stopped by a question. To stop, say “stop”.")
    if question is not Sense.PREVIEW and any(keys[0] != "not" for sense in NO for keys in said_of(said, sense)):
        raise DeclinedError(Action.CLARIFY, "This asks for an answer and forbids something. Say one of them.")
    action, words = _ASKED[question]
    names = _names(text, said)
    if any(map(_trails, names)):
        raise DeclinedError(Action.CLARIFY, f"It is unclear what is the name in {quoted(text)}. {_QUOTE}", unread=True)
    limit = limit_of(said) if action is Action.PREVIEW else None
    if action is Action.PREVIEW and not names and Sense.ALL not in senses:
        raise DeclinedError(Action.CLARIFY, "A preview of which playlist? Say its name or give its link.")
    return Request(action=action, playlists=names, limit=limit, understood=told_of(words, names) + first(limit))


def _guessed(text: str, words: Sequence[Word], *, wish: bool) -> Request | None:
    """What is most likely meant where no phrase fits: an answer, a denial, or a plain wish."""
    if wish and denied(words) and not any(word.key == "?" for word in words):
        return Request(action=Action.REFUSE, understood="Nothing is done, as was said.")
    question = asked(words)
    if question is None:
        return _wish(text, words) if wish else None
    if len(question.names) > 1:
        return None
    names = tuple(name for part in question.names for name in names_in(text, part, one=False).names)
    if is_a_title(words, question.names):
        names = (text[words[0].begin : question.names[0][-1].end],)
    action, told_as = _ASKED[question.sense]
    if any(_is_led(name) for name in names):
        return None
    return Request(action=action, playlists=names, understood=told_of(told_as, names))


def _wish(text: str, words: Sequence[Word]) -> Request | None:
    parts = wished(words)
    named = [names_in(text, part, one=False) for part in parts]
    names = tuple(dict.fromkeys(name for each in named for name in each.names))
    if len(parts) != 1 or not names or any(each.doubtful for each in named):
        return None
    return Request(action=Action.SYNC, playlists=names, understood=told_of(_WORDS[Action.SYNC], names))


# --- commands -----------------------------------------------------------------------------------


def _stop(text: str, said: Sequence[Clause], senses: frozenset[Sense]) -> Request:
    others = [clause for clause in said if not clause.senses & {Sense.STOP, Sense.ANY_MORE} and clause.senses & YES]
    denied = bool(senses & NO)
    ended = denied is (Sense.STOP not in senses) and Sense.BUT_NOT not in senses
    if others or not ended:
        raise DeclinedError(Action.CLARIFY, "This asks for something and for its end. Say one of them.")
    names = _names(text, said)
    framed_so = any(word.opaque or word.key == "playlist" for clause in said for word in clause.name)
    if not framed_so and said_of(said, Sense.STOP) == [["stop"]] and any(map(is_doing_of_others, names)):
        raise DeclinedError(Action.CLARIFY, f"Is {listed(names)} a playlist? {_QUOTE}")
    return Request(action=Action.STOP, playlists=names, understood=f"Stop {listed(names)}")


def _command(text: str, said: Sequence[Clause], senses: frozenset[Sense], *, polite: bool) -> Request:
    _names(text, said)
    check_what_is_vague(text, said, senses)
    check_no_state_is_denied(said, senses, polite=polite)
    check_what_is_forbidden(said)
    mentioned = [clause for clause in said if clause.name]
    said = without_what_is_left_out(said, everything=Sense.ALL in senses)
    senses = frozenset(sense for clause in said for sense in clause.senses)
    if polite and senses & {Sense.STATE} and not senses & (YES | NO | {Sense.ASKED}) - {Sense.STATE}:
        senses = senses | {Sense.WANTED}  # "Night Bus synced, please"
    if Sense.SYNC not in senses and Sense.DOWNLOAD in senses and ends_on_only(said):
        senses = senses | {Sense.FILES}
    names = _names(text, said)
    left_out = [_names(text, [clause]) for clause in mentioned if clause not in said]
    if any(not others or set(names).intersection(others) for others in left_out):
        raise DeclinedError(Action.CLARIFY, "This asks for something and forbids it. Say one of them.")
    if wants_files_alone(said, senses):
        senses = senses - {Sense.STATE, Sense.WANTED, Sense.SYNC} | {Sense.DOWNLOAD}
    everything = Sense.ALL in senses
    if everything and names:
        raise DeclinedError(Action.CLARIFY, f"Everything, or {listed(names)}? Say one of them.")
    action = half(senses - {Sense.ROWS} | {Sense.SYNC} if counts_only(said) else senses)
    if any(map(limits_what_is_forbidden, said)):
        raise DeclinedError(Action.CLARIFY, "A part of a playlist cannot be left out. Say how many tracks are wanted.")
    limit, hours = limit_of(said), hours_of(said)
    check_what_is_stated(text, said, senses)
    standing = Sense.KEEP in senses or hours is not None
    if action is None:
        verbatim = any(word.opaque for clause in said for word in clause.name)
        return _named_only(names, senses, limit, standing=standing, hours=hours, verbatim=verbatim)
    if not names and not everything:
        raise DeclinedError(Action.CLARIFY, "Which playlist? Say its name, give its link, or say “everything”.")
    if standing and action is not Action.SYNC:
        raise DeclinedError(
            Action.CLARIFY, "A standing order is for rows and files both. Leave out the half, or the interval."
        )
    if standing:
        return _watch(names, limit, hours)
    if everything and action is Action.SYNC:
        action = Action.SYNC_ALL
    return Request(
        action=action, playlists=names, limit=limit, understood=told_of(_WORDS[action], names) + first(limit)
    )


_WORDS = {
    Action.SYNC: "Sync {} and download its files",
    Action.SYNC_ALL: "Sync {} and download their files",
    Action.DOWNLOAD_ONLY: "Download the files of {}, and write no rows",
    Action.CATALOG_ONLY: "Write the rows of {}, and download no files",
}


def _watch(names: tuple[str, ...], limit: int | None, hours: float | None) -> Request:
    return Request(
        action=Action.WATCH,
        playlists=names,
        limit=limit,
        every_hours=hours,
        understood=f"Keep {listed(names)} synced {often(hours)}{first(limit)}",
    )


def _named_only(
    names: tuple[str, ...],
    senses: frozenset[Sense],
    limit: int | None,
    *,
    standing: bool,
    hours: float | None,
    verbatim: bool,
) -> Request:
    """What is meant where no verb says it."""
    if not names:
        raise DeclinedError(Action.CLARIFY, "What is to be done? Say for instance: sync, and the name of a playlist.")
    if standing and (verbatim or not any(map(is_no_bare_name, names))):
        return _watch(names, limit, hours)
    if (limit is None or standing) and not verbatim and any(map(is_no_bare_name, names)):
        raise DeclinedError(Action.CLARIFY, f"What is to be done with {listed(names)}? {_QUOTE}")
    if Sense.ASKED in senses and any(map(_is_asking, names)):
        raise DeclinedError(Action.CLARIFY, f"What is asked about {listed(names)}? {_QUOTE}", unread=True)
    if Sense.ASKED in senses or (Sense.STATE in senses and limit is None):
        return Request(action=Action.STATUS, playlists=names, understood=told_of("Tell how {} stands", names))
    understood = told_of(_WORDS[Action.SYNC], names) + first(limit)
    return Request(action=Action.SYNC, playlists=names, limit=limit, understood=understood)
