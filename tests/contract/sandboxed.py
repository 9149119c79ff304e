"""Real adapters in front of an in-process sandbox: no sockets, no real time."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a scenario is JSON

from memory import MemoryLedger, SimulatedClock

from cloudcrate.adapters.http import Door
from cloudcrate.sandbox.inprocess import InProcessTransport
from cloudcrate.sandbox.playground import Playground
from cloudcrate.sandbox.soundcloud.service import SoundCloudService
from cloudcrate.sandbox.soundcloud.world import World


def soundcloud(
    scenario: Mapping[str, Any],  # Any: as above
    oauth_tokens: Sequence[str] = (),
) -> tuple[SoundCloudService, Door]:
    """A pretended SoundCloud that knows these users' tokens, and a door that leads there."""
    clock = SimulatedClock()
    service = SoundCloudService(World.from_dict(scenario), oauth_tokens=oauth_tokens)
    transport = InProcessTransport(Playground({"soundcloud": service}, clock=clock.now), sleep=clock.sleep)
    return service, Door(clock=clock, budgets=MemoryLedger(clock), transport=transport)


SCENARIO: Mapping[str, Any] = {  # Any: as above
    "playlists": [
        {
            "user": "ada",
            "slug": "mix",
            "title": "Mix",
            "count": 64,
            "repeats": 2,
            "seconds": [1, 2],
            "mix": {"gone": 2, "preview": 1, "blocked": 1, "protected": 1, "protected_late": 1},
        }
    ]
}
