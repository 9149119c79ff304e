"""A sixth fresh set: twelve people, each with a manner of their own, say what is promised about names that are hard."""

from sentences_shape import Sentence, said

_SET = "https://soundcloud.com/dj-kora/sets/warmup"
_SHORT = "https://on.soundcloud.com/Qw3rTy"

_OFFICE: tuple[Sentence, ...] = (
    said("sync", "Good morning, please make sure the Night Bus playlist is synced and downloaded by you.", "Night Bus"),
    said("sync", "Kindly ensure that Deep House 2024 is synced and fully downloaded. Regards", "Deep House 2024"),
    said("sync", "Can you please take care of syncing Deep House 2024? Many thanks.", "Deep House 2024"),
    said("catalog_only", "Please sync Deep House 2024, however do not download it.", "Deep House 2024"),
    said("download_only", "For Deep House 2024, please download only, no sync required.", "Deep House 2024"),
    said("sync", "Please limit the sync of Deep House 2024 to the first 50 tracks.", "Deep House 2024", limit=50),
    said("preview", "What exactly would happen if I were to sync Deep House 2024?", "Deep House 2024"),
    said("status", "Could you confirm that Deep House 2024 is up to date?", "Deep House 2024"),
    said("missing", "Please list what is missing from Deep House 2024 and the reasons why.", "Deep House 2024"),
    said("progress", "May I ask how far Deep House 2024 is?", "Deep House 2024"),
    said("stop", "Please stop the current sync."),
    said("sync_all", "Please go ahead and sync everything."),
    said("watch", "Please keep Deep House 2024 synced at intervals of 6 hours.", "Deep House 2024", every_hours=6.0),
    said("sync", "Please sync the following playlists: Night Bus, lofi beats", "Night Bus", "lofi beats"),
)

_DJ: tuple[Sentence, ...] = (
    said("sync", "yo get Deep House 2024 synced n downloaded asap", "Deep House 2024"),
    said("sync", "need Sync or Swim downloaded right now", "Sync or Swim"),
    said("download_only", "just the mp3s of Sync or Swim", "Sync or Swim"),
    said("download_only", "dl only night bus", "night bus"),
    said("catalog_only", "sync night bus no dl", "night bus"),
    said("sync", "first 50 of night bus go", "night bus", limit=50),
    said("sync", "top 50 night bus only", "night bus", limit=50),
    said("stop", "stop stop stop"),
    said("stop", "kill the sync"),
    said("progress", "night bus how far", "night bus"),
    said("status", "night bus good to go?", "night bus"),
    said("missing", "night bus whats missing n why", "night bus"),
    said("sync_all", "sync everything quick"),
    said("watch", "night bus every 6h", "night bus", every_hours=6.0),
    said("sync", f"{_SET} sync now", _SET),
)

_NON_NATIVE: tuple[Sentence, ...] = (
    said("sync", "please to sync the playlist Night Bus", "Night Bus"),
    said("sync", "I want that you sync and download Night Bus", "Night Bus"),
    said("sync", "you must make sure that Night Bus is syncronised and downloaded", "Night Bus"),
    said("catalog_only", "make sync of Night Bus but not download", "Night Bus"),
    said("download_only", "I want only download of Night Bus", "Night Bus"),
    said("sync", "please take only the 50 first tracks of Night Bus", "Night Bus", limit=50),
    said("preview", "what will happen if I will sync Night Bus?", "Night Bus"),
    said("status", "is playlist Night Bus actual and up to date?", "Night Bus"),
    said("missing", "what does it miss in Night Bus and why?", "Night Bus"),
    said("missing", "what songs are missing at Night Bus", "Night Bus"),
    said("progress", "how far it is with Night Bus?", "Night Bus"),
    said("stop", "please to stop now"),
    said("sync_all", "please make sync for all playlists"),
    said("watch", "please keep Night Bus synced all 6 hours", "Night Bus", every_hours=6.0),
)

