"""Words that are read without a phrase: soft ones, which ask for nothing, and those no name holds by chance."""

import re
from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    """Reads a set of words."""
    return frozenset(text.split())


SOFT = _words("""
omg ugh argh whoa jeez oops whoops ouch yikes damn dang shit crap sheesh phew wow ooh aww aw
a forgot tonights able about absolutely actual advance ah ahead allright alright an and anyway anyways appreciate
appreciated as ask asking attention away aye basically because behalf being best bit bothering bro brother btw buddy
busy but by care cheers cloudcrate colleague computer concern concerning convenience convenient course dear dears
deeply definitely dude earliest early easy eh ever excuse extremely favor favour feel figure figured finally find
finds fine firstly folks for free friend from further fyi gentlemen gig glad gladly go god going gonna good gosh got
grateful great greatly greetings guess guys happen happy having hello help her here hey heya hi him his hiya hm hmm
honestly hope hoping howdy i id ideally if ill im important in indeed it its ive job just kind kinda kindest kindly
kindness know ladies let lets like listen little look looking lot love lovely madam made make man manage many mate
maybe me mega message mighty mine more most mr mrs ms much my necessary need needed nice nicely obliged of oh oi ok
okay on opportunity or our own pardon perfect perhaps personally pleasant please pleased pleasure possible possibly
preferably pressed purpose quick quickly quite rather reach reaching really reckon regard regarding regards remember
request requested requesting required right sake sakes say second see service simply sincerely sir sirs so some
someone soon sooner sorry sorta spare still sup super suppose sure swiftly team thank thankful thanks that the them
then there therefore think this thought thoughts time to today together too trouble truly try trying uh um us useful
usual very wanna want wanted way we welcome well whom wish with wonder wonderful wondering wonders work writing yeah
yep yes yo you your yours yup
""")
"""Small talk before a wish: none of it forbids, asks a question or sets a condition."""

AUXILIARY = _words("""
am are be been can could do had has have is may might must shall should was were will would
""")
"""Verbs that are small talk after a subject ("I was", "that would be"), and begin a question without one."""

SUBJECTS = _words("i you we it that this there they which who")

TRAILING = _words("""
asap automatically boss bro buddy completely dude entirely folks fully immediately lol m8 man mate pal quickly rn soon
thoroughly tho though totally yo
""")
"""Soft words that may follow a name with capitals or in quotes."""

NEGATIVE = re.compile(
    r"(?:un|dis)\w+|\w+nt|\w*less|no|not|non|nope|nah|never|nobody|none|nothing|nowhere|neither|nor|without|hardly|barely"
    r"|scarcely|rarely|seldom|refuse|refrain|avoid|skip|forbid|prevent|pause|postpone|delay|hate|dislike|stop|quit|cease"
)
"""Words that may deny what follows them."""

ALIASES: Mapping[str, str] = {
    "u": "you",
    "em": "them",
    "ya": "you",
    "hw": "how",
    "hpw": "how",
    "fsr": "far",
    "thr": "the",
    "tje": "the",
    "hte": "the",
    "bt": "but",
    "btu": "but",
    "nto": "not",
    "npt": "not",
    "nt": "not",
    "dony": "dont",
    "donr": "dont",
    "amd": "and",
    "whu": "why",
    "wjy": "why",
    "wy": "why",
    "ddi": "did",
    "dod": "did",
    "itt": "it",
    "veery": "every",
    "iz": "is",
    "synct": "synced",
    "sinct": "synced",
    "sinced": "synced",
    "shure": "sure",
    "uptodate": "up-to-date",
    "dnt": "dont",
    "dun": "dont",
    "wtih": "with",
    "ur": "your",
    "r": "are",
    "cud": "could",
    "wud": "would",
    "shud": "should",
    "dl": "download",
    "dls": "downloads",
    "dling": "downloading",
    "dled": "downloaded",
    "dwnld": "download",
    "dload": "download",
    "plis": "please",
    "pleas": "please",
    "pliz": "please",
    "thnx": "thanks",
    "thanx": "thanks",
    "tx": "thanks",
    "tnx": "thanks",
    "wats": "whats",
    "wuts": "whats",
    "wots": "whats",
    "wut": "what",
    "wht": "what",
    "whts": "whats",
    "wat": "what",
    "wot": "what",
    "evry": "every",
    "b4": "before",
    "merely": "only",
    "solely": "only",
    "exclusively": "only",
    "nothin": "nothing",
    "missin": "missing",
    "tmrw": "tomorrow",
    "tmr": "tomorrow",
    "tonite": "tonight",
    "trax": "tracks",
    "tunes": "songs",
    "tune": "song",
    "titles": "songs",
    "title": "song",
    "pieces": "songs",
}
"""Words written as on a phone, and what they stand for."""

FIRST_ALIASES: Mapping[str, str] = {"y": "why", "n": "and", "ever": "never"}
"""The same, of words that stand first."""

COURTESY = _words("please kindly")
"""Words that may stand anywhere outside a name, and say nothing there."""

NOT_OF_A_NAME = _words("""
as into weekday weekdays weekend weekends a the with to of and for in on at or notion soundcloud private public
available i you we they he she him us whom yesterday ago before b4 since till until by because so added again eta be
been being is are was were has have had between during evening morning afternoon midday ready pm am though although
cannot must should shall my your his its their me it
""")
"""Words that a name in small letters does not begin with, and a name with capitals does not end on."""

REFUSED = _words("""
delete deleting remove removing erase wipe purge trash crack breaking unlock unfollow upload uploading token password
credentials spotify youtube deezer tidal bandcamp
""")
"""Words of what cloudcrate never does, which may not stand in a name by chance."""

UNCLEAR = _words("""
less actually after all any are before but can cancel cannot cant could daily did do does dont download downloaded
downloading each every everything except excluding first half has have hourly how if instead is just keep last later
latest may midnight most neither never newest no none noon nor not nothing oldest only should skip some stop stopping
sync synced syncing tomorrow tonight top unless until was watch weekly were what when where which who why will without
wont would once because while whenever next week weeks month months year hour hours minute minutes oclock weekend
besides syncs wants failed fails whats anything someday unsynced 2moro l8r provided assuming nobody quality
""")
"""Words of ours, and of doubt, which may not stand in a name by chance: what they ask for was not understood."""
