"""Ordinary sentences made of forms, manners and names: what is to be understood follows from the form.

A name that holds our words stands in its own spelling wherever a sentence holds it by its capitals, and in quotes or
in "the … playlist" where it is shouted or written small.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sentences_shape import Sentence, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is asked for, and how it is said in each manner; ``{}`` stands for the name."""

    action: str
    manners: tuple[str, ...]
    limit: int | None = None
    every_hours: float | None = None


def _form(action: str, lines: str, *, limit: int | None = None, every_hours: float | None = None) -> Form:
    return Form(action=action, manners=tuple(lines.strip().splitlines()), limit=limit, every_hours=every_hours)


FORMS: tuple[Form, ...] = (
    _form(
        "sync",
        """
make sure {} is synced and downloaded
Could you please make sure that {} is synced and downloaded? Thank you!
{} synced and downloaded pls
{}: make sure it is synced and downloaded
mkae sure {} is sycned and donwloaded
hey, makesure {} is synced n downloaded thx
i want {} synced and downloaded, thanks!!
pls make sure {} gets synced and downloaded 🙏
make sure make sure {} is synced and downloaded
Please ensure {} is both synced and downloaded.
        """,
    ),
    _form(
        "sync",
        """
sync {}
Would you be so kind as to sync {}, please?
{} sync
{} needs to be synced please
synk {} plz
hey, can u sync {} thx!!
ok so i need you to sync {}
download {}
sycn and donwload {}
I'd like {} to be synced
        """,
    ),
    _form(
        "catalog_only",
        """
sync {} but don't download
Please sync {}, but do not download the files, thank you.
sync {}, no download
don't download anything, just sync {}
sycn {} but dont donwload it
hey sync {} without downloading thx
sync {} but dont download anything pls
Could you sync {} without downloading it?
without downloading, sync {}
synch {} but dnt download
        """,
    ),
    _form(
        "download_only",
        """
download {} only
Could you please only download {}? Thanks!
only download {}
{}: download only
onyl donwload {}
hey, just the files of {} pls
download {} but dont sync it
Please just download {} and don't sync it.
don't sync, only download {}
plz only downlaod {} thx u
        """,
    ),
    _form(
        "sync",
        """
sync only the first 50 of {}
Could you please sync only the first 50 tracks of {}?
{} only the first 50
from {} only the first 50 please
snyc olny the frist 50 of {}
hey can u sync just the first 50 tracks from {} thx
the first fifty of {} please
sync {}, but only the first 50
sync {}, first 50 only
download the first 50 songs from {}, thanks!!
        """,
        limit=50,
    ),
    _form(
        "preview",
        """
what would happen if I synced {}?
Could you please tell me what would happen if you synced {}?
what would happen if {} was synced
if I synced {}, what would happen?
waht wuold happen if i snyced {}
hey what would happen if i sync {} thx
wat wud happen if u synced {}
what happens if I sync {}
what would syncing {} change
I wonder what would happen if I synced {}
        """,
    ),
    _form(
        "status",
        """
is {} up to date?
Could you please tell me whether {} is up to date?
{} up to date?
{}, is it up to date?
si {} up ot date
hey is {} up to date thx
whats the status of {}
is {} synced?
is {} uptodate
can u check if {} is up to date pls
        """,
    ),
    _form(
        "missing",
        """
what is missing from {} and why?
Could you please tell me what is missing from {} and why?
missing from {}?
from {} what is missing, and why?
waht is mising form {} and why
hey whats missing from {} and why thx
wats missin from {} n why
what's missing in {}
which tracks are missing from {} and why
why is something missing from {}
        """,
    ),
    _form(
        "progress",
        """
how far is {}?
Could you please tell me how far {} is?
{} how far
{}: how far is it?
hwo far is {}
hey how far is {} thx
hw far is {}
how far along is {}
how far are you with {}
I'd like to know how far {} is
        """,
    ),
    _form(
        "stop",
        """
stop syncing {}
Could you please stop syncing {}? Thank you!
stop {}
{}: stop
stpo sycning {}
hey stop syncing {} pls thx
please stop downloading {}
i want you to stop syncing {}
stop stop syncing {}
Please cancel the sync of {}.
        """,
    ),
    _form(
        "watch",
        """
keep {} synced every 6 hours
Could you please keep {} synced every 6 hours? Thanks.
sync {} every 6 hours
every 6 hours sync {}
kepe {} sycned evrey 6 huors
hey keep {} synced every six hours thx!!
pls keep {} synced evry 6 hrs
make sure {} is synced every 6 hours
keep {} in sync every 6h
I want {} to be kept synced every 6 hours
        """,
        every_hours=6.0,
    ),
    _form(
        "sync_all",
        """
sync everything
Could you please sync everything? Thank you!
everything sync
everything: sync it
sycn evrything
hey sync everything pls thx!!
sync evreything plz 🙏
sync all my playlists
make sure everything is synced and downloaded
i want everything synced
        """,
    ),
)

NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("all:Lo Collective", ("all:Lo Collective",)),
    ("Night Bus", ("Night Bus",)),
    ("Download", ("Download",)),
    ("Don't Stop", ("Don't Stop",)),
    ("First 50", ("First 50",)),
    ("Sync", ("Sync",)),
    ("Everything", ("Everything",)),
    ("“Keep It Synced”", ("Keep It Synced",)),
    ("the Stop playlist", ("Stop",)),
    ("my playlist called Only the First 10", ("Only the First 10",)),
    ("https://soundcloud.com/ada/sets/night-bus", ("https://soundcloud.com/ada/sets/night-bus",)),
    ("Night Bus and Deep Cuts", ("Night Bus", "Deep Cuts")),
)
"""How a name is written, and what it is."""

PLAIN_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("night bus", ("night bus",)),
    ("gym", ("gym",)),
    ('"don\'t stop"', ("don't stop",)),
    ("the download playlist", ("download",)),
)
"""Names that can be told in a sentence that is shouted, or written small."""


_ALSO_OURS = ("Everything",)
"""What, at the beginning of a sentence, is as good as our own word."""

_PLURAL = (("is", "are"), ("gets", "get"), ("needs", "need"), ("was", "were"))


def _agreeing(manner: str) -> str:
    """The sentence as it is said of two: one verb in the singular would make them one name."""
    words = manner.replace("it is", "they are").replace("is it", "are they").split(" ")
    return " ".join(word if manner.startswith("from") else dict(_PLURAL).get(word, word) for word in words)


def _raised(text: str) -> str:
    """The sentence as it is shouted: links are not."""
    return text.upper()


def _lowered(text: str) -> str:
    """The sentence as it is typed in haste: no capitals, no apostrophes of ours and no signs at its end."""
    return text.lower().rstrip(".?!").replace("!", "").replace("i'd", "id").replace("what's", "whats")


def _made() -> Iterator[Sentence]:
    for form in FORMS:
        for manner in form.manners:
            if "{}" not in manner:
                yield said(form.action, manner)
                yield said(form.action, _raised(manner))
                continue
            for written, names in NAMES:
                if manner.startswith("{}") and written in _ALSO_OURS:
                    continue
                text = (_agreeing(manner) if len(names) > 1 else manner).replace("{}", written)
                yield said(form.action, text, *names, limit=form.limit, every_hours=form.every_hours)
            for written, names in PLAIN_NAMES:
                small = _lowered(manner).replace("{}", written).replace("don't down", "dont down")
                yield said(form.action, small, *names, limit=form.limit, every_hours=form.every_hours)
                loud, shouted = _raised(manner.replace("{}", written)), tuple(name.upper() for name in names)
                yield said(form.action, loud, *shouted, limit=form.limit, every_hours=form.every_hours)


SPOKEN: tuple[Sentence, ...] = tuple({sentence.text: sentence for sentence in _made()}.values())
