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
""".strip().splitlines()
)
