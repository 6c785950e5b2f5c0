"""The server process: how uvicorn runs the site, and how it stops with a thousand streams open."""

import gc
import logging
import resource
import socket
import sys

import uvicorn
from fastapi import FastAPI

log = logging.getLogger(__name__)

FILES_WANTED = 65_536  # open files and sockets; each reader of a live page holds one
STOP_WITHIN = 2  # seconds for requests under way, before they are cut off


class Server(uvicorn.Server):
    """Ends the live streams as soon as it stops: they would else be waited for to the last second."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.kit.hub.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def make_server(app: FastAPI) -> Server:
    return Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_WITHIN,
            # A phone in the room asks every few seconds; a new connection costs more than a kept one.
            timeout_keep_alive=30,
            proxy_headers=True,
        )
    )


def allow_many_files() -> None:
    """As many open sockets as the machine allows this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (ValueError, OSError) as problem:
        log.warning("at most %d open files: %s", soft, problem)


def settle() -> None:
    """Make the process ready for a thousand readers, when all that lives to the end has been made.

    That is left out of the search for garbage, which would hold up everybody for a tenth of a second each
    time; and a page that is being rendered lets the streams through after a millisecond rather than five.
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    # The whole is searched some ten minutes apart with a thousand streams: each time takes half a second.
    gc.set_threshold(20_000, 20, 1_000)
