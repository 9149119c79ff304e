"""Misspelt words of ours: which are mended, how far they may be from what is meant, and what is left as it stands."""

from functools import lru_cache
from itertools import groupby


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MENDED = _words("""
about actually again anymore automatically before cancel cannot certain change could couldnt database delete didnt
doesnt dont download downloaded downloading downloads ensure entire every everything except excluding failed fetch
fifty files finished first from happen happens hour hourly hours instead isnt just later library limit make making
maximum minutes missing never nothing notion only playlist playlists please possible preview progress refresh
refreshed remove should shouldnt since something songs soundcloud status still sure sync synced synch synched
synchronise synchronised synchronize synchronized syncing thank thanks tomorrow tonight track tracks twenty twice
under unless until update updated upload wasnt weekend weekly what whats when whenever whether which without wont
would daily stopped monday tuesday wednesday thursday friday saturday sunday there
""")
"""Words that are mended when a letter is missing, added or another one; the others, when letters are exchanged."""

_LIKELY = _words("""
sync synced syncing download downloaded downloading playlist everything sure make only first without what missing from
happen would hours every never just should when please stop the but dont
""")
"""Words that are meant where a key is as near to another one."""

_SHORT = _words("is far why up of how the and not you")
"""Short words of ours that are mended when two of their letters are exchanged."""

_EXACT = _words("stop cancel halt abort watch keep like play")
"""Words too close to other words of English: mended when two letters are exchanged, else left."""

_OPPOSITE = _words("untouched unnecessary unsync unwatch unable")
"""Words that mean the reverse of the word they look like: never the mended form of another."""

ORDINARY = _words("""
alter annual annually avery awhile bake baking blast bold bone bout broth bust cast catalogs cake cure curtain dairy
daisy deleting diary donut dust east eater emery ensue faking fake fever fifth filet fills film films finer fires fist
fives fixes flies form forms foiled forge former fours fries frost fussy gold hazel hold hats hour house houses jake
lake last late lather latter layer lease liter lonely lore lure lying mailed maker makers makes making male marking
mare masking mater mating mike mills mint moaning mooning moss motion mourning nailed nation nifty nothings notions
nova novel often once oven over ours past piles pills potion pours prom process prowess pure quick racks rack remote
rites rite river rusty sailed sands sane sang sank saving season seasons sever seven silver sing sink sire sixty skill
slow snow soft sole song sore soul spill sponge spy stall stand state states statue statues stay step stepped still
stomped store stun stunt such sue suite surf surge surfing synth synths syntax tack tank tanks teach tears these those
tiles tone tours trace traces tract tricks trick truck trucks trunk tribe trips treason under upload upset vast vents
verse very wake waking wand want wanted water wave waves weak wears weather weekday went west whale wheat wheel where
while white whole whose width wild wind winter witch woke wolf wonder wood world worlds wound yearly young
dark light night nights drive driven deep cover covers coast cold cool dub house techno trance bass
drop drops soul jazz funk disco tape tapes city summer winter spring autumn rain storm sunset sunrise
abel acre ben bets ned newer mali peer pour sour tour font theme sundae sturdy son sons kissing messing
shoulder popsicle
jeep beep peep seep weep kelp keen sleep shop slop step crop atop
monthly annual files flies shop shot show shown slow shadow since single singles sound sounds tunes
""")
"""Words of English, and of the names of playlists, that are no misspellings of ours."""


@lru_cache(maxsize=4096)
def mended(key: str, vocabulary: frozenset[str]) -> str:
    """The one word of the vocabulary that a key is a misspelling of, or the key."""
    if len(key) < 2 or not key.isalpha() or not key.isascii() or key in ORDINARY - {"form"}:
        return key
    near = {word: miss for word in vocabulary if (miss := _misspelt(key, word)) is not None}
    least = min(near.values(), default=0)
    closest = [word for word, miss in near.items() if miss == least]
    likely = closest if len(closest) == 1 else [word for word in closest if word in _LIKELY]
    if len({word.replace("z", "s") for word in closest}) == 1:
        return min(closest)  # one word in two spellings
    longest = max(likely, key=len, default=key)
    return longest if all(longest.startswith(word) for word in likely) else key


def _misspelt(key: str, word: str) -> int | None:
    """How far a key is from a word it may be meant for; half as far where only two letters are exchanged."""
    allowed = 2 if len(word) >= 8 else 1
    if (
        abs(len(key) - len(word)) > allowed
        or not word.isalpha()
        or word in _OPPOSITE
        or key in (f"un{word}", f"dis{word}")
    ):
        return None
    if len(set(key) ^ set(word)) > 2 * allowed:
        return None  # each letter that is wrong makes two differences at most
    exchanged = sorted(key) == sorted(word)
    if _single(key) == _single(word):
        return 0 if len(word) > 2 or word in _SHORT else None  # "syncc", "kep": a letter too often, or not often enough
    if (len(word) < 4 or word in _EXACT) and not (exchanged and (word in _SHORT or word in _EXACT)):
        return None
    if word not in _MENDED and not exchanged:
        return None
    found = distance(key, word)
    astray = found > 1 and key[0] != word[0]
    return None if found > allowed or astray else 2 * found - exchanged


def _single(word: str) -> str:
    """A word without the repetitions of its letters."""
    return "".join(letter for letter, _ in groupby(word))


def distance(one: str, other: str) -> int:
    """How many letters are to be added, taken out, replaced or exchanged with their neighbour (Damerau)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != wanted)))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]
