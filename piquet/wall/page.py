"""The pages for people: every account side by side, one account, and the posts' public addresses."""

import secrets
from datetime import datetime

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from piquet.wall.look import Column, anchor, column
from piquet.wall.state import NETWORKS, Account, Wall

MOST = 100  # posts of one account on a page
TITLES = {
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "x": "X",
    "facebook": "Facebook",
    "threads": "Threads",
    "linkedin": "LinkedIn",
    "telegram": "Telegram",
}
ADDRESSES = (
    "/mastodon/@{name}/{id}",
    "/bluesky/profile/{handle}/post/{id}",
    "/x/{name}/status/{id}",
    "/facebook/{page}/posts/{id}",
    "/threads/@{name}/post/{shortcode}",
    "/linkedin/feed/update/{urn}",
    "/telegram/c/{channel}/{id}",
)
WORDS = {
    "fr": {
        "subtitle": "Ce que voient les lecteurs",
        "filter": "Filtrer les posts",
        "show": "Filtrer",
        "only": "Avis de grève seulement",
        "notice": "Avis de grève",
        "empty": "Aucun post.",
        "reply": "En réponse à un post",
        "earlier": "et {} plus anciens",
        "all": "Tous les comptes",
        "other": "English",
        "image": "image",
        "none": "Ce mur n’a pas encore de compte.",
        "months": "janv. févr. mars avr. mai juin juill. août sept. oct. nov. déc.",
    },
    "en": {
        "subtitle": "What readers see",
        "filter": "Filter posts",
        "show": "Filter",
        "only": "Strike notices only",
        "notice": "Strike notice",
        "empty": "No post.",
        "reply": "Reply to a post",
        "earlier": "and {} earlier ones",
        "all": "All accounts",
        "other": "Français",
        "image": "image",
        "none": "This wall has no account yet.",
        "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    },
}

_templates = Environment(
    loader=PackageLoader("piquet.wall"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def routes(wall: Wall) -> list[Route]:
    """The pages for people."""

    async def everything(request: Request) -> Response:
        accounts = sorted(wall.accounts.values(), key=lambda a: NETWORKS.index(a.network))
        return _page(wall, request, accounts, single=False)

    async def one(request: Request) -> Response:
        account = wall.accounts.get((request.path_params["network"], request.path_params["account"]))
        if account is None:
            return PlainTextResponse("This wall has no such account.\n", 404)
        return _page(wall, request, [account], single=True)

    async def address(request: Request) -> Response:
        for post in wall.posts():
            if post.path == request.url.path:
                return RedirectResponse(f"/a/{post.network}/{post.account}#{anchor(post)}", 302)
        return PlainTextResponse("There is no such post.\n", 404)

    return [
        Route("/", everything),
        Route("/a/{network}/{account}", one),
        *(Route(pattern, address) for pattern in ADDRESSES),
    ]


def _page(wall: Wall, request: Request, accounts: list[Account], *, single: bool) -> Response:
    asked = request.query_params
    language = chosen_language(asked.get("lang"), request.headers.get("accept-language", ""))
    wanted, only = asked.get("q", "").strip(), asked.get("notices") == "1"
    columns = [column(wall, a, wanted=wanted, only_notices=only, most=MOST) for a in accounts]
    return _rendered(columns, language, wanted=wanted, only=only, single=single)


def chosen_language(asked: str | None, accepted: str) -> str:
    """`fr` or `en`: the one asked for, else the browser's first of the two, else `en`."""
    if asked in WORDS:
        return asked
    ranked = sorted((_preference(part) for part in accepted.split(",")), key=lambda pair: -pair[1])
    return next((tag for tag, weight in ranked if tag in WORDS and weight > 0), "en")


def _preference(part: str) -> tuple[str, float]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return tag[:2].lower(), float(weight or 1)
    except ValueError:
        return tag[:2].lower(), 0.0


def shown_time(time: datetime, language: str) -> str:
    """Where no script runs: in UTC, and saying so."""
    month = WORDS[language]["months"].split()[time.month - 1]
    return f"{time.day} {month} {time.year}, {time:%H:%M} UTC"


def _rendered(columns: list[Column], language: str, **shown: object) -> Response:
    nonce = secrets.token_urlsafe(16)
    outlets = " · ".join(dict.fromkeys(c.title for c in columns))
    html = _templates.get_template("wall.html").render(
        columns=columns,
        language=language,
        other="fr" if language == "en" else "en",
        words=WORDS[language],
        titles=TITLES,
        outlets=outlets,
        nonce=nonce,
        when=lambda time: shown_time(time, language),
        **shown,
    )
    return HTMLResponse(html, headers=_headers(nonce))


def _headers(nonce: str) -> dict[str, str]:
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
