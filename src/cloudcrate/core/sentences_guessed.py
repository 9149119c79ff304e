"""Wishes and denials that no phrase fits, read by the words around their names.

A wish is guessed only where each word around the names is known to ask for nothing else, and a verb of ours is said
one says it to somebody. A denial may be guessed more freely: it changes nothing.
"""

from collections.abc import Sequence

from cloudcrate.core.sentences_match import number
from cloudcrate.core.sentences_soft import AUXILIARY, NEGATIVE, REFUSED, SOFT, SUBJECTS, TRAILING, UNCLEAR
from cloudcrate.core.sentences_words import OPAQUE, Word


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VERBS = _words(
    "sync synch synchronise synchronize resync download update refresh fetch grab mirror import archive backup"
)
_TOUCHED = _VERBS | _words("""
synced synched syncd synchronised synchronized downloaded updated refreshed fetched touch touched syncing downloading
synchronising synchronizing get
""")
_BESIDE = _words("""
a an the this these those of from in on to at for with through into onto over up by my our your own me us it its them
him her playlist playlists set sets album list collection track tracks song songs file files rows music audio tape
tapes soundcloud notion database disk drive laptop computer library usb and also again both all any new now today
tonights show gig party radio car trip road club club's work tour studio mix one ones run put do does make forgot
needs need needed want wants ready latest stuff get give properly straight away complete whole more full entire going
can could would will so here there great thanks
""")
_ALL_OF = _words("the all any my new its those these of our your")
_BEFORE_A_VERB = _words("i he she they we who nobody someone people not")
_SMALL = _words("of the from for in to and on at a & + or with by")
_DENYING = _words("not never dont cannot cant mustnt shouldnt neednt wont wouldnt nobody avoid")


def wished(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """The names of a wish for the whole job; none where it is no such wish."""
    names = _marked(words)
    within = {id(word) for name in names for word in name}
    around = [word for word in words if id(word) not in within and not word.sign]
    keys = [word.key for word in around]
    questioned = "?" in {word.key for word in words} and "you" not in keys
    if not names or questioned or not all(_is_harmless(keys, at) for at in range(len(keys))):
        return ()
    if any(word.key.removeprefix("=") in _DENYING for name in names for word in name):
        return ()
    verbs = [at for at, key in enumerate(keys) if key in _VERBS]
    if verbs and {"i", "we", "they"}.intersection(keys[verbs[0] :]):
        return ()
    asked = verbs and not any(keys[at - 1] in _BEFORE_A_VERB for at in verbs if at)
    return names if asked else ()


def _is_harmless(keys: Sequence[str], at: int) -> bool:
    key = keys[at]
    if at == 0 and key in {"morning", "evening", "afternoon"}:
        return True
    if number(key) is not None or key in REFUSED or NEGATIVE.fullmatch(key):
        return False
    if (
        keys[at + 1 : at + 2] in (["tracks"], ["track"], ["songs"], ["song"], ["ones"], ["files"])
        and key not in _ALL_OF
    ):
        return False  # "the best tracks" are not all of them
    if key in {"can", "could", "would", "will"}:
        return keys[at + 1 : at + 2] in (["you"], ["we"])
    if key in AUXILIARY and key not in _BESIDE:
        return at > 0 and keys[at - 1] in SUBJECTS
    allowed = key in _BESIDE or key in SOFT or key in TRAILING or key in _VERBS
    return allowed and (key not in UNCLEAR or key in _BESIDE or key in _VERBS or key == "just")


def denied(words: Sequence[Word]) -> bool:
    """Whether a verb of ours is said once, after a word that denies it."""
    keys = [word.key for word in words if word.key != OPAQUE]
    verbs = [at for at, key in enumerate(keys) if key in _TOUCHED]
    denials = [at for at, key in enumerate(keys) if key in _DENYING]
    return len(verbs) == len(denials) == 1 and denials[0] < verbs[0] and not {"but", "stop", "or"}.intersection(keys)


def _marked(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """The runs of words with capitals, of quoted names and links; small words between two of them belong to a run."""
    runs: list[list[int]] = []
    for at, word in enumerate(words):
        if word.key != OPAQUE and not word.key.startswith("=") and not _is_part(words, at):
            continue
        between = [each.key for each in words[runs[-1][-1] + 1 : at]] if runs else []
        if runs and all(key in _SMALL or key in {",", ":"} for key in between):
            runs[-1].append(at)
        else:
            runs.append([at])
    return tuple(tuple(words[run[0] : run[-1] + 1]) for run in runs)


def _is_part(words: Sequence[Word], at: int) -> bool:
    """Whether a number or the first word, with a capital, stands beside a word with one."""
    beside = at + 1 < len(words) and words[at + 1].key.startswith("=")
    first = at == 0 and words[at].raw[:1].isupper() and words[at].key not in _BESIDE | SOFT | _TOUCHED
    counts = words[at].raw[:1].isdigit() and (beside or (at > 0 and words[at - 1].key.startswith("=")))
    return counts or (first and beside)
