"""Names of months and of time zones as feeds write them; tables only."""

import unicodedata

# Shortest spelling that tells the month, January first, from CLDR's abbreviated and wide formats
# (https://cldr.unicode.org); a word belongs to the longest spelling it starts with.
_MONTHS = """
jan feb mar apr may jun jul aug sep oct nov dec
janv fév mars avr mai juin juil aoû sept oct nov déc
jän feb mär apr mai jun jul aug sep okt nov dez
ene feb mar abr may jun jul ago set oct nov dic
jan fev mar abr mai jun jul ago set out nov dez
gen feb mar apr mag giu lug ago set ott nov dic
jan feb maa apr mei jun jul aug sep okt nov dec
ian feb mar apr mai iun iul aug sep oct noi dec
jan feb mar apr maj jun jul aug sep okt nov dec
jan feb mar apr mai jun jul aug sep okt nov des
tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu
jaan veebr märts apr mai juuni juuli aug sept okt nov dets
xan feb mar abr mai xuñ xul ago set out nov dec
sty lut mar kwi maj cze lip sie wrz paź lis gru
led úno bře dub kvě červn červenc srp zář říj listop pros
jan feb mar apr máj jún júl aug sep okt nov dec
jan feb már ápr máj jún júl aug sze okt nov dec
oca şub mar nis may haz tem ağu eyl eki kas ara
ιαν φεβ μαρ απρ μαι ιουν ιουλ αυγ σεπ οκτ νοε δεκ
янв фев мар апр мая июн июл авг сен окт ноя дек
січ лют бер кві тра чер лип сер вер жов лис гру
яну фев мар апр май юни юли авг сеп окт ное дек
јан феб мар апр мај јун јул авг сеп окт нов дец
jan feb mar apr maj jun jul avg sep okt nov dec
jan feb mac apr mei jun jul ogo sep okt nov dis
jan feb mar apr mei jun jul agu sep okt nov des
gen feb mar abr mai jun jul ago set oct nov des
يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
يناير فبراير مارس ابريل ماي يونيه يوليه اغسطس سبتمبر اكتوبر نوفمبر ديسمبر
جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر
ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر
ינו פבר מרץ אפר מאי יונ יול אוג ספט אוק נוב דצמ
जनव फ़रव मार्च अप्रै मई जून जुला अगस सित अक्टू नवं दिसं
जनव फरव मार्च अप्रै मई जून जुला अगस्त सितं अक्तू नवम्ब दिसम्ब
জানু ফেব্ মার্চ এপ্রি মে জুন জুলা আগস সেপ্ট অক্টো নভে ডিসে
มกรา กุมภา มีนา เมษา พฤษภา มิถุนา กรกฎา สิงหา กันยา ตุลา พฤศจิ ธันวา
"""
# What the tables leave out: nominatives of languages that date in the genitive, and shortened spellings.
_MORE = {
    **{"μαϊ": 5, "μάι": 5, "май": 5, "июнь": 6, "czerw": 6, "červen": 6, "červene": 7, "kvet": 5, "serv": 6},
    **{"jui": 6, "maí": 5, "mrt": 3, "می": 5},
}
MONTHS = {
    unicodedata.normalize("NFC", name): number
    for line in reversed(_MONTHS.strip().splitlines())
    for number, name in enumerate(line.split(), start=1)
} | _MORE

# What a word means in one language only: Croatian's lipanj is a month before Polish lipiec.
_CROATIAN = """sij velj ožu tra svi lip srp kol ruj lis stu pro"""
MONTHS_OF = {
    "hr": {
        name: number
        for number, names in enumerate(_CROATIAN.split(), start=1)
        for name in (names, names.replace("ž", "z"))
    }
}

# Months that are no single word, or that stand close to others: of Thailand, the Levant, China, Vietnam.
_PHRASES = (
    "ม.ค.|ก.พ.|มี.ค.|เม.ย.|พ.ค.|มิ.ย.|ก.ค.|ส.ค.|ก.ย.|ต.ค.|พ.ย.|ธ.ค.",
    "كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين الأول|تشرين الثاني|كانون الأول",
    "一月|二月|三月|四月|五月|六月|七月|八月|九月|十月|十一月|十二月",
    "tháng một|tháng hai|tháng ba|tháng tư|tháng năm|tháng sáu|tháng bảy|tháng tám|tháng chín|tháng mười"
    "|tháng mười một|tháng mười hai",
)
MONTH_PHRASES = {
    unicodedata.normalize("NFC", phrase): number
    for line in _PHRASES
    for number, phrase in enumerate(line.split("|"), start=1)
}

# What Americans write for whichever half of the year it is.
ZONES_BY_SEASON = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}

# Minutes east of Greenwich. The names of RFC 5322 as it says; the others as the tz database uses them
# (https://www.iana.org/time-zones), the larger population first where one name has several meanings.
ZONES = {
    name: round(hours * 60)
    for hours, names in {
        0: "UT UTC GMT Z WET AZOST",
        1: "CET MEZ BST WEST WAT IST_IE HEC",
        2: "CEST MESZ EET CAT SAST IST_HE HAEC KALT",
        3: "EEST MSK EAT TRT IDT AST_AR FET",
        3.5: "IRST",
        4: "MSD GST SAMT AMT_AM AZT GET MUT",
        4.5: "AFT IRDT",
        5: "PKT YEKT UZT TMT MVT",
        5.5: "IST SLST",
        5.75: "NPT",
        6: "OMST BST_BN BDT ALMT",
        6.5: "MMT",
        7: "ICT WIB NOVT KRAT HOVT",
        8: "HKT SGT MYT PHT PST_FIL WITA AWST IRKT CST_ZH ULAT",
        9: "JST KST WIT YAKT TLT",
        9.5: "ACST",
        10: "AEST VLAT CHST PGT EST_AU",
        10.5: "ACDT",
        11: "AEDT MAGT SBT NCT EDT_AU",
        12: "NZST FJT PETT",
        13: "NZDT",
        -1: "CVT",
        -2: "BRST FNT",
        -2.5: "NDT",
        -3: "ADT BRT ART UYT CLST PYST GFT WGT",
        -3.5: "NST",
        -4: "EDT AST CLT BOT VET AMT PYT GYT HAE",
        -5: "EST CDT COT PET ECT HNE HAC",
        -6: "CST MDT GALT HNC HAR",
        -7: "MST PDT HNR HAP",
        -8: "PST AKDT HNP",
        -9: "AKST HDT",
        -10: "HST TAHT",
        -11: "SST",
    }.items()
    for name in names.split()
}
