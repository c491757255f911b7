import {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream,
  ReadableStreamBYOBReader, ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader,
  TransformStream, TransformStreamDefaultController, WritableStream, WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from 'web-streams-polyfill';
import { Deflate, Gunzip, Gzip, Inflate, Unzlib, Zlib } from 'fflate';

/** A pair of streams around `transformer` (https://streams.spec.whatwg.org/#other-specs-ts-wrapping). */
class Pair {
  #stream;

  constructor(transformer) {
    this.#stream = new TransformStream(transformer);
  }

  get readable() { return this.#stream.readable; }

  get writable() { return this.#stream.writable; }
}

class TextEncoderStream extends Pair {
  constructor() {
    const encoder = new TextEncoder();
    let high = ''; // the first half of a surrogate pair
    super({
      transform(chunk, controller) {
        let text = high + String(chunk);
        high = '';
        const last = text.charCodeAt(text.length - 1);
        if (last >= 0xd800 && last <= 0xdbff) {
          high = text[text.length - 1];
          text = text.slice(0, -1);
        }
        if (text) controller.enqueue(encoder.encode(text));
      },
      flush(controller) {
        if (high) controller.enqueue(encoder.encode('\uFFFD'));
      },
    });
  }

  get encoding() { return 'utf-8'; }
}

class TextDecoderStream extends Pair {
  #decoder;

  constructor(label = 'utf-8', options = {}) {
    const decoder = new TextDecoder(label, options);
    super({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        if (text) controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text) controller.enqueue(text);
      },
    });
    this.#decoder = decoder;
  }

  get encoding() { return this.#decoder.encoding; }

  get fatal() { return this.#decoder.fatal; }

  get ignoreBOM() { return this.#decoder.ignoreBOM; }
}

const toBytes = (chunk) => {
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError('The chunk must be an ArrayBuffer or a view of one.');
};

function codec(formats) {
  return class extends Pair {
    constructor(format) {
      const Codec = formats[format];
      if (!Codec) throw new TypeError(`Unsupported compression format: ${format}`);
      const worker = new Codec();
      super({
        start(controller) {
          worker.ondata = (bytes) => { if (bytes.length) controller.enqueue(bytes); };
        },
        transform(chunk) {
          try {
            worker.push(toBytes(chunk), false);
          } catch (error) {
            throw new TypeError(error.message);
          }
        },
        flush() {
          try {
            worker.push(new Uint8Array(0), true);
          } catch (error) {
            throw new TypeError(error.message);
          }
        },
      });
    }
  };
}
const CompressionStream = codec({ gzip: Gzip, deflate: Zlib, 'deflate-raw': Deflate });
const DecompressionStream = codec({ gzip: Gunzip, deflate: Unzlib, 'deflate-raw': Inflate });
Object.defineProperty(CompressionStream, 'name', { value: 'CompressionStream' });
Object.defineProperty(DecompressionStream, 'name', { value: 'DecompressionStream' });

export {
  ByteLengthQueuingStrategy, CompressionStream, CountQueuingStrategy, DecompressionStream, ReadableByteStreamController,
  ReadableStream, ReadableStreamBYOBReader, ReadableStreamBYOBRequest, ReadableStreamDefaultController,
  ReadableStreamDefaultReader, TextDecoderStream, TextEncoderStream, TransformStream, TransformStreamDefaultController,
  WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
};
