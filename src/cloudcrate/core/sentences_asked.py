"""Questions that no phrase fits, read by the words they hold: an answer changes nothing, so that a guess is allowed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cloudcrate.core.sentences_parse import vocabulary
from cloudcrate.core.sentences_senses import Sense
from cloudcrate.core.sentences_soft import AUXILIARY, SOFT, SUBJECTS, TRAILING
from cloudcrate.core.sentences_words import OPAQUE, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, and the words of each name it is asked about."""

    sense: Sense
    names: tuple[tuple[Word, ...], ...]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ASKING = _words("""
what whats which how hows why whys when whens where is isnt are arent was wasnt were werent has hasnt have havent had
hadnt did didnt do does doesnt am any anything anyone
""")
"""Words a question begins with."""

_OF_ME = _words("should can could may might shall must")
"""Words a question begins with where "I" or "we" follows; "you" is asked for something."""

_TELLING = _words(
    "tell show list explain wonder wondering know curious describe report overview summary update inform advise"
)
"""Words of a wish to be told something."""

_LOOKING = _words("check checking confirm verify see say idea ask asking find clue")
"""Words of such a wish where "if", "whether" or another asking word follows."""

_ABOUT: Mapping[Sense, frozenset[str]] = {
    Sense.MISSING: _words("""
        why whys missing misses miss lacking lacks lack absent fail failed fails failing failure failures wrong error
        errors unavailable gap gaps skipped skip incomplete problem problems broken lost unable couldnt cant cannot
        trouble unobtainable blocked reason reasons failures issue issues
        """),
    Sense.PREVIEW: _words("""
        would happen happens change changes if plan plans planned dry preview intend
        consequence consequences effect effects impact youd going should shall may could can
        might gonna
        """),
    Sense.PROGRESS: _words("""
        far progress left remaining remains remain done finish finished finishes finishing ready still busy running
        take takes taking progressing progresses long longer percent percentage eta halfway along until
        through doing going working
        """),
}
"""Words that tell what a question is about, the first found kind first."""

_ALONE = _words("""
status state stand stands standing situation synced downloaded complete current everything condition sync saved stored
fetched updated notion disk
""")
"""Words by which a question for no one in particular is one about the state of things."""

_WITHIN = _words("of the from for in to and on at a my with &")
_CONNECTING = _words("and & , or plus")
_FIELD = _words("""
already ever last latest recently yet still there then now right far along much many long often about on with for of
in from at the a an my our this that these those it its them they you i we me us he she songs song tracks track files
file rows row music playlist playlists set sets audio get got gets getting went go goes come came wanted want all some
every each not no be been being by as or out up so any none never again new next due look looking like lookin
currently presently exactly else turn turned work worked make made time today yesterday stuff hours minutes first
""")


def asked(words: Sequence[Word]) -> Question | None:
    """Reads a question of any wording. None where a sentence is none, or asks for what cannot be told."""
    body = _body(words)
    keys = [word.key for word in body]
    if not keys:
        return None
    names = tuple(_names(body))
    sense = _kind(keys, names)
    return None if sense is None else Question(sense=sense, names=names)


def _body(words: Sequence[Word]) -> Sequence[Word]:
    """The sentence from its asking word on, without greetings before it; what it is about may come first."""
    keys = [word.key for word in words]
    for at in range(len(keys)):
        if _asks(keys, at):
            lead = [word for word in words[:at] if not word.sign]
            soft = all(word.key in SOFT | TRAILING | _COURTEOUS or word.key.endswith("ly") for word in lead)
            return words[at:] if soft else words if _leads(words, at) else ()
    asked_by_sign = "?" in keys[-2:] and not _WISHES.intersection(keys)
    return words if asked_by_sign else ()


def _leads(words: Sequence[Word], at: int) -> bool:
    """Whether what a question is about stands before it: "for Night Bus, how …", "if I sync Night Bus, what …"."""
    signs = [each for each, word in enumerate(words[:at]) if word.key in {",", ":", "-"}]
    if not signs or any(word.key not in SOFT | _COURTEOUS for word in words[signs[-1] + 1 : at]):
        return False
    if words[0].key in {"if", "when", "before", "suppose"}:
        return True
    lead = [word for word in words[: signs[-1]] if word.key not in _WITHIN and not word.sign]
    return all(word.key not in vocabulary() for word in lead)


def _asks(keys: Sequence[str], at: int) -> bool:
    """Whether a word begins a question: not "why don't you", "how do I" or "could you"."""
    key, after = keys[at], keys[at + 1 : at + 2]
    if key in _OF_ME:
        return after in (["i"], ["we"]) and not {"ask", "know", "inquire", "enquire"}.intersection(
            keys[at + 2 : at + 3]
        )
    if key in _LOOKING:
        return bool(_FOLLOWING.intersection(keys[at + 1 : at + 5]))
    if key == "will" and not at and after not in ([], ["you"], ["we"]):
        return True
    if key in {"would", "will"} and after and after[0] in _SUPPOSED:
        return True
    if key not in _ASKING | _TELLING or not after:
        return False
    if at and keys[at - 1] in SUBJECTS - {"which", "what", "who"} and key in AUXILIARY:
        return False
    if key in {"do", "dont", "why", "how"} and after[0] in {"not", "dont", "to"}:
        return False
    return keys[at : at + 3] not in (["how", "do", "i"], ["how", "can", "i"]) and (key, after[0]) not in _NO_QUESTION


