"""Which encoding a feed is truly in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.feed.decode import decode

FRENCH = "Été à l’école : « ça coûte 5 € »"
GERMAN = "Müller: „Größe ist für Öl egal“"
RUSSIAN = "В Турции психически нездоровый мужчина взорвал хлопушку"
TURKISH = "Asgari Ücret Ne Kadar? Şubat için ığ"
KOREAN = "책읽기 똠방각하 펲시콜라"
JAPANESE = "東京の天気は晴れです①髙橋"
CHINESE = "美国白宫称，将提名约翰‧艾伦镕"
TAIWANESE = "臺北市長表示，下週二"
GREEK = "Νέα της ημέρας"
POLISH = "Żółć gęślą jaźń"


def document(text, declared=None):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{declaration}<rss><title>{text}</title></rss>"


@pytest.mark.parametrize(
    ("text", "declared", "truly"),
    [
        (FRENCH, "iso-8859-1", "cp1252"),
        (FRENCH, "us-ascii", "cp1252"),
        (GERMAN, "latin1", "cp1252"),
        (TURKISH, "iso-8859-9", "cp1254"),
        (KOREAN, "euc-kr", "cp949"),
        (KOREAN, "ks_c_5601-1987", "cp949"),
        (JAPANESE, "Shift_JIS", "cp932"),
        ("東京の天気", "x-sjis", "cp932"),
        ("東京の天気", "iso-2022-jp", "iso-2022-jp"),
        (CHINESE, "gb2312", "gb18030"),
        (TAIWANESE, "big5", "big5"),
        (POLISH, "iso-8859-2", "iso-8859-2"),
        (RUSSIAN, "windows-1251", "cp1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (RUSSIAN, "IBM855", "cp855"),
        (RUSSIAN, "x-mac-cyrillic", "mac-cyrillic"),
        (GREEK, "cp737", "cp737"),
        ("Größe für alle", "cp850", "cp850"),
        ("Größe für alle", "cp437", "cp437"),
        (RUSSIAN, "utf-8", "cp1251"),
        (FRENCH, "utf-16", "utf-8"),
        (RUSSIAN, "windows-1251", "utf-8"),
        (KOREAN, "euc-kr", "utf-8"),
        (FRENCH, "utf-7", "utf-8"),
        (FRENCH, "base64", "utf-8"),
        (FRENCH, "klingon", "utf-8"),
        (FRENCH, "utf-8", "utf-8-sig"),
        (FRENCH, "utf-8", "utf-16"),
        (FRENCH, "utf-8", "utf-16-le"),
        (FRENCH, None, "utf-16-be"),
        (FRENCH, None, "utf-32"),
        (FRENCH, None, "cp1252"),
        (RUSSIAN, None, "koi8-r"),
        (RUSSIAN, None, "cp1251"),
    ],
)
def test_the_text_is_read_as_what_it_is_and_not_as_what_it_says(text, declared, truly):
    headers = (
        {"Content-Type": "text/xml; charset=windows-1251"}
        if declared == "utf-8" and truly == "cp1251"
        else {}
    )
    assert text in decode(document(text, declared).encode(truly), headers)[0]


def test_the_language_of_a_feed_tells_its_undeclared_encoding():
    body = f"<rss><channel><language>pl</language><title>{POLISH}</title></channel></rss>".encode("cp1250")
    assert POLISH in decode(body, {})[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [("pl", POLISH), ("cs", "Žluťoučký kůň šel domů"), ("hu", "Árvíztűrő tükörfúrógép")],
)
@pytest.mark.parametrize("truly", ["iso-8859-2", "cp1250"])
@pytest.mark.parametrize("declared", [None, "utf-8"])
def test_an_undeclared_central_european_feed_without_windows_own_bytes_is_iso_8859_2(
    language, text, truly, declared
):
    body = document(f"<language>{language}</language>{text}", declared).encode(truly)
    assert text in decode(body, {})[0]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/xml; charset=iso-8859-1"}])
def test_what_euc_jp_lacks_is_read_as_its_vendors_wrote_it(headers):
    vendors = b"\xad\xa1 \xad\xea \xad\xb6 \xfc\xe2"  # of NEC's row 13 and IBM's row 92
    body = document("東京の天気|", "EUC-JP").encode("euc_jp").replace(b"|", vendors)
    assert "東京の天気① ㈱ Ⅱ 髙<" in decode(body, headers)[0]


def test_a_broken_character_of_euc_jp_costs_only_itself():
    body = document("東京|の天気", "EUC-JP").encode("euc_jp").replace(b"|", b"\xff")
    assert "東京\ufffdの天気" in decode(body, {})[0]


@pytest.mark.parametrize("stray", [b"\x92", b"\xe9", b"\xff", b"\x81"])
def test_a_stray_byte_does_not_spoil_the_rest(stray):
    body = document(FRENCH + "|" + FRENCH).encode().replace(b"|", stray)
    text, _ = decode(body, {"content-type": "text/xml; charset=utf-8"})
    assert text.count(FRENCH) == 2


def test_encoded_surrogates_become_the_character_they_pair_to_or_nothing():
    pair = "😀".encode("utf-16-be")
    halves = b"".join(
        chr(int.from_bytes(pair[i : i + 2], "big")).encode("utf-8", "surrogatepass") for i in (0, 2)
    )
    assert decode(b"<a>\xc3\xa9" + halves + b"|" + halves[:3] + b"</a>", {})[0] == "<a>é😀|</a>"


def _read_as_cp1252(body: bytes) -> str:
    """As browsers do: the five bytes that cp1252 leaves out are controls."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in body)


@pytest.mark.parametrize("text", [FRENCH, GERMAN, RUSSIAN, POLISH, "l’été à la plage: 100 €"])
def test_doubly_encoded_text_is_undone(text):
    doubled = _read_as_cp1252(document(f"{text} {text}").encode()).encode()
    assert f"{text} {text}" in decode(doubled, {})[0]


@pytest.mark.parametrize(
    "text",
    ["FPÖ“ und „Spaß“ und „ÖVP“", "retour à\u00a0«\u00a0l’ancienne\u00a0»", "Â Ã â ä ö ü: les lettres é à è"],
)
def test_rightly_encoded_text_is_not_undone(text):
    assert text * 3 in decode(document(text * 3).encode(), {})[0]


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "text/xml; charset=shift_jis", "text/xml; charset=hz", "x; charset=utf-16"]),
)
def test_any_bytes_can_be_read_and_written_again(body, content_type):
    text, encoding = decode(body, {"content-type": content_type})
    text.encode("utf-8")
    assert encoding


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\ufeff\x00"), max_size=200))
def test_sound_utf_8_is_read_to_the_letter(text):
    body = ("<a>é" + text).encode()
    undone = decode(body, {})[0]
    assert undone == "<a>é" + text
