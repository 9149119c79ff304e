"""Sentences typed in haste, without capitals, that ask for no change: times, conditions, statements, other wishes."""

HARMLESS_SMALL: tuple[str, ...] = tuple(
    """
sync gym by friday
sync gym over the weekend
sync gym during lunch
sync gym around 6
sync gym past midnight
sync gym once done
sync gym as long as it is free
sync gym provided ada agrees
sync gym in case it changed
sync gym assuming it is public
sync gym only on sundays
sync gym on sundays
sync gym every sunday
sync gym when the wifi is back
sync gym whenever ada is online
sync gym tomorrow pls
sync gym 2moro
sync gym l8r
sync gym in a bit
sync gym after lunch
sync gym before lunch
sync gym at 5pm
sync gym at 17:00
sync gym first thing in the morning
sync gym next month
sync gym this weekend
sync gym starting monday
sync gym from monday
sync gym till friday
sync gym until it is done
sync gym or night bus
sync gym, or maybe not
sync gym... actually dont
sync gym haha no
sync gym? nah
sync gym but only if needed... or not
sync gym minus track 3
sync gym without the intro
sync gym except remixes
sync gym but skip remixes
sync gym, skip the first 3
sync gym from track 10
sync gym starting at track 10
sync gym tracks 5 to 10
sync gym but delete the old ones
sync gym and unsync night bus
sync gym and remove duplicates
sync gym as flac
sync gym in high quality only
sync gym to my usb stick
sync gym to dropbox
sync gym to spotify
i synced gym
i synced gym yesterday
he synced gym
ada synced gym
ada wants to sync gym
ada wants gym
bo said sync gym
my friend syncs gym daily
someone should sync gym
i might sync gym
i may sync gym later
we could sync gym
we should sync gym someday
i would sync gym if i could
i'd sync gym if it were mine
one could sync gym
they sync gym
nobody syncs gym
gym was synced
gym is synced
gym got synced
gym has been downloaded
gym is being synced
gym is downloading
gym will be synced
gym syncs fine
gym sync failed
gym sync is slow
gym never syncs
gym doesn't sync
gym won't download
gym cant be synced
gym isnt synced
gym wasn't downloaded
cant sync gym
couldn't sync gym
unable to sync gym
failed to sync gym
error syncing gym
syncing gym failed
syncing gym
downloading gym
synced gym
sync of gym failed
no sync for gym
not gym
not syncing gym
no gym
gym? no
why gym
how gym
who gym
what about gym
what's gym
anything new in gym
is there a gym playlist
do i have gym
where is gym
where are the files of gym
who made gym
when is gym synced
when will you sync gym
what if i sync gym
what if you dont sync gym
suppose i sync gym
imagine you sync gym
let me think about syncing gym
i am thinking about syncing gym
thinking of syncing gym
planning to sync gym
i forgot whether i synced gym
not sure if i synced gym
remind me to sync gym
remind me to download gym tomorrow
tell ada to sync gym
ask bo to sync gym
let ada sync gym
teach me to sync gym
i don't know how to sync gym
it's hard to sync gym
it is not necessary to sync gym
there is no point in syncing gym
what is the point of syncing gym
please consider syncing gym
sync gym?? are you crazy
dont you dare sync gym
u better not sync gym
better not sync gym
i'd prefer you not sync gym
i'd prefer if you didn't sync gym
refrain from syncing gym
stop! don't sync gym
wait, don't sync gym
hold on, not gym
cancel that, don't stop
undo sync gym
revert gym
rollback gym
pause gym
resume gym tomorrow
rename gym
move gym
copy gym to night bus
sort gym
shuffle gym
play gym
share gym
like gym
repost gym
comment on gym
buy gym
rate gym
open gym
show gym
print gym
list gym
export gym
gym tomorrow
gym later
gym at 6
gym on sundays
gym every now and then
gym when i'm home
gym if possible not
keep gym
keep gym as it is
keep gym away from notion
keep gym unsynced
keep gym from syncing
keep gym private
watch gym tonight
watch gym only on sundays
sync every 6 hours
keep synced every 6 hours
only the first 50
just the first 50 please
download only
sync but don't download
make sure it is synced and downloaded
make sure
is synced and downloaded
up to date
and why
synced
downloaded
sync
download
sync playlist
sync the playlist
sync my playlist
sync a playlist
sync that playlist please
sync this
sync them
sync some playlists
sync a few playlists
sync most of my playlists
sync almost everything
sync nearly everything
sync everything but gym
sync everything except gym
sync everything tomorrow
sync everything on sundays
sync everything if possible not
sync not everything
sync everything? no
everything
all
all of them
not everything
""".strip().splitlines()
)
