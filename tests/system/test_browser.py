"""The dashboard as people use it: in Chromium, against the real command. One server and one browser for all."""

import re
from collections.abc import Iterator
from typing import Any  # Any: a scenario is JSON

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from browsing import CHROMIUM, FOREIGN, PHONE, Board, board, ended
from elsewhere import ATTACK, elsewhere
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

SETS = "https://soundcloud.com/ada/sets/"
MIX = "Ada's mix"
XSS = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}${7*7}",
    "</title></textarea></style><svg/onload=alert(1)>",
    "<b class=made>bold</b> &lt;i&gt;",
)
EVIL = 'Evil "><img src=x onerror=alert(1)> {{ 7*7 }}'
DOUBLE = 6001
BROKEN = ((5001, "Broken"), (5002, "To be mended"))
NO_AUDIO = [
    {"host": "playback.*", "kind": "status", "status": 404},
    {"host": "c*.sndcdn.com", "kind": "status", "status": 410},
]


def scenario() -> dict[str, Any]:  # Any: as above
    """The playlists that these tests sync, each its own."""
    hostile = [
        {
            "id": 7000 + n,
            "title": title,
            "genre": title,
            "label": title,
            "artist": title,
            "seconds": 3,
            "user": "mallory",
        }
        for n, title in enumerate(XSS)
    ]
    more = [{"id": DOUBLE, "title": "Twice", "seconds": 1}, *({"id": n, "title": t, "seconds": 1} for n, t in BROKEN)]
    short = {"count": 4, "seconds": [1, 2]}
    return {
        "soundcloud": {
            "users": [{"permalink": "mallory", "username": XSS[1]}],
            "tracks": [*hostile, *more],
            "playlists": [
                {"user": "ada", "slug": "mix", "title": MIX, "count": 5, "seconds": [25, 30], "mix": {"preview": 1}},
                {"user": "ada", "slug": "long", "title": "Long", "count": 8, "seconds": [1, 2]},
                {"user": "ada", "slug": "plain", "title": "Plain", **short},
                {"user": "ada", "slug": "broken", "title": "Half broken", "tracks": [5001]},
                {"user": "ada", "slug": "mended", "title": "Mended", "tracks": [5002]},
                {"user": "ada", "slug": "double", "title": "Doubles", "tracks": [DOUBLE]},
                {"user": "mallory", "slug": "evil", "title": EVIL, "tracks": [track["id"] for track in hostile]},
            ],
            "media_per_10_minutes": 100_000,
        },
        "notion": {"per_minute": 100_000},
    }


@pytest.fixture(scope="module")
def dash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    with board(scenario(), tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def calm(dash: Board) -> Iterator[None]:
    """Faults are a test's own."""
    yield
    dash.sandbox.faults([])
    dash.sandbox.release()


def hold(dash: Board, nth: int) -> None:
    dash.sandbox.faults([{"host": "playback.*", "nth": nth, "kind": "hold", "phase": "before"}])


# --- the main way -----------------------------------------------------------------------------------


def test_the_link_lets_in_and_leaves_no_trace_in_the_address(dash: Board) -> None:
    with dash.guest() as page:
        assert page.url == f"{dash.url}/"
        (cookie,) = page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        assert page.evaluate("document.cookie") == ""
        assert dash.token not in page.content()
    with dash.stranger(minds=False) as context:
        page = context.new_page()
        answer = page.goto(dash.url)
        assert answer is not None
        assert answer.status == 401
        assert "Open it by its link" in page.content()
        assert MIX not in page.content()


def test_a_playlist_is_added_planned_synced_watched_and_played(dash: Board) -> None:
    with dash.guest() as page:
        assert page.get_by_role("article", name=MIX).count() == 0
        dash.plan(page, SETS + "mix")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Plan for {MIX}")
        expect(page.get_by_text("files to download")).to_be_visible()
        expect(page.get_by_text("Tracks that change")).to_be_visible()
        hold(dash, 3)
        page.get_by_role("button", name="Sync now").click()
        page.wait_for_url(re.compile("/jobs/"))
        page.evaluate("window.drawnOnce = true")
        dash.sandbox.wait_held()
        lines = page.locator("#lines tr")
        expect(lines).to_have_count(5)
        expect(lines.filter(has_text="done").first).to_be_visible()  # what was done last depends on who was faster
        expect(page.get_by_text("Rate", exact=True)).to_be_visible()
        expect(page.locator(".budgets")).to_contain_text("Notion")
        expect(page.locator(".budgets")).to_contain_text("SoundCloud media")
        dash.sandbox.release()
        ended(page)
        expect(lines.filter(has_text="done")).to_have_count(5)
        assert page.evaluate("window.drawnOnce") is True
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)
        dash.playlist(page, MIX)
        listen(page)


