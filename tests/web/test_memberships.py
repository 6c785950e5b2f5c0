"""Staff says yes to who asks to speak for an organisation."""

from tests.site import Site


def find_waiting_id(site: Site) -> int:
    return site.people.newcomer.membership_id or 0


def test_staff_confirms_and_the_mark_goes(site: Site) -> None:
    waiting = find_waiting_id(site)
    browser = site.browser("staff")
    assert "Bekræft Nye Ny" in browser.get("/medlemskaber").text
    response = browser.post(f"/medlemskaber/{waiting}/bekraeft")
    assert (response.status_code, response.headers["location"]) == (303, "/medlemskaber?kvittering=confirmed")
    assert "Der er ingen, der venter." in browser.get("/medlemskaber").text
    assert "Endnu ikke bekræftet" not in site.browser("newcomer").get("/mit").text


def test_nobody_else_sees_the_list_or_confirms(site: Site) -> None:
    path = f"/medlemskaber/{find_waiting_id(site)}/bekraeft"
    for who in ("vendor", "newcomer", "municipality"):
        assert site.browser(who).get("/medlemskaber").status_code == 403
        assert site.browser(who).post(path).status_code == 403


def test_an_unknown_membership_is_missing(site: Site) -> None:
    assert site.browser("staff").post("/medlemskaber/999999/bekraeft").status_code == 404
