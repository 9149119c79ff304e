"""A dashboard that other machines can reach: nobody gets in without the password."""

import pytest
from web_bench import BIND, OWN, House

from cloudcrate.errors import UsageError
from cloudcrate.web.acting import local
from cloudcrate.web.entrance import SHORTEST_PASSWORD, TRIES, TRIES_WINDOW, Bind, Entrance, require_password

PASSWORD = "a crate of many records"
LAN = Bind(host="192.168.1.5", port=8137)


def test_another_bind_needs_a_password() -> None:
    with pytest.raises(UsageError, match="password"):
        require_password(LAN, "")
    require_password(LAN, PASSWORD)
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.9"):
        require_password(Bind(host=host, port=8137), "")
    for host in ("0.0.0.0", "::", "crate.lan", "10.0.0.1", "localhost.evil.example"):
        with pytest.raises(UsageError):
            require_password(Bind(host=host, port=8137), "")


@pytest.mark.parametrize("password", ["short", "x" * (SHORTEST_PASSWORD - 1), "x" * 2000])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(UsageError, match="characters"):
        Entrance(lambda: 0.0, password=password)


def test_the_password_lets_in() -> None:
    house = House(password=PASSWORD, bind=LAN)
    client = house.stranger()
    asked = client.get("/history?x=1")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/login?next=%2Fhistory%3Fx%3D1")
    assert client.get(asked.headers["Location"]).status_code == 200
    form = {"password": PASSWORD, "next": "/history?x=1"}
    answer = client.post("/login", data=form, headers={"Origin": LAN.url})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/history?x=1")
    assert client.get("/history").status_code == 200
    assert PASSWORD not in str(answer.headers)


def test_with_a_password_there_is_no_token() -> None:
    house = House(password=PASSWORD, bind=LAN)
    assert house.entrance.token == ""
    assert "Set-Cookie" not in house.stranger().get("/?token=").headers


def test_a_wrong_password_lets_nobody_in_and_after_some_nobody_may_try() -> None:
    house = House(password=PASSWORD, bind=LAN)
    client = house.stranger()

    def tried(password: str) -> int:
        return client.post("/login", data={"password": password}, headers={"Origin": LAN.url}).status_code

    assert [tried(f"wrong {n}") for n in range(TRIES)] == [403] * TRIES
    assert tried(PASSWORD) == 429
    house.world.clock.sleep(TRIES_WINDOW + 1)
    assert tried(PASSWORD) == 303


def test_a_password_from_another_page_is_not_taken() -> None:
    client = House(password=PASSWORD, bind=LAN).stranger()
    for headers in ({}, {"Origin": "http://evil.example"}):
        assert client.post("/login", data={"password": PASSWORD}, headers=headers).status_code == 403


def test_without_a_session_a_player_is_told_so_and_not_sent_to_a_page() -> None:
    client = House(password=PASSWORD, bind=LAN).stranger()
    assert client.get("/tracks/1/audio", headers={"Accept": "audio/*"}).status_code == 401
    assert client.post("/add", data={}, headers={"Origin": LAN.url}).headers["Location"] == "/login"


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "x",
        "",
        "/\r\nA: b",
    ],
)
def test_nobody_is_sent_elsewhere_after_the_password(where: str) -> None:
    assert local(where) == "/"
    assert local("/history?x=1") == "/history?x=1"


def test_the_address_is_one_that_a_browser_understands() -> None:
    assert BIND.url == OWN
    assert Bind(host="::1", port=1).url == "http://[::1]:1"
    assert Bind(host="0.0.0.0", port=1).url == "http://127.0.0.1:1"
    assert Bind(host="::", port=1).url == "http://[::1]:1"
