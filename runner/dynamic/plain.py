"""Dynamic variables that need nothing but the standard library and a few words."""

from __future__ import annotations

import random
import re
import string
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from urllib.parse import quote

from runner.dynamic import words

_DAY = 86_400.0
_HEX = "0123456789abcdef"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_IMAGES = "http://placeimg.com/640/480"
_TOPICS = (
    "abstract", "animals", "business", "cats", "city", "food", "nightlife", "fashion", "people", "nature", "sports",
    "transport",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def one(choices: Sequence[str]) -> Callable[[], str]:
    """A function that picks one of them."""
    return lambda: random.choice(choices)


def several(alphabet: str, count: int) -> str:
    """That many characters."""
    return "".join(random.choices(alphabet, k=count))


def js_date(epoch: float) -> str:
    """A date as JavaScript's ``Date.toString`` writes it, in UTC."""
    day = datetime.fromtimestamp(epoch, timezone.utc)
    date = f"{_WEEKDAYS[day.weekday()][:3]} {_MONTHS[day.month - 1][:3]} {day:%d %Y %H:%M:%S}"
    return f"{date} GMT+0000 (Coordinated Universal Time)"


def _date(first: float, last: float) -> Callable[[], str]:
    """A moment between so many days from now and so many."""
    return lambda: js_date(time.time() + random.uniform(first, last) * _DAY)


def _degrees(limit: int) -> Callable[[], str]:
    return lambda: f"{random.uniform(-limit, limit):.4f}"


def _phone() -> str:
    return f"{random.randint(200, 999)}-{random.randint(200, 999)}-{random.randint(0, 9999):04}"


def _iban() -> str:
    """With valid check digits (ISO 13616: the number rearranged is 1 modulo 97)."""
    country, pattern = random.choice(tuple(words.IBAN_PATTERNS.items()))
    domestic = "".join(
        several(string.ascii_uppercase if kind == "A" else string.digits, int(count))
        for kind, count in re.findall(r"([AN])(\d+)", pattern)
    )
    digits = int("".join(str(int(char, 36)) for char in domestic + country + "00"))
    return f"{country}{98 - digits % 97:02}{domestic}"


def _bic() -> str:
    country = random.choice(tuple(words.IBAN_PATTERNS))
    branch = random.choice(("", several(string.digits, 3)))
    return f"{several(string.ascii_uppercase, 4)}{country}{random.choice(string.ascii_uppercase)}1{branch}"


def _image_data_uri() -> str:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" version="1.1" baseProfile="full" width="640" height="480">'
        '<rect width="100%" height="100%" fill="grey"/>'
        '<text x="320" y="240" font-size="20" alignment-baseline="middle" text-anchor="middle" fill="white">'
        "640x480</text></svg>"
    )
    return "data:image/svg+xml;charset=UTF-8," + quote(svg, safe="")


def _phrase() -> str:
    verb = random.choice(words.TECH_VERBS)[0]
    ing = random.choice(words.TECH_VERBS)[1]
    noun, other = random.sample(words.TECH_NOUNS, 2)
    return random.choice(words.PHRASES).format(
        verb=verb,
        ingverb=ing,
        Ingverb=ing.capitalize(),
        noun=noun,
        other=other,
        adjective=random.choice(words.TECH_ADJECTIVES),
        abbreviation=random.choice(words.ABBREVIATIONS),
    )


_WORDS = (
    words.COLORS, words.DEPARTMENTS, words.PRODUCTS, words.PRODUCT_ADJECTIVES, words.PRODUCT_MATERIALS, words.JOB_AREAS,
    words.JOB_TYPES, words.ABBREVIATIONS, words.TECH_ADJECTIVES, words.TECH_NOUNS,
    tuple(pair[0] for pair in words.TECH_VERBS),
)  # fmt: skip


def word() -> str:
    """Any one word."""
    return random.choice(random.choice(random.choice(_WORDS)).split())


def _several_words(least: int, most: int) -> str:
    return " ".join(word() for _ in range(random.randint(least, most)))


