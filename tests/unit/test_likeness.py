"""How well words name a playlist: what is forgiven, what is never, and when one is clearly meant."""

import string
import subprocess
import sys
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cloudcrate.adapters.likeness import ratio
from cloudcrate.core.likeness import Rank, Verdict, judge, likeness, rate, searchable
from cloudcrate.core.model import Candidate, Origin


def playlist(
    title: str, owner: str = "Ada", *, name: str = "", origin: Origin = Origin.KEPT, url: str = ""
) -> Candidate:
    made = "".join(c if c.isascii() and c.isalnum() else f"-{ord(c):x}-" for c in f"{owner}/sets/{title}".casefold())
    return Candidate(
        title=title, owner=owner, url=url or f"https://soundcloud.com/{made}", origin=origin, name=name, tracks=1
    )


def verdict(words: str, *candidates: Candidate) -> Verdict:
    return judge(rate(words, candidates, ratio))


HOME = playlist("Night Bus Home", "all:Lo Collective")
OTHERS = (playlist("Day Train Out", "Bo"), playlist("Warehouse Sessions", "Cleo"))


@pytest.mark.parametrize(
    "words",
    [
        "Night Bus Home",
        "night bus home",
        "NIGHT  BUS HOME",
        "night-bus-home",
        "Night Bus, Home!",
        "“Night Bus Home”",
        "the Night Bus Home playlist",
        "my night bus home set",
        "all:Lo Collective Night Bus Home",
        "all:Lo Collective: Night Bus Home",
        "Night Bus Home by all:Lo Collective",
        "night bus home from all lo collective",
        "all:Lo Collective's Night Bus Home",
        "all:Lo Collective playlist Night Bus Home",
        "all:Lo Collective",
        "the all:Lo Collective playlist",
        "the allo collective playlist",
        "all-lo collective",
        "Nigth Bus Home",
        "Night Bus Hone",
        "nightbus home",
        "Night Buss Home",
        "Night Bus Home by all:Lo Colective",
    ],
)
def test_title_owner_or_both_name_a_playlist_whatever_the_spelling(words: str) -> None:
    assert verdict(words, HOME, *OTHERS).winner == HOME


@pytest.mark.parametrize("words", ["", "   ", "Bus", "Night", "Night Bus", "Morning Tram", "!!!", "the playlist"])
def test_too_little_or_something_else_names_none(words: str) -> None:
    assert verdict(words, HOME, *OTHERS).winner is None


def test_what_comes_near_is_offered_and_what_is_far_is_not() -> None:
    assert verdict("Night Bus", HOME, *OTHERS).close == (HOME,)
    assert verdict("Zebra Crossing", HOME, *OTHERS).close == ()


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("Night Bus Home Vol. 2", "Night Bus Home Vol. 3"),
        ("Night Bus Home", "Night Bus Home 2"),
        ("Night Bus Home 2", "Night Bus Home"),
        ("Night Bus Home 11", "Night Bus Home 1 1"),
        ("Night Bus Home Vol. II", "Night Bus Home Vol. III"),
        ("Night Bus Home Part IX", "Night Bus Home Part XI"),
        ("Night Bus Home Side A", "Night Bus Home Side B"),
        ("Warehouse Sessions June", "Warehouse Sessions July"),
        ("Warehouse Sessions Jun", "Warehouse Sessions Jul"),
        ("Warehouse Sessions Monday", "Warehouse Sessions Sunday"),
        ("Warehouse Sessions November", "Warehouse Sessions December"),
        ("Warehouse Sessions 2025", "Warehouse Sessions 2026"),
        ("Warehouse Sessions 1.5", "Warehouse Sessions 15"),
        ("Warehouse Sessions ٢", "Warehouse Sessions ٣"),
    ],
)
def test_parts_of_a_series_are_never_taken_for_each_other_but_offered(words: str, title: str) -> None:
    other = playlist(title)
    found = verdict(words, other)
    assert found.winner is None
    assert found.close == (other,)
    meant = playlist(words)
    assert verdict(words, other, meant).winner == meant


