"""A seventh fresh set: twelve other people, written after the rules that the sixth one led to, and read unseen."""

from sentences_shape import Sentence, said

_LINK = "https://soundcloud.com/marla-tone/sets/after-hours"
_LIKES = "soundcloud.com/marla-tone/likes"

_NURSE: tuple[Sentence, ...] = (
    said("sync", "before my shift please have lofi beats synced and downloaded", "lofi beats"),
    said("sync", "hiya, could lofi beats be synced for me please", "lofi beats"),
    said("sync", "just make sure lofi beats gets downloaded, ta", "lofi beats"),
    said("catalog_only", "sync lofi beats but no need to download it", "lofi beats"),
    said("download_only", "I just need lofi beats downloaded, don't bother syncing it", "lofi beats"),
    said("sync", "lofi beats, but just the first 50 songs please", "lofi beats", limit=50),
    said("preview", "if i sync lofi beats what happens", "lofi beats"),
    said("status", "is lofi beats all up to date love", "lofi beats"),
    said("missing", "any idea what's missing from lofi beats and why", "lofi beats"),
    said("progress", "how far along is lofi beats", "lofi beats"),
    said("stop", "stop please, thank you"),
    said("sync_all", "sync everything for me please"),
    said("watch", "can you keep lofi beats synced every 6 hours please", "lofi beats", every_hours=6.0),
)

_LAWYER: tuple[Sentence, ...] = (
    said("sync", "I require that Night Bus be synced and downloaded.", "Night Bus"),
    said("sync", "Ensure the playlist entitled Night Bus is synced and downloaded.", "Night Bus"),
    said("catalog_only", "Night Bus is to be synced; it is not to be downloaded.", "Night Bus"),
    said("download_only", "Night Bus is only to be downloaded.", "Night Bus"),
    said("sync", "Sync no more than the first 50 tracks of Night Bus.", "Night Bus", limit=50),
    said("preview", "What would be the consequence if I synced Night Bus?", "Night Bus"),
    said("status", "Please state whether Night Bus is up to date.", "Night Bus"),
    said("missing", "State what is missing from Night Bus, and why.", "Night Bus"),
    said("progress", "Please report how far Night Bus is.", "Night Bus"),
    said("stop", "Cease syncing immediately."),
    said("sync_all", "Sync each and every playlist."),
    said("watch", "Night Bus is to be kept synced every 6 hours.", "Night Bus", every_hours=6.0),
    said("refuse", "Night Bus must under no circumstances be downloaded."),
)

_RADIO: tuple[Sentence, ...] = (
    said("sync", "right, sync Deep House 2024 and What's Going On", "Deep House 2024", "What's Going On"),
    said("sync", "we need What's Going On synced and downloaded", "What's Going On"),
    said("sync", "download What's Going On for me will you", "What's Going On"),
    said("catalog_only", "What's Going On: sync it, don't download it", "What's Going On"),
    said("download_only", "What's Going On: download it, don't sync it", "What's Going On"),
    said("sync", "give me the first 50 of What's Going On", "What's Going On", limit=50),
    said("preview", "what would happen if I downloaded What's Going On", "What's Going On"),
    said("status", "is What's Going On synced yet?", "What's Going On"),
    said("missing", "what's still missing from What's Going On, and why?", "What's Going On"),
    said("progress", "how far are we on What's Going On?", "What's Going On"),
    said("stop", "ok that's it, stop"),
    said("watch", "What's Going On, every 6 hours, keep it synced", "What's Going On", every_hours=6.0),
    said("stop", "stop syncing What's Going On", "What's Going On"),
)

