"""Labelled pairs of spellings: is the row on the right the track on the left?

``SAME``: the same recording, to be adopted. ``REVIEW``: may be, the user decides. ``OTHER``: another
recording, never to be adopted. Each side is title, artist, seconds (None: the row has no length).
"""

from typing import NamedTuple


class Side(NamedTuple):
    """A title as a track or as a row has it."""

    title: str
    artist: str
    seconds: float | None = 300


class Pair(NamedTuple):
    """A track and a row."""

    track: Side
    row: Side
    uploader: str = ""


def _kyoto(*titles: tuple[str, str]) -> tuple[Pair, ...]:
    """Pairs that differ in their titles only."""
    return tuple(Pair(Side(ours, "Kyoto Drift"), Side(theirs, "Kyoto Drift")) for ours, theirs in titles)


def _by(*artists: tuple[str, str]) -> tuple[Pair, ...]:
    """Pairs that differ in their artists only."""
    return tuple(Pair(Side("Paper Lanterns", ours), Side("Paper Lanterns", theirs)) for ours, theirs in artists)


SAME = (
    *_kyoto(
        ("Paper Lanterns", "Paper Lanterns"),
        ("Paper Lanterns", "PAPER LANTERNS"),
        ("Paper Lanterns", "paper  lanterns "),
        ("Paper Lanterns", "Ｐａｐｅｒ Ｌａｎｔｅｒｎｓ"),
        ("Paper Lanterns (Original Mix)", "Paper Lanterns"),
        ("Paper Lanterns", "Paper Lanterns [Original Mix]"),
        ("Paper Lanterns - Original Mix", "Paper Lanterns"),
        ("Paper Lanterns (Original)", "Paper Lanterns (Original Mix)"),
        ("Paper Lanterns [Free Download]", "Paper Lanterns"),
        ("Paper Lanterns *FREE DL*", "Paper Lanterns"),
        ("Paper Lanterns (Official Video)", "Paper Lanterns"),
        ("Paper Lanterns (Official Audio) [HD]", "Paper Lanterns"),
        ("Paper Lanterns OUT NOW!", "Paper Lanterns"),
        ("Paper Lanterns // OUT NOW", "Paper Lanterns"),
        ("Paper Lanterns [Out now on Tin Roof]", "Paper Lanterns"),
        ("Paper Lanterns (Prod. by Moth)", "Paper Lanterns [produced by MOTH]"),
        ("PREMIERE: Kyoto Drift - Paper Lanterns", "Paper Lanterns"),
        ("Premiere | Kyoto Drift – Paper Lanterns", "Paper Lanterns"),
        ("[PREMIERE] Paper Lanterns", "Paper Lanterns"),
        ("Premiere - Kyoto Drift - Paper Lanterns", "Paper Lanterns"),
        ("Paper Lanterns - Sped Up", "Paper Lanterns (Sped Up)"),
        ("Exclusive: Paper Lanterns", "Paper Lanterns"),
        ("Kyoto Drift - Paper Lanterns", "Paper Lanterns"),
        ("Paper Lanterns", "Kyoto Drift — Paper Lanterns"),
        ("KYOTO DRIFT- Paper Lanterns", "Paper Lanterns"),
        ("Paper Lanterns - Kyoto Drift", "Paper Lanterns"),
        ("Paper Lanterns (Moth Remix)", "Paper Lanterns [Moth Remix]"),
        ("Paper Lanterns (Moth Remix)", "Paper Lanterns - Moth Remix"),
        ("Paper Lanterns (Moth Remix)", "Paper Lanterns Moth Remix"),
        ("Paper Lanterns (Moth Remix)", "Kyoto Drift - Paper Lanterns - Moth Remix"),
        ("Paper Lanterns (Moth's Remix)", "Paper Lanterns (Moth Remix)"),
        ("Paper Lanterns (The Moth Remix)", "Paper Lanterns (Moth RMX)"),
        ("Paper Lanterns (Remixed by Moth)", "Paper Lanterns (Moth Remix)"),
        ("Paper Lanterns (Moth & Ada Remix)", "Paper Lanterns (Ada and Moth Remix)"),
        ("Paper Lanterns 【Moth Remix】", "Paper Lanterns (Moth Remix)"),
        ("Paper Lanterns （Moth Remix）", "Paper Lanterns (Moth Remix)"),
        ("Paper Lanterns (Moth Remix", "Paper Lanterns (Moth Remix)"),
        ("Paper Lanterns (Moth Remix) (Extended)", "Paper Lanterns (Moth Extended Remix)"),
        ("Paper Lanterns (Extended Mix)", "Paper Lanterns (Extended)"),
        ("Paper Lanterns Extended Mix", "Paper Lanterns (Extended Version)"),
        ("Paper Lanterns (Radio Edit)", "Paper Lanterns - Radio Edit"),
        ("Paper Lanterns (Radio Version)", "Paper Lanterns [Radio Edit]"),
        ("Paper Lanterns VIP", "Paper Lanterns (VIP Mix)"),
        ("Paper Lanterns (Moth Re-Edit)", "Paper Lanterns (Moth Edit)"),
        ("Paper Lanterns (Instrumental)", "Paper Lanterns - Instrumental"),
        ("Paper Lanterns (Live at Tin Roof)", "Paper Lanterns - Live from Tin Roof"),
        ("Paper Lanterns (2011 Remaster)", "Paper Lanterns - Remastered 2011"),
        ("Paper Lanterns (Sped Up)", "Paper Lanterns [sped up]"),
        ("Paper Lanterns (Slowed + Reverb)", "Paper Lanterns (slowed & reverb)"),
        ("Paper Lanterns (Club Mix)", "Paper Lanterns - Club Mix"),
        ("Paper Lanterns feat. Ada", "Paper Lanterns (ft. Ada)"),
        ("Paper Lanterns (featuring Ada)", "Paper Lanterns [feat Ada]"),
        ("Paper Lanterns (with Ada)", "Paper Lanterns feat. Ada"),
        ("Paper Lanterns w/ Ada", "Paper Lanterns feat. Ada"),
        ("Paper Lanterns feat. Ada & Moth", "Paper Lanterns (ft. Moth, Ada)"),
        ("Paper Lanterns feat. Ada (Moth Remix)", "Paper Lanterns (Moth Remix) [feat. Ada]"),
        ("Kyoto Drift ft. Ada - Paper Lanterns", "Paper Lanterns feat. Ada"),
        ("Don’t Look", "Don't Look"),
        ("Dont Look", "Don´t Look"),
        ("“Paper” Lanterns", '"Paper" Lanterns'),
        ("Paper & Lanterns", "Paper and Lanterns"),
        ("Paper-Lanterns", "Paper Lanterns"),
        ("Paper Lanterns Pt. 2", "Paper Lanterns (Part 2)"),
        ("Paper Lanterns Vol. 3", "Paper Lanterns Volume 3"),
        ("Café", "Cafe"),
        ("Für Dich", "Fu\u0308r Dich"),
        ("紙の灯籠", "紙の灯籠"),
        ("Бумажный фонарь", "бумажный ФОНАРЬ"),
        ("Live", "Live"),
        ("Kyoto Drift - Live", "Live"),
        ("???", "???"),
        ("🏮", "🏮"),
    ),
    *_by(
        ("Kyoto Drift", "KYOTO DRIFT"),
        ("The Kyoto Drift", "Kyoto Drift"),
        ("Kyoto Drift Official", "Kyoto Drift"),
        ("Moth & Ada", "Ada & Moth"),
        ("Moth x Ada", "Moth, Ada"),
        ("Moth vs. Ada", "Moth and Ada"),
        ("Moth b2b Ada", "Moth / Ada"),
        ("Moth feat. Ada", "Moth ft. Ada"),
        ("Moth feat. Ada", "Moth & Ada"),
        ("Beyoncé", "Beyonce"),
        ("AC/DC", "ac/dc"),
        ("!!!", "!!!"),
    ),
    Pair(Side("Moth - Paper Lanterns", "Tin Roof Records"), Side("Paper Lanterns", "Moth")),
    Pair(Side("Moth - Paper Lanterns", "Tin Roof Records"), Side("Moth - Paper Lanterns", "Tin Roof Records")),
    Pair(Side("Moth - Paper Lanterns", "Tin Roof Records"), Side("Moth - Paper Lanterns", "Moth")),
    Pair(Side("Moth - Paper Lanterns", "Tin Roof Records"), Side("Moth - Paper Lanterns", "")),
    Pair(Side("Moth & Ada - Paper Lanterns", "Moth"), Side("Paper Lanterns", "Moth & Ada")),
    Pair(Side("Moth - Paper Lanterns", "Moth & Ada"), Side("Paper Lanterns", "Ada, Moth")),
    Pair(Side("Paper - Lanterns", "Moth"), Side("Paper - Lanterns", "Moth")),
    Pair(Side("Paper Lanterns", "Moth"), Side("Paper Lanterns", "mothmusic"), uploader="mothmusic"),
    Pair(Side("moth - Paper Lanterns", "M. Oth"), Side("Paper Lanterns", "Moth"), uploader="Moth"),
    Pair(Side("Paper Lanterns (Ada Remix)", "Moth"), Side("Paper Lanterns (Ada Remix)", "Moth, Ada")),
    Pair(Side("Paper Lanterns Ada Remix", "Moth"), Side("Paper Lanterns (Ada Remix)", "Moth, Ada")),
    Pair(Side("Moth - Paper Lanterns (Ada Remix)", "Ada"), Side("Paper Lanterns (Ada Remix)", "Moth")),
    Pair(Side("Moth - Paper Lanterns - Radio Edit", "Label"), Side("Paper Lanterns (Radio Edit)", "Moth")),
    Pair(Side("Paper Lanterns - Radio Edit", "Moth"), Side("Paper Lanterns (Radio Edit)", "Moth")),
    Pair(Side("Paper Lanterns", "Moth", 300.4), Side("Paper Lanterns", "Moth", 302)),
    Pair(Side("Paper Lanterns", "Moth", 303.9), Side("Paper Lanterns", "Moth", 302)),
    Pair(Side("Paper Lanterns", "Moth", 3.9), Side("Paper Lanterns", "Moth", 2)),
)

