"""Tags of m4a files: iTunes' atoms."""

from pathlib import Path

from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm, MP4Tags

from cloudcrate.core.tagging import Tags, found_tags

FREE = "----:com.apple.iTunes:"

ATOMS = {
    "title": "\xa9nam", "artist": "\xa9ART", "album_artist": "aART", "album": "\xa9alb", "genre": "\xa9gen",
    "year": "\xa9day", "url": "\xa9url", "comment": "\xa9cmt",
}  # fmt: skip
NAMED = {"label": "LABEL", "isrc": "ISRC", "url": "URL", "track_id": "SOUNDCLOUD_ID"}


def write(path: Path, container: str, tags: Tags, picture: tuple[bytes, str] | None) -> int:
    """See ``tag.write``."""
    audio = MP4(path)
    if audio.tags is None:
        audio.add_tags()
    atoms = audio.tags
    for field, text in tags.texts().items():
        if field in ATOMS:
            atoms[ATOMS[field]] = [text]
        if field in NAMED:
            name = FREE + NAMED[field]
            for other in [key for key in atoms if key.casefold() == name.casefold()]:
                del atoms[other]
            atoms[name] = [MP4FreeForm(text.encode())]
    if picture is not None:
        form = MP4Cover.FORMAT_JPEG if picture[1] == "image/jpeg" else MP4Cover.FORMAT_PNG
        atoms["covr"] = [MP4Cover(picture[0], imageformat=form)]
    audio.save()
    return bit_rate(path, container)


def read(path: Path, _container: str) -> Tags:
    """See ``tag.read``."""
    atoms = MP4(path).tags
    if atoms is None:
        return Tags()
    texts = {field: _text(atoms, atom) for field, atom in ATOMS.items()}
    named = {field: _text(atoms, FREE + name) for field, name in NAMED.items()}
    others = (_text(atoms, name) for name in ("purl", f"{FREE}PURL"))
    return found_tags(texts | named, links=(texts["url"], named["url"], *others, texts["comment"]))


def bit_rate(path: Path, _container: str) -> int:
    """See ``tag.bit_rate``."""
    return int(MP4(path).info.bitrate)


def _text(atoms: MP4Tags, name: str) -> str:
    for key, values in atoms.items():
        if key.casefold() == name.casefold() and values:
            return values[0].decode("utf-8", "replace") if isinstance(values[0], bytes) else str(values[0])
    return ""
