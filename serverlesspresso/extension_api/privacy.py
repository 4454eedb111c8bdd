"""What an extension keeps about people: shown to them, and gone when they or the law want it."""

from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.privacy.personal_data import PersonalDataProvider, register

__all__ = ["Person", "PersonalDataProvider", "register"]
