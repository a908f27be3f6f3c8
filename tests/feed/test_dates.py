"""Dates in any form feeds really use; wrong ones are None."""

import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.feed.dates import DateHabits, day_first, parse_date

from .loopback import NOW


def date(raw, **habits):
    found = parse_date(raw, DateHabits(now=NOW, **habits))
    return found and found.strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("Sat, 07 Jan 2017 07:36:48 +0100", "2017-01-07 06:36:48"),
        ("Thu,28 Jul 2022 4:35:5 GMT+9", "2022-07-27 19:35:05"),
        ("2017-06-02T22:05:47-07:00", "2017-06-03 05:05:47"),
        ("2017-06-02T22:05:47.123456789Z", "2017-06-02 22:05:47"),
        ("2017-06-02 22:05", "2017-06-02 22:05:00"),
        ("20170602T220547Z", "2017-06-02 22:05:47"),
        ("2020/1/10", "2020-01-10 00:00:00"),
        ("07.02.2025", "2025-02-07 00:00:00"),
        ("25.04.2026, 20:43 Uhr", "2026-04-25 20:43:00"),
        ("13/04/2020 10:00", "2020-04-13 10:00:00"),
        ("04/13/2020 10:00", "2020-04-13 10:00:00"),
        ("3/4/2020 3:04:05 PM", "2020-03-04 15:04:05"),
        ("1771374614", "2026-02-18 00:30:14"),
        ("1771374614000", "2026-02-18 00:30:14"),
        ("Sun, 03 Aug 2025 24:00:00 GMT", "2025-08-04 00:00:00"),
        ("2020-01-10T10:00:60Z", "2020-01-10 10:00:59"),
        ("Wed Jul 27 15:57:20 CEST 2022", "2022-07-27 13:57:20"),
        ("Fri Aug 08 2025 14:00:00 GMT+0200 (CEST)", "2025-08-08 12:00:00"),
        ("2020-01-10T10:00:00 Europe/Paris", "2020-01-10 09:00:00"),
        ("Fri, 10 Jan 20 10:00:00 JST", "2020-01-10 01:00:00"),
        ("Fri, 10 Jul 2020 10:00:00 MSK", "2020-07-10 07:00:00"),
        ("Fri, 10 Jul 2020 10:00:00 BST", "2020-07-10 09:00:00"),
        ("Fri, 10 Jul 2020 10:00:00 EDT", "2020-07-10 14:00:00"),
        ("Fri, 10 Jul 2020 10:00:00 CEST", "2020-07-10 08:00:00"),
        ("Fri, 10 Jul 2020 10:00 cest", "2020-07-10 08:00:00"),
        ("January 10, 2020 3:15 PM EST", "2020-01-10 20:15:00"),
        ("10/Jan/2020:10:00:00 +0100", "2020-01-10 09:00:00"),
        ("Fri, 10 January 2020 10.00.30 GMT", "2020-01-10 10:00:30"),
        ("mar. 10 mars 2020 10:00:00 CET", "2020-03-10 09:00:00"),
        ("mar., 10 ene. 2020", "2020-01-10 00:00:00"),
        ("10 de enero de 2020", "2020-01-10 00:00:00"),
        ("1er février 2020", "2020-02-01 00:00:00"),
        ("1er fevrier 2020", "2020-02-01 00:00:00"),
        ("10 juin 2020 10h15", "2020-06-10 10:15:00"),
        ("10 juillet 2020", "2020-07-10 00:00:00"),
        ("Di, 10 Mär 2020 10:00:00 MEZ", "2020-03-10 09:00:00"),
        ("10 czerwca 2020", "2020-06-10 00:00:00"),
        ("Чт, 10 янв 2019 10:00:00 MSK", "2019-01-10 07:00:00"),
        ("10 січня 2020", "2020-01-10 00:00:00"),
        ("10 Μαΐου 2020", "2020-05-10 00:00:00"),
        ("10 Haziran 2020 12:00", "2020-06-10 12:00:00"),
        ("10 يناير 2020", "2020-01-10 00:00:00"),
        ("2020年1月10日 15:20", "2020-01-10 15:20:00"),
        ("2020년 1월 10일 오후 3:20", "2020-01-10 15:20:00"),
        ("&nbsp;10 Jan 2020", "2020-01-10 00:00:00"),
        ("Fri Jan 10 10:00:00 +0100 2020", "2020-01-10 09:00:00"),
        ("10. 1. 2020 10:00", "2020-01-10 10:00:00"),
        ("2020-Jan-10 10:00", "2020-01-10 10:00:00"),
        ("2004-július-13T9:15-05:00", "2004-07-13 14:15:00"),
        ("10 d'agost de 2020", "2020-08-10 00:00:00"),
        ("31. jaanuar 2020", "2020-01-31 00:00:00"),
        ("31 xaneiro 2020", "2020-01-31 00:00:00"),
        ("10 červen 2020", "2020-06-10 00:00:00"),
        ("10 červenec 2020", "2020-07-10 00:00:00"),
        ("จ., 23 พ.ค. 2005 09:00:05 +0000", "2005-05-23 09:00:05"),
        ("พุธ, 10 มิ.ย. 2563 10:00:00 +0700", "2020-06-10 03:00:00"),
        ("10 มกราคม 2563", "2020-01-10 00:00:00"),
        ("2563-01-10 10:00:00", "2020-01-10 10:00:00"),
        ("周五, 10 十二月 2020 10:00:00 +0800", "2020-12-10 02:00:00"),
        ("2020年一月10日 10:00", "2020-01-10 10:00:00"),
        ("金, 10 1月 2020 10:00:00 +0900", "2020-01-10 01:00:00"),
        ("금, 10 12월 2020 10:00:00 +0900", "2020-12-10 01:00:00"),
        ("الجمعة، 10 كانون الثاني 2020 10:00", "2020-01-10 10:00:00"),
        ("10 جويلية 2020", "2020-07-10 00:00:00"),
        ("10 ژانویه 2020", "2020-01-10 00:00:00"),
        ("शुक्र, 10 फ़रवरी 2020 10:00", "2020-02-10 10:00:00"),
        ("10 अगस्त 2020", "2020-08-10 00:00:00"),
        ("শুক্রবার, ১০ জানুয়ারি ২০২০", "2020-01-10 00:00:00"),
        ("Fri, 10 Th1 2020 10:00:00 +0700", "2020-01-10 03:00:00"),
        ("ngày 10 tháng 1 năm 2020", "2020-01-10 00:00:00"),
        ("10 Tháng Mười Một 2020", "2020-11-10 00:00:00"),
        ("31/01/2020 03:20:00 م", "2020-01-31 15:20:00"),
        ("31/01/2020 12:20:00 ص", "2020-01-31 00:20:00"),
        ("31/1/2020 3:20 μ.μ.", "2020-01-31 15:20:00"),
        ("31/01/2020 3:20 p. m.", "2020-01-31 15:20:00"),
        ("31 Oca 2020 3:20 ÖS", "2020-01-31 15:20:00"),
        ("31/01/2020 3:20:00 CH", "2020-01-31 15:20:00"),
        ("31/01/2020 12:20:00 SA", "2020-01-31 00:20:00"),
        ("Fri, 31 Jan 2020 12:20 Sa", "2020-01-31 12:20:00"),
        ("Thu, 31 Jan 2013 4:58 pm ET", "2013-01-31 21:58:00"),
        ("Fri, 10 Jul 2020 10:00:00 PT", "2020-07-10 17:00:00"),
        ("Fri, 10 Jan 2020 10:00:00 –0500", "2020-01-10 15:00:00"),
        ("10. elokuuta 2020 klo 10.00", "2020-08-10 10:00:00"),
        ("2020-01-10 10.00", "2020-01-10 10:00:00"),
        ("15:20 12.01.20", "2020-01-12 15:20:00"),
    ],
)
def test_a_real_date_is_read(raw, utc):
    assert date(raw) == utc


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "soon",
        "0",
        "31 Feb 2020",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0001-01-01T00:00:00Z",
        "2099-01-01",
        "9999999999",
        "2020-01-10T25:00:00Z",
        "2020-01-10T24:30:00Z",
        "2020-01-10T10:00:00+99:00",
        "Fri, 10 Jan 2020 10:00:00 XYZ",
        "2020-13-10",
        "03/04/2020",
        "99999999999999999999",
        "2020-01-10 10:00 Europe/Atlantis",
    ],
)
def test_what_is_impossible_unclear_or_yet_to_come_is_no_date(raw):
    assert date(raw) is None


