"""What people say to cloudcrate, and what is to be understood: the test of the grammar, written before it.

Names
* A name in quotes ("…", “…”, „…“, «…», '…') is verbatim and never a command; an apostrophe or an inch mark inside a
  word is no quote. A link is verbatim too, with its query, without brackets or punctuation around it.
* Without quotes the name is what our words leave over, spelt as said. Greetings, thanks, "my", "for me", closing
  punctuation and a closing 🙏 👍 😊 are never a name. In "the … playlist" and "make sure … is synced" the name is
  what stands between; after "called", "named" or "the playlist" it is all the rest. A capital "The" belongs to it.
* A word of ours with a letter wrong is ours; a word of English that is none of ours ("slow", "late") is left as it is.
* Our words are a name where a frame holds them ("the Stop playlist", "is Sync synced") or where they alone follow the
  verb with a capital ("download First 50"); in lower case they are ours ("download the first 50"). Small words
  ("of", "from", "for") between words with capitals belong to the name. A number without "first", "top" or "tracks"
  is a name or a part of one ("sync 50 Cent").
* "A and B" and "A, B" are two playlists; quotes, "called" or the singular "the A and B playlist" make it one, and so
  does a verb in the singular ("how far is Far and Away", "make sure Now or Never is"). Else "A or B" is `clarify`.
* Nobody named: everything where "everything" or "all" is said, or where the question is a general one ("status",
  "stop"); otherwise `clarify`.
* A colon followed by a space ends a name only if what follows is ours ("night bus: download").

Actions
* "Sync" and "download" alone mean the whole job, rows and files, and so does a bare name or link. Half of it needs a
  word that limits: "only", "just", "without", "no", "don't". "Only" before a count limits the count; "just sync" is
  a manner of speaking; "sync only X" and "sync X only" are about X, "download X only" is the half.
* A state alone is a question about it ("X synced?", "X synced"); with "please" it is a wish ("X synced pls").
* What somebody did, wanted or will do himself is told, and asks for nothing ("I synced X", "they want to sync X",
  "I was going to sync X", "X gets synced hourly"): `clarify`. A bare name that reads so is none, except in quotes.
* "Could, can, will, would you …?" asks for it, and a question mark alone makes no command a question, but a bare
  name with one does. "Can, may, should I …?" is answered by a preview (a stop has none: `clarify`); "is, did, have,
  when was" by the status; "why" and "what failed" by what is missing; how far, how long, "done yet" and "have you
  stopped" by the progress. No question changes anything.
* A negation binds to its verb: "don't forget to" asks, "don't … any more" stops, "sync, don't download" halves,
  "don't sync" alone is refused, with an interval too. What is forbidden for all that was said is `refuse`; what is
  both asked for and forbidden, or negated twice, is `clarify`. "A but not B" is A.
* "Keep", "stays", "watch" or an interval make a standing order; without an interval the usual one is meant.
  Hours are exact (a day 24, a week 168). Mornings, weekdays, clock times and months are no number of hours:
  `clarify`, as is all else a request cannot carry (exceptions, the last 20, a few, tomorrow, conditions).
* A limit counts from the top ("first", "top", "at most"). Two limits or two intervals: `clarify`.
* What cloudcrate never does (delete, upload, follow, unlock, play, other services, secrets, shell) is `refuse`, even
  next to a fair wish. Quotes make the same words a name.
"""

from sentences_asking import ASKING
from sentences_declining import DECLINING
from sentences_halving import HALVING
from sentences_naming import NAMING
from sentences_shape import Sentence
from sentences_syncing import SYNCING

__all__ = ["SENTENCES", "Sentence"]

SENTENCES: tuple[Sentence, ...] = (*SYNCING, *NAMING, *HALVING, *ASKING, *DECLINING)
