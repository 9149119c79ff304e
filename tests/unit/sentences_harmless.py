"""Sentences that hold a wish's words and ask for no change: told, taken back, tied to conditions, or beyond us."""

HARMLESS: tuple[str, ...] = tuple(
    """
I synced Harbour Lights yesterday
Ada synced Harbour Lights for me
they sync Harbour Lights at the club
Harbour Lights was synced by Bo
thanks for syncing Harbour Lights
I hate it when you sync Harbour Lights
hold off on syncing Harbour Lights
wait with Harbour Lights
hold on before you sync Harbour Lights
postpone the sync of Harbour Lights
suspend Harbour Lights
pause the sync of Harbour Lights
please avoid downloading Harbour Lights
I'd rather not sync Harbour Lights
rather not sync Harbour Lights
let's not sync Harbour Lights
sync Harbour Lights? no thanks
sync Harbour Lights? hell no
you can't sync Harbour Lights
you can not sync Harbour Lights
no one asked you to sync Harbour Lights
who told you to sync Harbour Lights?
who asked you to download Harbour Lights
stop asking me to sync Harbour Lights
forget Harbour Lights
forget about syncing Harbour Lights
skip Harbour Lights
exclude Harbour Lights
ignore Harbour Lights from now on
sync nothing
download nothing from Harbour Lights
sync Harbour Lights only if Ada agrees
sync Harbour Lights once I say so
sync Harbour Lights as soon as Ada is done
sync Harbour Lights after the show
sync Harbour Lights and tell Ada
sync Harbour Lights into a zip
sync Harbour Lights as mp3 320
convert Harbour Lights to wav
sync Harbour Lights to my phone
export Harbour Lights
download Harbour Lights's artwork only
sync the second track of Harbour Lights
sync tracks with vocals from Harbour Lights
download track 5 of Harbour Lights
sync Harbour Lights in reverse order
sync Harbour Lights with ffmpeg
swap Harbour Lights and Gym
merge Harbour Lights with Gym
duplicate Harbour Lights
create a playlist called Harbour Lights
make Harbour Lights
I wish Harbour Lights were never synced
Harbour Lights isn't synced
Harbour Lights is not downloaded
don't you think Harbour Lights is synced?
don't even think about syncing Harbour Lights
it would be bad if you synced Harbour Lights
it would be great if you didn't sync Harbour Lights
be careful not to sync Harbour Lights
make sure to not sync Harbour Lights
try not to download Harbour Lights
please do anything but sync Harbour Lights
sync anything but Harbour Lights
sync all except Harbour Lights
download Harbour Lights less often
sync Harbour Lights less
did the sync of Harbour Lights work
can Harbour Lights be downloaded?
is downloading Harbour Lights allowed?
could Harbour Lights have been synced?
how would I sync Harbour Lights
how to sync Harbour Lights
how do you sync Harbour Lights?
explain how to sync Harbour Lights
what does "sync" mean?
what is sync
tell me a joke
sync Harbour Lights and shut down the computer
sync Harbour Lights and then format my disk
run rm on Harbour Lights
sudo sync Harbour Lights
sync Harbour Lights > /dev/null
sync Harbour Lights # and delete
unfollow Ada and sync Harbour Lights
I don't think you should sync Harbour Lights
I doubt you can sync Harbour Lights
without Harbour Lights, sync everything
everything but Harbour Lights please sync
cancel my subscription
log out
hardly ever sync Harbour Lights
no more syncing Harbour Lights, ok?
not now
sync Harbour Lights later today
sync Harbour Lights this evening
sync Harbour Lights at noon
sync Harbour Lights on my birthday
sync Harbour Lights by Friday
do you want to sync Harbour Lights?
does anyone sync Harbour Lights?
would you ever sync Harbour Lights?
if I ask you to sync Harbour Lights, will you?
sync harbour lights? i'd rather not
dont u dare dl harbour lights
nvm dont sync harbour lights
never mind harbour lights
sync harbour lights jk
sync harbour lights, just kidding
sync harbour lights not gym
sync harbour lights when home
sync harbour lights except the last track
sync harbour lights in an hour
sync harbour lights next week
who synced harbour lights
should harbour lights be synced?
I already synced Harbour Lights
I have synced Harbour Lights
we've downloaded Harbour Lights already
I just synced Harbour Lights
I just downloaded Harbour Lights, thanks
he wants to sync Harbour Lights
she wanted to download Harbour Lights
my brother syncs Harbour Lights every day
my brother wants Harbour Lights synced
Ada wants you to know that Harbour Lights was synced
they want to sync everything
he said to sync Harbour Lights
Bo told me to sync Harbour Lights
Ada asked for Harbour Lights
somebody synced Harbour Lights
Harbour Lights was synced
Harbour Lights has been synced already
Harbour Lights was downloaded last week
Harbour Lights is synced
Harbour Lights is up to date
Harbour Lights gets synced every 6 hours
you synced Harbour Lights
you already downloaded Harbour Lights
you never synced Harbour Lights
you should have synced Harbour Lights
you could have downloaded Harbour Lights
I wanted to sync Harbour Lights
I was going to sync Harbour Lights
I used to sync Harbour Lights
I will sync Harbour Lights myself
I'll download Harbour Lights later
I can sync Harbour Lights on my own
I like syncing Harbour Lights
I love Harbour Lights
syncing Harbour Lights was a mistake
syncing Harbour Lights takes ages
downloading Harbour Lights failed
the sync of Harbour Lights failed
the download of Harbour Lights was slow
everything is synced
everything was synced yesterday
everything is up to date
I synced everything
sync Harbour Lights on Sundays
sync Harbour Lights on Sunday
keep Harbour Lights synced on weekends
sync Harbour Lights every Monday
download Harbour Lights at 6
download Harbour Lights at 6 pm
download Harbour Lights at night
sync Harbour Lights tomorrow morning
sync Harbour Lights when I get home
sync Harbour Lights when the new track is out
sync Harbour Lights if Ada adds a track
sync Harbour Lights if it changed
if Harbour Lights changed, sync it
when Harbour Lights changes, sync it
unless it is synced, sync Harbour Lights
unless Harbour Lights is done, download it
after the download, sync Harbour Lights
after Gym is done sync Harbour Lights
before you sync Gym, sync Harbour Lights
sync Harbour Lights before midnight
sync Harbour Lights until Friday
sync Harbour Lights from tomorrow on
in an hour sync Harbour Lights
tomorrow sync Harbour Lights
later, sync Harbour Lights
tonight sync Harbour Lights
next week download Harbour Lights
on Sundays sync Harbour Lights
sync Harbour Lights in 5 minutes
sync Harbour Lights in January
sync Harbour Lights during the night
sync Harbour Lights while I sleep
sync Harbour Lights instead of Gym
stop syncing Harbour Lights tomorrow
stop if Harbour Lights is done
stop when Harbour Lights is done
why did you stop?
did you stop Harbour Lights
have you stopped syncing Harbour Lights?
I stopped it
I stopped syncing Harbour Lights
don't stop
don't stop syncing Harbour Lights
please don't stop Harbour Lights
never stop syncing Harbour Lights
keep going
what keeps Harbour Lights synced
is Harbour Lights kept in sync?
do you sync Harbour Lights every 6 hours?
how often do you sync Harbour Lights
can you sync things?
can it download playlists?
what can you sync?
what does sync everything do?
what happens with "sync everything"
should I sync everything?
could everything be synced?
did you sync everything
have you downloaded everything?
don't sync everything
do not download everything
dont sync evrything
pls dont sync harbour lights
plz dont donwload harbour lights
u dont need to sync harbour lights
u shouldnt sync harbour lights
never sycn harbour lights
nver sync Harbour Lights
don' sync Harbour Lights
id you download Harbour Lights
sync Harbour Lights? no
sync Harbour Lights? not yet
sync Harbour Lights? maybe later
maybe sync Harbour Lights?
should we sync Harbour Lights or not
is it time to sync Harbour Lights?
is syncing Harbour Lights a good idea
anyone syncing Harbour Lights?
the Don't Stop playlist must not be synced
don't sync the Sync playlist
don't download Download
never sync Everything
is Download downloaded?
is the Sync playlist synced
is "Sync Everything" synced?
what is missing from Sync Everything
how far is Download
did you download Download?
I synced Sync
Download was downloaded
""".strip().splitlines()
)
