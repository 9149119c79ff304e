"""Every page of the dashboard, drawn with typical, empty, huge and hostile values, and read strictly."""

import re
from pathlib import Path

import jinja2
import pytest
from markup import Markup, faults
from web_drawn import drawn, environment, hostile_pages, pages
from web_samples import HOSTILE

import cloudcrate.web
from cloudcrate.core.text import visible

PAGES = pages()
FRAGMENTS = ("job-state", "job-tracks")
WHOLE = sorted(set(PAGES) - set(FRAGMENTS))
HARMLESS = "harmless"
STATIC = Path(cloudcrate.web.__file__).parent / "static"
TEMPLATES = Path(cloudcrate.web.__file__).parent / "templates"
REGISTRIES = ("unp" + "kg", "jsde" + "livr", "np" + "mjs", "py" + "pi")  # in pieces: they are named nowhere


@pytest.mark.parametrize("name", WHOLE)
def test_a_page_is_well_formed_labelled_and_free_of_inline_code(name: str) -> None:
    assert faults(Markup(drawn(*PAGES[name])), nonce="n0nce") == []


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_is_well_formed(name: str) -> None:
    html = drawn(*PAGES[name])
    assert faults(Markup(f"<table>{html}</table>" if name == "job-tracks" else html), nonce="n0nce") == []


@pytest.mark.parametrize("name", WHOLE)
def test_a_page_has_its_landmarks_and_one_heading(name: str) -> None:
    page = Markup(drawn(*PAGES[name]))
    assert [len(page.all(tag)) for tag in ("h1", "main", "title")] == [1, 1, 1]
    assert page.all("html")[0].attributes["lang"] == "en"
    assert page.all("title")[0].words.endswith(" · cloudcrate")
    (first, *_) = page.all("a")
    assert first.attributes == {"class": "skip", "href": "#main"}


@pytest.mark.parametrize("name", WHOLE)
def test_headings_skip_no_level(name: str) -> None:
    levels = [int(e.tag[1]) for e in Markup(drawn(*PAGES[name])).elements if re.fullmatch("h[1-6]", e.tag)]
    assert all(after - before <= 1 for before, after in zip([0, *levels], levels, strict=False)), levels


@pytest.mark.parametrize("name", sorted(hostile_pages(HARMLESS)))
@pytest.mark.parametrize("word", [word for word in HOSTILE if word])
def test_a_foreign_text_changes_no_tag_and_no_attribute(name: str, word: str) -> None:
    page = Markup(drawn(*hostile_pages(word)[name]))
    assert faults(page, nonce="n0nce") == []
    expected = Markup(drawn(*hostile_pages(HARMLESS)[name]))
    if name == "playlist-search":  # finds other tracks
        assert {tag for tag, _ in page.shape} <= {tag for tag, _ in expected.shape} | {"section"}
    else:
        assert page.shape == expected.shape


@pytest.mark.parametrize("name", sorted(set(hostile_pages(HARMLESS)) - {"playlist-search"}))
@pytest.mark.parametrize("word", [word for word in HOSTILE if word])
def test_a_foreign_text_is_shown_as_it_is(name: str, word: str) -> None:
    page = Markup(drawn(*hostile_pages(word)[name]))
    (shown,) = (element.words for element in page.all("body"))
    values = "".join(element.attributes.get("value", "") for element in page.all("input"))
    assert visible(word) in shown + values


def test_a_page_of_500_tracks_has_each_of_them_once() -> None:
    page = Markup(drawn(*PAGES["playlist-huge"]))
    rows = [element.attributes["id"] for element in page.all("tr") if "id" in element.attributes]
    assert rows == [f"p{position}" for position in range(1, 501)]


def test_a_page_of_500_tracks_stays_small() -> None:
    assert len(drawn(*PAGES["playlist-huge"]).encode()) < 600_000


def test_audio_is_a_plain_link_without_scripts() -> None:
    links = [e for e in Markup(drawn(*PAGES["playlist"])).all("a") if "data-play" in e.attributes]
    assert links
    assert all(e.attributes["href"] == f"/tracks/{e.attributes['data-play']}/audio" for e in links)


def test_a_run_is_reloaded_by_those_without_scripts_while_it_goes_on() -> None:
    assert '<noscript><meta http-equiv="refresh"' in drawn(*PAGES["job"])
    assert "<noscript>" not in drawn(*PAGES["job-done"])
    assert "data-events" not in drawn(*PAGES["job-done"])


def test_a_run_can_be_stopped_while_it_goes_on() -> None:
    def actions(name: str) -> list[str]:
        return [form.attributes["action"] for form in Markup(drawn(*PAGES[name])).all("form")]

    assert actions("job") == ["/jobs/51d0b0a0c0ffee00/stop"]
    assert actions("job-done") == []
    assert actions("job-failed") == ["/add"]


def test_the_live_part_of_a_run_is_the_fragment_that_replaces_it() -> None:
    parts = [e.attributes["data-live"] for e in Markup(drawn(*PAGES["job"])).elements if "data-live" in e.attributes]
    assert parts == ["announced", "standing", "budgets", "stop", "end"]
    fresh = Markup(drawn(*PAGES["job-state"]))
    assert [e.attributes["data-live"] for e in fresh.elements if "data-live" in e.attributes] == parts


def test_the_page_one_is_on_is_marked() -> None:
    def marked(name: str) -> list[str]:
        links = Markup(drawn(*PAGES[name])).all("a")
        return [e.attributes["href"] for e in links if e.attributes.get("aria-current") == "page"]

    found = {name: marked(name) for name in ("overview", "problems", "history", "doctor")}
    assert found == {"overview": ["/"], "problems": ["/problems"], "history": ["/history"], "doctor": ["/doctor"]}


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        drawn("error.html", {})


def test_every_template_is_drawn_here() -> None:
    used = {template for template, _ in PAGES.values()}
    assert used | {"layout.html", "parts.html"} == {path.name for path in TEMPLATES.iterdir()}
    assert environment().autoescape is True


def test_no_template_takes_the_escaping_off() -> None:
    for path in TEMPLATES.iterdir():
        assert not re.search(r"\|\s*safe|autoescape|Markup", path.read_text(encoding="utf-8")), path.name


def test_every_file_of_the_pages_is_there_and_nothing_comes_from_elsewhere() -> None:
    asked = set(re.findall(r"/static/([\w./-]+)", "".join(p.read_text(encoding="utf-8") for p in TEMPLATES.iterdir())))
    assert all((STATIC / name).is_file() for name in asked)
    for path in (*STATIC.rglob("*"), *TEMPLATES.iterdir()):
        if path.is_file():
            text = path.read_text(encoding="utf-8").lower()
            assert not [name for name in REGISTRIES if name in text], path.name


def test_what_is_vendored_names_its_version_and_licence() -> None:
    said = (STATIC / "vendor" / "LICENSES.txt").read_text(encoding="utf-8")
    for path in (STATIC / "vendor").glob("*.js"):
        assert path.name in said
    assert "Zero-Clause BSD" in said
    assert "BSD 3-Clause" in said
    assert "version='4.0.1'" in (STATIC / "vendor" / "htmx.min.js").read_text(encoding="utf-8").replace('"', "'")


def test_every_class_of_a_state_has_a_colour() -> None:
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    used = {
        kind
        for name in WHOLE
        for element in Markup(drawn(*PAGES[name])).elements
        for kind in element.attributes.get("class", "").removeprefix("badge ").split()
        if element.tag == "rect" or element.attributes.get("class", "").startswith("badge ")
    }
    assert used
    assert {kind for kind in used if f".{kind} {{ --fill" not in style} == set()
