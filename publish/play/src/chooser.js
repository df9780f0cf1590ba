// Where a picture is chosen: an example, a file, what is dropped on it, or the camera.
import { load } from "./engine.js";
import { openExample, openPicture } from "./pictures.js";

// fieldset: of the page. kind: content or style. changed: called with a picture that was chosen.
// alarm: called with a sentence, or nothing, for whoever chose.
export async function chooser(fieldset, kind, changed, alarm) {
  const [image, credit] = [fieldset.querySelector("img"), fieldset.querySelector(".credit")];
  const [select, file] = [fieldset.querySelector("select"), fieldset.querySelector("[type=file]")];
  const camera = fieldset.querySelector(".camera");
  let [latest, shown] = [0, ""];

  // opening: of a picture. value: of its option.
  async function take(opening, value) {
    const number = ++latest;
    try {
      const picture = await opening;
      if (number !== latest) return; // another one was chosen meanwhile
      alarm("");
      select.value = shown = value;
      image.src = picture.canvas.toDataURL("image/jpeg", 0.9);
      const what = kind === "content" ? "The photograph" : "The style picture";
      image.alt = `${what}: ${picture.credit || picture.name}`;
      credit.textContent = `${picture.credit || picture.name}.${picture.note}`;
      changed(picture);
    } catch (error) {
      if (number !== latest) return;
      select.value = shown;
      alarm(error.message);
    }
  }

  const examples = (await load("pictures"))[kind];
  select.append(...examples.map(({ title }, number) => new Option(title, number)));
  select.append(Object.assign(new Option("your own", "own"), { hidden: true, disabled: true }));
  const example = () => take(openExample(examples[select.value]), select.value);
  select.addEventListener("change", example);

  const own = (blob, name) => take(openPicture(blob, name), "own");
  file.addEventListener("change", () => {
    if (file.files[0]) own(file.files[0], file.files[0].name);
    file.value = ""; // the same file may be chosen again
  });
  const marking = (on) => (event) => {
    event.preventDefault();
    fieldset.classList.toggle("dropping", on);
  };
  fieldset.addEventListener("dragover", marking(true));
  fieldset.addEventListener("dragleave", marking(false));
  fieldset.addEventListener("drop", (event) => {
    marking(false)(event);
    const dropped = event.dataTransfer.files[0];
    if (dropped) own(dropped, dropped.name);
    else alarm("What was dropped is no file: save the picture first, then drop the file.");
  });
  if (camera && navigator.mediaDevices?.getUserMedia) {
    camera.hidden = false;
    camera.addEventListener("click", async () => {
      try {
        const blob = await photograph();
        if (blob) own(blob, "camera.jpg");
      } catch {
        alarm("The camera could not be opened: allow it in the browser, or choose a file.");
      }
    });
  }
  select.value = String(examples.findIndex(({ name }) => name === FIRST[kind]));
  await example();
}

const FIRST = { content: "china", style: "hokusai_great_wave" };

// What the camera sees when the button is pressed, or null.
async function photograph() {
  const dialog = document.getElementById("viewfinder");
  const video = dialog.querySelector("video");
  const wanted = { video: { facingMode: "environment", width: { ideal: 1280 } } };
  const stream = await navigator.mediaDevices.getUserMedia(wanted);
  video.srcObject = stream;
  dialog.showModal();
  const pressed = await new Promise((done) => {
    dialog.querySelector(".take").onclick = () => done(true);
    dialog.querySelector(".close").onclick = () => done(false);
    dialog.onclose = () => done(false);
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  if (pressed && canvas.width) canvas.getContext("2d").drawImage(video, 0, 0);
  for (const track of stream.getTracks()) track.stop();
  dialog.close();
  if (!pressed || !canvas.width) return null;
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
}
