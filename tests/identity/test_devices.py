"""Two words for a browser, from what it calls itself."""

import pytest

from app.identity.devices import name_device

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; rv:139.0) Gecko/20100101 Firefox/139.0", "Firefox/Windows"),
        (f"{WINDOWS} {WEBKIT} Chrome/139.0.0.0 Safari/537.36", "Chrome/Windows"),
        (
            f"{WINDOWS} {WEBKIT} Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0",
            "Edge/Windows",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 16) {WEBKIT} Chrome/139.0.0.0 Mobile Safari/537.36 EdgA/139.0",
            "Edge/Android",
        ),
        (f"Mozilla/5.0 (X11; Linux) {WEBKIT} Chrome/139.0 Safari/537.36 OPR/120.0", "Opera/Linux"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1 Version/19.0 Safari/605.1",
            "Safari/macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 "
            "Mobile/15E148 Safari/604.1",
            "Safari/iPhone",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/139.0 Safari/604.1",
            "Chrome/iPad",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 16) {WEBKIT} SamsungBrowser/29.0 Chrome/136.0 Safari/537.36",
            "Samsung Internet/Android",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64 16000.0) {WEBKIT} Chrome/139.0 Safari/537.36", "Chrome/ChromeOS"),
        ("Mozilla/5.0 (Windows NT 10.0)", "/Windows"),
        ("Firefox/1", "Firefox/"),
        ("curl/8.0", ""),
        ("", ""),
        ("æøå \ud83e\udd84 ' or 1=1", ""),
    ],
)
def test_a_browser_is_two_words(user_agent: str, expected: str) -> None:
    assert name_device(user_agent) == expected