def _file_name(extensions: Sequence[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", _several_words(1, 3).lower())
    return f"{stem}.{random.choice(extensions)}"


def _product_name() -> str:
    parts = (words.PRODUCT_ADJECTIVES, words.PRODUCT_MATERIALS, words.PRODUCTS)
    return " ".join(random.choice(part) for part in parts)


def _job_title() -> str:
    parts = (words.JOB_DESCRIPTORS, words.JOB_AREAS, words.JOB_TYPES)
    return " ".join(random.choice(part) for part in parts)


PLAIN: Mapping[str, Callable[[], str]] = {
    "$randomAlphaNumeric": lambda: random.choice(string.digits + string.ascii_lowercase),
    "$randomBoolean": one(("true", "false")),
    "$randomColor": one(words.COLORS),
    "$randomHexColor": lambda: "#" + several(_HEX, 6),
    "$randomAbbreviation": one(words.ABBREVIATIONS),
    "$randomIP": lambda: ".".join(str(random.randint(0, 255)) for _ in range(4)),
    "$randomIPV6": lambda: ":".join(several(_HEX, 4) for _ in range(8)),
    "$randomMACAddress": lambda: ":".join(several(_HEX, 2) for _ in range(6)),
    "$randomPassword": lambda: several(string.ascii_letters + string.digits + "_", 15),
    "$randomLocale": one(words.LOCALES),
    "$randomProtocol": one(("http", "https")),
    "$randomSemver": lambda: ".".join(several(string.digits, 3)),
    "$randomJobArea": one(words.JOB_AREAS),
    "$randomJobDescriptor": one(words.JOB_DESCRIPTORS),
    "$randomJobTitle": _job_title,
    "$randomJobType": one(words.JOB_TYPES),
    "$randomPhoneNumber": _phone,
    "$randomPhoneNumberExt": lambda: f"{random.randint(1, 99)}-{_phone()}",
    "$randomLatitude": _degrees(90),
    "$randomLongitude": _degrees(180),
    "$randomImageUrl": lambda: _IMAGES,
    **{f"$random{topic.capitalize()}Image": one((f"{_IMAGES}/{topic}",)) for topic in _TOPICS},
    "$randomImageDataUri": _image_data_uri,
    "$randomBankAccount": lambda: several(string.digits, 8),
    "$randomBankAccountName": lambda: random.choice(words.ACCOUNT_NAMES) + " Account",
    "$randomCreditCardMask": lambda: several(string.digits, 4),
    "$randomBankAccountBic": _bic,
    "$randomBankAccountIban": _iban,
    "$randomTransactionType": one(words.TRANSACTION_TYPES),
    "$randomBitcoin": lambda: random.choice("13") + several(_BASE58, random.randint(25, 33)),
    "$randomPrice": lambda: f"{random.uniform(0, 1000):.2f}",
    "$randomDatabaseColumn": one(words.DATABASE_COLUMNS),
    "$randomDatabaseType": one(words.DATABASE_TYPES),
    "$randomDatabaseCollation": one(words.DATABASE_COLLATIONS),
    "$randomDatabaseEngine": one(words.DATABASE_ENGINES),
    "$randomDateFuture": _date(0.1, 365),
    "$randomDatePast": _date(-365, -0.1),
    "$randomDateRecent": _date(-1, -0.001),
    "$randomMonth": one(_MONTHS),
    "$randomWeekday": one(_WEEKDAYS),
    "$randomDomainSuffix": one(words.DOMAIN_SUFFIXES),
    "$randomFileName": lambda: _file_name(words.EXTENSIONS),
    "$randomFileType": one(words.FILE_TYPES),
    "$randomFileExt": one(words.EXTENSIONS),
    "$randomCommonFileName": lambda: _file_name(words.COMMON_EXTENSIONS),
    "$randomCommonFileType": one(words.COMMON_FILE_TYPES),
    "$randomCommonFileExt": one(words.COMMON_EXTENSIONS),
    "$randomFilePath": lambda: f"{random.choice(words.DIRECTORIES)}/{_file_name(words.EXTENSIONS)}",
    "$randomDirectoryPath": one(words.DIRECTORIES),
    "$randomMimeType": one(words.MIME_TYPES),
    "$randomDepartment": one(words.DEPARTMENTS),
    "$randomProduct": one(words.PRODUCTS),
    "$randomProductName": _product_name,
    "$randomProductAdjective": one(words.PRODUCT_ADJECTIVES),
    "$randomProductMaterial": one(words.PRODUCT_MATERIALS),
    "$randomNoun": one(words.TECH_NOUNS),
    "$randomVerb": lambda: random.choice(words.TECH_VERBS)[0],
    "$randomIngverb": lambda: random.choice(words.TECH_VERBS)[1],
    "$randomAdjective": one(words.TECH_ADJECTIVES),
    "$randomWord": word,
    "$randomWords": lambda: _several_words(2, 5),
    "$randomPhrase": _phrase,
}
"""Name to function."""
