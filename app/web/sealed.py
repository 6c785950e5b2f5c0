"""Pages behind a sealed link: kept by no cache, listed by no search engine."""

from fastapi.responses import Response


def hide(response: Response) -> Response:
    """The same answer, for whoever holds the link alone."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if "etag" in response.headers:
        del response.headers["etag"]
    return response