_GERMAN: tuple[Sentence, ...] = (
    said("sync", "please look that Deep House 2024 is synced and downloaded", "Deep House 2024"),
    said("sync", "please synchronize me the playlist Deep House 2024", "Deep House 2024"),
    said("catalog_only", "please sync Deep House 2024 but download nothing", "Deep House 2024"),
    said("download_only", "please download only Deep House 2024 and not sync", "Deep House 2024"),
    said("sync", "please only the first 50 pieces from Deep House 2024", "Deep House 2024", limit=50),
    said("preview", "what would happen when I would sync Deep House 2024?", "Deep House 2024"),
    said("status", "is Deep House 2024 on the newest state?", "Deep House 2024"),
    said("missing", "what misses in Deep House 2024 and why", "Deep House 2024"),
    said("progress", "how far is the Deep House 2024?", "Deep House 2024"),
    said("stop", "please stop with the download"),
    said("sync_all", "please synchronize everything"),
    said("watch", "please hold Deep House 2024 synced each 6 hours", "Deep House 2024", every_hours=6.0),
)

_SPANISH: tuple[Sentence, ...] = (
    said("sync", "hello friend, you can sync Night Bus please?", "Night Bus"),
    said("sync", "I need that Night Bus is synced and downloaded", "Night Bus"),
    said("catalog_only", "sync Night Bus but no download please", "Night Bus"),
    said("download_only", "only want to download Night Bus, no sync", "Night Bus"),
    said("sync", "only the firsts 50 songs of Night Bus please", "Night Bus", limit=50),
    said("preview", "what happen if I sync Night Bus?", "Night Bus"),
    said("status", "Night Bus is up to date?", "Night Bus"),
    said("missing", "what is missing of Night Bus and why?", "Night Bus"),
    said("missing", "why is missing songs in Night Bus?", "Night Bus"),
    said("progress", "how far goes Night Bus?", "Night Bus"),
    said("stop", "stop already please"),
    said("sync_all", "sync all the playlists please"),
    said("watch", "keep synced Night Bus every 6 hours", "Night Bus", every_hours=6.0),
)

_SYSADMIN: tuple[Sentence, ...] = (
    said("sync", "resync all:Lo Collective", "all:Lo Collective"),
    said("sync", "all:Lo Collective: sync & download", "all:Lo Collective"),
    said("catalog_only", "sync all:Lo Collective w/o download", "all:Lo Collective"),
    said("catalog_only", "all:Lo Collective, sync only, skip download", "all:Lo Collective"),
    said("download_only", "all:Lo Collective download only", "all:Lo Collective"),
    said("sync", "sync all:Lo Collective, limit=50", "all:Lo Collective", limit=50),
    said("sync", "sync first 50 from all:Lo Collective", "all:Lo Collective", limit=50),
    said("preview", "dry run: sync all:Lo Collective", "all:Lo Collective"),
    said("status", "is all:Lo Collective in sync", "all:Lo Collective"),
    said("missing", "list missing in all:Lo Collective with reasons", "all:Lo Collective"),
    said("progress", "progress of all:Lo Collective?", "all:Lo Collective"),
    said("stop", "abort all:Lo Collective", "all:Lo Collective"),
    said("sync_all", "sync all playlists now"),
    said("watch", "sync all:Lo Collective every 6h", "all:Lo Collective", every_hours=6.0),
    said("refuse", "sync all:Lo Collective; rm -rf ~/music"),
)

_PENSIONER: tuple[Sentence, ...] = (
    said("sync", "PLEASE MAKE SURE MY LOFI BEATS PLAYLIST IS SYNCED AND DOWNLOADED THANK YOU", "LOFI BEATS"),
    said("catalog_only", "SYNC LOFI BEATS BUT DO NOT DOWNLOAD IT", "LOFI BEATS"),
    said("sync", "ONLY THE FIRST 50 OF LOFI BEATS PLEASE", "LOFI BEATS", limit=50),
    said("status", "IS LOFI BEATS UP TO DATE", "LOFI BEATS"),
    said("missing", "WHAT IS MISSING FROM LOFI BEATS AND WHY", "LOFI BEATS"),
    said("progress", "HOW FAR IS LOFI BEATS PLEASE", "LOFI BEATS"),
    said("stop", "STOP IT AT ONCE"),
    said("sync_all", "SYNC EVERYTHING"),
    said("watch", "KEEP LOFI BEATS SYNCED EVERY 6 HOURS PLEASE", "LOFI BEATS", every_hours=6.0),
    said("refuse", "DO NOT DOWNLOAD LOFI BEATS"),
)

