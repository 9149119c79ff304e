"""The phrases of the language, and what each says.

A phrase is written in words: ``(a|b)`` is a choice, ``[a]`` may be missing, ``[a]*`` may be repeated, ``{NAME}``
stands for a class of words, ``#`` for a number; ``⟨`` and ``⟩`` are the keys of round brackets, ``=name`` is a word
with a capital. A line of a table is what is said, and the phrases that say it.
"""

from cloudcrate.core.sentences_senses import Sense


def _table(text: str) -> tuple[tuple[Sense, str], ...]:
    """Reads a table of phrases."""
    rows = (line.split(maxsplit=1) for line in text.strip().splitlines())
    return tuple((Sense[sense], written) for sense, written in rows)


OPENING = _table("""
NOTE          {POLITE}|hey|hi|hello|there|so|well|yes|why yes|yeah|oh|good (morning|evening|day)|just|simply
NOTE          [there is|theres] no (rush|hurry|worries|pressure|stress)|nah|nope
NOTE          (may|might|can|could) i (trouble|ask|bother|beg|request|invite) you [if you could] [to]|however|though
NOTE          (would|is) it (at all|maybe|perhaps)* [be] (at all|maybe|perhaps)* possible for you to
NOTE          be so (good|kind|nice) [as] (and|to)|first|firstly|first of all|(must|should) not forget to
NOTE          {I} (must|should) not forget to|mustnt forget to|no problem|no problem if it takes long|whenever you can
NOTE          not (all|everything|the whole thing) [of it] (,|but|just)* only|that is enough
NOTE          (thats|that is) (it|all)|(heres|here is) (the|my|a|our)* (link|url|playlist|set)
NOTE          [just] [a|one|my]* [quick|short|small|last|silly|simple]* question [for you]
NOTE          (could|can|will|would) (you|we|somebody|someone|anybody|anyone)|would you mind
NOTE          would you be so kind as to
NOTE          {I} (want|need|would like) you to
NOTE          (give|show|send|make|get) me (a|the) list of|a list of|go ahead and|lets|be sure to|make sure to
NOTE          make sure you|why (dont|not) [you|we]|why dont we|how about [you]
NOTE          (dont|do not|never) [{SOFTLY}]* you forget to
NOTE          (dont|do not|never) (you|ever|please)* (forget|neglect|omit|fail|hesitate) [to|2]
NOTE          (sure|certain|careful)* not to (forget|neglect|miss|omit) [to]|without fail|if not|(and|but) if not
NOTE          (it|this|that) (would|will) be {SOFTEST} (if|to) [you|we] [could|can|would|might]
NOTE          would be {SOFTEST} if (you|we) [could|can|would]
NOTE          {I} [would|really|much|d]* (appreciate|love|like) it if (you|we) [could|can|would]
NOTE          id [really|much]* (appreciate|love|like) it if (you|we) [could|can|would]
NOTE          (you|we) (can|may|should|could|might) [just|now|please|kindly|also]
NOTE          {SOFTEST} (if|when) (you|we) (could|can|would|might) [please|kindly]
NOTE          (is it|would it be) possible for you to [please|kindly]|would it be possible that you
NOTE          [{I}] [was|were|am|im|just|only|wanted to|want to|would like to|may|might|would]* (wondering|asking|\
                ask|wonder) [you] (if|whether) (you|we) (could|can|would|might|may) [be able to|be so kind as to|\
                be willing to|possibly|please|kindly]*
NOTE          (if|whether) (you|we) (could|can|would|might|may) [be able to|be so kind as to|possibly|please|\
                kindly] [and|to]
NOTE          (no|not a) (need to|rush|hurry|big deal|stress) [rush|hurry|though]
NOTE          i want to|i need to|id like to|id love to|i would love to
NOTE          (dont|do not|never) forget to|dont hesitate to|do not hesitate to|but also
NOTE          and|then|but|&|+|also|both|when you
STATUS        {TELL} [whether|if|that]
COMMA         ,|:|-|;|!|.|...|⟨|⟩
""")

