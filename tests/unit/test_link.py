"""Every form of link that people paste leads to one canonical link, or says what is wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.core.link import Link, LinkKind, normal_url, parse_link
from cloudcrate.errors import LinkError

WEB = "https://soundcloud.com"
API = "https://api.soundcloud.com"
PLAYER = "https://w.soundcloud.com/player/?url="


@pytest.mark.parametrize(
    ("text", "kind", "url", "token"),
    [
        # playlists
        (f"{WEB}/ada/sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        ("soundcloud.com/ada/sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        ("//soundcloud.com/ada/sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        ("http://m.soundcloud.com/ada/sets/night-bus/", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        ("m.soundcloud.com/ada/sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        ("www.soundcloud.com/ada/sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        ("HTTPS://WWW.SoundCloud.COM/Ada/sets/Night-Bus", LinkKind.SET, f"{WEB}/Ada/sets/Night-Bus", None),
        (f" <{WEB}/ada/sets/night-bus> \n", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        (f'"{WEB}/ada/sets/night-bus"', LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        (f"{WEB}:443/ada/sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        ("http://soundcloud.com:80/ada/sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        ("https://soundcloud.com./ada/sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        (f"{WEB}/ada/sets/night-bus?si=1&utm_source=x#top", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        (f"{WEB}//ada//sets/night-bus//", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        (f"{WEB}/%61da/sets/night%2Dbus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        (f"{WEB}/ada/Sets/night-bus", LinkKind.SET, f"{WEB}/ada/sets/night-bus", None),
        (f"{WEB}/ada/sets/n%C3%A4chte", LinkKind.SET, f"{WEB}/ada/sets/n%C3%A4chte", None),
        (f"{WEB}/ada/sets/s-club", LinkKind.SET, f"{WEB}/ada/sets/s-club", None),
        (f"{WEB}/ada/sets/night-bus/s-aB3", LinkKind.SET, f"{WEB}/ada/sets/night-bus", "s-aB3"),
        (f"{WEB}/ada/sets/night-bus?secret_token=s-aB3", LinkKind.SET, f"{WEB}/ada/sets/night-bus", "s-aB3"),
        (f"{WEB}/ada/sets/x/s-aB3?secret_token=s-other", LinkKind.SET, f"{WEB}/ada/sets/x", "s-aB3"),
        (f"{WEB}/ada/sets/x?secret_token=<script>", LinkKind.SET, f"{WEB}/ada/sets/x", None),
        (f"{WEB}/discover/sets/charts-top:all:de", LinkKind.SET, f"{WEB}/discover/sets/charts-top:all:de", None),
        (f"{WEB}/stations/track/ada/night", LinkKind.SET, f"{WEB}/stations/track/ada/night", None),
        # tracks
        (f"{WEB}/ada/night", LinkKind.TRACK, f"{WEB}/ada/night", None),
        (f"{WEB}/ada/night?in=ada/sets/night-bus", LinkKind.TRACK, f"{WEB}/ada/night", None),
        (f"{WEB}/ada/night#t=0:30", LinkKind.TRACK, f"{WEB}/ada/night", None),
        (f"{WEB}/ada/night/s-aB3", LinkKind.TRACK, f"{WEB}/ada/night", "s-aB3"),
        (f"{WEB}/ada/night?secret_token=s-aB3", LinkKind.TRACK, f"{WEB}/ada/night", "s-aB3"),
        # users
        (f"{WEB}/ada", LinkKind.TRACKS, f"{WEB}/ada/tracks", None),
        (f"{WEB}/ada/tracks", LinkKind.TRACKS, f"{WEB}/ada/tracks", None),
        (f"{WEB}/ada/likes", LinkKind.LIKES, f"{WEB}/ada/likes", None),
        (f"{WEB}/ada/reposts", LinkKind.REPOSTS, f"{WEB}/ada/reposts", None),
        (f"{WEB}/ada/albums", LinkKind.ALBUMS, f"{WEB}/ada/albums", None),
        # short links
        ("https://on.soundcloud.com/aBc12", LinkKind.SHORT, "https://on.soundcloud.com/aBc12", None),
        ("on.soundcloud.com/aBc12?x=1", LinkKind.SHORT, "https://on.soundcloud.com/aBc12", None),
        ("https://soundcloud.app.goo.gl/aBc12", LinkKind.SHORT, "https://soundcloud.app.goo.gl/aBc12", None),
        # by number
        (f"{API}/playlists/136", LinkKind.SET, f"{API}/playlists/136", None),
        ("https://api-v2.soundcloud.com/playlists/136", LinkKind.SET, f"{API}/playlists/136", None),
        (f"{API}/tracks/7?secret_token=s-aB3", LinkKind.TRACK, f"{API}/tracks/7", "s-aB3"),
        (f"{API}/playlists/soundcloud%3Aplaylists%3A136", LinkKind.SET, f"{API}/playlists/136", None),
        (f"{API}/users/soundcloud:users:7", LinkKind.TRACKS, f"{API}/users/7/tracks", None),
        (f"{API}/users/7/likes", LinkKind.LIKES, f"{API}/users/7/likes", None),
        ("soundcloud:tracks:2245221971", LinkKind.TRACK, f"{API}/tracks/2245221971", None),
        # players
        (f"{PLAYER}https%3A//soundcloud.com/ada/sets/x&color=f50", LinkKind.SET, f"{WEB}/ada/sets/x", None),
        (f"{PLAYER}https%3A//api.soundcloud.com/playlists/136", LinkKind.SET, f"{API}/playlists/136", None),
        (
            f"{PLAYER}https%3A//api.soundcloud.com/playlists/soundcloud%253Aplaylists%253A136%3Fsecret_token%3Ds-aB3",
            LinkKind.SET,
            f"{API}/playlists/136",
            "s-aB3",
        ),
        (f"{PLAYER}{API}/tracks/7&secret_token=s-aB3", LinkKind.TRACK, f"{API}/tracks/7", "s-aB3"),
    ],
)  # fmt: skip
def test_a_link_is_read_into_its_canonical_form(text: str, kind: LinkKind, url: str, token: str | None) -> None:
    assert parse_link(text) == Link(kind=kind, url=url, secret_token=token)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "all:Lo Collective", "Night Bus", "AC/DC", "Vol.II", "soundcloud", "a//b", "http", "me@home.org",
        f"sync {WEB}/ada/sets/x please", "soundcloud.com is down", "soundcloud.community", "mailto:a@b.c",
    ],
)  # fmt: skip
def test_a_name_or_a_sentence_is_no_link(text: str) -> None:
    assert parse_link(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("https://example.com/ada/sets/x", "example.com is not SoundCloud"),
        ("example.com/ada", "example.com is not SoundCloud"),
        ("https://notsoundcloud.com/ada", "notsoundcloud.com is not SoundCloud"),
        ("https://soundcloud.com.evil.org/ada", "soundcloud.com.evil.org is not SoundCloud"),
        ("https://ſoundcloud.com/ada", "is not SoundCloud"),
        ("https://127.0.0.1/ada", "127.0.0.1 is not SoundCloud"),
        ("https://[::1]/ada", "::1 is not SoundCloud"),
        ("https://[bad/ada", "damaged"),
        ("https:///ada", "This is not SoundCloud"),
        (f"{WEB}:99999/ada", "damaged"),
        (f"{WEB}:8080/ada", "port"),
        ("https://user:secret@soundcloud.com/ada", "user name"),
        ("https://soundcloud.com@evil.org/ada", "user name"),
        ("https://soundcloud.com\\@evil.org/ada", "user name"),
        ("ftp://soundcloud.com/ada", "ftp:// links"),
        (f"{WEB}", "names no playlist"),
        (f"{WEB}/", "names no playlist"),
        (f"{WEB}/../etc", "names no playlist"),
        (f"{WEB}/ada%2Fsets/x", "names no playlist"),
        (f"{WEB}/ada/%00", "names no playlist"),
        (f"{WEB}/ada/%ff", "names no playlist"),
        (f"{WEB}/ada/\ud800", "names no playlist"),
        (f"{WEB}/discover", "soundcloud.com/discover is a page"),
        (f"{WEB}/discover/sets/a/b", "is a page"),
        (f"{WEB}/discover/sets/..", "is a page"),
        (f"{WEB}/You/likes", "soundcloud.com/you is a page"),
        (f"{WEB}/search?q=ada", "soundcloud.com/search is a page"),
        (f"{WEB}/pages/contact", "soundcloud.com/pages is a page"),
        (f"{WEB}/stations/artist/ada", "soundcloud.com/stations is a page"),
        (f"{WEB}/stations/track/a/%20", "soundcloud.com/stations is a page"),
        (f"{WEB}/ada/sets", "/sets page"),
        (f"{WEB}/ada/popular-tracks", "/popular-tracks page"),
        (f"{WEB}/ada/followers", "/followers page"),
        (f"{WEB}/ada/comments", "/comments page"),
        (f"{WEB}/ada/night/recommended", "a page about"),
        (f"{WEB}/ada/sets/x/likes", "a page about"),
        (f"{WEB}/ada/likes/x", "a page about"),
        (f"{WEB}/ada/sets/x/s-aB3/more", "a page about"),
        ("https://on.soundcloud.com/", "no code"),
        ("https://on.soundcloud.com/%20", "no code"),
        (f"{API}/playlists", "names no playlist"),
        (f"{API}/playlists/x", "names no playlist"),
        (f"{API}/playlists/1/tracks", "names no playlist"),
        (f"{API}/users/7/followers", "names no playlist"),
        (f"{API}/resolve/7", "names no playlist"),
        (f"{API}", "names no playlist"),
        ("https://w.soundcloud.com/player/", "what it plays"),
        (f"{PLAYER}hello", "what it plays"),
        (f"{PLAYER}https%3A//w.soundcloud.com/player/%3Furl%3Dx", "what it plays"),
        (f"https://w.soundcloud.com/other?url={WEB}/ada", "what it plays"),
        (f"{PLAYER}https%3A//example.com/x", "example.com is not SoundCloud"),
    ],
)  # fmt: skip
def test_a_link_that_leads_to_no_music_says_why(text: str, message: str) -> None:
    with pytest.raises(LinkError) as caught:
        parse_link(text)
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.message.isprintable()
    assert "s-aB3" not in caught.value.message + caught.value.hint


def test_a_link_to_a_page_about_a_track_suggests_the_track() -> None:
    with pytest.raises(LinkError) as caught:
        parse_link(f"{WEB}/ada/night/s-aB3/recommended")
    assert caught.value.hint == f"Try {WEB}/ada/night"


def test_the_secret_token_is_not_printed() -> None:
    assert "aB3" not in repr(parse_link(f"{WEB}/ada/sets/x/s-aB3"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"{WEB}/ada/night", "soundcloud.com/ada/night"),
        ("http://m.soundcloud.com/Ada/NIGHT/?si=1#t=2", "soundcloud.com/ada/night"),
        (" www.soundcloud.com/ada/night ", "soundcloud.com/ada/night"),
        (f"{WEB}/ada/night/s-aB3", "soundcloud.com/ada/night"),
        (f"{WEB}/ada/sets/s-club", "soundcloud.com/ada/sets/s-club"),
        (f"{WEB}/ada/sets/x/s-aB3?secret_token=s-aB3", "soundcloud.com/ada/sets/x"),
        (f"{WEB}/ada/followers", "soundcloud.com/ada/followers"),
        (f"{WEB}/ada/%6Eight", "soundcloud.com/ada/night"),
        (f"{WEB}/ada/N%C3%84CHTE", "soundcloud.com/ada/n%c3%a4chte"),
        ("https://on.soundcloud.com/aBc", "on.soundcloud.com/aBc"),
        ("https://api-v2.soundcloud.com/tracks/7", "api.soundcloud.com/tracks/7"),
        ("https://api.soundcloud.com/tracks/soundcloud%3Atracks%3A7", "api.soundcloud.com/tracks/7"),
        (f"{PLAYER}https%3A//soundcloud.com/ada/night%3Fsi%3D1", "soundcloud.com/ada/night"),
    ],
)
def test_links_to_the_same_thing_have_the_same_key(text: str, key: str) -> None:
    assert normal_url(text) == key


@pytest.mark.parametrize(
    "text",
    [None, "", "night", WEB, "https://example.com/ada", f"{WEB}:8080/ada", "https://u@soundcloud.com/a", PLAYER],
)
def test_what_leads_to_nothing_on_soundcloud_has_no_key(text: str | None) -> None:
    assert normal_url(text) is None


PATHS = st.lists(
    st.sampled_from(
        ["ada", "Sets", "s-aB3", "%2541", "%2F", "..", "ñ", "\ud800", "%ff", "soundcloud%3Atracks%3A7", "%"]
    )
    | st.text(max_size=8),
    max_size=5,
).map("/".join)
HOSTS = st.sampled_from([WEB, "m.soundcloud.com", API, "https://on.soundcloud.com", PLAYER + WEB, "https://x.org", ""])


@given(HOSTS, PATHS)
def test_normalising_a_key_changes_nothing(host: str, path: str) -> None:
    key = normal_url(f"{host}/{path}")
    assert key is None or normal_url(key) == key


@given(HOSTS, PATHS)
def test_whatever_is_given_a_canonical_link_or_a_link_error_comes_back(host: str, path: str) -> None:
    try:
        link = parse_link(f"{host}/{path}")
    except LinkError:
        return
    if link is not None:
        assert link.url.startswith(("https://soundcloud.com/", "https://api.soundcloud.com/", "https://on."))
        assert link.url.isascii()
        again = parse_link(link.url)
        assert again is not None
        assert (again.kind, again.url) == (link.kind, link.url)