def test_a_zones_name_means_what_it_means_where_the_feed_is_written():
    assert date("Fri, 10 Jul 2020 10:00:00 CST", language="zh-CN") == "2020-07-10 02:00:00"
    assert date("Fri, 10 Jul 2020 10:00:00 CST", language="en-US") == "2020-07-10 16:00:00"
    assert date("Fri, 10 Jul 2020 10:00:00 EST", language="en-AU") == "2020-07-10 00:00:00"
    assert date("Fri, 10 Jul 2020 10:00:00 IST", language="he") == "2020-07-10 08:00:00"


def test_a_months_name_means_what_it_means_in_the_feeds_language():
    for language, lipanj, listopad in (("hr", 6, 10), ("pl", 7, 11), (None, 7, 11)):
        assert date("10 lipnja 2020", language=language) == f"2020-{lipanj:02}-10 00:00:00"
        assert date("10. listopada 2020.", language=language) == f"2020-{listopad:02}-10 00:00:00"
    assert date("31. siječnja 2020. 10:00", language="hr-HR") == "2020-01-31 10:00:00"


@pytest.mark.parametrize("habit", [True, False, None])
def test_a_weekday_that_fits_one_reading_decides_and_one_that_fits_neither_does_not(habit):
    assert date("Sun, 05/12/2019", day_first=habit) == "2019-05-12 00:00:00"
    assert date("Thursday, 05/12/2019", day_first=habit) == "2019-12-05 00:00:00"
    wrong = {True: "2019-12-05 00:00:00", False: "2019-05-12 00:00:00", None: None}[habit]
    assert date("Mon, 05/12/2019", day_first=habit) == wrong


