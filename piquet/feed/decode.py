"""The bytes of a feed to text: which encoding they are truly in; knows nothing of XML beyond its first line."""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping

# Labels name less than what is sent: https://encoding.spec.whatwg.org/#names-and-labels, as Python's names.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}
_LABELS = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "windows-949": "cp949",
    "x-gbk": "gb18030",
    "x-big5": "big5hkscs",
    "windows-874": "cp874",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ukrainian": "mac-cyrillic",
    "x-euc-jp": "euc_jp",
    "unicode": "utf-16",
    "utf8mb4": "utf-8",
}
_KNOWN = re.compile(
    r"utf-(8|16|32)(-[lb]e)?|cp(125\d|437|737|775|8[56]\d|874|932|949)|iso8859-\d+|koi8-[rut]|mac-\w+|gb18030|"
    r"big5hkscs|euc_jp|iso2022_jp\w*|johab|hz"
)
_ONE_BYTE = ("cp125", "cp437", "cp7", "cp8", "iso8859", "koi8", "mac")
_SEVERAL_BYTES = ("cp932", "cp949", "euc", "gb18030", "big5", "iso2022", "hz", "utf-16", "utf-32")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# https://www.w3.org/TR/xml/#sec-guessing: the first "<" (and "?" or a letter) without a mark.
_FIRST_UNITS = (
    (re.compile(rb"\s*<\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00\x00\x00<"), "utf-32-be"),
    (re.compile(rb"(?:\s\x00)*[<{]\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"(?:\x00\s)*\x00[<{]\x00[^\x00]"), "utf-16-be"),
)
_DECLARATION = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(rb"(?:<(?:dc:)?language>|xml:lang=[\"'])\s*(?:<!\[CDATA\[)?\s*([a-zA-Z]{2})")
_UTF8_RUN = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|([\x80-\xff])"
)
# https://www.unicode.org/reports/tr26/: a character beyond U+FFFF written as two, or half of one
_SURROGATES = re.compile(
    rb"(\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf])|\xed[\xa0-\xbf][\x80-\xbf]"
)
# Where nothing is declared and the bytes are not UTF-8: what the feed's own language was written in.
_BY_LANGUAGE = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk"), ("cp1251", "koi8-r")),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "hr", "sl", "sr"), ("cp1250",)),
    "ja": ("cp932", "euc_jp"),
    "ko": ("cp949",),
    "zh": ("gb18030", "big5hkscs"),
    "tr": ("cp1254",),
    "el": ("cp1253",),
    "he": ("cp1255",),
    "iw": ("cp1255",),
    "ar": ("cp1256",),
    "fa": ("cp1256",),
    "th": ("cp874",),
    "vi": ("cp1258",),
    **dict.fromkeys(("lt", "lv", "et"), ("cp1257",)),
}
# What cp1250 has letters and quotes for are controls in ISO 8859-2, whose letters elsewhere are other ones.
_WINDOWS_ONLY = re.compile(rb"[\x80-\x9f]")
_WEAK = ("utf-8", "cp1252")  # what servers and templates declare without looking


def _legacy_byte(error: UnicodeError) -> tuple[str, int]:
    """Decode a stray byte as cp1252, the usual stowaway, and encoded surrogates as what they pair to."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if found := _SURROGATES.match(error.object, error.start):
        pair = found[0].decode("utf-8", "surrogatepass") if found[1] else ""
        return pair.encode("utf-16", "surrogatepass").decode("utf-16"), found.end()
    return error.object[error.start : error.end].decode("cp1252", "ignore"), error.end


def _vendors_kanji(error: UnicodeError) -> tuple[str, int]:
    """Decode what EUC-JP does not have (①, ㈱, 髙) as CP51932 does: its table's places are those of CP932.

    https://encoding.spec.whatwg.org/#euc-jp-decoder, whose index jis0208 has NEC's and IBM's characters too.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if len(pair) < 2 or min(pair) < 0xA1 or max(pair) > 0xFE:
        return "\ufffd", error.start + 1
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    lead = (0x81 if row < 62 else 0xC1) + row // 2
    trail = 0x9F + cell if row % 2 else 0x40 + cell + (cell >= 63)
    return bytes((lead, trail)).decode("cp932", "replace")[:1], error.start + 2


codecs.register_error("piquet.legacy_byte", _legacy_byte)
codecs.register_error("piquet.vendors_kanji", _vendors_kanji)


def decode(body: bytes, headers: Mapping[str, str]) -> tuple[str, str]:
    """The body as text, and the name of the encoding used. Never fails: stray bytes become what they look like."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _text(body[len(mark) :], name)
    for pattern, name in _FIRST_UNITS:
        if pattern.match(body):
            return _text(body, name)
    return _unmarked(body, headers)


def _unmarked(body: bytes, headers: Mapping[str, str]) -> tuple[str, str]:
    declared = tuple(_declared(body, headers))
    if not body.isascii() or any(name.startswith(("iso2022", "hz")) for name in declared):
        name = _true_encoding(body, declared)
    else:
        name = "utf-8"
    text, name = _text(body, name)
    return (text, name) if name != "utf-8" else (once_encoded(text), name)


def _text(body: bytes, name: str) -> tuple[str, str]:
    return body.decode(name, _errors(name)), name


def _errors(name: str) -> str:
    """What becomes of bytes that an encoding does not have; in one of several bytes a character they say nothing."""
    if name == "euc_jp":
        return "piquet.vendors_kanji"
    return "replace" if name.startswith(_SEVERAL_BYTES) else "piquet.legacy_byte"


def _declared(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """The usable declared encodings, as supersets, the most telling first."""
    in_body = _DECLARATION.search(body[:1024].replace(b"\x00", b""))
    in_header = _CHARSET.search(next((v for k, v in headers.items() if k.lower() == "content-type"), ""))
    labels = [in_body[1].decode("ascii", "ignore")] if in_body else []
    labels += [in_header[1]] if in_header else []
    names = [name for label in labels if (name := _known(label))]
    return iter(sorted(dict.fromkeys(names), key=lambda name: name in _WEAK))


def _known(label: str) -> str | None:
    """Python's name of the superset of a label; None for what is no encoding of text (utf-7, base64...)."""
    label = label.lower().strip()
    try:
        name = _LABELS.get(label) or codecs.lookup(label).name
    except LookupError:
        return None
    name = _SUPERSETS.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def _true_encoding(body: bytes, declared: tuple[str, ...]) -> str:
    """UTF-8 where the bytes are (almost) that, whatever is declared; else what is declared and fits."""
    stateful = next((name for name in declared if name.startswith(("iso2022", "hz"))), None)
    if stateful and _fits(body, stateful):
        return stateful
    wide = ("utf-16", "utf-32")  # their marks and zeros would have shown
    likely = [name for name in declared if name != "utf-8" and not name.startswith(wide)]
    if _is_utf8(body, trusted=not likely):
        return "utf-8"
    for name in likely:
        if _fits(body, name):
            return name
    return likely[0] if likely else _guessed(body)


def _is_utf8(body: bytes, *, trusted: bool) -> bool:
    """Whether all, or nearly all, of the bytes beyond ASCII form UTF-8 characters.

    A legacy double-byte text is valid by accident in under a third of its pairs, a single-byte one far less;
    `trusted` says that nothing else was declared.
    """
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        whole = stray = 0
        for match in _UTF8_RUN.finditer(body):
            if match[1]:
                stray += 1
            else:
                whole += 1
        return whole >= stray if trusted else whole > 4 * stray
    return True


def _fits(body: bytes, name: str) -> bool:
    if name == "euc_jp":
        return "\ufffd" not in body.decode(name, "piquet.vendors_kanji")[:-2]
    try:
        body.decode(name)
    except UnicodeDecodeError as error:
        return name.startswith(_ONE_BYTE) or error.start > len(body) - 4
    return True


def _guessed(body: bytes) -> str:
    language = _LANGUAGE.search(body[:65536])
    names = _BY_LANGUAGE.get(language[1].decode().lower(), ()) if language else ()
    name = _most_readable(
        body, names or ("cp1252", "cp1251", "koi8-r", "cp932", "euc_jp", "gb18030", "cp949")
    )
    return "iso8859-2" if name == "cp1250" and not _WINDOWS_ONLY.search(body) else name


def _most_readable(body: bytes, names: Iterable[str]) -> str:
    sample = body[:50_000]
    return max(names, key=lambda name: _readability(sample, name))


def _readability(sample: bytes, name: str) -> float:
    """How much of the text beyond ASCII is what a language writes in running text (0 to 1)."""
    text = sample.decode(name, "replace")
    foreign = [character for character in text if character > "\x7f"]
    if not foreign:
        return 0.0
    good = sum(_is_usual(character) for character in foreign)
    bad = text.count("\ufffd") * 4
    return (good - bad) / len(foreign) / (1.0 if name[:4] in ("cp12", "koi8") else 0.99)


def _is_usual(character: str) -> bool:
    return (
        character in "éèêëàâäçîïôöùûüñáíóúãõßåøæœ’«»“”–…\xa0°·"
        or "а" <= character <= "я"
        or "\u3040" <= character <= "\u30ff"
        or "\uac00" <= character <= "\ud7a3"
        or "\u4e00" <= character <= "\u9fa5"
    )


def once_encoded(text: str) -> str:
    """The text with doubly encoded UTF-8 undone, where nearly all that is not ASCII is doubly encoded."""
    found = _DOUBLE.findall(text) if "Ã" in text or "Â" in text or "Ð" in text or "â" in text else ()
    if len(found) < 3:
        return text
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    if sum(map(len, found)) < 0.9 * beyond_ascii:
        return text
    return _DOUBLE.sub(lambda match: _undone(match[0]), text).replace(
        "Ã ", "à "
    )  # its no-break space was lost


def _undone(run: str) -> str:
    try:
        return bytes(_BYTE_OF[character] for character in run).decode("utf-8")
    except UnicodeDecodeError:
        return run


def _bytes_by_character() -> dict[str, int]:
    """cp1252 read backwards, and the C1 controls that Latin-1 makes of the same bytes."""
    latin = {chr(byte): byte for byte in range(0x80, 0x100)}
    windows = {bytes([byte]).decode("cp1252", "ignore"): byte for byte in range(0x80, 0xA0)}
    return {character: byte for character, byte in (latin | windows).items() if character}


_BYTE_OF = _bytes_by_character()
_TAIL = "[" + re.escape("".join(c for c, b in _BYTE_OF.items() if 0x80 <= b <= 0xBF)) + "]"
_DOUBLE = re.compile(f"[\u00c2-\u00df]{_TAIL}|[\u00e0-\u00ef]{_TAIL}{{2}}|[\u00f0-\u00f4]{_TAIL}{{3}}")
