"""A phone with passkeys, in software: it answers as a browser would that has made and shows them."""

import hashlib
import html
import json
import re
import secrets
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

PRESENT, ATTESTED = 0x01, 0x40


def asked(page: str) -> dict:
    """What a page asks the browser for."""
    found = re.search(r'data-passkey="([^"]*)"', page)
    return json.loads(html.unescape(found[1]))["publicKey"]


class Phone:
    """Holds one passkey. `origin` is what its browser says where it is, `rp` whom it signs for."""

    def __init__(self, origin: str, rp: str):
        self.origin, self.rp = origin, rp
        self.id = secrets.token_bytes(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    def make(self, options: dict, **instead) -> str:
        """Make the passkey: what `navigator.credentials.create` gives, as the page sends it."""
        public = cbor.encode(instead.pop("key", ES256.from_cryptography_key(self.key.public_key())))
        data = self._data(PRESENT | ATTESTED) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._answer({"clientDataJSON": client, "attestationObject": attestation}, instead)

    def show(self, options: dict, **instead) -> str:
        """Show the passkey: what `navigator.credentials.get` gives, as the page sends it."""
        self.count += 1
        client, data = self._client("webauthn.get", options), self._data(PRESENT)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer(parts, instead)

    def knows(self, options: dict) -> bool:
        """Whether it is asked for this passkey, and for this site."""
        wanted = {websafe_decode(each["id"]) for each in options["allowCredentials"]}
        return self.id in wanted and options["rpId"] == self.rp

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, options: dict) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, parts: dict[str, bytes], instead: dict) -> str:
        response = {name: websafe_encode(part) for name, part in (parts | instead).items()}
        return json.dumps({"rawId": websafe_encode(self.id), "response": response})
