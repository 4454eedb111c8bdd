"""Browsers that get push messages."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from extensions.notifications import sending
from serverlesspresso.core import safe_http
from serverlesspresso.events.tests import bus


@pytest.fixture
def browser():
    """A browser's keys, with which it can read what is pushed to it."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key, point, os.urandom(16)


@pytest.fixture
def pushed(monkeypatch):
    """What was handed to the push service, which answers 201."""
    told = []

    def post(url, body, headers):
        told.append((url, body, headers))
        return safe_http.Answer(post.status, 0)

    post.status = 201
    monkeypatch.setattr(sending.safe_http, "post", post)
    told_by = told
    post.told = told_by
    return post


@pytest.fixture(autouse=True)
def up_to_now(store):
    """What happened before a test is told already."""
    bus.deliver()