_ELDER: tuple[Sentence, ...] = (
    said("sync", "Would you be so kind as to make sure Don't Stop is synced and downloaded?", "Don't Stop"),
    said("sync", "Dear cloudcrate, might I trouble you to sync Don't Stop, please?", "Don't Stop"),
    said("sync", "I should be most grateful if you would download What's Going On", "What's Going On"),
    said("catalog_only", "If you please, sync What's Going On, but pray do not download it.", "What's Going On"),
    said("download_only", "Would you mind only downloading What's Going On?", "What's Going On"),
    said("sync", "Only the first fifty of What's Going On, if you would be so kind.", "What's Going On", limit=50),
    said("preview", "Might I ask what would happen if I synced What's Going On?", "What's Going On"),
    said("status", "Pardon me, is What's Going On up to date?", "What's Going On"),
    said("missing", "Would you kindly tell me what is missing from What's Going On and why?", "What's Going On"),
    said("progress", "Excuse me, how far is What's Going On, if I may ask?", "What's Going On"),
    said("stop", "Would you stop now, dear?"),
    said("sync_all", "Would you kindly sync everything, my dear?"),
    said(
        "watch",
        "Kindly keep Don't Stop synced every six hours, if it isn't too much trouble.",
        "Don't Stop",
        every_hours=6.0,
    ),
)

_TEEN: tuple[Sentence, ...] = (
    said("sync", "bro sync lofi beats rn", "lofi beats"),
    said("sync", "yo can u sync n dl lofi beats pls", "lofi beats"),
    said("sync", "gimme lofi beats", "lofi beats"),
    said("catalog_only", "sync lofi beats but like dont download it lol", "lofi beats"),
    said("download_only", "just dl lofi beats bro", "lofi beats"),
    said("sync", "lofi beats but only the first 50 plz", "lofi beats", limit=50),
    said("preview", "wht would happen if i synced lofi beats lol", "lofi beats"),
    said("status", "is lofi beats up 2 date", "lofi beats"),
    said("missing", "whats missing from lofi beats and y", "lofi beats"),
    said("progress", "how far is lofi beats rn", "lofi beats"),
    said("stop", "omg stop"),
    said("stop", "dude stop syncing"),
    said("sync_all", "just sync everything bro"),
    said("watch", "keep lofi beats synced every 6 hrs thx", "lofi beats", every_hours=6.0),
    said("sync", "lofi beats and night bus sync em both", "lofi beats", "night bus"),
)

_DEVELOPER: tuple[Sentence, ...] = (
    said("sync", 'sync "all:Lo Collective"', "all:Lo Collective"),
    said("sync", "sync all:Lo Collective now", "all:Lo Collective"),
    said("sync", "sync `Night Bus`", "Night Bus"),
    said("catalog_only", "sync all:Lo Collective --no-download", "all:Lo Collective"),
    said("preview", "dry-run sync of all:Lo Collective", "all:Lo Collective"),
    said("download_only", "download-only: all:Lo Collective", "all:Lo Collective"),
    said("sync", "sync all:Lo Collective limit 50", "all:Lo Collective", limit=50),
    said("sync", "sync all:Lo Collective (first 50 only)", "all:Lo Collective", limit=50),
    said("watch", "watch all:Lo Collective, interval 6h", "all:Lo Collective", every_hours=6.0),
    said("status", "status all:Lo Collective", "all:Lo Collective"),
    said("missing", "missing: all:Lo Collective", "all:Lo Collective"),
    said("progress", "progress all:Lo Collective", "all:Lo Collective"),
    said("stop", "abort"),
    said("stop", "stop all:Lo Collective", "all:Lo Collective"),
    said("sync_all", "sync all now"),
    said("refuse", f"sync {_SET} && sudo reboot"),
)

