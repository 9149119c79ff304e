"""What a wish forbids, leaves out, leaves open and halves: checks of the clauses of a command."""

from collections.abc import Sequence
from itertools import pairwise

from cloudcrate.core.sentences_counts import said_of
from cloudcrate.core.sentences_parse import Clause, Part, vocabulary
from cloudcrate.core.sentences_request import Action, DeclinedError, quoted
from cloudcrate.core.sentences_senses import NO, YES, Sense
from cloudcrate.core.sentences_soft import AUXILIARY

_ARRANGING = frozenset({"set", "schedule", "arrange", "create", "establish", "configure"})


_STATING = frozenset(
    {"is", "isnt", "was", "wasnt", "has", "hasnt", "gets", "stays", "needs", "remains", "are", "were", "get"}
)


def check_what_is_vague(text: str, said: Sequence[Clause], senses: frozenset[Sense]) -> None:
    """Raises DeclinedError where "keep it" or "make it" does not say how."""
    kept = said_of(said, Sense.KEEP)
    bare = bool(kept) and all(keys in (["keep"], ["hold"]) for keys in kept)
    if bare and not senses & {Sense.STATE, Sense.EVERY, Sense.SYNC, Sense.DOWNLOAD}:
        raise DeclinedError(Action.CLARIFY, f"Kept how? {quoted(text)} Say for instance: keep it synced.")
    arranged = any(keys[0] in _ARRANGING for keys in kept) and not said_of(said, Sense.EVERY)
    wanted = said_of(said, Sense.WANTED)
    if Sense.LIMIT not in senses and any(keys in wanted for keys in (["limit"], ["restrict"], ["cap"])):
        raise DeclinedError(Action.CLARIFY, f"To how many tracks? {quoted(text)}")
    vague = ["make"] in wanted or (arranged and not senses & {Sense.SYNC, Sense.DOWNLOAD})
    if vague and Sense.STATE not in senses:
        raise DeclinedError(Action.CLARIFY, f"Made what? {quoted(text)}", unread=True)


def check_no_state_is_denied(said: Sequence[Clause], senses: frozenset[Sense], *, polite: bool) -> None:
    """Raises DeclinedError where it is wished that a playlist is not synced: "make sure it isn't synced"."""
    denied = any(keys[0] in _DENIED for keys in said_of(said, Sense.STATE))
    if denied and (polite or senses & {Sense.WANTED, Sense.KEEP}) and not senses & {Sense.SYNC, Sense.DOWNLOAD}:
        raise DeclinedError(Action.REFUSE, "Nothing is done, as was said. To end a running sync, say “stop”.")
    if denied and senses & {Sense.WANTED, Sense.KEEP}:
        raise DeclinedError(Action.CLARIFY, "This asks for something and forbids it. Say one of them.")


_DENIED = frozenset({"isnt", "arent", "wasnt", "hasnt", "havent"})


def check_what_is_stated(text: str, said: Sequence[Clause], senses: frozenset[Sense]) -> None:
    """Raises DeclinedError where an interval or a limit is told, and not asked for: "it is synced every 6 hours"."""
    wished = senses & (YES - {Sense.STATE})
    if (
        senses & {Sense.EVERY, Sense.LIMIT}
        and not wished
        and any(keys[0] in _STATING for keys in said_of(said, Sense.STATE))
    ):
        raise DeclinedError(Action.CLARIFY, f"Is this to be so? {quoted(text)} Say “keep”, and the name.")


def check_what_is_forbidden(said: Sequence[Clause]) -> None:
    """Declines where "and" ties a verb to one that is forbidden: "don't sync it and download it" forbids both.

    A comma or a "but" ends what "don't" reaches.
    """
    _check_what_is_added(said)
    _check_what_is_left_hanging(said)
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
                raise DeclinedError(
                    Action.CLARIFY, "What is forbidden here, and what is asked for? Say what is to be done."
                )
            forbidden = False


def _check_what_is_left_hanging(said: Sequence[Clause]) -> None:
    """Declines where "not" follows "must" and no verb of ours follows it: what it denies is not understood."""
    for clause in said:
        for before, part in pairwise(clause.parts):
            if part.sense is Sense.BUT_NOT and before.words[-1].key in AUXILIARY:
                raise DeclinedError(
                    Action.CLARIFY, "What is forbidden here, and what is asked for? Say what is to be done."
                )


def _check_what_is_added(said: Sequence[Clause]) -> None:
    """Raises DeclinedError where "don't just sync it" is not followed by what else is wanted."""
    wishes = [part.words for clause in said for part in clause.parts if part.sense in (Sense.SYNC, Sense.DOWNLOAD)]
    if (
        len(wishes) == 1
        and wishes[0][0].key in {"not", "dont", "do"}
        and {"just", "only"} & {word.key for word in wishes[0]}
    ):
        raise DeclinedError(Action.CLARIFY, "This forbids something, and asks for nothing. Say what is to be done.")


