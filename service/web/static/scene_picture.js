// Draw the things over the picture, in its own pixels on the screen: outlines, names, handles.

import { bounds, edges, middle, signedArea } from "/static/scene_geometry.js";
import { AREAS } from "/static/scene_model.js";
import { faultWords } from "/static/scene_editor.js";

const SVG = "http://www.w3.org/2000/svg";
const NAME_LONGEST = 26;
const ARROW_PX = 26;
const LETTER_PX = 8.5; // about as wide as a letter of a name, on the safe side

export function startPicture(editor, { sheet, svg }) {
  const { words } = editor;
  let layout = "";

  function size() {
    return [sheet.clientWidth, sheet.clientHeight];
  }

  function px([x, y]) {
    const [width, height] = size();
    return [x * width, y * height];
  }

  function draw() {
    const parts = [...things().flatMap(partsOf), ...pendingParts()];
    const wanted = parts.map((part) => part.id).join(" ");
    if (wanted === layout) {
      parts.forEach((part, i) => fill(svg.children[i + 1], part));
      return;
    }
    layout = wanted;
    const held = svg.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    svg.replaceChildren(patterns(), ...parts.map((part) => fill(make("g", { "data-part": part.id }), part)));
    if (held) svg.querySelector(`[data-part="${chosenPart() ?? held}"]`)?.focus({ preventScroll: true });
  }

  function chosenPart() {
    const { chosen } = editor;
    return chosen && (chosen.corner === null ? chosen.key : `${chosen.key}.${chosen.corner}`);
  }

  // small things lie over large ones, or nobody could touch them
  function things() {
    const drawn = editor.shown.things.filter((thing) => thing.points.length);
    const area = (thing) => (AREAS.includes(thing.kind) ? Math.abs(signedArea(thing.points)) : 0);
    return drawn.map((thing) => [area(thing), thing]).sort((a, b) => b[0] - a[0]).map(([, thing]) => thing);
  }

  function partsOf(thing) {
    const isChosen = editor.chosen?.key === thing.key;
    const whole = { id: thing.key, thing, isChosen, draw: drawThing };
    if (!isChosen || !editor.canDraw || thing.kind === "mark") return [whole];
    const corners = thing.points.map((at, i) => ({ id: `${thing.key}.${i}`, thing, corner: i, at, draw: drawCorner }));
    const sides = AREAS.includes(thing.kind) ? edges(thing.points) : [];
    const between = sides.map((side, i) => ({ id: `${thing.key}+${i}`, thing, after: i, at: middle(side), draw: drawBetween }));
    return [whole, ...between, ...corners];
  }

  function pendingParts() {
    return editor.pending ? [{ id: "pending", draw: drawPending }] : [];
  }

  function fill(group, part) {
    const { content, attributes } = part.draw(part);
    for (const [name, value] of Object.entries(attributes)) {
      if (group.getAttribute(name) !== value) group.setAttribute(name, value);
    }
    group.replaceChildren(...content);
    return group;
  }

  function drawThing({ thing, isChosen }) {
    const faults = editor.faultsOf(thing.key);
    const label = [editor.nameOf(thing), words.say(`kind.${thing.kind}`), ...faults.map((fault) => faultWords(words, fault))];
    const attributes = {
      class: `thing thing-${thing.kind}${isChosen ? " chosen" : ""}${faults.length ? " faulty" : ""}`,
      "data-key": thing.key, tabindex: "0", role: "button", "aria-pressed": String(isChosen), "aria-label": label.join(", "),
    };
    const shape = thing.kind === "line" ? lineShape(thing) : thing.kind === "mark" ? markShape(thing) : areaShape(thing);
    return { content: [...shape, ...nameOf(thing, faults.length > 0)], attributes };
  }

  function areaShape(thing) {
    const points = thing.points.map((point) => px(point).map(Math.round).join(",")).join(" ");
    return [make("polygon", { points, class: "halo" }), make("polygon", { points, class: "outline" })];
  }

  function lineShape({ points }) {
    const [[x1, y1], [x2, y2]] = points.map(px);
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    // to the right of whoever walks from start to end, as the picture shows it (y grows downwards)
    const [ax, ay] = [-(y2 - y1) / length, (x2 - x1) / length];
    const [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2];
    const [tx, ty] = [mx + ax * ARROW_PX, my + ay * ARROW_PX];
    const wing = (turn) => `L${tx - ax * 9 + turn * ay * 7} ${ty - ay * 9 - turn * ax * 7}`;
    const d = `M${x1} ${y1}L${x2} ${y2}M${mx} ${my}L${tx} ${ty}${wing(1)}M${tx} ${ty}${wing(-1)}`;
    return [make("path", { d, class: "grip" }), make("path", { d, class: "halo" }), make("path", { d, class: "outline" })];
  }

  function markShape({ points }) {
    const [x, y] = px(points[0]);
    const d = `M${x} ${y - 11}V${y + 11}M${x - 11} ${y}H${x + 11}`;
    return [make("circle", { cx: x, cy: y, r: 18, class: "grip" }), make("path", { d, class: "halo" }), make("path", { d, class: "outline" })];
  }

  function nameOf(thing, isFaulty) {
    const [width] = size();
    const box = bounds(thing.points);
    const [left, top] = px([box.left, box.top]);
    const isArea = AREAS.includes(thing.kind);
    const name = (isFaulty ? "⚠ " : "") + shorten(editor.nameOf(thing));
    // beside a line or mark, above it; within an area, below its upper edge
    const x = Math.max(4, Math.min(left + (isArea ? 7 : 12), width - name.length * LETTER_PX));
    const y = isArea ? top + 18 : Math.max(14, top - 10);
    const text = make("text", { x, y, class: "thing-name" });
    text.textContent = name;
    return [text];
  }

  function drawCorner({ thing, corner, at }) {
    const key = thing.kind === "line" ? "line_end" : "corner";
    const label = words.say(key, { name: editor.nameOf(thing), number: corner + 1, count: thing.points.length });
    const isChosen = editor.chosen.corner === corner;
    return handle(at, `corner${isChosen ? " chosen" : ""}`, 6.5, {
      "data-key": thing.key, "data-corner": String(corner), tabindex: "0", role: "button",
      "aria-pressed": String(isChosen), "aria-label": label,
    });
  }

  // reached by pointer only: by keyboard a corner is added from the form, or with +
  function drawBetween({ thing, after, at }) {
    const drawn = handle(at, "between", 4.5, { "data-key": thing.key, "data-after": String(after), "aria-hidden": "true" });
    return drawn;
  }

  function handle(at, kind, r, attributes) {
    const [cx, cy] = px(at);
    const content = [make("circle", { cx, cy, r: 14, class: "grip" }), make("circle", { cx, cy, r, class: "dot" })];
    return { content, attributes: { class: `handle ${kind}`, ...attributes } };
  }

  function drawPending() {
    const { points, cursor } = editor.pending;
    const all = [...points, ...(cursor ? [cursor] : [])].map((point) => px(point).join(","));
    const dots = points.map(px).map(([cx, cy], i) => make("circle", { cx, cy, r: i ? 4.5 : 7, class: "dot" }));
    const line = (kind) => make("polyline", { points: all.join(" "), class: kind });
    return { content: [line("halo"), line("outline"), ...dots], attributes: { class: `thing thing-${editor.tool} pending`, "aria-hidden": "true" } };
  }

  new ResizeObserver(draw).observe(sheet);
  editor.onChange(draw);
  return { draw, size };
}

function make(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

// colour is never the only cue: each kind of area has its own pattern and its own line
function patterns() {
  const defs = make("defs", {});
  const pattern = (id, d, turn) => {
    const made = make("pattern", { id: `fill-${id}`, width: 12, height: 12, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` });
    made.append(make("rect", { width: 12, height: 12, class: "pattern-ground" }), make("path", { d, class: "pattern-line" }));
    made.setAttribute("class", `pattern-${id}`);
    return made;
  };
  defs.append(
    pattern("staff", "M0 6H12", 0), pattern("public", "M6 5V7M0 11V12M12 11V12", 0),
    pattern("no_smoking", "M0 6H12", 45), pattern("mask", "M0 6H12M6 0V12", 45),
  );
  return defs;
}

function shorten(name) {
  return name.length > NAME_LONGEST ? `${name.slice(0, NAME_LONGEST - 1)}…` : name;
}
