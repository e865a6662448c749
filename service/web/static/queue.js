// Tell when new flags have arrived, without moving what somebody is reading.

const EVERY_MS = 30000;
const arrivals = document.getElementById("arrivals");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(arrivals.dataset.api);
    if (answer.ok) arrivals.hidden = (await answer.json()).total <= Number(arrivals.dataset.total);
  } catch {
    // no connection now; the next look will tell
  }
}

setInterval(look, EVERY_MS);
window.addEventListener("focus", look);
