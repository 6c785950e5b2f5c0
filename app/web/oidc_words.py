"""What is said when a sign-in at a provider ends without anybody being signed in."""

from app.http.sentences import add_sentences


def _(text: str) -> str:
    return text


# The status of each page; 403 for those that are not here.
STATUS = {
    "stale": 400,
    "cancelled": 400,
    "provider_error": 400,
    "identity_taken": 409,
    "mail_taken": 409,
    "no_answer": 503,
}
RETRY_AFTER = {"no_answer": 30}  # seconds

add_sentences(
    {
        "last_way_in": _(
            "Det er den eneste måde, du kan logge ind på. Tilføj en adgangsnøgle først, så kan du fjerne den."
        ),
        "unknown_reference": _("Der venter intet login med den henvisning."),
        "notice_sign_in_again": _("Log ind igen først. Det er for at sikre, at det er dig."),
        "notice_disconnected": _("Forbindelsen er fjernet."),
        "notice_relinked": _("Loginet er flyttet. Det åbner den nye konto fra nu af."),
    }
)
