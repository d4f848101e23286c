// What every page shares. All of it only improves pages that already work without it.

// Menus are <details>: one open at a time, arrow keys inside, Escape returns the focus.
const openMenus = () => document.querySelectorAll("details.pop[open]");
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLDetailsElement) || !menu.matches(".pop") || !menu.open) return;
  for (const other of openMenus()) if (other !== menu && !other.contains(menu)) other.open = false;
  menu.querySelector(".ask input:not([type=hidden]), .ask select")?.focus();
}, true);
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

function menuKey(event, menu) {
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    return true;
  }
  if (event.target.matches("input, select, textarea")) return false;
  const items = [...menu.querySelectorAll(".menu a, .menu button")].filter((item) => !item.hidden);
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? items.length - 1 : at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined || !items.length) return false;
  items[(to + items.length) % items.length].focus();
  return true;
}

// Single keys: off where a person turned them off, and never while something is typed.
const places = { h: "/", a: "/automated", r: "/runs" };
const keysOn = document.documentElement.dataset.keys !== "off";
let going = 0;
function singleKey(event) {
  if (!keysOn || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.target.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]")) return false;
  if (document.querySelector("dialog[open]")) return false;
  if (going && event.timeStamp - going < 1500 && places[event.key]) {
    location.assign(places[event.key]);
    return true;
  }
  going = event.key === "g" ? event.timeStamp : 0;
  if (event.key === "/") { (document.querySelector("#q") ?? document.querySelector("[data-find]"))?.focus(); return true; }
  if (event.key === "?") { document.querySelector("#keys")?.showModal(); return true; }
  return false;
}
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  const menu = event.target.closest?.("details.pop[open]");
  if (menu ? menuKey(event, menu) : false) { event.preventDefault(); return; }
  if (event.key === "Escape" && location.hash === "#side") { location.hash = "#main"; return; }
  if (singleKey(event)) event.preventDefault();
});
for (const button of document.querySelectorAll("[data-help]")) {
  button.hidden = false;
  button.addEventListener("click", () => document.querySelector("#keys")?.showModal());
}

// Rows: Space ticks (the browser's own), Shift with Space or a click ticks up to there.
for (const form of document.querySelectorAll("[data-selection]")) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const bar = form.querySelector(".bulk");
  const all = form.querySelector("[data-all-rows]");
  const matching = form.querySelector("[data-matching]");
  if (!bar || !all) continue;
  let last = -1;
  let shifted = false;
  const tell = () => {
    const ticked = rows.filter((box) => box.checked).length;
    for (const box of rows) box.closest("tr").classList.toggle("sel", box.checked);
    all.checked = ticked === rows.length;
    all.indeterminate = ticked > 0 && ticked < rows.length;
    bar.hidden = ticked === 0 && !matching?.checked;
    bar.querySelector("[data-count]").textContent = matching?.checked ? "All that match" : `${ticked} selected`;
  };
  form.addEventListener("keydown", (event) => { shifted = event.shiftKey; });
  form.addEventListener("mousedown", (event) => { shifted = event.shiftKey; });
  form.addEventListener("keydown", (event) => {
    // The browser ticks a box by Space alone; with Shift it would do nothing everywhere.
    if (event.key === " " && event.shiftKey && event.target.matches("[data-row]")) { event.preventDefault(); event.target.click(); }
  });
  rows.forEach((box, at) => box.addEventListener("change", () => {
    if (shifted && last >= 0) for (const other of rows.slice(Math.min(at, last), Math.max(at, last) + 1)) other.checked = box.checked;
    last = at;
    tell();
  }));
  all.hidden = false;
  all.addEventListener("change", () => { for (const box of rows) box.checked = all.checked; tell(); });
  matching?.addEventListener("change", tell);
  tell();
}

// Copies what is shown once.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy)?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied: select it and copy by hand";
    }
  });
}

// The summary of errors takes the focus, so that it is read first.
document.querySelector("[data-errors]")?.focus();
