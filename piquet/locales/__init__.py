"""The catalogues of what Piquet says, as translators edit them; knows no meaning of any message."""

import io
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files


@cache
def catalogue(language: str) -> GNUTranslations:
    """The messages of `fr` or `en`, compiled in memory, so that no compiled copy can be behind its source."""
    # Babel takes 0.1 s to import: `piquet --help` must not pay it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with files(__name__).joinpath(language, "LC_MESSAGES", "piquet.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