_COURTEOUS = _words("could would can will may might you i we are am was be been have to for if of on")
_SUPPOSED = _words("a the syncing downloading anything something much")
_FOLLOWING = _words("if whether how what which why when")
_WISHES = _words("sync download synchronise synchronize update resync fetch grab stop keep watch could would can will")
_NO_QUESTION = frozenset({("do", "a"), ("do", "the"), ("have", "a"), ("any", "chance"), ("is", "a"), ("do", "it")})


def _kind(keys: Sequence[str], names: Sequence[Sequence[Word]]) -> Sense | None:
    said = set(keys)
    if said & {"stop", "stopping", "stopped", "cancel"}:
        return None
    if keys[0] in {"if", "before", "suppose"} or keys[:2] in (["when", "i"], ["when", "we"]):
        return Sense.PREVIEW
    if keys[0] in _TO_BE_DONE and any(key in _DOING and before in _ACTING for before, key in pairwise(keys)):
        return Sense.PREVIEW
    denied = said & {"not", "didnt", "hasnt", "havent", "wasnt", "isnt", "arent", "dont"}
    if denied and keys[0] in {"what", "whats", "which", "how", "tell", "show", "list", "explain"}:
        return Sense.MISSING
    if "last" in said and "when" in said:
        return Sense.STATUS
    if "will" in said or {"long", "longer"} & said:
        return Sense.PROGRESS if said & (_ABOUT[Sense.PROGRESS] | {"when"}) else Sense.PREVIEW
    for sense, about in _ABOUT.items():
        if said & about and (sense is not Sense.PREVIEW or names):
            return _told_apart(sense, keys)
    return Sense.STATUS if names or said & _ALONE else None


_ACTING = _words("to i we you should if")
_TO_BE_DONE = _words("is isnt would do does must should can may could shall if")
_DOING = _words("sync download synchronise synchronize update resync fetch grab get")


def _told_apart(sense: Sense, keys: Sequence[str]) -> Sense:
    """ "How's it going" is no plan, and "what couldn't" is no wish."""
    said = set(keys)
    if sense is Sense.PREVIEW and said & _ABOUT[sense] <= {"going", "could", "can", "if", "gonna"}:
        planned = "happen" in said or ("to" in said and said & {"going", "gonna"})
        first_person = bool(said & {"i", "we"}) and bool(said & {"if", "can", "could"})
        if not planned and not first_person:
            return Sense.PROGRESS if "going" in said else Sense.STATUS
    return sense


def _names(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """The runs of words that are not the question's own; with capitals or quotes in it, those alone."""
    marked = [at for at, word in enumerate(words) if word.key == OPAQUE or word.key.startswith("=")]
    if marked and marked[0] == 1 and words[0].raw[0].isupper() and words[0].key not in _ASKING | _OF_ME | _TELLING:
        marked = [0, *marked]
    marked += [at for at in range(1, len(words)) if _begins_anew(words, at) and at + 1 in marked]
    marked.sort()
    known = vocabulary() | SOFT | TRAILING | _FIELD | _ASKING | _TELLING | frozenset().union(*_ABOUT.values())
    if marked:
        free = {*marked, *(at for at in range(len(words)) if _counts(words, at, marked))}
    else:
        free = {at for at, word in enumerate(words) if word.key not in known and not word.sign}
    run: list[int] = []
    for at in sorted(free):
        between = [word.key for word in words[run[-1] + 1 : at]] if run else []
        if run and not all(key in _WITHIN | _CONNECTING or key == ":" for key in between):
            yield tuple(words[run[0] : run[-1] + 1])
            run = []
        run.append(at)
    if run:
        yield tuple(words[run[0] : run[-1] + 1])


def _begins_anew(words: Sequence[Word], at: int) -> bool:
    """Whether a word with a capital is the first one after a sign that ends a sentence."""
    return words[at - 1].key in {"?", "!", "."} and words[at].raw[:1].isupper() and words[at].key not in _ASKING


def _counts(words: Sequence[Word], at: int, marked: Sequence[int]) -> bool:
    """Whether a number stands beside a word with a capital ("Vol. 9")."""
    return words[at].raw[:1].isdigit() and (at - 1 in marked or at + 1 in marked)


QUESTIONING = (_FIELD | _ASKING | _ALONE | frozenset().union(*_ABOUT.values())) - _WITHIN
"""Words that questions are made of."""
