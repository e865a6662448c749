// Talk to the server, and keep a draft in this browser.

const ANSWER_WITHIN_MS = 15000;

// A call that was answered with a problem. ``status`` is 0 where no answer came.
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
    this.detail = detail;
  }
}

export function startServer({ api, csrf }) {
  async function call(path, method, body) {
    const headers = body ? { "Content-Type": "application/json", "X-CSRF-Token": csrf } : {};
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    let answer;
    try {
      answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body), signal });
    } catch {
      throw new Refused(0, "");
    }
    if (answer.ok) return answer.json();
    const problem = await answer.json().catch(() => ({}));
    throw new Refused(answer.status, [problem.detail, ...(problem.faults || [])].filter(Boolean).join(" "));
  }

  return {
    read: () => call("", "GET"),
    version: (number) => call(`/versions/${number}`, "GET"),
    check: async (scene) => (await call("/check", "POST", { scene })).faults,
    save: (scene, expected, note) => call("", "PUT", { scene, expected_sha256: expected, note }),
  };
}

// Drafts: {base, at, drawing}; base is the sum of the site file that it was drawn from.
export function readDraft(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return draft && Array.isArray(draft.drawing?.things) ? draft : null;
  } catch {
    return null;
  }
}

// Tell whether it was kept: without storage the page itself still holds the drawing.
export function keepDraft(key, draft) {
  try {
    if (draft) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}
