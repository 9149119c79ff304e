"""A Notion of many rows, and a playlist of which most tracks are among them: for counting requests.

Titles and names are put together from words, so that they repeat as real ones do: many are unlike any other,
some are shared by many, and words of one stand in another.
"""

import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any  # Any: JSON

from cloudcrate.sandbox.process import Sandbox

FIRST_ID = 1_100_000_000


def listed(words: str) -> list[str]:
    """The words of a text."""
    return words.split()


MODIFIERS = listed(
    "Amber Autumn Bitter Black Blue Borrowed Broken Burning Cold Concrete Copper Crooked Crystal Dark Deep Distant "
    "Double Dusty Early Eastern Electric Empty Endless Faded Falling Final First Foreign Forgotten Frozen Gentle "
    "Ghost Giant Golden Green Grey Half Heavy Hidden Hollow Holy Inner Iron Kind Last Late Little Living Lonely "
    "Long Lost Loud Low Lucid Lunar Magnetic Midnight Modern Naked Narrow Neon New Northern Old Open Other Outer "
    "Painted Pale Paper Perfect Plastic Quiet Rapid Raw Red Restless Rising Rough Sacred Salted Second Secret "
    "Shallow Sharp Silent Silver Slow Small Soft Solar Southern Static Steady Stolen Strange Sudden Summer Sweet "
    "Tender Thin Third Tiny True Uneven Velvet Violet Warm Weightless Western White Wide Wild Winter Wooden Yellow"
)
NOUNS = listed(
    "Acre Air Altar Anchor Angle Animal Answer Arcade Arrow Ash Atlas Attic Avenue Balcony Basement Bay Beacon Bell "
    "Bird Bloom Body Bone Border Bottle Branch Bridge Cable Camera Candle Canyon Cathedral Cave Ceiling Channel "
    "Chorus Circle City Clay Cliff Clock Cloud Coast Code Colour Comet Compass Corner Corridor Crane Crown Current "
    "Dance Dawn Delta Desert Device Distance Door Dream Drift Drum Dust Echo Edge Eclipse Elevator Ember Engine "
    "Escape Factory Fever Field Figure Fire Flight Flood Floor Flower Fog Forest Fountain Frame Frequency Future "
    "Garden Gate Glass Gravity Ground Habit Hall Hand Harbour Heart Heat Highway Hill Home Horizon Horse Hour House "
    "Human Ice Island Journey Jungle Key Kingdom Ladder Lake Language Lantern Leaf Letter Light Line Lion Lobby Love "
    "Machine Map Marble Market Mask Meadow Memory Mercury Metal Mile Mirage Mirror Mist Moment Monument Moon Morning "
    "Motion Motor Mountain Museum Needle Neighbour Night Noise Number Ocean Office Orbit Orchid Organ Oxygen Palace "
    "Paradise Parade Park Particle Pattern Phase Picture Pilot Planet Platform Pocket Poem Pool Portrait Pressure "
    "Prism Promise Pulse Queen Question Radio Rain Ribbon Ring Ritual River Road Rocket Roof Room Root Rope Salt "
    "Satellite Season Shadow Shape Shelter Shore Signal Silence Silk Skin Sky Sleep Smoke Snow Song Soul Space Spark "
    "Spiral Spring Square Stair Star Station Stone Storm Stranger Street String Sugar Sun Surface Swan System Table "
    "Temple Theory Thread Thunder Tide Tiger Timber Tower Town Traffic Train Tram Tree Tunnel Twin Valley Vapour "
    "Vessel View Village Vision Voice Volcano Voyage Wall Water Wave Weather Wheel Whisper Window Wing Wire Wolf World"
)
DOING = listed(
    "Breaking Building Calling Carrying Chasing Climbing Counting Crossing Drawing Driving Falling Feeding Finding "
    "Following Holding Keeping Leaving Losing Missing Naming Opening Passing Reaching Reading Running Selling Singing "
    "Slipping Standing Tracing Turning Waiting Walking Wanting Watching Writing"
)
STARTS = listed("b c d f g k l m n r s t v z br dr gr kr pl sh st th tr")
ENDS = listed("a ae e ei en i ia in o on or u us")
GIVEN = listed(
    "Ada Aksel Amara Anouk Aziz Bea Bram Caro Chidi Dara Djuna Elio Emre Fatou Femke Gael Hana Hugo Ilse Ines Ivo "
    "Jonas Kaya Kofi Lena Lior Lumi Mads Maya Mika Milan Nadia Nils Noor Nour Olu Oskar Otis Pavel Pia Rafi Reza Rosa "
    "Sami Selin Sena Soren Sunniva Tamsin Taro Teo Tilda Uma Vera Wren Yara Yusuf Zuri"
)
FAMILY = listed(
    "Aalto Abara Adler Baptiste Bergman Boateng Brandt Castel Cohen Costa Dahl Delgado Diallo Dvorak Eriksen Farah "
    "Ferreira Fontaine Haddad Hadley Hayashi Ivanov Jansen Kaplan Keller Kowalski Larsen Leroy Lindqvist Marsh Mbeki "
    "Mendez Mori Nakata Navarro Novak Okafor Okoro Olsen Pappas Peretti Quill Rossi Sato Schreiber Sorel Tanaka "
    "Toivonen Vargas Vega Visser Weiss Yilmaz Zhao"
)
GENRES = ("House", "Deep House", "Techno", "Ambient", "Drum & Bass", "Electronica", "Downtempo", "Breaks")
PLAYLISTS: Mapping[str, Any] = {  # Any: as above
    "Name": {"title": {}},
    "URL": {"url": {}},
    "Owner": {"rich_text": {}},
    "Track count": {"number": {}},
    "Status": {"select": {"options": []}},
    "Last sync": {"date": {}},
}


