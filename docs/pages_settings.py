"""The page of the settings, from what the code knows of each."""

from collections.abc import Iterator
from pathlib import Path

from cloudcrate.settings_dotenv import LIMIT, NAMES
from cloudcrate.settings_keys import Key
from cloudcrate.settings_known import KEYS

WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    tuple: "list of texts",
    dict: "table",
}

_INTRODUCTION = """\
# Settings

What can be set stands in one TOML file. Every key has an environment variable, too, and many have a flag. What goes
before what: **a flag**, then **an environment variable**, then **`.env`** in the working directory, then **the
settings file**, then **the default**.

    cloudcrate config path     # where the file is: ~/.config/cloudcrate/config.toml, or what CLOUDCRATE_CONFIG names
    cloudcrate config show     # every setting, and what it comes from; secrets only say that they are set
    cloudcrate config edit     # opens it in $VISUAL or $EDITOR, made with every key in a comment; checks it after
    cloudcrate config check    # all that is wrong, with a remedy each; exit code 2 when something is

`path`, `show` and `check` print data with `--json`. A key that is not known is refused, and the nearest one named.
A yes or no in a variable is `true`, `yes`, `on`, `1`, or `false`, `no`, `off`, `0`. An empty variable counts as not
set.

## All settings
"""

_REST = f"""\
A path in the settings file is relative to that file (`library` and `state`: to the working directory); `~` is your
home. `[notify]`, `[handoff]` and `[webhook]` are off until `urls` or `urls_file`, `folder`, or `url` is set. A webhook
needs a secret, too. `urls` and `urls_file` of the same place add up; else the one that goes before counts alone.

## Tables

    [playlists]                # names you can say
    "Friday" = "https://soundcloud.com/artist/sets/friday"

    [columns]                  # which Notion column holds what; init writes these, by id
    artist = "Who"             # by hand a name will do; "" means no column

    [watch]                    # when `cloudcrate watch` syncs
    every = "6h"
    playlists."Friday" = "0 18 * * 5"

The variable of a table holds all of it on one line, as TOML writes it there, and goes before the whole table:

    CLOUDCRATE_COLUMNS='artist = "Who", year = ""'

While `CLOUDCRATE_PLAYLISTS` is set, `add`, `remove` and `rename` refuse to write what would have no effect.

More about [columns](notion.md) and [watching](watching.md).

## Secrets

A token is taken from the first of these places that has one:

| | Notion | SoundCloud |
|---|---|---|
| variable | `NOTION_TOKEN`, then `NOTION_API_TOKEN` | `SOUNDCLOUD_TOKEN` |
| a file that a variable names | `NOTION_TOKEN_FILE` | `SOUNDCLOUD_TOKEN_FILE` |
| `.env` | `NOTION_TOKEN`, then `NOTION_API_TOKEN` | never |
| a file that the settings name | `notion_token_file` | `soundcloud_token_file` |
| the system's keyring | `notion_token_keyring = true` | `soundcloud_token_keyring = true` |
| the file beside the settings | `notion-token`, which `init` writes | `soundcloud-token`, which `login` writes |

When `NOTION_TOKEN` and `NOTION_API_TOKEN` differ, the first is used; `config show` and `config check` say so.

The keyring needs the extra `keyring`. These put a token there, and say so in the settings file:

    cloudcrate login --keyring              # SoundCloud's
    cloudcrate login --notion --keyring     # Notion's; without --keyring into the file that init writes

What `[notify]` and `[webhook]` need can be kept there, too: put it there with the command of the package keyring, and
say so in the settings file.

    keyring set cloudcrate notify.urls      # Apprise URLs, between spaces
    keyring set cloudcrate webhook.url
    keyring set cloudcrate webhook.secret

    [notify]
    keyring = true

    [webhook]
    keyring = true

The keyring is asked for what nothing else gives.

No token can stand in the settings file itself. What else is secret there (`notify.urls`, `webhook.url`,
`webhook.secret`, a password in `state`) is safe while only you can read the file: `config edit` makes a new one so, and
`config check` says when it is not.

## `.env`

A file `.env` in the working directory may set
{", ".join(f"`{name}`" for name in NAMES)}, and no others: it may belong to any
project. Lines are `NAME=value` or `export NAME=value`; quotes may stand around a value, and `#` begins a comment.
Nothing is interpolated. `config check` names settings of cloudcrate that have no effect there.

A `.env` that is a link out of its folder, larger than {LIMIT // 1024} kB or not UTF-8 is refused, unless flags or the
environment give the database and the token anyway. A folder of that name is passed over.
"""


def settings_page() -> str:
    """The page docs/settings.md."""
    return "\n".join([_INTRODUCTION, *_sections(), _REST])


def _sections() -> Iterator[str]:
    for table in dict.fromkeys(key.table for key in KEYS):
        if table:
            yield f"### [{table}]\n"
        yield "| key | what it is | default | variable | flag |"
        yield "|---|---|---|---|---|"
        yield from (_row(key) for key in KEYS if key.table == table)
        yield ""


def _row(key: Key) -> str:
    usual = f"`{key.usual}`" if key.literal else key.usual
    variables = ", ".join(f"`{name}`" for name in (*key.variables, *key.secret_variables))
    flag = f"`{key.flag}`" if key.flag else ""
    kind = WORDS[key.kind]
    if key.high != float("inf"):
        kind += f", {key.low:g} to {key.high:g}"
    about = f"{key.about} ({kind}{', secret' if key.secret else ''})"
    return f"| `{key.name.rpartition('.')[2]}` | {about} | {usual} | {variables} | {flag} |"
