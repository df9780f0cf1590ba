// Look inside: the feature maps of a layer.
import { pixels, toGrey } from "./pictures.js";

const SIDE = 256; // longer side in pixels of what the network looks at
const BLOCKS = [2, 2, 4, 4, 1]; // convolutions in each block of vgg19-lite
const LAYERS = BLOCKS.flatMap((depth, block) =>
  Array.from({ length: depth }, (_, conv) => `block${block + 1}_conv${conv + 1}`),
);

// section: of the page. engine: an Engine. chosen: {photo}. alarm: shows a sentence.
export class Inside {
  constructor(section, engine, chosen, alarm) {
    Object.assign(this, { section, engine, chosen, alarm });
    this.field("layer").append(...LAYERS.map((name) => new Option(name)));
    this.field("layer").addEventListener("change", () => this.ask());
    this.field("channel").addEventListener("input", () => this.showChannel());
    this.mosaic = section.querySelector(".mosaic");
    this.mosaic.addEventListener("click", (event) => this.choose(event));
  }

  field = (name) => this.section.querySelector(`[name=${name}]`);

  async ask() {
    if (this.section.hidden || !this.chosen.photo) return;
    const layer = this.field("layer").value;
    this.latest = layer;
    try {
      const picture = pixels(this.chosen.photo, SIDE, 16);
      const found = await this.engine.call("look", { picture, layer });
      if (layer !== this.latest) return;
      this.found = found;
      this.show();
    } catch (error) {
      if (error.stopped) return;
      this.alarm(`The network could not look at the photograph: ${error.message}.`);
    }
  }

  show() {
    const { width, height, channels } = this.found;
    this.columns = Math.ceil(Math.sqrt((channels * height) / width));
    const rows = Math.ceil(channels / this.columns);
    this.mosaic.width = this.columns * (width + 1);
    this.mosaic.height = rows * (height + 1);
    const context = this.mosaic.getContext("2d");
    for (let channel = 0; channel < channels; channel++) {
      const [column, row] = [channel % this.columns, Math.floor(channel / this.columns)];
      context.drawImage(this.grey(channel), column * (width + 1), row * (height + 1));
    }
    this.field("channel").max = channels - 1;
    this.section.querySelector(".status").textContent =
      `${this.field("layer").value}: ${channels} channels of ${width} x ${height} numbers.`;
    this.showChannel();
  }

  // A channel as a picture, white where it is most active.
  grey(channel, canvas) {
    const { data, width, height, channels } = this.found;
    const map = Float32Array.from({ length: width * height }, (_, i) => data[i * channels + channel]);
    const most = map.reduce((largest, value) => Math.max(largest, value));
    return toGrey(map, width, height, most || 1, canvas);
  }

  showChannel() {
    if (!this.found) return;
    const chosen = Math.floor(this.field("channel").value) || 0;
    const channel = Math.min(this.found.channels - 1, Math.max(0, chosen));
    const canvas = this.section.querySelector(".channel");
    this.grey(channel, canvas);
    canvas.setAttribute("aria-label", `Channel ${channel} of ${this.field("layer").value}`);
  }

  choose({ offsetX, offsetY }) {
    if (!this.found) return;
    const { width, height, channels } = this.found;
    const scale = this.mosaic.width / this.mosaic.clientWidth;
    const column = Math.floor((offsetX * scale) / (width + 1));
    const channel = column + this.columns * Math.floor((offsetY * scale) / (height + 1));
    if (channel >= channels) return;
    this.field("channel").value = channel;
    this.showChannel();
  }
}
