// On a telephone the filters are folded unless some are set; elsewhere they are always open.
// Not a module: it runs where it stands, before anything below is drawn, so that nothing jumps.
{
  const box = document.querySelector(".filters-box");
  const wide = matchMedia("(min-width: 40.01rem)");
  const fit = () => {
    box.open = wide.matches || box.dataset.set === "yes";
  };
  wide.addEventListener("change", fit);
  fit();
}