REVIEW = (
    *_kyoto(
        ("Paper Lanterns feat. Ada", "Paper Lanterns"),
        ("Paper Lanterns", "Paper Lanterns (ft. Ada)"),
        ("Paper Lanterns feat. Ada & Moth", "Paper Lanterns feat. Ada"),
        ("Paper Lanterns (Moth Remix)", "Paper Lanterns (Remix)"),
        ("Paper Lanterns (Live at Tin Roof)", "Paper Lanterns (Live)"),
        ("Paper Lanterns (2011 Remaster)", "Paper Lanterns (Remastered)"),
        ("Paper Lanterns (Part 2)", "Paper Lanterns"),
        ("Paper Lanterns [TIN004]", "Paper Lanterns"),
        ("Paper Lanterns (Prod. by Moth)", "Paper Lanterns"),
        ("Paper Lanterns 🏮", "Paper Lanterns"),
    ),
    *_by(
        ("Moth & Ada", "Moth"),
        ("Moth", "Moth feat. Ada"),
        ("Moth & Ada", "Moth & Eve"),
        ("Moth", ""),
    ),
    Pair(Side("Allegro - Second Part", "Moth"), Side("Allegro - Second Part", "Ada")),
    Pair(Side("Paper Lanterns", "Moth"), Side("Paper Lanterns", "Moth", None)),
    Pair(Side("Paper Lanterns", "Moth", 0), Side("Paper Lanterns", "Moth")),
    Pair(Side("Paper Lanterns", "Moth", 0), Side("Paper Lanterns", "Moth", None)),
)

