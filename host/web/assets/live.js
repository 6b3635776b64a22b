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

  // A stream that goes on. The browser itself gives it up for good at the first answer that is none, as that of an
  // ingress whose server starts anew; and it says nothing of that, so the note of the layout does.
  const note = document.querySelector("[data-stale]");
  const PATIENCE_MS = 8000; // A stream that ends and is there again is no news: browsers come back after 3 to 5 seconds.
  const RETRY_MS = 4000; // At least; some wait twice as long, so that not all pages come back at once.
  // A page that is loaded anew forgets what was typed over it.
  const isTyped = () => [...document.querySelectorAll("[data-panel] textarea")].some((field) => field.value !== field.defaultValue);
  const follow = (address, wire) => {
    let source, retry, telling, asking;
    const isLive = () => {
      clearTimeout(telling);
      telling = undefined;
      note.hidden = true;
    };
    const tell = (since) => {
      const time = note.querySelector("time");
      time.dateTime = since.toISOString();
      time.textContent = since.toLocaleTimeString();
      note.hidden = false;
    };
    const isLost = () => {
      const since = new Date();
      telling ??= setTimeout(() => tell(since), PATIENCE_MS);
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(retry);
      retry = setTimeout(ask, RETRY_MS * (1 + Math.random()));
    };
    // What keeps it from going on is seen here only: to a stream, a login is as good as no answer.
    const ask = async () => {
      asking = new AbortController();
      const { signal } = asking;
      try {
        const answer = await fetch(address(), { redirect: "manual", signal });
        if (answer.type === "opaqueredirect" && !isTyped()) return location.reload();
        if (answer.ok) return open();
      } catch {
        if (signal.aborted) return;
      } finally { asking.abort(); }
      isLost();
    };
    const close = () => {
      source?.close();
      asking?.abort();
      clearTimeout(retry);
    };
    const open = () => {
      close();
      source = new EventSource(address());
      source.addEventListener("open", isLive);
      source.addEventListener("error", isLost);
      wire(source, close);
    };
    open();
    addEventListener("pagehide", close);
    // Gone back to, a page may be as it was left.
    addEventListener("pageshow", (event) => { if (event.persisted) open(); });
    return { open, close };
  };

  const main = document.querySelector("main[data-live]");
  if (main) {
    const stream = follow(() => main.dataset.live, (source, close) => {
      source.addEventListener("parts", (event) => {
        const parts = new DOMParser().parseFromString(event.data, "text/html");
        for (const part of [...parts.body.querySelectorAll("[id]")]) {
          if (part.parentElement.closest("[id]")) continue;
          const old = document.getElementById(part.id);
          if (old) morph(old, part);
        }
        main.dataset.heard = String(Number(main.dataset.heard || 0) + 1);
      });
      source.addEventListener("gone", () => { close(); location.reload(); });
    });

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
        stream.close();
        morph(document.getElementById(part.id), part);
        document.querySelector(".narrow-bar").replaceWith(bar);
        main.dataset.live = page.querySelector("main").dataset.live;
        history.replaceState(null, "", href);
        stream.open();
      } catch { location.assign(href); }
    });
  }

  const log = document.querySelector("[data-log]");
  if (log) {
    const LINES_MAX = 20000;
    let lines = 0;
    follow(() => log.dataset.log, (source, close) => {
      source.addEventListener("open", () => { log.textContent = ""; lines = 0; });
      source.addEventListener("lines", (event) => {
        const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 20;
        log.append(`${event.data}\n`);
        if (++lines > LINES_MAX) log.firstChild.remove();
        if (atEnd) log.scrollTop = log.scrollHeight;
      });
      source.addEventListener("end", (event) => {
        close();
        if (event.data !== "-") log.append(`${event.data}\n`);
      });
    });
  }
})();
