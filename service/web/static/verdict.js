// The form of one flag: what was chosen becomes one verdict, and one for each flag that it is also for.
import { newId } from "/static/review_words.js";
import { here } from "/static/review_pages.js";

export function startVerdict(form, give) {
  if (!form) return () => {};
  const message = document.getElementById("verdict-message");
  let isGiven = false;

  function show(text, isBad) {
    message.textContent = text;
    message.hidden = !text;
    message.classList.toggle("notice-bad", isBad);
  }

  function compose(verdict) {
    const said = { verdict, reason: form.elements.reason.value, note: form.elements.note.value };
    const { event, name } = here();
    const url = location.pathname + location.search;
    const also = [...form.querySelectorAll("input[name=also]:checked")].map((box) => ({
      ...said,
      event_id: box.value,
      name: box.dataset.name,
      url: url.replace(event, box.value),
      request_id: newId(),
    }));
    return [{ ...said, event_id: event, name, url, request_id: form.elements.request_id.value }, ...also];
  }

  function decide(verdict) {
    if (isGiven) return;
    const chosen = form.elements.reason.selectedOptions[0];
    if (chosen.dataset.verdict && chosen.dataset.verdict !== verdict) {
      show(form.dataset.unfit, true);
      form.elements.reason.focus();
      return;
    }
    isGiven = true; // a second press must not be a second verdict
    for (const button of form.querySelectorAll("button[name=verdict]")) {
      button.setAttribute("aria-busy", button.value === verdict);
    }
    give(compose(verdict), () => show(form.dataset.given, false));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter) decide(event.submitter.value);
  });
  return decide;
}
