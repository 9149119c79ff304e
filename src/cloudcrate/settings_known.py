"""The settings that there are, each once: what reads them, what shows them and what describes them goes by this."""

from pathlib import Path

from cloudcrate.core import naming, quality
from cloudcrate.core.link import LinkKind, parse_link
from cloudcrate.errors import LinkError, UsageError
from cloudcrate.settings_endings import KEYS as ENDINGS
from cloudcrate.settings_keys import Key
from cloudcrate.settings_tables import KEYS as TABLES


def profile_link(text: str) -> str:
    """The link of a user's page. Raises: UsageError."""
    hint = "It should be the link of a user's page, such as https://soundcloud.com/USER"
    try:
        link = parse_link(text)
    except LinkError as error:
        raise UsageError(error.message, hint=hint) from error
    if link is None or link.kind is not LinkKind.TRACKS:
        raise UsageError(f"{text!r} is not a user's page on SoundCloud.", hint=hint)
    return link.url.removesuffix("/tracks")


KEYS = (
    Key(
        name="library",
        about="where the audio files go: a folder, or `s3://BUCKET/PREFIX`",
        usual="~/Music/cloudcrate",
        variables=("CLOUDCRATE_LIBRARY",),
        flag="--library",
        example='"~/Music/cloudcrate"',
    ),
    Key(
        name="state",
        about="what cloudcrate remembers: a folder, or `postgresql://HOST/NAME`",
        usual="the system's folder for state",
        variables=("CLOUDCRATE_STATE",),
        flag="--state",
        example='"~/.local/state/cloudcrate"',
    ),
    Key(
        name="jobs",
        about="downloads at once",
        usual="4",
        variables=("CLOUDCRATE_JOBS",),
        flag="--jobs",
        kind=int,
        low=1,
        high=32,
        example="4",
    ),
    Key(
        name="profile",
        about="the link of your own page on SoundCloud: playlists are looked for among yours",
        usual="none",
        variables=("CLOUDCRATE_PROFILE",),
        read=profile_link,
        example='"https://soundcloud.com/artist"',
    ),
    Key(
        name="database",
        about="the Notion database of the tracks: its id or its link",
        usual="the local catalog",
        variables=("TRACKS_DB_ID",),
        flag="--database",
        example='"…"',
    ),
    Key(
        name="playlists_database",
        about="the Notion database of the playlists: its id or its link",
        usual="the one that the column Playlists is related to",
        variables=("PLAYLISTS_DB_ID",),
        example='"…"',
    ),
    Key(
        name="notion_token_file",
        about="a file with the Notion token",
        usual="notion-token beside the settings file, which `cloudcrate init` writes",
        variables=("NOTION_TOKEN_FILE",),
        kind=Path,
        example='"notion-token"',
    ),
    Key(
        name="notion_token_keyring",
        about="take the Notion token from the system's keyring",
        usual="false",
        variables=("CLOUDCRATE_NOTION_TOKEN_KEYRING",),
        kind=bool,
        example="true",
    ),
    Key(
        name="soundcloud_token_file",
        about="a file with the SoundCloud token",
        usual="soundcloud-token beside the settings file, which `cloudcrate login` writes",
        variables=("SOUNDCLOUD_TOKEN_FILE",),
        kind=Path,
        example='"soundcloud-token"',
    ),
    Key(
        name="soundcloud_token_keyring",
        about="take the SoundCloud token from the system's keyring",
        usual="false",
        variables=("CLOUDCRATE_SOUNDCLOUD_TOKEN_KEYRING",),
        kind=bool,
        example="true",
    ),
    Key(
        name="notion_per_minute",
        about="requests to Notion in a minute",
        usual="learnt: 180 or 600",
        variables=("CLOUDCRATE_NOTION_PER_MINUTE",),
        kind=int,
        low=1,
        high=100_000,
        example="180",
    ),
    Key(
        name="media_per_10_minutes",
        about="calls for SoundCloud's media in ten minutes",
        usual="600",
        variables=("CLOUDCRATE_MEDIA_PER_10_MINUTES",),
        kind=int,
        low=1,
        high=100_000,
        example="600",
    ),
    Key(
        name="settle_seconds",
        about="how long after a lost answer Notion is asked again whether it made the row; below 65 it may make two",
        usual="90",
        variables=("CLOUDCRATE_SETTLE_SECONDS",),
        kind=float,
        high=3600,
        example="90",
    ),
    Key(
        name="worker_timeout_seconds",
        about="a worker not heard of for so long counts as dead",
        usual="20",
        variables=("CLOUDCRATE_WORKER_TIMEOUT_SECONDS",),
        kind=float,
        low=1,
        high=3600,
        example="20",
    ),
    Key(
        name="template",
        about="where a file lies in the library",
        usual=naming.TEMPLATE,
        variables=("CLOUDCRATE_TEMPLATE",),
        flag="--template",
        read=naming.check_template,
        example=f'"{naming.TEMPLATE}"',
    ),
    Key(
        name="prefer",
        about=f"kinds of streams, best first, of {', '.join(quality.KINDS)}; what is not named is not fetched",
        usual=",".join(quality.PREFERRED),
        variables=("CLOUDCRATE_PREFER",),
        flag="--prefer",
        read=quality.preference,
        example=f'"{",".join(quality.PREFERRED)}"',
    ),
    Key(
        name="upgrade",
        about="replace files that are offered in a better quality",
        usual="false",
        variables=("CLOUDCRATE_UPGRADE",),
        flag="--upgrade",
        kind=bool,
        example="true",
    ),
    Key(
        name="convert",
        about=f"the format that lossless sources are converted to: {', '.join(quality.FORMATS)}, or none",
        usual="none",
        variables=("CLOUDCRATE_CONVERT",),
        flag="--convert",
        read=quality.format_named,
        example='"aiff"',
    ),
    Key(
        name="convert_lossy",
        about="convert what has lost something already, too",
        usual="false",
        variables=("CLOUDCRATE_CONVERT_LOSSY",),
        flag="--convert-lossy",
        kind=bool,
        example="true",
    ),
    Key(
        name="keep_original",
        about="keep a converted download as it came, too",
        usual="false",
        variables=("CLOUDCRATE_KEEP_ORIGINAL",),
        flag="--keep-original",
        kind=bool,
        example="true",
    ),
    Key(
        name="playlist_folders",
        about="a folder per playlist besides its file: links, copies or none",
        usual="none",
        variables=("CLOUDCRATE_PLAYLIST_FOLDERS",),
        flag="--playlist-folders",
        read=naming.folder_kind,
        example='"links"',
    ),
    *TABLES,
    *ENDINGS,
)
