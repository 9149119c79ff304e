"""The API's objects, in the shapes that were recorded in 2026: key for key, with invented values."""

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any  # Any: JSON

from cloudcrate.sandbox.soundcloud.world import SandboxPlaylist, SandboxTrack, User

Json = dict[str, Any]  # Any: JSON

API = "https://api-v2.soundcloud.com"
SITE = "https://soundcloud.com"
PREVIEW_MS = 30_000

_POLICIES = {
    "preview": ("SNIP", "SUB_HIGH_TIER"),
    "blocked": ("BLOCK", "NOT_APPLICABLE"),
    "protected": ("MONETIZE", "AD_SUPPORTED"),
}
_CLEAR = (
    ("aac_160k", "hls", 'audio/mp4; codecs="mp4a.40.2"'),
    ("abr_sq", "hls", "audio/mpegurl"),
    ("mp3_1_0", "hls", "audio/mpeg"),
    ("mp3_1_0", "progressive", "audio/mpeg"),
    ("opus_0_0", "hls", 'audio/ogg; codecs="opus"'),
)
_PROTECTED = (
    ("aac_160k", "ctr-encrypted-hls", 'audio/mp4; codecs="mp4a.40.2"'),
    ("aac_160k", "cbc-encrypted-hls", 'audio/mp4; codecs="mp4a.40.2"'),
    ("abr_sq", "ctr-encrypted-hls", "audio/mpegurl"),
    ("abr_sq", "cbc-encrypted-hls", "audio/mpegurl"),
    ("mp3_1_0", "hls", "audio/mpeg"),
    ("mp3_1_0", "progressive", "audio/mpeg"),
    ("opus_0_0", "hls", 'audio/ogg; codecs="opus"'),
)
_ONLY_WHOLE = frozenset(
    {"description", "embeddable_by", "genre", "label_name", "license", "purchase_title", "purchase_url", "tag_list"}
)
"""Keys of a set that it lacks among likes."""
_SNIPPED = (("mp3_0_0", "hls", "audio/mpeg"), ("mp3_0_0", "progressive", "audio/mpeg"))


def policy(track: SandboxTrack) -> tuple[str, str]:
    """The rights policy and the monetization model."""
    usual = ("ALLOW", "NOT_APPLICABLE") if track.id % 3 else ("MONETIZE", "BLACKBOX")
    return _POLICIES.get(track.kind, usual)


def listed_streams(track: SandboxTrack) -> Sequence[tuple[str, str, str]]:
    """Preset, protocol and MIME type of what a track lists."""
    return {"blocked": (), "preview": _SNIPPED, "protected": _PROTECTED}.get(track.kind, _CLEAR)


def stream_uuid(track: SandboxTrack, preset: str) -> str:
    """A stream's uuid, the same in every process."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cloudcrate sandbox {track.id} {preset}"))


def set_uuid(playlist: SandboxPlaylist) -> str:
    """The uuid under which a set stands in a stream."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cloudcrate sandbox set {playlist.id}"))


