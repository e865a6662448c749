// Calls that change something: they carry the anti-forgery token of the session.
import { sitting } from "/static/review_words.js";

const ANSWER_WITHIN_MS = 15000;
let token = null;

export class SignedOut extends Error {}
export class Refused extends Error {}

function currentToken() {
  token ??= sitting().dataset.csrf;
  return token;
}

// Asks again who is signed in: after signing in anew, perhaps in another tab, there is another token.
// Somebody else's session is no use: verdicts are given in one's own name.
async function freshToken() {
  const answer = await fetch("/api/v1/session", { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (answer.status === 401) throw new SignedOut();
  const session = await answer.json();
  if (session.login !== sitting().dataset.login) throw new SignedOut();
  const isNew = session.csrf_token !== token;
  token = session.csrf_token;
  return isNew;
}

export async function send(method, address, body, { isLast = false } = {}) {
  const call = () =>
    fetch(address, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": currentToken() },
      body: body === undefined ? undefined : JSON.stringify(body),
      keepalive: isLast, // it is sent even while the page is left
      signal: isLast ? undefined : AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  let answer = await call();
  if (answer.status === 403 && !isLast && (await freshToken())) answer = await call();
  if (answer.status === 401) throw new SignedOut();
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  if (answer.status >= 500 || answer.status === 429) throw new TypeError(`status ${answer.status}`);
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(problem.detail || String(answer.status));
}
