"""What people type or paste, read as they mean it: any script's digits, and whatever came along left away.

The one reader of codes: invitations and the wall's digits, one-time codes, the app's and the drawer's, PINs,
test codes, and the letters of a screen that wants to be paired.
"""

import unicodedata


def digits(text: str) -> str:
    """The digits of a code as 0 to 9, whatever script they are in; blanks, dashes and words aside."""
    return "".join(str(int(char)) for char in text if char.isdecimal())


def letters(text: str, alphabet: str) -> str:
    """The letters of a code that has an alphabet of capitals, in whatever width and case they come."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char in alphabet)


def contact(text: str) -> str:
    """A phone number or address without what cannot be seen, which a paste brings along."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(char for char in plain if unicodedata.category(char) not in ("Cf", "Cc")).strip()