_DICTATED: tuple[Sentence, ...] = (
    said("sync", "hey cloudcrate make sure night bus is synced and downloaded thank you", "night bus"),
    said("sync", "okay so please sync deep house 2024 and download it", "deep house 2024"),
    said("sync", "um can you sync lofi beats please", "lofi beats"),
    said("catalog_only", "please sync night bus but do not download anything okay", "night bus"),
    said("download_only", "night bus download only please do not sync it", "night bus"),
    said("sync", "please sync only the first fifty tracks of night bus thank you", "night bus", limit=50),
    said("preview", "tell me what would happen if i synced night bus", "night bus"),
    said("status", "hey is night bus up to date", "night bus"),
    said("missing", "what is missing from night bus and why is it missing", "night bus"),
    said("progress", "okay how far is night bus now", "night bus"),
    said("stop", "okay stop now please"),
    said("sync_all", "okay sync everything please"),
    said("watch", "keep night bus synced every six hours okay", "night bus", every_hours=6.0),
    said("sync", "sync night bus and lofi beats and deep house 2024", "night bus", "lofi beats", "deep house 2024"),
)

_TERSE: tuple[Sentence, ...] = (
    said("sync", "Night Bus + download", "Night Bus"),
    said("sync", "Sync: Download", "Download"),
    said("sync", "Download: Everything", "Everything"),
    said("catalog_only", "Night Bus, sync only, no download", "Night Bus"),
    said("download_only", "Night Bus - only download", "Night Bus"),
    said("sync", "Night Bus, max 50", "Night Bus", limit=50),
    said("preview", "what if sync Night Bus", "Night Bus"),
    said("status", "Night Bus ok?", "Night Bus"),
    said("missing", "missing Night Bus + why", "Night Bus"),
    said("progress", "how far Night Bus", "Night Bus"),
    said("stop", "enough"),
    said("clarify", "everything"),
    said("watch", "Night Bus / 6 hours", "Night Bus", every_hours=6.0),
)

_REORDERED: tuple[Sentence, ...] = (
    said("sync", "synced and downloaded is what I want First 50 to be", "First 50"),
    said("sync", "the playlist First 50, sync it please", "First 50"),
    said("sync", "Everything, the playlist, sync it", "Everything"),
    said("catalog_only", "don't download it, but sync First 50", "First 50"),
    said("download_only", "only download, please, the playlist First 50", "First 50"),
    said("sync", "of the playlist Everything sync only the first 50", "Everything", limit=50),
    said("preview", "if Download were synced, what would happen?", "Download"),
    said("status", "up to date, is Download?", "Download"),
    said("missing", "from Download, what is missing and why?", "Download"),
    said("missing", "why and what is missing from Don't Stop?", "Don't Stop"),
    said("progress", "Sync or Swim, how far is it?", "Sync or Swim"),
    said("stop", "syncing: stop it"),
    said("watch", "every 6 hours, Don't Stop should be synced", "Don't Stop", every_hours=6.0),
    said("watch", "synced every 6 hours, keep Download", "Download", every_hours=6.0),
)

_SLOPPY: tuple[Sentence, ...] = (
    said("sync", "make suer Night Bus is syncd and dowloaded", "Night Bus"),
    said("sync", "plase snyc Night Bus adn downlod it", "Night Bus"),
    said("catalog_only", "sycn Night Bus btu dont downlaod", "Night Bus"),
    said("download_only", "donwload olny Night Bus", "Night Bus"),
    said("sync", "onyl the frist 50 of Night Bus", "Night Bus", limit=50),
    said("preview", "waht wuold happen if i snyced Night Bus", "Night Bus"),
    said("status", "is Night Bus up to dat", "Night Bus"),
    said("missing", "what is missign form Night Bus adn wyh", "Night Bus"),
    said("progress", "how fra is Night Bus", "Night Bus"),
    said("stop", "stpo"),
    said("sync_all", "sync everthing"),
    said("watch", "keep Night Bus sycned eveyr 6 hours", "Night Bus", every_hours=6.0),
)

