"""An eighth fresh set: the promised forms in their everyday wordings, and sentences that only sound like them."""

from sentences_shape import Sentence, said

_LINK = "https://soundcloud.com/rex-aoki/sets/rainy"

EIGHTH: tuple[Sentence, ...] = (
    said("sync", "Please could you make sure that the lofi beats playlist is synced and downloaded", "lofi beats"),
    said("sync", "lofi beats should be synced and downloaded, please", "lofi beats"),
    said("sync", "do a full sync of lofi beats", "lofi beats"),
    said("sync", "I'd appreciate it if lofi beats were synced", "lofi beats"),
    said(
        "sync",
        "sync & download Night Bus, Don't Stop and What's Going On",
        "Night Bus",
        "Don't Stop",
        "What's Going On",
    ),
    said("sync", "Night Bus please", "Night Bus"),
    said("sync", "can we get Night Bus downloaded", "Night Bus"),
    said("sync", "could someone sync Night Bus", "Night Bus"),
    said("sync", "Night Bus - sync pls", "Night Bus"),
    said("sync", "sync the Download playlist", "Download"),
    said("sync", "download the Sync playlist", "Sync"),
    said("sync", 'sync "Only The First 50"', "Only The First 50"),
    said("sync", 'make sure "Stop" is synced and downloaded', "Stop"),
    said("sync", "sync First 50 and Don't Stop", "First 50", "Don't Stop"),
    said("sync", "sync my playlist called What's Going On", "What's Going On"),
    said("sync", "sync my playlist called Everything", "Everything"),
    said("sync", "I want the playlist Everything synced", "Everything"),
    said("sync", "please sync 'Everything'", "Everything"),
    said("sync", "download the playlist named Download", "Download"),
    said("sync", "get Night Bus onto my disk", "Night Bus"),
    said("sync", "i want night bus on my disk and in notion", "night bus"),
    said("sync", "pls dwnload night bus", "night bus"),
    said("sync", "synchronisze Night Bus", "Night Bus"),
    said("sync", "pleasee sinc Night Bus", "Night Bus"),
    said("sync", "Make Sure Night Bus Is Synced And Downloaded", "Night Bus"),
    said("sync", f"could you make sure this is synced and downloaded: {_LINK}", _LINK),
    said("sync", f"sync {_LINK} please and thank you", _LINK),
    said("sync", f"sync: {_LINK}", _LINK),
    said("sync", "Night Bus. Sync it.", "Night Bus"),
    said("sync", "Night Bus! Download!", "Night Bus"),
    said("catalog_only", "just sync Night Bus, don't download", "Night Bus"),
    said("catalog_only", "sync night bus without the downloads", "night bus"),
    said("catalog_only", "sync night bus dont dl anything", "night bus"),
    said("catalog_only", "please do not download Night Bus, only sync it", "Night Bus"),
    said("catalog_only", "Could you sync Night Bus, but without downloading anything?", "Night Bus"),
    said("catalog_only", "sync Don't Stop, don't download", "Don't Stop"),
    said("catalog_only", "sync Don't Stop without downloading", "Don't Stop"),
    said("catalog_only", "sync the playlist First 50 but don't download", "First 50"),
    said("catalog_only", "sync everything but don't download anything"),
    said("catalog_only", "I want Night Bus synced but not downloaded", "Night Bus"),
    said("catalog_only", "sync Night Bus; downloading is not necessary", "Night Bus"),
    said("catalog_only", "no need to download Night Bus, just sync it", "Night Bus"),
    said("download_only", "download only, no syncing: Night Bus", "Night Bus"),
    said("download_only", "only do the download of Night Bus", "Night Bus"),
    said("download_only", "Night Bus: only the download", "Night Bus"),
    said("download_only", "just the download for Night Bus please", "Night Bus"),
    said("download_only", "download Night Bus, skip the sync", "Night Bus"),
    said("download_only", "could you download Night Bus without syncing it?", "Night Bus"),
    said("download_only", "please download What's Going On only", "What's Going On"),
    said("download_only", "download everything, don't sync"),
    said("download_only", "download the files of Don't Stop only", "Don't Stop"),
    said("sync", "just the first 50 of lofi beats", "lofi beats", limit=50),
    said("sync", "lofi beats, first 50 only", "lofi beats", limit=50),
    said("sync", "sync lofi beats, but only the first 50 tracks of it", "lofi beats", limit=50),
    said("sync", "lofi beats: only the first 50", "lofi beats", limit=50),
    said("sync", "please sync just the first fifty songs in lofi beats", "lofi beats", limit=50),
    said("sync", "not all of it, only the first 50 of lofi beats", "lofi beats", limit=50),
    said("sync", "don't sync all of lofi beats, only the first 50", "lofi beats", limit=50),
    said("sync", "I only need the first 50 of lofi beats", "lofi beats", limit=50),
    said("sync", "only the first 50 from Don't Stop please", "Don't Stop", limit=50),
    said("sync", "only first 50 of First 50", "First 50", limit=50),
    said("sync", "50 tracks of lofi beats is enough", "lofi beats", limit=50),
    said("sync", "lofi beats limited to 50 tracks", "lofi beats", limit=50),
    said("sync", "the first one hundred tracks of lofi beats", "lofi beats", limit=100),
    said("sync", "only the first twenty-five of lofi beats", "lofi beats", limit=25),
    said("catalog_only", "only the first 50 of Night Bus and don't download", "Night Bus", limit=50),
    said("preview", "what happens if I sync What's Going On", "What's Going On"),
    said("preview", "what would happen if you downloaded First 50", "First 50"),
    said("preview", "what would happen if everything was synced?"),
    said("preview", "Tell me what would happen if I synced Don't Stop, but don't do it", "Don't Stop"),
    said("preview", "What would happen if I synced only the first 50 of Night Bus?", "Night Bus", limit=50),
    said("preview", "what would happen if I only downloaded Night Bus", "Night Bus"),
    said("preview", "what would happen if i didnt download night bus", "night bus"),
    said("preview", "what would happen if I kept Night Bus synced every 6 hours?", "Night Bus"),
    said("preview", "just show me what would happen if I synced Night Bus and lofi beats", "Night Bus", "lofi beats"),
    said("preview", "what would happen, if I were to sync Night Bus?", "Night Bus"),
    said("preview", "what wud happen if i sync'd night bus", "night bus"),
    said("status", "are Night Bus and lofi beats up to date", "Night Bus", "lofi beats"),
    said("status", "is What's Going On up to date?", "What's Going On"),
    said("status", "is First 50 up to date", "First 50"),
    said("status", "is the Download playlist downloaded", "Download"),
    said("status", "do you know if Night Bus is up to date", "Night Bus"),
    said("status", "I'd like to know if Night Bus is up to date", "Night Bus"),
    said("status", "Night Bus is up to date, right?", "Night Bus"),
    said("status", "is nite bus upto date", "nite bus"),
    said("status", "are we up to date on Night Bus", "Night Bus"),
    said("status", "is it up to date? Night Bus", "Night Bus"),
    said("missing", "what's missing from the Everything playlist", "Everything"),
    said("missing", "what am I missing from Night Bus, and why?", "Night Bus"),
    said("missing", "which ones are missing from Night Bus and why", "Night Bus"),
    said("missing", "tell me why tracks are missing in Night Bus", "Night Bus"),
    said("missing", "what's missing from Don't Stop and First 50?", "Don't Stop", "First 50"),
    said("missing", "What is still missing from What's Going On?", "What's Going On"),
    said("missing", "anything missing from lofi beats?", "lofi beats"),
    said("missing", "wuts missing from lofi beats", "lofi beats"),
    said("progress", "how far is First 50", "First 50"),
    said("progress", "how far is the Stop playlist", "Stop"),
    said("progress", "how far are you with What's Going On", "What's Going On"),
    said("progress", "how far with Night Bus?", "Night Bus"),
    said("progress", "How far have we come with Night Bus?", "Night Bus"),
    said("progress", "Could you please tell me how far Don't Stop is?", "Don't Stop"),
    said("progress", "how far is it"),
    said("progress", "how far r we"),
    said("stop", "stop, please"),
    said("stop", "Please stop what you are doing."),
    said("stop", "stop right now"),
    said("stop", "stop it already"),
    said("stop", "please stop all syncing"),
    said("stop", "could you please stop downloading"),
    said("stop", "stop syncing the Don't Stop playlist", "Don't Stop"),
    said("stop", "stop First 50", "First 50"),
    said("stop", "stop keeping lofi beats synced", "lofi beats"),
    said("stop", "I don't want Night Bus kept synced any more", "Night Bus"),
    said("sync_all", "please sync absolutely everything"),
    said("sync_all", "sync and download everything"),
    said("sync_all", "do make sure everything is synced and downloaded"),
    said("sync_all", "everything should be synced"),
    said("sync_all", "sync all my playlists pls"),
    said("sync_all", "could you sync everything, please?"),
    said("sync_all", "sync every playlist"),
    said("sync_all", "synk everything"),
    said("watch", "keep What's Going On synced every 6 hours", "What's Going On", every_hours=6.0),
    said("watch", "Please make sure Night Bus is synced every 6 hours", "Night Bus", every_hours=6.0),
    said("watch", "keep my lofi beats in sync, every 6 hours", "lofi beats", every_hours=6.0),
    said("watch", "every 6 hrs: sync lofi beats", "lofi beats", every_hours=6.0),
    said("watch", "I'd like Night Bus to be synced every 6 hours", "Night Bus", every_hours=6.0),
    said("watch", "Night Bus should be kept synced every six hours", "Night Bus", every_hours=6.0),
    said("watch", "keep the playlist called First 50 synced every 12 hours", "First 50", every_hours=12.0),
    said("watch", f"sync {_LINK} every 6 hours", _LINK, every_hours=6.0),
    said("watch", "every six hours make sure night bus is synced", "night bus", every_hours=6.0),
    said("watch", "kep Night Bus synced evry 6 hour", "Night Bus", every_hours=6.0),
    said("watch", "keep everything synced"),
    said("watch", "keep Night Bus and lofi beats synced every day", "Night Bus", "lofi beats", every_hours=24.0),
    said("refuse", "don't sync or download Night Bus"),
    said("refuse", "please don't touch Night Bus"),
    said("refuse", "I do not want Night Bus to be downloaded"),
    said("refuse", "never sync Don't Stop"),
    said("refuse", "delete Night Bus from my disk"),
    said("clarify", "sync that one"),
    said("clarify", "don't stop syncing Don't Stop"),
)