_PODCASTER: tuple[Sentence, ...] = (
    said("sync", "so I'd like you to sync and download Sync or Swim if you can", "Sync or Swim"),
    said("sync", "go ahead and grab the Sync or Swim playlist", "Sync or Swim"),
    said("catalog_only", "go ahead and sync Sync or Swim, just don't download anything", "Sync or Swim"),
    said("download_only", "let's only download the Sync or Swim playlist", "Sync or Swim"),
    said("sync", "let's just do the first 50 of the Sync or Swim playlist", "Sync or Swim", limit=50),
    said("preview", "what would happen if I synced Sync or Swim?", "Sync or Swim"),
    said("status", "quick question, is Sync or Swim up to date?", "Sync or Swim"),
    said("missing", "what is missing from the Sync or Swim playlist and why", "Sync or Swim"),
    said("progress", "so how far is Sync or Swim?", "Sync or Swim"),
    said("stop", "alright let's stop"),
    said("sync_all", "let's sync everything"),
    said("watch", "let's keep the Sync or Swim playlist synced every 6 hours", "Sync or Swim", every_hours=6.0),
)

_SEARCHER: tuple[Sentence, ...] = (
    said("sync", "First 50 sync", "First 50"),
    said("sync", "First 50 download", "First 50"),
    said("download_only", "First 50 download only", "First 50"),
    said("catalog_only", "First 50 sync no download", "First 50"),
    said("sync", "first 50 First 50", "First 50", limit=50),
    said("status", "First 50 up to date", "First 50"),
    said("missing", "First 50 missing why", "First 50"),
    said("progress", "First 50 progress", "First 50"),
    said("stop", "First 50 stop", "First 50"),
    said("preview", "First 50 dry run", "First 50"),
    said("watch", "First 50 every 6 hours", "First 50", every_hours=6.0),
    said("sync", "first 50, Don't Stop", "Don't Stop", limit=50),
    said("sync", "Don't Stop sync download", "Don't Stop"),
)

_HASTY: tuple[Sentence, ...] = (
    said("sync", "mkae sure Don't Stop is syncde and downlaoded pelase", "Don't Stop"),
    said("catalog_only", "snyc Don't Stop but dotn download it", "Don't Stop"),
    said("download_only", "olny downlod Don't Stop", "Don't Stop"),
    said("sync", "jsut teh first 50 fo Don't Stop", "Don't Stop", limit=50),
    said("preview", "what wuld hapen fi i synced Don't Stop", "Don't Stop"),
    said("status", "is Don't Stop upto date", "Don't Stop"),
    said("missing", "whta is missing form Don't Stop and why", "Don't Stop"),
    said("progress", "how afr is Don't Stop", "Don't Stop"),
    said("stop", "sotp syncing"),
    said("sync_all", "synch evrything plz"),
    said("watch", "keep Don't Stop snyced evry 6 hours", "Don't Stop", every_hours=6.0),
    said("refuse", "dotn sync Night Bus"),
)

_CHATTY: tuple[Sentence, ...] = (
    said("sync", "hey :) could you sync Download? thx :)", "Download"),
    said("sync", "Hey! I have a long drive tomorrow. Please sync and download Night Bus.", "Night Bus"),
    said("sync", "Download please, sync it", "Download"),
    said("catalog_only", "sync my Download playlist please, but don't actually download it", "Download"),
    said("download_only", "Just download “Download”, please 😊", "Download"),
    said("sync", "Only the first 50 of Download, there are way too many", "Download", limit=50),
    said("preview", "just curious, what would happen if I synced Download?", "Download"),
    said("status", "hey hey, is Download up to date?", "Download"),
    said("missing", "hm, what's missing from Download and why?", "Download"),
    said("progress", "how far is Download? no rush", "Download"),
    said("stop", "oops, stop!"),
    said("stop", "wait no stop"),
    said("watch", "oh and keep Download synced every 6 hours please", "Download", every_hours=6.0),
    said("stop", "please stop syncing Download", "Download"),
    said("sync", "sync Night Bus, lofi beats and Deep House 2024 please", "Night Bus", "lofi beats", "Deep House 2024"),
    said("clarify", "sync all of them except Night Bus"),
    said("clarify", "sync Night Bus tomorrow morning"),
)

