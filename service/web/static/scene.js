// The scene editor: bring the picture, the drawing, the list and the saving together.

import { Editor, speaker } from "/static/scene_editor.js";
import { localFaults, startChecking } from "/static/scene_faults.js";
import { rectangle } from "/static/scene_geometry.js";
import { startKeys } from "/static/scene_keys.js";
import { AREAS, added, fromTables, makeThing } from "/static/scene_model.js";
import { element, startPanel } from "/static/scene_panel.js";
import { startPicture } from "/static/scene_picture.js";
import { startPointer } from "/static/scene_pointer.js";
import { startSaving } from "/static/scene_saving.js";
import { readDraft, startServer } from "/static/scene_server.js";
import { startView } from "/static/scene_view.js";

const root = document.getElementById("scene");
const words = speaker(JSON.parse(root.dataset.words));
const canDraw = root.dataset.canDraw === "yes";
const server = startServer({ api: root.dataset.api, csrf: root.dataset.csrf });
const byId = (id) => document.getElementById(id);
const [svg, sheet] = [byId("scene-drawing"), byId("scene-sheet")];

async function start() {
  let first;
  let shown;
  try {
    first = await server.read();
    shown = root.dataset.version ? (await server.version(root.dataset.version)).scene : first.scene;
  } catch {
    byId("scene-notice").hidden = false;
    byId("scene-notice-words").textContent = words.say("load.failed");
    return;
  }
  const editor = new Editor(fromTables(shown), { canDraw, words });
  editor.differs = root.dataset.differs === "yes";
  const picture = startPicture(editor, { sheet, svg });
  const panel = startPanel(editor, { officers: first.officers, list: byId("scene-things"), general: byId("scene-faults"), form: byId("scene-form") });
  const finish = (points, pointerType) => add(editor, panel, points, pointerType);
  startPointer(editor, { svg, picture, finish });
  const saving = canDraw ? await startDrawing(editor, panel, first) : null;
  startKeys(editor, { svg, finish, save: () => saving?.save() });
  editor.onChange((message) => showHint(editor, message));
  await startView(editor, { sheet, image: byId("scene-still"), none: byId("scene-no-still"), live: byId("scene-live"), address: root.dataset.still });
  editor.hasLooked();
  root.dataset.ready = "yes";
  editor.tell();
}

async function startDrawing(editor, panel, first) {
  // the faults come first, so that all who show them show those of this step
  let found = [];
  const check = startChecking(server, (faults) => {
    found = faults;
    editor.tell();
  });
  let checked = null;
  editor.listeners.unshift(() => {
    const local = localFaults(editor.shown, editor.still);
    const known = new Set(editor.shown.things.map((thing) => thing.key));
    editor.faults = [...local, ...found.filter((fault) => known.has(fault.key) || fault.key === null)];
    if (checked !== editor.drawing && !editor.preview) {
      checked = editor.drawing;
      check.soon(editor.drawing, local, first.officers);
    }
  });
  const recheck = () => check.now(editor.drawing, localFaults(editor.drawing, editor.still), first.officers);
  const saving = startSaving(editor, { server, root, first, draftKey: root.dataset.draft, showMoment, recheck });
  editor.onChange(() => showTools(editor));
  startTools(editor, panel);
  await openDraft(editor, saving, first);
  return saving;
}

function startTools(editor, panel) {
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.addEventListener("click", () => editor.takeTool(button.dataset.tool));
  }
  byId("scene-undo").addEventListener("click", () => editor.undo());
  byId("scene-redo").addEventListener("click", () => editor.redo());
  byId("scene-middle").addEventListener("click", () => {
    const isLine = editor.tool === "line";
    const points = isLine ? [[0.4, 0.6], [0.6, 0.6]] : editor.tool === "mark" ? [[0.5, 0.7]] : rectangle([0.38, 0.35], [0.62, 0.65]);
    add(editor, panel, points, "keyboard");
  });
  byId("scene-counter").addEventListener("click", () => {
    const thing = makeThing(editor.drawing, "counter", { points: [], name: newName(editor, "counter") });
    put(editor, thing);
    panel.edit();
  });
}

