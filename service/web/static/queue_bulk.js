// One verdict, or one inspector, for the selected flags. A call that got lost is sent again under the same id.
import { Refused, SignedOut, send } from "/static/review_server.js";
import { filled, newId, tell } from "/static/review_words.js";

export function startBulk(form, cards, given) {
  const reason = document.getElementById("bulk-reason");
  const person = document.getElementById("bulk-person");
  let requestId = newId();

  async function store() {
    const boxes = cards.chosen();
    if (!reason.value) {
      tell(form.dataset.noReason, true);
      reason.focus();
      return;
    }
    await attempt(async () => {
      const event_ids = boxes.map((box) => box.value);
      const body = { event_ids, reason: reason.value, request_id: requestId };
      const { items } = await send("POST", "/api/v1/reviews/bulk", body);
      requestId = newId();
      const stored = items.filter((item) => item.is_stored);
      if (stored.length) given.note(location.pathname + location.search, stored.map(({ event_id, request_id }) => ({ event_id, stored_as: request_id })));
      const refusals = items.filter((item) => !item.is_stored);
      for (const { event_id } of stored) cardOf(boxes, event_id).remove();
      cards.none();
      const why = [...new Set(refusals.map((item) => item.why))].join("; ");
      const words = [filled("done", { count: stored.length }, form)];
      if (refusals.length) words.push(filled("refused", { why }, form));
      tell(words.join(" "), refusals.length > 0);
    });
  }

  async function hand() {
    const boxes = cards.chosen();
    if (!person.value || !boxes.length) return;
    await attempt(async () => {
      const event_ids = boxes.map((box) => box.value);
      await send("POST", "/api/v1/assignments", { event_ids, user_id: Number(person.value) });
      const name = person.selectedOptions[0].textContent;
      cards.none();
      tell(filled("given", { name, count: boxes.length }, form));
    });
  }

  async function attempt(work) {
    const buttons = [...form.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    try {
      await work();
    } catch (error) {
      if (error instanceof Refused) tell(filled("refused", { why: error.message }, form), true);
      else tell(error instanceof SignedOut ? form.dataset.expired : form.dataset.lost, true);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    store();
  });
  document.getElementById("bulk-give")?.addEventListener("click", hand);
  document.getElementById("bulk-none").addEventListener("click", () => cards.none());

  return function show(boxes) {
    form.hidden = boxes.length === 0;
    const count = boxes.length >= 50 ? ` ${form.dataset.most}` : "";
    document.getElementById("bulk-count").textContent = filled("count", { count: boxes.length }, form) + count;
    const rules = new Set(boxes.map((box) => box.dataset.rule));
    for (const option of reason.options) {
      const fits = !option.dataset.rules || [...rules].every((rule) => option.dataset.rules.split(" ").includes(rule));
      option.disabled = !fits;
      if (!fits && option.selected) reason.value = "";
    }
  };
}

function cardOf(boxes, event) {
  return boxes.find((box) => box.value === event).closest(".card");
}
