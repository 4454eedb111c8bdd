"""The channel layer of the embedded profile: Django's threads, Celery's threads and one event loop."""

import asyncio

from channels.layers import InMemoryChannelLayer


class ThreadSafeInMemoryChannelLayer(InMemoryChannelLayer):
    """Delivers on the loop of the consumers, whichever thread sends.

    The stock layer puts messages into asyncio queues from foreign threads, which do not wake the loop:
    screens were told up to 0.8 s late.
    """

    home: asyncio.AbstractEventLoop | None = None

    async def receive(self, channel):
        """Wait for a message; whoever waits first has the loop at which everything is delivered."""
        if self.home is None or not self.home.is_running():
            self.home = asyncio.get_running_loop()
        return await super().receive(channel)

    async def send(self, channel, message):
        """Send to one channel, from any thread."""
        return await self._at_home(super().send(channel, message))

    async def group_send(self, group, message):
        """Send to a group, from any thread."""
        return await self._at_home(super().group_send(group, message))

    async def _at_home(self, sending):
        home = self.home
        if home is None or not home.is_running() or home is asyncio.get_running_loop():
            return await sending
        future = asyncio.run_coroutine_threadsafe(sending, home)
        # With a limit, because a loop that is stopped meanwhile never answers.
        return await asyncio.wait_for(asyncio.wrap_future(future), 5)
