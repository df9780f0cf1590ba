import { Engine } from "./engine.js";
const engine = new Engine();
globalThis.play = { engine };