def test_a_number_is_the_same_however_it_is_written() -> None:
    for title in ("Night Bus Home Vol. 2", "Night Bus Home (Vol. 02)", "Night Bus Home vol.²", "Night Bus Home Vol ٢"):
        assert verdict("Nigth bus home vol 2", playlist(title)).winner is not None


def test_a_mistake_beside_a_number_is_forgiven() -> None:
    two, three = playlist("Night Bus Home Vol. 2"), playlist("Night Bus Home Vol. 3")
    assert verdict("Nihgt Bus Home vol 3", two, three).winner == three


@pytest.mark.parametrize(("words", "title"), [("mox", "mix"), ("EPP", "EP"), ("ad", "ada"), ("ben", "bent")])
def test_very_short_names_must_be_right_to_the_letter(words: str, title: str) -> None:
    assert verdict(words, playlist(title, "Somebody")).winner is None
    assert verdict(words, playlist("Something", title)).winner is None
    assert verdict(title.upper(), playlist(title, "Somebody")).winner is not None


def test_an_exact_match_wins_over_everything() -> None:
    the_set, mine = playlist("The Set", "Bo"), playlist("Set", "Cleo")
    assert verdict("the set", the_set, mine).winner == the_set
    assert verdict("set", the_set, mine).winner == mine
    bare, long = playlist("Night Bus", "Bo"), playlist("Night Bus Playlist", "Cleo")
    assert verdict("night bus playlist", bare, long).winner == long
    assert verdict("night bus", bare, long).winner == bare


def test_the_name_the_user_gave_goes_before_a_title_and_a_title_before_an_owner() -> None:
    given, titled, owned = playlist("X", "Y", name="Ada"), playlist("Ada", "Z"), playlist("W", "Ada")
    assert verdict("ada", given, titled, owned).winner == given
    assert verdict("ada", titled, owned).winner == titled
    assert verdict("ada", owned).winner == owned


def test_an_owner_of_several_names_none_of_them_and_that_is_settled() -> None:
    one, two = playlist("One"), playlist("Two")
    found = verdict("ada", one, two, *OTHERS)
    assert found.winner is None
    assert found.settled
    assert set(found.close) == {one, two}
    assert verdict("ada", one, *OTHERS).by_owner


def test_two_of_one_title_are_told_apart_by_their_owners() -> None:
    ours, theirs = playlist("Mix", "Ada"), playlist("Mix", "Bo")
    assert verdict("mix", ours, theirs).winner is None
    assert verdict("mix by bo", ours, theirs).winner == theirs
    assert verdict("ada mix", ours, theirs).winner == ours


def test_the_same_playlist_met_twice_counts_once_as_it_was_met_first() -> None:
    kept = playlist("Night Bus", url="https://soundcloud.com/ada/sets/night-bus")
    again = playlist("Night Bus", url="https://m.soundcloud.com/ada/sets/night-bus?si=1", origin=Origin.SOUNDCLOUD)
    found = verdict("night bus", again, kept)
    assert found.winner == kept
    assert found.close == (kept,)


@pytest.mark.parametrize(
    "title", ["!!!", "♥", "🌙", "夜のバス", "Ночной автобус", "हिन्दी मिक्स", "Café Del Mar", "R&B", "D.J. Set"]
)
def test_names_of_any_script_name_their_playlist(title: str) -> None:
    meant = playlist(title)
    assert verdict(title, meant, playlist("???"), *OTHERS).winner == meant


def test_accents_and_spelled_out_signs_do_not_count() -> None:
    assert verdict("cafe del mar", playlist("Café Del Mar")).winner is not None
    assert verdict("drum and bass night", playlist("Drum & Bass Night")).winner is not None
    assert verdict("dj set two", playlist("D.J. Set Two")).winner is not None


def test_vowel_signs_of_other_scripts_do_count() -> None:
    assert likeness("कि", playlist("की"), ratio).rank < Rank.ALIKE


