"""The page of what tonight forgets: for admins, and it changes nothing."""

from sqlalchemy import func, select

from app.core.clock import now
from app.core.mail import Mail
from app.privacy.nights import forget_what_is_past
from app.privacy.periods import Periods
from tests.privacy.planting import plant
from tests.site import Site


def test_an_admin_sees_what_would_go_and_what_went(site: Site) -> None:
    from datetime import timedelta

    from app.core.clock import moved_to

    with moved_to(now() - timedelta(days=100)), site.unit() as session:
        plant(session, site.people.vendor, "vera")
    admin = site.browser("admin")
    page = admin.get("/administration/opbevaring").text
    assert "Der har ikke været en kørsel endnu." in page
    assert '<th scope="row">Mails</th><td class="amount">90</td><td class="amount">1</td>' in page
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 1
    forget_what_is_past(site.tools.database, Periods())
    page = admin.get("/administration/opbevaring").text
    assert '<th scope="row">Mails</th><td class="amount">90</td><td class="amount">0</td>' in page
    assert "<li>Mails: 1</li>" in page


def test_only_admins_see_it(site: Site) -> None:
    seen = {who: site.browser(who).get("/administration/opbevaring").status_code for who in
            ("stranger", "vendor", "municipality", "staff", "auditor", "admin")}  # fmt: skip
    assert seen == {
        "stranger": 303,
        "vendor": 403,
        "municipality": 403,
        "staff": 403,
        "auditor": 403,
        "admin": 200,
    }


def test_statements_do_not_grow_with_the_rows(site: Site) -> None:
    admin = site.browser("admin")
    assert site.count_statements(admin, "/administration/opbevaring") == 3
    for _ in range(30):
        forget_what_is_past(site.tools.database, Periods())
    assert site.count_statements(admin, "/administration/opbevaring") == 3