def without_what_is_left_out(said: Sequence[Clause], *, everything: bool) -> list[Clause]:
    """Drops "but not B" and "don't sync B, but sync A". Raises: DeclinedError where what is left contradicts itself."""
    kept: list[Clause] = []
    named = [clause for clause in said if clause.name]
    for clause in said:
        verbs = {_POSITIVE[sense] for sense in clause.senses & NO if sense in _POSITIVE}
        others = frozenset(sense for other in named if other is not clause for sense in other.senses)
        if Sense.BUT_NOT in clause.senses:
            if everything or not clause.name:
                raise DeclinedError(
                    Action.CLARIFY, "Exceptions cannot be asked for. Name the playlists that are wanted."
                )
        elif clause.senses & NO and clause.name and len(named) > 1:
            if not (verbs & others and not clause.senses & YES):
                raise DeclinedError(
                    Action.CLARIFY, "This says different things about different playlists. Say one at a time."
                )
        else:
            kept.append(clause)
    return kept


_POSITIVE = {
    Sense.NOT_SYNC: Sense.SYNC,
    Sense.NOT_DOWNLOAD: Sense.DOWNLOAD,
}


def counts_only(said: Sequence[Clause]) -> bool:
    """Whether "only" limits the count: "only sync the first 5 of it"."""
    follows = [
        after.sense is Sense.LIMIT and before.words[0].key == "only" and before.words[-1].key in vocabulary()
        for clause in said
        for before, after in pairwise(clause.parts)
        if before.sense is Sense.ROWS and {word.key for word in before.words} & _SYNCING
    ]
    return bool(follows) and all(follows)


def ends_on_only(said: Sequence[Clause]) -> bool:
    """Whether "only" ends a sentence: "download it only"."""
    parts = [part for clause in said for part in clause.parts]
    while parts and (parts[-1].sense in (Sense.COMMA, Sense.ASKED) or _is_courtesy(parts[-1])):
        parts.pop()
    if not parts or parts[-1].sense is not Sense.NOTE:
        return False
    return [word.key for word in parts[-1].words] in (["only"], ["nothing", "else"], ["nothing", "more"])


def _is_courtesy(part: Part) -> bool:
    return part.sense is Sense.NOTE and not {"only", "just"}.intersection(word.key for word in part.words)


def wants_files_alone(said: Sequence[Clause], senses: frozenset[Sense]) -> bool:
    """Whether the state that is wished for is one of files, and rows are forbidden: "downloaded, but not synced"."""
    states = [key for sense in (Sense.STATE, Sense.SYNC) for keys in said_of(said, sense) for key in keys]
    wished = senses & {Sense.WANTED, Sense.SYNC} and not senses & {Sense.KEEP, Sense.ROWS}
    return (
        senses & NO == {Sense.NOT_SYNC}
        and bool(wished and _LOADED.intersection(states))
        and not (_KEPT.intersection(states))
    )


_LOADED = frozenset({"downloaded", "fetched", "saved", "stored", "grabbed", "offline"})
_KEPT = frozenset(
    {"synced", "synched", "syncd", "synchronised", "synchronized", "updated", "refreshed", "notion", "sync"}
)
_SYNCING = frozenset({"sync", "synch", "update", "refresh", "mirror", "import"})


def half(senses: frozenset[Sense]) -> Action | None:
    """Which half of the job is asked for; None where no verb asks. Raises: DeclinedError."""
    denied = senses & NO
    rows, files = bool(senses & {Sense.SYNC, Sense.ROWS}), bool(senses & {Sense.DOWNLOAD, Sense.FILES})
    wanted = bool(senses & {Sense.WANTED, Sense.KEEP}) and Sense.STATE in senses
    if not denied:
        if (Sense.FILES in senses and rows) or (Sense.ROWS in senses and files):
            raise DeclinedError(Action.CLARIFY, "Only the rows, or only the files? Without “only” it is both.")
        if Sense.FILES in senses:
            return Action.DOWNLOAD_ONLY
        if Sense.ROWS in senses:
            return Action.CATALOG_ONLY
        return Action.SYNC if rows or files or wanted or Sense.KEEP in senses else None
    rows = rows or wanted or Sense.KEEP in senses
    if not rows and not files:
        raise DeclinedError(Action.REFUSE, "Nothing is done, as was said. To end a running sync, say “stop”.")
    if denied == {Sense.NOT_DOWNLOAD} and not files:
        return Action.CATALOG_ONLY
    if denied == {Sense.NOT_SYNC} and not rows:
        return Action.DOWNLOAD_ONLY
    raise DeclinedError(Action.CLARIFY, "This asks for something and forbids it. Say one of them.")
