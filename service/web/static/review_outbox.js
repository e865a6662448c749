// Verdicts on their way. Each lies in the browser's store under its request id until the server has it, so that none
// is lost with the network, the session or the page; the same id sent again is stored once.
import { Refused, SignedOut, send } from "/static/review_server.js";
import { filled, sitting } from "/static/review_words.js";

const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30000;

export function startOutbox() {
  const prefix = `congvu.verdict.${sitting().dataset.user}.`;
  const memory = new Map(); // where the browser keeps nothing, it lasts as long as the page
  const sending = new Map(); // request id -> promise of its end
  let retryMs = FIRST_RETRY_MS;
  let timer = null;
  let isExpired = false;

  function keep(item) {
    memory.set(item.request_id, item);
    try {
      localStorage.setItem(prefix + item.request_id, JSON.stringify(item));
    } catch {
      // no storage in this browser
    }
  }

  function drop(requestId) {
    memory.delete(requestId);
    try {
      localStorage.removeItem(prefix + requestId);
    } catch {
      // no storage in this browser
    }
  }

  function all() {
    const found = new Map(memory);
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(prefix)) found.set(key.slice(prefix.length), JSON.parse(localStorage.getItem(key)));
      }
    } catch {
      // what is not readable was not written by this page
    }
    return [...found.values()].sort((a, b) => a.given_ms - b.given_ms);
  }

  // Resolves to "stored", "refused", or "waiting" where it will be sent again.
  function deliver(item) {
    const running = sending.get(item.request_id);
    if (running) return running;
    const ending = attempt(item).finally(() => {
      sending.delete(item.request_id);
      show();
    });
    sending.set(item.request_id, ending);
    return ending;
  }

  async function attempt(item) {
    const { verdict, reason, note, request_id } = item;
    try {
      await send("POST", `/api/v1/events/${item.event_id}/reviews`, { verdict, reason, note, request_id });
      drop(item.request_id);
      isExpired = false;
      retryMs = FIRST_RETRY_MS;
      return "stored";
    } catch (error) {
      if (error instanceof Refused) {
        keep({ ...item, refused: error.message });
        return "refused";
      }
      if (error instanceof SignedOut) isExpired = true;
      keep({ ...item, tries: item.tries + 1 });
      clearTimeout(timer);
      timer = setTimeout(sendAll, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      return "waiting";
    }
  }

  function sendAll() {
    return Promise.all(all().filter((item) => !item.refused).map(deliver));
  }

  function show() {
    const items = all();
    const waiting = items.filter((item) => !item.refused && item.tries > 0);
    const bar = document.getElementById("outbox");
    bar.replaceChildren();
    if (waiting.length) {
      const line = lineOf(filled(isExpired ? "expired" : "waiting", { count: waiting.length }));
      if (isExpired) {
        const here = encodeURIComponent(location.pathname + location.search);
        line.append(" ", linkTo(`/sign-in?next=${here}`, filled("signIn")));
      }
      bar.append(line);
    }
    for (const item of items.filter((one) => one.refused)) {
      const line = lineOf(filled("refused", { flag: item.name, why: item.refused }));
      const discard = document.createElement("button");
      discard.type = "button";
      discard.className = "button button-small";
      discard.textContent = filled("discard");
      discard.addEventListener("click", () => {
        drop(item.request_id);
        show();
      });
      line.append(" ", linkTo(item.url, filled("open")), " ", discard);
      bar.append(line);
    }
    bar.hidden = !bar.firstChild;
  }

  for (const name of ["online", "focus"]) window.addEventListener(name, sendAll);
  window.addEventListener("storage", show); // another tab has sent, or keeps, one of them
  sendAll();
  show();

  return {
    give(item) {
      keep({ ...item, tries: 0, given_ms: Date.now() });
      return deliver(all().find((one) => one.request_id === item.request_id));
    },
    // Where a verdict is: "stored", "refused" or "waiting"; one that is kept is tried again first.
    async settled(requestId) {
      const item = all().find((one) => one.request_id === requestId);
      if (!item) return "stored";
      return item.refused ? "refused" : deliver(item);
    },
    drop(requestId) {
      drop(requestId);
      show();
    },
    waitingIds: () => all().filter((item) => !item.refused).map((item) => item.event_id),
  };
}

function lineOf(text) {
  const line = document.createElement("p");
  line.textContent = text;
  return line;
}

function linkTo(href, text) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  return link;
}