OTHER = (
    *_kyoto(
        ("Paper Lanterns", "Paper Lantern"),
        ("Paper Lanterns", "Paper Boats"),
        ("Paper Lanterns (Moth Remix)", "Paper Lanterns"),
        ("Paper Lanterns", "Paper Lanterns (Moth Remix)"),
        ("Paper Lanterns (Moth Remix)", "Paper Lanterns (Ada Remix)"),
        ("Paper Lanterns (Moth Remix)", "Paper Lanterns (Moth Edit)"),
        ("Paper Lanterns (Moth Remix)", "Paper Lanterns (Moth Remix) [Extended]"),
        ("Paper Lanterns (Extended Mix)", "Paper Lanterns (Radio Edit)"),
        ("Paper Lanterns (Extended Mix)", "Paper Lanterns (Original Mix)"),
        ("Paper Lanterns", "Paper Lanterns (Extended Mix)"),
        ("Paper Lanterns", "Paper Lanterns - Radio Edit"),
        ("Paper Lanterns", "Paper Lanterns VIP"),
        ("Paper Lanterns", "Paper Lanterns (Live)"),
        ("Paper Lanterns", "Paper Lanterns - Live at Tin Roof"),
        ("Paper Lanterns (Live at Tin Roof)", "Paper Lanterns (Live at the Boat)"),
        ("Paper Lanterns", "Paper Lanterns (Instrumental)"),
        ("Paper Lanterns", "Paper Lanterns (Dub)"),
        ("Paper Lanterns", "Paper Lanterns (Moth Bootleg)"),
        ("Paper Lanterns", "Paper Lanterns (Moth Flip)"),
        ("Paper Lanterns", "Paper Lanterns (Mashup)"),
        ("Paper Lanterns", "Paper Lanterns (Moth Rework)"),
        ("Paper Lanterns", "Paper Lanterns (Acoustic)"),
        ("Paper Lanterns", "Paper Lanterns (Cover)"),
        ("Paper Lanterns (Clean)", "Paper Lanterns (Dirty)"),
        ("Paper Lanterns", "Paper Lanterns (Clean)"),
        ("Paper Lanterns", "Paper Lanterns [Explicit]"),
        ("Paper Lanterns", "Paper Lanterns (Club Mix)"),
        ("Paper Lanterns", "Paper Lanterns (Demo)"),
        ("Paper Lanterns", "Paper Lanterns (Remastered)"),
        ("Paper Lanterns (2011 Remaster)", "Paper Lanterns (2019 Remaster)"),
        ("Paper Lanterns", "Paper Lanterns (Sped Up)"),
        ("Paper Lanterns", "Paper Lanterns (Slowed)"),
        ("Paper Lanterns (Preview)", "Paper Lanterns"),
        ("Paper Lanterns (Acapella)", "Paper Lanterns (Instrumental)"),
        ("Paper Lanterns (Part 1)", "Paper Lanterns (Part 2)"),
        ("Paper Lanterns Pt. 1", "Paper Lanterns Pt. 2"),
        ("Paper Lanterns feat. Ada", "Paper Lanterns feat. Eve"),
        ("Kyoto Drift - Out Now", "Kyoto Drift - Premiere"),
        ("Paper Lanterns (prod. Moth)", "Paper Lanterns (prod. Ada)"),
        ("Stay (With Me)", "Stay (With You)"),
        ("Song 1.0", "Song 10"),
        ("C", "C#"),
        ("Paper Lanterns (Mixed)", "Paper Lanterns"),
        ("か", "が"),
        ("!?", "?!?"),
        ("", "Paper Lanterns"),
        ("🏮", "🔥"),
    ),
    *_by(
        ("Moth", "Ada"),
        ("Moth", "Moths"),
        ("Moth & Ada", "Eve"),
    ),
    Pair(Side("Paper Lanterns", "Moth", 300), Side("Paper Lanterns", "Moth", 302.1)),
    Pair(Side("Paper Lanterns", "Moth", 300), Side("Paper Lanterns", "Moth", 297)),
    Pair(Side("Paper Lanterns", "Moth", 300), Side("Paper Lanterns", "Moth", 30)),
    Pair(Side("Paper Lanterns (feat. Ada)", "Moth", 300), Side("Paper Lanterns", "Moth", 320)),
    Pair(Side("Moth - Paper Lanterns", "Label"), Side("Ada - Paper Lanterns", "Label")),
    Pair(Side("Moth - Paper Lanterns", "Label"), Side("Paper Lanterns", "Ada")),
    Pair(Side("Paper Lanterns", "Moth"), Side("", "Moth")),
)
