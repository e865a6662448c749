// The editor's state: the drawing with all its steps, what is chosen, the tool in hand. It draws nothing itself; those
// who show it are told by ``onChange``.

import { find, isSame, removed, withoutCorner, changed, AREAS } from "/static/scene_model.js";

const BURST_MS = 800; // arrow keys and typing within this time are one step to undo

export class Editor {
  constructor(drawing, { canDraw, words }) {
    this.canDraw = canDraw;
    this.words = words;
    this.still = null; // {width, height} of the picture shown
    this.looked = new Promise((resolve) => {
      this.hasLooked = resolve; // once it is known whether there is a picture
    });
    this.tool = "select";
    this.pending = null; // {points, cursor} of an outline that is being drawn
    this.preview = null; // the drawing as it would be if the drag ended here
    this.chosen = null; // {key, corner}; corner is null for the thing as a whole
    this.differs = false; // from the latest version stored: the site file was edited by hand
    this.faults = [];
    this.listeners = [];
    this.steps = [drawing];
    this.step = 0;
    this.base = drawing;
    this.lastMerge = null;
  }

  get drawing() {
    return this.steps[this.step];
  }

  get shown() {
    return this.preview || this.drawing;
  }

  get thing() {
    return this.chosen && find(this.shown, this.chosen.key);
  }

  get isChanged() {
    return this.canDraw && !isSame(this.drawing, this.base);
  }

  // Flags refer to what is saved: its id stays.
  isSaved(key) {
    return find(this.base, key) !== null;
  }

  get isEmpty() {
    return this.shown.things.length === 0;
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  tell(message = "") {
    for (const listener of this.listeners) listener(message);
  }

  // Make a step. Steps of the same ``merge`` in quick succession become one.
  commit(drawing, { merge = null, message = "" } = {}) {
    const now = performance.now();
    const isBurst = merge && this.lastMerge && this.lastMerge.what === merge && now - this.lastMerge.at < BURST_MS;
    this.steps.length = this.step + 1;
    if (isBurst) this.steps[this.step] = drawing;
    else this.step = this.steps.push(drawing) - 1;
    this.lastMerge = merge && { what: merge, at: now };
    this.preview = null;
    this.tell(message);
  }

  // What is in force from now on; the steps made so far can still be undone.
  rebase(base) {
    this.base = base;
    this.tell();
  }

  undo() {
    this.travel(-1, this.words.say("done.undone"));
  }

  redo() {
    this.travel(1, this.words.say("done.redone"));
  }

  get canUndo() {
    return this.step > 0;
  }

  get canRedo() {
    return this.step < this.steps.length - 1;
  }

  travel(by, message) {
    if (!this.steps[this.step + by]) return;
    this.step += by;
    this.preview = null;
    this.pending = null;
    this.lastMerge = null;
    if (this.chosen && !find(this.drawing, this.chosen.key)) this.chosen = null;
    else if (this.chosen) this.chosen = { key: this.chosen.key, corner: null };
    this.tell(message);
  }

  choose(key, corner = null) {
    if (this.chosen?.key === key && this.chosen?.corner === corner) return;
    this.chosen = key ? { key, corner } : null;
    this.lastMerge = null;
    this.tell();
  }

  takeTool(tool) {
    this.tool = tool;
    this.pending = null;
    this.preview = null;
    if (tool !== "select") this.chosen = null;
    this.tell();
  }

  removeChosen() {
    const { thing, chosen } = this;
    if (!thing || !this.canDraw) return;
    if (chosen.corner !== null && AREAS.includes(thing.kind)) {
      this.chosen = { key: thing.key, corner: null };
      this.commit(withoutCorner(this.drawing, thing.key, chosen.corner));
      return;
    }
    this.removeThing(thing.key);
  }

  removeThing(key) {
    const thing = find(this.drawing, key);
    const message = this.words.say("done.removed", { name: this.nameOf(thing) });
    if (this.chosen?.key === key) this.chosen = null;
    this.commit(removed(this.drawing, key), { message });
  }

  change(key, patch, merge = null) {
    this.commit(changed(this.drawing, key, patch), { merge });
  }

  nameOf(thing) {
    if (thing.kind !== "mark") return thing.name.trim() || this.words.say(`kind.${thing.kind}`);
    const marks = this.shown.things.filter((other) => other.kind === "mark");
    return this.words.say("name.mark", { number: marks.findIndex((mark) => mark.key === thing.key) + 1 });
  }

  faultsOf(key) {
    return this.faults.filter((fault) => fault.key === key);
  }
}

// The words of the page, by key, with %(name)s filled in.
export function speaker(words) {
  return {
    say(key, values = {}) {
      const text = words[key] ?? key;
      return Object.entries(values).reduce((said, [name, value]) => said.replaceAll(`%(${name})s`, String(value)), text);
    },
  };
}

export function faultWords(words, fault) {
  return words.say(`fault.${fault.kind}`, fault);
}
