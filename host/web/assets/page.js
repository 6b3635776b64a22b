// What pages do beyond links and forms. Without it they work, with a button more to press.
(() => {
  "use strict";
  const root = document.documentElement;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-theme-switch")) {
      event.preventDefault();
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      const body = new URLSearchParams({ theme: root.dataset.theme });
      fetch(form.action, { method: "POST", body, redirect: "manual" });
      return;
    }
    if (form.method === "get") {
      // Short addresses: empty fields say nothing.
      for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
      return;
    }
    // A second press does not do it twice.
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("form[method=get] :disabled")) field.disabled = false;
  });

  let typing;
  const submit = (form) => form.requestSubmit();
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-auto-submit]");
    if (form) submit(form);
    const renderer = event.target.closest("[data-renderer] select[name=renderer]");
    if (renderer) renderer.form.requestSubmit(renderer.form.querySelector("button[value=renderer]"));
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-auto-submit]");
    if (!form || event.target.type !== "search") return;
    clearTimeout(typing);
    typing = setTimeout(() => { sessionStorage.setItem("typed", event.target.name); submit(form); }, 350);
  });
  const typed = sessionStorage.getItem("typed");
  if (typed) {
    sessionStorage.removeItem("typed");
    const field = document.querySelector(`input[type=search][name="${CSS.escape(typed)}"]`);
    if (field) { field.focus(); field.setSelectionRange(field.value.length, field.value.length); }
  }

  // On a phone, what narrows a list does not hide the list.
  for (const narrow of document.querySelectorAll("details.narrow")) if (matchMedia("(max-width: 900px)").matches) narrow.open = false;

  // A menu closes when something else is pressed, or by Escape.
  const shut = (but) => { for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false; };
  document.addEventListener("click", (event) => shut(event.target.closest("details.menu")));

  // Boxes of the SYNC panel.
  for (const set of document.querySelectorAll("[data-choose]")) {
    const choose = (name, is) => {
      const button = set.querySelector(`[data-choose-${name}]`);
      if (!button) return;
      button.hidden = false;
      button.addEventListener("click", () => {
        for (const box of set.querySelectorAll("input[type=checkbox]")) box.checked = is(box.closest("label"));
      });
    };
    choose("all", () => true);
    choose("none", () => false);
    choose("outofsync", (label) => label.dataset.sync !== "Synced");
  }

  // Keys: / to search, Escape to close, arrows in the tree.
  const panel = document.querySelector("[data-panel]");
  if (panel) {
    panel.focus();
    for (const part of document.querySelectorAll("body > .bar, body > .frame")) part.inert = true;
    // Whoever closes it is back at what opened it.
    panel.querySelector("[data-close]").addEventListener("click", () => sessionStorage.setItem("closed", location.pathname));
    const veil = document.querySelector(".veil");
    if (veil) veil.addEventListener("click", () => panel.querySelector("[data-close]").click());
  }
  const closed = sessionStorage.getItem("closed");
  if (closed && !panel) {
    sessionStorage.removeItem("closed");
    const opener = document.querySelector(`.frame a[href="${CSS.escape(closed)}"]`);
    if (opener) opener.focus();
  }
  const arrows = { ArrowDown: 1, ArrowUp: -1, ArrowRight: "in", ArrowLeft: "out" };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
    const menu = event.target.closest("details.menu[open]");
    if (event.key === "Escape" && menu) { menu.open = false; return menu.querySelector("summary").focus(); }
    if (event.key === "Escape" && panel && !typing) return panel.querySelector("[data-close]").click();
    if (event.key === "/" && !typing && !panel) {
      const field = document.querySelector("[data-hotkey='/']");
      if (field) { event.preventDefault(); field.focus(); }
    }
    const tree = event.target.closest("[data-tree]");
    if (!tree || !(event.key in arrows)) return;
    event.preventDefault();
    const way = arrows[event.key];
    const all = [...tree.querySelectorAll("a.name")].filter((one) => one.checkVisibility());
    const item = event.target.closest("li");
    let next;
    if (way === "in") next = item.querySelector(":scope > ul a.name");
    else if (way === "out") next = item.parentElement.closest("li")?.querySelector(":scope > .node a.name");
    else next = all[all.indexOf(event.target) + way];
    if (next) next.focus();
  });

  // Ages go on.
  const say = (seconds) => seconds < 5 ? "just now" : seconds < 120 ? `${seconds} seconds ago` : seconds < 7200 ? `${Math.floor(seconds / 60)} minutes ago` : seconds < 172800 ? `${Math.floor(seconds / 3600)} hours ago` : `${Math.floor(seconds / 86400)} days ago`;
  const short = (seconds) => seconds < 120 ? `${seconds}s` : seconds < 7200 ? `${Math.floor(seconds / 60)}m` : seconds < 172800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86400)}d`;
  const ages = () => {
    const now = Date.now();
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const seconds = Math.floor((now - Date.parse(time.dateTime)) / 1000);
      if (seconds >= 0) { const text = time.dataset.ago === "short" ? short(seconds) : say(seconds); if (time.textContent !== text) time.textContent = text; }
    }
  };
  setInterval(ages, 5000);
})();
