"""Names of months and of time zones as feeds write them; tables only."""

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
ינו פבר מרץ אפר מאי יונ יול אוג ספט אוק נוב דצמ
जन फ़र मार्च अप्रै मई जून जुला अग सित अक्टू नव दिस
มกรา กุมภา มีนา เมษา พฤษภา มิถุนา กรกฎา สิงหา กันยา ตุลา พฤศจิ ธันวา
"""
MONTHS = {
    name: number
    for line in reversed(_MONTHS.strip().splitlines())
    for number, name in enumerate(line.split(), start=1)
} | {"μαϊ": 5, "μάι": 5, "jui": 6, "июнь": 6, "май": 5, "czerw": 6, "kvet": 5, "serv": 6, "maí": 5, "mrt": 3}

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
