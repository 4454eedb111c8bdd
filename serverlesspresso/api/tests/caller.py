"""Somebody who calls the API: Django's test client with a token, and JSON both ways."""

import json

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import bearer

ROOT = "/api/v1/"
FREE = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "SELECT clock_timestamp()")
FREE += ('UPDATE "accounts_apitoken"',)  # that it was used: once an hour


class Caller:
    """Calls as a user; as nobody without one. Paths are those of the contract, without `/api/v1/`."""

    def __init__(self, user=None, **headers):
        self.headers = (bearer(user) if user else {}) | headers
        self.client = Client()

    def get(self, path, **headers):
        return self.client.get(ROOT + path, headers=self.headers | headers)

    def post(self, path, body=None, **headers):
        return self.send("POST", path, body, headers)

    def put(self, path, body=None, **headers):
        return self.send("PUT", path, body, headers)

    def send(self, method, path, body=None, headers=None, content_type="application/json"):
        """Send a body: data as JSON, text and bytes as they are, None not at all."""
        if body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
        return self.client.generic(
            method, ROOT + path, body or "", content_type=content_type, headers=self.headers | (headers or {})
        )


def said(response) -> tuple[int, str]:
    """Status and code of a refusal, having checked that it is a whole problem."""
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert {"type", "title", "status", "code", "detail"} <= problem.keys()
    assert problem["status"] == response.status_code
    assert problem["type"] == f"/api/v1/docs#{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    return response.status_code, problem["code"]


def cost(act) -> int:
    """How many statements a call takes; opening and closing transactions and asking for the time are free."""
    with CaptureQueriesContext(connection) as captured:
        assert act().status_code < 300
    return sum(not each["sql"].startswith(FREE) for each in captured)
