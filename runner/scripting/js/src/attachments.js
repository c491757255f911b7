// Bodies on their way into the sandbox. Small ones come as base64 in the message, large ones before it, as bytes that
// Python puts into an ArrayBuffer.
import { rememberText } from './libraries.js';

function createAttachments() {
  let waiting = [];
  return {
    add(size) {
      const bytes = new ArrayBuffer(size);
      waiting[waiting.length] = { bytes, text: undefined };
      return bytes;
    },
    text(text) {
      waiting[waiting.length - 1].text = text;
    },
    /** The Buffer of a body; its text, which Python has decoded already, is remembered, unless it is too long for V8. */
    take(stream, Buffer) {
      if (!stream) return stream;
      let { text } = stream;
      let bytes;
      if (stream.attachment === undefined) bytes = Uint8Array.fromBase64(stream.base64).buffer;
      else ({ bytes, text } = waiting[stream.attachment]);
      waiting = [];
      const buffer = Buffer.from(bytes);
      if (text !== undefined) rememberText(buffer, text);
      return buffer;
    },
  };
}

export { createAttachments };