def listen(page: Page) -> None:
    """Finds a track, plays it, and stops it by a key."""
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(5)
    page.get_by_role("navigation", name="Show tracks").get_by_role("link", name="unobtainable").click()
    expect(rows).to_have_count(1)
    page.get_by_role("navigation", name="Show tracks").get_by_role("link", name="all").click()
    expect(rows).to_have_count(5)
    title = page.locator("tr:has(a[data-play]) a.title").first.inner_text()
    page.get_by_label("Find a title or an artist").fill(title)
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Play").click()
    player = page.get_by_role("region", name="Player")
    expect(player).to_contain_text(title)
    expect(player.locator("[data-now]")).to_have_text("0:02")  # it does play
    wave = player.get_by_role("slider")
    expect(wave.locator("canvas").first).to_be_visible()
    wave.focus()
    page.keyboard.press("Space")
    expect(player.get_by_role("button", name="Play", exact=True)).to_be_visible()
    stood = player.locator("[data-now]").inner_text()
    page.keyboard.press("ArrowRight")
    expect(player.locator("[data-now]")).not_to_have_text(stood)
    page.keyboard.press("Space")
    expect(player.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    player.get_by_role("button", name="Close the player").click()
    expect(player).to_be_hidden()


def test_a_run_is_stopped_from_its_page_and_the_next_one_finishes(dash: Board) -> None:
    with dash.guest() as page:
        dash.plan(page, SETS + "long")
        hold(dash, 4)
        page.get_by_role("button", name="Sync now").click()
        dash.sandbox.wait_held()
        page.get_by_role("button", name="Stop").click()
        dash.sandbox.release()
        ended(page, "Stopped")
        dash.sandbox.faults([])
        page.get_by_role("button", name="Plan again").click()
        page.get_by_role("button", name="Sync now").click()
        ended(page)
        dash.playlist(page, "Long")
        expect(page.get_by_role("status")).to_have_text("8 tracks")
        expect(page.get_by_role("link", name=re.compile("^Play "))).to_have_count(8)


# --- texts of others --------------------------------------------------------------------------------


def test_hostile_titles_stay_texts_on_every_page(dash: Board) -> None:
    with dash.guest() as page:
        dash.plan(page, "https://soundcloud.com/mallory/sets/evil")
        harmless(page, XSS[0])
        dash.sandbox.faults([{**NO_AUDIO[0], "nth": 1}, NO_AUDIO[1]])  # of one track
        page.get_by_role("button", name="Sync now").click()
        ended(page)
        harmless(page, XSS[0])
        job = page.url
        page.goto(job)
        harmless(page, XSS[1])
        dash.playlist(page, EVIL)
        page.get_by_role("link", name="Play").first.click()
        expect(page.get_by_role("region", name="Player").locator("[data-now]")).to_have_text("0:01")
        harmless(page, XSS[3])
        shown = page.url
        page.goto(f"{shown}?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&show=%3Cscript%3E")
        harmless(page, XSS[1])
        for track_id in range(7000, 7000 + len(XSS)):
            page.goto(f"{dash.url}/tracks/{track_id}")
            harmless(page, XSS[track_id - 7000])
        page.goto(f"{dash.url}/history")
        harmless(page, EVIL)
        page.get_by_role("link", name=EVIL).click()
        harmless(page, EVIL)
        for path in ("/", "/problems"):
            page.goto(dash.url + path)
            harmless(page, EVIL)


def harmless(page: Page, text: str) -> None:
    """The text is there to be read, and nothing has been made of any text."""
    expect(page.locator("main")).to_contain_text(text)
    expect(page.locator("main script, main svg[onload], img[onerror], b.made, [src=x]")).to_have_count(0)
    links = page.evaluate("[...document.querySelectorAll('[href], [src], [action]')].map((e) => e.outerHTML)")
    assert not [link for link in links if re.search(r'(href|src|action)="\s*(javascript|data):', link, re.IGNORECASE)]
    assert "49" not in page.locator("h1").inner_text()  # 7*7: a template of a template


# --- other pages and names --------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_another_page_starts_nothing_and_reads_nothing(dash: Board, host: str) -> None:
    with dash.guest(minds=False) as page:
        dash.plan(page, SETS + "plain")
        plan = page.url.removeprefix(dash.url)
        before = dash.sandbox.counts(0)["requests"]
        attack = ATTACK.format(board=dash.url, path=f"{plan}/start", events="/jobs/x/events", words=SETS + "plain")
        with elsewhere(attack) as port:
            page.goto(f"http://{host}:{port}/")
            page.wait_for_function("Object.keys(window.told).length === 5")
            told = page.evaluate("window.told")
            assert told == {
                "post": "refused",
                "blind post": "refused",  # no more than that an answer came would be told, and that is kept back, too
                "look": "refused",
                "picture": "refused",
                "events": "refused",
            }
            with page.expect_navigation():
                page.evaluate("document.forms[0].submit()")
            expect(page.locator("body")).to_contain_text("Another page asked for this")
        assert dash.sandbox.counts(0)["requests"] == before
        page.goto(dash.url + plan)
        expect(page.get_by_role("button", name="Sync now")).to_be_visible()
        page.goto(dash.url)
        expect(page.get_by_role("article", name="Plain")).to_have_count(0)
        expect(page.get_by_text("Under way")).to_have_count(0)


def test_a_foreign_name_that_leads_here_is_refused(dash: Board) -> None:
    with dash.guest(minds=False) as page:
        port = dash.url.rpartition(":")[2]
        for path in (f"/?token={dash.token}", "/", "/history", "/static/app.js"):
            answer = page.goto(f"http://{FOREIGN}:{port}{path}")
            assert answer is not None
            assert answer.status == 421
            assert page.locator("body").inner_text().strip() == "This is not the server that you asked for."
        assert [cookie["domain"] for cookie in page.context.cookies()] == ["127.0.0.1"]


# --- for everybody ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def places(dash: Board) -> dict[str, str]:
    """Every page there is, by a name, with something on each."""
    told: dict[str, str] = {}
    dash.sandbox.faults(NO_AUDIO)
    with dash.guest() as page:
        dash.plan(page, SETS + "broken")
        told["plan"] = page.url
        page.get_by_role("button", name=re.compile("^Sync")).click()
        ended(page)
        told["run, ended"] = page.url
        page.goto(f"{dash.url}/history")
        told["run, past"] = dash.url + str(page.locator("tbody a").first.get_attribute("href"))
        page.goto(dash.url)
        link = page.get_by_role("article", name="Half broken").get_by_role("link").first
        told["playlist"] = dash.url + str(link.get_attribute("href"))
    dash.sandbox.faults([])
    named = {"overview": "/", "problems": "/problems", "history": "/history", "doctor": "/doctor"}
    return {**told, **{name: dash.url + path for name, path in named.items()}, "track": f"{dash.url}/tracks/5001"}


def test_everything_can_be_read_and_a_plan_be_made_without_scripts(dash: Board, places: dict[str, str]) -> None:
    read = {
        "overview": "Half broken",
        "playlist": "Broken",
        "problems": "file failed",
        "history": "Half broken",
        "doctor": "Python",
        "track": "What was decided and done",
        "run, past": "Tracks to know about",
    }
    with dash.guest(java_script_enabled=False) as page:
        for name, text in read.items():
            page.goto(places[name])
            expect(page.locator("main")).to_contain_text(text)
        page.goto(places["playlist"])
        page.get_by_label("Find a title or an artist").fill("no such title")
        page.get_by_role("button", name="Find").click()
        expect(page.get_by_text("No track fits")).to_be_visible()
        dash.plan(page, SETS + "plain")
        expect(page.get_by_role("heading", level=1)).to_have_text("Plan for Plain")
        page.get_by_role("button", name="Sync").click()
        page.wait_for_url(re.compile("/jobs/"))
        ended(page)  # the page loads itself anew


def test_the_keyboard_reaches_the_main_actions_in_order_and_visibly(dash: Board, places: dict[str, str]) -> None:
    with dash.guest() as page:
        page.goto(places["overview"])
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_label("Sync a playlist")).to_be_focused()
        page.goto(places["overview"])
        reached = []
        for _ in range(10):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            assert focused["outline"] != "none"
            reached.append(focused["name"])
        wanted = ["Skip", "cloudcrate", "Overview", "Problems", "History", "Doctor", "", "Show the plan"]
        assert [name.split(" to ")[0] for name in reached[:8]] == wanted


