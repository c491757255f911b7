"""What is hidden on a terminal, and what is not."""

from __future__ import annotations

import pytest

from runner.model.collection import Variable
from runner.reporters.masking import MASK, Secrets, looks_secret, mask, mask_text


@pytest.mark.parametrize(
    "name",
    [
        "api_key", "X-Api-Key", "apiKey", "secret", "clientSecret", "access_token", "authToken", "password", "passwd",
        "PWD", "Authorization", "auth", "credential", "AWS_CREDENTIALS", "hypertrack_sk", "jwt", "passphrase",
    ],
)  # fmt: skip
def test_names_that_sound_secret(name: str) -> None:
    assert looks_secret(name)
    assert mask(name, "value") == MASK


@pytest.mark.parametrize("name", ["user_id", "author", "authors", "author_name", "base_url", "task", "mask", "id"])
def test_names_that_do_not(name: str) -> None:
    assert not looks_secret(name)
    assert mask(name, "value") == "value"


def test_values_known_to_be_secret_are_hidden_under_any_name_and_inside_text() -> None:
    assert mask("harmless", "s3cr3t", ["s3cr3t"]) == MASK
    assert mask("harmless", "Bearer s3cr3t!", ["s3cr3t"]) == f"Bearer {MASK}!"


def test_short_secrets_are_not_searched_for_in_text() -> None:
    assert mask("harmless", "1", ["1"]) == MASK
    assert mask_text("11 of 12", ["1"]) == "11 of 12"


def test_empty_values_stay_empty() -> None:
    assert mask("api_key", "") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://h/?api_key=abc&x=1", f"http://h/?api_key={MASK}&x=1"),
        ("http://h/?x=1&access_token=a%20b#f", f"http://h/?x=1&access_token={MASK}#f"),
        ("http://me:pw@h/", f"http://me:{MASK}@h/"),
        ('{"password": "p\\"q", "name": "n"}', f'{{"password": "{MASK}", "name": "n"}}'),
        ('{"token":"abc', f'{{"token":"{MASK}"'),
        ('{"key": "a", "value": "b"}', '{"key": "a", "value": "b"}'),
        ('{"tokens": 3}', '{"tokens": 3}'),
        ("x=1", "x=1"),
    ],
)
def test_secrets_in_urls_and_bodies(text: str, expected: str) -> None:
    assert mask_text(text) == expected


def test_values_are_learnt_from_variables() -> None:
    secrets = Secrets()
    secrets.learn(
        [
            Variable("plain", "visible"),
            Variable("typed", "of-type-secret", "secret"),
            Variable("my_token", "by-its-name"),
            Variable("other_token", "{{my_token}}"),
            Variable("number_key", 12345),
        ]
    )
    assert (
        secrets.mask_text("visible of-type-secret by-its-name {{my_token}}")
        == f"visible {MASK} {MASK} {{{{my_token}}}}"
    )


def test_only_the_newest_values_are_remembered() -> None:
    secrets = Secrets()
    for number in range(2000):
        secrets.add(f"token-{number:04}")
    assert secrets.mask_text("token-0000 token-1999") == f"token-0000 {MASK}"
