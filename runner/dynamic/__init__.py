"""Dynamic variables: ``{{$guid}}`` and its like, each occurrence generated anew.

All 118 names of Postman (https://learning.postman.com/docs/tests-and-scripts/write-scripts/variables-list/)
with the shapes that postman-collection (lib/superstring/dynamic-variables.js) gives them. What needs
Faker loads it when it is first used.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timezone

_NAMES = """
guid timestamp isoTimestamp randomUUID
randomAlphaNumeric randomBoolean randomInt randomColor randomHexColor randomAbbreviation
randomIP randomIPV6 randomMACAddress randomPassword randomLocale randomUserAgent randomProtocol randomSemver
randomFirstName randomLastName randomFullName randomNamePrefix randomNameSuffix
randomJobArea randomJobDescriptor randomJobTitle randomJobType
randomPhoneNumber randomPhoneNumberExt randomCity randomStreetName randomStreetAddress randomCountry
randomCountryCode randomLatitude randomLongitude
randomAvatarImage randomImageUrl randomAbstractImage randomAnimalsImage randomBusinessImage randomCatsImage
randomCityImage randomFoodImage randomNightlifeImage randomFashionImage randomPeopleImage randomNatureImage
randomSportsImage randomTransportImage randomImageDataUri
randomBankAccount randomBankAccountName randomCreditCardMask randomBankAccountBic randomBankAccountIban
randomTransactionType randomCurrencyCode randomCurrencyName randomCurrencySymbol randomBitcoin randomPrice
randomCompanyName randomCompanySuffix randomBs randomBsAdjective randomBsBuzz randomBsNoun
randomCatchPhrase randomCatchPhraseAdjective randomCatchPhraseDescriptor randomCatchPhraseNoun
randomDatabaseColumn randomDatabaseType randomDatabaseCollation randomDatabaseEngine
randomDateFuture randomDatePast randomDateRecent randomMonth randomWeekday
randomDomainName randomDomainSuffix randomDomainWord randomEmail randomExampleEmail randomUserName randomUrl
randomFileName randomFileType randomFileExt randomCommonFileName randomCommonFileType randomCommonFileExt
randomFilePath randomDirectoryPath randomMimeType
randomDepartment randomProduct randomProductName randomProductAdjective randomProductMaterial
randomNoun randomVerb randomIngverb randomAdjective randomWord randomWords randomPhrase
randomLoremWord randomLoremWords randomLoremSentence randomLoremSentences randomLoremParagraph
randomLoremParagraphs randomLoremText randomLoremSlug randomLoremLines
"""

DYNAMIC: frozenset[str] = frozenset("$" + name for name in _NAMES.split())
"""The names, with their ``$``."""


def _iso_timestamp() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_COMMON: dict[str, Callable[[], str]] = {
    "$guid": lambda: str(uuid.uuid4()),
    "$timestamp": lambda: str(round(time.time())),
    "$isoTimestamp": _iso_timestamp,
    "$randomInt": lambda: str(random.randint(0, 1000)),
    "$randomUUID": lambda: str(uuid.uuid4()),
}


def generate(name: str) -> str | None:
    """A value for a dynamic variable; None if there is none of that name."""
    function = _COMMON.get(name)
    if function is None and name in DYNAMIC:
        function = _rare(name)
    return function() if function else None


def _rare(name: str) -> Callable[[], str]:
    from runner.dynamic.plain import PLAIN

    function = PLAIN.get(name)
    if function is None:
        from runner.dynamic.fake import FAKE

        function = FAKE[name]
    return function
