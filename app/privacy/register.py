"""The register: every table with personal data, why it is there, who sees it, and what becomes of it.

It is the one source: /privatliv shows it, the copy of one's own data is made from it, erasing an account
follows it, and the tests hold it against every column of every table. A new table stands here or in
`not_personal.py`, or the suite fails.
"""

from datetime import datetime

from sqlalchemy import Table, func

from app.core.clock import now
from app.privacy.groups import (
    ACCOUNT,
    CHOICES,
    LOG,
    MAILS,
    MEETINGS,
    NEEDS,
    SIGN_IN,
    SPEAKERS,
    WORDS,
)
from app.privacy.holdings import Erasure, Holding
from app.privacy.owners import by, by_mail, by_name, either, naming_mail, through


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


_GONE = Erasure("deleted", _("Slettes."))


def _moment(table: Table) -> datetime:
    return now()


def _emptied(**values: object) -> Erasure:
    return Erasure("emptied", _("Tømmes. Tilbage er et nummer uden navn."), values)


_STAYS = Erasure(
    "kept", _("Ordene bliver stående som organisationens. Dit navn og din mailadresse tages ud.")
)
_RECORD = Erasure(
    "kept",
    _(
        "Bliver stående: det er mødets offentlige program. Du kan bede om at få det rettet, og du kan "
        "gøre indsigelse."
    ),
)

_WITH_ACCOUNT = _("Så længe du har en konto.")
_AS_RECORD = _("Så længe Dialogforum findes: det er det, forummet er til.")
_AFTER_MADE = _("{days}.")

_in_room = through("attendee_id", "attendee", by("user_id"))
# Also what was written in a room under no name: only the seat there says whose it is.
_said = either(by("said_by_user_id", "entered_by_id"), _in_room)
_said_things = through("contribution_id", "contribution", _said)
_speaks = either(by_mail("email"), through("person_id", "meeting_role", by("user_id"), key="person_id"))
_own_speaking = through("speaker_id", "speaker", _speaks)
_own_registration = through("registration_id", "registration", by("user_id"))

