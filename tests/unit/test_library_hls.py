"""HLS playlists: what SoundCloud's look like is read, and what could mislead is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.adapters.library.hls import MAX_SEGMENTS, parse
from cloudcrate.errors import DamagedError, StreamGoneError

BASE = "https://playback.media-streaming.soundcloud.cloud/a/aac_160k/b/playlist.m3u8?expires=1&Policy=x"
HEAD = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
END = "#EXT-X-ENDLIST\n"


def test_a_playlist_of_fragments_begins_with_its_initialisation_segment() -> None:
    text = f'{HEAD}#EXT-X-MAP:URI="init.mp4?s=1"\n#EXTINF:10.007800,\ndata0.m4s\n#EXTINF:2.5,name\n/c/1.m4s\n{END}'
    found = parse(text, BASE)
    host = "https://playback.media-streaming.soundcloud.cloud"
    assert [piece.url for piece in found.pieces] == [
        f"{host}/a/aac_160k/b/init.mp4?s=1",
        f"{host}/a/aac_160k/b/data0.m4s",
        f"{host}/c/1.m4s",
    ]
    assert found.lengths == (0.0, 10.0078, 2.5)
    assert found.seconds == pytest.approx(12.5078)


@pytest.mark.parametrize("version", range(3, 8))
def test_every_version_in_use_is_read(version: int) -> None:
    text = f"#EXTM3U\r\n#EXT-X-VERSION:{version}\r\n#EXTINF:1,\r\nhttps://x.sndcdn.com/1\r\n#EXT-X-ENDLIST\r\n"
    assert [piece.url for piece in parse(text, BASE).pieces] == ["https://x.sndcdn.com/1"]


def test_an_initialisation_segment_can_be_part_of_a_file() -> None:
    text = f'{HEAD}#EXT-X-MAP:URI="all.mp4",BYTERANGE="764@32"\n#EXTINF:1,\n1\n{END}'
    init = parse(text, BASE).pieces[0]
    assert (init.first, init.length) == (32, 764)


def test_a_playlist_that_says_it_is_clear_is_read() -> None:
    assert parse(f"{HEAD}#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\n1\n{END}", BASE).seconds == 1


@pytest.mark.parametrize(
    "tag",
    [
        '#EXT-X-KEY:METHOD=AES-128,URI="https://x.sndcdn.com/key"',
        '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://1",KEYFORMAT="com.apple.streamingkeydelivery"',
        '#EXT-X-KEY:URI="x,METHOD=NONE",METHOD=AES-128',
        "#EXT-X-KEY:METHOD=AES-128,METHOD=NONE",
        '#EXT-X-KEY:URI="x"',
        "#EXT-X-KEY",
        "#EXT-X-SESSION-KEY:METHOD=AES-128",
    ],
)
def test_an_encrypted_stream_is_gone(tag: str) -> None:
    with pytest.raises(StreamGoneError, match="encrypted"):
        parse(f"{HEAD}{tag}\n#EXTINF:1,\n1\n{END}", BASE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a playlist"),
        ("<html>#EXTM3U</html>", "not a playlist"),
        (f"{HEAD}#EXTINF:1,\n1\n", "cut off"),
        (f"{HEAD}{END}", "0 segments"),
        (f"{HEAD}1\n{END}", "without a duration"),
        (f"{HEAD}#EXTINF:1,\n1\n2\n{END}", "without a duration"),
        (f"{HEAD}#EXTINF:one,\n1\n{END}", "no number"),
        (f"{HEAD}#EXTINF:nan,\n1\n{END}", "impossible duration"),
        (f"{HEAD}#EXTINF:-1,\n1\n{END}", "impossible duration"),
        (f"{HEAD}#EXTINF:1e9,\n1\n{END}", "impossible duration"),
        (f"{HEAD}#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n{END}", "#EXT-X-STREAM-INF"),
        (f"{HEAD}#EXTINF:1,\n#EXT-X-BYTERANGE:10@0\n1\n{END}", "#EXT-X-BYTERANGE"),
        (f"{HEAD}#EXTINF:1,\n1\n#EXT-X-DISCONTINUITY\n#EXTINF:1,\n2\n{END}", "#EXT-X-DISCONTINUITY"),
        (f'{HEAD}#EXT-X-DEFINE:NAME="h",VALUE="x"\n#EXTINF:1,\n1\n{END}', "#EXT-X-DEFINE"),
        (f"{HEAD}#EXT-X-MAP:BYTERANGE=1\n#EXTINF:1,\n1\n{END}", "initialisation segment"),
        (f'{HEAD}#EXT-X-MAP:URI="a",BYTERANGE="x"\n#EXTINF:1,\n1\n{END}', "initialisation segment"),
        (f'{HEAD}#EXT-X-MAP:URI="a"\n#EXT-X-MAP:URI="b"\n#EXTINF:1,\n1\n{END}', "more than one"),
        (f'{HEAD}#EXTINF:1,\n1\n#EXT-X-MAP:URI="a"\n#EXTINF:1,\n2\n{END}', "more than one"),
        (f"{HEAD}#EXTINF:1,\nhttps://[::1\n{END}", "link that cannot be read"),
        (HEAD + "#EXTINF:1,\n1\n" * (MAX_SEGMENTS + 1) + END, "5001 segments"),
    ],
)
def test_what_could_mislead_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(DamagedError, match=words):
        parse(text, BASE)


@given(st.lists(st.sampled_from([*HEAD.split("\n"), "#EXTINF:1,", "#EXTINF:", "#EXT-X-MAP:URI=", "x", "\x00", END])))
def test_any_playlist_is_read_or_refused(lines: list[str]) -> None:
    try:
        found = parse("\n".join(["#EXTM3U", *lines]), BASE)
    except (DamagedError, StreamGoneError):
        return
    assert found.seconds > 0