def short_length(track: SandboxTrack) -> int:
    """The milliseconds a preview plays: half a minute, or a third of a track that is shorter than that."""
    return min(PREVIEW_MS, track.milliseconds // 3 if track.milliseconds <= PREVIEW_MS else PREVIEW_MS)


def user_object(user: User) -> Json:
    """A user."""
    return {
        "avatar_url": f"https://i1.sndcdn.com/avatars-{user.id}-large.jpg",
        "badges": {"pro": False, "creator_mid_tier": False, "pro_unlimited": False, "verified": False},
        "city": None,
        "country_code": None,
        "first_name": "",
        "followers_count": user.id % 1000,
        "full_name": user.username,
        "id": user.id,
        "kind": "user",
        "last_modified": "2026-01-10T20:25:48Z",
        "last_name": "",
        "permalink": user.permalink,
        "permalink_url": f"{SITE}/{user.permalink}",
        "station_permalink": f"artist-stations:{user.id}",
        "station_urn": f"soundcloud:system-playlists:artist-stations:{user.id}",
        "uri": f"https://api.soundcloud.com/users/soundcloud%3Ausers%3A{user.id}",
        "urn": f"soundcloud:users:{user.id}",
        "username": user.username,
        "verified": False,
    }


def user_page_object(user: User, *, tracks: int, playlists: int) -> Json:
    """A user as their own page shows them, with what they have put up."""
    return user_object(user) | {
        "comments_count": 0,
        "created_at": "2016-05-04T09:00:00Z",
        "creator_subscription": {"product": {"id": "free"}},
        "creator_subscriptions": [{"product": {"id": "free"}}],
        "date_of_birth": None,
        "description": None,
        "followings_count": 0,
        "groups_count": 0,
        "likes_count": len(user.likes),
        "playlist_count": playlists,
        "playlist_likes_count": len(user.liked_playlists),
        "reposts_count": None,
        "track_count": tracks,
        "visuals": None,
    }


def track_object(track: SandboxTrack) -> Json:
    """A full track."""
    snipped = track.kind == "preview"
    whole = track.milliseconds
    rights, model = policy(track)
    page = f"{SITE}/{track.user.permalink}/{track.slug}"
    day = f"2026-{1 + track.id % 9:02}-{1 + track.id % 28:02}"
    original = track.kind == "original"
    made: Json = {
        "artwork_url": f"https://i1.sndcdn.com/artworks-{track.id}-large.jpg" if track.artwork else None,
        "caption": None,
        "commentable": True,
        "comment_count": track.id % 90,
        "created_at": f"{day}T12:00:00Z",
        "description": f"Upload {track.id}",
        "downloadable": original,
        "download_count": 0,
        "duration": short_length(track) if snipped else whole + track.id % 300,
        "full_duration": whole,
        "embeddable_by": "all",
        "genre": track.genre,
        "has_downloads_left": original,
        "id": track.id,
        "kind": "track",
        "label_name": track.label,
        "last_modified": f"{day}T12:30:00Z",
        "license": "all-rights-reserved",
        "likes_count": track.id % 5000,
        "permalink": track.slug,
        "permalink_url": page + (f"/{track.token}" if track.token else ""),
        "playback_count": track.id % 70_000,
        "public": track.token is None,
        "publisher_metadata": _publisher(track),
        "purchase_title": None,
        "purchase_url": None,
        "release_date": f"{day}T00:00:00Z" if track.id % 2 else None,
        "reposts_count": track.id % 300,
        "secret_token": track.token,
        "sharing": "private" if track.token else "public",
        "state": "finished",
        "streamable": True,
        "tag_list": '"Night Bus" sandbox',
        "title": track.title,
        "uri": f"https://api.soundcloud.com/tracks/soundcloud%3Atracks%3A{track.id}",
        "urn": f"soundcloud:tracks:{track.id}",
        "user_id": track.user.id,
        "visuals": None,
        "waveform_url": f"https://wave.sndcdn.com/{track.id}_m.json",
        "display_date": f"{day}T12:00:00Z",
        "media": {"transcodings": [_transcoding(track, *listed) for listed in listed_streams(track)]},
        "station_urn": f"soundcloud:system-playlists:track-stations:{track.id}",
        "station_permalink": f"track-stations:{track.id}",
        "track_authorization": authorization(track),
        "monetization_model": model,
        "policy": rights,
        "user": user_object(track.user),
    }
    return made | dict(track.more)


def _publisher(track: SandboxTrack) -> Mapping[str, Any] | None:  # Any: JSON
    if track.id % 11 == 0 and track.artist is None:
        return None
    found: Json = {"id": track.id, "urn": f"soundcloud:tracks:{track.id}", "contains_music": True}
    if track.artist is not None:
        found["artist"] = track.artist
    if track.label is not None:
        found |= {"isrc": f"QZSBX26{track.id % 100_000:05}", "p_line": f"{track.label}"}
    return found


def _transcoding(track: SandboxTrack, preset: str, protocol: str, mime: str) -> Json:
    snipped = track.kind == "preview"
    leaf = "preview" if snipped else "stream"
    kind = "hls" if protocol == "hls" else protocol
    return {
        "url": f"{API}/media/soundcloud:tracks:{track.id}/{stream_uuid(track, preset)}/{leaf}/{kind}",
        "preset": preset,
        "duration": short_length(track) if snipped else track.milliseconds + track.id % 300,
        "snipped": snipped,
        "format": {"protocol": protocol, "mime_type": mime},
        "quality": "sq",
        "is_legacy_transcoding": not preset.startswith("a"),
    }


def authorization(track: SandboxTrack) -> str:
    """What goes with a track's media calls: an opaque token in the shape of a JWT."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    head = f"{part({'typ': 'JWT', 'alg': 'HS256'})}.{part({'geo': 'XX', 'sub': '', 'rid': str(track.id), 'iat': 0})}"
    return f"{head}.{hashlib.sha256(head.encode()).hexdigest()[:43]}"


def stub_object(track: SandboxTrack) -> Json:
    """A playlist's entry beyond the fifth."""
    rights, model = policy(track)
    return {"id": track.id, "kind": "track", "monetization_model": model, "policy": rights}


def playlist_object(playlist: SandboxPlaylist, tracks: Sequence[Json], *, album_page: bool = False) -> Json:
    """A set with its entries as given."""
    page = f"{SITE}/{playlist.user.permalink}/sets/{playlist.slug}"
    made: Json = {
        "artwork_url": f"https://i1.sndcdn.com/artworks-{playlist.id}-large.jpg",
        "created_at": "2026-01-10T20:25:48Z",
        "description": None,
        "duration": 0,
        "embeddable_by": "all",
        "genre": "",
        "id": playlist.id,
        "kind": "playlist",
        "label_name": None,
        "last_modified": "2026-03-01T08:00:00Z",
        "license": "all-rights-reserved",
        "likes_count": playlist.id % 900,
        "managed_by_feeds": False,
        "permalink": playlist.slug,
        "permalink_url": page + (f"/{playlist.token}" if playlist.token else ""),
        "public": playlist.token is None,
        "purchase_title": None,
        "purchase_url": None,
        "release_date": None,
        "reposts_count": 0,
        "secret_token": playlist.token,
        "sharing": "private" if playlist.token else "public",
        "tag_list": "",
        "title": playlist.title,
        "uri": f"https://api.soundcloud.com/playlists/soundcloud%3Aplaylists%3A{playlist.id}",
        "user_id": playlist.user.id,
        "set_type": "album" if playlist.album else "",
        "is_album": playlist.album,
        "published_at": "2026-01-10T20:30:00Z",
        "display_date": "2026-01-10T20:25:48Z",
        "user": user_object(playlist.user),
        "track_count": len(playlist.tracks),
    }
    return made if album_page else {**made, "tracks": list(tracks)}


def mini_playlist_object(playlist: SandboxPlaylist) -> Json:
    """A set as it stands among likes: no tracks, and fewer keys."""
    whole = playlist_object(playlist, [], album_page=True)
    return {key: value for key, value in whole.items() if key not in _ONLY_WHOLE}


def system_playlist_object(playlist: SandboxPlaylist, stubs: Sequence[Json]) -> Json:
    """A set that the service made (recorded in 2021): a urn for an id, no counts, stubs only, most of two keys."""
    urn = f"soundcloud:system-playlists:{playlist.slug}"
    return {
        "urn": urn,
        "query_urn": None,
        "permalink": playlist.slug,
        "permalink_url": f"{SITE}/discover/sets/{playlist.slug}",
        "title": playlist.title,
        "description": None,
        "short_title": playlist.title,
        "short_description": playlist.title,
        "tracking_feature_name": "sandbox",
        "playlist_type": "PLAYLIST",
        "last_updated": "2026-03-01T08:00:00Z",
        "artwork_url": None,
        "calculated_artwork_url": f"https://i1.sndcdn.com/artworks-{playlist.id}-large.jpg",
        "likes_count": 0,
        "tracks": [*stubs[:3], *({"id": stub["id"], "kind": "track"} for stub in stubs[3:])],
        "is_public": True,
        "made_for": None,
        "user": user_object(playlist.user),
        "kind": "system-playlist",
        "id": urn,
    }