REGISTER: tuple[Holding, ...] = (
    # --- the account ---
    Holding(
        "user_account",
        ACCOUNT,
        _("Konto"),
        either(by("id", "joined_into_id")),
        "email name language fields created_at signed_in_at warned_at disabled_at",
        _("Så længe du bruger den. Har ingen logget ind i {days}, advarer vi på mail og sletter den."),
        _emptied(
            email=None,
            name="",
            language="da",
            fields=[],
            signed_in_at=None,
            warned_at=None,
            disabled_at=_moment,
            erased_at=_moment,
        ),
        plain="id is_example joined_into_id erased_at",
        period="unused_accounts",
    ),
    Holding(
        "user_email",
        ACCOUNT,
        _("Flere mailadresser"),
        by("user_id"),
        "email created_at",
        _WITH_ACCOUNT,
        _GONE,
        plain="id user_id",
    ),
    Holding(
        "address_proof",
        ACCOUNT,
        _("Bevis for en mailadresse"),
        either(by("user_id"), by_mail("email")),
        "email proved_at",
        _AFTER_MADE,
        _GONE,
        plain="user_id",
        period="codes",
    ),
    Holding(
        "membership",
        ACCOUNT,
        _("Hvem du repræsenterer"),
        by("user_id"),
        "organisation_id title role created_at confirmed_at ended_at ended_as end_reason",
        _WITH_ACCOUNT,
        _emptied(
            title="",
            end_reason="",
            role="member",
            ended_at=lambda table: func.coalesce(table.c.ended_at, now()),
            ended_as=lambda table: func.coalesce(table.c.ended_as, "left"),
        ),
        plain="id user_id told_at",
    ),
    # --- signing in ---
    Holding(
        "sign_in_code",
        SIGN_IN,
        _("Koder på mail"),
        by_mail("email"),
        "email tries created_at expires_at used_at",
        _("{days} efter, at koden er udløbet."),
        _GONE,
        withheld="attempt_hash code_hash",
        plain="id",
        period="codes",
    ),
    Holding(
        "sign_in_session",
        SIGN_IN,
        _("Sessioner"),
        by("user_id"),
        "device method created_at seen_at expires_at ended_at strong_at",
        _("{days} efter, at sessionen er slut."),
        _GONE,
        withheld="secret_hash",
        plain="id user_id membership_id",
        period="sessions",
    ),
    Holding(
        "passkey",
        SIGN_IN,
        _("Adgangsnøgler"),
        by("user_id"),
        "name transports is_synced created_at last_used_at",
        _WITH_ACCOUNT,
        _GONE,
        withheld="user_handle credential_id public_key",
        plain="id user_id sign_count",
    ),
    Holding(
        "passkey_challenge",
        SIGN_IN,
        _("Forsøg med adgangsnøgle"),
        by("user_id"),
        "purpose expires_at",
        _("{days} efter, at forsøget er udløbet."),
        _GONE,
        withheld="browser_hash challenge user_handle",
        plain="user_id",
        period="codes",
    ),
    Holding(
        "api_token",
        SIGN_IN,
        _("API-nøgler"),
        by("user_id"),
        "name ending scopes role created_at expires_at last_used_at ended_at",
        _("{days} efter, at nøglen er udløbet eller trukket tilbage."),
        _GONE,
        withheld="secret_hash",
        plain="id user_id membership_id is_strong",
        period="sessions",
    ),
    Holding(
        "sign_in_identity",
        SIGN_IN,
        _("Konto hos en login-udbyder"),
        by("user_id"),
        "provider issuer subject alias reference given_role created_at used_at",
        _("Så længe du har en konto. Et login, der ikke er knyttet til en konto, slettes efter {days}."),
        _GONE,
        plain="id user_id membership_id",
        period="loose_identities",
    ),
    Holding(
        "sign_in_flow",
        SIGN_IN,
        _("Login på vej hos en udbyder"),
        by("user_id"),
        "provider target created_at used_at",
        _("{days} efter, at forsøget er udløbet."),
        _GONE,
        withheld="state_hash browser_hash",
        plain="id user_id language expires_at",
        period="codes",
    ),
    Holding(
        "provider_session",
        SIGN_IN,
        _("Session hos en udbyder"),
        through("session_id", "sign_in_session", by("user_id")),
        "sid sub",
        _("Sammen med sessionen."),
        _GONE,
        withheld="sealed_id_token",
        plain="session_id identity_id",
    ),
    # --- meetings ---
    Holding(
        "registration",
        MEETINGS,
        _("Tilmeldinger"),
        by("user_id"),
        "meeting_id organisation_id organisation_name title status queue_place offered_until "
        "listed_version listed_at created_at cancelled_at",
        _("{days} efter mødet."),
        _GONE,
        plain="id user_id seat_group_id is_extra ended_as is_example version",
        period="registrations",
    ),
    Holding(
        "attendee",
        MEETINGS,
        _("Fremmøde"),
        either(by("user_id"), by_mail("email")),
        "meeting_id name organisation_id organisation_name organisation_kind email shown_as is_walk_in "
        "created_at checked_in_at joined_at left_at removed_at",
        _("{days} efter mødet, også når du ikke har en konto. Så kan ingen mere se, hvem der skrev hvad."),
        _emptied(name="", email="", organisation_name="", organisation_kind=""),
        withheld="secret_hash",
        plain="id registration_id user_id checked_in_by_id",
        period="attendees",
    ),
    Holding(
        "group_placement",
        MEETINGS,
        _("Din gruppe på et møde"),
        either(_own_registration, through("attendee_id", "attendee", by("user_id"))),
        "item_id group_id placed_at",
        _("Sammen med tilmeldingen."),
        _GONE,
        plain="id registration_id attendee_id is_locked",
    ),
    Holding(
        "seat_swap",
        MEETINGS,
        _("Plads, der byttes med en kollega"),
        either(_own_registration, by_mail("email")),
        "email status created_at answered_at",
        _("Sammen med tilmeldingen."),
        _GONE,
        plain="id registration_id",
    ),
    Holding(
        "seat_decision",
        MEETINGS,
        _("Sekretariatets afgørelser om din tilmelding"),
        _own_registration,
        "kind reason before after decided_at",
        _("Sammen med tilmeldingen."),
        _GONE,
        plain="id registration_id decided_by_id",
    ),
    Holding(
        "gap_reason",
        MEETINGS,
        _("Hvorfor noget mangler ved et møde, som du har skrevet det"),
        by("given_by_id"),
        "meeting_id reason given_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="id kind thing_ids given_by_id",
    ),
    Holding(
        "invitation",
        MEETINGS,
        _("Invitationer"),
        either(by("user_id"), by_mail("email")),
        "meeting_id email name language status told_at answered_at created_at",
        _("{days} efter mødet, også når du ikke har en konto."),
        _GONE,
        plain="id user_id link_number invited_by_id",
        period="invitations",
    ),
    Holding(
        "registration_needs",
        NEEDS,
        _("Mad og adgangsforhold"),
        _own_registration,
        "diets diet_note access_needs consent_version consented_at",
        _("{days} efter mødet. Det slettes først af alt."),
        _GONE,
        plain="registration_id",
        period="needs",
    ),
    Holding(
        "sign_up_answer",
        MEETINGS,
        _("Svar på arrangørernes spørgsmål"),
        _own_registration,
        "question_id said answered_at",
        _("Sammen med tilmeldingen. Melder du fra, slettes svarene med det samme."),
        _GONE,
        plain="registration_id",
    ),
    Holding(
        "meeting_role",
        MEETINGS,
        _("Roller på møder"),
        by("user_id"),
        "meeting_id role given_at",
        _WITH_ACCOUNT,
        _GONE,
        plain="id user_id person_id given_by_id",
    ),
    Holding(
        "speaker",
        MEETINGS,
        _("Aftaler med oplægsholdere"),
        _speaks,
        "meeting_id email language slides name_allowed answered_at created_at",
        _(
            "Mailadressen slettes {days} efter mødet. Hvad du har svaret, står, så længe dine slides og "
            "dit navn vises."
        ),
        _emptied(email=""),
        plain="id person_id link_number link_made_at link_ended_at version",
        period="speakers",
    ),
    Holding(
        "speaker_talk",
        MEETINGS,
        _("Det, du som oplægsholder selv har skrevet til programmet"),
        _own_speaking,
        "item_id title summary written_at has_no_slides",
        _("{days} efter mødet. Det, der kom i programmet, bliver stående der."),
        _emptied(title="", summary=""),
        plain="speaker_id",
        period="speakers",
    ),
    Holding(
        "speaker_consent",
        MEETINGS,
        _("Det, du som oplægsholder har sagt ja til"),
        _own_speaking,
        "kind access version language given_at withdrawn_at",
        _("Så længe dine slides og dit navn vises, og {days} efter, at du har trukket det tilbage."),
        Erasure(
            "kept", _("Bliver stående, så længe dine slides vises. Du kan trække det tilbage når som helst.")
        ),
        plain="id speaker_id",
        period="consents",
    ),
    # --- what people say ---
    Holding(
        "contribution",
        WORDS,
        _("Indspil, spørgsmål, ønsker, idéer og behov"),
        _said,
        "reference kind title body body_en said_by_text on_behalf_of_id on_behalf_of_text "
        "meeting_id status visibility certainty_note received_at published_at waiting_reason "
        "hidden_at",
        _AS_RECORD,
        _STAYS,
        plain="id key language aspect item_id group_id task said_by_person_id said_by_user_id entered_by_id "
        "source_url answer_by is_example version told_at let_through_at attendee_id shown_as client_id stems",
    ),
    Holding(
        "panel_question",
        WORDS,
        _("Dine spørgsmål til panelet"),
        _said_things,
        "contribution_id state answer answered_at hidden_reason",
        _AS_RECORD,
        _STAYS,
        plain="item_id state_before state_changed_at approved_at sign_up_question_id version",
    ),
    Holding(
        "panel_second",
        WORDS,
        _("Spørgsmål, du bakker op"),
        _in_room,
        "contribution_id",
        _AS_RECORD,
        Erasure("kept", _("Tælles stadig med. Ingen kan se, at det var dig.")),
        plain="attendee_id",
    ),
    Holding(
        "board_card",
        WORDS,
        _("Indspil på tavler"),
        _said_things,
        "contribution_id parts chosen_at",
        _AS_RECORD,
        _STAYS,
        plain="board_id cluster_id position",
    ),
    Holding(
        "card_dot",
        WORDS,
        _("Prikker, du har givet på tavler"),
        _in_room,
        "contribution_id put_at",
        _AS_RECORD,
        Erasure("kept", _("Tælles stadig med. Ingen kan se, at det var dig.")),
        plain="attendee_id",
    ),
    Holding(
        "card_objection",
        WORDS,
        _("Hvor du var uenig"),
        _in_room,
        "contribution_id text said_at shown_at withdrawn_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående ved indspillet uden navn, som det hele tiden har gjort.")),
        plain="id attendee_id client_id",
    ),
    Holding(
        "poll_vote",
        WORDS,
        _("Afstemninger, du har stemt i"),
        _in_room,
        "poll_id given",
        _(
            "Hvad du har stemt, kun så længe der kan stemmes: derefter er det talt, og ingen kan se det. At "
            "du har stemt, så længe Dialogforum findes."
        ),
        _GONE,
        plain="attendee_id",
    ),
    Holding(
        "evaluation_answer",
        WORDS,
        _("Evalueringer, du har svaret på"),
        either(by("user_id"), _in_room),
        "meeting_id steps remark",
        _(
            "Kun så længe du kan ændre det, højst 90 dage efter mødet. Så tælles svarene, og ingen kan se, "
            "at du har svaret, eller hvad. Det, du skrev til arrangørerne, skilles fra resten og slettes to "
            "år efter mødet."
        ),
        _GONE,
        plain="id user_id attendee_id",
    ),
    Holding(
        "minutes_comment",
        WORDS,
        _("Dine bemærkninger til referater"),
        either(by("user_id"), _in_room),
        "meeting_id edition name organisation text proposed made_at edited_at withdrawn_at decision "
        "reply decided_at hidden_at hidden_reason",
        _("Ordene og organisationen, så længe Dialogforum findes. Dit navn {days} efter mødet."),
        Erasure(
            "kept",
            _(
                "Ordene bliver stående som organisationens. Dit navn tages ud, så ingen kan se, at det var "
                "dig."
            ),
        ),
        plain="id section_id user_id attendee_id decided_by_id is_example version",
        period="attendees",
    ),
    Holding(
        "idea_details",
        WORDS,
        _("Idéernes felter"),
        _said_things,
        "contribution_id problem for_whom proposal technology data_source legal_basis operations "
        "effect_indicator baseline target partner_wanted maturity cost_frame confidential "
        "confidential_reason",
        _AS_RECORD,
        _STAYS,
    ),
    Holding(
        "contribution_wording",
        WORDS,
        _("Tidligere ordlyd"),
        _said_things,
        "contribution_id version words replaced_at",
        _AS_RECORD,
        _STAYS,
        plain="id",
    ),
    Holding(
        "blacked_text",
        WORDS,
        _("Det, der er sløret"),
        lambda table, person: (
            (table.c.thing == "contribution") & through("thing_id", "contribution", _said)(table, person)
        ),
        "field original",
        _AS_RECORD,
        _STAYS,
        plain="id thing thing_id spans",
    ),
    Holding(
        "answer_pause",
        WORDS,
        _("Det, vi har bedt dig uddybe"),
        _said_things,
        "contribution_id question asked_at reply_by reply ended_at",
        _AS_RECORD,
        _STAYS,
        plain="id answer_by_before status_before ended_as",
    ),
    Holding(
        "answer_objection",
        WORDS,
        _("Svar, som du ikke synes svarer på det, du sagde"),
        _said_things,
        "contribution_id text made_at",
        _AS_RECORD,
        _STAYS,
        plain="answer_id",
    ),
    Holding(
        "answer_case",
        WORDS,
        _("Sager, du har taget i sekretariatet"),
        by("owner_id"),
        "contribution_id organisation_id claimed_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="owner_id",
    ),
    Holding(
        "staff_note",
        WORDS,
        _("Interne noter, du har skrevet i sekretariatet"),
        by("written_by_id"),
        "contribution_id text written_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="id written_by_id",
    ),
    Holding(
        "moderation_decision",
        WORDS,
        _("Afgørelser om det, du har sagt"),
        _said_things,
        "contribution_id kind reason words decided_at",
        _AS_RECORD,
        _STAYS,
        plain="id decided_by_id",
    ),
    Holding(
        "moderation_objection",
        WORDS,
        _("Dine svar på afgørelser"),
        by("user_id"),
        "words created_at",
        _("{days}. Derefter står kun, at der blev svaret."),
        _emptied(words=""),
        plain="id decision_id user_id outcome_id",
        period="reports",
    ),
    Holding(
        "moderation_report",
        WORDS,
        _("Dine anmeldelser"),
        either(by("reporter_id"), by_mail("reporter_mail")),
        "contribution_id reason words reporter_mail created_at",
        _("{days}. Derefter står kun, at der blev anmeldt, og hvorfor."),
        _emptied(words="", reporter_mail=""),
        plain="id reporter_id language decision_id",
        period="reports",
    ),
    Holding(
        "interest",
        WORDS,
        _("Kommunens interesse, som du har noteret"),
        by("marked_by_id"),
        "contribution_id organisation_id kind contact marked_at",
        _AS_RECORD,
        Erasure("emptied", _("Bliver stående som kommunens. Kontaktoplysningen slettes."), {"contact": ""}),
        plain="id marked_by_id is_example",
    ),
    Holding(
        "deck_revision",
        WORDS,
        _("Oplæg, du har lagt op"),
        by("uploaded_by_id"),
        "filename kind size created_at",
        _AS_RECORD,
        Erasure(
            "kept", _("Filen bliver stående som mødets oplæg. Står dit navn i filens navn, tages det ud.")
        ),
        plain="id deck_id number sha256 file_key state refusal pages_read page_count picture_source "
        "uploaded_by_id",
    ),
    # --- what people choose ---
    Holding(
        "follow",
        CHOICES,
        _("Det, du følger"),
        by("user_id"),
        "kind thing_id created_at",
        _WITH_ACCOUNT,
        _GONE,
        plain="id user_id",
    ),
    Holding(
        "personal_calendar",
        CHOICES,
        _("Din egen kalender"),
        by("user_id"),
        "changed_at closed_at",
        _WITH_ACCOUNT,
        _GONE,
        withheld="number",
        plain="user_id",
    ),
    Holding(
        "consent",
        CHOICES,
        _("Det, du har sagt ja til"),
        by("user_id"),
        "kind version language given_at withdrawn_at",
        _("Så længe du har en konto, og {days} efter, at du har trukket det tilbage."),
        _GONE,
        plain="id user_id",
        period="consents",
    ),
    Holding(
        "data_copy",
        CHOICES,
        _("Kopier af dine data"),
        by("user_id"),
        "state size asked_at ready_at expires_at",
        _AFTER_MADE,
        Erasure("deleted", _("Slettes, også filerne.")),
        plain="id user_id file_key",
        period="copies",
    ),
    # --- mails ---
    Holding(
        "mail",
        MAILS,
        _("Mails"),
        by_mail("recipient"),
        "recipient subject text html created_at sent_at refused_at bounced_at problem",
        _AFTER_MADE,
        _GONE,
        withheld="unsubscribe",
        plain="id message_id is_secret calendar calendar_method tries",
        period="mails",
    ),
    Holding(
        "answer_telling",
        MAILS,
        _("Svar, du er ved at få besked om"),
        either(by("user_id"), by_mail("email")),
        "email name language told_at",
        _("Indtil alle har fået besked."),
        _GONE,
        plain="id batch_id user_id reasons",
    ),
    Holding(
        "letter",
        MAILS,
        _("Breve fra sekretariatet"),
        either(by("user_id"), by_mail("email")),
        "batch_id email name status why created_at done_at",
        _("{days} efter, at brevet er sendt."),
        _GONE,
        plain="id user_id language about about_id mail_id",
        period="mails",
    ),
    Holding(
        "mail_optout",
        MAILS,
        _("Adresser, der ikke vil have flere mails"),
        by_mail("email"),
        "email created_at",
        _("Indtil du siger ja igen."),
        _GONE,
        plain="id",
    ),
    Holding(
        "batch",
        MAILS,
        _("Udsendelser, du har lavet eller sendt"),
        by("created_by_id", "sent_by_id"),
        "kind meeting_id status created_at send_at sent_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="id facts created_by_id sent_by_id version",
    ),
    # --- log ---
    Holding(
        "audit_entry",
        LOG,
        _("Revisionslog over det, du har gjort"),
        by("user_id"),
        "at verb thing thing_id user_name on_behalf_of_id before after client outcome",
        _("{days}."),
        Erasure(
            "kept", _("Det står, at noget blev gjort og hvornår. Navn, adresse og dine egne ord tages ud.")
        ),
        plain="id user_id request_id",
        period="log",
    ),
    Holding(
        "write_key",
        LOG,
        _("Formularer, du har sendt"),
        by("user_id"),
        "location created_at",
        _AFTER_MADE,
        _GONE,
        withheld="key",
        plain="user_id",
        period="forms",
    ),
    Holding(
        "rate_count",
        LOG,
        _("Tællere mod misbrug"),
        naming_mail("subject"),
        "subject window_start count",
        _AFTER_MADE,
        _GONE,
        period="counts",
    ),
    # --- speakers ---
    Holding(
        "person",
        SPEAKERS,
        _("Navne på dem, der har talt"),
        through("id", "meeting_role", by("user_id"), key="person_id"),
        "name",
        _AS_RECORD,
        _RECORD,
        plain="id is_example created_at",
    ),
    Holding(
        "appearance",
        SPEAKERS,
        _("Medvirken på møder"),
        through("person_id", "meeting_role", by("user_id"), key="person_id"),
        "item_id person_name title title_en organisation_id organisation_name role",
        _AS_RECORD,
        _RECORD,
        plain="id position person_id is_former version draft is_new is_removed",
    ),
    Holding(
        "programme_edition",
        SPEAKERS,
        _("Programmer, du har udgivet"),
        by("published_by_id"),
        "meeting_id number published_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="id published_by_id changes",
    ),
    Holding(
        "minutes",
        SPEAKERS,
        _("Referater, du har godkendt"),
        by("approved_by_id"),
        "meeting_id approved_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="approved_by_id comment_until reopened_reason created_at version",
    ),
    Holding(
        "minutes_edition",
        SPEAKERS,
        _("Udgaver af referater, du har lagt frem"),
        by("made_by_id"),
        "meeting_id number made_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="id made_by_id kind reason sections",
    ),
    Holding(
        "agenda_decision",
        SPEAKERS,
        _("Det, du har taget med eller sagt nej til på et program"),
        by("decided_by_id"),
        "meeting_id verdict note decided_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="id thing thing_id item_id made_item reasons decided_by_id",
    ),
    Holding(
        "commitment",
        SPEAKERS,
        _("Forpligtelser, du har foreslået, følger op på eller har gjort op"),
        by("proposed_by_id", "owner_user_id", "verdict_by_id"),
        "reference title text status",
        _AS_RECORD,
        _STAYS,
        plain="id key title_en text_en organisation_id owner_user_id meeting_id answer_id deadline "
        "visibility proposed_by_id proposed_at published_at begun_at verdict_cause lesson verdict_at "
        "verdict_by_id replaced_by_id is_example version",
    ),
    Holding(
        "commitment_edition",
        SPEAKERS,
        _("Forpligtelser, du har ændret ordlyden af"),
        by("replaced_by_id"),
        "title text reason replaced_at",
        _AS_RECORD,
        _STAYS,
        plain="id commitment_id version replaced_by_id",
    ),
    Holding(
        "deadline_change",
        SPEAKERS,
        _("Frister, du har flyttet"),
        by("changed_by_id"),
        "old_on new_on reason",
        _AS_RECORD,
        _STAYS,
        plain="id commitment_id milestone_id changed_at changed_by_id",
    ),
    Holding(
        "measurement",
        SPEAKERS,
        _("Målinger, du har skrevet ind"),
        by("measured_by_id"),
        "measured_on value source_text note",
        _AS_RECORD,
        _STAYS,
        plain="id indicator_id source_url corrects_id reason corrected_at measured_at measured_by_id",
    ),
    Holding(
        "gathered",
        WORDS,
        _("Det, du har samlet under noget, der siger det samme"),
        by("gathered_by_id"),
        "contribution_id gathered_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="lead_id status_before gathered_by_id",
    ),
    Holding(
        "cited_page",
        WORDS,
        _("Sider i oplæg, du har henvist til"),
        by("cited_by_id"),
        "contribution_id deck_id number cited_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="cited_by_id",
    ),
    Holding(
        "theme_link",
        WORDS,
        _("Temaer, du har knyttet til hinanden"),
        by("linked_by_id"),
        "note linked_at",
        _AS_RECORD,
        Erasure("kept", _("Bliver stående som sekretariatets. Det står ikke længere, at det var dig.")),
        plain="id from_theme_id to_theme_id kind note_en source_urls linked_by_id removed_at",
    ),
    Holding(
        "discussion_group",
        SPEAKERS,
        _("Gruppernes ordstyrere og referenter"),
        either(by_name("facilitator", "rapporteur"), by("facilitator_id", "rapporteur_id")),
        "meeting_id name facilitator rapporteur",
        _AS_RECORD,
        _RECORD,
        plain="id number facilitator_id rapporteur_id item_id theme_id key position name_en task note "
        "version",
    ),
)


def find_holding(table: str) -> Holding:
    return next(holding for holding in REGISTER if holding.table == table)
