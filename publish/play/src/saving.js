// Save a painting as a PNG file, with its settings in its name and in a text inside.

// words: for the name; settings: for the text.
export async function save(canvas, words, settings) {
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const text = JSON.stringify(settings);
  const png = withText(new Uint8Array(await blob.arrayBuffer()), "nstlib", text);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([png], { type: "image/png" }));
  link.download = `${words.join("_").replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 120)}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const HEADER = 8 + 25; // the signature of a PNG file and its first chunk

// The bytes of a PNG file with an iTXt chunk: keyword, no compression, no language, text in UTF-8.
function withText(png, keyword, text) {
  const data = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`);
  const chunk = new Uint8Array(data.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length - 4);
  chunk.set(data, 4);
  view.setUint32(data.length + 4, crc32(data));
  const whole = new Uint8Array(png.length + chunk.length);
  whole.set(png.subarray(0, HEADER));
  whole.set(chunk, HEADER);
  whole.set(png.subarray(HEADER), HEADER + chunk.length);
  return whole;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
