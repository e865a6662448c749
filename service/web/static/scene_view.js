// The picture under the drawing: the latest still, live if wanted, at the size that is wanted.

const EVERY_MS = 2000;
const SIZES = [100, 150, 200, 300];

export function startView(editor, { sheet, image, none, live, address }) {
  const [smaller, larger, shown] = ["scene-smaller", "scene-larger", "scene-zoom"].map((id) => document.getElementById(id));
  let size = 0;

  function showSize() {
    shown.value = `${SIZES[size]} %`;
    sheet.style.width = `${SIZES[size]}%`;
    smaller.disabled = size === 0;
    larger.disabled = size === SIZES.length - 1;
  }

  function resize(by) {
    size = Math.min(SIZES.length - 1, Math.max(0, size + by));
    showSize();
  }

  // Load beside and put in its place when it is whole: no flicker, and a failure keeps the old one
  function load() {
    return new Promise((resolve) => {
      const next = new Image();
      next.onload = () => {
        image.src = next.src;
        settle(next);
        resolve();
      };
      next.onerror = () => {
        if (!editor.still) settle(null);
        resolve();
      };
      next.src = `${address}?at=${Date.now()}`;
    });
  }

  function settle(next) {
    image.hidden = !next;
    none.hidden = Boolean(next);
    const { picture } = editor.drawing;
    const [width, height] = next ? [next.naturalWidth, next.naturalHeight] : picture ? [picture.width_px, picture.height_px] : [16, 9];
    sheet.style.aspectRatio = `${width} / ${height}`;
    const isOther = next && (editor.still?.width !== width || editor.still?.height !== height);
    if (isOther) {
      editor.still = { width, height };
      editor.tell();
    }
  }

  async function follow() {
    while (live.checked) {
      if (!document.hidden) await load();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  smaller.addEventListener("click", () => resize(-1));
  larger.addEventListener("click", () => resize(1));
  live.addEventListener("change", follow);
  showSize();
  return load();
}
