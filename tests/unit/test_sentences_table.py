"""The table of sentences itself: large, even, without repeats, and true to its texts."""

from collections import Counter

from sentences import SENTENCES, Sentence

CHANGING = {"sync", "download_only", "catalog_only", "watch", "sync_all", "stop"}
ASKING = {"preview", "status", "missing", "progress"}
SILENT = {"refuse", "clarify"}
COUNTED = {"sync", "download_only", "catalog_only", "watch", "sync_all", "preview"}


def _stand_in_order(sentence: Sentence) -> bool:
    """Whether the names occur verbatim in the text, one after the other."""
    end = 0
    for name in sentence.playlists:
        begin = sentence.text.find(name, end)
        if begin < 0:
            return False
        end = begin + len(name)
    return True


def test_there_are_enough_sentences() -> None:
    assert len(SENTENCES) >= 360


def test_no_sentence_stands_twice() -> None:
    assert [text for text, times in Counter(sentence.text for sentence in SENTENCES).items() if times > 1] == []


def test_every_action_is_known_and_said_in_twenty_ways() -> None:
    times = Counter(sentence.action for sentence in SENTENCES)
    assert set(times) == CHANGING | ASKING | SILENT
    assert {action: count for action, count in times.items() if count < 20} == {}


def test_names_occur_verbatim_and_in_order() -> None:
    assert [sentence for sentence in SENTENCES if not _stand_in_order(sentence)] == []


def test_names_are_bare_and_different() -> None:
    quotes = "“”„«»‘"
    names = [name for sentence in SENTENCES for name in sentence.playlists]
    assert [name for name in names if not name or name != name.strip() or name[0] in quotes or name[-1] in quotes] == []
    assert [sentence for sentence in SENTENCES if len(set(sentence.playlists)) < len(sentence.playlists)] == []


def test_a_limit_stands_only_where_tracks_are_counted() -> None:
    limited = [sentence for sentence in SENTENCES if sentence.limit is not None]
    assert limited
    assert [sentence for sentence in limited if (sentence.limit or 0) < 1 or sentence.action not in COUNTED] == []


def test_hours_stand_only_in_a_standing_order() -> None:
    timed = [sentence for sentence in SENTENCES if sentence.every_hours is not None]
    assert timed
    assert [sentence for sentence in timed if (sentence.every_hours or 0) <= 0 or sentence.action != "watch"] == []


def test_what_is_declined_and_what_is_for_everything_names_no_playlist() -> None:
    nameless = SILENT | {"sync_all"}
    assert [sentence for sentence in SENTENCES if sentence.action in nameless and sentence.playlists] == []
    assert [sentence for sentence in SENTENCES if sentence.action == "sync" and not sentence.playlists] == []


def test_every_pair_of_quotes_and_every_kind_of_link_occurs() -> None:
    texts = "\n".join(sentence.text for sentence in SENTENCES)
    signs = ('"', "“", "„", "«", "‘", " '", "’", "?si=", "on.soundcloud.com/", "/likes", "/tracks", "/sets/", "🙏")
    assert [sign for sign in signs if sign not in texts] == []