_HEADS = _table("""
NOTE          it (:|,)
NOTE          everything {OF}|(all|everything) in|for|as for|regarding|concerning|with regard to|w|from
NOTE          from soundcloud|in|of|on|with|only|just|about
REFUSE        [get] rid of|throw away|delete|remove|erase|wipe|empty|purge|trash|clear|drop|discard|destroy
REFUSE        cancel my (subscription|account|membership|order|booking|appointment|plan)
REFUSE        unlike|dislike|clean [up]|tidy [up]|bypass|circumvent|hack|throw|shuffle|rate|zip|tweet|queue|listen to
REFUSE        forward
REFUSE        transfer|{DONT} (delete|remove|erase)|remix|mix|master|stretch|crop|encode|format|publish|advertise
REFUSE        buy me|overwrite|reset|undo|unsync|prune|kill|crack|break|breaking|unlock|unfollow|follow|like
REFUSE        repost|upload|play|print|email|mail|send|post|comment|rename|ignore previous|forget [previous|your]
REFUSE        copy to|convert|transcode|merge|split|sort|reorder|edit|change|buy|steal
REFUSE        sell|stream|burn|move
REFUSE        add this (track|song) to|share|lend
SYNC          [do|to] {SYNCV} [up]|{SYNCING}|to (put|add)|put|add|catalog|catalogue
SYNC          {SYNCV} (the|my|our)* [notion|music] (database|notion|catalog) (for|of|with)
SYNC          [{DO}] [a|the|another] [full|complete|new|quick|fresh|normal|whole]* {SYNCN} [of|for|on|with]
SYNC          [do|make] (an|the) (update|import|archive) (of|for)|(start|begin|try|trigger) [to] {SYNCV}
SYNC          (start|begin|resume) {SYNCING}
DOWNLOAD      [{DO}] (a|the|another) [full|complete|new|quick|whole]* download (of|for|on|from)
SYNC          make sure [that] (ive got|i have|i have got|we have|i get|we get) [all of|all|everything in]|write|enter
SYNC          limit the ({SYNCN}|download) of|(start|begin) (downloading|to download|download of)
SYNC          ({SYNCV}|{SYNCING}) (all of|everything in|everything from|the whole of|the whole|the entire|\
                all [of] [the] {TRACKS} {OF})
SYNC          {SYNCV} (and|&|,|then|plus)* (also|then)* {LOADV}
DOWNLOAD      [do|to] {LOADV}|{LOADING}|hook me up with|let me have|lemme have|set me up with|grabbing|getting
DOWNLOAD      downloaded|(could|can|may|might) i (get|have)
SYNC          {STATED} is (what|how) {I} (want|need|would like|d like)
SYNC          synced|synched|syncd|synchronised|synchronized|updated|refreshed
DOWNLOAD      {LOADV} (everything|all|all [of] [the] {TRACKS}|the (tracks|songs|files)) {OF}
DOWNLOAD      {LOADV} all of
NOTE          [all] [of] (the|its) {TRACKS} {OF}|[all of] (the|its) (tracks|songs) [{OF}]|all of|all {TRACKS} {OF}
FILES         only to download|(only|just|simply) ({LOADF}|{LOADING})|{LOADF} (only|just)
FILES         (no|without|instead of) (syncing|sync), (only|just) {LOADING}
FILES         [i] only (want|need|wanna|would like) [to] {LOADF}
FILES         [i] (only|just) (want|need) {FILES} [of|from|for|in]
ROWS          {SYNCV} {ROWS} (of|for)|only (in|into|to) notion|[i] (only|just) (want|need) {ROWS} [of|from|for|in]
ROWS          {ROWS} only (of|from|for|in)|(only|just) [put|add|write] {ROWS} (of|from|for)
ROWS          [i] (only|just) (want|need) the catalog (of|from|for)
FILES         [download|get|fetch|i want|i only want] (only|just) {FILES} [of|from|for|in]
FILES         (i only want|(only|just) {LOADV}) {FILES} [of|from|for|in]
FILES         {FILES} only|(only|just) [do|make|run|start] (a|the) download (of|for|from)
NOTE          {FILES} (of|from|for|in)
ROWS          (only {SYNCV}|(only|just) (update|write|add|catalogue) ({ROWS}|notion|it to notion)) [of|from|for|in]
ROWS          (only|just) {ROWS} [of|from|for|in]
SYNC          just {SYNCV}|(not|dont|do not) (only|just) {SYNCV}
DOWNLOAD      (not|dont|do not) (only|just) {LOADV}
NOT_SYNC      {DONT} ({SYNCV}|{SYNCING}|touching notion)
NOT_DOWNLOAD  (never mind|forget|forget about|dont bother with) {FILES}
NOT_DOWNLOAD  {DONT} ({LOADV}|{LOADING}|(saving|storing|keeping) {FILES}) [{ANY}]
NOT_DOWNLOAD  no (download|downloads|mp3s|files|audio) (for|of|just|only|,)
NOT_SYNC      {DONT} {WRITING} [{ANY}|{ROWS}] [(to|in|into|on) (the|my)* (notion|database|catalog)]
NOT_BOTH      (stay away|keep away|keep your hands off|hands off|keep off|keep out) [of|from]
NOT_BOTH      {DONT} (touch|start|keep|watch|bother with)|ignore|skip|avoid {VERBING}|neither {VERB} nor {VERB}|leave
NOT_BOTH      {DONT} ({VERB}|{SYNCING}|{LOADING}) (and [then]|or|&|+|nor) [{DONT}] ({VERB}|{SYNCING}|{LOADING})
NOT_BOTH      {I} (want|wish|like|need) not [that]
NOT_BOTH      {I} (dont|do not|didnt|never) (want|wish|like|need|ask for|want to see) [you to {VERB}|to {VERB}]
NOT_BOTH      no (sync|syncing|download) (for|of)|make sure you dont {VERB}|make sure you never {VERB}
WANTED        [id|{I}] (would|d|really|greatly|much)* (appreciate|love|like) it if|make|could|can
WANTED        (itd|thatd) be {SOFTEST} if
WANTED        limit|restrict|cap
NOTE          (itd|thatd) be {SOFTEST} (if|to) [you|we] [could|can|would|might]
WANTED        ([{I}] (must|have to|gotta|got to|want to|need to|would like to|wanna|would love to|\
                should like to) (have|get|see)|{I} (should|would|d) (like|love|want)|[{I}|it|that] (would|will|\
                should|shall) be {SOFTEST} if|wanna have|i wanna|want|need|[have] need|{I} (must|have to|gotta|\
                got to) have|{I} (would prefer|prefer|wish|hope|ask|request|require|would ask|insist|expect)|\
                (look|mind|watch out) that|\
                arrange for|(make|take) [{SOFTLY}]* (sure|certain|care)|request|it is (important|essential|\
                necessary|vital|crucial|needed)|[it|that|this|id|i] [would|will] [be] {SOFTEST} (if|to have|to see)|\
                (make|makes|making) (sure|certain) [that]|[do] make sure|make sure of it|take care|see that|check|\
                verify|confirm|arrange|i would appreciate it if|see to|guarantee|please have|make certain|ensure|\
                see to it|be sure|{I} want|{I} need|id like|id love|{I} would (like|love)|get|have|bring) [that|\
                to have|to get|to see|you to have|it that]
KEEP          (set up|schedule|arrange|create|establish|configure) [for] [a|an|the|some]*|hold|keep|watch
KEEP          keep an eye on|(keep|continue|go on) (watching|syncing|updating|downloading)|from now on|follow along
KEEP          monitor|start watching
KEEP          (automatically|continuously|constantly|regularly) {SYNCV}|always keep
STOP          (discontinue|terminate|cease|interrupt|break off|call off|put an end to) [the|all|any]* ({SYNCN}|\
                {VERBING}|{LOADING}|download|sync) [of|for]
STOP          (stop|cancel|halt|abort|quit) [(stop|cancel|halt)]* [[the] (sync|download|run|job) [of]|{VERBING}|\
                keeping]
STOP          (stop|cancel|halt|abort|kill|end|interrupt|terminate|quit) (this|that|the|all|any|current|running|\
                ongoing|whole)* (sync|syncs|download|downloads|run|job|process|syncing|downloading) [of|for]
STOP          stop (to|with) ({VERB}|the sync|syncing|{VERBING}) [of]|(stop|cease|quit|end) (the|all)* {VERBING}
STOP          (wait|oh|no) no [no]* stop|enough|unwatch|dont watch|cease|give it a rest
STOP          no longer (want|need)|i no longer (want|need)
STOP          (stop|quit|halt|cancel|cease) (keeping|watching|following|updating|mirroring|all|everything)*
STOP          stop (whatever|what|anything|everything) [youre|you are|its|it is] [doing]|dont go on|thats enough
STOP          {DONT} keep {VERBING}|no longer (keep|sync|download|watch)
CLARIFY       ({DONT} stop|dont not|(dont|do not|never) (not|dont)|{DONT} (cancel|abort|halt)) [{VERBING}]
BUT_NOT       [but|and] not
CLARIFY       except|excluding|other than|apart from|if|unless|until|after|the last|last #|half of|half
CLARIFY       the (first|last) few [of]|a few of|some of|actually|twice|help|pause|the latest|the newest
CLARIFY       the first - # {OF}|(thanks|thank you|thx|ty) for|wait (with|on|for|until)|hold off [on|with]
CLARIFY       would you ever
CLARIFY       [the] (track|song|tracks|songs|number) # [(to|and|-) #] {OF}
IT            it|its|it is|theyre|they are|they|them|that|this|(the|my|that|this) {KIND}
ALL           {THE} {KINDS}|every [single] {KIND} [of mine|i have|i own]|each [and every] {KIND}
ALL           (each|every one) of {THE} {KINDS}|all of {THE} (stuff|music)
ALL           all (that|what|of what)* {I} (have|own|like|follow)|all {THE} {KINDS} of (me|mine)
ALL           everything [i have|i own|i keep|ive got|there is|in my library|on my list]|{THE} stuff
ALL           absolutely everything
ALL           all|all of {THE} {KINDS}|all of them
ALL           the (whole|entire) library|the [whole|full] lot|my library
ALL           {THE} (whole|entire|complete|full)* (collection|library|things|lot|catalog of playlists)
ALL           {THE} (whole|entire) library
""")

