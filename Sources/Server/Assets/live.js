// New attempts arrive by server-sent events. They append on top without moving what is being read.
// Events: "attempt" carries the HTML of one attempt (the template `attempts`); "changed" says that the rest of the page may
// be older than what there is; "beat" says that the stream lives.
for (const list of document.querySelectorAll("[data-live]")) new LiveList(list);
for (const part of document.querySelectorAll("[data-live-part]")) new LivePart(part);

// A part of a page that is small enough to be put in its place as a whole: the event "now" carries its HTML. It waits
// while somebody is in it.
function LivePart(part) {
  let source = null;
  let held = null;
  const isRead = () => part.contains(document.activeElement)
    || (!getSelection().isCollapsed && part.contains(getSelection().anchorNode));
  function flush() {
    if (held === null || isRead()) return;
    const open = new Set([...part.querySelectorAll("[data-attempt]:has(details[open])")].map((item) => item.dataset.attempt));
    part.innerHTML = held;
    held = null;
    for (const item of part.querySelectorAll("[data-attempt]")) {
      if (open.has(item.dataset.attempt)) item.querySelector("details").open = true;
    }
  }
  function open() {
    if (source || document.hidden) return;
    source = new EventSource(part.dataset.events);
    source.addEventListener("now", (event) => { held = event.data; flush(); });
    source.addEventListener("beat", flush);
  }
  function close() {
    source?.close();
    source = null;
  }
  part.addEventListener("focusout", () => setTimeout(flush));
  document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}

// What else the page says of the same thing changes with it: the page is asked for again, and its parts are put in their
// places. One that somebody is in waits until they leave it. An answer that was overtaken by a later one does not count;
// one that does not come is asked for again.
const fresh = { asked: 0, turn: 0, placed: 0, page: null };
function refresh(wait = 300) {
  clearTimeout(fresh.asked);
  fresh.asked = setTimeout(async () => {
    const turn = ++fresh.turn;
    const { status, text } = await askedAgain();
    if (turn < fresh.placed) return;
    if (status === 200) {
      fresh.placed = turn;
      fresh.page = new DOMParser().parseFromString(text, "text/html");
      putFresh();
    } else if (status === 0 || status === 429 || status >= 500) {
      refresh(5000);
    }
  }, wait);
}
async function askedAgain() {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    // Led elsewhere, such as to signing in: it is not this page.
    return { status: answer.redirected ? 303 : answer.status, text: await answer.text() };
  } catch {
    return { status: 0, text: "" };
  }
}
function putFresh() {
  // From where on the stream is asked for more, should it be opened anew.
  const mark = fresh.page?.querySelector("[data-mark]")?.dataset.mark;
  if (mark !== undefined) for (const list of document.querySelectorAll("[data-mark]")) list.dataset.mark = mark;
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const next = fresh.page?.querySelector(`[data-fresh="${CSS.escape(part.dataset.fresh)}"]`);
    const isRead = part.contains(document.activeElement)
      || (!getSelection().isCollapsed && part.contains(getSelection().anchorNode));
    if (next && !isRead && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.cloneNode(true).childNodes);
  }
}
if (document.querySelector("[data-fresh]")) document.addEventListener("focusout", () => setTimeout(putFresh));

function LiveList(list) {
  const status = list.parentElement.querySelector("[data-live-status]");
  const fresh = document.createElement("div");
  fresh.className = "fresh";
  fresh.hidden = true;
  const show = document.createElement("button");
  show.type = "button";
  show.className = "btn tiny";
  show.textContent = "Show new";
  fresh.append(show);
  list.before(fresh);
  let source = null;
  let held = [];
  let last = new Date();

  const clock = () => last.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  function say(words, icon, tone) {
    if (!status || status.textContent === words) return;
    const word = document.createElement("span");
    word.className = `mark ${tone}`;
    word.innerHTML = `<svg aria-hidden="true"><use href="#m-${icon}"/></svg>`;
    word.append(words);
    status.replaceChildren(word);
  }

  // Reading, while the list's head is above the screen, a log line is selected, or the focus is inside.
  const isRead = () => list.getBoundingClientRect().top < 48
    || (!getSelection().isCollapsed && list.contains(getSelection().anchorNode));

  function put(html) {
    const box = document.createElement("ul");
    box.innerHTML = html;
    for (const item of [...box.children].reverse()) {
      const old = list.querySelector(`[data-attempt="${CSS.escape(item.dataset.attempt)}"]`);
      if (!old) { list.prepend(item); continue; }
      // An attempt that goes on keeps its place, its focus and whether it is open.
      const now = old.querySelector("summary");
      const next = item.querySelector("summary");
      now.replaceChildren(...next.childNodes);
      old.querySelector(".log").replaceChildren(...item.querySelector(".log").childNodes);
    }
  }
  const isKnown = (html) => {
    const id = /data-attempt="([^"]+)"/.exec(html)?.[1];
    return id !== undefined && list.querySelector(`[data-attempt="${CSS.escape(id)}"]`) !== null;
  };
  function flush() {
    for (const html of held) put(html);
    held = [];
    fresh.hidden = true;
  }
  show.addEventListener("click", () => {
    flush();
    list.closest("section")?.scrollIntoView({ block: "start" });
    list.querySelector("summary")?.focus({ preventScroll: true });
  });

  function open() {
    if (source || document.hidden) return;
    const newest = list.querySelector("[data-attempt]")?.dataset.attempt ?? "";
    const mark = list.dataset.mark ?? "";
    source = new EventSource(
      `${list.dataset.events}?after=${encodeURIComponent(newest)}&mark=${encodeURIComponent(mark)}`);
    source.addEventListener("open", () => { last = new Date(); say("live", "work", "work"); });
    source.addEventListener("beat", () => { last = new Date(); });
    source.addEventListener("changed", () => refresh());
    source.addEventListener("attempt", (event) => {
      last = new Date();
      say("live", "work", "work");
      if (isKnown(event.data) || !isRead()) { put(event.data); return; }
      held.push(event.data);
      fresh.hidden = false;
      show.textContent = `${held.length} new`;
    });
    source.addEventListener("error", () => say(`not live, last update ${clock()}`, "off", "off"));
  }
  function close(words) {
    source?.close();
    source = null;
    if (words) say(words, "held", "wait");
  }
  document.addEventListener("visibilitychange", () => document.hidden ? close("paused") : open());
  addEventListener("pagehide", () => close(""));
  addEventListener("pageshow", open);
  open();
}
