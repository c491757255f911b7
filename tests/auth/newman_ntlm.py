"""Logins by NTLM, and the messages that Newman sends for them.

``data/newman_ntlm.json`` holds what Newman 6.2.2 put on the wire. To record it again::

    python -m tests.auth.newman_ntlm path/to/node_modules/.bin/newman
"""

from __future__ import annotations

import base64
import json
import struct
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "data" / "newman_ntlm.json"

NONCE = bytes.fromhex("0123456789abcdef")
UNICODE, OEM, TARGET, NTLM, ALWAYS_SIGN, DOMAIN = 0x1, 0x2, 0x4, 0x200, 0x8000, 0x10000
EXTENDED, TARGET_INFO, VERSION, KEY_128, KEY_56 = 0x80000, 0x800000, 0x2000000, 0x20000000, 0x80000000
USUAL = UNICODE | TARGET | NTLM | ALWAYS_SIGN | DOMAIN | EXTENDED | TARGET_INFO | VERSION | KEY_128 | KEY_56


def pair(kind: int, value: bytes) -> bytes:
    return struct.pack("<HH", kind, len(value)) + value


def message_2(flags: int = USUAL, *, timestamp: bool = True) -> bytes:
    """What a server answers to message 1 ([MS-NLMP] 2.2.1.2)."""
    target = "DOMAIN".encode("utf-16-le")
    info = pair(2, target) + pair(1, "SERVER".encode("utf-16-le"))
    info += pair(7, struct.pack("<Q", 133_000_000_000_000_000)) if timestamp else b""
    info += pair(0, b"")
    head = b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(target), len(target), 56)
    head += struct.pack("<I", flags) + NONCE + bytes(8)
    if not flags & TARGET_INFO:
        return head + bytes(16) + target
    head += struct.pack("<HHI", len(info), len(info), 56 + len(target)) + bytes([10, 0, 0, 0, 0, 0, 0, 15])
    return head + target + info


def case(answer: bytes, username: str = "User", password: str = "Password", **more: str) -> dict[str, Any]:
    return {"answer": answer, "params": {"username": username, "password": password, **more}}


_PLACE = {"domain": "Domain", "workstation": "Desk-1"}
_FOREIGN = {"username": "jürgen", "password": "pässwörd€", "domain": "köln-日", "workstation": "büro 1"}

CASES: dict[str, dict[str, Any]] = {
    "plain": case(message_2(), **_PLACE),
    "no timestamp": case(message_2(timestamp=False), **_PLACE),
    "no domain": case(message_2(), workstation="desk"),
    "no workstation": case(message_2(), domain="domain"),
    "domain before the name": case(message_2(), "domain\\User"),
    "domain after the name": case(message_2(), "User@domain.example"),
    "domain on both sides": case(message_2(), "a\\User@b"),
    "domain twice": case(message_2(), "a\\User", domain="b"),
    "nobody": case(message_2(), "", ""),
    "foreign letters": case(message_2(), **_FOREIGN),
    "no unicode": case(message_2(USUAL & ~UNICODE | OEM), **_PLACE),
    "no unicode, foreign letters": case(message_2(USUAL & ~UNICODE | OEM), **_FOREIGN),
    "no description": case(message_2(USUAL & ~TARGET_INFO), **_PLACE),
    "no description, no unicode": case(message_2(USUAL & ~TARGET_INFO & ~UNICODE | OEM), **_PLACE),
    "version 1": case(message_2(USUAL & ~EXTENDED), **_PLACE),
    "version 1, no description": case(message_2(USUAL & ~EXTENDED & ~TARGET_INFO), **_PLACE),
    "version 1, long password": case(message_2(USUAL & ~EXTENDED), password="a password of many letters", **_PLACE),
    "version 1, foreign letters": case(message_2(USUAL & ~EXTENDED & ~UNICODE | OEM), **_FOREIGN),
    "version 1, nobody": case(message_2(USUAL & ~EXTENDED), "", ""),
}

#: The lines of one 401 -> whether Newman answers with message 1.
OFFERS: list[tuple[list[str], bool]] = [
    (["NTLM"], True),
    (["Negotiate", "NTLM"], True),
    (["NTLM", "Negotiate"], True),
    (["Negotiate, NTLM"], True),
    (["Negotiate"], False),
    (["negotiate"], True),
    (["ntlm"], False),
    (["Basic", 'NTLM realm="x"'], True),
    (['NTLM realm="x"', "Basic"], False),
    (["Basic"], False),
]


def record(newman: str) -> None:
    """Runs Newman against a server that asks for NTLM, and keeps the messages that arrive."""
    seen: dict[str, list[str]] = {}
    names = list(CASES)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            key = self.path[1:]
            header = self.headers.get("Authorization") or ""
            seen.setdefault(key, []).append(header)
            # message 1 is enough to know whether an offer is answered
            self.send_response(200 if key.startswith("offer") and header else 401)
            if key.startswith("offer"):
                offers = OFFERS[int(key[5:])][0]
            elif header and len(seen[key]) == 2:
                offers = [f"NTLM {base64.b64encode(CASES[names[int(key)]]['answer']).decode()}"]
            else:
                offers = ["NTLM"]
            for offer in offers:
                self.send_header("WWW-Authenticate", offer)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    def item(path: str, params: dict[str, str]) -> dict[str, Any]:
        rows = [{"key": key, "value": value} for key, value in params.items()]
        url = f"http://127.0.0.1:{server.server_address[1]}/{path}"
        return {"name": path, "request": {"url": url, "auth": {"type": "ntlm", "ntlm": rows}}}

    with HTTPServer(("127.0.0.1", 0), Handler) as server, tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        items = [item(str(index), row["params"]) for index, row in enumerate(CASES.values())]
        items += [item(f"offer{index}", {"username": "u", "password": "p"}) for index in range(len(OFFERS))]
        path = Path(folder) / "collection.json"
        path.write_text(json.dumps({"info": {"name": "ntlm"}, "item": items}))
        subprocess.run([newman, "run", str(path)], check=True)
        server.shutdown()
    for index, (_, answered) in enumerate(OFFERS):
        assert (len(seen[f"offer{index}"]) > 1) is answered, OFFERS[index]
    rows = {name: seen[str(index)] for index, name in enumerate(names)}
    assert all(len(messages) == 3 and not messages[0] for messages in rows.values())
    recorded = {name: {"message_1": one, "message_3": three} for name, (_, one, three) in rows.items()}
    RECORDED.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    record(sys.argv[1])
