"""Takes the pictures of docs/dashboard.md: the real dashboard over the sandbox, in Chromium.

python docs/screenshots.py              # all of them, into docs/images
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # Any: a scenario is JSON

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "system"))

from browsing import PHONE, Board, board, ended  # noqa: E402 - the tests' own way into the dashboard
from playwright.sync_api import Page, ViewportSize, expect  # noqa: E402

WIDE: ViewportSize = {"width": 1080, "height": 760}
TALL: ViewportSize = {"width": 1080, "height": 830}
BUDGETS = {"CLOUDCRATE_NOTION_PER_MINUTE": "180", "CLOUDCRATE_MEDIA_PER_10_MINUTES": "600"}
MOST_BYTES = 150_000

NIGHT = (
    "Nightbus (Last Stop)",
    "Halflight",
    "Quiet Rooms",
    "Sleet",
    "Kerb Appeal",
    "Long Way Round",
    "Salt & Sodium",
    "Low Tide Radio",
    "Dusk IV",
    "Paper Lanterns",
    "Slow Ferry",
    "Window Seat",
)
MORNING = ("Kettle", "First Light", "Open Shutters", "Tram 4", "Bread & Vinyl", "Blue Hour", "Allotment")
PEOPLE = ("Mira Sól", "Lo Collective", "Tobe & The Tide", "Ada Venn", "Kip Okafor", "Örn")
GONE = {3: "preview", 8: "blocked"}
"""Places of tracks that are not to be had whole."""

NO_AUDIO = (
    {"host": "playback.*", "kind": "status", "status": 404, "nth": 1},
    {"host": "c*.sndcdn.com", "kind": "status", "status": 410},
)
REVIEWED = 2
"""The place of the track that the user has two rows of."""


def tracks(titles: Sequence[str], first: int, seconds: int, kinds: Mapping[int, str]) -> list[dict[str, Any]]:
    """Uploads, as a scenario has them."""
    return [
        {
            "id": first + place,
            "title": title,
            "artist": PEOPLE[(place * 5 + first) % len(PEOPLE)],
            "seconds": seconds + 3 * (place % 4),
            "kind": kinds.get(place, "full"),
            "genre": "Downtempo",
        }
        for place, title in enumerate(titles)
    ]


def scenario() -> dict[str, Any]:  # Any: as above
    """Three playlists; of one, some tracks are not to be had."""
    night, morning = tracks(NIGHT, 61_000, 60, GONE), tracks(MORNING, 62_000, 20, {})
    sets = {"night-bus-home": ("Night Bus Home", night), "sunday-kitchen": ("Sunday Kitchen", morning)}
    short = {"user": "lo-collective", "slug": "ferry-tapes", "title": "Ferry Tapes", "tracks": [61_010, 61_011, 62_001]}
    return {
        "soundcloud": {
            "users": [{"permalink": "lo-collective", "username": "Lo Collective"}],
            "tracks": [*night, *morning],
            "playlists": [
                *(
                    {"user": "lo-collective", "slug": slug, "title": title, "tracks": [t["id"] for t in listed]}
                    for slug, (title, listed) in sets.items()
                ),
                short,
            ],
        },
        "notion": {},
    }


def link(slug: str) -> str:
    """A playlist's."""
    return f"https://soundcloud.com/lo-collective/sets/{slug}"


def doubles() -> list[dict[str, Any]]:  # Any: Notion's JSON
    """Two rows of one track, so that there is something to decide."""
    title, number = MORNING[REVIEWED], 62_000 + REVIEWED
    row = {"Name": {"title": [{"text": {"content": title}}]}, "SoundCloud ID": {"number": number}}
    return [row, row]


def take(page: Page, name: str) -> None:
    """Writes a picture. Raises: SystemExit when it is too large."""
    page.wait_for_load_state("networkidle")
    shoot(page, name)


def shoot(page: Page, name: str) -> None:
    """The same, of a page that goes on."""
    to = HERE / "images" / f"{name}.png"
    page.screenshot(path=to, animations="disabled", caret="hide")
    size = to.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{to}: {size:,} bytes are more than {MOST_BYTES:,}.")
    print(f"{to.name}: {size:,} bytes")


@contextmanager
def again(opened: Board, path: str, **options: Any) -> Iterator[Page]:  # Any: options of a browser's context
    """A page by its path, as another browser shows it."""
    with opened.guest(**options) as page:
        page.goto(opened.url + path)
        yield page


def pictures(opened: Board) -> None:
    """Lives through a little story and takes the pictures on the way."""
    sandbox = opened.sandbox
    with opened.guest(viewport=WIDE) as page:
        opened.sync(page, link("ferry-tapes"))
        sandbox.knobs(notion={"rows": [sandbox.data_source_id, sandbox.state()["time"], doubles()]})
        opened.sync(page, link("sunday-kitchen"))
        opened.plan(page, link("night-bus-home"))
        hold = {"host": "playback.*", "nth": 28, "kind": "hold", "phase": "before"}
        sandbox.faults([*NO_AUDIO, hold])
        page.get_by_role("button", name="Sync now").click()
        sandbox.wait_held()
        expect(page.locator("#lines tr").filter(has_text="done")).not_to_have_count(0)
        page.wait_for_timeout(1500)  # the page is told of rates and budgets once a second
        shoot(page, "run")
        sandbox.release()
        ended(page)
        page.goto(opened.url)
        page.set_viewport_size(TALL)
        take(page, "overview")
        page.set_viewport_size(WIDE)
        opened.playlist(page, "Night Bus Home")
        path = page.url.removeprefix(opened.url)
        page.get_by_role("link", name=f"{NIGHT[1]}").last.wait_for()
        page.locator("a[data-play]").first.click()
        player = page.get_by_role("region", name="Player")
        player.locator("canvas").first.wait_for()
        expect(player.locator("[data-now]")).to_have_text("0:02")
        player.get_by_role("slider").focus()
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        page.locator("h1").click()
        take(page, "playlist")
        page.goto(f"{opened.url}/problems")
        page.set_viewport_size(TALL)
        take(page, "problems")
    with again(opened, path, viewport=WIDE, color_scheme="dark") as page:
        take(page, "playlist-dark")
    with again(opened, path, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        take(page, "playlist-phone")


def main() -> None:
    """Takes them all."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    (HERE / "images").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, board(scenario(), Path(home), env=BUDGETS) as opened:
        pictures(opened)


if __name__ == "__main__":
    main()
