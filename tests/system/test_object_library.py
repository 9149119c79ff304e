"""The real command with its library in an object store."""

from pathlib import Path

from running import URL, Machine, world
from s3_server import SECRET, hands, s3_environment
from sandboxes import running_sandbox


def test_a_playlist_lies_in_an_object_store_and_is_found_there_again(tmp_path: Path) -> None:
    with running_sandbox(world(3, seconds=[1, 2])) as sandbox, s3_environment(), hands() as s3:
        s3.create_bucket(Bucket="crate")

        def keys() -> list[str]:
            return sorted(found["Key"] for found in s3.list_objects_v2(Bucket="crate").get("Contents", ()))

        env = {"CLOUDCRATE_LIBRARY": "s3://crate/music"}
        machine = Machine(sandbox=sandbox, home=tmp_path)
        first = machine.run("sync", URL, "--json", env=env)
        assert first.code == 0, first.err
        assert first.data["report"]["files"]["downloaded"] == 3
        there = keys()
        assert len([key for key in there if key.endswith((".m4a", ".mp3"))]) == 3
        assert "music/Ada's mix.m3u8" in there
        assert not [key for key in there if ".cloudcrate" in key]

        elsewhere = Machine(sandbox=sandbox, home=tmp_path / "other")
        elsewhere.home.mkdir()
        again = elsewhere.run("sync", URL, "--json", env=env)
        assert again.code == 0, again.err
        assert again.data["report"]["traffic"]["media_bytes"] == 0, "another machine downloads nothing that is there"
        assert len(sandbox.rows()) == 3
        assert keys() == there

        checked = machine.run("verify", "--all", env=env)
        assert checked.code == 0, checked.out + checked.err
        refused = machine.run("sync", URL, "--playlist-folders", "links", env=env)
        assert refused.code == 2
        assert "links" in refused.err
        assert SECRET not in first.err + again.err + checked.err + refused.err
