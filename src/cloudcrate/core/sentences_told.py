"""Statements: what somebody did, does or wants for himself asks for nothing, though it holds a verb of ours."""

from collections.abc import Sequence
from itertools import pairwise

from cloudcrate.core.sentences_words import Word


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEADING = _words("""
hey hi hello ok okay well so yes yeah no thanks thank actually fyi btw and but yesterday today also oh because since
lol haha hm hmm omg oops whoops ugh argh damn wow sorry look listen
""")
_SPEAKERS = _words("i we you ive weve youve id")
_OTHERS = _words("he she they somebody someone everybody everyone nobody people theyve hes shes it")
_BETWEEN = _words("""
have had has just already also recently only once never always often usually finally really successfully even still
manually then later was were am been ve myself both accidentally
""")
_DONE = _words("""
synced synched syncd synct synchronised synchronized resynced downloaded updated refreshed fetched grabbed mirrored
imported archived saved loaded stopped cancelled canceled halted watched kept pulled
""")
_OWN = _words("""
about forgot
wanted going gonna used tried meant planned plan intended intend decided managed promised failed refused started stopped
was were
""")
_DOING = _words("sync synch synchronise synchronize resync download update refresh fetch grab get stop mirror keep")
_WISHING = _words("""
want wants wanted need needs needed like likes liked love loves said says told tells asked asks ask think thinks
hope hopes wish wishes can could will would may might should must do does did prefer prefers
""")


_MAYBE = _words("might may could should would will shall cannot cant couldnt")
_NOES = _words("nah nope no never not nay")
_GOING_ON = _words("syncing synching synchronising synchronizing downloading updating refreshing synced downloaded")
_THOUGHTS = frozenset(
    {
        ("the", "word"),
        ("the", "verb"),
        ("the", "term"),
        ("think", "about"),
        ("thinking", "about"),
        ("thinking", "of"),
        ("suppose", "i"),
        ("suppose", "we"),
        ("say", "i"),
    }
    | {("imagine", "you"), ("imagine", "i"), ("thought", "about"), ("thought", "of"), ("dream", "of")}
    | {(praised, done) for praised in ("job", "work") for done in ("syncing", "downloading", "updating")}
)


_THOUGHT = _words("thought heard saw noticed believed assumed knew remember dreamt dreamed figured read")
_OWNERS = _words("my our your his her their the")
_SUBJECTS = _words("i we you they he she")
_THIRD = _words("keeps syncs fetches wants says said asked told thinks claims")
"""What a third person does or says."""
_LONGEST = 12
"""Words from the beginning of a clause within which a statement shows."""


def told(words: Sequence[Word]) -> bool:
    """Whether a clause tells of something: "I synced it", "they want to sync it", "I was going to sync it"."""
    keys = [word.key for word in words]
    pairs = set(pairwise(keys))
    if not _THOUGHTS.isdisjoint(pairs) or any(one == "?" and other in _NOES for one, other in pairs):
        return True
    if (
        keys
        and keys[0] in _GOING_ON
        and words[0].raw.lower() == keys[0]
        and not {"is", "stop"}.intersection(keys)
        and not {"just", "only"}.intersection(keys)
    ):
        return True
    if keys[:1] == ["list"] and _DOING.isdisjoint(keys):
        return True
    if keys and keys[0] in {"already", "just", "finally", "recently"} and _DONE.intersection(keys[1:2]):
        return True
    if _is_of_a_third(words) or any(
        subject in _SUBJECTS and had in {"had", "hadnt"} and _DONE.intersection(keys[at + 2 : at + 4])
        for at, (subject, had) in enumerate(pairwise(keys))
    ):
        return True
    starts = [0, *(at + 1 for at, word in enumerate(words) if word.sign or word.key in {"and", "but", "because"})]
    return any(_tells([word.key.removeprefix("=") for word in words[at : at + _LONGEST]]) for at in starts)


