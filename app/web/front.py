"""The front page: what this is, what comes next, what has happened since."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.http.visit import AVisit, anyone
from app.web.duties import AboutPage

router = APIRouter()


@router.get("/", dependencies=[anyone])
def show_front(visit: AVisit) -> Response:
    return visit.page(AboutPage())
