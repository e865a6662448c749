// What the system saw, drawn over the playing clip. Kinds differ by line as well as by colour.
import { isSwitchedOn, keepSwitch } from "/static/switches.js";

const SETTING = "congvu.overlay";
const HOLDS_MS = 3000; // a look is drawn until the next one, but no longer: nobody looked in between
const SVG = "http://www.w3.org/2000/svg";

export function startOverlay(video) {
  const bar = document.querySelector(".overlay-bar");
  const looks = video?.dataset.looks ? JSON.parse(video.dataset.looks) : [];
  if (!bar || !looks.length) return { toggle() {} };
  const isOn = document.getElementById("overlay-on");
  isOn.checked = isSwitchedOn(SETTING);
  const sheet = document.createElementNS(SVG, "svg");
  sheet.setAttribute("class", "overlay");
  sheet.setAttribute("aria-hidden", "true");
  video.after(sheet);

  const series = Map.groupBy ? Map.groupBy(looks, (look) => look[1]) : grouped(looks);
  const boxes = [...series.values()].map((ofOne) => ({ looks: ofOne, drawn: drawBox(sheet) }));

  function draw() {
    sheet.setAttribute("viewBox", `0 0 ${video.videoWidth || 16} ${video.videoHeight || 9}`);
    const atMs = Number(video.dataset.startMs) + video.currentTime * 1000;
    for (const { looks: ofOne, drawn } of boxes) place(drawn, isOn.checked ? seenAt(ofOne, atMs) : null);
  }

  function follow() {
    draw();
    if (video.isConnected) video.requestVideoFrameCallback(follow);
  }

  function change() {
    keepSwitch(SETTING, isOn.checked);
    draw();
  }

  isOn.addEventListener("change", change);
  video.addEventListener("seeked", draw);
  video.addEventListener("loadedmetadata", draw);
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(follow);
  else video.addEventListener("timeupdate", draw);
  draw();
  return {
    toggle() {
      isOn.checked = !isOn.checked;
      change();
    },
  };
}

// Returns [kind, left, top, right, bottom] at a moment; between two looks that are near, the box moves evenly.
export function seenAt(looks, atMs) {
  const number = looks.findLastIndex((look) => look[0] <= atMs);
  if (number < 0 || atMs - looks[number][0] > HOLDS_MS) return null;
  const [fromMs, , kind, ...from] = looks[number];
  const next = looks[number + 1];
  if (!next || next[0] - fromMs > HOLDS_MS || next[0] === fromMs) return [kind, ...from];
  const share = (atMs - fromMs) / (next[0] - fromMs);
  return [kind, ...from.map((edge, i) => edge + (next[3 + i] - edge) * share)];
}

function drawBox(sheet) {
  // a dark edge under the line keeps it visible on any picture
  const rects = ["look-edge", "look"].map((name) => {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("class", name);
    rect.setAttribute("visibility", "hidden");
    sheet.append(rect);
    return rect;
  });
  return rects;
}

function place(rects, seen) {
  for (const rect of rects) {
    rect.setAttribute("visibility", seen ? "visible" : "hidden");
    if (!seen) continue;
    const [kind, left, top, right, bottom] = seen;
    rect.setAttribute("x", left);
    rect.setAttribute("y", top);
    rect.setAttribute("width", Math.max(right - left, 0));
    rect.setAttribute("height", Math.max(bottom - top, 0));
  }
  if (seen) rects[1].setAttribute("class", `look look-${seen[0]}`);
}

function grouped(looks) {
  const found = new Map();
  for (const look of looks) found.set(look[1], [...(found.get(look[1]) ?? []), look]);
  return found;
}
