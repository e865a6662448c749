// Pages of flags without loading a page: fetched ahead with their clips, put in place when it is their turn.
const AHEAD = 2;

export async function fetchPage(url, { isAhead = false } = {}) {
  const answer = await fetch(url, { headers: isAhead ? { "X-Ahead": "1" } : {} });
  const wanted = new URL(url, location.href);
  if (!answer.ok || new URL(answer.url).pathname !== wanted.pathname) throw new Error(`${url}: ${answer.status}`);
  const html = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = document.adoptNode(html.getElementById("main"));
  const languages = document.adoptNode(html.querySelector(".languages"));
  warm(main.querySelector("#clip"));
  return { url: wanted.pathname + wanted.search, title: html.title, main, languages, wasAhead: isAhead };
}

// The clip's bytes come now; it plays when it is shown.
function warm(video) {
  if (!video) return;
  video.autoplay = false;
  video.preload = "auto";
  video.load();
}

function cool(page) {
  const video = page.main.querySelector("#clip");
  if (video) {
    video.removeAttribute("src");
    video.load();
  }
}

export function put(page, { isNew = true } = {}) {
  const before = document.getElementById("main");
  before.replaceWith(page.main);
  cool({ main: before });
  document.querySelector(".languages").replaceWith(page.languages);
  document.title = page.title;
  if (isNew) history.pushState({}, "", page.url);
  window.scrollTo(0, 0);
  page.main.querySelector("h1")?.focus({ preventScroll: true });
  const video = page.main.querySelector("#clip");
  if (video) video.play().catch(() => {}); // the browser may want a click first; its own controls are there
}

// Keeps the next flags at hand. The server says which they are: those that wait and are in nobody's hands.
export function startAhead(skipped) {
  let entries = [];
  let filling = null;
  let isEnd = false;
  let begun = 0; // counts how often it began anew, from a flag that was not next
  let dropped = 0; // counts how often flags were left out: what was asked before may be one of them

  const lastEvent = () => entries.at(-1)?.event ?? here().event;

  async function fill() {
    const mine = begun;
    while (entries.length < AHEAD && !isEnd && mine === begun) {
      const [after, droppedBefore] = [lastEvent(), dropped];
      const query = new URLSearchParams(askedNext());
      query.set("after", after);
      query.set("skip", [...new Set([here().event, ...entries.map((entry) => entry.event), ...skipped()])].slice(0, 60));
      const answer = await fetch(`/api/v1/queue/next?${query}`);
      if (!answer.ok) return;
      const found = (await answer.json()).event_id;
      if (mine !== begun) return; // the reader went elsewhere meanwhile
      if (lastEvent() !== after || dropped !== droppedBefore) continue;
      if (!found) {
        isEnd = true;
        return;
      }
      const page = fetchPage(`/flags/${found}${askedNext()}`, { isAhead: true });
      page.catch(() => {});
      entries.push({ event: found, page });
      await page;
    }
  }

  const ahead = {
    fill() {
      if (filling) return filling;
      const running = fill()
        .catch(() => {}) // no connection: whoever needs the page will ask for it again
        .finally(() => {
          if (filling === running) filling = null;
        });
      filling = running;
      return running;
    },
    // The next page; null where no flag is left. Rejects where it cannot be fetched.
    async take() {
      if (!entries.length && !isEnd) await ahead.fill();
      if (!entries.length && !isEnd) await ahead.fill();
      const entry = entries.shift();
      if (!entry && !isEnd) throw new Error("the next flag cannot be fetched");
      if (!entry) return null;
      try {
        return await entry.page;
      } catch (error) {
        entries = [];
        throw error;
      }
    },
    forget() {
      for (const entry of entries) entry.page.then(cool, () => {});
      entries = [];
      isEnd = false;
      filling = null;
      begun += 1;
    },
    // Leaves out flags that were decided along with another.
    drop(events) {
      dropped += 1;
      for (const entry of entries.filter((one) => events.includes(one.event))) entry.page.then(cool, () => {});
      entries = entries.filter((one) => !events.includes(one.event));
    },
    first: () => entries[0]?.event,
  };
  return ahead;
}

export function here() {
  const flag = document.getElementById("flag");
  return { event: flag.dataset.event, name: flag.dataset.name, next: flag.dataset.next };
}

// The filters that the way on keeps, with their question mark.
export function askedNext() {
  const query = new URLSearchParams(new URL(here().next, location.href).search);
  query.delete("decided");
  return query.size ? `?${query}` : "";
}

export const canJudge = () => document.getElementById("flag").dataset.claims === "1";
