"""Values survive JSON, and what does not fit is refused."""

import hashlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import make_track, snapshots

from cloudcrate.core import codec
from cloudcrate.core.model import Field, Track
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import StateError

CELLS = st.dictionaries(
    st.sampled_from(list(Field)),
    st.one_of(
        st.text(),
        st.integers(-(2**53), 2**53),
        st.booleans(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.lists(st.text(), max_size=3).map(tuple),
    ),
)


@given(CELLS)
def test_cells_survive_with_their_types(cells: dict[Field, object]) -> None:
    again = codec.cells_from_json(codec.dumps(cells))
    assert again == cells
    assert {k: type(v) for k, v in again.items()} == {k: type(v) for k, v in cells.items()}


def test_equal_values_have_equal_digests_whatever_their_order() -> None:
    assert codec.digest({Field.TITLE: "a", Field.URL: "b"}) == codec.digest({Field.URL: "b", Field.TITLE: "a"})


def test_what_a_newer_version_added_is_ignored() -> None:
    text = codec.dumps(make_track(1)).replace('{"', '{"added_later":[1,{}],"', 1)
    assert codec.loads(Track, text) == make_track(1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "x"}', "nonsense"])
def test_what_does_not_fit_is_a_damaged_state(text: str) -> None:
    with pytest.raises(StateError, match="Track"):
        codec.loads(Track, text)


def test_an_integer_is_a_float_where_a_float_is_wanted_and_a_yes_is_no_number() -> None:
    @dataclass(frozen=True)
    class Length:
        seconds: float

    assert codec.loads(Length, '{"seconds": 3}') == Length(3.0)
    with pytest.raises(StateError):
        codec.loads(Length, '{"seconds": true}')


@given(snapshots())
def test_what_is_written_in_pieces_is_what_is_written_at_once(snapshot: Snapshot) -> None:
    whole = codec.dumps(snapshot)
    assert codec.dumps_long(snapshot) == whole
    assert codec.digest(snapshot) == hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:16]
