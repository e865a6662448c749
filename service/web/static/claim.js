// Say that this flag is being looked at, as long as it is shown.
import { send } from "/static/review_server.js";

const EVERY_MS = 60000;

export function startClaims() {
  let held = null;
  let timer = null;

  function address(event) {
    return `/api/v1/events/${event}/claim`;
  }

  function release({ isLast = false } = {}) {
    clearInterval(timer);
    if (held) send("DELETE", address(held), undefined, { isLast }).catch(() => {}); // it runs out by itself
    held = null;
  }

  window.addEventListener("pagehide", () => release({ isLast: true }));

  return {
    // Resolves to the name of whoever else has it; empty where it is ours, or where that cannot be told now.
    async take(event, { wasAhead = false } = {}) {
      clearInterval(timer);
      held = event;
      timer = setInterval(() => {
        if (!document.hidden) send("POST", address(event), {}).catch(() => {});
      }, EVERY_MS);
      try {
        const claim = await send("POST", address(event), { was_ahead: wasAhead });
        if (claim.is_mine) return "";
        if (held === event) held = null;
        return claim.user_name;
      } catch {
        return "";
      }
    },
    // A verdict gives the flag back by itself, and until it has arrived the time it took is counted.
    judged() {
      clearInterval(timer);
      held = null;
    },
    release,
  };
}
