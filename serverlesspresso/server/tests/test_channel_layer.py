import asyncio
import threading
import time

from asgiref.sync import async_to_sync

from serverlesspresso.server.channel_layer import ThreadSafeInMemoryChannelLayer


async def _listener(layer, group="hints"):
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    waiting = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    return waiting


async def test_a_message_from_another_thread_arrives_at_once():
    layer = ThreadSafeInMemoryChannelLayer()
    waiting = await _listener(layer)
    sent = threading.Thread(target=lambda: async_to_sync(layer.group_send)("hints", {"type": "hint"}))
    started = time.monotonic()
    sent.start()
    assert await asyncio.wait_for(waiting, 2) == {"type": "hint"}
    assert time.monotonic() - started < 0.5


async def test_a_message_from_the_same_loop_arrives():
    layer = ThreadSafeInMemoryChannelLayer()
    waiting = await _listener(layer)
    await layer.group_send("hints", {"type": "hint"})
    assert await asyncio.wait_for(waiting, 2) == {"type": "hint"}


async def test_sending_to_one_channel_from_another_thread_works_too():
    layer = ThreadSafeInMemoryChannelLayer()
    channel = await layer.new_channel()
    waiting = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    await asyncio.to_thread(lambda: async_to_sync(layer.send)(channel, {"type": "hint"}))
    assert await asyncio.wait_for(waiting, 2) == {"type": "hint"}


def test_after_the_loop_of_the_screens_has_stopped_sending_does_not_hang():
    layer = ThreadSafeInMemoryChannelLayer()

    async def listen():
        waiting = await _listener(layer)
        waiting.cancel()

    asyncio.run(listen())
    started = time.monotonic()
    async_to_sync(layer.group_send)("hints", {"type": "hint"})
    assert time.monotonic() - started < 1
