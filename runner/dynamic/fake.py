"""Dynamic variables whose names, places and texts come from Faker. The only importer of Faker."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from runner.dynamic import words
from runner.dynamic.plain import one


@cache
def _faker() -> Any:
    from faker import Faker

    return Faker("en_US")


@cache
def _latin() -> tuple[str, ...]:
    from faker.providers.lorem.la import Provider

    return tuple(Provider.word_list)


def _catch_phrase(index: int) -> str:
    """Faker lists the words of catch phrases as adjective, descriptor, noun."""
    from faker.providers.company import Provider

    return random.choice(tuple(Provider.catch_phrase_words[index]))


def _business(index: int) -> str:
    """Faker lists what companies do as verb, adjective, noun."""
    from faker.providers.company import Provider

    return random.choice(tuple(Provider.bsWords[index]))


def _company_suffix() -> str:
    return random.choice(("Group", "Inc", "LLC", "and Sons"))


def _last() -> str:
    return str(_faker().last_name())


def _first() -> str:
    return str(_faker().first_name())


def _company_name() -> str:
    form = random.randrange(3)
    if form == 0:
        return f"{_last()} {_company_suffix()}"
    return f"{_last()} - {_last()}" if form == 1 else f"{_last()}, {_last()} and {_last()}"


def _full_name() -> str:
    name = f"{_first()} {_last()}"
    extra = random.randrange(8)  # as often as Postman's has a title or a suffix
    if extra == 0:
        return f"{_prefix()} {name}"
    return f"{name} {_suffix()}" if extra == 1 else name


def _prefix() -> str:
    return random.choice(("Mr.", "Mrs.", "Ms.", "Miss", "Dr."))


def _suffix() -> str:
    return random.choice(("Jr.", "Sr.", "I", "II", "III", "IV", "V", "MD", "DDS", "PhD", "DVM"))


def _user_name() -> str:
    form = random.randrange(3)
    if form == 0:
        return f"{_first()}{random.randrange(100)}"
    name = _first() + random.choice("._") + _last()
    return f"{name}{random.randrange(100)}" if form == 1 else name


def _email(domains: tuple[str, ...]) -> str:
    return f"{_user_name()}@{random.choice(domains)}"


def _domain_word() -> str:
    return re.sub(r"[^a-z0-9]", "", random.choice((_first, _last))().lower())


def _domain_name() -> str:
    return f"{_domain_word()}.{random.choice(words.DOMAIN_SUFFIXES)}"


def _street_name() -> str:
    return f"{random.choice((_first, _last))()} {_faker().street_suffix()}"


def _street_address() -> str:
    number = "".join(random.choices("0123456789", k=random.randint(3, 5)))
    return f"{number} {_street_name()}"


def _currency_symbol() -> str:
    """Of a currency that has one."""
    from faker.providers.currency import Provider

    return random.choice(tuple(Provider.currency_symbols.values()))


def _lorem(separator: str, count: int) -> str:
    return separator.join(random.choices(_latin(), k=count))


def _sentence() -> str:
    return _lorem(" ", random.randint(3, 10)).capitalize() + "."


def _sentences(least: int, most: int, separator: str = " ") -> str:
    return separator.join(_sentence() for _ in range(random.randint(least, most)))


def _paragraph() -> str:
    return _sentences(3, 6)


def _paragraphs() -> str:
    return "\n \r".join(_paragraph() for _ in range(3))  # the separator is Postman's


def _lorem_words() -> str:
    return _lorem(" ", 3)


def _lines() -> str:
    return _sentences(1, 5, "\n")


def _text() -> str:
    forms = (_lorem_words, _sentence, lambda: _sentences(2, 6), _paragraph, _paragraphs, _lines)
    return random.choice(forms)()


FAKE: Mapping[str, Callable[[], str]] = {
    "$randomUserAgent": lambda: str(_faker().user_agent()),
    "$randomFirstName": _first,
    "$randomLastName": _last,
    "$randomFullName": _full_name,
    "$randomNamePrefix": _prefix,
    "$randomNameSuffix": _suffix,
    "$randomCity": lambda: str(_faker().city()),
    "$randomStreetName": _street_name,
    "$randomStreetAddress": _street_address,
    "$randomCountry": lambda: str(_faker().country()),
    "$randomCountryCode": lambda: str(_faker().country_code()),
    "$randomAvatarImage": lambda: f"https://cdn.fakercloud.com/avatars/{_domain_word()}_128.jpg",
    "$randomCurrencyCode": lambda: str(_faker().currency_code()),
    "$randomCurrencyName": lambda: str(_faker().currency_name()),
    "$randomCurrencySymbol": _currency_symbol,
    "$randomCompanyName": _company_name,
    "$randomCompanySuffix": _company_suffix,
    "$randomBs": lambda: " ".join(_business(index) for index in range(3)),
    "$randomBsBuzz": lambda: _business(0),
    "$randomBsAdjective": lambda: _business(1),
    "$randomBsNoun": lambda: _business(2),
    "$randomCatchPhrase": lambda: " ".join(_catch_phrase(index) for index in range(3)),
    "$randomCatchPhraseAdjective": lambda: _catch_phrase(0),
    "$randomCatchPhraseDescriptor": lambda: _catch_phrase(1),
    "$randomCatchPhraseNoun": lambda: _catch_phrase(2),
    "$randomDomainName": _domain_name,
    "$randomDomainWord": _domain_word,
    "$randomEmail": lambda: _email(words.FREE_MAIL),
    "$randomExampleEmail": lambda: _email(words.EXAMPLE_MAIL),
    "$randomUserName": _user_name,
    "$randomUrl": lambda: f"{one(('http', 'https'))()}://{_domain_name()}",
    "$randomLoremWord": lambda: _lorem(" ", 1),
    "$randomLoremWords": _lorem_words,
    "$randomLoremSentence": _sentence,
    "$randomLoremSentences": lambda: _sentences(2, 6),
    "$randomLoremParagraph": _paragraph,
    "$randomLoremParagraphs": _paragraphs,
    "$randomLoremText": _text,
    "$randomLoremSlug": lambda: _lorem("-", 3),
    "$randomLoremLines": _lines,
}
"""Name to function."""
