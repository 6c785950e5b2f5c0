"""The turnstile: no more requests hold a connection to the database at a time than there are.

A pool alone is not fair: whoever waits in it keeps a thread waiting too, and those that hold a connection
then find no thread to go on in. Here they wait in the event loop, in the order in which they came.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from sqlalchemy.exc import TimeoutError as PoolTimeout

KEPT_FREE = 4  # connections for jobs, for noting refusals and for the health check
PATIENCE = 30.0  # seconds; whoever has waited this long is told to come again


class Turnstile:
    """Lets `places` in at a time; each event loop has its own."""

    def __init__(self, connections: int) -> None:
        self.places = max(1, connections - KEPT_FREE)
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    def _semaphore(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        found = self._by_loop.get(loop)
        if found is None:
            found = self._by_loop[loop] = asyncio.Semaphore(self.places)
        return found

    def is_crowded(self) -> bool:
        """Whether somebody would have to wait now. To be asked in the event loop."""
        return self._semaphore().locked()

    async def enter(self) -> None:
        """Wait for a place. Raises what a pool without a free connection raises."""
        semaphore = self._semaphore()
        if not semaphore.locked():
            await semaphore.acquire()
            return
        try:
            await asyncio.wait_for(semaphore.acquire(), PATIENCE)
        except TimeoutError:
            raise PoolTimeout("too many requests at once") from None

    def leave(self) -> None:
        self._semaphore().release()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for as long as a connection is held."""
        await self.enter()
        try:
            yield
        finally:
            self.leave()


class Place:
    """One visit's place, which it gives up while it waits for the sender and has again afterwards."""

    def __init__(self, turnstile: Turnstile) -> None:
        self._turnstile = turnstile
        self._is_held = False

    async def take(self) -> None:
        if not self._is_held:
            await self._turnstile.enter()
            self._is_held = True

    def give_up(self) -> None:
        if self._is_held:
            self._is_held = False
            self._turnstile.leave()