FOCUSED = """() => {
  const focused = document.activeElement;
  return { name: focused.innerText.trim(), outline: getComputedStyle(focused).outlineStyle };
}"""


def test_nothing_is_wider_than_a_phone(dash: Board, places: dict[str, str]) -> None:
    with dash.guest(viewport=PHONE, has_touch=True, is_mobile=True) as page:
        for name, place in places.items():
            page.goto(place)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(dash: Board, places: dict[str, str], scheme: str) -> None:
    with dash.guest(color_scheme=scheme) as page:
        for name, place in places.items():
            page.goto(place)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"


# --- problems ---------------------------------------------------------------------------------------


def test_a_track_that_failed_is_tried_again_from_the_page_and_is_fixed(dash: Board) -> None:
    with dash.guest() as page:
        dash.sandbox.faults(NO_AUDIO)
        dash.sync(page, SETS + "mended")
        dash.sandbox.faults([])
        page.goto(f"{dash.url}/problems")
        row = page.get_by_role("row").filter(has_text="To be mended")
        expect(row).to_contain_text("file failed")
        row.get_by_role("button", name="again").click()
        page.wait_for_url(re.compile("/plans/"))
        page.get_by_role("button", name="Sync now").click()
        ended(page)
        page.goto(f"{dash.url}/problems")
        expect(row).to_have_count(0)
        dash.playlist(page, "Mended")
        expect(page.get_by_role("link", name=re.compile("^Play "))).to_be_visible()


