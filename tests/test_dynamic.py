"""Dynamic variables: every name, and the shape of what it gives."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import uuid
from datetime import datetime
from urllib.parse import unquote

import pytest

from runner.dynamic import DYNAMIC, generate
from runner.model.collection import Variable, VariableSet
from runner.templating import Resolver
from runner.variables import Scopes, VariableScope

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
DATE = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4} \(.+\)"
PHONE = r"[2-9]\d\d-[2-9]\d\d-\d{4}"
WORD = r"[\w./&+-]+"
WORDS = r"[\w./&+-]+( [\w./&+-]+){0,3}"
NAME = r"[A-Z][A-Za-z.' -]*"
EXTENSION = r"[a-z0-9_-]+"
FILE = rf"[a-z0-9_]+\.{EXTENSION}"
PATH = r"(/[\w+.-]+)+"
DOMAIN = r"[a-z0-9-]+\.(biz|com|info|name|net|org)"
USER = r"[A-Za-z']+([._][A-Za-z']+)?\d{0,2}"
LATIN = r"[a-z]+"
SENTENCE = r"[A-Z][a-z]*( [a-z]+)+\."
SENTENCES = rf"{SENTENCE}( {SENTENCE}){{1,5}}"
PARAGRAPHS = rf"{SENTENCES}(\n \r{SENTENCES}){{2}}"

#: Names as in Postman's documentation -> a regular expression of the whole value. Values of postman-collection's
#: own generator match them too.
SHAPES = {
    "guid": UUID4,
    "timestamp": r"\d{10}",
    "isoTimestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "randomUUID": UUID4,
    "randomAlphaNumeric": r"[0-9a-z]",
    "randomBoolean": r"true|false",
    "randomInt": r"\d{1,3}|1000",
    "randomColor": r"[a-z]+( [a-z]+)?",
    "randomHexColor": r"#[0-9a-f]{6}",
    "randomAbbreviation": r"[A-Z0-9]{2,5}",
    "randomIP": r"\d{1,3}(\.\d{1,3}){3}",
    "randomIPV6": r"[0-9a-f]{4}(:[0-9a-f]{4}){7}",
    "randomMACAddress": r"[0-9a-f]{2}(:[0-9a-f]{2}){5}",
    "randomPassword": r"\w{15}",
    "randomLocale": r"[a-z]{2,3}",
    "randomUserAgent": r"(Mozilla|Opera)/\d+\.\d+ ?.+",
    "randomProtocol": r"https?",
    "randomSemver": r"\d\.\d\.\d",
    "randomFirstName": NAME,
    "randomLastName": NAME,
    "randomFullName": r"[A-Z][A-Za-z.' -]* [A-Z][A-Za-z.' -]*",
    "randomNamePrefix": r"(Mr|Mrs|Ms|Dr)\.|Miss",
    "randomNameSuffix": r"(Jr|Sr)\.|I|II|III|IV|V|MD|DDS|PhD|DVM",
    "randomJobArea": r"[A-Z][a-z]+",
    "randomJobDescriptor": r"[A-Z][a-z]+",
    "randomJobTitle": r"[A-Z][a-z]+ [A-Z][a-z]+ [A-Z][a-z]+",
    "randomJobType": r"[A-Z][a-z]+",
    "randomPhoneNumber": PHONE,
    "randomPhoneNumberExt": rf"\d{{1,2}}-{PHONE}",
    "randomCity": r"[A-Z][A-Za-z.' /-]*",
    "randomStreetName": rf"{NAME} [A-Z][a-z]+",
    "randomStreetAddress": rf"\d{{3,5}} {NAME} [A-Z][a-z]+",
    "randomCountry": r"[^\W\d].+",
    "randomCountryCode": r"[A-Z]{2}",
    "randomLatitude": r"-?\d{1,2}\.\d{4}",
    "randomLongitude": r"-?\d{1,3}\.\d{4}",
    "randomAvatarImage": r"https://cdn\.fakercloud\.com/avatars/\w+_128\.jpg",
    "randomImageUrl": r"http://placeimg\.com/640/480",
    "randomAbstractImage": r"http://placeimg\.com/640/480/abstract",
    "randomAnimalsImage": r"http://placeimg\.com/640/480/animals",
    "randomBusinessImage": r"http://placeimg\.com/640/480/business",
    "randomCatsImage": r"http://placeimg\.com/640/480/cats",
    "randomCityImage": r"http://placeimg\.com/640/480/city",
    "randomFoodImage": r"http://placeimg\.com/640/480/food",
    "randomNightlifeImage": r"http://placeimg\.com/640/480/nightlife",
    "randomFashionImage": r"http://placeimg\.com/640/480/fashion",
    "randomPeopleImage": r"http://placeimg\.com/640/480/people",
    "randomNatureImage": r"http://placeimg\.com/640/480/nature",
    "randomSportsImage": r"http://placeimg\.com/640/480/sports",
    "randomTransportImage": r"http://placeimg\.com/640/480/transport",
    "randomImageDataUri": r"data:image/svg\+xml;charset=UTF-8,%3Csvg%20.+%3C%2Fsvg%3E",
    "randomBankAccount": r"\d{8}",
    "randomBankAccountName": r"([A-Z][a-z]+ ){1,3}Account",
    "randomCreditCardMask": r"\d{4}",
    "randomBankAccountBic": r"[A-Z]{7}1(\d{3,4}|[A-Z]{3})?",
    "randomBankAccountIban": r"[A-Z]{2}\d\d[A-Z0-9]{11,30}",
    "randomTransactionType": r"deposit|invoice|payment|withdrawal",
    "randomCurrencyCode": r"[A-Z]{3}",
    "randomCurrencyName": r"[A-Z].+",
    "randomCurrencySymbol": r"\S{1,7}",
    "randomBitcoin": r"[13][1-9A-HJ-NP-Za-km-z]{24,34}",
    "randomPrice": r"\d{1,4}\.\d\d",
    "randomCompanyName": rf"{NAME} (Group|Inc|LLC|and Sons)|{NAME} - {NAME}|{NAME}, {NAME} and {NAME}",
    "randomCompanySuffix": r"Group|Inc|LLC|and Sons",
    "randomBs": rf"{WORD}( {WORD}){{2,4}}",
    "randomBsAdjective": WORDS,
    "randomBsBuzz": WORDS,
    "randomBsNoun": WORDS,
    "randomCatchPhrase": rf"{WORD}( {WORD}){{2,6}}",
    "randomCatchPhraseAdjective": WORDS,
    "randomCatchPhraseDescriptor": WORDS,
    "randomCatchPhraseNoun": WORDS,
    "randomDatabaseColumn": r"[a-z]+([A-Z][a-z]+)?",
    "randomDatabaseType": r"[a-z]+",
    "randomDatabaseCollation": r"[a-z]+\d*(_[a-z]+)?_(bin|ci)",
    "randomDatabaseEngine": r"[A-Za-z]+",
    "randomDateFuture": DATE,
    "randomDatePast": DATE,
    "randomDateRecent": DATE,
    "randomMonth": "January|February|March|April|May|June|July|August|September|October|November|December",
    "randomWeekday": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "randomDomainName": DOMAIN,
    "randomDomainSuffix": r"biz|com|info|name|net|org",
    "randomDomainWord": r"[a-z0-9-]+",
    "randomEmail": rf"{USER}@(gmail|hotmail|yahoo)\.com",
    "randomExampleEmail": rf"{USER}@example\.(com|net|org)",
    "randomUserName": USER,
    "randomUrl": rf"https?://{DOMAIN}",
    "randomFileName": FILE,
    "randomFileType": r"[a-z-]+",
    "randomFileExt": EXTENSION,
    "randomCommonFileName": FILE,
    "randomCommonFileType": r"application|audio|image|text|video",
    "randomCommonFileExt": EXTENSION,
    "randomFilePath": rf"{PATH}/{FILE}",
    "randomDirectoryPath": PATH,
    "randomMimeType": r"[a-z-]+/[\w.+-]+",
    "randomDepartment": r"[A-Z][a-z]+",
    "randomProduct": r"[A-Z][a-z]+",
    "randomProductName": r"[A-Z][a-z]+ [A-Z][a-z]+ [A-Z][a-z]+",
    "randomProductAdjective": r"[A-Z][a-z]+",
    "randomProductMaterial": r"[A-Z][a-z]+",
    "randomNoun": r"[a-z]+( [a-z]+)?",
    "randomVerb": r"[a-z]+( [a-z]+)?",
    "randomIngverb": r"[a-z]+ing( [a-z]+)?",
    "randomAdjective": r"[a-z0-9-]+( [a-z]+)?",
    "randomWord": r"\S+",
    "randomWords": r"\S+( \S+){1,4}",
    "randomPhrase": r"\S+( \S+){5,}!",
    "randomLoremWord": LATIN,
    "randomLoremWords": rf"{LATIN} {LATIN} {LATIN}",
    "randomLoremSentence": SENTENCE,
    "randomLoremSentences": SENTENCES,
    "randomLoremParagraph": SENTENCES,
    "randomLoremParagraphs": PARAGRAPHS,
    "randomLoremText": rf"{LATIN}( {LATIN}){{0,3}}|{SENTENCE}([ \n]+\r?{SENTENCE})*",
    "randomLoremSlug": rf"{LATIN}-{LATIN}-{LATIN}",
    "randomLoremLines": rf"{SENTENCE}(\n{SENTENCE}){{0,4}}",
}
#: Those that always give the same.
CONSTANT = {name for name in SHAPES if name.endswith("Image") and name != "randomAvatarImage"}
CONSTANT |= {"randomImageUrl", "randomImageDataUri", "timestamp", "isoTimestamp"}


def test_all_118_names_of_postman_are_there() -> None:
    assert {"$" + name for name in SHAPES} == DYNAMIC
    assert len(DYNAMIC) == 118


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    values = [generate("$" + name) for _ in range(200)]
    wrong = [value for value in values if value is None or not re.fullmatch(SHAPES[name], value)]
    assert not wrong
    if name not in CONSTANT:
        assert len(set(values)) > 1, "not random"


@pytest.mark.parametrize("name", ["$", "", "guid", "$Guid", "$randomint", "$guid ", "$randomTopicImage"])
def test_other_names_are_none(name: str) -> None:
    assert generate(name) is None


def test_times_are_now() -> None:
    assert abs(int(generate("$timestamp") or 0) - time.time()) < 2
    iso = datetime.fromisoformat((generate("$isoTimestamp") or "").replace("Z", "+00:00"))
    assert abs(iso.timestamp() - time.time()) < 2


@pytest.mark.parametrize(
    ("name", "first", "last"), [("Past", -365, 0), ("Future", 0, 365), ("Recent", -1, 0)]
)  # days from now
def test_dates_lie_where_the_name_says(name: str, first: float, last: float) -> None:
    for _ in range(50):
        text = (generate(f"$randomDate{name}") or "").partition(" (")[0]
        days = (datetime.strptime(text, "%a %b %d %Y %H:%M:%S GMT%z").timestamp() - time.time()) / 86_400
        assert first - 0.01 < days < last + 0.01


def test_values_are_in_range() -> None:
    for _ in range(200):
        assert all(0 <= int(part) <= 255 for part in (generate("$randomIP") or "").split("."))
        assert abs(float(generate("$randomLatitude") or "999")) <= 90
        assert abs(float(generate("$randomLongitude") or "999")) <= 180
        assert 0 <= float(generate("$randomPrice") or "-1") <= 1000


def test_ibans_have_valid_check_digits() -> None:
    for _ in range(100):
        iban = generate("$randomBankAccountIban") or ""
        assert int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def test_the_data_uri_is_a_picture() -> None:
    head, _, svg = (generate("$randomImageDataUri") or "").partition(",")
    assert head == "data:image/svg+xml;charset=UTF-8"
    assert unquote(svg).startswith("<svg xmlns=")
    assert unquote(svg).endswith("</svg>")


def test_in_a_template_each_occurrence_is_new_and_a_variable_of_that_name_wins() -> None:
    empty = VariableScope(VariableSet("", None))
    scopes = Scopes(empty, empty.copy(), empty.copy(), empty.copy())
    first, second = Resolver(scopes).text("{{$guid}} {{$guid}}").split()
    assert uuid.UUID(first) != uuid.UUID(second)
    assert re.fullmatch(rf"<{SHAPES['randomEmail']}>", Resolver(scopes).text("<{{$randomEmail}}>"))
    scopes.globals.replace_rows([Variable("$randomEmail", "mine")])
    assert Resolver(scopes).text("{{$randomEmail}} {{$randomNothing}}") == "mine {{$randomNothing}}"


def test_faker_is_loaded_only_for_names_that_need_it() -> None:
    code = (
        "import sys; from runner.dynamic import generate; "
        "[generate(name) for name in ('$guid', '$randomInt', '$randomColor', '$randomIP', '$nothing')]; "
        "assert 'faker' not in sys.modules; generate('$randomFirstName'); assert 'faker' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
