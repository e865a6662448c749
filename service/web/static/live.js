// Follow what happens while a page is open: counts in the menu, and an event for pages that show flags or alarms.

const LONGEST_WAIT_MS = 60000;
const POLL_MS = 30000;
const root = document.documentElement;
let wait = 2000;
let source = null;
let polling = null;

function announce(name, detail) {
  document.dispatchEvent(new CustomEvent(`congvu:${name}`, { detail }));
}

function count(name, number) {
  const badge = document.querySelector(`[data-live="${name}"]`);
  if (!badge) return;
  badge.hidden = number === 0;
  const words = (number === 1 ? badge.dataset.one : badge.dataset.many).replace("{n}", number);
  badge.title = words;
  badge.querySelector("[data-number]").textContent = number > 99 ? "99+" : number;
  badge.querySelector("[data-words]").textContent = words;
}

function take(name, fields) {
  if (name === "flags") count("flags", fields.open);
  else count("alarms", fields.count);
  announce(name, fields);
}

// Where streams are refused (too many pages, a proxy that holds them back) pages go on asking as they did before.
function poll() {
  if (polling !== null) return;
  polling = setInterval(() => {
    if (!document.hidden) announce("poll", null);
  }, POLL_MS);
}

function follow() {
  source = new EventSource("/api/v1/live");
  source.addEventListener("hello", () => {
    wait = 2000;
    clearInterval(polling);
    polling = null;
  });
  for (const name of ["flags", "alarms"]) {
    source.addEventListener(name, (event) => take(name, JSON.parse(event.data)));
  }
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    poll();
    setTimeout(follow, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  });
}

// A page in the background takes one of the few connections that a browser opens to one server.
function decide() {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (source === null) {
    follow();
  }
}

if (root.dataset.follow === "yes" && "EventSource" in window) {
  document.addEventListener("visibilitychange", decide);
  window.addEventListener("pagehide", () => source?.close());
  decide();
}
