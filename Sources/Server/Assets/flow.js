// The Automated flow: the grid and the check boxes follow each other, the forecast follows both.
const form = document.querySelector("[data-flow]");
const forecast = document.querySelector("[data-forecast]");

// ---- days, periods and cells ----
class WindowFields {
  constructor(box) {
    this.days = this.group(box, "days");
    this.periods = this.group(box, "periods");
    this.cells = [...box.querySelectorAll(".cell input")];
    this.by = [...box.querySelectorAll("[data-by]")];
    this.hours = box.querySelector("[data-hours]");
    this.blocks = box.querySelector("[data-blocks]")?.closest("p");
    for (const group of [this.days, this.periods]) {
      group.all.addEventListener("change", () => {
        for (const each of group.each) each.checked = group.all.checked;
        this.boxesChanged();
      });
      for (const each of group.each) each.addEventListener("change", () => this.boxesChanged());
    }
    for (const cell of this.cells) cell.addEventListener("change", () => this.cellsChanged());
    this.wireArrows();
    if (this.by.find((radio) => radio.value === "cells")?.checked) this.boxesFollow();
    this.mirror();
  }

  group(box, name) {
    const group = box.querySelector(`[data-group="${name}"]`);
    return { all: group.querySelector("[data-all]"), each: [...group.querySelectorAll("[data-each]")] };
  }

  boxesChanged() {
    this.choose("days");
    const on = (group) => new Set(group.each.filter((box) => box.checked).map((box) => box.value));
    const days = on(this.days);
    const periods = on(this.periods);
    for (const cell of this.cells) {
      const [day, period] = cell.value.split(" ");
      cell.checked = days.has(day) && periods.has(period);
    }
    this.mirror();
    this.tell();
  }

  cellsChanged() {
    this.choose(this.boxesFollow() ? "days" : "cells");
    this.mirror();
    this.tell();
  }

  // The boxes show what the cells say: ticked where all of a row is open that is open anywhere,
  // a dash where only some is. Answers whether days and periods alone can say the same.
  boxesFollow() {
    const open = this.cells.filter((cell) => cell.checked).map((cell) => cell.value.split(" "));
    const days = new Set(open.map(([day]) => day));
    const periods = new Set(open.map(([, period]) => period));
    const whole = open.length === days.size * periods.size;
    const show = (group, at, others) => {
      for (const box of group.each) {
        const count = open.filter((cell) => cell[at] === box.value).length;
        box.checked = count > 0 && count === others;
        box.indeterminate = count > 0 && count < others;
      }
    };
    show(this.days, 0, periods.size);
    show(this.periods, 1, days.size);
    return whole;
  }

  mirror() {
    for (const group of [this.days, this.periods]) {
      const on = group.each.filter((box) => box.checked).length;
      const some = group.each.some((box) => box.checked || box.indeterminate);
      group.all.checked = on === group.each.length;
      group.all.indeterminate = some && !group.all.checked;
    }
  }

  choose(value) {
    for (const radio of this.by) radio.checked = radio.value === value;
    if (value === "days") for (const box of [...this.days.each, ...this.periods.each]) box.indeterminate = false;
  }

  tell() {
    const hours = this.cells.filter((cell) => cell.checked).length * 4;
    this.hours.textContent = hours ? `Open ${hours} of 168 hours a week` : "Nothing is chosen, so nothing could ever run";
    // The server names the joined blocks; what it said of the window before is no longer true.
    for (const cell of this.cells) cell.closest(".cell").classList.remove("run");
    const blocks = this.blocks?.querySelector("[data-blocks]");
    if (blocks) blocks.textContent = "changed";
  }

  wireArrows() {
    const columns = 7;
    this.cells.forEach((cell, at) => cell.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      const next = step === undefined ? undefined : this.cells[at + step];
      if (!next) return;
      next.focus();
      event.preventDefault();
    }));
  }
}
for (const box of document.querySelectorAll("[data-window]")) new WindowFields(box);

