// What was given in this sitting, latest last, so that it can be taken back one by one.
import { Refused, send } from "/static/review_server.js";
import { sitting } from "/static/review_words.js";

const KEPT_MAX = 50;

export function startGiven(outbox) {
  const key = `congvu.given.${sitting().dataset.user}`;
  let memory = [];

  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? memory;
    } catch {
      return memory;
    }
  }

  function write(groups) {
    memory = groups.slice(-KEPT_MAX);
    try {
      sessionStorage.setItem(key, JSON.stringify(memory));
    } catch {
      // without storage it lasts as long as the page
    }
    show();
  }

  // One of them: what is stored is taken back on the server, what was refused was never there.
  // It is named by its request: asked again after an answer that was lost, no other verdict is taken back.
  async function takeBack({ event_id, request_id, stored_as }) {
    const where = request_id ? await outbox.settled(request_id) : "stored";
    if (where === "waiting") throw new TypeError("the verdict is still on its way");
    if (where === "refused") outbox.drop(request_id);
    else await send("DELETE", `/api/v1/events/${event_id}/reviews/latest?request_id=${request_id ?? stored_as}`);
  }

  // What takes back is shown only where there is something to take back.
  function show() {
    const isEmpty = read().length === 0;
    for (const button of document.querySelectorAll(".undo")) button.hidden = isEmpty;
  }

  return {
    show,
    // ``items`` were decided at once: each has its event and, where the outbox had it, its request id.
    note(url, items) {
      write([...read(), { url, items }]);
    },
    // Takes the latest back; returns where its flag is and how many there were, or null where there is nothing.
    // Where the connection fails, what is left can be taken back later.
    async undo() {
      const groups = read();
      const last = groups.pop();
      if (!last) return null;
      let count = 0;
      let refusal = null;
      while (last.items.length) {
        try {
          await takeBack(last.items[0]);
          count += 1;
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          refusal = error;
        }
        last.items.shift();
        write(last.items.length ? [...groups, last] : groups);
      }
      if (!count && refusal) throw refusal;
      return { url: last.url, count };
    },
  };
}