_QUESTIONS = _table("""
PREVIEW       what (would|will|happens|happen|could) [happen|change|be done] (if|when) [{I}] [asked you to]
PREVIEW       (what would|whatd|what will) you do (if|when) i (asked you to|ask you to|said|say|told you to)
PREVIEW       whatd [happen|change] (if|when) [{I}]
PREVIEW       what (would|will|could) (you|it) do [(if|when) [{I}]|to|with|for|about]
PREVIEW       what (would|will) ({SYNCING}|{LOADING})
PREVIEW       (would|will) ({SYNCING}|{LOADING})
PREVIEW       (what|how many {TRACKS}) (would|will) be {VERBED} [from|in|of]
PREVIEW       if {I} (ask|asked|told|tell) you to|am i able to|(is it|would it be) worth [it] (to {VERB}|{VERBING})
PREVIEW       what if [{I}]|if {I}|before you
PREVIEW       (should|can|may|shall|could|must) i
PREVIEW       (do|does|should|must|did) {I} (need|have|want|ought) to {VERB}
PREVIEW       is it (possible|ok|okay|safe|wise|advisable|worth|allowed|a good idea) to
PREVIEW       is it (possible|ok|okay|safe|wise|advisable|worth|allowed|a good idea) to
PREVIEW       [see|show] [me] (a|the) (plan|preview) (of|for)|preview [of|for]
PREVIEW       [do|make|run] [a] (dry run|dry-run|dryrun|test run|preview|simulation) [for|of|on|with]|simulate
PREVIEW       pretend to|[show] [me] the plan [for|of]|plan
PREVIEW       [show me] what (a sync|a download) of
PREVIEW       [just] [show me] what (would|will) (happen|change|be done)
STATUS        (did|didnt|does|have|havent|has|hasnt|had|(do|dont) {I}) [{I}] [last] [{VERB}|{VERBED}]
STATUS        when was the last time (you|we|i|it) [was] {VERBED}|(have|has) (all|any|all of)* (the|my)* {TRACKS} {OF}
STATUS        whats (up|new) with|do i have all of
STATUS        when (did|do|have) (you|i|we) [last] [{VERB}|{VERBED}]
STATUS        [when] (was|were|is|are|isnt|arent|wasnt)
STATUS        [give me|show me|send me] [a|an|the]* [brief|short|quick|full|current]* (status report|status update|\
                update|report|overview|summary|status) (on|of|for|about)
STATUS        [whats|what is] [the] (status|state) [of]|how is|hows|check [for] [new] [{TRACKS}] [on|in|of]
STATUS        (can you|could you) [please] check [if|whether] [is|are]
MISSING       (what|(which|what|how many) {TRACKS}) (is|are) [still] missing
MISSING       whats [still] missing|[list|show] [me] the missing {TRACKS}|[show me] what failed|missing
MISSING       [is|are|isnt there|are there] (anything|something|any tracks) missing|did anything fail|what fails
MISSING       (what|which) (didnt|did not) download
MISSING       what do i not have
MISSING       (what|which) tracks (of|from|in)
MISSING       why (is|isnt|are|arent|wasnt|did|didnt|hasnt|havent|has|do|does|doesnt) [you] [{VERB}]
MISSING       why is track # missing
PROGRESS      how (far|far along) (is|are) [you]|{TELL} how (far|far along) [you are] [with]|how far
PROGRESS      how long until|how much longer will|when will|how much of
PROGRESS      how much is left of|how many tracks of|how long will
PROGRESS      [whats|what is] [the] progress [of|on]|hows it going|how is it going|[whats] [the] eta
PROGRESS      are we there|[are|r] you (done|finished|ready)
PROGRESS      (have you|are you|did you|arent you|havent you) (finished|done|still|stop|stopped) [{VERBING}]
PROGRESS      is it still running|what are you doing|are you done
""")

