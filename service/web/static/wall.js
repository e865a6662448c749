// Keep the wall up to date while somebody looks: pictures that have changed, and the words beside them.

const EVERY_MS = 10000;
const AT_ONCE = 4;
const wall = document.getElementById("wall");
const state = document.getElementById("wall-state");
const tags = new WeakMap();
const inView = new Set();

const watcher = new IntersectionObserver((changes) => {
  for (const change of changes) {
    if (change.isIntersecting) inView.add(change.target);
    else inView.delete(change.target);
  }
}, { rootMargin: "200px" });

// What is sent may not be kept by the browser: we say ourselves which picture we have, and draw it, since a picture
// made of received bytes would need an address that the page's policy does not allow.
async function draw(tile) {
  const id = encodeURIComponent(tile.dataset.camera);
  const headers = tags.has(tile) ? { "If-None-Match": tags.get(tile) } : {};
  const answer = await fetch(`/wall/${id}/still.jpg`, { headers, cache: "no-store" });
  if (answer.status !== 200) return;
  const picture = await createImageBitmap(await answer.blob());
  tags.set(tile, answer.headers.get("ETag"));
  const frame = tile.querySelector(".wall-picture");
  let canvas = frame.querySelector("canvas");
  if (!canvas) {
    canvas = document.createElement("canvas");
    frame.querySelector("img")?.remove();
    frame.prepend(canvas);
  }
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
}

async function drawAll() {
  const waiting = [...inView];
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    while (waiting.length && !document.hidden) {
      try {
        await draw(waiting.shift());
      } catch {
        // no connection, or no picture: the next round will tell
      }
    }
  });
  await Promise.all(lanes);
}

async function say() {
  const answer = await fetch(wall.dataset.now);
  if (!answer.ok) return;
  const tiles = new Map([...wall.children].map((tile) => [tile.dataset.camera, tile]));
  const { cameras } = await answer.json();
  let isOther = cameras.length !== tiles.size;
  for (const camera of cameras) {
    const tile = tiles.get(camera.camera_id);
    if (!tile) continue;
    tile.querySelector(".wall-state").innerHTML = camera.html;
    if (tile.dataset.condition === camera.condition) continue;
    isOther = true;
    tile.classList.replace(`wall-${tile.dataset.condition}`, `wall-${camera.condition}`);
    tile.dataset.condition = camera.condition;
  }
  if (isOther) {
    document.getElementById("wall-reorder").hidden = false;
    state.textContent = wall.dataset.alarmsOne;
  }
}

async function round() {
  if (!document.hidden) {
    try {
      await Promise.all([say(), drawAll()]);
    } catch {
      // no connection now; the next round will tell
    }
  }
  setTimeout(round, EVERY_MS);
}

if (wall) {
  for (const tile of wall.children) watcher.observe(tile);
  setTimeout(round, EVERY_MS);
}
