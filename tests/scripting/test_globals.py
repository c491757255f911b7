"""Globals that Postman's sandbox has and bare V8 lacks."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from runner.scripting.v8 import V8Engine
from scripting.run import run


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("new URL('https://u@a.b:81/c?d=1#e').searchParams.get('d')", "'1'"),
        ("new URL('../x', 'http://a/b/c').href", "'http://a/x'"),
        ("new URLSearchParams({ a: '1 2' }).toString()", "'a=1+2'"),
        ("structuredClone({ a: new Map([[1, 2]]) })", "{ a: Map(1) { 1 => 2 } }"),
        ("new DOMException('m', 'AbortError').code", "20"),
        ("new TextEncoder().encode('ü')", "Uint8Array(2) [ 195, 188 ]"),
        ("new TextDecoder().decode(new Uint8Array([195, 188]))", "'ü'"),
        ("new TextDecoder('utf-16le').decode(new Uint8Array([65, 0]))", "'A'"),
        ("new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0]))", "'あ'"),
        ("btoa('a\\xff')", "'Yf8='"),
        ("atob(' Yf8 ') === 'a\\xff'", "true"),
        ("new Blob(['ab', new Uint8Array([99])], { type: 'Text/Plain' }).type", "'text/plain'"),
        ("await new Blob(['äb']).slice(1).text()", "'�b'"),
        ("(await new Blob(['xyz']).stream().getReader().read()).value.length", "3"),
        ("new File(['x'], 'n.txt').name", "'n.txt'"),
        ("Buffer.from('aGk_-w', 'base64url').toString('base64url')", "'aGk_-w'"),
        ("Buffer.from('hi').toString('hex')", "'6869'"),
        ("new Intl.NumberFormat('de').format(1234.5)", "'1.234,5'"),
        ("AbortSignal.abort('why').reason", "'why'"),
        ("typeof queueMicrotask", "'function'"),
        ("new Event('x', { cancelable: true }).cancelable", "true"),
        ("crypto.randomUUID().length", "36"),
        ("crypto.getRandomValues(new Uint8Array(4)).length", "4"),
        ("new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark", "3"),
    ],
)
def test_one_expression(engine: V8Engine, source: str, shown: str) -> None:
    ran = run(engine, f"console.log({source})")
    assert ran.outcome.error is None
    assert ran.console == [shown]


def test_events_and_abort(engine: V8Engine) -> None:
    ran = run(
        engine,
        """const target = new EventTarget();
        target.addEventListener("go", (event) => { console.log(event.type, event.target === target); }, { once: true });
        target.dispatchEvent(new Event("go"));
        target.dispatchEvent(new Event("go"));
        const one = new AbortController();
        const both = AbortSignal.any([one.signal, AbortSignal.timeout(1000)]);
        both.onabort = () => console.log(both.reason.name);
        one.abort();
        try { both.throwIfAborted() } catch (error) { console.log(error.message) }
        await new Promise((resolve) => AbortSignal.timeout(5).addEventListener("abort", resolve));
        console.log("timed out");""",
    )
    assert ran.console == ["'go', true", "'AbortError'", "'This operation was aborted'", "'timed out'"]


def test_streams_compress_and_decode(engine: V8Engine) -> None:
    ran = run(
        engine,
        """for (const format of ["gzip", "deflate", "deflate-raw"]) {
            const stream = new Blob(["grüße ".repeat(1000)]).stream().pipeThrough(new CompressionStream(format));
            let size = 0, text = "";
            const [a, b] = stream.tee();
            for await (const chunk of a) size += chunk.length;
            const decoded = b.pipeThrough(new DecompressionStream(format)).pipeThrough(new TextDecoderStream());
            for await (const part of decoded) text += part;
            console.log(format, size < 200, text === "grüße ".repeat(1000));
        }""",
    )
    assert ran.console == ["'gzip', true, true", "'deflate', true, true", "'deflate-raw', true, true"]


def test_the_text_of_a_large_buffer(engine: V8Engine) -> None:
    ran = run(
        engine,
        """console.log(Buffer.alloc(60 * 1024 * 1024, "a").toString().length);
        const text = "xaé€😀".repeat(250000);
        const whole = Buffer.from(text);
        console.log(whole.toString() === text, whole.toString("UTF-8", 1, whole.length - 4) === text.slice(1, -2));
        console.log(whole.toString("utf8", 2, -1) === "", whole.toString("latin1").length === whole.length);
        const broken = Buffer.alloc(3 << 20, 0x80);
        broken.set([0xe2, 0xf0, 0x9f], (1 << 20) - 3);
        const no = (count) => "\ufffd".repeat(count);
        console.log(broken.toString() === `${no((1 << 20) - 2)}🀀${no((2 << 20) - 2)}`);""",
    )
    assert ran.outcome.error is None
    assert ran.console == ["62914560", "true, true", "true, true", "true"]


def test_random_numbers_differ_between_engines_and_calls(engine: V8Engine) -> None:
    source = "console.log(crypto.randomUUID()); console.log(crypto.randomUUID())"
    other = V8Engine()
    seen = run(engine, source).console + run(other, source).console
    other.close()
    assert len(set(seen)) == 4


def test_subtle_crypto(engine: V8Engine) -> None:
    ran = run(
        engine,
        """const bytes = (text) => new TextEncoder().encode(text);
        const hex = (buffer) => Buffer.from(buffer).toString("hex");
        const { subtle } = crypto;
        console.log(hex(await subtle.digest("sha-256", bytes("abc"))));
        const hmac = { name: "HMAC", hash: "SHA-512" };
        const key = await subtle.importKey("raw", bytes("key"), hmac, true, ["sign", "verify"]);
        const signature = await subtle.sign("HMAC", key, bytes("message"));
        console.log(hex(signature));
        console.log(await subtle.verify("HMAC", key, signature, bytes("message")),
            await subtle.verify("HMAC", key, signature, bytes("other")));
        console.log((await subtle.exportKey("jwk", key)).k, key.algorithm.length, key.type);
        const password = await subtle.importKey("raw", bytes("pw"), "PBKDF2", false, ["deriveBits"]);
        const derive = { name: "PBKDF2", hash: "SHA-256", salt: bytes("salt"), iterations: 1000 };
        console.log(hex(await subtle.deriveBits(derive, password, 256)));""",
    )
    assert ran.outcome.error is None
    assert [line.strip("'") for line in ran.console] == [
        hashlib.sha256(b"abc").hexdigest(),
        hmac.digest(b"key", b"message", "sha512").hex(),
        "true, false",
        "a2V5', 24, 'secret",
        hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 1000).hex(),
    ]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("crypto.subtle.digest('MD5', new Uint8Array(1))", "NotSupportedError"),
        ("crypto.subtle.generateKey({ name: 'RSA-OAEP', hash: 'SHA-1' }, true, ['encrypt'])", "NotSupportedError"),
        ("crypto.subtle.importKey('raw', new Uint8Array(1), 'PBKDF2', false, ['sign'])", "SyntaxError"),
        ("(async () => crypto.getRandomValues(new Uint8Array(70000)))()", "QuotaExceededError"),
    ],
)
def test_what_crypto_refuses(engine: V8Engine, source: str, name: str) -> None:
    assert run(engine, f"try {{ await {source} }} catch (e) {{ console.log(e.name) }}").console == [f"'{name}'"]


def test_globals_are_found_by_other_ways_than_their_names(engine: V8Engine) -> None:
    ran = run(engine, "console.log(typeof eval('UR' + 'L'), typeof Function('return structured' + 'Clone')())")
    assert ran.console == ["'function', 'function'"]