_LINKS: tuple[Sentence, ...] = (
    said("sync", f"here's the link, sync it: {_LINK}", _LINK),
    said("sync", f"{_LINK} and {_LIKES}", _LINK, _LIKES),
    said("sync", f"download my likes please {_LIKES}", _LIKES),
    said("catalog_only", f"sync {_LINK}, don't download", _LINK),
    said("download_only", f"just download {_LINK}", _LINK),
    said("sync", f"sync {_LINK} but only the first 50", _LINK, limit=50),
    said("preview", f"{_LINK} - what would happen if I synced this?", _LINK),
    said("status", f"is this up to date: {_LINK}", _LINK),
    said("status", f"{_LINK} up to date?", _LINK),
    said("missing", f"what is missing from {_LINK} and why?", _LINK),
    said("progress", f"{_LINK} how far?", _LINK),
    said("stop", f"stop syncing {_LIKES} please", _LIKES),
    said("watch", f"keep {_LINK} and {_LIKES} synced every 6 hours", _LINK, _LIKES, every_hours=6.0),
    said("refuse", f"don't sync {_LINK}"),
    said("sync", "make sure that Everything is synced and downloaded", "Everything"),
    said("catalog_only", "sync the Everything playlist but don't download it", "Everything"),
    said("status", "is the Everything playlist synced?", "Everything"),
)

SEVENTH: tuple[Sentence, ...] = (
    *_NURSE,
    *_LAWYER,
    *_RADIO,
    *_GERMAN,
    *_SPANISH,
    *_SYSADMIN,
    *_PENSIONER,
    *_PODCASTER,
    *_SEARCHER,
    *_HASTY,
    *_CHATTY,
    *_LINKS,
)

SEVENTH_HARMLESS: tuple[str, ...] = tuple(
    """
has anyone synced Night Bus?
who keeps Night Bus synced?
Anna keeps Night Bus synced every 6 hours
Tom says sync everything
my boss wants everything synced by Friday
you synced the wrong playlist
you downloaded Night Bus twice
it downloaded everything last night
everything was synced an hour ago
everything is synced
I noticed you stopped syncing Night Bus
I heard you can sync playlists
I wish I had downloaded Night Bus
I wish you had not synced Night Bus
I should have synced Night Bus
I could sync Night Bus myself
we were going to download Night Bus
we would never sync Night Bus
had I synced Night Bus, I would have it now
if you had synced Night Bus, I'd be happy
were I to sync everything, what would happen?
what would you say if I synced everything?
do you think I should sync Night Bus?
would it hurt to sync everything?
would syncing everything take long?
is syncing everything a bad idea?
isn't Night Bus being downloaded right now?
are you downloading Night Bus?
are you going to sync Night Bus?
will you stop by yourself?
will Night Bus be synced tonight?
does Night Bus get synced every 6 hours?
how come Night Bus stopped syncing?
whatever happened to Night Bus
when do you usually sync Night Bus?
which is better, sync or download?
what's the difference between sync and download only?
what do you mean by keep synced?
tell me about sync
tell me how to stop
please explain how syncing works
don't worry about Night Bus
don't bother with Night Bus
no don't
no, leave Night Bus as it is
nope, don't sync Night Bus
not Night Bus
please never download Night Bus
you shouldn't have downloaded Night Bus
you don't have to sync everything
nobody asked you to sync everything
stopping now would be a pity
I can't stop listening to Night Bus
Don't Stop is a great song
Download is what I called my playlist
see you later
good night
thanks, that was quick
the weather is bad today
""".strip().splitlines()
)