def test_a_search_is_asked_for_what_counts() -> None:
    assert searchable("the all:Lo Collective playlist") == "all:Lo Collective"
    assert searchable("“Night Bus Home” by Ada") == "Night Bus Home Ada"
    assert searchable("the playlist") == "the playlist"


def test_only_looking_a_name_up_loads_the_library() -> None:
    code = "import sys, cloudcrate.adapters.likeness as l; print('rapidfuzz' in sys.modules, l.ratio('a', 'a'))"
    said = subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True)
    assert said.stdout.split() == ["False", "100.0"]


# --- laws ---------------------------------------------------------------------------------------

WORD = st.text(string.ascii_lowercase, min_size=4, max_size=9)
TITLE = st.lists(WORD, min_size=1, max_size=4).map(" ".join).filter(lambda t: len(t) >= 6)
AROUND = frozenset({"the", "my", "our", "this", "playlist", "playlists", "set", "sets", "by", "from", "of"})


@st.composite
def mistaken(draw: st.DrawFn) -> tuple[str, str]:
    """A title, and the same with one letter put in, left out, mistaken, or changed with its neighbour."""
    title = draw(TITLE)
    place = draw(st.sampled_from([i for i, c in enumerate(title) if c != " "]))
    letter = draw(st.sampled_from(string.ascii_lowercase))
    swapped = title[:place] + title[place : place + 2][::-1] + title[place + 2 :]
    kinds = [title[:place] + letter + title[place:], title[:place] + title[place + 1 :]]
    kinds += [title[:place] + letter + title[place + 1 :], swapped if " " not in title[place : place + 2] else title]
    return title, draw(st.sampled_from(kinds))


@given(mistaken())
def test_one_mistaken_letter_still_finds_the_name(pair: tuple[str, str]) -> None:
    title, words = pair
    assert verdict(words, playlist(title, "Zz Top 9"), playlist("1 2 3", "99")).winner is not None


@given(TITLE, st.integers(0, 3000), st.integers(0, 3000))
def test_numbers_are_never_bridged(title: str, one: int, other: int) -> None:
    assume(one != other)
    assert verdict(f"{title} {one}", playlist(f"{title} {other}")).winner is None
    assert verdict(f"{title} {one}", playlist(title)).winner is None
    assert verdict(title, playlist(f"{title} {one}")).winner is None
    assert verdict(f"{one} {title}", playlist(f"{other} {title}", f"{title} {other}")).winner is None


NAMES = st.sampled_from(
    ["Night Bus", "Night Bus Home", "Nigth Bus Home", "Night Bus 2", "Mix", "The Mix", "Ada", "Bo Ada"]
)
WORLD = st.lists(
    st.builds(playlist, NAMES, NAMES, name=st.sampled_from(["", "Mix"]), origin=st.sampled_from(Origin)),
    max_size=4,
)


@given(WORLD, NAMES)
def test_the_order_of_candidates_does_not_matter_and_the_same_world_gives_the_same_answer(
    world: list[Candidate], words: str
) -> None:
    answers = {verdict(words, *order) for order in permutations(world)}
    assert answers == {verdict(words, *world)}


@given(mistaken(), st.text(string.ascii_lowercase, min_size=4, max_size=8))
def test_two_that_are_equally_near_are_never_chosen_between(pair: tuple[str, str], owner: str) -> None:
    title, words = pair
    twins = (
        playlist(title, owner, url="https://soundcloud.com/a/sets/1"),
        playlist(title, owner, url="https://soundcloud.com/b/sets/1"),
    )
    found = verdict(words, *twins)
    assert found.winner is None
    assert set(found.close) == set(twins)


@given(WORLD, NAMES)
def test_who_wins_is_ahead_of_every_other(world: list[Candidate], words: str) -> None:
    found = verdict(words, *world)
    if found.winner is not None:
        best = likeness(words, found.winner, ratio)
        assert found.close[0] == found.winner
        assert best.rank >= Rank.ALIKE
        assert found.settled
