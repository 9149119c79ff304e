"""Which column holds what."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.adapters.notion.columns import Column, read_columns
from cloudcrate.adapters.notion.schema import NAMES, TYPES, map_columns, normalised
from cloudcrate.adapters.notion.synonyms import SYNONYMS
from cloudcrate.core.model import Field, MappedColumn
from cloudcrate.errors import UsageError

TITLE = Column(id="title", name="Name", type="title")


def column(name: str, kind: str, **more: object) -> Column:
    return Column(id=f"id:{name}", name=name, type=kind, **more)  # type: ignore[arg-type]  # real fields


def mapped(*columns: Column, **asked: str) -> dict[Field, str]:
    found = map_columns((TITLE, *columns), {Field(name): MappedColumn(name=words) for name, words in asked.items()})
    return {field: c.name for field, c in found.columns.items()}


def with_id(chosen: Column, **more: str) -> MappedColumn:
    """The column as the settings keep it."""
    return MappedColumn(**{"id": chosen.id, "name": chosen.name, "type": chosen.type, **more})


def notes(*columns: Column) -> str:
    return "\n".join(map_columns((TITLE, *columns), {}).notes)


@pytest.mark.parametrize(
    ("name", "kind", "field"),
    [
        ("Artist", "rich_text", Field.ARTIST),
        ("Artist Name", "rich_text", Field.ARTIST),
        ("artist(s)", "multi_select", Field.ARTIST),
        ("SoundCloud URL", "url", Field.URL),
        ("soundcloud", "url", Field.URL),
        ("Link", "rich_text", Field.URL),
        ("SoundCloud ID", "number", Field.SOUNDCLOUD_ID),
        ("soundcloud_id", "rich_text", Field.SOUNDCLOUD_ID),
        ("Playlist", "relation", Field.PLAYLISTS),
        ("Playlists", "multi_select", Field.PLAYLISTS),
        ("PLAYLIST", "select", Field.PLAYLISTS),
        ("Playlist(s)", "rich_text", Field.PLAYLISTS),
        ("Downloaded", "checkbox", Field.DOWNLOADED),
        ("is downloaded?", "select", Field.DOWNLOADED),
        ("File path", "rich_text", Field.FILE_PATH),
        ("Duration", "number", Field.DURATION),
        ("Length", "rich_text", Field.DURATION),
        ("Genre", "select", Field.GENRE),
        ("AverageBpm", "number", Field.BPM),
        ("Ｂ.Ｐ.Ｍ.", "number", Field.BPM),
        ("Key", "select", Field.KEY),
        ("Record label", "rich_text", Field.LABEL),
        ("ISRC", "rich_text", Field.ISRC),
        ("Release date", "date", Field.RELEASED),
        ("Posted", "date", Field.POSTED),
        ("Künstler", "rich_text", Field.ARTIST),
        ("Ku\u0308nstler", "rich_text", Field.ARTIST),
        ("Dauer", "number", Field.DURATION),
        ("LÄNGE", "number", Field.DURATION),
        ("Durée", "rich_text", Field.DURATION),
        ("Téléchargé ?", "checkbox", Field.DOWNLOADED),
        ("Listes de lecture", "multi_select", Field.PLAYLISTS),
        ("Tonalità", "select", Field.KEY),
        ("Género", "select", Field.GENRE),
        ("Data de lançamento", "date", Field.RELEASED),
        ("Platenmaatschappij", "rich_text", Field.LABEL),
        ("Genre (cloudcrate)", "select", Field.GENRE),
    ],
)
def test_names_seen_in_the_wild_are_understood(name: str, kind: str, field: Field) -> None:
    target = {"target": "t"} if kind == "relation" else {}
    assert mapped(column(name, kind, **target)) == {Field.TITLE: "Name", field: name}


@given(
    st.sampled_from([(f, s) for f, names in SYNONYMS.items() for s in names]),
    st.randoms(),
    st.sampled_from("_- ./"),
)
def test_case_and_punctuation_do_not_matter(pair: tuple[Field, str], random: object, mark: str) -> None:
    field, synonym = pair
    choose = getattr(random, "choice")  # noqa: B009  # Hypothesis types its random as object
    name = "".join(choose((c.upper(), c, c + mark)) for c in synonym)
    kind = next(kind for kind in TYPES[field] if kind not in ("relation", "status"))
    assert mapped(column(name, kind))[field] == name


def test_no_two_fields_are_known_by_one_name() -> None:
    every = [name for names in SYNONYMS.values() for name in names]
    assert len(every) == len(set(every))
    assert all(normalised(name) == name for name in every)


def test_the_title_property_is_the_title_whatever_it_is_called() -> None:
    found = map_columns((Column(id="title", name="Artist", type="title"), column("Title", "rich_text")), {})
    assert found.columns == {Field.TITLE: Column(id="title", name="Artist", type="title")}


def test_a_table_without_a_title_cannot_be_used() -> None:
    with pytest.raises(UsageError, match="no title column"):
        map_columns((column("Artist", "rich_text"),), {})


def test_the_more_telling_name_wins() -> None:
    assert mapped(column("Link", "url"), column("SoundCloud URL", "url"))[Field.URL] == "SoundCloud URL"


def test_the_better_type_wins_among_equal_names() -> None:
    text, number = column("bpm", "rich_text"), column("BPM", "number")
    assert mapped(text, number)[Field.BPM] == "BPM"


@pytest.mark.parametrize(
    "kind",
    ["formula", "rollup", "created_time", "last_edited_time", "unique_id", "button", "verification", "place"],
)
def test_a_column_that_cannot_be_written_is_noted_and_left_alone(kind: str) -> None:
    assert mapped(column("Duration", kind)) == {Field.TITLE: "Name"}
    assert f"the column 'Duration' ({kind}) cannot be used for 'Duration'" in notes(column("Duration", kind))


def test_an_unusable_column_does_not_hide_a_usable_one() -> None:
    assert mapped(column("Duration", "formula"), column("Length", "number"))[Field.DURATION] == "Length"


def test_what_is_missing_is_said_with_its_consequence() -> None:
    assert "no column for 'SoundCloud ID': rows are found by link or title instead" in notes()
    assert notes().count("no column for") == len(Field) - 1


def test_a_playlist_column_for_one_name_is_said() -> None:
    assert "a track keeps its first playlist" in notes(column("Playlist", "select"))


def test_a_relation_to_nowhere_is_not_used() -> None:
    assert Field.PLAYLISTS not in mapped(column("Playlist", "relation"))


def test_a_status_needs_a_complete_and_a_todo_option() -> None:
    assert Field.DOWNLOADED not in mapped(column("Downloaded", "status", options=("Done",)))
    fit = column("Downloaded", "status", options=("No", "Done"), complete=("Done",), todo=("No",))
    assert mapped(fit)[Field.DOWNLOADED] == "Downloaded"


@pytest.mark.parametrize("words", ["Tempo in BPM", "id:Tempo in BPM", "tempo IN bpm"])
def test_the_users_own_mapping_wins(words: str) -> None:
    found = mapped(column("BPM", "number"), column("Tempo in BPM", "number"), bpm=words)
    assert found[Field.BPM] == "Tempo in BPM"


def test_an_exact_name_goes_before_a_similar_one() -> None:
    assert mapped(column("bpm ", "number"), column("BPM", "number"), bpm="BPM")[Field.BPM] == "BPM"


def test_a_column_taken_by_the_user_serves_no_other_field() -> None:
    found = mapped(column("Key", "rich_text"), label="Key")
    assert found == {Field.TITLE: "Name", Field.LABEL: "Key"}


@pytest.mark.parametrize("nothing", [MappedColumn(), MappedColumn(name=" "), MappedColumn(type="number")])
def test_a_field_can_be_left_out(nothing: MappedColumn) -> None:
    found = map_columns((TITLE, column("BPM", "number")), {Field.BPM: nothing})
    assert Field.BPM not in found.columns
    assert "BPM" not in "\n".join(found.notes)


def test_a_mapping_to_no_column_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no column “Gerne” for Genre") as caught:
        mapped(column("Genre", "select"), column("BPM", "number"), genre="Gerne")
    assert "“Genre”" in caught.value.hint


def test_a_mapping_to_a_wrong_type_says_what_would_do() -> None:
    with pytest.raises(UsageError, match="“Length” \\(formula\\) cannot hold Duration") as caught:
        mapped(column("Length", "formula"), duration="Length")
    assert "number, rich_text" in caught.value.hint
    with pytest.raises(UsageError, match="cannot hold Title"):
        mapped(column("Song", "rich_text"), title="Song")


def test_a_column_cannot_hold_two_fields() -> None:
    with pytest.raises(UsageError, match="named for both Genre and Label"):
        mapped(column("Tags", "multi_select"), genre="Tags", label="Tags")


def test_a_column_chosen_by_id_goes_on_under_any_name() -> None:
    now, decoy = Column(id="k", name="Zzz", type="rich_text"), column("Genre", "select")
    found = map_columns((TITLE, decoy, now), {Field.GENRE: MappedColumn(id="k", name="Genre", type="rich_text")})
    assert found.columns[Field.GENRE] == now
    assert "Genre" not in "\n".join(found.notes)


def test_a_column_chosen_by_id_and_deleted_is_not_replaced() -> None:
    asked = {Field.GENRE: MappedColumn(id="gone", name="My \x1bGenre", type="select")}
    found = map_columns((TITLE, column("Genre", "select")), asked)
    assert Field.GENRE not in found.columns
    (said,) = [note for note in found.notes if "Genre" in note]
    assert said == (
        "the column “My ␛Genre” for Genre was deleted: it is not kept; run cloudcrate init to choose another"
    )


def test_a_deleted_column_says_what_rows_lose() -> None:
    found = map_columns((TITLE,), {Field.URL: MappedColumn(id="gone")})
    assert "the column “gone” for SoundCloud URL was deleted: rows do not link to SoundCloud" in found.notes[0]


def test_a_column_of_another_type_goes_on_when_it_can_hold_the_field() -> None:
    now = column("Genre", "rich_text")
    found = map_columns((TITLE, now), {Field.GENRE: with_id(now, type="select")})
    assert found.columns[Field.GENRE].type == "rich_text"
    assert "Genre" not in "\n".join(found.notes)


def test_a_column_of_a_type_that_cannot_hold_the_field_is_left_alone() -> None:
    now, decoy = column("Length", "formula"), column("Duration", "number")
    found = map_columns((TITLE, now, decoy), {Field.DURATION: with_id(now, type="number")})
    assert Field.DURATION not in found.columns
    (said,) = [note for note in found.notes if "Duration" in note]
    assert said == (
        "the column “Length” for Duration is of type formula now: it is not kept; "
        "these types would do: number, rich_text"
    )


@pytest.mark.parametrize(
    ("field", "now", "words"),
    [
        (Field.PLAYLISTS, column("In", "relation"), "leads to a table that the token does not see"),
        (Field.DOWNLOADED, column("Got", "status"), "(status) has no option that means done"),
    ],
)
def test_a_column_of_the_right_type_may_be_unfit_all_the_same(field: Field, now: Column, words: str) -> None:
    found = map_columns((TITLE, now), {field: with_id(now)})
    assert field not in found.columns
    assert any(words in note for note in found.notes)


def test_the_title_is_the_title_whatever_id_was_kept() -> None:
    asked = {Field.TITLE: MappedColumn(id="another", name="Song", type="title")}
    assert map_columns((TITLE,), asked).columns == {Field.TITLE: TITLE}


def test_a_column_cannot_hold_two_fields_by_id_either() -> None:
    tags = column("Tags", "multi_select")
    with pytest.raises(UsageError, match="named for both Genre and Label"):
        map_columns((TITLE, tags), {Field.GENRE: with_id(tags), Field.LABEL: MappedColumn(name="tags")})


def test_every_column_that_is_made_is_found_by_its_name_again() -> None:
    kinds = {field: next(kind for kind in TYPES[field] if kind != "relation") for field in SYNONYMS}
    found = map_columns((TITLE, *(column(NAMES[field], kind) for field, kind in kinds.items())), {})
    assert {field: c.name for field, c in found.columns.items()} == {**NAMES, Field.TITLE: "Name"}


def test_names_of_columns_are_shown_safely() -> None:
    assert "\x1b" not in notes(column("Dura\x1btion", "formula"))
    with pytest.raises(UsageError) as caught:
        mapped(column("\x1b]0;x", "number"), bpm="\x1b]0;y")
    assert "\x1b" not in str(caught.value) + caught.value.hint


def test_property_ids_are_decoded_and_groups_are_read() -> None:
    status = {
        "options": [{"id": "1", "name": "Open"}, {"id": "2", "name": "Got it"}, {"id": "3", "name": "Doing"}],
        "groups": [
            {"name": "To-do", "option_ids": ["1"]},
            {"name": "In progress", "option_ids": ["3"]},
            {"name": "Complete", "option_ids": ["2", "9"]},
        ],
    }
    relation = {"data_source_id": "ds", "database_id": "db", "type": "single_property"}
    source = {
        "properties": {
            "Got": {"id": "%3Chy%3A", "type": "status", "status": status},
            "In": {"id": "QJ%7D%5E", "type": "relation", "relation": relation},
            "Odd": {"id": 7, "type": "number"},
            "Odder": "text",
        }
    }
    got, within = read_columns(source)
    assert (got.id, got.complete, got.todo) == ("<hy:", ("Got it",), ("Open",))
    assert (within.id, within.target, within.targets) == ("QJ}^", "ds", ("ds", "db"))
    assert read_columns({"properties": []}) == ()


def test_a_recorded_schema_is_read(contracts: Path) -> None:
    sample = json.loads((contracts / "samples/notion/retrieve_data_source_many_types.json").read_text("utf-8"))
    columns = {c.name: c for c in read_columns(sample["response"]["body"])}
    assert columns["Started"].id == "<hy:"
    assert columns["Task"].id == "title"
    assert "Daily" in columns["Repeats"].options
    found = map_columns(tuple(columns.values()), {})
    assert {f: c.name for f, c in found.columns.items()} == {Field.TITLE: "Task", Field.URL: "URL"}
