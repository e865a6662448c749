// What was taken back on one page is said on the next.
import { filled, tell } from "/static/review_words.js";

const UNDONE = "congvu.undone";

export function noteUndone(count) {
  try {
    sessionStorage.setItem(UNDONE, String(count));
  } catch {
    // without storage it is not said; the flag waits all the same
  }
}

export function tellUndone() {
  const count = read();
  if (count) tell(count === "1" && location.pathname !== "/flags" ? filled("undone") : filled("undoneSeveral", { count }));
}

function read() {
  try {
    const count = sessionStorage.getItem(UNDONE);
    sessionStorage.removeItem(UNDONE);
    return count;
  } catch {
    return null;
  }
}
