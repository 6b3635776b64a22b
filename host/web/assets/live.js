// Parts of a page that the server sends anew, put in without losing focus, scrolling or what is unfolded.
(() => {
  "use strict";

  // What the reader opened stays open; all else becomes as the server has it.
  const attributes = (from, to) => {
    for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
    for (const { name, value } of to.attributes) if (name !== "open" && from.getAttribute(name) !== value) from.setAttribute(name, value);
  };
  const morph = (from, to) => {
    if (from.isEqualNode(to)) return;
    attributes(from, to);
    const known = new Map();
    for (const child of from.children) if (child.id) known.set(child.id, child);
    let place = from.firstChild;
    for (const wanted of [...to.childNodes]) {
      let found = wanted.id ? known.get(wanted.id) : null;
      if (!found && place && place.nodeType === wanted.nodeType && place.nodeName === wanted.nodeName && !place.id) found = place;
      if (found) {
        if (found === place) place = place.nextSibling;
        else from.insertBefore(found, place);
        if (found.nodeType === Node.ELEMENT_NODE) {
          if (!found.matches("input, select, textarea")) morph(found, wanted);
        } else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
      } else from.insertBefore(wanted, place);
    }
    while (place) { const next = place.nextSibling; place.remove(); place = next; }
  };

  const main = document.querySelector("main[data-live]");
  if (main) {
    let source;
    const listen = () => {
      source = new EventSource(main.dataset.live);
      source.addEventListener("parts", (event) => {
        const parts = new DOMParser().parseFromString(event.data, "text/html");
        for (const part of [...parts.body.querySelectorAll("[id]")]) {
          if (part.parentElement.closest("[id]")) continue;
          const old = document.getElementById(part.id);
          if (old) morph(old, part);
        }
        main.dataset.heard = String(Number(main.dataset.heard || 0) + 1);
      });
      source.addEventListener("gone", () => { source.close(); location.reload(); });
    };
    listen();
    addEventListener("pagehide", () => source.close());

    // A link to the same page with something unfolded changes that part only: the reader stays where they are.
    document.addEventListener("click", async (event) => {
      const link = event.target.closest("a[data-part]");
      if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const { href } = link;
      try {
        const answer = await fetch(href);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const [part, bar] = [page.getElementById(link.dataset.part), page.querySelector(".narrow-bar")];
        if (!answer.ok || !part || !bar) throw new Error("another page");
        source.close();
        morph(document.getElementById(part.id), part);
        document.querySelector(".narrow-bar").replaceWith(bar);
        main.dataset.live = page.querySelector("main").dataset.live;
        history.replaceState(null, "", href);
        listen();
      } catch { location.assign(href); }
    });
  }

  const log = document.querySelector("[data-log]");
  if (log) {
    const source = new EventSource(log.dataset.log);
    const LINES_MAX = 20000;
    let lines = 0;
    source.addEventListener("open", () => { log.textContent = ""; lines = 0; });
    source.addEventListener("lines", (event) => {
      const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 20;
      log.append(`${event.data}\n`);
      if (++lines > LINES_MAX) log.firstChild.remove();
      if (atEnd) log.scrollTop = log.scrollHeight;
    });
    source.addEventListener("end", (event) => {
      source.close();
      if (event.data !== "-") log.append(`${event.data}\n`);
    });
    addEventListener("pagehide", () => source.close());
  }
})();
