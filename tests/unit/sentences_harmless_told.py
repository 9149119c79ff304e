"""Sentences that tell, ask, praise or put off: none of them asks for a change."""

HARMLESS_TOLD: tuple[str, ...] = tuple(
    """
you know I never synced Harbour Lights
we've been syncing Harbour Lights for years
last time we synced Harbour Lights it failed
Harbour Lights synced fine yesterday
Harbour Lights downloaded ok
my mom synced Harbour Lights
my friend asked me to sync Harbour Lights
they told me you sync Harbour Lights
rumour has it that Harbour Lights is synced
it says Harbour Lights synced
the log says “sync Harbour Lights”
what is “sync Harbour Lights”?
he syncs Harbour Lights every Sunday
she downloads everything
everyone syncs everything
nobody syncs everything
I never said sync everything
I didn't say sync everything
who said sync everything
sync everything they said
sync everything, he said
"sync everything" is what he said
don't you ever sync everything
sync everything when I'm asleep
sync everything after midnight
sync everything at 3am
sync everything on weekends
stop on Sunday
stop tomorrow
stop later
stop after this track
stop in an hour
stop when finished
stop if it fails
don't stop yet
I'd stop if I were you
he stopped
it stopped
why does it stop
does it stop?
can it stop
will it stop?
is it stopped?
should it stop
keep Harbour Lights synced on Sundays
keep Harbour Lights synced until Friday
keep Harbour Lights synced if possible not
keep Harbour Lights synced unless I say so
keep Harbour Lights synced when I travel
keep Harbour Lights synced every time Ada uploads
keep Harbour Lights synced every full moon
keep Harbour Lights synced every 0 hours
keep Harbour Lights synced every -1 hours
keep Harbour Lights synced at 6
he keeps Harbour Lights synced
I keep Harbour Lights synced
do you keep Harbour Lights synced?
do I keep Harbour Lights synced every 6 hours?
only the first 50 of Harbour Lights tomorrow
only the first 50 of Harbour Lights if they are new
not only the first 50 of Harbour Lights
not the first 50 of Harbour Lights
the first 50 of Harbour Lights are synced
are the first 50 of Harbour Lights synced
why only the first 50 of Harbour Lights
is it only the first 50 of Harbour Lights?
Harbour Lights has 50 tracks
Harbour Lights is my favourite
Harbour Lights is great
Harbour Lights sucks
Harbour Lights is broken
Harbour Lights is missing
Harbour Lights was deleted
Harbour Lights is private now
Harbour Lights is done
Harbour Lights is not done
Harbour Lights needs work
Harbour Lights doesn't need syncing
Harbour Lights shouldn't be synced
Harbour Lights should never be synced
Harbour Lights will be synced tomorrow
Harbour Lights can wait
Harbour Lights may be synced later
Harbour Lights might need a sync
good night
thank you for syncing Harbour Lights
thanks for the download
great job syncing Harbour Lights
sorry I synced Harbour Lights
oops I downloaded Harbour Lights
nice, Harbour Lights synced
download failed
download complete
sync failed
sync complete
sync done?
synced everything?
downloaded everything?
everything synced?
everything downloaded?
is everything synced and downloaded?
is Download synced and downloaded?
was Don't Stop downloaded?
don't sync Don't Stop
don't download the Don't Stop playlist
never sync the First 50 playlist
I don't want Everything synced
what if I sync Everything
who synced Sync
how do I sync Sync
if I sync Download what happens
dont sync the sync playlist
please dont download first 50
do not sync "sync everything"
leave Everything alone
leave everything alone
ignore everything
forget everything
forget it
never mind
nvm
cancel my order
help
?
what can you do
are you there
hello
test
""".strip().splitlines()
)
