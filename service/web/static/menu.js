// The account's menu closes as people expect: by Escape or a click elsewhere. The tab that one is on stays in sight.

const account = document.querySelector("details.account");

document.addEventListener("click", (event) => {
  if (account.open && !account.contains(event.target)) account.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !account.open) return;
  account.open = false;
  account.querySelector("summary").focus();
});

const tab = document.querySelector(".tabs [aria-current]");
if (tab) {
  // only sideways: the page itself may have been opened at one of its parts
  const [row, here] = [tab.parentElement.getBoundingClientRect(), tab.getBoundingClientRect()];
  tab.parentElement.scrollLeft += here.left + here.width / 2 - row.left - row.width / 2;
}
