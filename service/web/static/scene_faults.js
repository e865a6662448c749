// What is wrong with a drawing: at once what one thing shows by itself, a moment later what the server finds among all.

import { areaFault, lineFault } from "/static/scene_geometry.js";
import { AREAS, isId, toTables } from "/static/scene_model.js";

const MARKS_LEAST = 4;
const ASPECT_TOLERANCE = 0.02; // as in calibration/scene.py
const CHECK_AFTER_MS = 500;
// with one of these a thing cannot be compared with others
const UNFIT = ["few_corners", "outside", "crosses", "flat", "short", "id", "double_id", "few_marks", "metres"];

// Return the faults of single things: [{key, kind}]; key is null for the scene as a whole.
export function localFaults(drawing, still) {
  const faults = drawing.things.flatMap((thing) => faultsOf(thing, drawing).map((kind) => ({ key: thing.key, kind })));
  const { picture } = drawing;
  if (picture && still && !fits(picture, still)) faults.unshift({ key: null, kind: "aspect" });
  return faults;
}

export function fits(picture, still) {
  const ratio = still.width / still.height / (picture.width_px / picture.height_px);
  return Math.abs(ratio - 1) <= ASPECT_TOLERANCE;
}

function faultsOf(thing, drawing) {
  const found = [];
  if (AREAS.includes(thing.kind)) found.push(areaFault(thing.points));
  if (thing.kind === "line") found.push(lineFault(thing.points));
  if (thing.kind === "mark") {
    if (!thing.floor_m.every(Number.isFinite)) found.push("metres");
    if (drawing.things.filter((other) => other.kind === "mark").length < MARKS_LEAST) found.push("few_marks");
    return found;
  }
  if (!thing.name.trim()) found.push("name");
  if (!isId(thing.id)) found.push("id");
  else if (drawing.things.some((other) => other !== thing && other.id === thing.id)) found.push("double_id");
  if (thing.kind === "desk" && !thing.officers.length) found.push("no_officer");
  if (thing.kind === "counter" && !thing.desks.length) found.push("empty_counter");
  return found.filter(Boolean);
}

// Leave out what cannot be checked yet, so that one unfinished thing does not hide what is wrong with the others.
function checkable(drawing, faults, officers) {
  const unfit = new Set(faults.filter((fault) => UNFIT.includes(fault.kind)).map((fault) => fault.key));
  const alone = ["counter", "mark"]; // these are checked here
  const fit = (thing) => !unfit.has(thing.key) && !alone.includes(thing.kind) && (thing.kind !== "desk" || officers.length);
  const whole = (thing) => {
    const name = thing.name.trim() || thing.id;
    return thing.kind === "desk" && !thing.officers.length ? { ...thing, name, officers: [officers[0].id] } : { ...thing, name };
  };
  return toTables({ ...drawing, things: drawing.things.filter(fit).map(whole) });
}

// Ask the server a moment after the last change. ``onFound`` gets its faults as [{key, kind, other, percent}].
export function startChecking(server, onFound) {
  let timer = null;
  let asked = 0;

  async function check(drawing, faults, officers) {
    asked += 1;
    const mine = asked;
    const keys = new Map(drawing.things.filter((thing) => thing.id).map((thing) => [thing.id, thing]));
    drawing.things.filter((thing) => thing.kind === "mark").forEach((mark, i) => keys.set(`mark ${i + 1}`, mark));
    try {
      const found = await server.check(checkable(drawing, faults, officers));
      if (mine !== asked) return; // the drawing has changed since
      onFound(found.map(({ kind, place_ids: ids, share }) => ({
        key: keys.get(ids[0])?.key ?? null,
        kind,
        other: keys.get(ids[1])?.name ?? "",
        otherKey: keys.get(ids[1])?.key ?? null,
        percent: share === null ? "" : String(Math.round(share * 100)),
      })));
    } catch {
      if (mine === asked) onFound([]); // saving checks again
    }
  }

  return {
    soon(drawing, faults, officers) {
      clearTimeout(timer);
      asked += 1;
      timer = setTimeout(() => check(drawing, faults, officers), CHECK_AFTER_MS);
    },
    now(drawing, faults, officers) {
      clearTimeout(timer);
      return check(drawing, faults, officers);
    },
  };
}
