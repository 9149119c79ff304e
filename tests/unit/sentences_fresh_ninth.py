"""A ninth fresh set: every promised form, plain, polite, terse, reordered and misspelt, of hard names."""

from sentences_shape import Sentence, said

_LINK = "https://soundcloud.com/ola/sets/blue-hour"

NINTH: tuple[Sentence, ...] = (
    said("sync", "make sure “Lo-Fi & Chill” is synced and downloaded", "Lo-Fi & Chill"),
    said("sync", "make sure Keep It Simple is synced and downloaded", "Keep It Simple"),
    said("sync", "make sure Missing You is synced and downloaded", "Missing You"),
    said("sync", "make sure that Not Today is synced and downloaded please", "Not Today"),
    said("sync", "sync Stop Making Sense", "Stop Making Sense"),
    said("sync", "download Only You", "Only You"),
    said("sync", "sync What If and Every Day", "What If", "Every Day"),
    said("sync", "Could you please make sure Far From Home is synced and downloaded?", "Far From Home"),
    said("sync", "Missing You, please make sure it's synced and downloaded", "Missing You"),
    said("sync", "synced and downloaded: make sure Friday Warmup is", "Friday Warmup"),
    said("sync", "Friday Warmup must be synced and downloaded", "Friday Warmup"),
    said("sync", "Would you kindly sync Every Day?", "Every Day"),
    said("sync", "I'd be grateful if you could sync and download Friday Warmup.", "Friday Warmup"),
    said("sync", "Friday Warmup sync+dl", "Friday Warmup"),
    said("sync", "maek sure Friday Warmup is snyced and donwloaded", "Friday Warmup"),
    said("sync", "friday warmup pls", "friday warmup"),
    said("sync", "sync: Not Today", "Not Today"),
    said("sync", "sync the Not Today playlist", "Not Today"),
    said("catalog_only", "sync “Lo-Fi & Chill” but don't download", "Lo-Fi & Chill"),
    said("catalog_only", "sync Only You but don't download", "Only You"),
    said("catalog_only", "sync Not Today but don't download it", "Not Today"),
    said("catalog_only", "don't download, but do sync Friday Warmup", "Friday Warmup"),
    said("catalog_only", "Friday Warmup: sync but don't download", "Friday Warmup"),
    said("catalog_only", "Please sync Far From Home, but please don't download it.", "Far From Home"),
    said("catalog_only", "sync but do not download Friday Warmup", "Friday Warmup"),
    said("catalog_only", "sync, don't download: Friday Warmup", "Friday Warmup"),
    said("catalog_only", "sync Friday Warmup - don't dl", "Friday Warmup"),
    said("catalog_only", "synch Friday Warmup but dont downlod", "Friday Warmup"),
    said("catalog_only", "do sync Friday Warmup, do not download it", "Friday Warmup"),
    said("download_only", "download only Friday Warmup", "Friday Warmup"),
    said("download_only", "download Friday Warmup only", "Friday Warmup"),
    said("download_only", "only download Missing You", "Missing You"),
    said("download_only", "download only, Only You", "Only You"),
    said("download_only", "Every Day - download only", "Every Day"),
    said("download_only", "could you only download Friday Warmup, please?", "Friday Warmup"),
    said("download_only", "please just download Far From Home; no sync", "Far From Home"),
    said("download_only", "dwonload onyl Friday Warmup", "Friday Warmup"),
    said("sync", "only the first 50 of Friday Warmup", "Friday Warmup", limit=50),
    said("sync", "sync Only You, only the first 50", "Only You", limit=50),
    said("sync", "only the first 50 tracks of Every Day, please", "Every Day", limit=50),
    said("sync", "Could you sync only the first 50 tracks of What If?", "What If", limit=50),
    said("sync", "Friday Warmup first 50", "Friday Warmup", limit=50),
    said("sync", "first 50 Friday Warmup", "Friday Warmup", limit=50),
    said("sync", "of Friday Warmup, only the first 50 please", "Friday Warmup", limit=50),
    said("sync", "onyl the fisrt 50 of Friday Warmup", "Friday Warmup", limit=50),
    said("sync", "make sure the first 50 of Friday Warmup are synced and downloaded", "Friday Warmup", limit=50),
    said("sync", "make sure only the first 50 of Friday Warmup are synced", "Friday Warmup", limit=50),
    said("preview", "what would happen if I synced Friday Warmup?", "Friday Warmup"),
    said("preview", "what would happen if I synced What If?", "What If"),
    said("preview", "what would happen if I downloaded Not Today", "Not Today"),
    said("preview", "if I synced Missing You, what would happen?", "Missing You"),
    said("preview", "Could you tell me what would happen if I synced Stop Making Sense?", "Stop Making Sense"),
    said("preview", "what happens if Friday Warmup is synced?", "Friday Warmup"),
    said("preview", "Friday Warmup: what would happen if I synced it?", "Friday Warmup"),
    said("preview", "waht would happn if i synced Friday Warmup", "Friday Warmup"),
    said("preview", "what would happen if Friday Warmup were downloaded", "Friday Warmup"),
    said("status", "is Friday Warmup up to date?", "Friday Warmup"),
    said("status", "is Missing You up to date?", "Missing You"),
    said("status", "is Every Day up to date", "Every Day"),
    said("status", "is Not Today up to date", "Not Today"),
    said("status", "Far From Home - is it up to date?", "Far From Home"),
    said("status", "Would you mind telling me whether Friday Warmup is up to date?", "Friday Warmup"),
    said("status", "is Friday Warmup uptodate", "Friday Warmup"),
    said("status", "Stop Making Sense up to date?", "Stop Making Sense"),
    said("missing", "what is missing from Friday Warmup and why?", "Friday Warmup"),
    said("missing", "what is missing from Missing You and why?", "Missing You"),
    said("missing", "what's missing from Stop Making Sense, and why?", "Stop Making Sense"),
    said("missing", "why and what is missing from Friday Warmup", "Friday Warmup"),
    said("missing", "Friday Warmup - what is missing and why", "Friday Warmup"),
    said("missing", "Could you please tell me what is missing from Far From Home and why?", "Far From Home"),
    said("missing", "wat is misssing from Friday Warmup and why", "Friday Warmup"),
    said("progress", "how far is Friday Warmup?", "Friday Warmup"),
    said("progress", "how far is Far From Home?", "Far From Home"),
    said("progress", "how far is Not Today", "Not Today"),
    said("progress", "Friday Warmup, how far is it?", "Friday Warmup"),
    said("progress", "May I know how far Friday Warmup is?", "Friday Warmup"),
    said("progress", "how far is Stop Making Sense?", "Stop Making Sense"),
    said("progress", "hwo far are you"),
    said("stop", "stop, would you"),
    said("stop", "please stop now"),
    said("stop", "Stop, please."),
    said("stop", "would you please stop?"),
    said("stop", "stopp"),
    said("stop", "stop Friday Warmup", "Friday Warmup"),
    said("stop", "stop syncing Stop Making Sense", "Stop Making Sense"),
    said("stop", "please stop Keep It Simple", "Keep It Simple"),
    said("sync_all", "sync everything, ta"),
    said("sync_all", "Please sync everything, thank you!"),
    said("sync_all", "everything: sync now"),
    said("sync_all", "snc everything"),
    said("sync_all", "could you please sync everything now"),
    said("watch", "keep Friday Warmup synced every 6 hours", "Friday Warmup", every_hours=6.0),
    said("watch", "keep Keep It Simple synced every 6 hours", "Keep It Simple", every_hours=6.0),
    said("watch", "keep Every Day synced every 6 hours", "Every Day", every_hours=6.0),
    said("watch", "every 6 hours keep Missing You synced", "Missing You", every_hours=6.0),
    said("watch", "Friday Warmup: keep synced every 6 hours", "Friday Warmup", every_hours=6.0),
    said("watch", "Would you please keep What If synced every 6 hours?", "What If", every_hours=6.0),
    said("watch", "keep Not Today and Only You synced every 6 hours", "Not Today", "Only You", every_hours=6.0),
    said("watch", "kepe Friday Warmup snyced every 6 hrs", "Friday Warmup", every_hours=6.0),
    said("watch", f"keep {_LINK} synced every 6 hours", _LINK, every_hours=6.0),
    said("refuse", "don't sync Friday Warmup"),
    said("refuse", "don't download Not Today"),
    said("refuse", "please do not sync Every Day"),
)


NINTH_HARMLESS: tuple[str, ...] = tuple(
    """
would you say Friday Warmup is synced
I am not sure if I want Friday Warmup synced
Friday Warmup was fun
we listened to Friday Warmup
do you like Friday Warmup?
what is Friday Warmup?
who made Friday Warmup?
how many tracks are in Friday Warmup?
how big is Friday Warmup
could Friday Warmup be incomplete?
might Friday Warmup be out of date?
should Friday Warmup be synced?
could it be that Friday Warmup isn't synced?
Friday Warmup had been synced before
I'd hate to sync Friday Warmup
I refuse to sync Friday Warmup
nothing should be synced
nobody should download Friday Warmup
I can't believe you synced Friday Warmup
why on earth would you sync everything
stop is a word
the word stop
the word sync
sync is short for synchronise
what is a sync
your sync is slow
the download failed
the download of Friday Warmup failed
downloading Friday Warmup took hours
syncing is fun
I was syncing Friday Warmup when it crashed
while you were syncing Friday Warmup it crashed
my download stopped
it stopped
everything stopped
I stopped it
we have to stop meeting like this
don't even think about syncing Friday Warmup
I would sync Friday Warmup but I have no disk space
you could have synced Friday Warmup
""".strip().splitlines()
)
