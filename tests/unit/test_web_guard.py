"""Who gets past the guard, and what every answer may do."""

import re

import pytest
from web_bench import OWN, House

from cloudcrate.web.entrance import MOST_SESSIONS, Bind
from cloudcrate.web.guard import MOST_BYTES

POSTS = (
    "/add",
    "/playlists/playlists:1/plan",
    "/plans/abc/start",
    "/jobs/abc/stop",
    "/problems/retry",
    "/reviews/1",
)
LOOKS = ("/", "/problems", "/history", "/doctor", "/playlists/playlists:1", "/jobs/abc", "/tracks/1", "/tracks/1/audio")


@pytest.fixture
def house() -> House:
    return House()


# --- the host ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8137",
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:8138",
        "127.0.0.1.evil.example:8137",
        "localhost.evil.example:8137",
        "evil@127.0.0.1:8137",
        "127.0.0.1:8137@evil.example",
        "127.0.0.1:8137:8137",
        "127.0.0.1:+8137",
        "127.0.0.1:٨١٣٧".encode(),
        "[::1]:8138",
        "[::1",
        "0.0.0.0:8137",
        "192.168.1.5:8137",
        ":8137",
        "",
    ],
)
def test_a_name_that_is_not_ours_is_refused(house: House, host: str) -> None:
    guest = house.guest()
    answer = guest.get("/", {"Host": host})
    assert answer.status_code == 421
    assert "Night Bus" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8137", "localhost:8137", "LOCALHOST:8137", "[::1]:8137"])
def test_the_names_of_this_machine_are_ours(house: House, host: str) -> None:
    assert house.stranger().get("/", headers={"Host": host}).status_code == 401


@pytest.mark.parametrize(
    ("bound", "host", "own"),
    [
        ("192.168.1.5", "192.168.1.5:8137", True),
        ("192.168.1.5", "localhost:8137", False),
        ("crate.lan", "crate.lan:8137", True),
        ("crate.lan", "192.168.1.5:8137", False),
        ("0.0.0.0", "192.168.1.5:8137", True),
        ("0.0.0.0", "[fd00::1]:8137", True),
        ("0.0.0.0", "evil.example:8137", False),
        ("::", "evil.example:8137", False),
        ("::1", "[::1]:8137", True),
        ("127.0.0.2", "127.0.0.2:8137", True),
    ],
)
def test_another_bind_has_its_own_names(bound: str, host: str, own: bool) -> None:
    assert Bind(host=bound, port=8137).is_own(host) is own


