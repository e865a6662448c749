// Tell when new flags have arrived, without moving what somebody is reading.

const EVERY_MS = 30000;

// ``follow`` calls its argument whenever it is time to look; another way of being told can take its place.
export function startArrivals(arrivals, follow = document.documentElement.dataset.follow === "yes" ? byLive : byClock) {
  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch(arrivals.dataset.api);
      if (answer.ok) arrivals.hidden = (await answer.json()).total <= Number(arrivals.dataset.total);
    } catch {
      // no connection now; the next look will tell
    }
  }

  follow(look);
  window.addEventListener("focus", look);
}

// The server says when something changed; where its stream is refused, live.js asks for a look now and then.
export function byLive(look) {
  for (const name of ["congvu:flags", "congvu:poll"]) document.addEventListener(name, look);
}

export function byClock(look) {
  setInterval(look, EVERY_MS);
}