def test_only_english_hours_of_twelve_say_that_the_month_stands_first():
    assert date("05/12/2019 3:04 PM") == "2019-05-12 15:04:00"
    assert date("05/12/2019 3:04 μ.μ.") is None
    assert date("05/12/2019 3:04 p. m.", language="es", day_first=True) == "2019-12-05 15:04:00"


def test_other_dates_of_the_feed_or_its_language_tell_day_from_month():
    assert day_first(["03/04/2020", "13/04/2020"], None) is True
    assert day_first(["03/04/2020", "04/13/2020"], "fr") is False
    assert day_first(["03/04/2020"], "en-US") is False
    assert day_first(["03/04/2020"], "en-GB") is True
    assert day_first(["03/04/2020"], None) is None
    assert date("03/04/2020", day_first=True) == "2020-04-03 00:00:00"
    assert date("03/04/2020", day_first=False) == "2020-03-04 00:00:00"


moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2026, 11, 19)).map(
    lambda moment: moment.replace(microsecond=0)
)
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moments, zones)
def test_both_standard_forms_are_read_exactly(moment, zone):
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    habits = DateHabits(now=NOW)
    assert parse_date(format_datetime(local), habits) == local
    assert parse_date(local.isoformat(), habits) == local


@pytest.mark.parametrize(
    "piece", ["क", "ก", "é", "a ", "1 ", "10 a", "10:00 ", "2020 a ", "T", "A/", ".", "1/1"]
)
def test_no_date_takes_long_however_it_goes_on(piece):
    begun = time.process_time()
    for text in (piece * 200, f"1 {piece * 200}", f"10 Jan {piece * 200}"):
        date(text)
    assert time.process_time() - begun < 0.5


@given(st.text(max_size=60) | st.from_regex(r"[\d/:.+ A-Za-z-]{0,40}", fullmatch=True))
def test_any_text_is_a_date_in_the_past_or_none(raw):
    found = parse_date(raw, DateHabits(now=NOW))
    assert found is None or datetime(1970, 1, 2, tzinfo=UTC) <= found <= NOW + timedelta(hours=26)
