"""Keeps SoundCloud playlists in a Notion database and on disk."""

TYPE_CHECKING = False  # as typing's own, without importing typing

if TYPE_CHECKING:
    from cloudcrate.api import (
        Places,
        add_track_to_notion,
        check_track_exists,
        extract_playlist_tracks,
        sync_and_download_playlist,
        sync_playlist_to_notion,
    )
    from cloudcrate.api_values import (
        PlaylistTracks,
        RowCandidate,
        SyncStatistics,
        Track,
        TrackAdded,
        TrackError,
        TrackMatch,
        UnavailableTrack,
    )
    from cloudcrate.app.foreground import Progress
    from cloudcrate.core.model import Availability
    from cloudcrate.core.report import Report
    from cloudcrate.errors import (
        AmbiguousError,
        BusyError,
        CloudcrateError,
        CredentialsError,
        DiskError,
        LinkError,
        NotFoundError,
        RefusedError,
        StateError,
        ThrottledError,
        UnavailableError,
        UsageError,
    )

__all__ = [
    "AmbiguousError",
    "Availability",
    "BusyError",
    "CloudcrateError",
    "CredentialsError",
    "DiskError",
    "LinkError",
    "NotFoundError",
    "Places",
    "PlaylistTracks",
    "Progress",
    "RefusedError",
    "Report",
    "RowCandidate",
    "StateError",
    "SyncStatistics",
    "ThrottledError",
    "Track",
    "TrackAdded",
    "TrackError",
    "TrackMatch",
    "UnavailableError",
    "UnavailableTrack",
    "UsageError",
    "add_track_to_notion",
    "check_track_exists",
    "extract_playlist_tracks",
    "sync_and_download_playlist",
    "sync_playlist_to_notion",
]

if not TYPE_CHECKING:
    _MODULES = {"Availability": "core.model", "Report": "core.report", "Progress": "app.foreground"}

    def __getattr__(name):
        """Loads what is asked for: the package itself stays as light as it is."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        values = "errors" if name.endswith("Error") and name != "TrackError" else "api_values"
        module = "api" if name.islower() or name == "Places" else _MODULES.get(name, values)
        return getattr(__import__(f"{__name__}.{module}", fromlist=[name]), name)

    def __dir__():
        """The names offered, besides those that are loaded."""
        return sorted({*globals(), *__all__})
