// What is drawn, as values that are never changed: each step makes a new drawing, so that every step can be undone.
//
// A drawing is {things, picture, lens}; a thing is {key, kind, id, name, points, hasOwnId, ...}: desks have officers,
// marks floor_m, counters desks and waiting (keys of things) and no points. The id of a new thing follows its name until
// it gets one of its own.

import { clamp } from "/static/scene_geometry.js";

export const AREAS = ["desk", "staff", "public", "no_smoking", "mask"];
export const KINDS = ["desk", "staff", "public", "no_smoking", "line", "mask", "mark", "counter"];
const ZONES = ["staff", "public", "no_smoking"];
const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const ID_LONGEST = 63;

let made = 0;

export function newKey() {
  made += 1;
  return `thing-${Date.now().toString(36)}-${made}`;
}

export function isId(text) {
  return ID.test(text);
}

export function fromTables(tables) {
  const saved = (kind, table, rest) => ({ key: `id:${table.id}`, kind, id: table.id, name: table.name, hasOwnId: true, ...rest });
  const things = [
    ...tables.desks.map((t) => saved("desk", t, { points: t.area, officers: t.officers })),
    ...tables.zones.map((t) => saved(t.kind, t, { points: t.area })),
    ...tables.lines.map((t) => saved("line", t, { points: [t.start, t.end] })),
    ...tables.masks.map((t) => saved("mask", t, { points: t.area })),
    ...(tables.floor ? tables.floor.points : []).map((mark, i) => ({
      key: `mark:${i}`, kind: "mark", id: "", name: "", hasOwnId: true, points: [mark.at], floor_m: mark.floor_m,
    })),
  ];
  const counters = tables.counters.map((t) => saved("counter", t, {
    points: [], desks: t.desks.map((id) => `id:${id}`), waiting: t.waiting_zone ? `id:${t.waiting_zone}` : null,
  }));
  return { things: [...things, ...counters], picture: tables.picture || null, lens: tables.lens || null };
}

export function toTables(drawing) {
  const of = (...kinds) => drawing.things.filter((thing) => kinds.includes(thing.kind));
  const ids = new Map(drawing.things.map((thing) => [thing.key, thing.id]));
  const named = (thing) => ({ id: thing.id, name: thing.name.trim() });
  const marks = of("mark").map((thing) => ({ at: thing.points[0], floor_m: thing.floor_m }));
  return {
    desks: of("desk").map((t) => ({ ...named(t), officers: t.officers, area: t.points })),
    zones: of(...ZONES).map((t) => ({ ...named(t), kind: t.kind, area: t.points })),
    counters: of("counter").map((t) => ({
      ...named(t), desks: t.desks.map((key) => ids.get(key)), waiting_zone: ids.get(t.waiting) || null,
    })),
    lines: of("line").map((t) => ({ ...named(t), start: t.points[0], end: t.points[1] })),
    masks: of("mask").map((t) => ({ ...named(t), area: t.points })),
    picture: drawing.picture,
    floor: marks.length ? { points: marks } : null,
    lens: drawing.lens,
  };
}

// Two drawings are the same where they would be saved as the same.
export function isSame(one, other) {
  return JSON.stringify(toTables(one)) === JSON.stringify(toTables(other));
}

export function find(drawing, key) {
  return drawing.things.find((thing) => thing.key === key) || null;
}

export function added(drawing, thing) {
  return { ...drawing, things: [...drawing.things, thing] };
}

export function changed(drawing, key, patch) {
  return { ...drawing, things: drawing.things.map((thing) => (thing.key === key ? { ...thing, ...patch } : thing)) };
}

export function removed(drawing, key) {
  const left = drawing.things.filter((thing) => thing.key !== key);
  return { ...drawing, things: left.map((t) => (t.desks ? { ...t, desks: t.desks.filter((desk) => desk !== key) } : t)) };
}

export function renamed(drawing, key, { name, keepsId }) {
  const thing = find(drawing, key);
  const follows = !keepsId && !thing.hasOwnId;
  return changed(drawing, key, follows ? { name, id: freeId(drawing, slug(name, thing.kind), key) } : { name });
}

export function withoutCorner(drawing, key, corner) {
  return changed(drawing, key, { points: find(drawing, key).points.filter((_, i) => i !== corner) });
}

export function withCorner(drawing, key, after, at) {
  const { points } = find(drawing, key);
  return changed(drawing, key, { points: [...points.slice(0, after + 1), clamp(at), ...points.slice(after + 1)] });
}

export function withPoint(drawing, key, corner, at) {
  return changed(drawing, key, { points: find(drawing, key).points.map((p, i) => (i === corner ? clamp(at) : p)) });
}

export function makeThing(drawing, kind, { points, name }) {
  const thing = { key: newKey(), kind, id: "", name: kind === "mark" ? "" : name, hasOwnId: false, points };
  if (kind !== "mark") thing.id = freeId(drawing, slug(name, kind), thing.key);
  if (kind === "desk") thing.officers = [];
  if (kind === "mark") thing.floor_m = [null, null];
  if (kind === "counter") thing.desks = drawing.things.filter((t) => t.kind === "desk").map((t) => t.key);
  return thing;
}

// "Bàn số 1" -> "ban-so-1"
export function slug(name, kind) {
  const plain = name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  const id = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, ID_LONGEST);
  return id || kind.replace("_", "-");
}

function freeId(drawing, wanted, key) {
  const taken = new Set(drawing.things.filter((thing) => thing.key !== key).map((thing) => thing.id));
  let id = wanted;
  for (let n = 2; taken.has(id); n += 1) id = `${wanted.slice(0, ID_LONGEST - 4)}-${n}`;
  return id;
}
