"""Groups of personal data: why we have them, on what ground, and who sees them (Danish msgids).

The grounds are an engineer's reading of the law; whoever runs the forum has them checked by counsel.
"""

from app.privacy.holdings import Group


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


_TASK = _(
    "Opgaven i samfundets interesse: dialogen mellem kommunerne og it-markedet "
    "(databeskyttelsesforordningens artikel 6, stk. 1, litra e)."
)
_SAFETY = _(
    "Opgaven i samfundets interesse og pligten til at passe på oplysningerne (artikel 6, stk. 1, "
    "litra c og e, og artikel 32)."
)
_CONSENT = _(
    "Dit udtrykkelige samtykke, som du kan trække tilbage når som helst (artikel 9, stk. 2, litra a)."
)
_ASKED_FOR = _("Du har selv bedt om det, og det er en del af opgaven (artikel 6, stk. 1, litra e).")

ACCOUNT = Group(
    "account",
    _("Din konto, og hvem du repræsenterer"),
    _("Så andre kan se, hvem der siger noget og på hvis vegne, og så du kan få svar."),
    _TASK,
    _(
        "Du selv og sekretariatet. Dit navn og din organisation står ved det, du siger. Den, der ser "
        "efter din organisations medlemmer, kan se dit navn, din titel og din mailadresse."
    ),
)
SIGN_IN = Group(
    "sign_in",
    _("Når du logger ind"),
    _("Så vi ved, at det er dig, og så du kan se og lukke dine egne sessioner og nøgler."),
    _SAFETY,
    _("Kun du selv. Koder og nøgler findes kun som aftryk, som ingen kan læse."),
)
MEETINGS = Group(
    "meetings",
    _("Møder, du deltager i"),
    _("Så der er plads til dig, og så de andre kan se, hvem de møder, hvis du siger ja til det."),
    _TASK,
    _(
        "Du selv og sekretariatet. Navn, titel og organisation ses af de andre deltagere på mødet, "
        "hvis du har sagt ja til at stå på listen."
    ),
)
NEEDS = Group(
    "needs",
    _("Mad og adgangsforhold"),
    _(
        "Så vi kan tage hensyn til dig på mødet. Det kan sige noget om helbred eller tro, og derfor "
        "ligger det for sig selv."
    ),
    _CONSENT,
    _("Du selv og de få i sekretariatet, der forbereder mødet."),
)
WORDS = Group(
    "words",
    _("Det, du siger"),
    _("Så det, der bliver sagt, kan blive besvaret, lovet, fulgt op og fundet igen."),
    _TASK,
    _(
        "Alle, når det er sendt eller udgivet. En idés fortrolige del og kladder ses kun af din "
        "organisation og sekretariatet. Hvem der har anmeldt noget, ses kun af sekretariatet."
    ),
)
CHOICES = Group(
    "choices",
    _("Det, du følger og siger ja til"),
    _("Så du kan følge det, der angår dig, og så vi kan vise, hvad du har sagt ja til."),
    _ASKED_FOR,
    _("Kun du selv."),
)
MAILS = Group(
    "mails",
    _("Mails til dig"),
    _("Så vi kan sende dem sikkert og finde ud af, hvad der skete, hvis en ikke kom frem."),
    _ASKED_FOR,
    _("Du selv og dem, der driver systemet."),
)
LOG = Group(
    "log",
    _("Log og drift"),
    _("Så det kan opklares, hvem der gjorde hvad, og så misbrug kan stoppes."),
    _SAFETY,
    _("Du selv, revisor og dem, der driver systemet."),
)
SPEAKERS = Group(
    "speakers",
    _("Oplægsholdere, paneldeltagere og gruppernes ordstyrere"),
    _(
        "Så det kan ses ti år efter, hvem der sagde hvad på et møde, med den titel og organisation, "
        "de havde på dagen."
    ),
    _TASK,
    _("Alle. Det er det, der stod i det offentlige program, og ikke andet."),
)

GROUPS = (ACCOUNT, SIGN_IN, MEETINGS, NEEDS, WORDS, CHOICES, MAILS, LOG, SPEAKERS)
