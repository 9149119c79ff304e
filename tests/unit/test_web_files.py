"""What the dashboard sends that is no page: audio by a track's number, peaks, and the files of the package."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_bench import Browser, House, status_of_raw

from cloudcrate.web.files import static_files
from cloudcrate.web.ranges import Part, part_of

CORPUS = (
    "..",
    "../app.py",
    "..%2fapp.py",
    "%2e%2e/app.py",
    "%2e%2e%2fapp.py",
    "..%5capp.py",
    "....//app.py",
    "vendor/../../app.py",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "C:\\windows\\win.ini",
    "app.js%00.css",
    "app.js/",
    "vendor",
    "vendor/",
    "",
    ".",
    "templates/layout.html",
    "file:///etc/passwd",
)


@pytest.fixture
def house() -> Iterator[House]:
    found = House()
    yield found
    found.desk.close()


@pytest.fixture
def guest(house: House) -> Browser:
    return house.guest()


# --- audio ------------------------------------------------------------------------------------------


@pytest.fixture
def whole(house: House) -> bytes:
    house.synced()
    path = next(path for path, owner in house.world.store.owners.items() if owner == 1)
    recorded = house.world.store.files[path]
    return house.world.store.read(recorded, 0, recorded.size)


def test_a_file_is_sent_whole(guest: Browser, whole: bytes) -> None:
    answer = guest.get("/tracks/1/audio")
    assert (answer.status_code, answer.content) == (200, whole)
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(whole))
    assert answer.headers["Content-Disposition"].startswith('inline; filename="track-1.mp3"')
    head = guest.client.head("/tracks/1/audio")
    assert (head.headers["Content-Length"], head.content) == (str(len(whole)), b"")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-10", -10, None), ("bytes=5-999999999999", 5, None)],
)
def test_a_part_of_a_file_is_sent(guest: Browser, whole: bytes, asked: str, start: int, end: int | None) -> None:
    answer = guest.get("/tracks/1/audio", {"Range": asked})
    assert (answer.status_code, answer.content) == (206, whole[start:end])
    first = start % len(whole)
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"


def test_a_part_behind_the_end_is_refused(guest: Browser, whole: bytes) -> None:
    answer = guest.get("/tracks/1/audio", {"Range": f"bytes={len(whole)}-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")


def test_a_part_of_another_version_is_not_sent(guest: Browser, whole: bytes) -> None:
    etag = guest.get("/tracks/1/audio").headers["ETag"]
    told = {"Range": "bytes=0-9", "If-Range": etag}
    assert guest.get("/tracks/1/audio", told).status_code == 206
    assert guest.get("/tracks/1/audio", {**told, "If-Range": '"other"'}).status_code == 200


def test_a_file_that_its_user_moved_is_found(house: House, guest: Browser, whole: bytes) -> None:
    path = next(path for path, owner in house.world.store.owners.items() if owner == 1)
    house.world.store.rename(path, "Best of/01.mp3")
    assert guest.get("/tracks/1/audio").content == whole


def test_a_file_that_was_deleted_is_not_found(house: House, guest: Browser, whole: bytes) -> None:
    path = next(path for path, owner in house.world.store.owners.items() if owner == 1)
    house.world.store.delete(path)
    assert guest.get("/tracks/1/audio").status_code == 404
    assert guest.get("/tracks/1/peaks").status_code == 404
    assert guest.get("/tracks/1").status_code == 200


def test_peaks_are_numbers(guest: Browser, whole: bytes) -> None:
    assert guest.get("/tracks/1/peaks").json() == {"peaks": [0.0, 0.5, 1.0]}


@pytest.mark.parametrize("name", CORPUS)
def test_a_path_names_no_audio(house: House, guest: Browser, whole: bytes, name: str) -> None:
    for path in (f"/tracks/{name}/audio", f"/tracks/1/audio/{name}", f"/tracks/1/{name}", f"/playlists/{name}"):
        status, body = status_of_raw(house, path, guest.cookie)
        assert status == 404
        assert b"root:" not in body


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (None, (0, 100)),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=99-", (99, 100)),
        ("bytes=99-1000", (99, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=100-", None),
        ("bytes=100-200", None),
        ("bytes=-0", None),
        ("bytes=5-3", (0, 100)),
        ("bytes=-", (0, 100)),
        ("bytes=0-1,5-6", (0, 100)),
        ("items=0-1", (0, 100)),
        ("bytes=a-b", (0, 100)),
        ("bytes=١-٢", (0, 100)),
        ("bytes=1-" + "9" * 30, (0, 100)),
        ("", (0, 100)),
    ],
)
def test_ranges_are_read_as_the_standard_says(asked: str | None, part: tuple[int, int] | None) -> None:
    assert part_of(asked, 100) == (None if part is None else Part(start=part[0], end=part[1]))


def test_an_empty_file_has_no_parts() -> None:
    assert part_of(None, 0) == Part(start=0, end=0)
    assert part_of("bytes=0-", 0) is None


# --- static files -----------------------------------------------------------------------------------


def test_static_files_are_those_of_the_package(house: House) -> None:
    client = house.stranger()
    names = static_files()
    assert {"app.js", "style.css"} <= set(names)
    for name, file in names.items():
        answer = client.get(f"/static/{name}")
        assert (answer.status_code, answer.content) == (200, file.content)
        assert answer.headers["Content-Type"] == file.kind
        assert answer.headers["Cache-Control"] == "no-cache"
        again = client.get(f"/static/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_pages_ask_for_static_files_that_are_kept_long(house: House, guest: Browser) -> None:
    for link in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', guest.get("/").text)):
        answer = guest.get(link)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", CORPUS)
def test_nothing_else_is_a_static_file(house: House, name: str) -> None:
    for cookie in ("", house.guest().cookie):
        for path in (f"/static/{name}", f"/static/vendor/{name}"):
            status, body = status_of_raw(house, path, cookie)
            assert status == 404
            assert b"root:" not in body


def test_static_files_are_listed_without_links_and_strangers(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("x")
    (tmp_path / "b.py").write_text("x")
    (tmp_path / "c.html").write_text("x")
    (tmp_path / "d.js").symlink_to("/etc/hostname")
    assert list(static_files(tmp_path)) == ["a.css"]
