"""Language tags as feeds write them to BCP 47 tags."""

# ISO 639-1 (https://www.loc.gov/standards/iso639-2/php/code_list.php), and iw and in, which it had before he and id.
_LIST = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it
iu iw ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt
my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl
sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za
zh zu"""
_CODES = frozenset(_LIST.split())


def language_tag(raw: object) -> str | None:
    """`fr_FR` as `fr-FR`, and None for what is no language (`US`)."""
    if not isinstance(raw, str):
        return None
    code, *rest = raw.strip().replace("_", "-").split("-")[:4]
    good = code.lower() in _CODES and code != code.upper()
    if not good or not all(part.isascii() and part.isalnum() and len(part) <= 8 for part in rest):
        return None
    return "-".join([code.lower(), *map(_subtag, rest)])


def _subtag(part: str) -> str:
    """Regions in capitals, scripts capitalized: https://www.rfc-editor.org/rfc/rfc5646#section-2.1.1."""
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part.lower()
