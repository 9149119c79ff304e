"""A catalog on a fake Notion, and hands to fill it."""

from notion_fakes import Line, line
from notion_table import FakeNotion, Source, schema
from worlds import make_track

from cloudcrate.adapters.notion.catalog import NotionCatalog

PLAIN = {
    "Title": "title",
    "Artist": "rich_text",
    "SoundCloud_URL": "url",
    "SoundCloud_ID": "number",
    "Playlists": "multi_select",
    "Downloaded": "checkbox",
    "Duration": "number",
}


class Bench:
    """A catalog on a fake Notion."""

    def __init__(self, columns: dict[str, object] | None = None, *, relation: bool = False, **options: object) -> None:
        self.notion = FakeNotion()
        self.playlists = self.notion.add("Playlists", schema(Name="title", Link="url"))
        leads = {"relation": {"data_source_id": self.playlists.id, "database_id": self.playlists.database_id}}
        columns = {**(columns or PLAIN), **({"Playlists": leads} if relation else {})}
        self.source: Source = self.notion.add("Music Tracks", schema(**columns))  # type: ignore[arg-type]  # types by name
        self.at: Line = line(self.notion)
        self.catalog = NotionCatalog(self.at.client, database=self.source.database_id, **options)  # type: ignore[arg-type]  # real options

    @property
    def queries(self) -> int:
        return sum("query" in asked for asked in self.at.wire.lines)

    def fill(self, count: int, *, first: int = 1, **more: object) -> None:
        for number in range(first, first + count):
            track = make_track(number)
            self.notion.add_row(
                self.source,
                Title=text(track.title),
                SoundCloud_ID={"number": number},
                SoundCloud_URL={"url": track.url},
                **more,
            )


def text(words: str) -> dict[str, object]:
    return {k: [{"type": "text", "text": {"content": words}}] for k in ("title", "rich_text")}


def nothing() -> None:
    """Announces to nobody."""
