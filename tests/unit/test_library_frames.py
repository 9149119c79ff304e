"""What the pieces of a stream say of their place in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_bench import audio, fmp4

from cloudcrate.adapters.library.frames import begins_at, pages, timescale
from cloudcrate.errors import DamagedError


def box(kind: bytes, body: bytes, *, long: bool = False) -> bytes:
    if long:
        return (1).to_bytes(4) + kind + (16 + len(body)).to_bytes(8) + body
    return (8 + len(body)).to_bytes(4) + kind + body


def test_fragments_begin_where_those_before_them_end() -> None:
    init, listed = fmp4()
    scale = timescale(init)
    assert scale == 44100
    before = 0.0
    for seconds, fragment in listed:
        begins = begins_at(fragment)
        assert begins is not None
        assert begins / scale == pytest.approx(before, abs=0.01)
        before += seconds


@pytest.mark.parametrize("long", [False, True])
def test_both_forms_of_numbers_are_read(long: bool) -> None:
    short = box(b"moof", box(b"traf", box(b"tfdt", bytes(4) + (7).to_bytes(4)), long=long), long=long)
    wide = box(b"styp", b"x") + box(b"moof", box(b"traf", box(b"tfdt", b"\1\0\0\0" + (2**40).to_bytes(8))))
    assert (begins_at(short), begins_at(wide)) == (7, 2**40)
    old = box(b"mdhd", bytes(12) + (44100).to_bytes(4) + bytes(8))
    new = box(b"mdhd", b"\1" + bytes(19) + (48000).to_bytes(4) + bytes(12))
    for header, scale in ((old, 44100), (new, 48000)):
        assert timescale(box(b"moov", box(b"trak", box(b"mdia", header)))) == scale


@given(st.binary(max_size=200))
def test_anything_else_says_nothing(body: bytes) -> None:
    assert begins_at(body) is None
    assert timescale(box(b"moov", body)) is None


def test_pages_are_counted_and_must_be_whole_and_in_order() -> None:
    stream = audio("opus")
    whole = pages(stream)
    assert (whole.first, whole.following) == (0, stream.count(b"OggS"))
    second, third = (stream.index(b"OggS", 1), stream.index(b"OggS", stream.index(b"OggS", 1) + 1))
    assert pages(stream[second:third]).first == 1
    for damaged in (stream[:-1], stream[:second] + stream[third:], b"", stream + b"x", b"OggS"):
        with pytest.raises(DamagedError):
            pages(damaged)
