// One flag after the other: the recording, the verdict and the keys brought together, page after page without loading.
import { startClaims } from "/static/claim.js";
import { startKeys } from "/static/keys.js";
import { startOverlay } from "/static/overlay.js";
import { startPlayer } from "/static/player.js";
import { startGiven } from "/static/review_given.js";
import { startOutbox } from "/static/review_outbox.js";
import { askedNext, canJudge, fetchPage, here, put, startAhead } from "/static/review_pages.js";
import { Refused, SignedOut } from "/static/review_server.js";
import { tellUndone } from "/static/review_undone.js";
import { filled, sitting, speak, tell } from "/static/review_words.js";
import { startVerdict } from "/static/verdict.js";

const LEAVE_AFTER_MS = 3000;
const TRY_AGAIN_MS = 2000;

const outbox = startOutbox();
const given = startGiven(outbox);
const claims = startClaims();
const ahead = startAhead(() => outbox.waitingIds());
let shown = {}; // the parts of the flag that is shown

function begin({ wasAhead = false } = {}) {
  for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
  given.show();
  const video = document.getElementById("clip");
  shown = {
    player: startPlayer(video, document.getElementById("trace"), sitting().dataset.csrf),
    overlay: startOverlay(video),
    decide: startVerdict(document.getElementById("verdict"), give),
  };
  document.querySelector(".taken-next").addEventListener("click", (event) => {
    event.preventDefault();
    step();
  });
  if (canJudge()) {
    take(wasAhead);
    ahead.fill();
  }
}

async function take(wasAhead) {
  const { event, name } = here();
  const other = await claims.take(event, { wasAhead });
  if (!other || here().event !== event) return;
  if (wasAhead) {
    // it was free when it was fetched; whoever was led here is led on
    tell(filled("taken", { name: other }));
    await step();
    return;
  }
  const taken = document.getElementById("taken");
  taken.querySelector(".taken-words").textContent = filled("words", { name: other }, taken);
  taken.hidden = false;
  speak(`${name}: ${taken.innerText}`);
}

function turnTo(page, { isNew = true } = {}) {
  put(page, { isNew });
  begin({ wasAhead: page.wasAhead });
  speak(document.title);
}

async function give(items, onWait) {
  tell("");
  claims.judged();
  given.note(items[0].url, items.map(({ event_id, request_id }) => ({ event_id, request_id })));
  const sent = Promise.all(items.map((item) => outbox.give(item)));
  ahead.drop(items.map((item) => item.event_id));
  const page = await nextPage(onWait);
  if (page) turnTo(page);
  else {
    // the queue is to be shown as it is now; what has not arrived by then is sent from there
    await Promise.race([sent, wait(LEAVE_AFTER_MS)]);
    location.assign(queueAddress({ decided: 1 }));
  }
}

// The next page, however long that takes: without a connection one waits here, the verdict is kept.
async function nextPage(onWait) {
  for (;;) {
    try {
      return await ahead.take();
    } catch {
      onWait();
      await wait(TRY_AGAIN_MS);
    }
  }
}

async function step() {
  claims.release();
  const page = await ahead.take().catch(() => undefined);
  if (page) turnTo(page);
  else if (page === null) location.assign(queueAddress());
  else location.assign(here().next);
}

async function go(id) {
  const link = document.getElementById(id);
  if (!link) return;
  if (new URL(link.href).pathname === `/flags/${ahead.first()}`) {
    await step();
    return;
  }
  claims.release();
  await open(link.href);
}

async function open(url, isNew = true) {
  try {
    const page = await fetchPage(url);
    ahead.forget(); // the way on begins anew from there
    turnTo(page, { isNew });
  } catch {
    location.assign(url);
  }
}

async function undo() {
  try {
    const back = await given.undo();
    if (!back) {
      tell(filled("nothing"));
      return;
    }
    claims.release();
    await open(back.url);
    tell(back.count > 1 ? filled("undoneSeveral", { count: back.count }) : filled("undone"));
  } catch (error) {
    tell(filled("notUndone", { why: reasonOf(error) }), true);
  }
}

function reasonOf(error) {
  if (error instanceof Refused) return error.message;
  return error instanceof SignedOut ? filled("signIn") : filled("noConnection");
}

function queueAddress(more = {}) {
  const query = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(askedNext())), ...more });
  return `/flags${query.size ? `?${query}` : ""}`;
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".undo")) undo();
  const one = event.target.closest(".undo-here");
  if (one) {
    given.note(location.pathname + location.search, [{ event_id: one.dataset.event }]);
    undo();
  }
});
window.addEventListener("popstate", () => {
  // a link to a part of the page is no other flag
  if (location.pathname !== `/flags/${here().event}`) open(location.href, false);
});
startKeys(document.getElementById("keys"), {
  1: () => shown.decide("breach"),
  2: () => shown.decide("no_breach"),
  3: () => shown.decide("cannot_tell"),
  j: () => go("next"),
  k: () => go("previous"),
  u: undo,
  o: () => shown.overlay.toggle(),
  ",": () => shown.player.step(-1),
  ".": () => shown.player.step(1),
  " ": (event) => (event.target.closest("button, a, summary, video, input") ? false : shown.player.toggle()),
});
begin();
tellUndone();
