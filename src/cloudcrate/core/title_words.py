"""The words of titles that say which version of a song it is, as ``titles`` folds them: data only."""

KINDS = {
    "8d": "8d", "acapella": "acapella", "acappella": "acapella", "acoustic": "acoustic",
    "bootleg": "bootleg", "clean": "clean", "clip": "preview", "club": "club", "cover": "cover",
    "covers": "cover", "demo": "demo", "dirty": "dirty", "dub": "dub", "dubplate": "dub",
    "edit": "edit", "explicit": "explicit", "ext": "extended", "extended": "extended", "flip": "flip",
    "inst": "instrumental", "instrumental": "instrumental", "karaoke": "karaoke", "live": "live",
    "mashup": "mashup", "medley": "medley", "mix": "mix", "mixed": "mixed", "nightcore": "nightcore",
    "orchestral": "orchestral", "preview": "preview", "radio": "radio", "reedit": "edit",
    "refix": "refix", "remake": "remake", "remaster": "remaster", "remastered": "remaster",
    "remix": "remix", "remixed": "remix", "reprise": "reprise", "rerub": "rerub", "reverb": "reverb",
    "rework": "rework", "reworked": "rework", "rmx": "remix", "session": "session",
    "sessions": "session", "slowed": "slowed", "snippet": "preview", "spedup": "spedup",
    "speedup": "spedup", "teaser": "preview", "unplugged": "acoustic", "version": "version",
    "vip": "vip", "tvsize": "tvsize",
    # as they are written elsewhere, folded as ``_plain`` folds
    "akustik": "acoustic", "akustisch": "acoustic", "acoustique": "acoustic", "acustico": "acoustic",
    "acustica": "acoustic", "akoestisch": "acoustic", "akusticka": "acoustic", "fassung": "version",
    "envivo": "live", "aovivo": "live", "dalvivo": "live", "enconcert": "live", "nazywo": "live",
    "instrumentale": "instrumental", "instrumentalni": "instrumental", "karaokeversion": "karaoke",
    "ремикс": "remix", "рмкс": "remix", "кавер": "cover", "караоке": "karaoke", "минус": "instrumental",
    "инструментал": "instrumental", "акустика": "acoustic", "акустическая": "acoustic", "лаив": "live",
    "лайв": "live", "версия": "version", "демо": "demo", "ремастер": "remaster",
    "リミックス": "remix", "カラオケ": "karaoke", "インスト": "instrumental",
    "インストゥルメンタル": "instrumental", "ライブ": "live", "ライヴ": "live", "アコースティック": "acoustic",
    "カバー": "cover", "デモ": "demo", "tvサイズ": "tvsize", "バージョン": "version", "ver": "version",
    "리믹스": "remix", "라이브": "live", "인스트루멘탈": "instrumental", "混音": "remix", "现场": "live",
    "伴奏": "instrumental", "翻唱": "cover", "現場": "live",
    "ريمكس": "remix", "ريميكس": "remix", "كاريوكي": "karaoke",
}  # fmt: skip
"""Words of versions, in the languages they are met in, and the kind each one names."""

ALIASES = {"pt": "part", "vol": "volume", "teil": "part"}
COUNTED = frozenset({"part", "volume", "chapter"})
NUMERALS = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10",
}  # fmt: skip
