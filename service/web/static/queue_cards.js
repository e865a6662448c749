// Select cards of the queue: by their boxes, a row of them by shift-click, one after the other by keys.

const MOST = 50;

export function startCards(onChange) {
  const boxes = [...document.querySelectorAll(".pick input")];
  const cards = [...document.querySelectorAll(".card")];
  let latest = null;

  const chosen = () => boxes.filter((box) => box.checked && box.isConnected);

  function changed() {
    for (const box of boxes) box.closest(".card").classList.toggle("card-picked", box.checked);
    onChange(chosen());
  }

  function set(box, isChecked) {
    box.checked = isChecked && (box.checked || chosen().length < MOST);
  }

  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && latest) {
        const [from, to] = [boxes.indexOf(latest), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const one of boxes.slice(from, to + 1)) set(one, box.checked);
      }
      latest = box;
      changed();
    });
  }

  function current() {
    return cards.findIndex((card) => card.contains(document.activeElement));
  }

  return {
    chosen,
    all() {
      for (const box of boxes) set(box, true);
      changed();
    },
    none() {
      for (const box of boxes) box.checked = false;
      changed();
    },
    move(step) {
      const at = current();
      const wanted = at < 0 ? (step > 0 ? 0 : cards.length - 1) : at + step;
      cards[wanted]?.querySelector(".card-link").focus();
    },
    pick() {
      const box = cards[current()]?.querySelector(".pick input");
      if (!box) return false;
      set(box, !box.checked);
      latest = box;
      changed();
      return true;
    },
  };
}