_CAREFUL: tuple[Sentence, ...] = (
    said("sync", "make sure “Don't Stop” and “Download” are synced and downloaded", "Don't Stop", "Download"),
    said("sync", "sync Sync or Swim", "Sync or Swim"),
    said("sync", "download Don't Stop for me", "Don't Stop"),
    said("catalog_only", "sync Don't Stop but don't download it", "Don't Stop"),
    said("download_only", 'only download "Everything"', "Everything"),
    said("sync", 'only the first 50 of "First 50", please', "First 50", limit=50),
    said("preview", "what would happen if I synced Don't Stop and Download?", "Don't Stop", "Download"),
    said("status", "is Everything up to date", "Everything"),
    said("missing", "what is missing from Sync or Swim and why?", "Sync or Swim"),
    said("progress", "how far is Don't Stop?", "Don't Stop"),
    said("stop", "stop syncing Don't Stop", "Don't Stop"),
    said("watch", "keep Sync or Swim synced every 6 hours", "Sync or Swim", every_hours=6.0),
    said("watch", "keep First 50 synced every 6 hours", "First 50", every_hours=6.0),
    said("refuse", "please don't download Don't Stop"),
    said("refuse", "whatever you do, do not sync Everything"),
    said("clarify", "sync either Night Bus or lofi beats"),
)

_PASTING: tuple[Sentence, ...] = (
    said("sync", f"pls make sure {_SET} and {_SHORT} are synced", _SET, _SHORT),
    said("sync", f"{_SHORT} please", _SHORT),
    said("catalog_only", f"sync this but don't download: {_SET}", _SET),
    said("download_only", f"{_SET} download only", _SET),
    said("sync", f"only first 50: {_SET}", _SET, limit=50),
    said("preview", f"what would happen if I sync {_SET}?", _SET),
    said("status", f"up to date? {_SET}", _SET),
    said("missing", f"{_SET} - what's missing and why?", _SET),
    said("progress", f"how far is this one: {_SET}", _SET),
    said("stop", f"stop {_SHORT}", _SHORT),
    said("watch", f"{_SET} - keep it synced every 6 hours", _SET, every_hours=6.0),
    said("sync", f"sync Night Bus and {_SHORT}", "Night Bus", _SHORT),
)

SIXTH: tuple[Sentence, ...] = (
    *_OFFICE,
    *_DJ,
    *_NON_NATIVE,
    *_ELDER,
    *_TEEN,
    *_DEVELOPER,
    *_DICTATED,
    *_TERSE,
    *_REORDERED,
    *_SLOPPY,
    *_CAREFUL,
    *_PASTING,
)

SIXTH_HARMLESS: tuple[str, ...] = tuple(
    """
did you sync Night Bus yesterday?
I thought you had synced Night Bus
my brother keeps Night Bus synced every 6 hours
Night Bus was downloaded last week
if I asked you to sync Night Bus, would you?
would you ever sync everything on your own?
I wouldn't sync Night Bus if I were you
why did you sync Night Bus?
who told you to sync Night Bus?
what does sync mean?
what does "download only" do?
how do I sync a playlist?
how can I stop a sync?
how would I keep Night Bus synced every 6 hours?
please don't sync everything
do not sync anything until I say so
not now, don't sync Night Bus
I'd rather you didn't sync Night Bus
I'd rather you did not download Don't Stop
Night Bus shouldn't be synced
Night Bus doesn't need to be synced
Night Bus need not be downloaded
there's no reason to sync Night Bus
it would be a mistake to sync everything
suppose I synced Night Bus, what then?
imagine you synced everything
my wife says you should sync Night Bus, I disagree
he asked whether you sync everything
can you sync playlists?
are you able to download everything?
is it a good idea to sync everything?
do I need to sync Night Bus?
should Night Bus be synced every 6 hours?
when will you stop?
why did you stop?
is it time to sync Night Bus yet?
what happens if I stop syncing Night Bus?
what if I only download Night Bus?
how long does it take to sync everything?
how often do you sync Night Bus?
which playlists do you keep synced?
how many playlists are synced every 6 hours?
I love Night Bus
Night Bus is my favourite playlist
nice weather today
good morning
thank you for syncing Night Bus
thanks for downloading everything!
sorry, I meant to sync Night Bus last week
I have already synced Night Bus
we never download Night Bus
I forgot to sync Night Bus
I might sync Night Bus later
maybe I'll sync everything tomorrow
I was about to stop the sync
the sync of Night Bus stopped by itself
you stopped syncing Night Bus
nothing to sync today
cancel my subscription to soundcloud
""".strip().splitlines()
)
