// The queue: new flags are announced, cards are selected and decided together, kept verdicts are sent.
import { startKeys } from "/static/keys.js";
import { startArrivals } from "/static/queue_arrivals.js";
import { startBulk } from "/static/queue_bulk.js";
import { startCards } from "/static/queue_cards.js";
import { startGiven } from "/static/review_given.js";
import { startOutbox } from "/static/review_outbox.js";
import { Refused } from "/static/review_server.js";
import { noteUndone, tellUndone } from "/static/review_undone.js";
import { filled, tell } from "/static/review_words.js";

for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
startArrivals(document.getElementById("arrivals"));
const given = startGiven(startOutbox());
const form = document.getElementById("bulk");
let show = () => {};
const cards = startCards((boxes) => show(boxes));
if (form) show = startBulk(form, cards, given);
document.getElementById("select-all")?.addEventListener("click", () => cards.all());

async function undo() {
  try {
    const back = await given.undo();
    if (!back) {
      tell(filled("nothing"));
      return;
    }
    noteUndone(back.count);
    location.assign(back.url);
  } catch (error) {
    tell(filled("notUndone", { why: error instanceof Refused ? error.message : filled("noConnection") }), true);
  }
}

given.show();
tellUndone();
for (const button of document.querySelectorAll(".undo")) button.addEventListener("click", undo);
startKeys(document.getElementById("keys"), {
  j: () => cards.move(1),
  k: () => cards.move(-1),
  x: () => cards.pick(),
  u: undo,
});