_LIMITS = _table("""
LIMIT         [to|take|do] [only|just] [the] (first|top) # [{TRACKS}] [only|will do|is enough|are enough|\
                is fine|are fine|suffice]
LIMIT         [only|just] (a #|#) ({TRACKS}) [at most|only|max|maximum|tops] [of|from]
LIMIT         [but] (stop|end|finish|quit) after [the first] # [{TRACKS}]
LIMIT         [only|just] (no more than|up to|at most|not more than|max|max of|maximum|a maximum of|maximum of|\
                limit|[with] [a] limit of|limit to|limited to|limit it to|capped at) [the first] # [{TRACKS}]
LIMIT         # (max|maximum|tops|at most)|--limit #|[take] [only|just] [the] # first [{TRACKS}]
LIMIT         [only|just] the first {TRACKS}
LIMIT         [{I}] (only|just) (need|want|require) [the] (first|top) # [{TRACKS}]
""")

_INTERVALS = _table("""
EVERY         (every|each|all|once every|once in) [#|the #] [other|half|half an|single|full] {UNIT}
EVERY         (at|in) [a|an] # {UNIT} (intervals|interval|rhythm)|(once|twice|# times) (daily|hourly|weekly)
EVERY         (at|in) intervals of # {UNIT}|[with|at] [an|a] interval [of|:] # {UNIT}|--every # [{UNIT}]
EVERY         every [#] {UNIT}|# x (a|per|every|each) {UNIT}
EVERY         (at least|about|around|roughly|exactly) (once|twice|# times) (a|an|per|every|each) {UNIT}|hourly|daily
EVERY         weekly|on (a|an) (hourly|daily|weekly) basis|(once|twice|# times|# time) (a|an|per|every|each) {UNIT}
CLARIFY       (every|each) (day|week) at # [am|pm]|(every|each) {DAY} [at # [am|pm]]
CLARIFY       monthly|yearly|every now and then|every (few|couple of|so often|once in a while)|now and then
CLARIFY       from time to time|regularly|every # (months|month|years)
""")

