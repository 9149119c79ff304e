"""Corrupt streams through the real command: nothing damaged gets a name, and every damage has one."""

from pathlib import Path

from corrupted import Judged, damaged, published, run
from corruptions import KINDS, SEEN, UNSEEN, URL, Corruption, scene
from running import Machine
from sandboxes import running_sandbox

EACH = 3


def test_nothing_corrupt_is_published_and_every_corruption_is_named(tmp_path: Path) -> None:
    made = scene(1, [*(SEEN * EACH), *(UNSEEN * 2)], healthy=8)
    found = run(made, tmp_path)
    assert found.wrong == ()
    assert found.code == 3
    assert {f"{j.corruption.kind} of {j.corruption.track_id}": j.wrong for j in found.judged if j.wrong} == {}
    assert {j.corruption.kind for j in found.judged if j.named} >= set(SEEN) - {"bytes beyond the length"}
    assert len({j.corruption.kind for j in found.judged if j.published and not j.damaged}) > len(SEEN) / 2
    assert set(found.faults) >= {rule["kind"] for rule in made.rules}
    assert sum(found.faults.values()) >= len(made.corruptions) == len(SEEN) * EACH + len(UNSEEN) * 2


def test_a_file_that_differs_by_one_bit_is_found(tmp_path: Path) -> None:
    made = scene(2, [], healthy=3)
    with running_sandbox(made.scenario) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        assert machine.run("sync", URL).code == 0
        files = published(machine)
        undisturbed = {track_id or 0: [digest] for track_id, digest in files.values()}
        assert sorted(undisturbed) == sorted(made.healthy)
        assert damaged(files, undisturbed) == {}

        name, (track_id, _) = next(iter(files.items()))
        path = machine.library / name
        content = bytearray(path.read_bytes())
        content[-1000] ^= 1
        path.write_bytes(content)
        assert damaged(published(machine), undisturbed) == {name: track_id}

        path.write_bytes(b"<html>")
        assert damaged(published(machine), undisturbed) == {name: None}


def judged(kind: str = "empty body", *, whole: bool = False, **more: object) -> Judged:
    corruption = Corruption(track_id=7, kind=kind, rules=(), whole=whole)
    good = {"struck": 3, "published": False, "damaged": False, "reason": "cf-media.sndcdn.com sent nothing."}
    return Judged(corruption=corruption, **good | more)  # type: ignore[arg-type]  # by name


def test_every_wrong_ending_is_told() -> None:
    assert judged().wrong == ""
    assert judged(struck=0).wrong == "never struck"
    assert judged(published=True, damaged=True, reason="").wrong == "published damaged"
    assert judged(published=True, reason="").wrong.startswith("published, though")
    assert judged(whole=True).wrong.startswith("not had whole")
    assert judged(whole=True, published=True, reason="").wrong == ""
    assert judged(reason="").wrong == "not named: ''"
    assert judged(reason="Something went wrong.").wrong.startswith("not named")
    assert judged(reason="https://x/?Signature=abc sent nothing").wrong.startswith("not named")
    assert judged("flipped bits", published=True, damaged=True, reason="").wrong == ""


def test_the_same_seed_makes_the_same_scene() -> None:
    kinds = tuple(KINDS)
    assert scene(3, kinds).rules == scene(3, kinds).rules != scene(4, kinds).rules
    assert sorted(corruption.kind for corruption in scene(3, kinds).corruptions) == sorted(kinds)


def test_many_answers_that_break_off_do_not_end_a_run_because_their_hosts_are_there(tmp_path: Path) -> None:
    found = run(scene(5, ["cut, Content-Length"] * 14 + ["stall"] * 2, healthy=3), tmp_path)
    assert found.wrong == ()
    assert [j.wrong for j in found.judged if j.wrong] == []
