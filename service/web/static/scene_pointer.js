// Draw and move with mouse, pen or finger.

import { clamp, distance, rectangle, shifted, snap } from "/static/scene_geometry.js";
import { AREAS, find, changed, withCorner, withPoint } from "/static/scene_model.js";

const DRAG_FROM_PX = 6; // less is a tap: hands shake
const SNAP_PX = 8;
const CLOSE_PX = 16;

export function startPointer(editor, { svg, picture, finish }) {
  let drag = null;

  function place(event) {
    const box = svg.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  function near(px) {
    const [width, height] = picture.size();
    return [px / width, px / height];
  }

  const snapped = (at) => snap(at, near(SNAP_PX));

  function farPx(from, to) {
    const [width, height] = picture.size();
    return distance([from[0] * width, from[1] * height], [to[0] * width, to[1] * height]);
  }

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || drag || !event.isPrimary) return;
    const at = place(event);
    if (editor.tool !== "select") begin(event, { kind: "draw", from: at });
    else grab(event, at);
  });

  function grab(event, at) {
    const part = event.target.closest("[data-key]");
    if (!part) {
      editor.choose(null);
      return;
    }
    const { key, corner, after } = part.dataset;
    const wasChosen = editor.chosen?.key === key;
    if (after !== undefined) begin(event, { kind: "insert", key, after: Number(after), from: at });
    else if (corner !== undefined) {
      editor.choose(key, Number(corner));
      begin(event, { kind: "corner", key, corner: Number(corner), from: at });
    } else {
      editor.choose(key);
      // a finger that was not aiming at what is chosen wants to scroll
      if (event.pointerType === "mouse" || wasChosen) begin(event, { kind: "move", key, from: at });
    }
    svg.querySelector(`[data-part="${part.dataset.part}"]`)?.focus({ preventScroll: true });
    if (event.pointerType === "mouse") event.preventDefault();
  }

  function begin(event, wanted) {
    if (!editor.canDraw) return;
    drag = { ...wanted, id: event.pointerId, isMoving: false, drawing: editor.drawing };
    svg.setPointerCapture(event.pointerId);
    if (wanted.kind === "draw") event.preventDefault();
  }

  // touch-action does not reach into the parts of a drawing in every browser; this keeps the page from scrolling away
  // under a finger that drags. It comes after pointerdown.
  svg.addEventListener("touchstart", (event) => drag && event.preventDefault(), { passive: false });

  svg.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (!drag) {
      if (editor.pending) showPending(snapped(at));
      return;
    }
    if (event.pointerId !== drag.id) return;
    drag.isMoving ||= farPx(drag.from, at) > DRAG_FROM_PX;
    if (drag.isMoving) moveTo(at);
  });

  function moveTo(at) {
    const { kind, key, drawing, from } = drag;
    if (kind === "draw") {
      if (!editor.pending || drag.isSketch) {
        drag.isSketch = true;
        editor.pending = { points: sketch(from, at), cursor: null };
      } else editor.pending.cursor = snapped(at);
    } else if (kind === "corner") editor.preview = withPoint(drawing, key, drag.corner, snapped(at));
    else if (kind === "insert") editor.preview = withCorner(drawing, key, drag.after, snapped(at));
    else editor.preview = changed(drawing, key, { points: shifted(find(drawing, key).points, away(from, at)) });
    editor.tell();
  }

  function away(from, at) {
    return [at[0] - from[0], at[1] - from[1]];
  }

  function sketch(from, at) {
    const [start, end] = [snapped(from), snapped(at)];
    if (editor.tool === "line") return [start, end];
    if (editor.tool === "mark") return [end];
    const corners = rectangle(start, end);
    return [...corners, corners[0]];
  }

  svg.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const done = drag;
    drag = null;
    const at = snapped(place(event));
    if (done.kind === "draw") endDraw(done, at, event.pointerType);
    else if (editor.preview) {
      const corner = done.kind === "insert" ? done.after + 1 : editor.chosen?.corner ?? null;
      editor.chosen = { key: done.key, corner: done.kind === "move" ? null : corner };
      editor.commit(editor.preview);
    } else if (done.kind === "insert") {
      editor.chosen = { key: done.key, corner: done.after + 1 };
      editor.commit(withCorner(done.drawing, done.key, done.after, snapped(done.from)));
    }
  });

  svg.addEventListener("pointercancel", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const wasSketch = drag.isSketch;
    drag = null;
    editor.preview = null;
    if (wasSketch) editor.pending = null;
    editor.tell();
  });

  function endDraw(done, at, pointerType) {
    if (done.isSketch) {
      const points = editor.pending.points;
      finish(AREAS.includes(editor.tool) ? points.slice(0, 4) : points, pointerType);
    } else tap(at, pointerType);
  }

  function tap(at, pointerType) {
    const points = editor.pending ? editor.pending.points : [];
    const isBack = points.length > 2 && farPx(points[0], at) < CLOSE_PX;
    if (editor.tool === "mark") finish([at], pointerType);
    else if (editor.tool === "line" && points.length === 1) finish([points[0], at], pointerType);
    else if (isBack) finish(points, pointerType);
    else if (points.length && farPx(points.at(-1), at) < DRAG_FROM_PX) {
      if (points.length > 2) finish(points, pointerType); // tapped twice: that was the last one
    } else {
      editor.pending = { points: [...points, clamp(at)], cursor: null };
      editor.tell();
    }
  }

  function showPending(at) {
    editor.pending.cursor = at;
    editor.tell();
  }
}
