// Work without the mouse.

import { edges, middle, shifted } from "/static/scene_geometry.js";
import { AREAS, changed, withCorner, withPoint } from "/static/scene_model.js";

const STEP = 0.005;
const LARGE_STEP = 0.03;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function startKeys(editor, { svg, finish, save }) {
  // Tab goes through the picture: what has the focus is chosen
  svg.addEventListener("focusin", (event) => {
    const part = event.target.closest("[data-key]");
    if (part && editor.tool === "select") editor.choose(part.dataset.key, "corner" in part.dataset ? Number(part.dataset.corner) : null);
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (byControl(event) || byPending(event) || byChoice(event)) event.preventDefault();
  });

  function byControl(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !editor.canDraw) return false;
    const letter = event.key.toLowerCase();
    if (letter === "s") {
      save();
      return true;
    }
    if (isTyping(event.target)) return false; // the field has its own undo
    if (letter === "z" && !event.shiftKey) editor.undo();
    else if (letter === "z" || letter === "y") editor.redo();
    else return false;
    return true;
  }

  function byPending(event) {
    if (editor.tool === "select" || isTyping(event.target) || event.ctrlKey) return false;
    const points = editor.pending?.points || [];
    if (event.key === "Escape") editor.takeTool(points.length ? editor.tool : "select");
    else if (event.key === "Enter" && points.length > 2 && AREAS.includes(editor.tool)) finish(points, "keyboard");
    else if (event.key === "Backspace" && points.length) {
      editor.pending = points.length > 1 ? { points: points.slice(0, -1), cursor: null } : null;
      editor.tell();
    } else return false;
    return true;
  }

  function byChoice(event) {
    if (!editor.thing || isTyping(event.target) || event.ctrlKey || event.altKey || event.metaKey) return false;
    if (event.key === "Escape") {
      editor.choose(null);
      return true;
    }
    if (!svg.contains(event.target) && event.target !== document.body) return false;
    if (event.key === "Delete" || event.key === "Backspace") editor.removeChosen();
    else if (event.key === "Enter" || event.key === " ") document.querySelector("#scene-fields input, #scene-fields button")?.focus();
    else if (event.key in ARROWS) nudge(ARROWS[event.key], event.shiftKey ? LARGE_STEP : STEP);
    else if (event.key === "+" || event.key === "Insert") addCorner(editor);
    else return false;
    return true;
  }

  function nudge([x, y], step) {
    if (!editor.canDraw) return;
    const { key, corner } = editor.chosen;
    const by = [x * step, y * step];
    const { points } = editor.thing;
    const moved = corner === null
      ? changed(editor.drawing, key, { points: shifted(points, by) })
      : withPoint(editor.drawing, key, corner, [points[corner][0] + by[0], points[corner][1] + by[1]]);
    editor.commit(moved, { merge: `nudge ${key} ${corner}` });
  }
}

// Put a corner after the chosen one, or after the first.
export function addCorner(editor) {
  const { thing, chosen, drawing } = editor;
  if (!editor.canDraw || !thing || !AREAS.includes(thing.kind)) return;
  const after = chosen.corner ?? 0;
  editor.chosen = { key: thing.key, corner: after + 1 };
  editor.commit(withCorner(drawing, thing.key, after, middle(edges(thing.points)[after])));
}

function isTyping(target) {
  return target instanceof Element && target.closest("textarea, select, input:not([type=checkbox])") !== null;
}
