"""The bare limit: the least that five POSTs per coffee can cost. Each is one transaction that changes a row
and appends an event, then one PUBLISH. No sign-in, rules, chains, screens, ORM or templates.

Started by `bench.stand`, as many processes as there are cores, on one listening socket.
"""

import json
import os
import socket
import sys
from contextlib import asynccontextmanager

import asyncpg
import redis.asyncio as redis
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SCHEMA = """
DROP TABLE IF EXISTS bare_event, bare_order, bare_counter, bare_code CASCADE;
CREATE TABLE bare_code(token text PRIMARY KEY, available int NOT NULL CHECK (available >= 0))
  WITH (fillfactor=70);
CREATE TABLE bare_counter(store text PRIMARY KEY, value bigint NOT NULL) WITH (fillfactor=10);
CREATE TABLE bare_order(id bigserial PRIMARY KEY, store text NOT NULL,
  token text NOT NULL REFERENCES bare_code,
  number bigint, drink text, status text NOT NULL, barista text, at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (store, number)) WITH (fillfactor=70);
CREATE INDEX bare_open ON bare_order(store, at) WHERE status <> 'collected';
CREATE TABLE bare_event(id bigserial PRIMARY KEY, store text NOT NULL, order_id bigint, kind text NOT NULL,
  payload jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX bare_event_store ON bare_event(store, id);
"""
_EVENT = "INSERT INTO bare_event(store, order_id, kind, payload) VALUES ($1, $2, $3, $4)"
_TAKE = "UPDATE bare_code SET available = available - 1 WHERE token = $1 AND available > 0 RETURNING token"
_OPEN = "INSERT INTO bare_order(store, token, status) VALUES ($1, $2, 'choosing') RETURNING id"
_COUNT = "UPDATE bare_counter SET value = value + 1 WHERE store = $1 RETURNING value"
_SUBMIT = (
    "UPDATE bare_order SET status = 'queued', number = $2, drink = $3"
    " WHERE id = $1 AND status = 'choosing' RETURNING store"
)
_MOVES = {
    "make": ("queued", "making"),
    "complete": ("making", "ready"),
    "collect": ("ready", "collected"),
}
_MOVE = "UPDATE bare_order SET status = $3 WHERE id = $1 AND status = $2 RETURNING store"


@asynccontextmanager
async def _lifespan(app: Starlette):
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=8, max_size=8)
    app.state.redis = redis.from_url(os.environ["REDIS_URL"])
    yield
    await app.state.pool.close()
    await app.state.redis.aclose()


async def _told(request: Request, store: str, kind: str, order: int) -> Response:
    body = json.dumps({"id": order})
    await request.app.state.redis.publish(f"bare:{store}", f"{kind} {body}")
    return Response(body, 200, media_type="application/json")


async def scan(request: Request) -> Response:
    """A code's token becomes an order."""
    store, token = request.path_params["store"], (await request.json())["token"]
    async with request.app.state.pool.acquire() as database, database.transaction():
        if await database.fetchval(_TAKE, token) is None:
            return Response("{}", 409)
        order = await database.fetchval(_OPEN, store, token)
        await database.execute(_EVENT, store, order, "NewOrder", "{}")
    return await _told(request, store, "NewOrder", order)


async def submit(request: Request) -> Response:
    """The drink, and the store's next number."""
    order, sent = request.path_params["order"], await request.json()
    async with request.app.state.pool.acquire() as database, database.transaction():
        number = await database.fetchval(_COUNT, sent["store"])
        store = await database.fetchval(_SUBMIT, order, number, sent["drink"])
        await database.execute(_EVENT, store, order, "Waiting", json.dumps({"drink": sent["drink"]}))
    return await _told(request, store, "Waiting", order)


async def move(request: Request) -> Response:
    """Claim, complete, collect."""
    order, act = request.path_params["order"], request.path_params["act"]
    async with request.app.state.pool.acquire() as database, database.transaction():
        store = await database.fetchval(_MOVE, order, *_MOVES[act])
        if store is None:
            return Response("{}", 409)
        await database.execute(_EVENT, store, order, act, "{}")
    return await _told(request, store, act, order)


async def healthy(request: Request) -> Response:
    """It lives."""
    return Response("ok")


app = Starlette(
    lifespan=_lifespan,
    routes=[
        Route("/stores/{store}/orders", scan, methods=["POST"]),
        Route("/orders/{order:int}", submit, methods=["POST"]),
        Route("/orders/{order:int}/{act}", move, methods=["POST"]),
        Route("/readyz", healthy),
    ],
)


if __name__ == "__main__":
    # `uvicorn --fd` would open it as a UNIX socket, without TCP_NODELAY: 40 ms stalls on every answer
    listener = socket.socket(fileno=int(sys.argv[1]))
    listener.setblocking(False)  # noqa: FBT003  (the socket's own signature)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="error")
    uvicorn.Server(config).run(sockets=[listener])