def _is_of_a_third(words: Sequence[Word]) -> bool:
    """Whether somebody else is said to do it: "my brother keeps it synced", "Anna says: sync everything"."""
    verb = next((at for at, word in enumerate(words[:4]) if word.raw in _THIRD), 0)
    lead = words[:verb]
    if any(word.sign or word.opaque for word in lead):
        return False
    owned = verb == 2 and lead[0].key in _OWNERS
    return owned or (verb > 0 and lead[0].key != "i" and all(word.raw[0].isupper() for word in lead))


def _tells(keys: list[str]) -> bool:
    while keys and keys[0] in _LEADING:
        keys = keys[1:]
    if len(keys) < 2:
        return False
    subject, rest = keys[0], keys[1:]
    if subject in _OTHERS - {"it"} and rest[0] in _WISHING:
        return True
    if subject not in _SPEAKERS | _OTHERS:
        return False
    if rest[0] in _THOUGHT and not {"could", "can", "might", "would"}.intersection(rest):
        return True
    at = next((at for at, key in enumerate(rest) if key not in _BETWEEN), len(rest))
    verb = rest[at : at + 1]
    if verb and verb[0] in _DONE and subject != "it":
        return not {"get", "want", "need", "like"}.intersection(rest[:at])
    if subject in {"i", "we"} and verb and verb[0] in _DOING:
        return True
    if subject in {"i", "we"} and verb and verb[0] in _MAYBE:
        return any(key in _DOING for key in [key for key in rest[at + 1 :] if key not in _BETWEEN][:1])
    return subject in _SPEAKERS and verb != [] and verb[0] in _OWN and _leads_to_a_verb(rest[at + 1 :])


def _leads_to_a_verb(keys: Sequence[str]) -> bool:
    return list(keys[:1]) == ["to"] and bool(_DOING.intersection(keys[1:3]))


# --- bare names ---------------------------------------------------------------------------------


def is_no_bare_name(name: str) -> bool:
    """Whether a name for which no verb was said reads as a statement, or as a wish for something else."""
    words = name.split()
    asks = len(words) > 2 and name.islower() and not _OF_QUESTIONS.isdisjoint(words)
    asks = asks or name in _CONTROLS
    return asks or _is_statement(name) or _asks_otherwise(name)


def _is_statement(name: str) -> bool:
    """Whether a bare name has words in lower case between words with capitals, as a sentence has ("I love X")."""
    words = name.split()
    inner = words[1 : max((at for at, word in enumerate(words) if word[0].isupper()), default=0)]
    return words[0][0].isupper() and any(word.isalpha() and word.islower() and word not in _INSIDE for word in inner)


def _asks_otherwise(name: str) -> bool:
    """Whether a bare name begins with a verb of what is not ours ("export gym")."""
    first, *others = name.split()
    verb = first.lower()
    if others and name.islower() and verb in _SMALL_TALK:
        return True
    return bool(others) and (verb in _NEVER_A_NAME or (first.islower() and verb in _VERBS_OF_OTHERS))


_OF_QUESTIONS = _words("missing happen happens happened synced downloaded progress status")
_CONTROLS = _words(
    "restart reload exit quit continue proceed pause resume undo redo reset login logout settings version test"
)
_SMALL_TALK = _words("nice lovely terrible horrible awful")
_NEVER_A_NAME = _words("export revert rollback rename restore copy duplicate clone unlink uninstall install")
_VERBS_OF_OTHERS = _words("""
open list search find view see count compare tag mark hide block mute fix repair fork swap replace disable enable
remember analyse analyze describe rank close log lock sign create build test use try think load give tell call ask say
buy turn set put run take bring check verify show help hold wait let
""")
_INSIDE = _words("""
of the from for in to and on at a an by with vs or de la le les du des von der die das el los y e x n feat ft für und
""")


def is_doing_of_others(name: str) -> bool:
    """Whether what is to stop is something that is done elsewhere: "stop meeting like this"."""
    first, *others = name.split()
    return bool(others) and name.islower() and len(first) > 5 and first.endswith("ing") and first not in _NOUNS


_NOUNS = _words("morning evening spring string wedding something nothing everything sterling darling ceiling")