def test_a_review_is_decided_from_the_page(dash: Board) -> None:
    doubles = [
        {"Name": {"title": [{"text": {"content": name}}]}, "SoundCloud ID": {"number": DOUBLE}}
        for name in ("One", "Other")
    ]
    dash.sandbox.knobs(notion={"rows": [dash.sandbox.data_source_id, dash.sandbox.state()["time"], doubles]})
    with dash.guest() as page:
        dash.sync(page, SETS + "double")
        page.goto(f"{dash.url}/problems?show=review")
        page.get_by_role("link", name="Decide").click()
        expect(page.get_by_text(f"cloudcrate review {DOUBLE} --merge")).to_be_visible()
        expect(page.get_by_role("table")).to_contain_text("Other")
        assert Axe().run(page).violations_count == 0
        page.get_by_role("radio", name=re.compile("is its row: .*One")).check()
        page.get_by_role("button", name="Decide").click()
        page.wait_for_url(re.compile("/problems"))
        dash.sync(page, SETS + "double")
        page.goto(f"{dash.url}/problems")
        expect(page.get_by_role("link", name="Decide")).to_have_count(0)
    rows = [row["properties"] for row in dash.sandbox.rows() if row["properties"]["SoundCloud ID"] == DOUBLE]
    assert sorted((row["Name"], bool(row["Playlists"])) for row in rows) == [("One", True), ("Other", False)]