# --- where a request comes from ---------------------------------------------------------------------


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8138"},
        {"Origin": "http://localhost:8137"},
        {"Origin": "https://127.0.0.1:8137"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_a_form_of_another_page_is_refused(house: House, path: str, headers: dict[str, str]) -> None:
    guest = house.guest()
    assert guest.client.post(path, data={"csrf": guest.csrf}, headers=headers).status_code == 403
    assert house.desk.jobs() == ()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": OWN},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_a_form_of_our_own_pages_is_taken(house: House, headers: dict[str, str]) -> None:
    guest = house.guest()
    form = {"csrf": guest.csrf, "words": "https://soundcloud.com/ada/sets/night-bus"}
    assert guest.client.post("/add", data=form, headers=headers).status_code == 303


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("csrf", ["", "wrong", "é"])
def test_a_form_without_the_secret_of_the_visit_is_refused(house: House, path: str, csrf: str) -> None:
    guest = house.guest()
    assert guest.post(path, {"csrf": csrf}).status_code == 403


def test_the_secret_of_another_visit_is_none(house: House) -> None:
    one, other = house.guest(), house.guest()
    assert one.csrf != other.csrf
    assert one.post("/add", {"csrf": other.csrf, "words": "x"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "audio"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_another_page_cannot_look_with_the_users_cookie(house: House, headers: dict[str, str]) -> None:
    assert house.guest().get("/history", headers).status_code == 403


@pytest.mark.parametrize("site", ["none", "same-origin", "cross-site", "same-site"])
def test_a_person_may_come_from_anywhere(house: House, site: str) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert house.guest().get("/history", headers).status_code == 200


@pytest.mark.parametrize("path", POSTS)
def test_only_post_changes_anything(house: House, path: str) -> None:
    guest = house.guest()
    before = house.world.catalog.writes
    for method in ("GET", "HEAD"):
        assert guest.client.request(method, path).status_code in (404, 405)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = guest.client.request(method, path, headers={"Origin": OWN})
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert (house.desk.jobs(), house.world.catalog.writes) == ((), before)


@pytest.mark.parametrize("path", LOOKS)
def test_looking_takes_no_form(house: House, path: str) -> None:
    assert house.guest().post(path).status_code == 405


# --- the way in -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*LOOKS, "/nowhere", "/login"])
def test_nobody_looks_without_the_link(house: House, path: str) -> None:
    answer = house.stranger().get(path)
    assert answer.status_code == 401
    assert "cloudcrate web" in answer.text
    assert house.opened == 0


@pytest.mark.parametrize("path", POSTS)
def test_nobody_does_anything_without_the_link(house: House, path: str) -> None:
    assert house.stranger().post(path, data={"words": "x"}, headers={"Origin": OWN}).status_code == 401
    assert house.opened == 0


def test_the_token_goes_into_a_cookie_and_out_of_the_address(house: House) -> None:
    client = house.stranger()
    answer = client.get("/", params={"token": house.entrance.token})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("cloudcrate-8137=")
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert "domain" not in cookie.lower()
    assert house.entrance.token not in cookie
    page = client.get("/")
    assert page.status_code == 200
    assert house.entrance.token not in page.text + str(page.headers)


def test_the_link_works_as_long_as_the_server_runs(house: House) -> None:
    one, other = house.guest(), house.guest()
    assert one.get("/").status_code == other.get("/").status_code == 200
    assert one.client.cookies != other.client.cookies


@pytest.mark.parametrize("token", ["", "wrong", "é", "\ud800", "x" * 5000])
def test_a_wrong_token_lets_nobody_in(house: House, token: str) -> None:
    answer = house.stranger().get("/", params={"token": token.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_an_old_link_does_not_throw_a_guest_out(house: House) -> None:
    guest = house.guest()
    answer = guest.get("/?token=of-yesterday")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert guest.get("/").status_code == 200


def test_a_ticket_lets_in_once(house: House) -> None:
    ticket = house.entrance.ticket()
    assert ticket != house.entrance.token
    assert house.stranger().get("/", params={"token": ticket}).status_code == 303
    assert house.stranger().get("/", params={"token": ticket}).status_code == 401
    assert house.stranger().get("/", params={"token": ""}).status_code == 401


def test_only_so_many_visits_are_remembered(house: House) -> None:
    first = house.entrance.admit(house.entrance.token)
    assert first is not None
    for _ in range(MOST_SESSIONS - 1):
        house.entrance.admit(house.entrance.token)
    assert house.entrance.session(first.key) == first
    house.entrance.admit(house.entrance.token)
    assert house.entrance.session(first.key) is None


def test_another_start_knows_no_old_cookie(house: House) -> None:
    guest, again = house.guest(), House()
    client = again.stranger()
    client.cookies = guest.client.cookies
    assert client.get("/").status_code == 401


def test_a_cookie_of_another_port_does_not_hide_ours(house: House) -> None:
    guest = house.guest()
    key = guest.client.cookies.get("cloudcrate-8137")
    client = house.stranger()
    assert (
        client.get("/", headers={"Cookie": f"cloudcrate-8137=planted; a=b; cloudcrate-8137={key}"}).status_code == 200
    )
    assert client.get("/", headers={"Cookie": f"cloudcrate-8138={key}"}).status_code == 401


def test_nothing_that_lets_in_is_shown_by_repr(house: House) -> None:
    session = house.entrance.admit(house.entrance.token)
    assert session is not None
    assert session.key not in repr(session)
    assert house.entrance.token not in repr(house.entrance)


# --- what every answer says -------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*LOOKS, "/nowhere", "/static/nothing.js"])
def test_every_page_may_run_only_its_own_scripts(house: House, path: str) -> None:
    guest = house.guest()
    one, other = guest.get(path), guest.get(path)
    policy = one.headers["Content-Security-Policy"]
    told = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert re.fullmatch(r"'nonce-[\w-]{20,}'", told["script-src"])
    assert told["default-src"] == told["media-src"] == told["connect-src"] == told["form-action"] == "'self'"
    assert told["frame-ancestors"] == told["base-uri"] == told["object-src"] == "'none'"
    assert "unsafe" not in policy
    assert policy != other.headers["Content-Security-Policy"]
    nonces = set(re.findall(r'nonce="([^"]*)"', one.text))
    assert nonces <= {told["script-src"][len("'nonce-") : -1]}


@pytest.mark.parametrize(
    ("path", "host"), [("/", OWN), ("/nowhere", OWN), ("/", "http://evil.example"), ("/static/nothing.js", OWN)]
)
def test_every_answer_has_the_headers(house: House, path: str, host: str) -> None:
    for client in (house.guest().client, house.stranger()):
        headers = client.get(path, headers={"Host": host.removeprefix("http://")}).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in headers


def test_scripts_carry_the_nonce_of_their_answer(house: House) -> None:
    page = house.guest().get("/")
    scripts = re.findall(r"<script\b[^>]*>", page.text)
    nonce = re.search(r"'nonce-([^']*)'", page.headers["Content-Security-Policy"])
    assert nonce is not None
    assert all(f'nonce="{nonce[1]}"' in script for script in scripts)


# --- size -------------------------------------------------------------------------------------------


def test_a_long_body_is_refused(house: House) -> None:
    guest = house.guest()
    assert guest.post("/add", {"words": "x" * MOST_BYTES}).status_code == 413


def test_a_long_body_of_untold_length_is_refused(house: House) -> None:
    guest = house.guest()
    headers = {"Origin": OWN, "Content-Type": "application/x-www-form-urlencoded"}
    pieces = (b"words=" + b"x" * 10_000 for _ in range(100))
    assert guest.client.post("/add", content=pieces, headers=headers).status_code == 413


@pytest.mark.parametrize("length", ["x", "-1", "1e9", "9" * 30])
def test_a_length_that_is_none_is_refused(house: House, length: str) -> None:
    guest = house.guest()
    assert guest.post("/add", {"words": "x"}, **{"Content-Length": length}).status_code == 413


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_what_no_form_sends_is_refused(house: House, kind: str) -> None:
    headers = {"Origin": OWN, "Content-Type": kind}
    assert house.guest().client.post("/add", content=b"words=x", headers=headers).status_code == 415


def test_files_are_not_taken(house: House) -> None:
    guest = house.guest()
    answer = guest.client.post("/add", data={"csrf": guest.csrf}, files={"words": ("x", b"x")}, headers={"Origin": OWN})
    assert answer.status_code == 400
