// Points and outlines in fractions of the picture. The checks are those of calibration/scene.py, so that what looks
// right here is not refused there.

export const LINE_SHORTEST = 0.02;
const EMPTY_AREA = 1e-6;

export function round(value) {
  return Math.round(value * 1e4) / 1e4;
}

export function clamp([x, y]) {
  return [round(Math.min(1, Math.max(0, x))), round(Math.min(1, Math.max(0, y)))];
}

// Draw to the picture's edge what nearly touches it. ``near`` is [x, y] in fractions.
export function snap([x, y], near) {
  const to = (value, within) => (value < within ? 0 : value > 1 - within ? 1 : value);
  return clamp([to(x, near[0]), to(y, near[1])]);
}

export function rectangle([x0, y0], [x1, y1]) {
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
  return [[left, top], [right, top], [right, bottom], [left, bottom]].map(clamp);
}

// Move as one, without leaving the picture and without changing the form.
export function shifted(points, [dx, dy]) {
  const within = (values, by) => Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), by));
  const byX = within(points.map((p) => p[0]), dx);
  const byY = within(points.map((p) => p[1]), dy);
  return points.map(([x, y]) => clamp([x + byX, y + byY]));
}

export function edges(points) {
  return points.map((point, i) => [point, points[(i + 1) % points.length]]);
}

export function middle([[x1, y1], [x2, y2]]) {
  return clamp([(x1 + x2) / 2, (y1 + y2) / 2]);
}

export function signedArea(points) {
  return edges(points).reduce((sum, [[x1, y1], [x2, y2]]) => sum + x1 * y2 - x2 * y1, 0) / 2;
}

export function bounds(points) {
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

export function distance([x1, y1], [x2, y2]) {
  return Math.hypot(x2 - x1, y2 - y1);
}

// Return what is wrong with an outline, as the key of a fault; null where nothing is.
export function areaFault(points) {
  if (points.length < 3) return "few_corners";
  if (points.flat().some((value) => !(value >= 0 && value <= 1))) return "outside";
  if (crosses(points)) return "crosses";
  return Math.abs(signedArea(points)) < EMPTY_AREA ? "flat" : null;
}

export function lineFault([start, end]) {
  if ([...start, ...end].some((value) => !(value >= 0 && value <= 1))) return "outside";
  return distance(start, end) < LINE_SHORTEST ? "short" : null;
}

function turn(a, b, c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

function crosses(points) {
  const sides = edges(points);
  for (let i = 0; i < sides.length; i += 1) {
    for (let j = i + 2; j < sides.length; j += 1) {
      if (i === 0 && j === sides.length - 1) continue; // neighbours share a corner
      const [[a, b], [c, d]] = [sides[i], sides[j]];
      if (turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0) return true;
    }
  }
  return false;
}
