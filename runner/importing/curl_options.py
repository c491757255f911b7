"""The options of curl: which take a value, and how a command line is taken apart.

The names are those of its manual, https://curl.se/docs/manpage.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.errors import InputError
from runner.model.records import dataclass

#: Short option -> long one. Those in `_WITH_VALUE` take one.
_SHORT = {
    "X": "request", "H": "header", "d": "data", "F": "form", "G": "get", "u": "user", "b": "cookie", "A": "user-agent",
    "e": "referer", "I": "head", "T": "upload-file", "L": "location", "k": "insecure", "x": "proxy", "E": "cert",
    "K": "config", "o": "output", "m": "max-time", "c": "cookie-jar", "D": "dump-header", "w": "write-out",
    "U": "proxy-user", "r": "range", "s": "silent", "S": "show-error", "v": "verbose", "i": "include", "f": "fail",
    "O": "remote-name", "N": "no-buffer", "J": "remote-header-name", "g": "globoff", "#": "progress-bar",
    "4": "ipv4", "6": "ipv6", "0": "http1.0", "n": "netrc", "j": "junk-session-cookies", "q": "disable",
    "y": "speed-time", "Y": "speed-limit", "z": "time-cond", "C": "continue-at", "P": "ftp-port", "Q": "quote",
    "t": "telnet-option", "h": "help", "V": "version", "Z": "parallel", "p": "proxytunnel", "a": "append",
    "R": "remote-time", "M": "manual", "l": "list-only", "B": "use-ascii", "1": "tlsv1", "2": "sslv2", "3": "sslv3",
}  # fmt: skip
_VALUE_NAMES = """
request header data data-ascii data-binary data-raw data-urlencode json form form-string user cookie user-agent
referer upload-file url url-query proxy cert key cacert capath pass cert-type key-type config output max-time
connect-timeout cookie-jar dump-header write-out proxy-user proxy-header preproxy range retry retry-delay
retry-max-time max-redirs resolve connect-to interface limit-rate ciphers tls-max tls13-ciphers noproxy unix-socket
abstract-unix-socket stderr trace trace-ascii speed-time speed-limit time-cond continue-at ftp-port quote
telnet-option oauth2-bearer aws-sigv4 socks4 socks4a socks5 socks5-hostname max-filesize local-port dns-servers
doh-url netrc-file output-dir create-file-mode expect100-timeout keepalive-time happy-eyeballs-timeout-ms variable
request-target rate proto proto-default proto-redir pinnedpubkey hsts alt-svc curves engine egd-file random-file
crlfile delegation service-name proxy-service-name login-options mail-from mail-rcpt haproxy-clientip parallel-max
etag-save etag-compare postquote prequote krb pubkey hostpubmd5 tlsuser tlspassword tlsauthtype proxy-cacert
proxy-cert proxy-key proxy-pass
"""
_WITH_VALUE = frozenset(_VALUE_NAMES.split())


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command: its long name, and its value if it takes one. A URL is the option ``url``."""

    name: str
    value: str = ""


def options_of(words: Sequence[str], path: str | None, line: int) -> Iterator[Option]:
    """Takes a command (without ``curl``) apart.

    Raises:
        InputError: an option without its value.
    """
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            yield from (Option("url", url) for url in rest)
            return
        if word.startswith("--"):
            name = word[2:]
            yield Option(name, _value(rest, word, path, line) if name in _WITH_VALUE else "")
        elif word.startswith("-") and len(word) > 1:
            yield from _short(word[1:], rest, path, line)
        else:
            yield Option("url", word)


def _short(letters: str, rest: list[str], path: str | None, line: int) -> Iterator[Option]:
    """``-sSL`` are three options, ``-XPOST`` is one with its value."""
    while letters:
        letter, letters = letters[0], letters[1:]
        name = _SHORT.get(letter)
        if name is None:
            raise InputError(f"curl has no option -{letter}", path=path, line=line)
        if name in _WITH_VALUE:
            yield Option(name, letters or _value(rest, f"-{letter}", path, line))
            return
        yield Option(name)


def _value(rest: list[str], word: str, path: str | None, line: int) -> str:
    if not rest:
        raise InputError(f"{word} needs a value", path=path, line=line)
    return rest.pop(0)
