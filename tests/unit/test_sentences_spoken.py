"""The grammar against ordinary talk: every form in every manner, about names that hold our words, and misspelt."""

from itertools import islice

import pytest
from sentences_byhand import BY_HAND
from sentences_misspelt import PLAIN, misspelt
from sentences_shape import Sentence
from sentences_spoken import FORMS, NAMES, SPOKEN

from cloudcrate.core.intent import read
from cloudcrate.core.sentences_request import Action, Request

WEIGHT = {
    Action.STOP: 1,
    Action.CATALOG_ONLY: 2,
    Action.DOWNLOAD_ONLY: 2,
    Action.SYNC: 3,
    Action.WATCH: 3,
    Action.SYNC_ALL: 4,
}
"""How much an action changes; a misreading may only change less."""

SETS = {"made of forms": SPOKEN, "by hand": BY_HAND}


def _is_right(sentence: Sentence, request: Request) -> bool:
    expected = (Action(sentence.action), sentence.playlists, sentence.limit, sentence.every_hours)
    return (request.action, request.playlists, request.limit, request.every_hours) == expected


@pytest.mark.parametrize("kind", SETS)
def test_ordinary_sentences_are_understood_and_never_change_more_than_was_asked(kind: str) -> None:
    read_as = [(sentence, read(sentence.text)) for sentence in SETS[kind]]
    wrong = [sentence.text for sentence, request in read_as if not _is_right(sentence, request)]
    print(f"\n{kind}: {1 - len(wrong) / len(read_as):.1%} of {len(read_as)} sentences are read right; wrong: {wrong}")
    assert len(wrong) <= 0.02 * len(read_as), wrong
    unasked = [
        sentence.text
        for sentence, request in read_as
        if WEIGHT.get(request.action, 0) > WEIGHT.get(Action(sentence.action), 0)
    ]
    assert unasked == []


def test_the_made_sentences_are_many_and_of_all_forms_and_names() -> None:
    texts = {sentence.text for sentence in SPOKEN}
    assert len(texts) == len(SPOKEN) >= 1000
    assert len(BY_HAND) >= 150
    assert texts.isdisjoint(sentence.text for sentence in BY_HAND if sentence.action == "clarify")
    assert len(FORMS) >= 12
    assert all(len(form.manners) >= 8 for form in FORMS)
    assert len(NAMES) >= 12
    assert all(name in sentence.text for sentence in SPOKEN for name in sentence.playlists)


def test_a_letter_that_is_wrong_never_makes_a_sentence_change_more() -> None:
    right = made = 0
    heavier: list[str] = []
    for text in PLAIN:
        meant = read(text)
        for wrong in islice(misspelt(text), 0, None, 2):
            request = read(wrong)
            made += 1
            right += (request.action, request.playlists, request.limit) == (meant.action, meant.playlists, meant.limit)
            widened = meant.limit is not None and request.limit is None and request.action in WEIGHT
            if widened or WEIGHT.get(request.action, 0) > WEIGHT.get(meant.action, 0):
                heavier.append(wrong)
    print(f"\n{right / made:.1%} of {made} misspelt sentences are read as they are meant")
    assert heavier == []
    assert right >= 0.9 * made


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sync slow train", "slow train"),
        ("sync dark techno", "dark techno"),
        ("sync late drive", "late drive"),
        ("is synth pop up to date", "synth pop"),
        ("make sure deep house is synced", "deep house"),
        ("stop syncing tape loops", "tape loops"),
    ],
)
def test_a_name_of_ordinary_words_is_not_taken_for_misspelt_words_of_ours(text: str, name: str) -> None:
    assert read(text).playlists == (name,)


@pytest.mark.parametrize("verb", ["sync {}", "is {} up to date?", "keep {} synced every 6 hours", "stop syncing {}"])
@pytest.mark.parametrize(
    "name", ["stop motion", "watch it burn", "missing you", "download", "up to date", "morning coffee"]
)
def test_a_name_of_our_words_is_one_in_the_frame_of_a_playlist(verb: str, name: str) -> None:
    assert read(verb.format(f"the {name} playlist")).playlists == (name,)
    assert read(verb.format(f"“{name}”")).playlists == (name,)


@pytest.mark.parametrize("text", ["what is this?", "sync gym or bus.", "Night Bus, wifi is bad", "made it!", "sync it"])
def test_what_is_unclear_is_told_in_good_english(text: str) -> None:
    understood = read(text).understood
    assert understood[0].isupper()
    assert understood.rstrip("”")[-1] in ".?"
    assert not any(signs in understood for signs in ("?.", "..", "!.", " ,", "  "))


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("sync Night Bus and Gym", 'Sync "Night Bus", "Gym" and download their files'),
        ("how far are Night Bus and Gym?", 'Tell how far "Night Bus", "Gym" are'),
        ("is Night Bus up to date?", 'Tell how "Night Bus" stands'),
        ("what is missing from Night Bus and Gym?", 'Tell what is missing from "Night Bus", "Gym", and why'),
        ("keep Night Bus synced hourly", 'Keep "Night Bus" synced every hour'),
        ("sync the first track of Night Bus", 'Sync "Night Bus" and download its files (the first track)'),
    ],
)
def test_what_is_understood_agrees_with_one_and_with_several(text: str, understood: str) -> None:
    assert read(text).understood == understood


@pytest.mark.parametrize("text", ["“export gym”", "“I love Harbour Lights”"])
def test_a_bare_name_in_quotes_is_one_whatever_it_says(text: str) -> None:
    assert read(text).playlists == (text.strip("“”"),)


@pytest.mark.parametrize("text", ["export gym", "I love Harbour Lights", "Ada asked for Harbour Lights"])
def test_a_bare_name_that_reads_as_another_wish_changes_nothing(text: str) -> None:
    assert read(text).action is Action.CLARIFY


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("don sync Night Bus", Action.REFUSE),
        ("ever download Night Bus", Action.REFUSE),
        ("id you download Night Bus", Action.STATUS),
        ("stp the sync", Action.STOP),
        ("you must not cloudcrate, sync Night Bus", Action.CLARIFY),
        ("Never: download it", Action.REFUSE),
        ("Stop: sync everything", Action.STOP),
    ],
)
def test_a_damaged_denial_question_or_stop_stays_one(text: str, action: Action) -> None:
    assert read(text).action is action
