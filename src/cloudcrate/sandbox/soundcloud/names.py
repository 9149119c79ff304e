"""Invented people and titles."""

import random

FIRST = (
    "Noor",
    "Ivo",
    "Tamsin",
    "Kaya",
    "Bram",
    "Zuri",
    "Lumi",
    "Oskar",
    "Mika",
    "Djuna",
    "Pavel",
    "Ines",
    "Rafi",
    "Sunniva",
)
LAST = (
    "Vega",
    "Okoro",
    "Lindqvist",
    "Marsh",
    "Tanaka",
    "Ferreira",
    "Novak",
    "Quill",
    "Hadley",
    "Sorel",
    "Brandt",
    "Aalto",
)
ACTS = (
    "Paper Harbour",
    "Slow Antenna",
    "Velvet Transit",
    "Copper & Salt",
    "Night Ferry",
    "Oblique",
    "Kite/Stone",
    "Ørsted",
    "МИР",
    "光年",
)
NOUNS = (
    "Tram",
    "Lantern",
    "Harbour",
    "Concrete",
    "Meadow",
    "Signal",
    "Mirror",
    "Static",
    "Orchid",
    "Tunnel",
    "Satellite",
    "Ember",
    "Glass",
    "Delta",
)
MOODS = (
    "Blue",
    "Last",
    "Hollow",
    "Golden",
    "Silent",
    "Electric",
    "Crooked",
    "Midnight",
    "Borrowed",
    "Distant",
    "Salted",
    "Weightless",
)
VERSIONS = (
    "",
    "",
    "",
    "",
    " (Extended Mix)",
    " ({} Remix)",
    " [VIP]",
    " (feat. {})",
    " - Live",
    " (Radio Edit)",
    " (Instrumental)",
    " [Free Download]",
)
EXTRAS = ("", "", "", "", "", " 🌙", " — Pt. 2", " / Reprise", " “Demo”", " ~ été")
GENRES = (
    "House",
    "Deep House",
    "Techno",
    "Ambient",
    "Drum & Bass",
    "Electronica",
    "Downtempo",
    "Breaks",
    "",
    "Hip-hop & Rap",
)
LABELS = ("Night Post", "Harbour Lights", "Tram 9", "Low Tide")


def person(dice: random.Random) -> str:
    """A name for somebody."""
    return dice.choice(ACTS) if dice.random() < 0.3 else f"{dice.choice(FIRST)} {dice.choice(LAST)}"


def title(dice: random.Random, number: int) -> str:
    """A title; the number keeps two of a world from being the same."""
    version = dice.choice(VERSIONS).format(person(dice))
    return f"{dice.choice(MOODS)} {dice.choice(NOUNS)} {number}{dice.choice(EXTRAS)}{version}"


def slug(text: str) -> str:
    """The text as it stands in a link."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower())
    return "-".join(filter(None, kept.split("-"))) or "untitled"