def word(dice: random.Random, words: Sequence[str]) -> str:
    """One of the words, the first ones oftener; or one that was made up, of which there are a million."""
    if dice.random() < 0.4:
        return "".join(dice.choice(STARTS) + dice.choice(ENDS) for _ in range(dice.choice((2, 2, 3)))).capitalize()
    return words[int(len(words) * dice.random() ** 1.3)]


def title(dice: random.Random) -> str:
    """A title; about one in five says which version it is."""
    modifier, noun, other, doing = (word(dice, words) for words in (MODIFIERS, NOUNS, NOUNS, DOING))
    patterns = {
        f"{modifier} {noun}": 36,
        f"{noun}": 22,
        f"{noun} {other}": 12,
        f"The {modifier} {noun}": 5,
        f"{noun} & {other}": 4,
        f"{doing} the {noun}": 4,
        f"{doing} {noun}": 6,
        f"{noun} of {other}": 5,
        f"{noun} {dice.randint(2, 12)}": 4,
        f"{modifier} {noun} in the {other}": 2,
    }
    name = dice.choices(list(patterns), list(patterns.values()))[0]
    versions = ("", f" ({artist(dice)} Remix)", " (Extended Mix)", " (Original Mix)", " - Live", " [Premiere]")
    return name + dice.choices(versions, (80, 7, 4, 4, 2, 3))[0]


def artist(dice: random.Random) -> str:
    """A name, of a person mostly."""
    if dice.random() < 0.25:
        return f"{dice.choice(MODIFIERS)} {dice.choice(NOUNS)}s"
    return f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"


def tracks(count: int, *, seed: int = 3) -> list[dict[str, Any]]:  # Any: as above
    """Uploads for the sandbox's SoundCloud, each with an id of its own."""
    dice = random.Random(f"tracks {seed}")
    return [
        {
            "id": FIRST_ID + 13 * number,
            "user": _slug(artist(dice)),
            "title": (name := title(dice)),
            "slug": _slug(name) + (f"-{number % 9 + 1}" if dice.random() < 0.05 else ""),
            "genre": dice.choice(GENRES),
            "label": "Low Tide",
            "seconds": round(dice.uniform(120, 480), 2),
        }
        for number in range(count)
    ]


def rows(count: int, *, seed: int = 2) -> Iterator[dict[str, Any]]:  # Any: as above
    """Rows of other tracks, as an earlier sync or their user has made them; one in ten has no id."""
    dice = random.Random(f"rows {seed}")
    for number in range(count):
        name, by = title(dice), artist(dice)
        link = f"https://soundcloud.com/{_slug(by)}/{_slug(name)}"
        row = {
            "Name": {"title": _text(name)},
            "Artist": {"rich_text": _text(by)},
            "SoundCloud URL": {"url": link},
            "Duration": {"number": dice.randint(120, 480)},
            "Genre": {"select": {"name": dice.choice(GENRES)}},
        }
        if dice.random() < 0.9:
            row["SoundCloud ID"] = {"number": FIRST_ID - 1 - 17 * number}
        yield row


def scenario(uploads: Sequence[Mapping[str, Any]], listed: int, **notion: Any) -> dict[str, Any]:  # Any: as above
    """One playlist of the first ``listed`` uploads; budgets are generous unless ``notion`` says otherwise."""
    playlist = {"user": "ada", "slug": "mix", "title": "Ada's mix", "tracks": [t["id"] for t in uploads[:listed]]}
    return {
        "soundcloud": {"tracks": list(uploads), "playlists": [playlist], "media_per_10_minutes": 100_000},
        "notion": {"per_minute": 100_000, **notion},
    }


def add_tables(sandbox: Sandbox, *, relation: bool) -> dict[str, str]:
    """A database for tracks; with ``relation`` one for playlists, too, related both ways. Answers its ids."""
    columns: dict[str, Any] = {  # Any: as above
        "Name": {"title": {}},
        "Artist": {"rich_text": {}},
        "SoundCloud URL": {"url": {}},
        "SoundCloud ID": {"number": {"format": "number"}},
        "Playlists": {"multi_select": {"options": []}},
        "Duration": {"number": {}},
        "Genre": {"select": {"options": []}},
        "Downloaded": {"checkbox": {}},
        "File path": {"rich_text": {}},
    }
    found = {}
    if relation:
        pages = sandbox.add_database(title="Playlists", properties=dict(PLAYLISTS))
        both = {"data_source_id": pages["data_source_id"], "type": "dual_property", "dual_property": {}}
        columns["Playlists"] = {"relation": both}
        found["PLAYLISTS_DB_ID"] = pages["database_id"]
    made = sandbox.add_database(title="My tracks", properties=columns)
    return {**found, "TRACKS_DB_ID": made["database_id"], "data_source_id": made["data_source_id"]}


def add_rows(sandbox: Sandbox, data_source_id: str, count: int) -> None:
    """So many rows of other tracks, made over some days that are past."""
    made = list(rows(count))
    portion, now = 500, time.time()
    for start in range(0, len(made), portion):
        at = now - 86_400 * 9 + start * 30
        sandbox.knobs(notion={"rows": [data_source_id, at, made[start : start + portion]]})


def _slug(words: str) -> str:
    return "-".join(re.findall("[a-z0-9]+", words.lower()))


def _text(words: str) -> list[dict[str, Any]]:  # Any: as above
    return [{"text": {"content": words}}]
