"""The ledger's schema, one step per version. A step that was released is never changed; add another."""

LEDGER = (
    """
    CREATE TABLE pages (
        catalog TEXT NOT NULL, track INTEGER NOT NULL, page TEXT NOT NULL,
        written TEXT NOT NULL, offered TEXT NOT NULL, checksum INTEGER NOT NULL,
        PRIMARY KEY (catalog, track)
    );
    CREATE TABLE files (
        library TEXT NOT NULL, track INTEGER NOT NULL, path TEXT NOT NULL,
        file TEXT NOT NULL, checksum INTEGER NOT NULL,
        PRIMARY KEY (library, track)
    );
    CREATE TABLE unobtainable (
        library TEXT NOT NULL, track INTEGER NOT NULL, availability TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (library, track)
    );
    CREATE TABLE intents (
        catalog TEXT NOT NULL, track INTEGER NOT NULL, sent_at REAL NOT NULL,
        digest TEXT NOT NULL, checksum INTEGER NOT NULL,
        PRIMARY KEY (catalog, track)
    );
    CREATE TABLE claims (
        catalog TEXT NOT NULL, library TEXT NOT NULL, track INTEGER NOT NULL,
        owner TEXT NOT NULL, token INTEGER NOT NULL, until REAL NOT NULL,
        PRIMARY KEY (catalog, library, track)
    );
    CREATE TABLE tracks (
        track INTEGER PRIMARY KEY, url TEXT NOT NULL, at REAL NOT NULL, value TEXT NOT NULL
    );
    CREATE INDEX tracks_by_url ON tracks (url);
    CREATE TABLE playlists (
        playlist TEXT PRIMARY KEY, place INTEGER NOT NULL, value TEXT NOT NULL,
        entries TEXT NOT NULL, checksum INTEGER NOT NULL
    );
    CREATE TABLE spent (name TEXT NOT NULL, at REAL NOT NULL);
    CREATE INDEX spent_by_time ON spent (name, at);
    CREATE TABLE parked (name TEXT PRIMARY KEY, until REAL NOT NULL);
    CREATE TABLE runs (
        run TEXT PRIMARY KEY, playlist TEXT NOT NULL, catalog TEXT NOT NULL, library TEXT NOT NULL,
        started_at REAL NOT NULL, ended_at REAL, report TEXT
    );
    CREATE INDEX runs_by_time ON runs (started_at);
    CREATE TABLE events (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL, track INTEGER NOT NULL, side TEXT NOT NULL,
        at REAL NOT NULL, operation TEXT NOT NULL, outcome TEXT NOT NULL
    );
    CREATE INDEX events_by_track ON events (track, id)
    """,
)

CATALOG = (
    """
    CREATE TABLE pages (
        id INTEGER PRIMARY KEY, cells TEXT NOT NULL, trashed INTEGER NOT NULL DEFAULT 0,
        soundcloud_id INTEGER, url TEXT, title TEXT NOT NULL
    );
    CREATE INDEX pages_by_id ON pages (soundcloud_id);
    CREATE INDEX pages_by_url ON pages (url);
    CREATE INDEX pages_by_title ON pages (title)
    """,
)