function add(editor, panel, points, pointerType) {
  const { tool } = editor;
  editor.tool = "select";
  editor.pending = null;
  const thing = makeThing(editor.drawing, tool, { points, name: newName(editor, tool) });
  put(editor, thing);
  if (pointerType === "mouse") panel.edit(); // a finger would call up the keyboard over the picture
  else svg.querySelector(`[data-part="${thing.key}"]`)?.focus({ preventScroll: true });
}

function put(editor, thing) {
  editor.tool = "select";
  editor.chosen = { key: thing.key, corner: null };
  const drawing = added(editor.drawing, thing);
  editor.commit(drawing, { message: words.say("done.added", { name: thing.name || words.say("kind.mark") }) });
}

function newName(editor, kind) {
  const taken = new Set(editor.drawing.things.map((thing) => thing.name));
  for (let number = 1; ; number += 1) {
    const name = words.say(`new.${kind}`, { number });
    if (!taken.has(name)) return name;
  }
}

function showTools(editor) {
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === editor.tool));
  }
  byId("scene-undo").disabled = !editor.canUndo;
  byId("scene-redo").disabled = !editor.canRedo;
  byId("scene-middle").hidden = editor.tool === "select";
  byId("scene-counter").hidden = editor.drawing.things.filter((thing) => thing.kind === "desk").length < 2;
  svg.classList.toggle("drawing", editor.tool !== "select");
  showAspect(editor);
}

let hinted = {};

function showHint(editor, message = "") {
  const { tool, pending } = editor;
  const points = pending?.points.length ?? 0;
  const area = points ? "hint.polygon" : "hint.area";
  const idle = !canDraw ? (editor.isEmpty ? "hint.read_empty" : "hint.read") : editor.isEmpty && tool === "select" ? "hint.empty" : null;
  const key = idle ? idle : AREAS.includes(tool) ? area : tool === "line" && points ? "hint.line_end" : `hint.${tool}`;
  // what was just done stays to be read until something else is done or asked for
  if (!message && key === hinted.key && editor.drawing === hinted.drawing) return;
  const text = message || words.say(key);
  if (byId("scene-hint").textContent !== text) byId("scene-hint").textContent = text;
  hinted = { key, drawing: editor.drawing };
}

// The places may have moved in the picture: only a person can tell that they are right again.
function showAspect(editor) {
  const line = byId("scene-faults").querySelector("li");
  if (!line || !editor.faultsOf(null).some((fault) => fault.kind === "aspect")) return;
  const { picture } = editor.drawing;
  const { width, height } = editor.still;
  line.textContent = words.say("fault.aspect", { drawn: `${picture.width_px} × ${picture.height_px}`, now: `${width} × ${height}` });
  const confirm = element("button", { type: "button", className: "button button-small" }, root.dataset.confirm);
  confirm.addEventListener("click", () => {
    editor.commit({ ...editor.drawing, picture: { width_px: width, height_px: height } });
  });
  line.append(confirm);
}

async function openDraft(editor, saving, first) {
  const draft = readDraft(root.dataset.draft);
  if (draft) {
    editor.commit(draft.drawing);
    if (editor.isChanged) {
      saving.adopt(draft.base);
      const isStale = draft.base !== first.site_sha256;
      const discard = element("button", { type: "button", className: "button button-small" }, root.dataset.discard);
      discard.addEventListener("click", () => {
        saving.adopt(first.site_sha256);
        editor.commit(editor.base);
        saving.tell("");
      });
      saving.tell(words.say(isStale ? "draft.stale" : "draft.found", { when: showMoment(draft.at) }), { link: discard });
    } else editor.steps = [editor.base]; // it was saved after all
    editor.step = editor.steps.length - 1;
  }
  if (!root.dataset.from) return;
  const old = fromTables((await server.version(root.dataset.from)).scene);
  editor.commit(old);
  saving.tell(words.say("draft.brought_back", { number: root.dataset.from }));
  history.replaceState(null, "", location.pathname);
}

function showMoment(moment) {
  const settings = { hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit", year: "numeric", hour12: false, timeZone: root.dataset.zone };
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", settings).formatToParts(new Date(moment)).map((part) => [part.type, part.value]));
  return `${parts.hour}:${parts.minute} ${parts.day}/${parts.month}/${parts.year}`;
}

start();
