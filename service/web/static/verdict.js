// Send a verdict. One that a broken network swallowed stays in the form and is sent again under the same id,
// so that it is stored once.

const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30000;
const ANSWER_WITHIN_MS = 15000;

export function startVerdict(form) {
  if (!form) return () => {};
  const { api, next, key, saving, lost, expired, unfit, refused, signIn } = form.dataset;
  const message = document.getElementById("verdict-message");
  const buttons = [...form.querySelectorAll("button[name=verdict]")];
  let retryMs = FIRST_RETRY_MS;
  let timer = null;
  let isSending = false;

  function show(text, isBad) {
    message.textContent = text;
    message.hidden = !text;
    message.classList.toggle("notice-bad", isBad);
  }

  function mark(verdict) {
    for (const button of buttons) button.setAttribute("aria-busy", button.value === verdict);
  }

  function remembered() {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function remember(wanted) {
    try {
      if (wanted) localStorage.setItem(key, JSON.stringify(wanted));
      else localStorage.removeItem(key);
    } catch {
      // no storage in this browser: the form itself still holds the verdict
    }
  }

  function compose(verdict) {
    const given = { verdict, reason: form.elements.reason.value, note: form.elements.note.value };
    const before = remembered();
    const isSame = before && ["verdict", "reason", "note"].every((name) => before[name] === given[name]);
    // other content is another verdict, and another verdict has another id
    return { ...given, request_id: isSame ? before.request_id : before ? newId() : form.elements.request_id.value };
  }

  async function send(wanted) {
    clearTimeout(timer);
    if (isSending) return;
    isSending = true;
    remember(wanted);
    mark(wanted.verdict);
    show(saving, false);
    try {
      const answer = await fetch(api, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf_token.value },
        body: JSON.stringify(wanted),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      await settle(answer, wanted);
    } catch {
      retryLater(wanted);
    } finally {
      isSending = false;
    }
  }

  async function settle(answer, wanted) {
    if (answer.ok) {
      remember(null);
      location.assign(next);
      return;
    }
    if (answer.status >= 500 || answer.status === 429) {
      retryLater(wanted);
      return;
    }
    mark(null);
    if (answer.status === 401) {
      show(expired + " ", true);
      const link = document.createElement("a");
      link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = signIn;
      message.append(link);
      return;
    }
    remember(null);
    form.elements.request_id.value = newId();
    const problem = await answer.json().catch(() => ({}));
    show(refused.replace("{why}", problem.detail || String(answer.status)), true);
  }

  function retryLater(wanted) {
    show(lost, true);
    timer = setTimeout(() => send(wanted), retryMs);
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }

  function give(verdict) {
    const chosen = form.elements.reason.selectedOptions[0];
    if (chosen.dataset.verdict && chosen.dataset.verdict !== verdict) {
      show(unfit, true);
      form.elements.reason.focus();
      return;
    }
    send(compose(verdict));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter) give(event.submitter.value);
  });
  window.addEventListener("online", () => {
    const wanted = remembered();
    if (wanted) send(wanted);
  });

  const waiting = remembered();
  if (waiting) {
    form.elements.reason.value = waiting.reason;
    form.elements.note.value = waiting.note;
    send(waiting);
  }
  return give;
}

function newId() {
  // randomUUID exists only on HTTPS and localhost; an office network may be neither
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
