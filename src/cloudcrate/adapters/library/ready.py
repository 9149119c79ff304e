"""Makes a file of the library of what arrived: named by its content, converted, tagged, and only then verified."""

from pathlib import Path

from cloudcrate.adapters.library import convert, tag
from cloudcrate.adapters.library.disk import sha256
from cloudcrate.adapters.library.ffmpeg import Ffmpeg
from cloudcrate.adapters.library.verify import container_of, verify
from cloudcrate.core.model import Protocol, StoredFile, Stream, Track
from cloudcrate.errors import DamagedError, RefusedError
from cloudcrate.ports.library import Recipe, StagedFile

NO_PICTURE = "the picture could not be had"


def make_ready(
    ffmpeg: Ffmpeg, path: Path, track: Track, stream: Stream, recipe: Recipe, picture: bytes | None
) -> StagedFile:
    """Makes the download at ``path`` ready to get its name, beside ``path``; what is verified is the tagged file.

    Raises: DamagedError, DiskError, OSError from the disk; names that begin with the stem of ``path`` may be left.
    """
    container = container_of(path)
    arrived = path.with_suffix(f".{container}")
    if stream.protocol is Protocol.HLS and container == "m4a":
        # A fragmented MP4 plays, but says that it is 0 seconds long.
        ffmpeg.remux(path, arrived, expected_seconds=track.seconds)
        path.unlink()
    else:
        path.rename(arrived)
    made, note = _converted(ffmpeg, arrived, container, track, recipe)
    if track.artwork_url is not None and picture is None:
        note = f"{note}; {NO_PICTURE}" if note else NO_PICTURE
    original = arrived.name if made != arrived and recipe.keep_original else ""
    if made != arrived and not original:
        arrived.unlink()
    container = container_of(made)
    bitrate = tag.write(made, container, recipe.tags, picture)
    seconds = verify(ffmpeg, made, container, track.seconds)
    if tag.read_id(made) != track.id:
        raise DamagedError("The track's id cannot be read back from the file.")
    file = StoredFile(
        path="",
        size=made.stat().st_size,
        sha256=sha256(made),
        format=container,
        bitrate=bitrate,
        seconds=round(seconds, 3),
        preset=stream.preset,
    )
    return StagedFile(token=made.name, suffix=f".{container}", file=file, note=note, original=original)


def _converted(ffmpeg: Ffmpeg, arrived: Path, container: str, track: Track, recipe: Recipe) -> tuple[Path, str]:
    """What the recipe makes of a download, and why it makes nothing of it where it was asked to."""
    if not recipe.convert:
        return arrived, ""
    found = convert.shape(arrived, container)
    alike = convert.CONTAINER_OF[recipe.convert] == container and found.plain
    if alike and (recipe.convert in convert.LOSSLESS) == found.lossless:
        return arrived, ""
    reason = convert.why_not(container, lossless=found.lossless, to=recipe.convert, force=recipe.lossy)
    if reason is not None:
        return arrived, reason
    # What is damaged must not become a sound file of what is left of it.
    verify(ffmpeg, arrived, container, track.seconds)
    made = arrived.with_name(f"{arrived.stem}.made.{convert.CONTAINER_OF[recipe.convert]}")
    try:
        convert.convert(ffmpeg, arrived, container, made, recipe.convert, track.seconds)
    except RefusedError as error:
        return arrived, error.message
    return made, ""