_TAILS = _table("""
MORE          however|though|although|nevertheless|and|but|then|&|as well as
IT            {IT}
LIMIT         [but] (only|just) #|to [only] [the] [first|top] # [{TRACKS}]
NOTE          (nothing|no one) else|nothing more|(and|,)* that is all|(and|,)* thats all
STATE         (isnt|arent|wasnt|hasnt been|havent been) [yet] {STATED}|(is|are) (out of date|out of sync|outdated|stale)
NOTE          {POLITE}|from soundcloud|[in]to [my] (notion|database|catalog)|on soundcloud|into [my] (notion|database)
NOTE          only|just|for (me|us|him|her)
NOTE          to {DISK}|onto {DISK}|on {DISK}|as usual|like (always|usual)|new stuff|whats new|anything new
NOTE          the new (ones|{TRACKS})
NOTE          first|beforehand|to begin with|under any circumstances|with (notion|the database|my library)|at all
NOTE          to be|in any case|at any cost|leave nothing out
NOTE          if it takes long
SYNC          {SYNCING} [{IT}] (is enough|will do|suffices)
DOWNLOAD      {LOADING} [{IT}] (is enough|will do|suffices)
COMMA         ,|:|-|;|⟨|⟩|>|<
ASKED         [!|.] [!|.] ?
COMMA         !|.|...
SYNC          {SYNCV} [{IT}]
DOWNLOAD      {LOADV} [{IT}]|and not without downloading it|dont forget to download [{IT}]
NOT_DOWNLOAD  (never mind|forget|forget about|dont bother with) {FILES}
NOT_DOWNLOAD  [but|and] [{IT}] [is|are|must|should|shall|may|need|needs]* not [to] be {LOADED}|{LOADV} nothing
NOT_DOWNLOAD  skip [the|all|any] (download|downloads|downloading)
NOT_SYNC      [but|and] [{IT}] [is|are|must|should|shall|may|need|needs]* not [to] be {SYNCED}
NOT_DOWNLOAD  {DONT} ({LOADV}|{LOADING}|{FILES}) [{ANY}]|nothing on disk|skip {FILES}|not downloaded
NOT_DOWNLOAD  not {LOADED}|except for {LOADING}|no download|no need to download
NOT_DOWNLOAD  {LOADING} (is|are)* {NOTNEEDED}
NOT_SYNC      {SYNCING} (is|are)* {NOTNEEDED}|skip [the] (sync|syncing)
NOT_DOWNLOAD  {FILES} (is|are)* {NOTNEEDED}|[{I}] (dont|do not) (need|want|require) {FILES}
NOT_DOWNLOAD  no {FILES} (should|must|need|needs|are|is|to)* [be|to be] {LOADED}|but nothing downloaded
NOT_DOWNLOAD  {DONT} (the download|a download)|no {FILES} (on|to) {DISK}|downloads not needed|skip {LOADING}
NOT_DOWNLOAD  --no-download|--no-downloads|--skip-download|skip the download|leave out {FILES}|minus {FILES}
NOT_DOWNLOAD  {FILES} not needed|nothing to (disk|download)
NOT_DOWNLOAD  {DONT} (save|keep|store) [{ANY}]|{DONT} need {FILES}|not [on|to] (my|the)* disk
NOT_DOWNLOAD  (with no|without [any]|sans) {FILES}|no (downloads|downloading)
NOT_SYNC      {DONT} ({SYNCV}|{SYNCING}|{ROWS}|touching notion) [{ANY}]
NOT_SYNC      (leave notion alone|skip notion|skip {ROWS}|no rows|no notion)
NOT_SYNC      {DONT} write [anything] to (the database|notion)
NOT_SYNC      (leave|keep) (the database|notion) (as it is|alone|untouched|out of it|out|clean)
NOT_SYNC      {DONT} touch [the|my] (notion|database)|no (notion|database|catalog) [rows|entries|pages]
NOT_SYNC      (dont bother with|{DONT} (use|involve)|forget|never mind) notion
NOT_SYNC      {DONT} (create|make|write|add|touch) [any|new]* {ROWS}
NOT_SYNC      nothing (to|being)* (write|written|added|add|put) (in|to|into) [the|my] (notion|database)
NOT_SYNC      {DONT} {WRITING} [{ANY}|{ROWS}] (to|in|into|on)* (the|my)* (notion|database|catalog)
NOT_SYNC      {ROWS} (is|are)* {NOTNEEDED}|[{I}] (dont|do not) (need|want|require) {ROWS}
NOT_SYNC      {DONT} (write|put|add) (anything|rows|it|them)* (to|into|in) [the|my] (database|notion|catalog)
NOT_SYNC      (write|put) nothing (to|in|into) (the database|notion)|not {SYNCED}|nothing (in|into|to) notion
NOT_SYNC      not (into|in|to) notion|without notion|not notion
NOT_SYNC      {DONT} (put|add) [{ANY}] (in|into|to) notion|(keep|leave) (it out of notion|notion out of it|notion out)
NOT_SYNC      no syncing
NOT_BOTH      as it is|as is|as they are|the way it is
NOT_BOTH      (doesnt|does not|dont|do not) (need|have) to be {VERBED}
NOT_BOTH      as it is|as is|as they are|the way it is
NOT_BOTH      (doesnt|does not|dont|neednt) (need|want) ({SYNCING}|{LOADING})|not to be {VERBED}
NOT_BOTH      {DONT} (touch|be) [{VERBED}]|alone|(is|are) off limits|{DONT} do (it|anything|that)
NOT_BOTH      (must not|must never|is never|are never|should not|should never) be {VERBED}
NOT_BOTH      (is|are|must) (never|not) [be] {VERBED}
NOT_BOTH      (must|should|may|can|shall|is to|are to) (under no circumstances|on no account|by no means|never ever|\
                in no case|never) be {VERBED}
FILES         {FILES} only|download only|only (on|to) {DISK}|(on|to) {DISK} only|only download [{IT}]|only {FILES}
FILES         (is|are|should|must|need|needs)* (only|just) [to] be {LOADED}|just download [{IT}]|--download-only
FILES         --files-only
ROWS          {ROWS} only|(in|into|to|on)* notion only|only (in|into|to) notion|just (in|into|to) notion|sync only
ROWS          only {ROWS}|only sync {IT}
STATE         [that] [all] [of] {IT} (is|are|gets|get) {STATED}
WANTED        {I} (want|need|would like|must|have|should like|d like|should) [to] [have|get|see|be] [it|them]
STATE         (to|can|could|would|might) be {STATED}|(is|are|gets|get|be|was|were|has|have|had|been|being)* {STATED}
SYNC          {NEEDS} [to] (be|get) {STATED}
SYNC          (needs|wants|deserves) [a] ({SYNCN}|{SYNCING}|{LOADING}|download|update|refresh)
SYNC          {NEEDS} {STATED}|(and|,)* i (need|want) (it|them) {STATED}|(would|could) {SYNCV} [please]
SYNC          (is|are) to be {STATED}
KEEP          [is|are|be] always {STATED}|to be kept {STATED}|[is|are|gets|get|be] kept {STATED}|always {STATED}
KEEP          (should|must|needs to|has to|is to|are to)* be kept {STATED}|to (stay|remain) {STATED}
KEEP          (stays|remains|stay|remain) {STATED}
KEEP          (should|must|has to|have to|needs to) (always (be|stay)|stay|remain) {STATED}|keep (it|them) {STATED}
KEEP          on repeat
STOP          stop|stop it|cancel
ANY_MORE      any more|anymore|any longer
PREVIEW       [without|dont|do not] (changing|doing|touching|change|do|touch) anything [yet]|preview|dry-run|dryrun
PREVIEW       simulation|what (happens|would happen|will happen|changes|would change|then)
PREVIEW       would (do|change|happen)|change|--dry-run|dry run|download anything
STATUS        good to go|status|state|doing|looking|standing|looking like|is it {VERBED}|are they {VERBED}
MISSING       missing|whats [still] missing|what is [still] missing
MISSING       (and|,)* (why|the reasons|the reason|for what reason|how come)|what failed|whats failed|whats wrong
MISSING       what went wrong|what is wrong|which failed|what is not there|and why|couldnt be {VERBED}|been {VERBED}
PROGRESS      progress|[the] eta|how far [(is|are) (it|they)]|done|finished|done yet|be done
PROGRESS      is done|are left|[still] take|still need|coming along|right now|going|(done|finished) {VERBING}
CLARIFY       (at|after|before|until|by|since) (midnight|noon|#)|tomorrow|twice|later|tonight|if it is {VERBED}
CLARIFY       jk|kidding|just kidding|nvm|less|at # (am|pm)|actually no|or|the last #|and nothing
""")

_AFTERWARDS = _table("""
REFUSE        (in|into|to) the (bin|trash|rubbish)|away
REFUSE        (off|from) (my|the|our)* (disk|notion|drive|laptop|computer|library|database)
REFUSE        (to|on|from|with|into) [my] (=apple =music|=beatport|beatport|=dropbox|dropbox|=facebook|=instagram|\
                =twitter|spotify|youtube|deezer|tidal|bandcamp|apple music|soulseek)
NOTE          of (each|each one|every one)
""")

BEFORE = (*_HEADS, *_QUESTIONS, *_LIMITS, *_INTERVALS)
"""What stands before a name, or without one."""

AFTER = (*_TAILS, *_LIMITS, *_INTERVALS, *_AFTERWARDS)
"""What stands after a name, or without one."""
