// Reads what canopy/render/payload.py writes: JSON and packed whole numbers.

const NO_DECOMPRESSION =
  "This browser is too old for the map (it lacks DecompressionStream, in browsers since 2023).";

function bytesOfBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflate(bytes) {
  if (typeof DecompressionStream === "undefined") throw new Error(NO_DECOMPRESSION);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class BinaryPart {
  constructor(bytes) {
    this.bytes = bytes;
  }

  // [offset, count, width, delta] -> Int32Array (delta) or Uint32Array.
  integers([offset, count, width, delta]) {
    const numbers = new Uint32Array(count);
    for (let plane = 0; plane < width; plane++) {
      const from = offset + plane * count;
      const shift = 8 * plane;
      for (let i = 0; i < count; i++) numbers[i] |= this.bytes[from + i] << shift;
    }
    if (!delta) return numbers;
    const summed = new Int32Array(count);
    let value = 0;
    for (let i = 0; i < count; i++) {
      value = (value + ((numbers[i] >>> 1) ^ -(numbers[i] & 1))) | 0;
      summed[i] = value;
    }
    return summed;
  }

  uuid(offset, row) {
    let hex = "";
    for (let i = 0; i < 16; i++) {
      hex += this.bytes[offset + 16 * row + i].toString(16).padStart(2, "0");
    }
    if (/^0+$/.test(hex)) return null;
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
}

async function decode(base64) {
  const block = await inflate(bytesOfBase64(base64));
  const length = new DataView(block.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(block.subarray(4, 4 + length)));
  return { head, binary: new BinaryPart(block.subarray(4 + length)) };
}