// ---- the forecast: 250 ms after the last change, the newest answer only ----
let timer = 0;
let asking = null;
function say(words, icon) {
  const status = forecast.querySelector("[data-status]");
  if (!status) return;
  status.querySelector("span").textContent = words;
  status.querySelector("use").setAttribute("href", `#m-${icon}`);
}

async function ask() {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  forecast.dataset.asking = "";
  say("asking…", "work");
  try {
    const answer = await fetch(form.dataset.flow, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", "x-certflow-fragment": "1" },
      body: new URLSearchParams(new FormData(form)),
      signal: mine.signal,
    });
    const text = await answer.text();
    if (mine.signal.aborted) return;
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    forecast.innerHTML = text;
    delete forecast.dataset.asking;
    spread();
    say("up to date", "done");
  } catch (error) {
    if (error.name === "AbortError") return;
    delete forecast.dataset.asking;
    say("no answer: this forecast is older than the form", "warn");
  }
}

// What the fragment knows besides the list: the line under each choice, the counts on the tabs.
function spread() {
  for (const item of forecast.querySelectorAll("[data-lines] [data-for]")) {
    const line = document.querySelector(`[data-line="${CSS.escape(item.dataset.for)}"]`);
    if (!line) continue;
    line.textContent = item.textContent;
    line.className = `sub ${item.dataset.tone}`;
  }
  for (const item of forecast.querySelectorAll("[data-counts] [data-tab]")) {
    const place = item.dataset.tab === "draft" ? document.querySelector("[data-draft]")
      : document.querySelector(`[data-count="${CSS.escape(item.dataset.tab)}"]`);
    place?.replaceChildren(...item.cloneNode(true).childNodes);
  }
}

if (form && forecast) {
  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  });
}

// ---- a draft is in the page alone: who leaves with one is asked, but not where the form's own buttons lead away ----
let touched = false;
let leaves = false;
const leave = (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  leaves = true;
  // Where it was stopped on the way, nobody has left.
  setTimeout(() => { leaves = false; }, 2000);
};
form?.addEventListener("input", () => { touched = true; });
form?.addEventListener("submit", leave);
form?.querySelector("[data-discard]")?.addEventListener("click", leave);
addEventListener("beforeunload", (event) => {
  if (!leaves && form && (touched || document.querySelector("[data-changed]"))) event.preventDefault();
});

// ---- tabs: one stop in the Tab order, arrow keys move between them ----
const tabs = [...document.querySelectorAll("[role=tab]")];
tabs.forEach((tab, at) => {
  tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
  tab.addEventListener("keydown", (event) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    tabs[(to + tabs.length) % tabs.length].focus();
    event.preventDefault();
  });
  // Who came by keyboard stays on the tab while the page is loaded anew; a mouse has no place to lose.
  tab.addEventListener("click", (event) => { if (event.detail === 0) sessionStorage.setItem("tab", tab.value); });
});
if (sessionStorage.getItem("tab")) {
  sessionStorage.removeItem("tab");
  if (!document.querySelector("[data-errors]")) tabs.find((tab) => tab.tabIndex === 0)?.focus();
}

// ---- Save is never greyed out: it leads to what is missing ----
const confirms = [...document.querySelectorAll("[data-confirm]")];
document.querySelector("[data-save]")?.addEventListener("click", (event) => {
  const missing = document.querySelector('[aria-invalid="true"]:not([hidden] *)') ?? confirms.find((box) => !box.checked);
  if (!missing) return;
  event.preventDefault();
  missing.focus();
  missing.scrollIntoView({ block: "center" });
});
for (const box of confirms) {
  box.addEventListener("change", () => {
    const left = confirms.filter((each) => !each.checked).length;
    document.querySelector("[data-left]").textContent =
      left ? `${left} ${left === 1 ? "warning" : "warnings"} to confirm` : "All warnings confirmed";
  });
}