EIGHTH_HARMLESS: tuple[str, ...] = tuple(
    """
should I keep Night Bus synced?
did Night Bus finish syncing?
I don't know whether to sync Night Bus
let's not sync Night Bus
let's not sync everything
we shouldn't sync everything
it's better not to sync Night Bus
you can't sync Night Bus
can't you sync Night Bus by yourself?
why would I sync everything?
why would anyone download Night Bus
what if you stop
what if it stops
how would you sync everything
where do you download Night Bus to?
who asked for Night Bus to be synced?
was everything synced?
Night Bus has been synced already
Night Bus already synced
already downloaded Night Bus
just synced Night Bus, thanks
thanks for the sync
synced everything, great
nice, you synced Night Bus
I don't need Night Bus synced
I no longer wish to hear about Night Bus
my sister would like to know how to sync Night Bus
she asked me whether Night Bus was synced
he said don't sync Night Bus
they told me not to download Night Bus
if only you could sync Spotify
if it rains, don't sync Night Bus
once upon a time I synced Night Bus
wouldn't it be nice to sync everything one day
some day I will sync everything
one day I'd love to download it all
next week we sync everything
I used to sync Night Bus every 6 hours
it used to be synced every 6 hours
Night Bus used to sync every 6 hours
is Night Bus synced every 6 hours?
how is Night Bus kept synced?
are you syncing everything?
are you still syncing?
have you stopped syncing Night Bus?
is it safe to stop now?
when should I stop?
do I have to stop syncing Night Bus?
nobody said stop
he told you to stop
I never told you to stop
I'm not asking you to sync Night Bus
I'm not saying sync everything
not asking for a download
this is not a request to sync Night Bus
please wait before you sync Night Bus
hold off on syncing Night Bus
not yet
not everything
forget it
""".strip().splitlines()
)
