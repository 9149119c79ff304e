"""What the user said, read as a request. No playlist need be known; nothing is looked up.

Whatever holds a negation, a question or a word of deletion that is not understood changes nothing: it is refused, or
answered by what to say instead.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from cloudcrate.core.sentences_asked import QUESTIONING, asked
from cloudcrate.core.sentences_counts import hours_of, limit_of, limits_what_is_forbidden, said_of
from cloudcrate.core.sentences_guessed import denied, wished
from cloudcrate.core.sentences_match import number
from cloudcrate.core.sentences_names import Named, names_in
from cloudcrate.core.sentences_parse import Clause, clauses, denied_at_its_end, vocabulary
from cloudcrate.core.sentences_request import Action, Declined, Request, first, listed, shown
from cloudcrate.core.sentences_senses import NO, YES, Sense
from cloudcrate.core.sentences_soft import COURTESY, REFUSED, UNCLEAR
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
    words = tuple(word for word in words_of(text, vocabulary()) if word.key not in COURTESY)
    try:
        return _read(text, words)
    except Declined as declined:
        guess = _guessed(text, words, wish=declined.unread) if declined.action is Action.CLARIFY else None
        return guess or Request(action=declined.action, understood=declined.why)


def _read(text: str, words: Sequence[Word]) -> Request:
    _refuse_what_is_foreign(text, words)
    said = clauses(words)
    senses = frozenset(sense for clause in said for sense in clause.senses)
    if Sense.REFUSE in senses:
        raise Declined(Action.REFUSE, "cloudcrate never does this. It syncs, downloads, and tells how things stand.")
    if Sense.CLARIFY in senses:
        raise Declined(Action.CLARIFY, f"Not all of this can be asked for at once: {shown(text)}. Say it without that.")
    if Sense.STATUS in senses and Sense.EVERY in senses and said_of(said, Sense.STATUS)[0][0] == "check":
        senses = senses - {Sense.STATUS} | {Sense.KEEP}  # "check it every hour" wants it kept
    if Sense.PROGRESS in senses and Sense.STATE in senses and words[0].key == "how":
        senses = senses - {Sense.PROGRESS} | {Sense.STATUS}  # "how many are downloaded"
    question = next((sense for sense in _QUESTIONS if sense in senses), None)
    if question is not None:
        return _answer(question, text, said, senses)
    if Sense.STOP in senses or Sense.ANY_MORE in senses:
        return _stop(text, said, senses)
    if words and words[0].key in _INVERTED and Sense.ASKED in senses:
        raise Declined(Action.CLARIFY, f"Is this a question? {shown(text)}", unread=True)
    return _command(text, said, senses)


_INVERTED = frozenset({"have", "has", "had", "is", "isnt", "are", "arent", "was", "were", "did", "does", "am", "who"})
"""What a question begins with, and no wish that ends with a question mark."""


def _refuse_what_is_foreign(text: str, words: Sequence[Word]) -> None:
    bare, at = "", 0
    for word in words:
        if word.key == FOREIGN:
            raise Declined(Action.REFUSE, f"{shown(word.raw)} leads to nothing on SoundCloud that can be synced.")
        if word.opaque:
            bare, at = f"{bare}{text[at : word.begin]} ", word.end
    bare += text[at:]
    if _SHELL.search(bare):
        raise Declined(Action.REFUSE, "This looks like a command for a shell. A name that looks so goes in quotes.")


# --- names --------------------------------------------------------------------------------------


def _names(text: str, said: Sequence[Clause]) -> tuple[str, ...]:
    """The names of some clauses. Raises: Declined where they hold words that may be meant otherwise."""
    names: list[str] = []
    for clause in said:
        if clause.name:
            named = names_in(text, clause.name, one=_is_one(clause))
            refused = REFUSED.intersection(named.loose)
            if refused:
                raise Declined(Action.REFUSE, f"“{min(refused)}” is nothing that cloudcrate does. {_QUOTE}")
            unclear = UNCLEAR.intersection(named.loose)
            led = not any(word.opaque for word in clause.name) and any(map(_is_led, named.names))
            if named.doubtful or unclear or led or _is_ours(named, clause) or denied_at_its_end(clause.name):
                raise Declined(
                    Action.CLARIFY, f"It is unclear what is the name in {shown(text)}. {_QUOTE}", unread=True
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
    return bool(words) and len(ours) == len(words)


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
        raise Declined(Action.CLARIFY, "Nothing is stopped by a question. To stop, say “stop”.")
    if question is not Sense.PREVIEW and any(keys[0] != "not" for sense in NO for keys in said_of(said, sense)):
        raise Declined(Action.CLARIFY, "This asks for an answer and forbids something. Say one of them.")
    action, words = _ASKED[question]
    names = _names(text, said)
    if any(map(_trails, names)):
        raise Declined(Action.CLARIFY, f"It is unclear what is the name in {shown(text)}. {_QUOTE}", unread=True)
    limit = limit_of(said) if action is Action.PREVIEW else None
    if action is Action.PREVIEW and not names and Sense.ALL not in senses:
        raise Declined(Action.CLARIFY, "A preview of which playlist? Say its name or give its link.")
    return Request(action=action, playlists=names, limit=limit, understood=words.format(listed(names)) + first(limit))


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
    action, told = _ASKED[question.sense]
    if any(_is_led(name) for name in names):
        return None
    return Request(action=action, playlists=names, understood=told.format(listed(names)))


def _wish(text: str, words: Sequence[Word]) -> Request | None:
    parts = wished(words)
    named = [names_in(text, part, one=False) for part in parts]
    names = tuple(dict.fromkeys(name for each in named for name in each.names))
    if len(parts) != 1 or not names or any(each.doubtful for each in named):
        return None
    return Request(action=Action.SYNC, playlists=names, understood=_WORDS[Action.SYNC].format(listed(names)))


# --- commands -----------------------------------------------------------------------------------


def _stop(text: str, said: Sequence[Clause], senses: frozenset[Sense]) -> Request:
    others = [clause for clause in said if not clause.senses & {Sense.STOP, Sense.ANY_MORE} and clause.senses & YES]
    denied = bool(senses & NO)
    ended = denied is (Sense.STOP not in senses) and Sense.BUT_NOT not in senses
    if others or not ended:
        raise Declined(Action.CLARIFY, "This asks for something and for its end. Say one of them.")
    names = _names(text, said)
    return Request(action=Action.STOP, playlists=names, understood=f"Stop {listed(names)}")


def _command(text: str, said: Sequence[Clause], senses: frozenset[Sense]) -> Request:
    _names(text, said)
    arranged = any(keys[0] in _ARRANGING for keys in said_of(said, Sense.KEEP)) and not said_of(said, Sense.EVERY)
    vague = ["make"] in said_of(said, Sense.WANTED) or (arranged and not senses & {Sense.SYNC, Sense.DOWNLOAD})
    if vague and Sense.STATE not in senses:
        raise Declined(Action.CLARIFY, f"Made what? {shown(text)}", unread=True)
    _check_what_is_forbidden(said)
    _check_what_is_added(said)
    mentioned = [clause for clause in said if clause.name]
    said = _without_what_is_left_out(said, everything=Sense.ALL in senses)
    senses = frozenset(sense for clause in said for sense in clause.senses)
    names = _names(text, said)
    left_out = [_names(text, [clause]) for clause in mentioned if clause not in said]
    if any(not others or set(names).intersection(others) for others in left_out):
        raise Declined(Action.CLARIFY, "This asks for something and forbids it. Say one of them.")
    everything = Sense.ALL in senses
    if everything and names:
        raise Declined(Action.CLARIFY, f"Everything, or {listed(names)}? Say one of them.")
    action = _half(senses - {Sense.ROWS} | {Sense.SYNC} if _counts_only(said) else senses)
    if any(map(limits_what_is_forbidden, said)):
        raise Declined(Action.CLARIFY, "A part of a playlist cannot be left out. Say how many tracks are wanted.")
    limit, hours = limit_of(said), hours_of(said)
    standing = Sense.KEEP in senses or hours is not None
    if action is None:
        return _named_only(names, senses, limit, standing=standing, hours=hours)
    if not names and not everything:
        raise Declined(Action.CLARIFY, "Which playlist? Say its name, give its link, or say “everything”.")
    if standing and action is not Action.SYNC:
        raise Declined(
            Action.CLARIFY, "A standing order is for rows and files both. Leave out the half, or the interval."
        )
    if standing:
        return _watch(names, limit, hours)
    if everything and action is Action.SYNC:
        action = Action.SYNC_ALL
    return Request(
        action=action, playlists=names, limit=limit, understood=_WORDS[action].format(listed(names)) + first(limit)
    )


_WORDS = {
    Action.SYNC: "Sync {} and download its files",
    Action.SYNC_ALL: "Sync {} and download their files",
    Action.DOWNLOAD_ONLY: "Download the files of {}, and write no rows",
    Action.CATALOG_ONLY: "Write the rows of {}, and download no files",
}


def _watch(names: tuple[str, ...], limit: int | None, hours: float | None) -> Request:
    often = "at the usual interval" if hours is None else f"every {hours:g} hours"
    return Request(
        action=Action.WATCH,
        playlists=names,
        limit=limit,
        every_hours=hours,
        understood=f"Keep {listed(names)} synced {often}{first(limit)}",
    )


def _named_only(
    names: tuple[str, ...], senses: frozenset[Sense], limit: int | None, *, standing: bool, hours: float | None
) -> Request:
    """What is meant where no verb says it."""
    if not names:
        raise Declined(Action.CLARIFY, "What is to be done? Say for instance: sync, and the name of a playlist.")
    if standing:
        return _watch(names, limit, hours)
    if Sense.ASKED in senses and any(map(_is_asking, names)):
        raise Declined(Action.CLARIFY, f"What is asked about {listed(names)}? {_QUOTE}", unread=True)
    if Sense.ASKED in senses or (Sense.STATE in senses and limit is None):
        return Request(action=Action.STATUS, playlists=names, understood=f"Tell how {listed(names)} stands")
    understood = _WORDS[Action.SYNC].format(listed(names)) + first(limit)
    return Request(action=Action.SYNC, playlists=names, limit=limit, understood=understood)


_ARRANGING = frozenset({"set", "schedule", "arrange", "create", "establish", "configure"})


def _check_what_is_forbidden(said: Sequence[Clause]) -> None:
    """Raises Declined where "and" ties a verb to one that is forbidden: "don't sync it and download it" forbids both.

    A comma or a "but" ends what "don't" reaches.
    """
    forbidden = reaching = False
    for part in (part for clause in said for part in clause.parts):
        keys = {word.key for word in part.words} if part.sense else set()
        if part.sense in NO:
            forbidden, reaching = True, part.words[-1].key not in {"just", "only", ","}
        elif "and" in keys or "&" in keys or "or" in keys:
            reaching = forbidden
        elif part.sense is Sense.COMMA or keys & {"but", "just", "only"}:
            reaching = False
        if part.sense in YES and part.sense not in (Sense.STATE, Sense.WANTED):
            if reaching:
                raise Declined(Action.CLARIFY, "What is forbidden here, and what is asked for? Say what is to be done.")
            forbidden = False


def _check_what_is_added(said: Sequence[Clause]) -> None:
    """Raises Declined where "don't just sync it" is not followed by what else is wanted."""
    wishes = [part.words for clause in said for part in clause.parts if part.sense in (Sense.SYNC, Sense.DOWNLOAD)]
    if (
        len(wishes) == 1
        and wishes[0][0].key in {"not", "dont", "do"}
        and {"just", "only"} & {word.key for word in wishes[0]}
    ):
        raise Declined(Action.CLARIFY, "This forbids something, and asks for nothing. Say what is to be done.")


def _without_what_is_left_out(said: Sequence[Clause], *, everything: bool) -> list[Clause]:
    """Drops "but not B" and "don't sync B, but sync A". Raises: Declined where what is left contradicts itself."""
    kept: list[Clause] = []
    named = [clause for clause in said if clause.name]
    for clause in said:
        verbs = {_POSITIVE[sense] for sense in clause.senses & NO if sense in _POSITIVE}
        others = frozenset(sense for other in named if other is not clause for sense in other.senses)
        if Sense.BUT_NOT in clause.senses:
            if everything or not clause.name:
                raise Declined(Action.CLARIFY, "Exceptions cannot be asked for. Name the playlists that are wanted.")
        elif clause.senses & NO and clause.name and len(named) > 1:
            if not (verbs & others and not clause.senses & YES):
                raise Declined(
                    Action.CLARIFY, "This says different things about different playlists. Say one at a time."
                )
        else:
            kept.append(clause)
    return kept


_POSITIVE = {
    Sense.NOT_SYNC: Sense.SYNC,
    Sense.NOT_DOWNLOAD: Sense.DOWNLOAD,
}


def _counts_only(said: Sequence[Clause]) -> bool:
    """Whether "only" limits the count: "only sync the first 5 of it"."""
    follows = [
        after.sense is Sense.LIMIT and before.words[0].key == "only" and before.words[-1].key in vocabulary()
        for clause in said
        for before, after in pairwise(clause.parts)
        if before.sense is Sense.ROWS and {word.key for word in before.words} & _SYNCING
    ]
    return bool(follows) and all(follows)


_SYNCING = frozenset({"sync", "synch", "update", "refresh", "mirror", "import"})


def _half(senses: frozenset[Sense]) -> Action | None:
    """Which half of the job is asked for; None where no verb asks. Raises: Declined."""
    denied = senses & NO
    rows, files = bool(senses & {Sense.SYNC, Sense.ROWS}), bool(senses & {Sense.DOWNLOAD, Sense.FILES})
    wanted = bool(senses & {Sense.WANTED, Sense.KEEP}) and Sense.STATE in senses
    if not denied:
        if (Sense.FILES in senses and rows) or (Sense.ROWS in senses and files):
            raise Declined(Action.CLARIFY, "Only the rows, or only the files? Without “only” it is both.")
        if Sense.FILES in senses:
            return Action.DOWNLOAD_ONLY
        if Sense.ROWS in senses:
            return Action.CATALOG_ONLY
        return Action.SYNC if rows or files or wanted or Sense.KEEP in senses else None
    rows = rows or wanted or Sense.KEEP in senses
    if not rows and not files:
        raise Declined(Action.REFUSE, "Nothing is done, as was said. To end a running sync, say “stop”.")
    if denied == {Sense.NOT_DOWNLOAD} and not files:
        return Action.CATALOG_ONLY
    if denied == {Sense.NOT_SYNC} and not rows:
        return Action.DOWNLOAD_ONLY
    raise Declined(Action.CLARIFY, "This asks for something and forbids it. Say one of them.")
