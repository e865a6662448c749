// The personal page: printing, files too large told before they are sent, and nothing lost of what somebody writes.
const DRAFT = "congvu.answer.";
const TOUCH_MS = 5 * 60 * 1000; // the page closes after 30 minutes without use

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

const files = document.getElementById("files");
if (files) {
  files.addEventListener("change", () => {
    const chosen = [...files.files];
    const isTooMuch = chosen.length > Number(files.dataset.most) || chosen.some((file) => file.size > Number(files.dataset.bytes));
    files.setCustomValidity(isTooMuch ? files.dataset.tooMuch : "");
    files.reportValidity();
  });
}

const leave = document.getElementById("leave");
if (leave) {
  const key = DRAFT + leave.dataset.case;
  // what was sent may have arrived though its reply did not: the request tells
  if (leave.dataset.stored.split(" ").includes(draftAt(key)?.request)) drop(key);
  leave.addEventListener("submit", () => drop(key));
  const form = document.querySelector("form[data-step]");
  if (form) followWriting(form, key);
}

const kept = document.getElementById("draft-kept");
if (kept) kept.hidden = !hasDraft();

function followWriting(form, key) {
  const { text, request_id: request, is_complete: complete } = form.elements;
  const draft = draftAt(key);
  if (draft?.step === form.dataset.step && draft.text && !text.value) {
    text.value = draft.text;
    if (complete) complete.checked = draft.isComplete;
    document.getElementById("draft-back").hidden = false;
  }
  const keep = () => {
    if (!text.value) return drop(key);
    store(key, { step: form.dataset.step, request: request.value, text: text.value, isComplete: Boolean(complete?.checked) });
  };
  let touchedAt = Date.now();
  form.addEventListener("input", () => {
    keep();
    if (Date.now() - touchedAt < TOUCH_MS) return;
    touchedAt = Date.now();
    const token = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    fetch("/answer/stay", { method: "POST", body: token }).catch(() => {}); // the draft is kept whatever happens
  });
  form.addEventListener("submit", keep);
}

// A browser may keep nothing at all; then the page works as without a draft.
function draftAt(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function store(key, draft) {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // nothing is kept
  }
}

function drop(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // nothing was kept
  }
}

function hasDraft() {
  try {
    return Object.keys(sessionStorage).some((key) => key.startsWith(DRAFT));
  } catch {
    return false;
  }
}
