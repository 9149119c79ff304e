"""Classes of words that phrases are made of."""

from collections.abc import Mapping


def _classes(text: str) -> Mapping[str, str]:
    """Reads a table of classes; the lines of one class are its choices."""
    classes: dict[str, str] = {}
    for line in text.strip().splitlines():
        name, written = line.split(maxsplit=1)
        classes[name] = f"{classes[name]}|{written}" if name in classes else written
    return classes


CLASSES = _classes("""
POLITE        please|pls|plz|kindly|now|right now|at once|at last|hold on|wait|already|again|ok|okay
POLITE        alright|thanks|thank you|thx|ty|cheers|a lot|so much|very much|too|for me|🙏|👍|😊|will you|would you
POLITE        yet|if thats ok|as well|also|once|today|fully|asap|rn|wont you|cant you|right away|straight away
POLITE        ta|4 me|bro|m8|boss|chief|fam|pal|for me|mate|man|dude|buddy|lol|tho|real quick|in advance|many thanks
POLITE        with best regards|best regards|kind regards
POLITE        (if|when|whenever|as soon as) (you|we) [{SOFTLY}]* (can|could|may|would|like|please|\
                ({TIMELY}) [{FREELY}]*)
POLITE        if (possible|it is possible|its possible|thats possible|need be|necessary|needed)
POLITE        if (you dont mind|its not too much trouble|it is not too much trouble|its no trouble|its ok|\
                thats okay|its fine)
POLITE        (at your|at the) [very] [earliest|next] (convenience|opportunity|possible|convenient) [moment]
POLITE        as soon as possible|if you please|if (it|that|this) (isnt|is not|is no|wouldnt be|\
                wont be) [too much|any|a]* (trouble|bother|problem|hassle|inconvenience|imposition)
POLITE        as (soon|quickly|fast) as (possible|you can)
TIMELY        get|have|find|are|got|get to
FREELY        a|the|to|able|chance|moment|minute|time|second|sec|it|so|free|ready|some|spare|quiet|around
SOFTLY        just|kindly|please|possibly|perhaps|maybe|ever
SYNCV         actualise|actualize|sync|synch|synchronise|synchronize|resync|re-sync|update|refresh|mirror|import
SYNCV         back up|backup|archive|catch up [on|with]
SYNCV         bring over|replicate|pull in
SYNCING       mirroring|importing|archiving|syncing|synching|synchronising|synchronizing|updating|refreshing
SYNCN         synchronising|synchronizing|synching|sync|syncing|sync run|synch|synchronisation|synchronization|resync
SYNCN         re-sync|backup|refresh
DO            process|do|run|make|start|begin|perform|execute|launch|trigger|kick off|initiate|give me|carry out
NEEDS         (needs|requires|need|should|must|has|have|ought|is supposed|are supposed) [to]
LOADF         download|fetch|grab|save|get
SOFTEST       [so|very|much|really|ever so|extremely|most|too|super|truly]* (nice|great|good|kind|lovely|grateful|\
                cool|awesome|helpful|wonderful|appreciated|glad|happy|thankful|perfect|ideal|much appreciated|\
                delighted|fantastic|amazing|obliged|pleased|fabulous|excellent|brilliant|neat|super|terrific)
SYNCED        synced|synched|syncd|synchronised|synchronized|updated|refreshed|up to date|up-to-date|upto date
SYNCED        up 2 date|up ot date
SYNCED        complete|current|fresh|in notion|in sync
LOADV         download [me]|fetch [me]|get [me]|grab [me]|pull [down]|gimme|(give|hand|bring) me|save [me]|store
LOADV         redownload|re-download|load [down]|obtain|retrieve|snag
LOADV         keep a copy of|put on [my] disk
LOADING       downloading|fetching|saving|loading|grabbing|the downloading|the download
LOADED        available (offline|on {DISK}|locally)|downloaded|fetched|saved|stored|grabbed|on {DISK}|offline
DISK          [my|the] (disk|drive|hard drive|laptop|computer|machine|library)
VERB          {SYNCV}|{LOADV}
VERBING       {SYNCING}|{LOADING}|watching|mirroring
VERBED        {SYNCED}|{LOADED}|mirrored|imported|archived|backed up
STATED        [still] [both] [fully|completely|entirely|properly|totally|last|only|been|being|be|already|\
                just]* {VERBED} [(and|then|,|&|as well as)* [fully|also]* {VERBED}]*
IT            them both|them all|both of them|both
IT            it|they|them|that|this|all of it|its (files|tracks|songs)|the (files|tracks|songs)
ANY           all|{IT}|any (audio|files|tracks|songs|of the audio)|anything|everything
ANY           any of (it|them|the (files|tracks|songs))
DONT          dont|do not|(dont|do not) (you dare|ever|you)|w/o|avoid|refrain from|doesnt|never|must not|mustnt
DONT          should not|shouldnt|neednt|you neednt|need not|no need to|not|cannot|without|rather than
DONT          you (must not|mustnt|should not|shouldnt|cant)|with no|instead of|under no circumstances
DONT          please dont|dont bother [with|to]|no|not to|didnt|(dont|do not) (have|need) to
DONT          (dont|do not) under any circumstances
DONT          {I} (dont|do not) (have|need) to|[there is|theres] no need (to|for)|(is|its) not (necessary|needed) to
DONT          not necessary to
DONT          (id|i would|we would) (rather|prefer it if|prefer if|prefer) {I} (didnt|did not|not)|never ever
DONT          on no account|by no means
DONT          (nobody|no one|noone) (should|may|must|is to|needs to|can)|{I} (dont|do not) (want|wish|like) [you] to
DONT          please to not|to not|(must|should|may|shall) never|(refrain|abstain|desist) from|no more
NOTNEEDED     (not|never) (needed|required|necessary|wanted|to be {LOADED})|unnecessary|superfluous
DONT          (it is|its|it was) (forbidden|prohibited|not allowed|not ok|wrong) to|forbidden to|nobody is allowed to
DONT          (dont|do not) (actually|even|really)|without to|(pray|like) (dont|do not)
DONT          (never|not) to|{I} [would|will] ask [you] not to
THE           [all|all of] (the|my|our|your) [own|soundcloud|saved]*|all [soundcloud]
KIND          playlist|set|album|list|collection
KINDS         playlists|sets|albums|lists|collections
TRACKS        tracks|songs|track|song|items|entries|files
OF            of|from|in|off|out of
I             i|you|we|they
UNIT          hours|hour|hrs|hr|h|minutes|minute|mins|min|days|day|weeks|week
DAY           morning|evening|night|month|year|monday|tuesday|wednesday|thursday|friday|saturday|sunday
DAY           weekday|weekend
WRITING       adding|writing|putting|creating|changing|touching|saving|making|editing
FILES         [the] [audio|mp3|music|sound] files|[the] mp3s|[the] downloads|[the] audio|[the] mp3
ROWS          [the] [notion|music|database|catalog] (rows|row|entries|pages)|catalog|catalogue|[the] metadata
TELL          tell me|let me see|im curious|i was wondering|im wondering|do you happen to know|any idea|can i know
TELL          could i know|id like to know|find out|{I} (should|would) like to (know|see)|id like to see
TELL          (may|might|can|could) i (ask|know|inquire) [you]|(could|can) you give me [an idea of|a hint]
TELL          give me an idea of|can you confirm|confirm|could you confirm|checking|please advise|show me|show|say
TELL          telling me|letting me know|(state|report|specify|indicate|clarify) (whether|if)
TELL          check|explain|let me know|i wonder|do you know|i want to know
""")
