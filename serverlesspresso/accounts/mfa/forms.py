"""What browsers send of a passkey. Anybody can send anything: whatever it is, the answer is a sentence."""

import json
import re
import struct

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth
from allauth.mfa.webauthn.internal import auth
from django import forms
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from serverlesspresso.core.typed_text import plain

from . import passkeys

LONGEST = 16_384
"""Characters of an answer; those of browsers have a few hundred, or some thousand with a certificate."""
_BASE64 = re.compile(r"[A-Za-z0-9_-]*")
_MADE, _SHOWN = ("clientDataJSON", "attestationObject"), ("clientDataJSON", "authenticatorData", "signature")
# What is well-formed and still no passkey makes the parsers fail in all these ways.
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,  # nested too deep, or not implemented
    TypeError,
    ValueError,
    struct.error,
)


def refused() -> forms.ValidationError:
    """The one sentence for whatever is not right: which it was helps nobody but who tries others'."""
    return get_adapter().validation_error("passkey_refused")


class Answer(forms.CharField):
    """An answer of `navigator.credentials` as JSON. Only what is needed of it is kept, all of it base64."""

    widget = forms.HiddenInput

    def __init__(self, *parts: str):
        super().__init__(required=False)
        self.parts = parts

    def clean(self, value) -> dict:
        """The answer as a dict of dicts and texts. Raises ValidationError."""
        try:
            return self._read(str(value or ""))
        except _UNREADABLE:
            raise refused() from None

    def _read(self, text: str) -> dict:
        if len(text) > LONGEST:
            raise ValueError("too long")
        said = json.loads(text)
        name = _base64(said["rawId"])
        response = {part: _base64(said["response"][part]) for part in self.parts}
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def _base64(text: str) -> str:
    if not _BASE64.fullmatch(text):
        raise ValueError("not base64")
    return text


class _Once(forms.Form):
    """What a browser was asked is good for one answer, whether that was right or not."""

    def full_clean(self) -> None:
        """Forget the question, when the answer was judged."""
        super().full_clean()
        if self.is_bound:
            auth.clear_state()


class AddPasskey(_Once, allauth.AddWebAuthnForm):
    """A new passkey, and what its owner calls it."""

    name = forms.CharField(required=False)
    credential = Answer(*_MADE)

    def clean_name(self) -> str:
        """Cut where it is too long: the device has made the passkey, and would be refused for a word."""
        name = plain(self.cleaned_data["name"])[: passkeys.LONGEST_NAME]
        return name.strip() or passkeys.free_name(self.user)

    def clean(self) -> dict:
        """Check that it is an answer to our question, from this address, and a key that can be checked."""
        if not (answer := self.cleaned_data.get("credential")):
            return self.cleaned_data
        try:
            made = RegistrationResponse.from_dict(answer)
            _check_origin(made)
            _check_new(self.user, made)
            super().clean()
        except (*_UNREADABLE, forms.ValidationError):
            self.add_error("credential", refused())
        return self.cleaned_data


def _check_origin(answer: RegistrationResponse | AuthenticationResponse) -> None:
    """fido2 would take answers from every name below ours, too."""
    if not passkeys.possible() or answer.response.client_data.origin != passkeys.origin():
        raise ValueError("not from here")


def _check_new(user, made: RegistrationResponse) -> None:
    """Not one they have, and with a key that can say no: one that can only fail would fail at the door."""
    data = made.response.attestation_object.auth_data.credential_data
    if data is None or data.credential_id != made.raw_id:
        raise ValueError("no key, or another's")
    if any(known.credential_id == data.credential_id for known in auth.get_credentials(user)):
        raise ValueError("known already")
    if data.public_key.ALGORITHM not in CoseKey.supported_algorithms():
        raise ValueError("a key of a kind we cannot check")
    _try(data.public_key)


def _try(key: CoseKey) -> None:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        key.verify(b"nothing", b"signed by nobody")
    except InvalidSignature:
        return
    except UnsupportedAlgorithm:
        pass
    raise ValueError("a key that cannot be used")


class ShowPasskey(_Once, allauth.AuthenticateWebAuthnForm):
    """The second step of signing in."""

    credential = Answer(*_SHOWN)

    def clean_credential(self) -> Authenticator:
        """Whose it is. Wrong ones count, as wrong digits do. Raises ValidationError."""
        try:
            _check_origin(AuthenticationResponse.from_dict(self.cleaned_data["credential"]))
            return super().clean_credential()
        except _UNREADABLE:
            pass
        except forms.ValidationError as refusal:
            if refusal.code != "incorrect_code":
                raise  # too often
        self._note()
        raise refused()

    def _note(self) -> None:
        if passkey := passkeys.of(self.user).first():
            signals.authentication_failed.send(
                sender=Authenticator,
                request=context.request,
                user=self.user,
                authenticator=passkey,
                reauthentication=self.reauthenticated,
            )


class ShowPasskeyAgain(ShowPasskey):
    """Is it still you?"""

    reauthenticated = True
