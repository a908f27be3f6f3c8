"""What Piquet tells people about decisions and deliveries, in French and in English; pure."""

from collections.abc import Mapping

from piquet.ledger.states import DeliveryState
from piquet.strike import Cause, Decision, Mode

_STATES = {
    "fr": {
        DeliveryState.DUE: "à envoyer",
        DeliveryState.SENDING: "en cours d'envoi",
        DeliveryState.SENT: "envoyé",
        DeliveryState.FAILED: "refusé",
        DeliveryState.UNSETTLED: "à vérifier",
        DeliveryState.HELD: "retenu",
        DeliveryState.DROPPED: "abandonné",
    },
    "en": {
        DeliveryState.DUE: "due",
        DeliveryState.SENDING: "being sent",
        DeliveryState.SENT: "sent",
        DeliveryState.FAILED: "refused",
        DeliveryState.UNSETTLED: "to be checked",
        DeliveryState.HELD: "held",
        DeliveryState.DROPPED: "dropped",
    },
}

_CAUSES = {
    "fr": {
        Cause.BY_HAND: "grève enclenchée à la main",
        Cause.DAY: "le {detail} est un jour de grève",
        Cause.HOURS: "débrayage {detail}",
        Cause.NO_STRIKE: "pas de grève en ce moment",
        Cause.NOT_COVERED: "ce compte n'est pas parmi les comptes en grève",
        Cause.NEVER_READ: "aucun état de grève n'a jamais pu être lu",
    },
    "en": {
        Cause.BY_HAND: "strike switched on by hand",
        Cause.DAY: "{detail} is a strike day",
        Cause.HOURS: "walkout {detail}",
        Cause.NO_STRIKE: "no strike now",
        Cause.NOT_COVERED: "this account is not among those on strike",
        Cause.NEVER_READ: "no strike state could ever be read",
    },
}

_MODES = {
    "fr": {
        Mode.ACCOMPANY: "le message d'abord, puis le titre et le lien",
        Mode.REPLACE: "le message à la place du titre, avec le lien",
        Mode.MESSAGE_ONLY: "le message sans le lien",
        Mode.HOLD: "rien ne part avant la fin",
    },
    "en": {
        Mode.ACCOMPANY: "the notice first, then title and link",
        Mode.REPLACE: "the notice instead of the title, with the link",
        Mode.MESSAGE_ONLY: "the notice without the link",
        Mode.HOLD: "nothing goes out before the end",
    },
}

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "ordinary": "Posts ordinaires : {why}.",
        "on_strike": "En grève, jour {day} : {why} ; {mode}.",
        "posts": "Posts",
        "no_posts": "Rien à envoyer dans ce cycle.",
        "account": "Compte",
        "state": "État",
        "post": "Post",
        "why": "Pourquoi",
        "accounts": "Comptes",
        "strike": "Grève",
        "see": "voir",
        "feeds": "Flux en difficulté",
    },
    "en": {
        "ordinary": "Ordinary posts: {why}.",
        "on_strike": "On strike, day {day}: {why}; {mode}.",
        "posts": "Posts",
        "no_posts": "Nothing to send in this cycle.",
        "account": "Account",
        "state": "State",
        "post": "Post",
        "why": "Why",
        "accounts": "Accounts",
        "strike": "Strike",
        "see": "see",
        "feeds": "Feeds in trouble",
    },
}


def text(name: str, language: str) -> str:
    """A word or phrase by its name."""
    return _TEXTS[language][name]


def state(value: str, language: str) -> str:
    """A delivery's state, for people."""
    return _STATES[language][DeliveryState(value)]


def why(cause: str, detail: str, language: str) -> str:
    """The cause of a decision, for people."""
    return _CAUSES[language][Cause(cause)].format(detail=detail)


def sentence(decision: Decision, language: str) -> str:
    """One sentence: what applies, and why."""
    cause = why(decision.cause, decision.detail, language)
    if not decision.on_strike or decision.mode is None:
        return _TEXTS[language]["ordinary"].format(why=cause)
    mode = _MODES[language][decision.mode]
    return _TEXTS[language]["on_strike"].format(day=decision.day_number, why=cause, mode=mode)
