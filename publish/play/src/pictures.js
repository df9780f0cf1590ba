// Pictures: from the course, a file or the camera to numbers, and back onto the page.
import { fromBase64 } from "./weights.js";

const LARGEST = 2048; // longer side in pixels of what is kept
const SMALLEST = 32; // shorter side of what is taken

// A picture that was opened: {name, credit, note, canvas}.
export async function openPicture(blob, name, credit = "") {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch {
    throw new Error(
      `${name} is no picture that this browser can open: choose a JPEG, PNG or WebP file.`,
    );
  }
  const { width, height } = bitmap;
  if (Math.min(width, height) < SMALLEST) {
    throw new Error(
      `${name} has only ${width} x ${height} pixels: choose a picture of at least ` +
        `${SMALLEST} pixels a side.`,
    );
  }
  if (Math.max(width, height) > 30 * Math.min(width, height)) {
    throw new Error(`${name} is too narrow, ${width} x ${height} pixels: crop it first.`);
  }
  const factor = Math.min(1, LARGEST / Math.max(width, height));
  const canvas = drawn(bitmap, Math.round(width * factor), Math.round(height * factor));
  bitmap.close();
  const note = factor < 1 ? ` Scaled down from ${width} x ${height} pixels.` : "";
  return { name: name.replace(/\.\w+$/, ""), credit, note, canvas };
}

// One of the course's pictures, as pictures.js holds them.
export function openExample({ name, author, title, jpeg }) {
  const blob = new Blob([fromBase64(jpeg)], { type: "image/jpeg" });
  return openPicture(blob, name, `${author}, ${title}`);
}

// Numbers {data, width, height}, RGB in [0, 1], of a picture with this longer side. Both sides
// are a multiple, and what stands out is cut off, on both sides alike; transparent is white.
export function pixels({ canvas }, side, multiple = 1) {
  const longer = Math.max(canvas.width, canvas.height);
  const factor = Math.min(side / longer, multiple > 1 ? Infinity : 1);
  const whole = (length) => Math.max(1, Math.round((length * factor) / multiple)) * multiple;
  const least = Math.max(multiple, 16);
  const [width, height] = [canvas.width, canvas.height].map((s) => Math.max(least, whole(s)));
  return fromCanvas(drawn(canvas, width, height));
}

// Numbers of another size, by way of a canvas.
export function resized(picture, width, height) {
  return fromCanvas(drawn(toCanvas(picture), width, height));
}

function fromCanvas(canvas) {
  const { width, height } = canvas;
  const bytes = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const data = new Float32Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) data[3 * i + c] = bytes[4 * i + c] / 255;
  }
  return { data, width, height };
}

// Put numbers onto a canvas, which takes their size.
export function toCanvas({ data, width, height }, canvas = document.createElement("canvas")) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 * data[3 * i + c] + 0.5;
    image.data[4 * i + 3] = 255;
  }
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// One number a pixel as grey, of which `white` is the brightest.
export function toGrey(data, width, height, white, canvas) {
  const image = { data: new Float32Array(3 * width * height), width, height };
  for (let i = 0; i < width * height; i++) {
    image.data.fill(Math.min(1, Math.max(0, data[i]) / white), 3 * i, 3 * i + 3);
  }
  return toCanvas(image, canvas);
}

// Half the size, as often as there is more than twice too much: else fine patterns alias.
function drawn(source, width, height) {
  const covers = Math.max(width / source.width, height / source.height);
  if (covers < 0.5) {
    const half = (side) => Math.ceil(side / 2);
    return drawn(drawn(source, half(source.width), half(source.height)), width, height);
  }
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const [w, h] = [width / covers, height / covers];
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  const [left, top] = [(source.width - w) / 2, (source.height - h) / 2];
  context.drawImage(source, left, top, w, h, 0, 0, width, height);
  return canvas;
}
